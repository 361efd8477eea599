/** Equations of ops that only move elements. */
import { addDims, type Dim, lowerBound, mulDims, sameDim, sameShape, subDims } from '../../ir/dim.js';
import type { Value } from '../../ir/graph.js';
import type { Rewriter, Rule } from '../rule.js';
import { allEqual, dims, integers, isSplat, madeBy, opsOfKind, splat, splatOf } from './match.js';

const views = opsOfKind('view');

const viewOfConstant: Rule = {
  equation: 'view(c) = c',
  ops: views,
  rewrite(rewriter, draft) {
    const value = splatOf(rewriter, draft.inputs[0]!);
    if (value === undefined || !draft.inputs.every((input) => isSplat(rewriter, input, value))) return undefined;
    if (draft.op === 'pad' && !Object.is(draft.attributes.value, value)) return undefined;
    return splat(rewriter, draft.type, value);
  },
};

/** The ops whose result is the input itself when the shape stays. */
const sameShapeViews: Rule = {
  equation: 'reshape(x, its shape) = x, likewise broadcast, slice, pad',
  ops: ['reshape', 'broadcast', 'slice', 'pad'],
  rewrite: (_rewriter, { inputs, type }) => (sameShape(inputs[0]!.type.shape, type.shape) ? inputs[0] : undefined),
};

const reshapeOfReshape: Rule = {
  equation: 'reshape(reshape(x)) = reshape(x)',
  ops: ['reshape'],
  rewrite(rewriter, draft) {
    const inner = madeBy(rewriter, draft.inputs[0]!, 'reshape');
    return inner && rewriter.emit('reshape', [inner.inputs[0]!], draft.attributes);
  },
};

const permuteOfPermute: Rule = {
  equation: 'permute(permute(x, p), q) = permute(x, p q)',
  ops: ['permute'],
  rewrite(rewriter, draft) {
    const inner = madeBy(rewriter, draft.inputs[0]!, 'permute');
    if (!inner) return undefined;
    const first = integers(inner.attributes.permutation);
    const permutation = integers(draft.attributes.permutation).map((axis) => first[axis]!);
    return rewriter.emit('permute', [inner.inputs[0]!], { permutation });
  },
};

const permuteOfOnes: Rule = {
  equation: 'permute(x) = reshape(x) where only axes of size 1 move',
  ops: ['permute'],
  rewrite(rewriter, { inputs, attributes, type }) {
    const { shape } = inputs[0]!.type;
    const moving = integers(attributes.permutation).filter((axis) => shape[axis] !== 1);
    if (moving.some((axis, i) => i > 0 && axis < moving[i - 1]!)) return undefined;
    return rewriter.emit('reshape', [inputs[0]!], { shape: type.shape });
  },
};

const broadcastOfBroadcast: Rule = {
  equation: 'broadcast(broadcast(x)) = broadcast(x)',
  ops: ['broadcast'],
  rewrite(rewriter, draft) {
    const inner = madeBy(rewriter, draft.inputs[0]!, 'broadcast');
    return inner && rewriter.emit('broadcast', [inner.inputs[0]!], draft.attributes);
  },
};

const sliceOfSlice: Rule = {
  equation: 'slice(slice(x)) = slice(x)',
  ops: ['slice'],
  rewrite(rewriter, { inputs, attributes }) {
    const inner = madeBy(rewriter, inputs[0]!, 'slice');
    if (!inner || dims(attributes.size).includes(0)) return undefined;
    const outerStep = integers(attributes.step);
    const innerStep = integers(inner.attributes.step);
    const innerStart = dims(inner.attributes.start);
    const start = dims(attributes.start).map((at, axis) => addDims(innerStart[axis]!, mulDims(at, innerStep[axis]!)));
    const step = outerStep.map((s, axis) => s * innerStep[axis]!);
    return rewriter.emit('slice', [inner.inputs[0]!], { start, size: attributes.size!, step });
  },
};

/** What a slice along one axis of padded x reads of x itself, if it reads nothing else. */
function sliceInside(
  slice: { start: Dim; size: Dim; step: number },
  pad: { low: Dim; interior: number },
  size: Dim,
): { start: Dim; step: number } | undefined {
  if (sameDim(slice.start, pad.low) && slice.step === pad.interior + 1 && sameDim(slice.size, size)) return { start: 0, step: 1 };
  if (pad.interior !== 0) return undefined;
  const start = subDims(slice.start, pad.low);
  // A part without elements still begins inside of x, or at its end.
  if (slice.size === 0 && lowerBound(subDims(size, start)) < 0) return undefined;
  const beyond = subDims(size, addDims(addDims(start, mulDims(subDims(slice.size, 1), slice.step)), 1));
  return lowerBound(start) >= 0 && lowerBound(beyond) >= 0 ? { start, step: slice.step } : undefined;
}

const sliceOfPad: Rule = {
  equation: 'slice(pad(x)) = slice(x) where no padding is left',
  ops: ['slice'],
  rewrite(rewriter, { inputs, attributes, type }) {
    const pad = madeBy(rewriter, inputs[0]!, 'pad');
    if (!pad) return undefined;
    const x = pad.inputs[0]!;
    const inside = type.shape.map((size, axis) =>
      sliceInside(
        { start: dims(attributes.start)[axis]!, size, step: integers(attributes.step)[axis]! },
        { low: dims(pad.attributes.low)[axis]!, interior: integers(pad.attributes.interior)[axis]! },
        x.type.shape[axis]!,
      ),
    );
    if (!inside.every((axis) => axis !== undefined)) return undefined;
    const [start, step] = [inside.map((axis) => axis.start), inside.map((axis) => axis.step)];
    return rewriter.emit('slice', [x], { start, size: type.shape, step });
  },
};

const padByNothing: Rule = {
  equation: 'pad(x, 0, 0) = x',
  ops: ['pad'],
  rewrite: (_rewriter, { inputs, attributes }) =>
    [attributes.low, attributes.high, attributes.interior].every((list) => allEqual(dims(list), 0)) ? inputs[0] : undefined,
};

const padOfPad: Rule = {
  equation: 'pad(pad(x, v), v) = pad(x, v)',
  ops: ['pad'],
  rewrite(rewriter, { inputs, attributes }) {
    const inner = madeBy(rewriter, inputs[0]!, 'pad');
    if (!inner || !Object.is(inner.attributes.value, attributes.value) || !allEqual(dims(attributes.interior), 0)) return undefined;
    const sum = (side: 'low' | 'high') => dims(attributes[side]).map((count, axis) => addDims(count, dims(inner.attributes[side])[axis]!));
    return rewriter.emit('pad', [inner.inputs[0]!], { ...inner.attributes, low: sum('low'), high: sum('high') });
  },
};

/** The gradient of a tensor that was taken apart, put together: the parts lie side by side along one axis. */
const sumOfPads: Rule = {
  equation: 'sum: pad(x) + pad(y) = pad(concat(x, y))',
  ops: ['add'],
  rewrite(rewriter, { inputs }) {
    const pads = inputs.map((input) => padsAlong(rewriter, input));
    const [a, b] = pads;
    if (!a || !b || a.axis !== b.axis) return undefined;
    const [first, second] = sameDim(a.end, b.low) ? [a, b] : sameDim(b.end, a.low) ? [b, a] : [];
    if (!first || !second) return undefined;
    const { axis, x } = first;
    const joined = rewriter.emit('concat', [x, second.x], { dim: axis });
    const along = (count: Dim) => x.type.shape.map((_, other) => (other === axis ? count : 0));
    return rewriter.emit('pad', [joined], { low: along(first.low), high: along(second.high), interior: along(0), value: 0 });
  },
};

/** What zeros are put around along one axis only, and where it lies. */
function padsAlong(rewriter: Rewriter, value: Value): { x: Value; axis: number; low: Dim; high: Dim; end: Dim } | undefined {
  const pad = madeBy(rewriter, value, 'pad');
  if (pad?.attributes.value !== 0 || !allEqual(dims(pad.attributes.interior), 0)) return undefined;
  const [x] = pad.inputs as readonly [Value];
  const [lows, highs] = [dims(pad.attributes.low), dims(pad.attributes.high)];
  const padded = x.type.shape.flatMap((_, axis) => (sameDim(lows[axis]!, 0) && sameDim(highs[axis]!, 0) ? [] : [axis]));
  const [axis] = padded;
  if (axis === undefined || padded.length > 1) return undefined;
  return { x, axis, low: lows[axis]!, high: highs[axis]!, end: addDims(lows[axis]!, x.type.shape[axis]!) };
}

const concatPieces: Rule = {
  equation: 'concat(x) = x, concat(x, empty, concat(y, z)) = concat(x, y, z)',
  ops: ['concat'],
  rewrite(rewriter, { inputs, attributes }) {
    const dim = attributes.dim as number;
    const pieces = inputs.flatMap((input): readonly Value[] => {
      if (input.type.shape[dim] === 0) return [];
      const inner = madeBy(rewriter, input, 'concat');
      return inner && inner.attributes.dim === dim ? inner.inputs : [input];
    });
    const kept = pieces.length === 0 ? [inputs[0]!] : pieces;
    if (kept.length === 1) return kept[0];
    const unchanged = kept.length === inputs.length && kept.every((piece, i) => piece === inputs[i]);
    return unchanged ? undefined : rewriter.emit('concat', kept, attributes);
  },
};

const flipOfFlip: Rule = {
  equation: 'flip(x, []) = x, flip(flip(x, d), e) = flip(x, d xor e)',
  ops: ['flip'],
  rewrite(rewriter, { inputs, attributes, type }) {
    const x = inputs[0]!;
    const wanted = integers(attributes.dims);
    const turning = wanted.filter((axis) => type.shape[axis] !== 1);
    if (turning.length === 0) return x;
    const inner = madeBy(rewriter, x, 'flip');
    if (inner) {
      const before = integers(inner.attributes.dims);
      const axes = [...before, ...turning].filter((axis) => before.includes(axis) !== turning.includes(axis)).sort((a, b) => a - b);
      return rewriter.emit('flip', [inner.inputs[0]!], { dims: axes });
    }
    return turning.length < wanted.length ? rewriter.emit('flip', [x], { dims: turning }) : undefined;
  },
};

const knownDimension: Rule = {
  equation: 'dimension(n) = n for a known size',
  ops: ['dimension'],
  rewrite: (rewriter, { attributes, type }) => (typeof attributes.size === 'number' ? splat(rewriter, type, attributes.size) : undefined),
};

const iotaOfOne: Rule = {
  equation: 'iota along an axis of size 1 = 0',
  ops: ['iota'],
  rewrite: (rewriter, { attributes, type }) => (type.shape[attributes.dim as number] === 1 ? splat(rewriter, type, 0) : undefined),
};

const equalLiteral: Rule = {
  equation: 'literal(c, c, c) = c',
  ops: ['literal'],
  rewrite(rewriter, { attributes, type }) {
    const values = integers(attributes.values);
    return values.length > 0 && values.every((value) => Object.is(value, values[0])) ? splat(rewriter, type, values[0]!) : undefined;
  },
};

export const movementRules: readonly Rule[] = [
  knownDimension,
  iotaOfOne,
  equalLiteral,
  viewOfConstant,
  sameShapeViews,
  reshapeOfReshape,
  permuteOfPermute,
  permuteOfOnes,
  broadcastOfBroadcast,
  sliceOfSlice,
  sliceOfPad,
  padByNothing,
  padOfPad,
  sumOfPads,
  concatPieces,
  flipOfFlip,
];
