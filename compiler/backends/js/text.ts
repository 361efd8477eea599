/** A piece of JavaScript with the precedence of its outermost operator, so that parentheses appear only where they are needed. */
export interface Text {
  readonly code: string;
  readonly precedence: number;
  /** A JavaScript boolean (a comparison), where others are numbers. */
  readonly truth?: boolean;
}

/** Precedence of JavaScript's operators, as in the table of its grammar. */
export const precedenceOf = {
  atom: 18,
  unary: 14,
  multiply: 12,
  add: 11,
  shift: 10,
  compare: 9,
  equal: 8,
  bitAnd: 7,
  bitOr: 5,
  and: 4,
  or: 3,
  conditional: 2,
} as const;

const binaryOperators: Readonly<Record<string, number>> = {
  '*': precedenceOf.multiply,
  '/': precedenceOf.multiply,
  '%': precedenceOf.multiply,
  '+': precedenceOf.add,
  '-': precedenceOf.add,
  '<<': precedenceOf.shift,
  '>>': precedenceOf.shift,
  '>>>': precedenceOf.shift,
  '<': precedenceOf.compare,
  '<=': precedenceOf.compare,
  '>': precedenceOf.compare,
  '>=': precedenceOf.compare,
  '===': precedenceOf.equal,
  '!==': precedenceOf.equal,
  '&': precedenceOf.bitAnd,
  '|': precedenceOf.bitOr,
  '&&': precedenceOf.and,
  '||': precedenceOf.or,
};

const truthOperators = new Set(['<', '<=', '>', '>=', '===', '!==']);

export function atom(code: string): Text {
  return { code, precedence: precedenceOf.atom };
}

/** A number; negative ones bind like a unary minus. */
export function numberText(value: number): Text {
  if (Number.isNaN(value)) return atom('NaN');
  const code = Object.is(value, -0) ? '-0' : String(value);
  return code.startsWith('-') ? { code, precedence: precedenceOf.unary } : atom(code);
}

function wrapped(text: Text, least: number): string {
  return text.precedence < least ? `(${text.code})` : text.code;
}

/** `left operator right`, associating to the left. */
export function binary(left: Text, operator: string, right: Text): Text {
  const precedence = binaryOperators[operator]!;
  const code = `${wrapped(left, precedence)} ${operator} ${spaced(wrapped(right, precedence + 1))}`;
  return truthOperators.has(operator) ? { code, precedence, truth: true } : { code, precedence };
}

/** `a - -1` keeps its space by the operator's own; nothing else needs care. */
function spaced(code: string): string {
  return code;
}

export function prefix(operator: string, operand: Text): Text {
  const inner = wrapped(operand, precedenceOf.unary);
  const code = inner.startsWith(operator) ? `${operator}(${inner})` : operator + inner;
  return { code, precedence: precedenceOf.unary, ...(operator === '!' && { truth: true }) };
}

export function call(callee: string, ...args: readonly Text[]): Text {
  return atom(`${callee}(${args.map((arg) => arg.code).join(', ')})`);
}

export function element(array: string, index: Text): Text {
  return atom(`${array}[${index.code}]`);
}

export function conditional(condition: Text, then: Text, otherwise: Text): Text {
  const code = `${wrapped(condition, precedenceOf.or)} ? ${wrapped(then, precedenceOf.conditional + 1)} : ${wrapped(otherwise, precedenceOf.conditional)}`;
  return { code, precedence: precedenceOf.conditional, ...(then.truth && otherwise.truth && { truth: true }) };
}

/** 0 or 1 where the text is a boolean. */
export function asNumber(text: Text): Text {
  if (!text.truth) return text;
  if (text.code === 'true' || text.code === 'false') return numberText(text.code === 'true' ? 1 : 0);
  return conditional(text, numberText(1), numberText(0));
}

/** A sum whose numeric part is folded: `a + 3`, `a - 3`, `a`. */
export function plus(left: Text | undefined, right: Text): Text {
  if (left === undefined || left.code === '0') return right;
  if (right.code === '0') return left;
  if (right.precedence === precedenceOf.unary && /^-[\d.]/.test(right.code)) return binary(left, '-', atom(right.code.slice(1)));
  return binary(left, '+', right);
}

export function times(left: Text, right: Text): Text {
  if (left.code === '1') return right;
  if (right.code === '1') return left;
  if (left.code === '0' || right.code === '0') return numberText(0);
  return binary(left, '*', right);
}

/** A name or a literal: worth no name of its own. */
export function isPlain(text: Text): boolean {
  return /^-?[\w.$]+$/.test(text.code);
}
