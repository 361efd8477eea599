/** The steps that random graphs are made of: each emits one op (with what it needs around it), or nothing where it does not apply. */
import { type Dim, isSymbolic, mulDims, productOf, sameDim } from '../../compiler/ir/dim.js';
import type { Value } from '../../compiler/ir/graph.js';
import { sameType } from '../../compiler/ir/types.js';
import type { Draw } from './draw.js';
import type { Scene } from './random-graph.js';

export interface Recipe {
  readonly name: string;
  /** Differentiable wherever its inputs lie, with bounded growth: fit for finite differences. */
  readonly smooth: boolean;
  build(scene: Scene, draw: Draw): Value | undefined;
}

const smoothUnary = ['neg', 'tanh', 'sigmoid', 'sin', 'cos', 'atan', 'erf', 'asinh'];
const kinkedUnary = [
  'abs',
  'exp',
  'sqrt',
  'log',
  'sign',
  'expm1',
  'log1p',
  'tan',
  'asin',
  'acos',
  'sinh',
  'cosh',
  'acosh',
  'atanh',
  'floor',
  'ceil',
  'round',
  'trunc',
];
const binary = ['add', 'mul', 'sub', 'div', 'maximum', 'minimum', 'pow', 'remainder', 'fmod', 'floorDivide', 'atan2'];
const integerBinary = ['add', 'mul', 'sub', 'maximum', 'minimum'];

/** Half of the time the latest value, so that graphs grow deep and the simplest choice makes a chain. */
function latestOf(draw: Draw, values: readonly Value[]): Value {
  return draw.oneIn(2) ? draw.pick(values) : values[values.length - 1]!;
}

function floatOf(scene: Scene, draw: Draw, rank = 0): Value | undefined {
  const candidates = scene.of('f32').filter((value) => value.type.shape.length >= rank);
  return candidates.length === 0 ? undefined : latestOf(draw, candidates);
}

function numberOf(scene: Scene, draw: Draw, rank = 0): Value | undefined {
  const candidates = scene.of('f32', 'i32').filter((value) => value.type.shape.length >= rank);
  return candidates.length === 0 ? undefined : latestOf(draw, candidates);
}

/** Another value of x's type if there is one, else x, or x's type as a constant. */
function partnerOf(scene: Scene, draw: Draw, x: Value): Value {
  if (draw.oneIn(4)) return scene.emit('constant', [], { value: draw.pick([1, 0, 2, -1]), dtype: x.type.dtype, shape: x.type.shape });
  return latestOf(
    draw,
    scene.values.filter((value) => sameType(value.type, x.type)),
  );
}

/** Some of x's axes, ascending; none is possible. */
function someAxes(draw: Draw, rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => axis).filter(() => draw.below(2) === 0);
}

function knownAxes(x: Value): number[] {
  return x.type.shape.flatMap((dim, axis) => (typeof dim === 'number' ? [axis] : []));
}

const elementwise: readonly Recipe[] = [
  {
    name: 'smoothUnary',
    smooth: true,
    build(scene, draw) {
      const x = floatOf(scene, draw);
      return x && scene.emit(draw.pick(smoothUnary), [x]);
    },
  },
  {
    name: 'unary',
    smooth: false,
    build(scene, draw) {
      const x = floatOf(scene, draw);
      return x && scene.emit(draw.pick(kinkedUnary), [x]);
    },
  },
  {
    name: 'smoothBinary',
    smooth: true,
    build(scene, draw) {
      const x = floatOf(scene, draw);
      return x && scene.emit(draw.pick(['add', 'mul', 'sub']), [x, partnerOf(scene, draw, x)]);
    },
  },
  {
    name: 'binary',
    smooth: false,
    build(scene, draw) {
      const x = numberOf(scene, draw);
      return x && scene.emit(draw.pick(x.type.dtype === 'i32' ? integerBinary : binary), [x, partnerOf(scene, draw, x)]);
    },
  },
  {
    name: 'divide',
    smooth: true,
    build(scene, draw) {
      const x = floatOf(scene, draw);
      if (!x) return undefined;
      const y = partnerOf(scene, draw, x);
      const one = scene.emit('constant', [], { value: 1, dtype: 'f32', shape: x.type.shape });
      return scene.emit('div', [x, scene.emit('add', [scene.emit('mul', [y, y]), one])]);
    },
  },
  {
    name: 'compare',
    smooth: false,
    build(scene, draw) {
      const x = numberOf(scene, draw);
      return x && scene.emit(draw.pick(['lt', 'le', 'gt', 'ge', 'eq', 'ne']), [x, partnerOf(scene, draw, x)]);
    },
  },
  {
    name: 'logic',
    smooth: false,
    build(scene, draw) {
      const conditions = scene.of('bool');
      if (conditions.length === 0) return undefined;
      const x = draw.pick(conditions);
      if (draw.oneIn(3)) return scene.emit('not', [x]);
      return scene.emit(draw.pick(['and', 'or', 'xor']), [x, draw.pick(conditions.filter((y) => sameType(x.type, y.type)))]);
    },
  },
  {
    name: 'isNan',
    smooth: false,
    build(scene, draw) {
      const x = floatOf(scene, draw);
      return x && scene.emit('isNan', [x]);
    },
  },
  {
    name: 'select',
    smooth: false,
    build(scene, draw) {
      const x = numberOf(scene, draw);
      if (!x) return undefined;
      const y = partnerOf(scene, draw, x);
      const conditions = scene.of('bool').filter((value) => sameType({ ...x.type, dtype: 'bool' }, value.type));
      const condition = conditions.length > 0 ? draw.pick(conditions) : scene.emit('lt', [x, y]);
      return scene.emit('select', [condition, x, y]);
    },
  },
  {
    name: 'cast',
    smooth: false,
    build(scene, draw) {
      const x = latestOf(draw, scene.values);
      // NaN and what i32 cannot hold have no defined result as integers.
      const bounded = x.type.dtype === 'f32' ? scene.emit('sin', [x]) : x;
      const finite =
        x.type.dtype === 'f32'
          ? scene.emit('select', [
              scene.emit('isNan', [bounded]),
              scene.emit('constant', [], { value: 0, dtype: 'f32', shape: x.type.shape }),
              bounded,
            ])
          : x;
      return scene.emit('cast', [finite], { dtype: draw.pick(['f32', 'i32', 'bool']) });
    },
  },
  {
    name: 'stopGradient',
    smooth: false,
    build: (scene, draw) => scene.emit('stopGradient', [latestOf(draw, scene.values)]),
  },
];

const movement: readonly Recipe[] = [
  {
    name: 'reshape',
    smooth: true,
    build(scene, draw) {
      const x = latestOf(draw, scene.values);
      const shape = [...x.type.shape];
      const axis = draw.below(shape.length);
      const dim = shape[axis];
      const kind = draw.pick(['flatten', 'insert', 'merge', 'split', 'squeeze'] as const);
      if (kind === 'flatten') return scene.emit('reshape', [x], { shape: [productOf(shape)] });
      if (kind === 'insert') shape.splice(draw.below(shape.length + 1), 0, 1);
      else if (kind === 'merge' && axis + 1 < shape.length) shape.splice(axis, 2, mulDims(dim!, shape[axis + 1]!));
      else if (kind === 'split' && typeof dim === 'number' && dim > 1) {
        const factor = draw.pick([2, 3, dim]);
        if (dim % factor !== 0) return undefined;
        shape.splice(axis, 1, factor, dim / factor);
      } else if (kind === 'squeeze' && shape.includes(1)) shape.splice(shape.indexOf(1), 1);
      else return undefined;
      return scene.emit('reshape', [x], { shape });
    },
  },
  {
    name: 'permute',
    smooth: true,
    build(scene, draw) {
      const x = latestOf(draw, scene.values);
      return scene.emit('permute', [x], { permutation: draw.permutation(x.type.shape.length).reverse() });
    },
  },
  {
    name: 'broadcast',
    smooth: true,
    build(scene, draw) {
      const x = latestOf(draw, scene.values);
      if (!x.type.shape.includes(1)) {
        const shape: Dim[] = [...x.type.shape];
        const axis = draw.below(shape.length + 1);
        shape.splice(axis, 0, 1);
        const grown = scene.emit('reshape', [x], { shape });
        return scene.emit('broadcast', [grown], { shape: shape.map((dim, i) => (i === axis ? draw.pick([2, 3, 1, 5]) : dim)) });
      }
      return scene.emit('broadcast', [x], { shape: x.type.shape.map((dim) => (dim === 1 ? draw.pick([2, 3, 1]) : dim)) });
    },
  },
  {
    name: 'slice',
    smooth: true,
    build(scene, draw) {
      const x = latestOf(draw, scene.values);
      const start: Dim[] = [];
      const size: Dim[] = [];
      const step: number[] = [];
      for (const dim of x.type.shape) {
        const untouched = typeof dim !== 'number' || draw.below(2) === 0;
        const low = untouched ? 0 : draw.below(dim + 1);
        const stride = untouched ? 1 : draw.pick([1, 2, 3]);
        const most = untouched ? dim : Math.ceil((dim - low) / stride);
        start.push(low);
        step.push(stride);
        size.push(untouched || typeof most !== 'number' ? dim : draw.oneIn(3) ? draw.below(most + 1) : most);
      }
      return scene.emit('slice', [x], { start, size, step });
    },
  },
  {
    name: 'pad',
    smooth: true,
    build(scene, draw) {
      const x = numberOf(scene, draw);
      if (!x) return undefined;
      const low = x.type.shape.map(() => draw.pick([0, 1, 2]));
      const high = x.type.shape.map(() => draw.pick([0, 1, 3]));
      const interior = x.type.shape.map((dim) => (dim === 0 || isSymbolic(dim) ? 0 : draw.pick([0, 0, 1, 2])));
      return scene.emit('pad', [x], { low, high, interior, value: draw.pick([0, 1, -2]) });
    },
  },
  {
    name: 'concat',
    smooth: true,
    build(scene, draw) {
      const x = latestOf(draw, scene.values);
      if (x.type.shape.length === 0) return undefined;
      const dim = draw.below(x.type.shape.length);
      const fits = scene.values.filter(
        (value) =>
          value.type.dtype === x.type.dtype &&
          value.type.shape.length === x.type.shape.length &&
          value.type.shape.every((size, axis) => axis === dim || sameDim(size, x.type.shape[axis]!)),
      );
      return scene.emit('concat', [x, ...Array.from({ length: draw.between(1, 2) }, () => draw.pick(fits))], { dim });
    },
  },
  {
    name: 'flip',
    smooth: true,
    build(scene, draw) {
      const x = latestOf(draw, scene.values);
      return scene.emit('flip', [x], { dims: someAxes(draw, x.type.shape.length) });
    },
  },
];

/** Windows along one or two axes of known size. */
function windowAttributes(draw: Draw, x: Value) {
  const axes = knownAxes(x).filter((axis) => (x.type.shape[axis] as number) > 0);
  if (axes.length === 0) return undefined;
  const dims = axes.length > 1 && draw.oneIn(2) ? axes.slice(-2) : [draw.pick(axes)];
  const kernel = dims.map((axis) => draw.between(1, Math.min(3, x.type.shape[axis] as number)));
  return { dims, kernel, stride: dims.map(() => draw.pick([1, 2, 3])), dilation: dims.map(() => draw.pick([1, 1, 2])) };
}

const windows: readonly Recipe[] = [
  {
    name: 'unfold',
    smooth: true,
    build(scene, draw) {
      const x = floatOf(scene, draw, 1);
      const attributes = x && windowAttributes(draw, x);
      return attributes && scene.emit('unfold', [x], attributes);
    },
  },
  {
    name: 'fold',
    smooth: true,
    build(scene, draw) {
      const x = floatOf(scene, draw, 1);
      const attributes = x && windowAttributes(draw, x);
      if (!attributes) return undefined;
      const sizes = attributes.dims.map((axis) => x.type.shape[axis]!);
      const windowed = scene.emit('unfold', [x], attributes);
      return scene.emit('fold', [draw.oneIn(2) ? scene.emit('sin', [windowed]) : windowed], { ...attributes, sizes });
    },
  },
  {
    name: 'pool',
    smooth: false,
    build(scene, draw) {
      const x = floatOf(scene, draw, 1);
      const attributes = x && windowAttributes(draw, x);
      if (!attributes) return undefined;
      const windowed = scene.emit('unfold', [x], attributes);
      const rank = x.type.shape.length;
      return scene.emit('reduceMax', [windowed], { dims: attributes.dims.map((_, i) => rank + i), ties: 'first' });
    },
  },
];

const reductions: readonly Recipe[] = [
  {
    name: 'reduceSum',
    smooth: true,
    build(scene, draw) {
      const x = numberOf(scene, draw, 1);
      return x && scene.emit('reduceSum', [x], { dims: someAxes(draw, x.type.shape.length) });
    },
  },
  {
    name: 'reduceProd',
    smooth: true,
    build(scene, draw) {
      const x = floatOf(scene, draw, 1);
      return x && scene.emit('reduceProd', [scene.emit('tanh', [x])], { dims: someAxes(draw, x.type.shape.length) });
    },
  },
  {
    name: 'reduceExtreme',
    smooth: false,
    build(scene, draw) {
      const x = numberOf(scene, draw, 1);
      const attributes = { dims: x ? someAxes(draw, x.type.shape.length) : [], ties: draw.pick(['even', 'first']) };
      return x && scene.emit(draw.pick(['reduceMax', 'reduceMin']), [x], attributes);
    },
  },
  {
    name: 'argExtreme',
    smooth: false,
    build(scene, draw) {
      const x = numberOf(scene, draw, 1);
      return x && scene.emit(draw.pick(['argmax', 'argmin']), [x], { dim: draw.below(x.type.shape.length) });
    },
  },
  {
    name: 'cumsum',
    smooth: true,
    build(scene, draw) {
      const x = numberOf(scene, draw, 1);
      return x && scene.emit('cumsum', [x], { dim: draw.below(x.type.shape.length) });
    },
  },
  {
    name: 'line',
    smooth: false,
    build(scene, draw) {
      const x = numberOf(scene, draw, 1);
      if (!x) return undefined;
      const name = draw.pick(['argsort', 'cumprod', 'cumargmax']);
      const dim = draw.below(x.type.shape.length);
      return scene.emit(name, [x], name === 'argsort' ? { dim, descending: draw.oneIn(2) } : { dim });
    },
  },
  {
    name: 'softmax',
    smooth: true,
    build(scene, draw) {
      const x = floatOf(scene, draw, 1);
      if (!x) return undefined;
      const dims = [draw.below(x.type.shape.length)];
      const shape = x.type.shape.map((dim, axis) => (dims.includes(axis) ? 1 : dim));
      const spread = (reduced: Value) => scene.emit('broadcast', [scene.emit('reshape', [reduced], { shape })], { shape: x.type.shape });
      const largest = spread(scene.emit('stopGradient', [scene.emit('reduceMax', [x], { dims, ties: 'even' })]));
      const e = scene.emit('exp', [scene.emit('sub', [x, largest])]);
      return scene.emit('div', [e, spread(scene.emit('reduceSum', [e], { dims }))]);
    },
  },
];

const letters = 'abcdefghijklmnop';

const products: readonly Recipe[] = [
  {
    name: 'contract',
    smooth: true,
    build(scene, draw) {
      const x = floatOf(scene, draw);
      if (!x) return undefined;
      const y = draw.oneIn(3) ? draw.pick(scene.of('f32')) : scene.input('f32', x.type.shape.slice(-2), 'parameter');
      const left = x.type.shape.map((_, axis) => letters[axis]!);
      const free = [...left];
      const right = y.type.shape.map((dim, axis) => {
        const shared = free.findIndex((letter) => sameDim(x.type.shape[left.indexOf(letter)]!, dim));
        if (shared < 0 || draw.oneIn(4)) return letters[8 + axis]!;
        return free.splice(shared, 1)[0]!;
      });
      const both = left.filter((letter) => right.includes(letter));
      const result = [...left, ...right.filter((letter) => !left.includes(letter))].filter(
        (letter) => !both.includes(letter) || draw.oneIn(3),
      );
      const order = draw.permutation(result.length).map((i) => result[i]);
      return scene.emit('contract', [x, y], { equation: `${left.join('')},${right.join('')}->${order.join('')}` });
    },
  },
  {
    name: 'linear',
    smooth: true,
    build(scene, draw) {
      const x = floatOf(scene, draw, 1);
      if (!x) return undefined;
      const rank = x.type.shape.length;
      const last = x.type.shape[rank - 1]!;
      if (typeof last !== 'number') return undefined;
      const outputs = draw.pick([2, 3, 1, 5]);
      const w = scene.input('f32', [outputs, last], 'parameter');
      const lead = letters.slice(0, rank - 1);
      const y = scene.emit('contract', [x, w], { equation: `${lead}k,nk->${lead}n` });
      const bias = scene.emit('reshape', [scene.input('f32', [outputs], 'parameter')], {
        shape: y.type.shape.map((_, i) => (i === rank - 1 ? outputs : 1)),
      });
      return scene.emit('add', [y, scene.emit('broadcast', [bias], { shape: y.type.shape })]);
    },
  },
  {
    name: 'conv',
    smooth: true,
    build(scene, draw) {
      const x = floatOf(scene, draw, 2);
      if (!x) return undefined;
      const { shape } = x.type;
      const image = shape.length >= 3 ? x : scene.emit('reshape', [x], { shape: [shape[0]!, 1, ...shape.slice(1)] });
      const [, channels, ...spatial] = image.type.shape as readonly [Dim, Dim, ...Dim[]];
      if (typeof channels !== 'number' || channels === 0 || spatial.length > 2) return undefined;
      const groups = draw.oneIn(3) ? channels : 1;
      const kernel = spatial.map(() => draw.between(1, 3));
      const w = scene.input('f32', [groups * draw.between(1, 2), channels / groups, ...kernel], 'parameter');
      const stride = spatial.map(() => draw.pick([1, 2, 3]));
      const dilation = spatial.map(() => draw.pick([1, 1, 2]));
      const padding = spatial.map(() => [draw.pick([1, 0, 2]), draw.pick([1, 0, 3])]);
      // A named size may be too small for the kernel; static ones are refused by the op itself.
      const sizes = scene.concrete(spatial);
      if (sizes.some((n, i) => n + padding[i]![0]! + padding[i]![1]! <= dilation[i]! * (kernel[i]! - 1))) return undefined;
      return scene.emit('conv', [image, w], { stride, padding, dilation, groups });
    },
  },
];

/** x with a row of its type, or a new one, written at the position. */
export function writtenRow(
  scene: Scene,
  draw: Draw,
  x: Value,
  { dim, position }: { readonly dim: number; readonly position: Value },
): Value {
  const type = { dtype: x.type.dtype, shape: x.type.shape.filter((_, axis) => axis !== dim) };
  const rows = scene.values.filter((value) => sameType(value.type, type));
  const row = rows.length > 0 ? draw.pick(rows) : scene.input(type.dtype, type.shape);
  return scene.emit('writeRow', [x, position, row], { dim });
}

function indexFor(scene: Scene, draw: Draw, x: Value, dim: number): Value | undefined {
  const size = scene.concrete(x.type.shape)[dim]!;
  if (size === 0) return undefined;
  const shape = x.type.shape.map((n, axis) => {
    if (axis === dim) return draw.pick([2, 1, 4]);
    return typeof n === 'number' && n > 1 && draw.oneIn(4) ? n - 1 : n;
  });
  const outside = scene.options.oddValues ? 1 : 0;
  return scene.input('i32', shape, 'argument', [-outside, size - 1 + outside]);
}

const indexing: readonly Recipe[] = [
  {
    name: 'gather',
    smooth: true,
    build(scene, draw) {
      const candidates = scene.values.filter((value) => value.type.shape.length > 0);
      if (candidates.length === 0) return undefined;
      const x = draw.pick(candidates);
      const dim = draw.below(x.type.shape.length);
      const index = indexFor(scene, draw, x, dim);
      return index && scene.emit('gather', [x, index], { dim });
    },
  },
  {
    name: 'index',
    smooth: true,
    build(scene, draw) {
      const candidates = scene.values.filter((value) => value.type.shape.length > 0 && scene.concrete(value.type.shape)[0] !== 0);
      if (candidates.length === 0) return undefined;
      const x = draw.pick(candidates);
      const last = scene.concrete(x.type.shape)[0]! - 1;
      const outside = scene.options.oddValues ? 1 : 0;
      return scene.emit('index', [x, scene.input('i32', [], 'argument', [-outside, last + outside])]);
    },
  },
  {
    name: 'writeRow',
    smooth: true,
    build(scene, draw) {
      const candidates = scene.values.filter((value) => value.type.shape.length > 0);
      if (candidates.length === 0) return undefined;
      const x = draw.pick(candidates);
      const dim = draw.below(x.type.shape.length);
      const last = scene.concrete(x.type.shape)[dim]! - 1;
      // One after the last: nothing is written there.
      return writtenRow(scene, draw, x, {
        dim,
        position: scene.input('i32', [], 'argument', [draw.below(2) - 1, Math.max(0, last + draw.below(2))]),
      });
    },
  },
  {
    name: 'scatterAdd',
    smooth: true,
    build(scene, draw) {
      const base = floatOf(scene, draw, 1);
      if (!base) return undefined;
      const dim = draw.below(base.type.shape.length);
      const index = indexFor(scene, draw, base, dim);
      return index && scene.emit('scatterAdd', [base, index, scene.input('f32', index.type.shape)], { dim });
    },
  },
  {
    name: 'scatterMax',
    smooth: false,
    build(scene, draw) {
      const base = numberOf(scene, draw, 1);
      if (!base) return undefined;
      const dim = draw.below(base.type.shape.length);
      const index = indexFor(scene, draw, base, dim);
      return index && scene.emit('scatterMax', [base, index, scene.input(base.type.dtype, index.type.shape)], { dim });
    },
  },
];

const sources: readonly Recipe[] = [
  {
    name: 'iota',
    smooth: false,
    build(scene, draw) {
      const { shape } = latestOf(draw, scene.values).type;
      return shape.length === 0
        ? undefined
        : scene.emit('iota', [], { shape, dim: draw.below(shape.length), dtype: draw.pick(['i32', 'f32']) });
    },
  },
  {
    name: 'literal',
    smooth: false,
    build: (scene, draw) => scene.emit('literal', [], { values: [0.5, -0, draw.pick([3, Infinity, 2 ** -10])], dtype: 'f32', shape: [3] }),
  },
  {
    name: 'dimension',
    smooth: false,
    build(scene, draw) {
      const { shape } = latestOf(draw, scene.values).type;
      return shape.length === 0 ? undefined : scene.emit('dimension', [], { size: shape[draw.below(shape.length)]! });
    },
  },
  {
    name: 'random',
    smooth: false,
    build(scene, draw) {
      const { shape } = latestOf(draw, scene.values).type;
      // A graph has one key, also where an earlier draw lies in another region.
      const known = [...scene.inputs.keys()].find((name) => name.startsWith('rng'));
      const key = known === undefined ? scene.input('i32', [2], 'rng', [0, 99]) : scene.builder.findInput(known)!.value;
      return scene.emit('random', [key], { shape, stream: draw.below(5) });
    },
  },
];

export const recipes: readonly Recipe[] = [
  ...elementwise,
  ...elementwise,
  ...movement,
  ...windows,
  ...reductions,
  ...products,
  ...indexing,
  ...sources,
];
