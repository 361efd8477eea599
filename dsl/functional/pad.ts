/** Elements around a tensor. https://pytorch.org/docs/stable/generated/torch.nn.functional.pad.html */
import { shapeError, valueError } from '../errors.js';
import { op, surelyLess } from '../op.js';
import { slice } from '../ops/indexing.js';
import { flip } from '../ops/movement.js';
import { shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';

/** What the elements around are: a constant, the mirrored inside, the outermost elements, or the other end. */
export type PaddingMode = 'constant' | 'reflect' | 'replicate' | 'circular';

/** `padding` holds pairs for the dims from the last on: [left, right, top, bottom, ...]. Negative numbers cut elements off. */
export function pad(x: Tensor, padding: readonly number[], options: { mode?: PaddingMode; value?: number } = {}): Tensor {
  const rank = x.shape.length;
  const count = Math.floor(padding.length / 2);
  if (count * 2 !== padding.length) throw valueError(`pad: the padding [${padding.join(', ')}] does not consist of pairs`);
  if (count > rank) throw shapeError(`pad: ${count} pairs of padding for a tensor of shape ${shapeText(x.shape)}`);
  const low = x.shape.map(() => 0);
  const high = x.shape.map(() => 0);
  for (let pair = 0; pair < count; pair++) {
    low[rank - 1 - pair] = padding[2 * pair]!;
    high[rank - 1 - pair] = padding[2 * pair + 1]!;
  }
  const mode = options.mode ?? 'constant';
  if (mode === 'constant') return padConstant(x, { low, high, value: options.value ?? 0 });
  const cutOff = (amount: number) => Math.min(0, amount);
  let result = padConstant(x, { low: low.map(cutOff), high: high.map(cutOff), value: 0 });
  for (let axis = rank - 1; axis >= 0; axis--) {
    const before = Math.max(0, low[axis]!);
    const after = Math.max(0, high[axis]!);
    if (before > 0 || after > 0) result = padAxis(result, axis, { low: before, high: after, mode });
  }
  return result;
}

/** `low[i]` elements before and `high[i]` after those of dim i; negative numbers cut off. */
export function padConstant(x: Tensor, options: { low: readonly number[]; high: readonly number[]; value: number }): Tensor {
  const { low, high, value } = options;
  let result = x;
  x.shape.forEach((size, axis) => {
    const before = low[axis]!;
    const after = high[axis]!;
    if (before < 0 || after < 0) {
      if (surelyLess(size + Math.min(0, before) + Math.min(0, after), 0)) {
        throw shapeError(`pad: ${-Math.min(0, before)} and ${-Math.min(0, after)} elements cannot be cut off a dim of size ${size}`);
      }
      result = slice(result, axis, { start: before < 0 ? -before : 0, end: after < 0 ? size + after : size });
    }
  });
  const positive = (amount: number) => Math.max(0, amount);
  const before = low.map(positive);
  const after = high.map(positive);
  if (before.every((amount) => amount === 0) && after.every((amount) => amount === 0)) return result;
  return op('pad', [result], { low: before, high: after, interior: x.shape.map(() => 0), value });
}

function padAxis(x: Tensor, axis: number, options: { low: number; high: number; mode: PaddingMode }): Tensor {
  const { low, high, mode } = options;
  const size = x.shape[axis]!;
  const limit = mode === 'reflect' ? size - 1 : size;
  if (mode !== 'replicate' && (low > limit || high > limit)) {
    throw shapeError(
      `pad: ${Math.max(low, high)} elements of mode '${mode}' do not fit a dim of size ${size}`,
      `at most ${limit} are possible`,
    );
  }
  const parts: Tensor[] = [];
  if (low > 0) parts.push(edge(x, axis, { amount: low, mode, end: 'low' }));
  parts.push(x);
  if (high > 0) parts.push(edge(x, axis, { amount: high, mode, end: 'high' }));
  return op('concat', parts, { dim: axis });
}

function edge(x: Tensor, axis: number, options: { amount: number; mode: PaddingMode; end: 'low' | 'high' }): Tensor {
  const { amount, mode, end } = options;
  const size = x.shape[axis]!;
  if (mode === 'reflect') {
    const start = end === 'low' ? 1 : size - 1 - amount;
    return flip(slice(x, axis, { start, end: start + amount }), [axis]);
  }
  if (mode === 'circular') {
    const start = end === 'low' ? size - amount : 0;
    return slice(x, axis, { start, end: start + amount });
  }
  if (mode === 'replicate') {
    const start = end === 'low' ? 0 : size - 1;
    const outermost = slice(x, axis, { start, end: start + 1 });
    return op('broadcast', [outermost], { shape: x.shape.map((own, at) => (at === axis ? amount : own)) });
  }
  throw valueError(`pad: mode is 'constant', 'reflect', 'replicate' or 'circular', not '${String(mode)}'`);
}
