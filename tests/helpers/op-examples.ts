/**
 * For every op of the table: how to draw well-typed inputs and attributes for it. Floats are kept where the op is smooth, away
 * from kinks, ties and the ends of its domain, so that examples serve for finite differences too.
 */
import fc from 'fast-check';
import type { Attributes } from '../../compiler/ir/graph.js';
import type { DType } from '../../compiler/ir/types.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { Draw, drawNumbers } from './draw.js';
import { tensor, uniforms } from './tensors.js';

export interface OpExample {
  readonly op: string;
  readonly inputs: readonly TensorData[];
  readonly attributes: Attributes;
}

/** Draws elements, one after the other, from numbers in [0, 1). */
type Elements = (uniform: () => number, count: number) => number[];

interface InputPlan {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly elements: Elements;
}

interface Plan {
  readonly inputs: readonly InputPlan[];
  readonly attributes: Attributes;
}

const each =
  (element: (u: number) => number): Elements =>
  (uniform, count) =>
    Array.from({ length: count }, () => element(uniform()));

const between = (low: number, high: number) => each((u) => low + u * (high - low));
/** Both signs, at least 0.1 away from 0. */
const awayFromZero = each((u) => (u < 0.5 ? -1 : 1) * (0.1 + 3 * ((2 * u) % 1)));
/** Between integers and between halves, where rounding is flat. */
const betweenHalves = each((u) => Math.floor(u * 8) - 4 + 0.3 + 0.1 * ((u * 8) % 1));
const integers = (low: number, high: number) => each((u) => low + Math.floor(u * (high - low + 1)));
const bits = each((u) => (u < 0.5 ? 0 : 1));
/** No two equal: a permutation of multiples of 1/8, shifted. */
const distinct: Elements = (uniform, count) => {
  const values = Array.from({ length: count }, (_, i) => (i - count / 2) / 8 + 0.01);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
  return values;
};

/** No two equal, and none equal to one of `distinct`. */
const distinctBetween: Elements = (uniform, count) => distinct(uniform, count).map((value) => value + 0.06);

const plain = between(-2, 2);

function shapeOf(draw: Draw, least = 0, most = 3): number[] {
  return Array.from({ length: draw.between(least, most) }, () => (draw.oneIn(12) ? 0 : draw.pick([2, 3, 1, 5, 7])));
}

/** A shape without empty axes. */
function fullShapeOf(draw: Draw, least = 0, most = 3): number[] {
  return Array.from({ length: draw.between(least, most) }, () => draw.pick([2, 3, 1, 5, 7]));
}

function float(draw: Draw, shape: readonly number[], elements: Elements = plain): InputPlan {
  return { dtype: draw.oneIn(5) ? 'f64' : 'f32', shape, elements };
}

function someAxes(draw: Draw, rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => axis).filter(() => draw.below(2) === 0);
}

type Planner = (draw: Draw) => Plan;

const unary =
  (elements: Elements, integer = false): Planner =>
  (draw) => {
    const shape = shapeOf(draw);
    return {
      inputs: [integer && draw.oneIn(4) ? { dtype: 'i32', shape, elements: integers(-9, 9) } : float(draw, shape, elements)],
      attributes: {},
    };
  };

const binary =
  (x: Elements, y: Elements, integer = true): Planner =>
  (draw) => {
    const shape = shapeOf(draw);
    if (integer && draw.oneIn(4)) {
      const input: InputPlan = { dtype: 'i32', shape, elements: integers(-5, 5) };
      return { inputs: [input, input], attributes: {} };
    }
    const { dtype } = float(draw, shape);
    return {
      inputs: [
        { dtype, shape, elements: x },
        { dtype, shape, elements: y },
      ],
      attributes: {},
    };
  };

const comparison: Planner = binary(integers(-2, 2), integers(-2, 2));

const logical: Planner = (draw) => {
  const input: InputPlan = { dtype: 'bool', shape: shapeOf(draw), elements: bits };
  return { inputs: [input, input], attributes: {} };
};

/** One float input and attributes that depend on its shape. */
const viewing =
  (attributes: (draw: Draw, shape: readonly number[]) => Attributes, least = 0): Planner =>
  (draw) => {
    const shape = shapeOf(draw, least);
    return { inputs: [float(draw, shape)], attributes: attributes(draw, shape) };
  };

const reducing =
  (elements: Elements, extra: (draw: Draw) => Attributes = () => ({})): Planner =>
  (draw) => {
    const shape = fullShapeOf(draw);
    return { inputs: [float(draw, shape, elements)], attributes: { dims: someAxes(draw, shape.length), ...extra(draw) } };
  };

const ties = (draw: Draw): Attributes => ({ ties: draw.pick(['even', 'first']) });

const alongDim =
  (elements: Elements): Planner =>
  (draw) => {
    const shape = fullShapeOf(draw, 1);
    return { inputs: [float(draw, shape, elements)], attributes: { dim: draw.below(shape.length) } };
  };

function source(draw: Draw, attributes: (shape: readonly number[]) => Attributes, least = 0): Plan {
  return { inputs: [], attributes: attributes(shapeOf(draw, least)) };
}

function windows(draw: Draw, shape: readonly number[]) {
  const axes = shape.map((_, axis) => axis);
  const dims = draw.oneIn(2) ? axes.slice(-2) : [draw.pick(axes)];
  const dilation = dims.map(() => draw.pick([1, 1, 2]));
  const kernel = dims.map((axis, i) => draw.between(1, Math.min(3, 1 + Math.floor((shape[axis]! - 1) / dilation[i]!))));
  return { dims, kernel, stride: dims.map(() => draw.pick([1, 2, 3])), dilation };
}

function indexing(draw: Draw): { shape: number[]; index: InputPlan; dim: number } {
  const shape = fullShapeOf(draw, 1);
  const dim = draw.below(shape.length);
  const indexShape = shape.map((n, axis) => (axis === dim ? draw.between(0, 4) : draw.between(Math.max(1, n - 1), n)));
  return { shape, dim, index: { dtype: 'i32', shape: indexShape, elements: integers(0, shape[dim]! - 1) } };
}

const planners: Readonly<Record<string, Planner>> = {
  constant: (draw) => source(draw, (shape) => ({ value: draw.pick([0, 1, -2, 7]), dtype: draw.pick(['f32', 'f64', 'i32']), shape })),
  literal: (draw) =>
    source(draw, (shape) => {
      const size = shape.reduce((product, n) => product * n, 1);
      return { values: Array.from({ length: size }, () => draw.below(9) - 4), dtype: draw.pick(['f32', 'f64', 'i32']), shape };
    }),
  iota: (draw) => source(draw, (shape) => ({ shape, dim: draw.below(shape.length), dtype: draw.pick(['i32', 'f32', 'f64']) }), 1),
  dimension: (draw) => ({ inputs: [], attributes: { size: draw.between(0, 99) } }),
  random: (draw) => ({
    inputs: [{ dtype: 'i32', shape: [2], elements: integers(-1000, 1000) }],
    attributes: { shape: shapeOf(draw), stream: draw.below(9) },
  }),

  neg: unary(plain, true),
  abs: unary(awayFromZero, true),
  sign: unary(awayFromZero, true),
  exp: unary(plain),
  expm1: unary(plain),
  log: unary(between(0.1, 4)),
  log1p: unary(between(-0.8, 4)),
  sqrt: unary(between(0.1, 4)),
  sin: unary(between(-4, 4)),
  cos: unary(between(-4, 4)),
  tan: unary(between(-1.3, 1.3)),
  asin: unary(between(-0.9, 0.9)),
  acos: unary(between(-0.9, 0.9)),
  atan: unary(between(-4, 4)),
  sinh: unary(plain),
  cosh: unary(plain),
  tanh: unary(between(-3, 3)),
  asinh: unary(between(-4, 4)),
  acosh: unary(between(1.2, 4)),
  atanh: unary(between(-0.9, 0.9)),
  sigmoid: unary(between(-6, 6)),
  erf: unary(between(-3, 3)),
  floor: unary(betweenHalves),
  ceil: unary(betweenHalves),
  round: unary(betweenHalves),
  trunc: unary(betweenHalves),
  isNan: unary(each((u) => (u < 0.5 ? NaN : u))),
  not: (draw) => ({ inputs: [{ dtype: 'bool', shape: shapeOf(draw), elements: bits }], attributes: {} }),

  add: binary(plain, plain),
  sub: binary(plain, plain),
  mul: binary(plain, plain),
  div: binary(plain, awayFromZero, false),
  pow: binary(between(0.2, 3), between(-2, 2)),
  // One on multiples of 1/2, the other between them: never equal.
  maximum: binary(
    each((u) => Math.floor(u * 8) / 2),
    each((u) => Math.floor(u * 8) / 2 + 0.25),
  ),
  minimum: binary(
    each((u) => Math.floor(u * 8) / 2),
    each((u) => Math.floor(u * 8) / 2 + 0.25),
  ),
  remainder: binary(betweenHalves, between(0.95, 1.05)),
  fmod: binary(betweenHalves, between(0.95, 1.05)),
  floorDivide: binary(betweenHalves, between(0.95, 1.05)),
  atan2: binary(awayFromZero, awayFromZero, false),
  eq: comparison,
  ne: comparison,
  lt: comparison,
  le: comparison,
  gt: comparison,
  ge: comparison,
  and: logical,
  or: logical,
  xor: logical,
  select: (draw) => {
    const shape = shapeOf(draw);
    const branch = float(draw, shape);
    return { inputs: [{ dtype: 'bool', shape, elements: bits }, branch, branch], attributes: {} };
  },
  cast: (draw) => {
    const shape = shapeOf(draw);
    return {
      inputs: [draw.oneIn(3) ? { dtype: 'bool', shape, elements: bits } : float(draw, shape, betweenHalves)],
      attributes: { dtype: draw.pick(['f64', 'f32', 'i32', 'bool']) },
    };
  },
  stopGradient: unary(plain, true),

  reshape: (draw) => {
    const factors = shapeOf(draw, 2, 4);
    const at = draw.below(factors.length - 1);
    const merged = factors.toSpliced(at, 2, factors[at]! * factors[at + 1]!);
    const [before, after] = draw.oneIn(2) ? [factors, merged] : [merged, factors];
    return { inputs: [float(draw, before)], attributes: { shape: after } };
  },
  permute: viewing((draw, shape) => ({ permutation: draw.permutation(shape.length) })),
  broadcast: (draw) => {
    const shape = shapeOf(draw);
    const stretched = someAxes(draw, shape.length);
    return {
      inputs: [
        float(
          draw,
          shape.map((n, axis) => (stretched.includes(axis) ? 1 : n)),
        ),
      ],
      attributes: { shape },
    };
  },
  slice: viewing((draw, shape) => {
    const start = shape.map((n) => draw.between(0, n));
    const step = shape.map(() => draw.pick([1, 1, 2, 3]));
    const size = shape.map((n, axis) => draw.between(0, Math.ceil((n - start[axis]!) / step[axis]!)));
    return { start, size, step };
  }),
  pad: viewing((draw, shape) => ({
    low: shape.map(() => draw.below(3)),
    high: shape.map(() => draw.below(3)),
    interior: shape.map((n) => (n === 0 ? 0 : draw.below(3))),
    value: draw.pick([0, 1, -2]),
  })),
  concat: (draw) => {
    const shape = shapeOf(draw, 1);
    const dim = draw.below(shape.length);
    const { dtype } = float(draw, shape);
    const count = draw.between(1, 3);
    const inputs = Array.from(
      { length: count },
      (): InputPlan => ({ dtype, shape: shape.map((n, axis) => (axis === dim ? draw.below(4) : n)), elements: plain }),
    );
    return { inputs, attributes: { dim } };
  },
  flip: viewing((draw, shape) => ({ dims: someAxes(draw, shape.length) })),
  unfold: (draw) => {
    const shape = fullShapeOf(draw, 1);
    return { inputs: [float(draw, shape)], attributes: windows(draw, shape) };
  },
  fold: (draw) => {
    const shape = fullShapeOf(draw, 1);
    const attributes = windows(draw, shape);
    const { dims, kernel, stride, dilation } = attributes;
    const counts = [...shape];
    dims.forEach((axis, i) => {
      counts[axis] = Math.floor((shape[axis]! - dilation[i]! * (kernel[i]! - 1) - 1) / stride[i]!) + 1;
    });
    return { inputs: [float(draw, [...counts, ...kernel])], attributes: { ...attributes, sizes: dims.map((axis) => shape[axis]!) } };
  },

  reduceSum: (draw) => {
    const shape = shapeOf(draw);
    return { inputs: [float(draw, shape)], attributes: { dims: someAxes(draw, shape.length) } };
  },
  reduceProd: reducing(between(-1.5, 1.5)),
  reduceMax: reducing(distinct, ties),
  reduceMin: reducing(distinct, ties),
  argmax: alongDim(distinct),
  argmin: alongDim(distinct),
  cumsum: alongDim(plain),
  cumprod: alongDim(awayFromZero),
  cumargmax: alongDim(distinct),
  argsort: (draw) => {
    const { inputs, attributes } = alongDim(draw.oneIn(2) ? distinct : integers(-2, 2))(draw);
    return { inputs, attributes: { ...attributes, descending: draw.oneIn(2) } };
  },
  contract: (draw) => {
    const sizes = new Map([...'abcde'].map((letter) => [letter, draw.oneIn(12) ? 0 : draw.pick([2, 3, 1, 5])]));
    const roles = [...sizes.keys()].map((letter) => ({ letter, role: draw.pick(['summed', 'left', 'right', 'batch', 'none']) }));
    const letters = (...wanted: string[]) => {
      const chosen = roles.filter(({ role }) => wanted.includes(role)).map(({ letter }) => letter);
      return draw.permutation(chosen.length).map((i) => chosen[i]!);
    };
    const [a, b, result] = [letters('summed', 'left', 'batch'), letters('summed', 'right', 'batch'), letters('left', 'right', 'batch')];
    const shapes = [a, b].map((operand) => operand.map((letter) => sizes.get(letter)!));
    const { dtype } = float(draw, []);
    return {
      inputs: shapes.map((shape) => ({ dtype, shape, elements: plain })),
      attributes: { equation: `${a.join('')},${b.join('')}->${result.join('')}` },
    };
  },
  conv: (draw) => {
    const spatial = draw.between(1, 2);
    const per = <T>(item: () => T) => Array.from({ length: spatial }, item);
    const groups = draw.pick([1, 1, 2, 3]);
    const [outputs, channels] = [draw.between(1, 2), draw.between(1, 2)];
    const kernel = per(() => draw.between(1, 3));
    const dilation = per(() => draw.pick([1, 1, 2]));
    const padding = per(() => [draw.below(4), draw.below(4)]);
    const size = kernel.map((k, i) => Math.max(draw.between(1, 6), dilation[i]! * (k - 1) + 1 - padding[i]![0]! - padding[i]![1]!));
    const { dtype } = float(draw, []);
    return {
      inputs: [
        { dtype, shape: [draw.between(0, 2), channels * groups, ...size], elements: plain },
        { dtype, shape: [outputs * groups, channels, ...kernel], elements: plain },
      ],
      attributes: { stride: per(() => draw.between(1, 3)), padding, dilation, groups },
    };
  },
  gather: (draw) => {
    const { shape, index, dim } = indexing(draw);
    return { inputs: [float(draw, shape), index], attributes: { dim } };
  },
  scatterAdd: (draw) => {
    const { shape, index, dim } = indexing(draw);
    const base = float(draw, shape);
    return { inputs: [base, index, { ...base, shape: index.shape }], attributes: { dim } };
  },
  scatterMax: (draw) => {
    const { shape, index, dim } = indexing(draw);
    const base = float(draw, shape, distinct);
    return { inputs: [base, index, { ...base, shape: index.shape, elements: distinctBetween }], attributes: { dim } };
  },
  index: (draw) => {
    const shape = fullShapeOf(draw, 1);
    return { inputs: [float(draw, shape), { dtype: 'i32', shape: [], elements: integers(0, shape[0]! - 1) }], attributes: {} };
  },
  writeRow: (draw) => {
    const shape = fullShapeOf(draw, 1);
    const dim = draw.below(shape.length);
    const x = float(draw, shape);
    // One position before the first and one after the last: nothing is written there.
    const position = { dtype: 'i32' as const, shape: [], elements: integers(-1, shape[dim]!) };
    return { inputs: [x, position, { ...x, shape: shape.filter((_, axis) => axis !== dim) }], attributes: { dim } };
  },
};

/** The ops that examples are known for. */
export const exampleOps: readonly string[] = Object.keys(planners);

/** Random examples of one op. */
export function opExample(op: string): fc.Arbitrary<OpExample> {
  const planner = planners[op];
  if (!planner) throw new Error(`no examples for the op '${op}': add a planner to tests/helpers/op-examples.ts`);
  return fc.tuple(drawNumbers(40), fc.nat({ max: 0xffff })).map(([numbers, seed]) => {
    const { inputs, attributes } = planner(new Draw(numbers));
    const uniform = uniforms(seed);
    const data = inputs.map(({ dtype, shape, elements }) => {
      const count = shape.reduce((product, n) => product * n, 1);
      return tensor(dtype, shape, elements(uniform, count));
    });
    return { op, inputs: data, attributes };
  });
}
