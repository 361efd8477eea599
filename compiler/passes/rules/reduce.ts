/** Equations of reductions. Sums may be taken in another order: they are equal up to rounding. */
import { type Dim, sameDim } from '../../ir/dim.js';
import type { Value } from '../../ir/graph.js';
import type { Draft, Rewriter, Rule } from '../rule.js';
import { integers, madeBy, splat } from './match.js';

const reductions = ['reduceSum', 'reduceProd', 'reduceMax', 'reduceMin'];

function reduceOver(rewriter: Rewriter, draft: Draft, x: Value, dims: readonly number[]): Value {
  return dims.length === 0 ? x : rewriter.emit(draft.op, [x], { ...draft.attributes, dims });
}

/** A sum starts from 0, which turns -0 into 0; other reductions of one element are that element. */
function reducedAlone(rewriter: Rewriter, draft: Draft, x: Value): Value {
  return draft.op === 'reduceSum' && x.type.dtype !== 'i32' ? rewriter.emit('add', [x, splat(rewriter, x.type, 0)]) : x;
}

const overNothing: Rule = {
  equation: 'reduce(x, []) = x',
  ops: reductions,
  rewrite: (rewriter, draft) =>
    integers(draft.attributes.dims).length === 0 ? reducedAlone(rewriter, draft, draft.inputs[0]!) : undefined,
};

const overOnes: Rule = {
  equation: 'reduce over axes of size 1 = reshape',
  ops: reductions,
  rewrite(rewriter, draft) {
    const x = draft.inputs[0]!;
    const dims = integers(draft.attributes.dims);
    const ones = dims.filter((axis) => x.type.shape[axis] === 1);
    if (ones.length === 0) return undefined;
    const without = rewriter.emit('reshape', [x], { shape: x.type.shape.filter((_, axis) => !ones.includes(axis)) });
    const rest = dims.filter((axis) => !ones.includes(axis)).map((axis) => axis - ones.filter((one) => one < axis).length);
    return rest.length === 0 ? reducedAlone(rewriter, draft, without) : reduceOver(rewriter, draft, without, rest);
  },
};

const ofReduction: Rule = {
  equation: 'reduce(reduce(x, d), e) = reduce(x, d and e)',
  ops: reductions,
  rewrite(rewriter, draft) {
    const inner = madeBy(rewriter, draft.inputs[0]!, draft.op);
    if (!inner) return undefined;
    const x = inner.inputs[0]!;
    const before = integers(inner.attributes.dims);
    const left = x.type.shape.map((_, axis) => axis).filter((axis) => !before.includes(axis));
    const dims = [...before, ...integers(draft.attributes.dims).map((axis) => left[axis]!)].sort((a, b) => a - b);
    return reduceOver(rewriter, draft, x, dims);
  },
};

/** The axes of known, positive size along which a broadcast repeats its input. */
function repeatedAxes(source: readonly Dim[], shape: readonly Dim[]): number[] {
  return shape.flatMap((size, axis) => (!sameDim(size, source[axis]!) && typeof size === 'number' && size > 0 ? [axis] : []));
}

const ofBroadcast: Rule = {
  equation: 'sum(broadcast(x, n)) = n x, max(broadcast(x)) = x',
  ops: ['reduceSum', 'reduceMax', 'reduceMin'],
  rewrite(rewriter, draft) {
    const stretched = madeBy(rewriter, draft.inputs[0]!, 'broadcast');
    if (!stretched) return undefined;
    const source = stretched.inputs[0]!;
    const { shape } = draft.inputs[0]!.type;
    const dims = integers(draft.attributes.dims);
    const repeated = repeatedAxes(source.type.shape, shape).filter((axis) => dims.includes(axis));
    if (repeated.length === 0) return undefined;
    const narrow = rewriter.emit('broadcast', [source], { shape: shape.map((size, axis) => (repeated.includes(axis) ? 1 : size)) });
    const reduced = rewriter.emit(draft.op, [narrow], draft.attributes);
    if (draft.op !== 'reduceSum') return reduced;
    const count = repeated.reduce((product, axis) => product * (shape[axis] as number), 1);
    return rewriter.emit('mul', [reduced, splat(rewriter, reduced.type, count)]);
  },
};

const ofPermutation: Rule = {
  equation: 'reduce(permute(x)) = reduce(x) where the axes that stay keep their order',
  ops: reductions,
  rewrite(rewriter, draft) {
    const moved = madeBy(rewriter, draft.inputs[0]!, 'permute');
    if (!moved) return undefined;
    const permutation = integers(moved.attributes.permutation);
    const dims = integers(draft.attributes.dims);
    const staying = permutation.filter((_, axis) => !dims.includes(axis));
    if (staying.some((axis, i) => i > 0 && axis < staying[i - 1]!)) return undefined;
    const before = dims.map((axis) => permutation[axis]!).sort((a, b) => a - b);
    return reduceOver(rewriter, draft, moved.inputs[0]!, before);
  },
};

const cumsumOfOne: Rule = {
  equation: 'cumsum along an axis of size 1 = x',
  ops: ['cumsum'],
  rewrite(rewriter, draft) {
    const x = draft.inputs[0]!;
    return draft.type.shape[draft.attributes.dim as number] === 1 ? reducedAlone(rewriter, { ...draft, op: 'reduceSum' }, x) : undefined;
  },
};

export const reduceRules: readonly Rule[] = [overNothing, overOnes, ofReduction, ofBroadcast, ofPermutation, cumsumOfOne];
