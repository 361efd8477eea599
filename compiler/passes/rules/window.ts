/** Windows that do not overlap are plain views: pooling forwards and backwards then needs no sums over windows. */
import { type Dim, mulDims, subDims } from '../../ir/dim.js';
import type { Attributes, Value } from '../../ir/graph.js';
import type { Rewriter, Rule } from '../rule.js';
import { integers } from './match.js';

/** Along one axis: `count` windows of `kernel` elements, the first ones of `spacing`-strided runs of x. */
interface Tiling {
  readonly axis: number;
  readonly count: Dim;
  readonly kernel: number;
  /** The elements of x that the windows use, in order: this many, `step` apart. */
  readonly used: Dim;
  readonly step: number;
}

/** The windows of each axis as tiles, if no element lies in two of them and they are evenly spaced. */
function tilings(attributes: Attributes, counts: readonly Dim[]): Tiling[] | undefined {
  const [kernel, stride, dilation] = [integers(attributes.kernel), integers(attributes.stride), integers(attributes.dilation)];
  const result: Tiling[] = [];
  for (const [i, axis] of integers(attributes.dims).entries()) {
    const [k, s, d, count] = [kernel[i]!, stride[i]!, dilation[i]!, counts[axis]!];
    if (count === 1) result.push({ axis, count, kernel: k, used: k, step: d });
    else if (k === 1) result.push({ axis, count, kernel: 1, used: count, step: s });
    else if (k === s && d === 1) result.push({ axis, count, kernel: k, used: mulDims(count, k), step: 1 });
    else return undefined;
  }
  return result;
}

/** The shape with each tiled axis as two, [count, kernel], side by side; and where those axes go among the windows' axes. */
function splitShape(shape: readonly Dim[], tiles: readonly Tiling[]): { split: Dim[]; permutation: number[] } {
  const split: Dim[] = [];
  const leading: number[] = [];
  const trailing: number[] = [];
  shape.forEach((size, axis) => {
    const tile = tiles.find((candidate) => candidate.axis === axis);
    leading.push(split.length);
    if (tile) trailing.push(split.length + 1);
    split.push(...(tile ? [tile.count, tile.kernel] : [size]));
  });
  return { split, permutation: [...leading, ...trailing] };
}

const unfoldTiles: Rule = {
  equation: 'unfold(x) = permute(reshape(slice(x))) where windows do not overlap',
  ops: ['unfold'],
  rewrite(rewriter, { inputs, attributes, type }) {
    const x = inputs[0]!;
    const tiles = tilings(attributes, type.shape);
    if (!tiles) return undefined;
    const size = [...x.type.shape];
    const step = size.map(() => 1);
    for (const tile of tiles) {
      size[tile.axis] = tile.used;
      step[tile.axis] = tile.step;
    }
    const used = rewriter.emit('slice', [x], { start: size.map(() => 0), size, step });
    const { split, permutation } = splitShape(x.type.shape, tiles);
    return rewriter.emit('permute', [rewriter.emit('reshape', [used], { shape: split })], { permutation });
  },
};

const foldTiles: Rule = {
  equation: 'fold(w) = pad(reshape(permute(w))) where windows do not overlap',
  ops: ['fold'],
  rewrite(rewriter, { inputs, attributes, type }) {
    const w = inputs[0]!;
    const tiles = tilings(attributes, w.type.shape);
    if (!tiles || w.type.shape.includes(0)) return undefined;
    const { permutation } = splitShape(type.shape, tiles);
    const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
    const beside = rewriter.emit('permute', [w], { permutation: inverse });
    return spread(rewriter, beside, type.shape, tiles);
  },
};

/** Merges the axes of the tiles and puts zeros where no window reaches. */
function spread(rewriter: Rewriter, beside: Value, shape: readonly Dim[], tiles: readonly Tiling[]): Value {
  const merged = [...shape];
  const high: Dim[] = shape.map(() => 0);
  const interior = shape.map(() => 0);
  for (const { axis, used, step } of tiles) {
    merged[axis] = used;
    interior[axis] = step - 1;
    high[axis] = subDims(shape[axis]!, subDims(mulDims(used, step), step - 1));
  }
  const low = shape.map(() => 0);
  return rewriter.emit('pad', [rewriter.emit('reshape', [beside], { shape: merged })], { low, high, interior, value: 0 });
}

export const windowRules: readonly Rule[] = [unfoldTiles, foldTiles];
