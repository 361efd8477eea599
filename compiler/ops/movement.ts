import { addDims, type Dim, dimText, mulDims, productOf, sameDim, subDims } from '../ir/dim.js';
import { isFloat, shapeText, type TensorType, typeText } from '../ir/types.js';
import { axesAttribute, axisAttribute, dimsAttribute, integersAttribute, numberAttribute } from './attributes.js';
import { checkArity } from './elementwise.js';
import { zerosOf } from './emit.js';
import { type Op, OpError, type SizeNeed, type TensorData } from './op.js';
import { allocate, copyStrided, sizeOf, stridesOf, withShape } from './tensor-data.js';

const reshape: Op = {
  name: 'reshape',
  kind: 'view',
  arity: 1,
  type(inputs, attributes) {
    checkArity('reshape', inputs, 1);
    const x = inputs[0]!;
    const shape = dimsAttribute('reshape', attributes, 'shape');
    const before = productOf(x.shape);
    const after = productOf(shape);
    if (!sameDim(before, after)) {
      throw new OpError(
        `reshape: ${shapeText(x.shape)} has ${dimText(before)} elements, the shape ${shapeText(shape)} has ${dimText(after)}`,
      );
    }
    return { dtype: x.dtype, shape };
  },
  evaluate: ([x], _attributes, type) => withShape(x!, type.shape as readonly number[]),
  vjp: (b, node, g) => [b.emit('reshape', [g], { shape: node.inputs[0]!.type.shape })],
};

function permutationOf(attributes: Parameters<Op['type']>[1], rank: number): readonly number[] {
  const permutation = integersAttribute('permute', attributes, 'permutation', 0, rank);
  if (new Set(permutation).size !== rank || permutation.some((axis) => axis >= rank)) {
    throw new OpError(`permute: [${permutation.join(', ')}] is not a permutation of ${rank} axes`);
  }
  return permutation;
}

const permute: Op = {
  name: 'permute',
  kind: 'view',
  arity: 1,
  type(inputs, attributes) {
    checkArity('permute', inputs, 1);
    const { dtype, shape } = inputs[0]!;
    return { dtype, shape: permutationOf(attributes, shape.length).map((axis) => shape[axis]!) };
  },
  evaluate([x], attributes, type) {
    const strides = stridesOf(x!.shape);
    const permutation = permutationOf(attributes, strides.length);
    return gatherStrided(
      x!,
      0,
      permutation.map((axis) => strides[axis]!),
      type,
    );
  },
  vjp(b, node, g) {
    const permutation = permutationOf(node.attributes, g.type.shape.length);
    const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
    return [b.emit('permute', [g], { permutation: inverse })];
  },
};

/** A new tensor whose element i is the source's element at `offset + sum of i * strides`. */
function gatherStrided(x: TensorData, offset: number, strides: readonly number[], type: TensorType): TensorData {
  const result = allocate(type);
  copyStrided(result.shape, x.data, { offset, strides }, result.data, { offset: 0, strides: stridesOf(result.shape) });
  return result;
}

const broadcast: Op = {
  name: 'broadcast',
  kind: 'view',
  arity: 1,
  type(inputs, attributes) {
    checkArity('broadcast', inputs, 1);
    const x = inputs[0]!;
    const shape = dimsAttribute('broadcast', attributes, 'shape');
    if (shape.length !== x.shape.length || !x.shape.every((size, axis) => size === 1 || sameDim(size, shape[axis]!))) {
      throw new OpError(
        `${typeText(x)} does not broadcast to the shape ${shapeText(shape)}`,
        'Axes are equal, or the size that stretches is 1; the ranks are equal.',
      );
    }
    return { dtype: x.dtype, shape };
  },
  evaluate([x], _attributes, type) {
    const strides = stridesOf(x!.shape).map((stride, axis) => (x!.shape[axis] === 1 ? 0 : stride));
    return gatherStrided(x!, 0, strides, type);
  },
  vjp(b, node, g) {
    const { shape } = node.inputs[0]!.type;
    const dims = shape.flatMap((size, axis) => (sameDim(size, g.type.shape[axis]!) ? [] : [axis]));
    return [b.emit('reshape', [b.emit('reduceSum', [g], { dims })], { shape })];
  },
};

const slice: Op = {
  name: 'slice',
  kind: 'view',
  arity: 1,
  type(inputs, attributes) {
    checkArity('slice', inputs, 1);
    const x = inputs[0]!;
    const rank = x.shape.length;
    const start = dimsAttribute('slice', attributes, 'start', rank);
    const size = dimsAttribute('slice', attributes, 'size', rank);
    const step = integersAttribute('slice', attributes, 'step', 1, rank);
    for (let axis = 0; axis < rank; axis++) {
      const last = addDims(start[axis]!, mulDims(subDims(size[axis]!, 1), step[axis]!));
      const room = subDims(subDims(x.shape[axis]!, 1), last);
      const inside = size[axis] === 0 ? sliceStartFits(start[axis]!, x.shape[axis]!) : typeof room !== 'number' || room >= 0;
      if (!inside) {
        const range = `start ${dimText(start[axis]!)}, size ${dimText(size[axis]!)}, step ${step[axis]}`;
        throw new OpError(`slice: ${range} reaches past the end of axis ${axis} of ${typeText(x)}`);
      }
    }
    return { dtype: x.dtype, shape: size };
  },
  sizeNeeds([x], attributes) {
    const rank = x!.shape.length;
    const start = dimsAttribute('slice', attributes, 'start', rank);
    const size = dimsAttribute('slice', attributes, 'size', rank);
    const step = integersAttribute('slice', attributes, 'step', 1, rank);
    return x!.shape.flatMap((whole, axis): SizeNeed[] => {
      const from = start[axis]!;
      const last = addDims(from, mulDims(subDims(size[axis]!, 1), step[axis]!));
      const what = `a part of ${dimText(size[axis]!)} from ${dimText(from)} on${step[axis] === 1 ? '' : ` in steps of ${step[axis]}`}`;
      return [
        { size: from, least: 0, what },
        { size: subDims(whole, last), least: 1, what },
      ];
    });
  },
  evaluate([x], attributes, type) {
    const rank = x!.shape.length;
    const strides = stridesOf(x!.shape);
    const start = integersAttribute('slice', attributes, 'start', 0, rank);
    const step = integersAttribute('slice', attributes, 'step', 1, rank);
    const offset = start.reduce((sum, at, axis) => sum + at * strides[axis]!, 0);
    return gatherStrided(
      x!,
      offset,
      strides.map((stride, axis) => stride * step[axis]!),
      type,
    );
  },
  vjp(b, node, g) {
    const { type } = node.inputs[0]!;
    if (g.type.shape.includes(0)) return [zerosOf(b, type)];
    const rank = type.shape.length;
    const low = dimsAttribute('slice', node.attributes, 'start', rank);
    const step = integersAttribute('slice', node.attributes, 'step', 1, rank);
    const interior = step.map((s) => s - 1);
    const high = type.shape.map((size, axis) => subDims(subDims(size, low[axis]!), paddedSize(g.type.shape[axis]!, 0, 0, interior[axis]!)));
    return [b.emit('pad', [g], { low, high, interior, value: 0 })];
  },
};

function sliceStartFits(start: Dim, size: Dim): boolean {
  const room = subDims(size, start);
  return typeof room !== 'number' || room >= 0;
}

/** low + high + n (interior + 1) - interior; also for n = 0, so that sizes stay polynomials. */
function paddedSize(size: Dim, low: Dim, high: Dim, interior: number): Dim {
  return addDims(addDims(low, high), subDims(mulDims(size, interior + 1), interior));
}

const pad: Op = {
  name: 'pad',
  kind: 'view',
  arity: 1,
  type(inputs, attributes) {
    checkArity('pad', inputs, 1);
    const { dtype, shape } = inputs[0]!;
    const low = dimsAttribute('pad', attributes, 'low', shape.length);
    const high = dimsAttribute('pad', attributes, 'high', shape.length);
    const interior = integersAttribute('pad', attributes, 'interior', 0, shape.length);
    numberAttribute('pad', attributes, 'value');
    const padded = shape.map((size, axis) => paddedSize(size, low[axis]!, high[axis]!, interior[axis]!));
    if (padded.some((size) => typeof size === 'number' && size < 0)) {
      throw new OpError(`pad: an empty axis of ${typeText(inputs[0]!)} cannot be padded between its elements`);
    }
    return { dtype, shape: padded };
  },
  evaluate([x], attributes, type) {
    const result = allocate(type);
    const rank = result.shape.length;
    result.data.fill(numberAttribute('pad', attributes, 'value'));
    const low = integersAttribute('pad', attributes, 'low', 0, rank);
    const interior = integersAttribute('pad', attributes, 'interior', 0, rank);
    const strides = stridesOf(result.shape);
    const offset = low.reduce((sum, count, axis) => sum + count * strides[axis]!, 0);
    const from = { offset: 0, strides: stridesOf(x!.shape) };
    copyStrided(x!.shape, x!.data, from, result.data, { offset, strides: strides.map((stride, axis) => stride * (interior[axis]! + 1)) });
    return result;
  },
  vjp(b, node, g) {
    const { shape } = node.inputs[0]!.type;
    const step = integersAttribute('pad', node.attributes, 'interior', 0).map((count) => count + 1);
    return [b.emit('slice', [g], { start: node.attributes.low!, size: shape, step })];
  },
};

const concat: Op = {
  name: 'concat',
  kind: 'view',
  arity: 'many',
  type(inputs, attributes) {
    const first = inputs[0];
    if (!first) throw new OpError('concat takes at least one tensor');
    const dim = axisAttribute('concat', attributes, 'dim', first.shape.length);
    let length: Dim = 0;
    for (const type of inputs) {
      const fits =
        type.dtype === first.dtype &&
        type.shape.length === first.shape.length &&
        type.shape.every((size, axis) => axis === dim || sameDim(size, first.shape[axis]!));
      if (!fits) {
        throw new OpError(
          `concat: tensors must be equal in dtype and in all axes but axis ${dim}, found ${typeText(first)} and ${typeText(type)}`,
        );
      }
      length = addDims(length, type.shape[dim]!);
    }
    return { dtype: first.dtype, shape: first.shape.map((size, axis) => (axis === dim ? length : size)) };
  },
  evaluate(inputs, attributes, type) {
    const result = allocate(type);
    const strides = stridesOf(result.shape);
    const dim = axisAttribute('concat', attributes, 'dim', result.shape.length);
    let offset = 0;
    for (const input of inputs) {
      copyStrided(input.shape, input.data, { offset: 0, strides: stridesOf(input.shape) }, result.data, { offset, strides });
      offset += input.shape[dim]! * strides[dim]!;
    }
    return result;
  },
  vjp(b, node, g) {
    const rank = g.type.shape.length;
    const dim = axisAttribute('concat', node.attributes, 'dim', rank);
    let at: Dim = 0;
    return node.inputs.map((input) => {
      const start = new Array<Dim>(rank).fill(0);
      start[dim] = at;
      at = addDims(at, input.type.shape[dim]!);
      return b.emit('slice', [g], { start, size: input.type.shape, step: new Array<number>(rank).fill(1) });
    });
  },
};

const flip: Op = {
  name: 'flip',
  kind: 'view',
  arity: 1,
  type(inputs, attributes) {
    checkArity('flip', inputs, 1);
    axesAttribute('flip', attributes, 'dims', inputs[0]!.shape.length);
    return inputs[0]!;
  },
  evaluate([x], attributes, type) {
    if (sizeOf(x!.shape) === 0) return allocate(type);
    const strides = stridesOf(x!.shape);
    let offset = 0;
    for (const axis of axesAttribute('flip', attributes, 'dims', strides.length)) {
      offset += (x!.shape[axis]! - 1) * strides[axis]!;
      strides[axis] = -strides[axis]!;
    }
    return gatherStrided(x!, offset, strides, type);
  },
  vjp: (b, node, g) => [b.emit('flip', [g], { dims: node.attributes.dims! })],
};

export const movementOps: readonly Op[] = [reshape, permute, broadcast, slice, pad, concat, flip].map(forFloats);

/** Integer tensors have no cotangent. */
function forFloats(op: Op): Op {
  const { vjp } = op;
  return vjp ? { ...op, vjp: (b, node, g) => (isFloat(g.type.dtype) ? vjp(b, node, g) : node.inputs.map(() => undefined)) } : op;
}
