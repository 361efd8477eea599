import { addDims, type Dim, dimText, exactDiv, floorDivDims, lowerBound, mulDims, sameDim, subDims } from '../ir/dim.js';
import type { Attributes, Node, Value } from '../ir/graph.js';
import { isFloat, type TensorType, typeText } from '../ir/types.js';
import { integerAttribute, integersAttribute, paddingAttribute } from './attributes.js';
import { checkArity } from './elementwise.js';
import { reshape, zerosOf } from './emit.js';
import { type Emitter, type Op, OpError } from './op.js';
import { allocate, sizeOf } from './tensor-data.js';
import { windowCount, windowNeed } from './window.js';

interface ConvAttributes {
  readonly stride: readonly number[];
  readonly padding: readonly (readonly [Dim, Dim])[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

function convAttributes(attributes: Attributes, spatial: number): ConvAttributes {
  return {
    stride: integersAttribute('conv', attributes, 'stride', 1, spatial),
    padding: paddingAttribute('conv', attributes, 'padding', spatial),
    dilation: integersAttribute('conv', attributes, 'dilation', 1, spatial),
    groups: integerAttribute('conv', attributes, 'groups', 1),
  };
}

function kernelSizes(w: TensorType): readonly number[] {
  return w.shape.slice(2).map((size) => {
    if (typeof size !== 'number' || size < 1)
      throw new OpError(`conv: the weight's kernel sizes must be known and positive, found ${typeText(w)}`);
    return size;
  });
}

/** The size of a spatial axis between its paddings. */
function paddedAxis(x: TensorType, padding: ConvAttributes['padding'], spatial: number): Dim {
  return addDims(x.shape[spatial + 2]!, addDims(padding[spatial]![0], padding[spatial]![1]));
}

function convType(x: TensorType, w: TensorType, attributes: Attributes): TensorType {
  const spatial = x.shape.length - 2;
  if (spatial < 1 || w.shape.length !== x.shape.length) {
    const expected = 'an input [N, C, ...] and a weight [O, C/groups, ...] with as many spatial axes (one or more)';
    throw new OpError(`conv takes ${expected}, found ${typeText(x)} and ${typeText(w)}`);
  }
  if (!isFloat(x.dtype) || x.dtype !== w.dtype) {
    throw new OpError(`conv takes two float tensors of one dtype, found ${typeText(x)} and ${typeText(w)}`);
  }
  const { stride, padding, dilation, groups } = convAttributes(attributes, spatial);
  const channels = mulDims(w.shape[1]!, groups);
  if (!sameDim(channels, x.shape[1]!)) {
    const grouped = groups === 1 ? '' : ` in ${groups} groups`;
    throw new OpError(
      `conv: the weight ${typeText(w)} takes ${dimText(channels)} channels${grouped}, the input ${typeText(x)} has ${dimText(x.shape[1]!)}`,
    );
  }
  if (exactDiv(w.shape[0]!, groups) === undefined) {
    throw new OpError(`conv: ${dimText(w.shape[0]!)} output channels do not divide into ${groups} groups`);
  }
  const sizes = kernelSizes(w).map((kernel, i) => {
    return windowCount('conv', paddedAxis(x, padding, i), kernel, stride[i]!, dilation[i]!);
  });
  return { dtype: x.dtype, shape: [x.shape[0]!, w.shape[0]!, ...sizes] };
}

/**
 * For every kernel position k and output position p, where in a plane of the input the product's factor lies; -1 in the
 * padding. `table[k * P + p]`.
 */
function inputPositions(input: readonly number[], kernel: readonly number[], output: readonly number[], a: ConvAttributes): Int32Array {
  let table = new Int32Array([0]);
  let kernels = 1;
  let outputs = 1;
  for (let axis = 0; axis < input.length; axis++) {
    const [K, P, N] = [kernel[axis]!, output[axis]!, input[axis]!];
    const low = a.padding[axis]![0] as number;
    const next = new Int32Array(kernels * K * outputs * P);
    for (let k = 0; k < kernels * K; k++) {
      for (let p = 0; p < outputs * P; p++) {
        const before = table[Math.floor(k / K) * outputs + Math.floor(p / P)]!;
        const at = (p % P) * a.stride[axis]! + (k % K) * a.dilation[axis]! - low;
        next[k * outputs * P + p] = before < 0 || at < 0 || at >= N ? -1 : before * N + at;
      }
    }
    table = next;
    kernels *= K;
    outputs *= P;
  }
  return table;
}

const conv: Op = {
  name: 'conv',
  kind: 'contract',
  arity: 2,
  type(inputs, attributes) {
    checkArity('conv', inputs, 2);
    return convType(inputs[0]!, inputs[1]!, attributes);
  },
  sizeNeeds([x, w], attributes) {
    const { padding, dilation } = convAttributes(attributes, x!.shape.length - 2);
    return kernelSizes(w!).map((kernel, i) => windowNeed(paddedAxis(x!, padding, i), kernel, dilation[i]!));
  },
  evaluate([x, w], attributes, type) {
    const result = allocate(type);
    const a = convAttributes(attributes, x!.shape.length - 2);
    const [inputPlane, kernelSize, outputPlane] = [x!, w!, result].map((tensor) => sizeOf(tensor.shape.slice(2))) as [
      number,
      number,
      number,
    ];
    const [batch, channels] = x!.shape as [number, number];
    const [outChannels, groupChannels] = w!.shape as [number, number];
    const table = inputPositions(x!.shape.slice(2), w!.shape.slice(2), result.shape.slice(2), a);
    const groupOutputs = outChannels / a.groups;
    const input = x!.data;
    const weight = w!.data;
    const sums = new Float64Array(outputPlane);
    for (let n = 0; n < batch; n++) {
      for (let o = 0; o < outChannels; o++) {
        sums.fill(0);
        for (let c = 0; c < groupChannels; c++) {
          const plane = (n * channels + Math.floor(o / groupOutputs) * groupChannels + c) * inputPlane;
          for (let k = 0; k < kernelSize; k++) {
            const factor = weight[(o * groupChannels + c) * kernelSize + k]!;
            for (let p = 0, t = k * outputPlane; p < outputPlane; p++, t++) {
              const at = table[t]!;
              // The padding is zeros like any other: an infinite weight makes NaN of them.
              sums[p] = sums[p]! + factor * (at < 0 ? 0 : input[plane + at]!);
            }
          }
        }
        result.data.set(sums, (n * outChannels + o) * outputPlane);
      }
    }
    return result;
  },
  vjp(b, node, g) {
    if (g.type.shape.includes(0) || node.inputs[0]!.type.shape.includes(0)) return node.inputs.map((input) => zerosOf(b, input.type));
    return [inputGradient(b, node, g), weightGradient(b, node, g)];
  },
};

/**
 * dx: spread the elements of g `stride` apart, surround them, and correlate with the kernel turned around and its channel
 * axes exchanged. Along an axis, x[i] met w[k] in y[p] where i = p stride + k dilation - low, so g is padded by
 * dilation (K - 1) - low in front; behind, as much as gives back x's size.
 */
function inputGradient(b: Emitter, node: Node, g: Value): Value {
  const [x, w] = node.inputs as readonly [Value, Value];
  const spatial = x.type.shape.length - 2;
  const { stride, padding, dilation, groups } = convAttributes(node.attributes, spatial);
  const kernel = kernelSizes(w.type);
  const spread = spreadApart(b, g, stride);

  const pads: [Dim, Dim][] = [];
  const start: Dim[] = [0, 0];
  for (let i = 0; i < spatial; i++) {
    const reach = dilation[i]! * (kernel[i]! - 1);
    const size = x.type.shape[i + 2]!;
    // What the last window leaves over at the end: (size + low + high - reach - 1) mod stride.
    const padded = addDims(size, addDims(padding[i]![0], padding[i]![1]));
    const covered = mulDims(subDims(g.type.shape[i + 2]!, 1), stride[i]!);
    const rest = subDims(subDims(padded, reach + 1), covered);
    const low = subDims(reach, padding[i]![0]);
    const high = addDims(subDims(reach, padding[i]![1]), rest);
    // Padding wider than the kernel reaches would be cut off again: pad less, then slice.
    pads.push([atLeastZero(low, reach), atLeastZero(high, addDims(reach, rest))]);
    start.push(subDims(pads[i]![0], low));
  }
  const full = b.emit('conv', [spread, turnedKernel(b, w, groups)], { stride: stride.map(() => 1), padding: pads, dilation, groups });
  return b.emit('slice', [full], { start, size: x.type.shape, step: start.map(() => 1) });
}

/** `wanted` where it is known not to be negative; else 0 where it is known to be; else the surplus, to be cut off. */
function atLeastZero(wanted: Dim, surplus: Dim): Dim {
  if (typeof wanted === 'number') return Math.max(wanted, 0);
  return lowerBound(wanted) >= 0 ? wanted : surplus;
}

function spreadApart(b: Emitter, g: Value, stride: readonly number[]): Value {
  if (stride.every((s) => s === 1)) return g;
  const none = g.type.shape.map(() => 0);
  return b.emit('pad', [g], { low: none, high: none, interior: [0, 0, ...stride.map((s) => s - 1)], value: 0 });
}

/** w[O, C/groups, K] as the kernel of the transposed convolution: [C, O/groups, K], turned around. */
function turnedKernel(b: Emitter, w: Value, groups: number): Value {
  const [outputs, groupChannels, ...kernel] = w.type.shape as readonly [Dim, Dim, ...Dim[]];
  const groupOutputs = floorDivDims(outputs, groups);
  const axes = kernel.map((_, i) => i);
  const turned = b.emit('flip', [w], { dims: axes.map((i) => i + 2) });
  if (groups === 1) return b.emit('permute', [turned], { permutation: [1, 0, ...axes.map((i) => i + 2)] });
  const apart = reshape(b, turned, [groups, groupOutputs, groupChannels, ...kernel]);
  const exchanged = b.emit('permute', [apart], { permutation: [0, 2, 1, ...axes.map((i) => i + 3)] });
  return reshape(b, exchanged, [mulDims(groupChannels, groups), groupOutputs, ...kernel]);
}

const spatialLetters = 'pqrstuvwxyz';
const kernelLetters = 'ijklabdefh';

/** dw[o, c, k] = sum over n, p of g[n, o, p] x[n, c, p stride + k dilation - low]: a contraction with the windows of x. */
function weightGradient(b: Emitter, node: Node, g: Value): Value {
  const [x, w] = node.inputs as readonly [Value, Value];
  const spatial = x.type.shape.length - 2;
  const { stride, padding, dilation, groups } = convAttributes(node.attributes, spatial);
  const kernel = kernelSizes(w.type);
  const windows = b.emit('unfold', [padded(b, x, padding)], { dims: kernel.map((_, i) => i + 2), kernel, stride, dilation });
  const [p, k] = [spatialLetters.slice(0, spatial), kernelLetters.slice(0, spatial)];
  if (groups === 1) return b.emit('contract', [g, windows], { equation: `no${p},nc${p}${k}->oc${k}` });
  const grouped = (value: Value) => {
    const [n, channels, ...rest] = value.type.shape as readonly [Dim, Dim, ...Dim[]];
    return reshape(b, value, [n, groups, floorDivDims(channels, groups), ...rest]);
  };
  const perGroup = b.emit('contract', [grouped(g), grouped(windows)], { equation: `ngo${p},ngc${p}${k}->goc${k}` });
  return reshape(b, perGroup, w.type.shape);
}

function padded(b: Emitter, x: Value, padding: readonly (readonly [Dim, Dim])[]): Value {
  if (padding.every(([low, high]) => low === 0 && high === 0)) return x;
  const low = [0, 0, ...padding.map((pair) => pair[0])];
  const high = [0, 0, ...padding.map((pair) => pair[1])];
  return b.emit('pad', [x], { low, high, interior: low.map(() => 0), value: 0 });
}

export const convOps: readonly Op[] = [conv];
