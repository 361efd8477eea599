/** A piece of WebAssembly text (a folded expression) with what its value is. */
export interface Text {
  readonly code: string;
  readonly type: ValueType;
  /** The value of a constant. */
  readonly number?: number;
  /** Four truths as masks: all bits of a lane are set, or none; other truths are 0 or 1. */
  readonly mask?: true;
}

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

/** How lanes of a kind are read: `f32x4`, `i32x4`. */
export type LaneShape = 'f32x4' | 'i32x4';

export function i32(value: number): Text {
  const number = value | 0;
  return { code: `(i32.const ${number})`, type: 'i32', number };
}

export function f32(value: number): Text {
  return { code: `(f32.const ${floatText(value)})`, type: 'f32', number: value };
}

/** A float as the text format spells it. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

export function get(name: string, type: ValueType): Text {
  return { code: `(local.get $${name})`, type };
}

/** `(operator arg arg ...)`; whatever stands between the operator and its arguments is part of `operator`. */
export function operation(type: ValueType, operator: string, ...args: readonly Text[]): Text {
  return { code: `(${operator}${args.map(({ code }) => ` ${code}`).join('')})`, type };
}

export function maskOf(text: Text): Text {
  return { ...text, mask: true };
}

/** A name or a constant: worth no name of its own. */
export function isPlain({ code, number }: Text): boolean {
  return number !== undefined || /^\(local\.get [^ ()]+\)$/.test(code);
}

/** i32 sum; constants are folded. */
export function plus(left: Text | undefined, right: Text): Text {
  if (left === undefined || left.number === 0) return right;
  if (right.number === 0) return left;
  if (left.number !== undefined && right.number !== undefined) return i32(left.number + right.number);
  return operation('i32', 'i32.add', left, right);
}

export function minus(left: Text | undefined, right: Text): Text {
  if (right.number === 0 && left !== undefined) return left;
  if (right.number !== undefined) return plus(left, i32(-right.number));
  return operation('i32', 'i32.sub', left ?? i32(0), right);
}

/** i32 product; a power of two shifts. */
export function times(left: Text, right: Text): Text {
  if (left.number !== undefined && right.number !== undefined) return i32(Math.imul(left.number, right.number));
  if (left.number !== undefined) return times(right, left);
  const factor = right.number;
  if (factor === 1) return left;
  if (factor === 0) return right;
  if (factor !== undefined && isPowerOfTwo(factor)) return operation('i32', 'i32.shl', left, i32(Math.log2(factor)));
  return operation('i32', 'i32.mul', left, right);
}

/** Lanes of two vectors: those of the second are numbers 4 to 7. */
export function shuffle(x: Text, y: Text, lanes: readonly number[]): Text {
  const bytes = lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte));
  return operation('v128', `i8x16.shuffle ${bytes.join(' ')}`, x, y);
}

/** The first four turns. */
export const ramp = (step: number): Text => ({ code: `(v128.const i32x4 0 ${step} ${2 * step} ${3 * step})`, type: 'v128' });

/** Four times the same. */
export function splat(text: Text): Text {
  return operation('v128', text.type === 'f32' ? 'f32x4.splat' : 'i32x4.splat', text);
}

export function isPowerOfTwo(n: number): boolean {
  return Number.isInteger(n) && n > 0 && n <= 2 ** 30 && (n & (n - 1)) === 0;
}

/** Lines one step further in. */
export function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line.replaceAll('\n', '\n  ')}`);
}
