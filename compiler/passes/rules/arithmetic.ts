/** Equations of elementwise ops that hold bit by bit, NaN, infinities and the sign of zero included. */
import type { Value } from '../../ir/graph.js';
import { isFloat } from '../../ir/types.js';
import { op as lookUp, ops } from '../../ops/registry.js';
import { elementOf } from '../../ops/source.js';
import type { Draft, Rule } from '../rule.js';
import { dims, isSplat, madeBy, splat, splatOf } from './match.js';

function pair(draft: Draft): readonly [Value, Value] {
  return draft.inputs as readonly [Value, Value];
}

/** x op c = x */
function rightIdentity(op: string, symbol: string, identity: number): Rule {
  return {
    equation: `x ${symbol} ${Object.is(identity, -0) ? '-0' : identity} = x`,
    ops: [op],
    rewrite(rewriter, draft) {
      const [x, y] = pair(draft);
      return isSplat(rewriter, y, identity) ? x : undefined;
    },
  };
}

/** op(op(x)) = x */
function involution(op: string): Rule {
  return {
    equation: `${op}(${op}(x)) = x`,
    ops: [op],
    rewrite: (rewriter, draft) => madeBy(rewriter, draft.inputs[0]!, op)?.inputs[0],
  };
}

const commutativeOps = [...ops.values()].filter((op) => op.commutative).map((op) => op.name);

const constantsRight: Rule = {
  equation: 'c op x = x op c for commutative op',
  ops: commutativeOps,
  rewrite(rewriter, draft) {
    const [x, y] = pair(draft);
    const swap = splatOf(rewriter, x) !== undefined && splatOf(rewriter, y) === undefined;
    return swap ? rewriter.emit(draft.op, [y, x], draft.attributes) : undefined;
  },
};

const integerZero: Rule = {
  equation: 'x + 0 = x for integers',
  ops: ['add'],
  rewrite(rewriter, draft) {
    const [x, y] = pair(draft);
    return draft.type.dtype === 'i32' && isSplat(rewriter, y, 0) ? x : undefined;
  },
};

const powerOfTwoDivisor: Rule = {
  equation: 'x / 2^k = x * 2^-k',
  ops: ['div'],
  rewrite(rewriter, draft) {
    const [x, y] = pair(draft);
    const divisor = splatOf(rewriter, y);
    // Beyond 2^126 the reciprocal would be subnormal in float32.
    if (
      divisor === undefined ||
      divisor === 1 ||
      !Number.isInteger(Math.log2(Math.abs(divisor))) ||
      Math.abs(Math.log2(Math.abs(divisor))) > 120
    ) {
      return undefined;
    }
    return rewriter.emit('mul', [x, splat(rewriter, draft.type, 1 / divisor)]);
  },
};

const smallPower: Rule = {
  equation: 'x^0 = 1, x^1 = x, x^2 = x x, x^3 = x x x, x^-1 = 1 / x',
  ops: ['pow'],
  rewrite(rewriter, draft) {
    const [x, y] = pair(draft);
    const exponent = splatOf(rewriter, y);
    const square = () => rewriter.emit('mul', [x, x]);
    if (exponent === 0) return splat(rewriter, draft.type, 1);
    if (exponent === 1) return x;
    if (exponent === 2) return square();
    if (exponent === 3) return rewriter.emit('mul', [square(), x]);
    if (exponent === -1 && isFloat(draft.type.dtype)) return rewriter.emit('div', [splat(rewriter, draft.type, 1), x]);
    return undefined;
  },
};

const negatedTerm: Rule = {
  equation: 'x + (-y) = x - y, x - (-y) = x + y',
  ops: ['add', 'sub'],
  rewrite(rewriter, draft) {
    const [x, y] = pair(draft);
    const negated = madeBy(rewriter, y, 'neg');
    return negated && rewriter.emit(draft.op === 'add' ? 'sub' : 'add', [x, negated.inputs[0]!]);
  },
};

const minusOne: Rule = {
  equation: 'x * -1 = -x, x / -1 = -x',
  ops: ['mul', 'div'],
  rewrite(rewriter, draft) {
    const [x, y] = pair(draft);
    return isSplat(rewriter, y, -1) ? rewriter.emit('neg', [x]) : undefined;
  },
};

const negatedFactors: Rule = {
  equation: '(-x) (-y) = x y, (-x) / (-y) = x / y',
  ops: ['mul', 'div'],
  rewrite(rewriter, draft) {
    const [x, y] = pair(draft);
    const [nx, ny] = [madeBy(rewriter, x, 'neg'), madeBy(rewriter, y, 'neg')];
    return nx && ny && rewriter.emit(draft.op, [nx.inputs[0]!, ny.inputs[0]!]);
  },
};

const absOfEven: Rule = {
  equation: '|-x| = |x|, ||x|| = |x|',
  ops: ['abs'],
  rewrite(rewriter, draft) {
    const inner = madeBy(rewriter, draft.inputs[0]!, 'neg') ?? madeBy(rewriter, draft.inputs[0]!, 'abs');
    return inner && rewriter.emit('abs', [inner.inputs[0]!]);
  },
};

const idempotent: Rule = {
  equation: 'max(x, x) = x, likewise min, and, or',
  ops: ['maximum', 'minimum', 'and', 'or'],
  rewrite(_rewriter, draft) {
    const [x, y] = pair(draft);
    return x === y ? x : undefined;
  },
};

const boolConstants: Rule = {
  equation: 'x and true = x, x and false = false, x or false = x, x or true = true, x xor false = x',
  ops: ['and', 'or', 'xor'],
  rewrite(rewriter, draft) {
    const [x, y] = pair(draft);
    const value = splatOf(rewriter, y);
    if (value === undefined) return undefined;
    if (draft.op === 'xor') return value === 0 ? x : rewriter.emit('not', [x]);
    return (draft.op === 'and') === (value === 1) ? x : y;
  },
};

const selectKnown: Rule = {
  equation: 'select(true, a, b) = a, select(false, a, b) = b, select(c, a, a) = a',
  ops: ['select'],
  rewrite(rewriter, draft) {
    const [condition, a, b] = draft.inputs as readonly [Value, Value, Value];
    const known = splatOf(rewriter, condition);
    if (known !== undefined) return known ? a : b;
    return a === b ? a : undefined;
  },
};

const selectNot: Rule = {
  equation: 'select(not c, a, b) = select(c, b, a)',
  ops: ['select'],
  rewrite(rewriter, draft) {
    const [condition, a, b] = draft.inputs as readonly [Value, Value, Value];
    const negated = madeBy(rewriter, condition, 'not');
    return negated && rewriter.emit('select', [negated.inputs[0]!, b, a]);
  },
};

const selectNested: Rule = {
  equation: 'select(c, select(c, a, b), d) = select(c, a, d), select(c, a, select(c, b, d)) = select(c, a, d)',
  ops: ['select'],
  rewrite(rewriter, draft) {
    const [condition, a, b] = draft.inputs as readonly [Value, Value, Value];
    const first = madeBy(rewriter, a, 'select');
    if (first?.inputs[0] === condition) return rewriter.emit('select', [condition, first.inputs[1]!, b]);
    const second = madeBy(rewriter, b, 'select');
    return second?.inputs[0] === condition ? rewriter.emit('select', [condition, a, second.inputs[2]!]) : undefined;
  },
};

/** Which element types hold every element of another exactly. */
const holds: Readonly<Record<string, readonly string[]>> = {
  bool: ['bool', 'i32', 'f32', 'f64'],
  i32: ['i32', 'f64'],
  f32: ['f32', 'f64'],
  f64: ['f64'],
};

const castOfCast: Rule = {
  equation: 'cast(x, its dtype) = x, cast(cast(x, wider), d) = cast(x, d)',
  ops: ['cast'],
  rewrite(rewriter, draft) {
    const x = draft.inputs[0]!;
    if (x.type.dtype === draft.type.dtype) return x;
    const inner = madeBy(rewriter, x, 'cast');
    if (!inner || !holds[inner.inputs[0]!.type.dtype]!.includes(x.type.dtype)) return undefined;
    return rewriter.emit('cast', [inner.inputs[0]!], { dtype: draft.type.dtype });
  },
};

const stopGradient: Rule = {
  equation: 'stopGradient(x) = x once nothing is differentiated any more',
  ops: ['stopGradient'],
  rewrite: (_rewriter, draft) => draft.inputs[0],
};

/** Work on few elements instead of many: all inputs are stretched from one shape, or equal everywhere. */
const ofBroadcasts: Rule = {
  equation: 'f(broadcast x, broadcast y, c) = broadcast f(x, y, c)',
  ops: [...ops.values()].filter((op) => op.kind === 'elementwise').map((op) => op.name),
  rewrite(rewriter, draft) {
    let small: readonly unknown[] | undefined;
    const sources: (Value | undefined)[] = [];
    for (const input of draft.inputs) {
      const stretched = madeBy(rewriter, input, 'broadcast')?.inputs[0];
      if (!stretched && splatOf(rewriter, input) === undefined) return undefined;
      if (stretched && small && dims(stretched.type.shape).join() !== small.join()) return undefined;
      if (stretched) small = stretched.type.shape;
      sources.push(stretched);
    }
    const shape = sources.find((source) => source)?.type.shape;
    if (!shape) return undefined;
    const inputs = draft.inputs.map(
      (input, i) => sources[i] ?? splat(rewriter, { dtype: input.type.dtype, shape }, splatOf(rewriter, input)!),
    );
    return rewriter.emit('broadcast', [rewriter.emit(draft.op, inputs, draft.attributes)], { shape: draft.type.shape });
  },
};

/** A constant of any shape stands for one number, so this needs no known sizes. */
export const ofConstants: Rule = {
  equation: 'f(c1, c2) = the number that it is',
  ops: [...ops.values()].filter((op) => op.kind === 'elementwise').map((op) => op.name),
  rewrite(rewriter, draft) {
    const values = draft.inputs.map((input) => splatOf(rewriter, input));
    if (values.some((value) => value === undefined)) return undefined;
    const scalars = draft.inputs.map(({ type }, i) =>
      lookUp('constant').evaluate([], { value: values[i]! }, { dtype: type.dtype, shape: [] }),
    );
    const result = lookUp(draft.op).evaluate(scalars, draft.attributes, { dtype: draft.type.dtype, shape: [] });
    return splat(rewriter, draft.type, elementOf(draft.type.dtype, result.data[0]!));
  },
};

export const arithmeticRules: readonly Rule[] = [
  stopGradient,
  constantsRight,
  rightIdentity('add', '+', -0),
  rightIdentity('sub', '-', 0),
  rightIdentity('mul', '*', 1),
  rightIdentity('div', '/', 1),
  integerZero,
  minusOne,
  powerOfTwoDivisor,
  smallPower,
  involution('neg'),
  involution('not'),
  negatedTerm,
  negatedFactors,
  absOfEven,
  idempotent,
  boolConstants,
  selectKnown,
  selectNot,
  selectNested,
  castOfCast,
  ofBroadcasts,
];
