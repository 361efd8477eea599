import { addDims, type Dim, dimText, floorDivDims, sameDim, subDims } from '../ir/dim.js';
import type { Attributes } from '../ir/graph.js';
import { typeText } from '../ir/types.js';
import { axesAttribute, dimsAttribute, integersAttribute } from './attributes.js';
import { checkArity } from './elementwise.js';
import { type Op, OpError, type SizeNeed } from './op.js';
import { addStrided, allocate, copyStrided, stridesOf } from './tensor-data.js';

interface Windows {
  readonly dims: readonly number[];
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
}

function windowsOf(op: string, attributes: Attributes, rank: number): Windows {
  const dims = axesAttribute(op, attributes, 'dims', rank);
  return {
    dims,
    kernel: integersAttribute(op, attributes, 'kernel', 1, dims.length),
    stride: integersAttribute(op, attributes, 'stride', 1, dims.length),
    dilation: integersAttribute(op, attributes, 'dilation', 1, dims.length),
  };
}

/** How many windows fit: floor((n - dilation (kernel - 1) - 1) / stride) + 1. Throws OpError where none does. */
export function windowCount(op: string, size: Dim, kernel: number, stride: number, dilation: number): Dim {
  const extent = dilation * (kernel - 1) + 1;
  if (typeof size === 'number' && size < extent) {
    const reach = dilation === 1 ? `${kernel}` : `${kernel} with dilation ${dilation} (${extent} elements)`;
    throw new OpError(
      `${op}: a kernel of size ${reach} does not fit into an axis of size ${size}`,
      'Use a smaller kernel or more padding.',
    );
  }
  return addDims(floorDivDims(subDims(size, extent), stride), 1);
}

/** An axis holds one window at least. */
export function windowNeed(size: Dim, kernel: number, dilation: number): SizeNeed {
  const extent = dilation * (kernel - 1) + 1;
  return { size, least: extent, what: `a window of ${extent}` };
}

const unfold: Op = {
  name: 'unfold',
  kind: 'view',
  arity: 1,
  type(inputs, attributes) {
    checkArity('unfold', inputs, 1);
    const { dtype, shape } = inputs[0]!;
    const { dims, kernel, stride, dilation } = windowsOf('unfold', attributes, shape.length);
    const counts = [...shape];
    dims.forEach((axis, i) => {
      counts[axis] = windowCount('unfold', shape[axis]!, kernel[i]!, stride[i]!, dilation[i]!);
    });
    return { dtype, shape: [...counts, ...kernel] };
  },
  sizeNeeds([x], attributes) {
    const { dims, kernel, dilation } = windowsOf('unfold', attributes, x!.shape.length);
    return dims.map((axis, i) => windowNeed(x!.shape[axis]!, kernel[i]!, dilation[i]!));
  },
  evaluate([x], attributes, type) {
    const result = allocate(type);
    const strides = windowStrides(windowsOf('unfold', attributes, x!.shape.length), x!.shape);
    copyStrided(result.shape, x!.data, { offset: 0, strides }, result.data, { offset: 0, strides: stridesOf(result.shape) });
    return result;
  },
  vjp(b, node, g) {
    const { shape } = node.inputs[0]!.type;
    if (g.type.dtype !== 'f32' && g.type.dtype !== 'f64') return [undefined];
    const sizes = windowsOf('unfold', node.attributes, shape.length).dims.map((axis) => shape[axis]!);
    return [b.emit('fold', [g], { ...node.attributes, sizes })];
  },
};

/** Strides over the plain tensor for the axes of its windows: [..., count, ..., kernel...]. */
function windowStrides({ dims, kernel, stride, dilation }: Windows, shape: readonly number[]): number[] {
  const plain = stridesOf(shape);
  const strides = [...plain, ...kernel.map((_, i) => plain[dims[i]!]! * dilation[i]!)];
  dims.forEach((axis, i) => {
    strides[axis] = plain[axis]! * stride[i]!;
  });
  return strides;
}

const fold: Op = {
  name: 'fold',
  kind: 'reduce',
  arity: 1,
  type(inputs, attributes) {
    checkArity('fold', inputs, 1);
    const { dtype, shape } = inputs[0]!;
    if (dtype === 'bool') throw new OpError(`fold takes numbers, found ${typeText(inputs[0]!)}`);
    const kernelRank = integersAttribute('fold', attributes, 'kernel', 1).length;
    const rank = shape.length - kernelRank;
    const { dims, kernel, stride, dilation } = windowsOf('fold', attributes, rank);
    const sizes = dimsAttribute('fold', attributes, 'sizes', kernelRank);
    const result = shape.slice(0, rank);
    dims.forEach((axis, i) => {
      const count = windowCount('fold', sizes[i]!, kernel[i]!, stride[i]!, dilation[i]!);
      if (!sameDim(shape[axis]!, count) || !sameDim(shape[rank + i]!, kernel[i]!)) {
        const found = `${dimText(shape[axis]!)} windows of ${dimText(shape[rank + i]!)}`;
        throw new OpError(`fold: axis ${axis} of size ${dimText(sizes[i]!)} has ${dimText(count)} windows of ${kernel[i]}, found ${found}`);
      }
      result[axis] = sizes[i]!;
    });
    return { dtype, shape: result };
  },
  sizeNeeds([w], attributes) {
    const kernel = integersAttribute('fold', attributes, 'kernel', 1);
    const sizes = dimsAttribute('fold', attributes, 'sizes', kernel.length);
    const { dilation } = windowsOf('fold', attributes, w!.shape.length - kernel.length);
    return sizes.map((size, i) => windowNeed(size, kernel[i]!, dilation[i]!));
  },
  evaluate([w], attributes, type) {
    const result = allocate(type);
    const strides = windowStrides(windowsOf('fold', attributes, result.shape.length), result.shape);
    addStrided(w!.shape, w!.data, { offset: 0, strides: stridesOf(w!.shape) }, result.data, { offset: 0, strides });
    return result;
  },
  vjp(b, node, g) {
    if (g.type.dtype !== 'f32' && g.type.dtype !== 'f64') return [undefined];
    const { dims, kernel, stride, dilation } = node.attributes;
    return [b.emit('unfold', [g], { dims: dims!, kernel: kernel!, stride: stride!, dilation: dilation! })];
  },
};

export const windowOps: readonly Op[] = [unfold, fold];
