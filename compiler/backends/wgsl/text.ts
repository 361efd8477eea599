import type { DType } from '../../ir/types.js';

/** How tightly an expression binds; an operand that binds less tightly than its place asks for goes into parentheses. */
export enum Level {
  Logic,
  Compare,
  Sum,
  Product,
  Unary,
  Primary,
}

/** A WGSL expression. */
export interface Text {
  readonly text: string;
  readonly level: Level;
}

export function primary(text: string): Text {
  return { text, level: Level.Primary };
}

/** The expression as an operand where at least `level` is needed. */
export function operand(expression: Text, level: Level): string {
  return expression.level >= level ? expression.text : `(${expression.text})`;
}

export function sum(left: Text, right: Text): Text {
  if (right.text.startsWith('-') && right.level >= Level.Product && !right.text.startsWith('--'))
    return { text: `${operand(left, Level.Sum)} - ${right.text.slice(1)}`, level: Level.Sum };
  return { text: `${operand(left, Level.Sum)} + ${operand(right, Level.Product)}`, level: Level.Sum };
}

export function product(operator: '*' | '/' | '%', left: Text, right: Text): Text {
  return { text: `${operand(left, Level.Product)} ${operator} ${operand(right, Level.Unary)}`, level: Level.Product };
}

export function difference(left: Text, right: Text): Text {
  return { text: `${operand(left, Level.Sum)} - ${operand(right, Level.Product)}`, level: Level.Sum };
}

export function comparison(operator: string, left: Text, right: Text): Text {
  return { text: `${operand(left, Level.Sum)} ${operator} ${operand(right, Level.Sum)}`, level: Level.Compare };
}

/** Both conditions: `a && b`. */
export function both(left: Text, right: Text): Text {
  const part = (side: Text) => (side.level === Level.Logic && !side.text.includes('||') ? side.text : operand(side, Level.Compare));
  return { text: `${part(left)} && ${part(right)}`, level: Level.Logic };
}

export function call(name: string, ...args: readonly Text[]): Text {
  return primary(`${name}(${args.map((arg) => arg.text).join(', ')})`);
}

/** The type of a value in registers. */
export function valueType(dtype: DType): 'f32' | 'i32' | 'bool' {
  if (dtype === 'f64') throw new Error('wgsl has no f64');
  return dtype;
}

/** The type of an element in a storage buffer: a bool takes a u32. */
export function storageType(dtype: DType): 'f32' | 'i32' | 'u32' {
  const type = valueType(dtype);
  return type === 'bool' ? 'u32' : type;
}

const greatest = Math.fround(3.4028234663852886e38);

/** The shortest decimal that reads back as the same float32. NaN and infinities have no literal: see the functions `nan` and `inf`. */
export function floatText(value: number): string {
  const rounded = Math.fround(value);
  let text = String(rounded);
  for (let digits = 1; digits < 12; digits++) {
    const shorter = Number(rounded.toPrecision(digits));
    if (Math.fround(shorter) === rounded && Math.abs(shorter) <= greatest) {
      text = Object.is(rounded, -0) ? '-0' : String(shorter);
      break;
    }
  }
  return /[.e]/.test(text) ? text : `${text}.0`;
}
