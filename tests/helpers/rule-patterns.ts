/** For every rewrite rule, by its equation: small random graphs that it is meant for (and some beside them that it must leave alone). */
import { type Dim, namedDim } from '../../compiler/ir/dim.js';
import type { Value } from '../../compiler/ir/graph.js';
import type { DType } from '../../compiler/ir/types.js';
import type { Draw } from './draw.js';
import type { Scene } from './random-graph.js';

type Pattern = (scene: Scene, draw: Draw) => Value;

function shapeOf(draw: Draw, least = 0, most = 4): Dim[] {
  return Array.from({ length: draw.between(least, most) }, () =>
    draw.oneIn(15) ? 0 : draw.oneIn(5) ? namedDim('n') : draw.pick([2, 3, 1, 4, 5]),
  );
}

function knownShape(draw: Draw, least: number, most: number): number[] {
  return Array.from({ length: draw.between(least, most) }, () => draw.pick([2, 3, 1, 4, 5]));
}

function tensorOf(scene: Scene, draw: Draw, dtype: DType = 'f32', shape: readonly Dim[] = shapeOf(draw)): Value {
  return scene.input(dtype, shape, 'argument', [-3, 3]);
}

function like(scene: Scene, x: Value, value: number): Value {
  return scene.emit('constant', [], { value, dtype: x.type.dtype, shape: x.type.shape });
}

function someAxes(draw: Draw, rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => axis).filter(() => draw.below(2) === 0);
}

/** x op c, on either side where both are allowed. */
const withConstant =
  (ops: readonly string[], values: readonly number[], dtype: DType = 'f32', eitherSide = false): Pattern =>
  (scene, draw) => {
    const x = tensorOf(scene, draw, dtype);
    const inputs = [x, like(scene, x, draw.pick(values))];
    return scene.emit(draw.pick(ops), eitherSide && draw.oneIn(2) ? inputs.reverse() : inputs);
  };

const oddNumbers = [1, 0, -0, -1, 2, 3, 0.5, 4, -8, 2 ** -10, 0.3, Infinity, NaN];

/** outer(inner(x)) for ops of one input without attributes. */
const nested =
  (outers: readonly string[], inners: readonly string[], dtype: DType = 'f32'): Pattern =>
  (scene, draw) =>
    scene.emit(draw.pick(outers), [scene.emit(draw.pick(inners), [tensorOf(scene, draw, dtype)])]);

/** Each of the two operands negated or not. */
const signedPair =
  (ops: readonly string[]): Pattern =>
  (scene, draw) => {
    const x = tensorOf(scene, draw);
    const signed = (value: Value) => (draw.oneIn(3) ? value : scene.emit('neg', [value]));
    return scene.emit(draw.pick(ops), [signed(x), signed(tensorOf(scene, draw, 'f32', x.type.shape))]);
  };

const selections =
  (conditionOf: (scene: Scene, draw: Draw, condition: Value) => Value): Pattern =>
  (scene, draw) => {
    const a = tensorOf(scene, draw);
    const condition = tensorOf(scene, draw, 'bool', a.type.shape);
    const branches = [a, ...[1, 2, 3].map(() => tensorOf(scene, draw, 'f32', a.type.shape))];
    const other = tensorOf(scene, draw, 'bool', a.type.shape);
    const branch = (): Value => {
      if (draw.oneIn(2)) return draw.pick(branches);
      return scene.emit('select', [draw.oneIn(3) ? other : condition, draw.pick(branches), draw.pick(branches)]);
    };
    return scene.emit('select', [conditionOf(scene, draw, condition), branch(), branch()]);
  };

function windowAttributes(draw: Draw, shape: readonly number[]) {
  const axes = shape.map((_, axis) => axis);
  const dims = shape.length > 1 && draw.oneIn(2) ? axes.slice(-2) : [draw.pick(axes)];
  const dilation = dims.map(() => draw.pick([1, 1, 2]));
  const kernel = dims.map((axis, i) => draw.between(1, 1 + Math.floor((shape[axis]! - 1) / dilation[i]!)));
  return { dims, kernel, stride: kernel.map((k) => draw.pick([k, k, 1, 2, 3])), dilation };
}

const permuted = (scene: Scene, draw: Draw, x: Value): Value =>
  scene.emit('permute', [x], { permutation: draw.permutation(x.type.shape.length).reverse() });

/** A slice with bounds inside x; axes of unknown size stay whole. */
function sliced(scene: Scene, draw: Draw, x: Value): Value {
  const start: number[] = [];
  const size: Dim[] = [];
  const step: number[] = [];
  for (const dim of x.type.shape) {
    const whole = typeof dim !== 'number' || draw.oneIn(3);
    const low = whole ? 0 : draw.below(dim + 1);
    const stride = whole ? 1 : draw.pick([1, 2, 3]);
    start.push(low);
    step.push(stride);
    size.push(whole ? dim : draw.below(Math.ceil((dim - low) / stride) + 1));
  }
  return scene.emit('slice', [x], { start, size, step });
}

function paddedBy(scene: Scene, draw: Draw, x: Value, value: number, interior = true): Value {
  const counts = () => x.type.shape.map(() => draw.pick([0, 1, 2]));
  const between = x.type.shape.map((dim) => (interior && typeof dim === 'number' && dim > 0 ? draw.pick([0, 0, 1, 2]) : 0));
  return scene.emit('pad', [x], { low: counts(), high: counts(), interior: between, value });
}

/** A slice that starts and ends near where the padding does. */
function slicedNearPadding(scene: Scene, draw: Draw): Value {
  const x = tensorOf(scene, draw, 'f32', knownShape(draw, 1, 3));
  const low = x.type.shape.map(() => draw.below(3));
  const high = x.type.shape.map(() => draw.below(3));
  const interior = x.type.shape.map(() => draw.pick([0, 0, 0, 1]));
  const pad = scene.emit('pad', [x], { low, high, interior, value: 7 });
  const exact = draw.oneIn(2);
  const start = low.map((n, axis) => (exact || interior[axis]! > 0 ? n : n + draw.below(2)));
  const step = interior.map((n) => (exact ? n + 1 : draw.pick([1, 2])));
  const size = pad.type.shape.map((total, axis) => {
    const most = Math.ceil(((total as number) - start[axis]!) / step[axis]!);
    return exact ? (x.type.shape[axis] as number) : draw.below(most + 1);
  });
  return scene.emit('slice', [pad], { start, size, step });
}

function stretched(scene: Scene, draw: Draw, shape: readonly Dim[]): Value {
  const narrow = shape.map((dim) => (draw.oneIn(2) ? 1 : dim));
  return scene.emit('broadcast', [tensorOf(scene, draw, 'f32', narrow)], { shape });
}

const reduced =
  (xOf: (scene: Scene, draw: Draw) => Value, ops = ['reduceSum', 'reduceProd', 'reduceMax', 'reduceMin']): Pattern =>
  (scene, draw) => {
    const x = xOf(scene, draw);
    const op = draw.pick(ops);
    const ties = op === 'reduceMax' || op === 'reduceMin' ? { ties: draw.pick(['even', 'first']) } : {};
    return scene.emit(op, [x], { dims: someAxes(draw, x.type.shape.length), ...ties });
  };

function conv(scene: Scene, draw: Draw, x: Value): Value {
  const [, channels, ...spatial] = x.type.shape as readonly [Dim, number, ...Dim[]];
  const kernel = spatial.map(() => draw.pick([1, 1, 2]));
  const w = scene.input('f32', [draw.between(1, 3), channels, ...kernel], 'parameter');
  const padding = spatial.map(() => (draw.oneIn(3) ? [draw.below(3), draw.below(3)] : [0, 0]));
  return scene.emit('conv', [x, w], {
    stride: spatial.map(() => draw.pick([1, 1, 2])),
    padding,
    dilation: spatial.map(() => 1),
    groups: 1,
  });
}

const image = (scene: Scene, draw: Draw): Value =>
  tensorOf(scene, draw, 'f32', [
    draw.pick([namedDim('n'), 2]),
    draw.between(1, 3),
    ...Array.from({ length: draw.between(1, 2) }, () => draw.between(3, 5)),
  ]);

export const rulePatterns: Readonly<Record<string, Pattern>> = {
  'stopGradient(x) = x once nothing is differentiated any more': (scene, draw) => scene.emit('stopGradient', [tensorOf(scene, draw)]),
  'c op x = x op c for commutative op': withConstant(['add', 'mul', 'maximum', 'minimum', 'eq', 'ne'], oddNumbers, 'f32', true),
  'x + -0 = x': withConstant(['add'], oddNumbers),
  'x - 0 = x': withConstant(['sub'], oddNumbers),
  'x * 1 = x': withConstant(['mul'], oddNumbers),
  'x / 1 = x': withConstant(['div'], oddNumbers),
  'x + 0 = x for integers': withConstant(['add'], [0, 1, 2], 'i32'),
  'x * -1 = -x, x / -1 = -x': withConstant(['mul', 'div'], oddNumbers),
  'x / 2^k = x * 2^-k': withConstant(['div'], [...oddNumbers, 2 ** 127, 2 ** -126]),
  'x^0 = 1, x^1 = x, x^2 = x x, x^3 = x x x, x^-1 = 1 / x': withConstant(['pow'], [0, 1, 2, 3, -1, -2, 0.5, 4]),
  'neg(neg(x)) = x': nested(['neg'], ['neg', 'abs', 'sin']),
  'not(not(x)) = x': nested(['not'], ['not'], 'bool'),
  'x + (-y) = x - y, x - (-y) = x + y': signedPair(['add', 'sub']),
  '(-x) (-y) = x y, (-x) / (-y) = x / y': signedPair(['mul', 'div']),
  '|-x| = |x|, ||x|| = |x|': nested(['abs'], ['abs', 'neg', 'sin']),
  'max(x, x) = x, likewise min, and, or': (scene, draw) => {
    const boolean = draw.oneIn(2);
    const x = tensorOf(scene, draw, boolean ? 'bool' : 'f32');
    const other = draw.oneIn(3) ? tensorOf(scene, draw, x.type.dtype, x.type.shape) : x;
    return scene.emit(draw.pick(boolean ? ['and', 'or'] : ['maximum', 'minimum']), [x, other]);
  },
  'x and true = x, x and false = false, x or false = x, x or true = true, x xor false = x': withConstant(
    ['and', 'or', 'xor'],
    [0, 1],
    'bool',
  ),
  'select(true, a, b) = a, select(false, a, b) = b, select(c, a, a) = a': selections((scene, draw, condition) =>
    draw.oneIn(3) ? condition : like(scene, condition, draw.below(2)),
  ),
  'select(not c, a, b) = select(c, b, a)': selections((scene, _draw, condition) => scene.emit('not', [condition])),
  'select(c, select(c, a, b), d) = select(c, a, d), select(c, a, select(c, b, d)) = select(c, a, d)': selections(
    (_scene, _draw, condition) => condition,
  ),
  'cast(x, its dtype) = x, cast(cast(x, wider), d) = cast(x, d)': (scene, draw) => {
    // Integers beyond 2^24 are not exact in float32.
    const dtype = draw.pick(['bool', 'i32', 'f32'] as const);
    const x = dtype === 'i32' ? scene.input('i32', [5], 'argument', [16777210, 16777230]) : tensorOf(scene, draw, dtype);
    const inner = scene.emit('cast', [x], {
      dtype: dtype === 'f32' ? draw.pick(['f32', 'f64', 'bool']) : draw.pick(['f32', 'i32', 'bool', 'f64']),
    });
    return scene.emit('cast', [inner], { dtype: dtype === 'f32' ? draw.pick(['f32', 'bool']) : draw.pick(['f32', 'i32', 'bool']) });
  },
  'f(broadcast x, broadcast y, c) = broadcast f(x, y, c)': (scene, draw) => {
    const shape = shapeOf(draw);
    const x = stretched(scene, draw, shape);
    const y = draw.pick([x, like(scene, x, 3), stretched(scene, draw, shape)]);
    if (draw.oneIn(3)) return scene.emit('exp', [x]);
    return scene.emit(draw.pick(['add', 'mul', 'lt']), draw.oneIn(2) ? [x, y] : [y, x]);
  },
  'f(c1, c2) = the number that it is': (scene, draw) => {
    const x = scene.emit('constant', [], { value: draw.pick(oddNumbers), dtype: 'f32', shape: shapeOf(draw) });
    return scene.emit(draw.pick(['add', 'mul', 'pow', 'eq', 'atan2']), [x, like(scene, x, draw.pick(oddNumbers))]);
  },
  'f(literal, literal) = literal': (scene, draw) => {
    const literal = () =>
      scene.emit('literal', [], { values: [draw.pick(oddNumbers), 1, draw.pick(oddNumbers)], dtype: 'f32', shape: [3] });
    const sum = scene.emit(draw.pick(['add', 'mul', 'maximum']), [literal(), literal()]);
    return scene.emit('reduceSum', [sum], { dims: someAxes(draw, 1) });
  },

  'dimension(n) = n for a known size': (scene, draw) => {
    tensorOf(scene, draw, 'f32', [namedDim('n')]);
    return scene.emit('dimension', [], { size: draw.pick([namedDim('n'), 3]) });
  },
  'iota along an axis of size 1 = 0': (scene, draw) => {
    const shape = knownShape(draw, 1, 3);
    return scene.emit('iota', [], { shape, dim: draw.below(shape.length), dtype: 'i32' });
  },
  'literal(c, c, c) = c': (scene, draw) => {
    const value = draw.pick(oddNumbers);
    return scene.emit('literal', [], { values: [value, draw.pick([value, 0, -0]), value], dtype: 'f32', shape: [3, 1] });
  },
  'view(c) = c': (scene, draw) => {
    const x = scene.emit('constant', [], { value: draw.pick([7, 0, -0]), dtype: 'f32', shape: knownShape(draw, 1, 3) });
    const { shape } = x.type;
    const kind = draw.pick(['reshape', 'permute', 'slice', 'pad', 'concat', 'flip', 'unfold'] as const);
    if (kind === 'reshape') return scene.emit('reshape', [x], { shape: [...shape, 1] });
    if (kind === 'permute') return permuted(scene, draw, x);
    if (kind === 'slice') return sliced(scene, draw, x);
    if (kind === 'pad') return paddedBy(scene, draw, x, draw.pick([7, 0, -0, 1]));
    if (kind === 'concat') return scene.emit('concat', [x, draw.pick([x, like(scene, x, 0)]), x], { dim: draw.below(shape.length) });
    return kind === 'flip'
      ? scene.emit('flip', [x], { dims: someAxes(draw, shape.length) })
      : scene.emit('unfold', [x], windowAttributes(draw, shape as number[]));
  },
  'reshape(x, its shape) = x, likewise broadcast, slice, pad': (scene, draw) => {
    const x = tensorOf(scene, draw, 'f32', knownShape(draw, 1, 3));
    const kind = draw.pick(['reshape', 'broadcast', 'slice', 'pad', 'stepping'] as const);
    if (kind === 'reshape' || kind === 'broadcast') return scene.emit(kind, [x], { shape: x.type.shape });
    const none = x.type.shape.map(() => 0);
    if (kind === 'pad') return scene.emit('pad', [x], { low: none, high: none, interior: none, value: 7 });
    return kind === 'slice'
      ? scene.emit('slice', [x], { start: none, size: x.type.shape, step: none.map(() => 1) })
      : sliced(scene, draw, x);
  },
  'reshape(reshape(x)) = reshape(x)': (scene, draw) => {
    const x = tensorOf(scene, draw, 'f32', [2, 3, 4]);
    return scene.emit('reshape', [scene.emit('reshape', [x], { shape: draw.pick([[24], [6, 4], [2, 12]]) })], {
      shape: draw.pick([
        [3, 8],
        [4, 6],
        [1, 24],
      ]),
    });
  },
  'permute(permute(x, p), q) = permute(x, p q)': (scene, draw) => permuted(scene, draw, permuted(scene, draw, tensorOf(scene, draw))),
  'permute(x) = reshape(x) where only axes of size 1 move': (scene, draw) =>
    permuted(scene, draw, tensorOf(scene, draw, 'f32', [1, ...knownShape(draw, 1, 2), 1])),
  'broadcast(broadcast(x)) = broadcast(x)': (scene, draw) => {
    const inner = scene.emit('broadcast', [tensorOf(scene, draw, 'f32', [1, 3, 1])], {
      shape: draw.pick([
        [2, 3, 1],
        [1, 3, 4],
        [1, 3, 1],
      ]),
    });
    return scene.emit('broadcast', [inner], { shape: [2, 3, 4] });
  },
  'slice(slice(x)) = slice(x)': (scene, draw) =>
    sliced(scene, draw, sliced(scene, draw, tensorOf(scene, draw, 'f32', [7, draw.between(4, 9), namedDim('n')]))),
  'slice(pad(x)) = slice(x) where no padding is left': (scene, draw) => slicedNearPadding(scene, draw),
  'pad(x, 0, 0) = x': (scene, draw) => paddedBy(scene, draw, tensorOf(scene, draw, 'f32', shapeOf(draw, 0, 1)), 7),
  'pad(pad(x, v), v) = pad(x, v)': (scene, draw) => {
    const inner = paddedBy(scene, draw, tensorOf(scene, draw, 'f32', knownShape(draw, 1, 2)), draw.pick([7, 0, -0]));
    return paddedBy(scene, draw, inner, draw.pick([7, 0, -0]), draw.oneIn(2));
  },
  'sum: pad(x) + pad(y) = pad(concat(x, y))': (scene, draw) => {
    const [a, b, rest] = [draw.pick([1, 2, 0]), draw.pick([1, 3]), draw.below(3)];
    const axis = draw.below(2);
    const off = draw.oneIn(5) ? 1 : 0;
    const part = (size: number, low: number, high: number) => {
      const along = (count: number) => [0, 1].map((other) => (other === axis ? count : 0));
      const x = tensorOf(
        scene,
        draw,
        'f32',
        [0, 1].map((other) => (other === axis ? size : 2)),
      );
      return scene.emit('pad', [x], { low: along(low), high: along(high), interior: along(0), value: draw.oneIn(5) ? 1 : 0 });
    };
    const parts = [part(a, rest, b + off), part(b, rest + a + off, 0)];
    return scene.emit('add', draw.oneIn(2) ? parts : parts.reverse());
  },
  'concat(x) = x, concat(x, empty, concat(y, z)) = concat(x, y, z)': (scene, draw) => {
    const part = (size: number) => tensorOf(scene, draw, 'f32', [2, size, 3]);
    const piece = () => draw.pick([part(2), part(0), scene.emit('concat', [part(1), part(2)], { dim: draw.pick([1, 1, 0].slice(0, 2)) })]);
    return scene.emit('concat', Array.from({ length: draw.between(1, 3) }, piece), { dim: 1 });
  },
  'flip(x, []) = x, flip(flip(x, d), e) = flip(x, d xor e)': (scene, draw) => {
    const x = tensorOf(scene, draw, 'f32', knownShape(draw, 1, 4));
    const inner = draw.oneIn(3) ? x : scene.emit('flip', [x], { dims: someAxes(draw, x.type.shape.length) });
    return scene.emit('flip', [inner], { dims: someAxes(draw, x.type.shape.length) });
  },

  'unfold(x) = permute(reshape(slice(x))) where windows do not overlap': (scene, draw) => {
    const shape = knownShape(draw, 1, 3).map((n) => n + 2);
    return scene.emit('unfold', [tensorOf(scene, draw, 'f32', shape)], windowAttributes(draw, shape));
  },
  'fold(w) = pad(reshape(permute(w))) where windows do not overlap': (scene, draw) => {
    const shape = knownShape(draw, 1, 3).map((n) => n + 2);
    const attributes = windowAttributes(draw, shape);
    const w = scene.emit('unfold', [tensorOf(scene, draw, 'f32', shape)], attributes);
    return scene.emit('fold', [scene.emit('sin', [w])], { ...attributes, sizes: attributes.dims.map((axis) => shape[axis]!) });
  },

  'reduce(x, []) = x': reduced((scene, draw) => tensorOf(scene, draw, 'f32', knownShape(draw, 0, 2))),
  'reduce over axes of size 1 = reshape': reduced((scene, draw) => tensorOf(scene, draw, 'f32', [1, ...knownShape(draw, 1, 2), 1])),
  'reduce(reduce(x, d), e) = reduce(x, d and e)': (scene, draw) => {
    const ops = ['reduceSum', 'reduceProd', 'reduceMax', 'reduceMin'];
    const op = draw.pick(ops);
    const inner = reduced((s, d) => tensorOf(s, d, 'f32', [2, 3, namedDim('n'), 2]), [draw.oneIn(4) ? draw.pick(ops) : op]);
    return reduced(() => inner(scene, draw), [op])(scene, draw);
  },
  'sum(broadcast(x, n)) = n x, max(broadcast(x)) = x': reduced(
    (scene, draw) => stretched(scene, draw, [...knownShape(draw, 1, 2), namedDim('n'), 3]),
    ['reduceSum', 'reduceMax', 'reduceMin', 'reduceProd'],
  ),
  'reduce(permute(x)) = reduce(x) where the axes that stay keep their order': reduced((scene, draw) =>
    permuted(scene, draw, tensorOf(scene, draw, 'f32', knownShape(draw, 2, 4))),
  ),
  'cumsum along an axis of size 1 = x': (scene, draw) => {
    const x = tensorOf(scene, draw, 'f32', [1, ...knownShape(draw, 1, 2)]);
    return scene.emit('cumsum', [x], { dim: draw.below(x.type.shape.length) });
  },

  'contract(permute(a), b) = contract(a, b) with the letters of a in their old order': (scene, draw) => {
    const moved = (shape: readonly number[]) => {
      const order = draw.permutation(shape.length);
      const x = tensorOf(
        scene,
        draw,
        'f32',
        order.map((axis) => shape[axis]!),
      );
      return scene.emit('permute', [x], { permutation: shape.map((_, axis) => order.indexOf(axis)) });
    };
    const a = draw.oneIn(3) ? tensorOf(scene, draw, 'f32', [2, 3, 4, 5]) : moved([2, 3, 4, 5]);
    return scene.emit('contract', [a, moved([5, 7, 2, 4])], { equation: 'abkc,cnak->nba' });
  },
  'scatterAdd(x, i, u) = select(iota = i, x + u, x) for one update along the axis': (scene, draw) => {
    const base = tensorOf(scene, draw, 'f32', [3, namedDim('n'), 2]);
    const dim = draw.below(3);
    const shape = base.type.shape.map((size, axis) => (axis === dim ? draw.pick([1, 1, 2]) : axis === 0 ? draw.pick([3, 3, 2]) : size));
    const index = scene.input('i32', shape, 'argument', [-1, 3]);
    return scene.emit('scatterAdd', [base, index, tensorOf(scene, draw, 'f32', shape)], { dim });
  },
  'conv(pad(x, 0)) = conv(x) with more padding': (scene, draw) => {
    const x = image(scene, draw);
    const counts = () => x.type.shape.map((_, axis) => (axis < 2 && !draw.oneIn(8) ? 0 : draw.below(3)));
    const [low, high] = [counts(), counts()];
    low[1] = 0;
    high[1] = 0;
    const interior = x.type.shape.map((_, axis) => (axis > 1 && draw.oneIn(6) ? 1 : 0));
    return conv(scene, draw, scene.emit('pad', [x], { low, high, interior, value: draw.pick([0, 0, 1]) }));
  },
  'conv(x, w) = contract(x, w) for a kernel of size 1': (scene, draw) => conv(scene, draw, image(scene, draw)),
};
