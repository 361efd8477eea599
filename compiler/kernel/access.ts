/** How one element of a value is computed: the ops that are inlined into kernels, as maps of indices. */
import { addDims, type Dim, isSymbolic, mulDims, productOf, subDims } from '../ir/dim.js';
import type { Node, Value } from '../ir/graph.js';
import {
  axesAttribute,
  axisAttribute,
  dimAttribute,
  dimsAttribute,
  integerAttribute,
  integersAttribute,
  numberAttribute,
  numbersAttribute,
} from '../ops/attributes.js';
import { op as lookUp } from '../ops/registry.js';
import { contractionAxes } from './contraction-axes.js';
import type { IndexCondition, IndexExpr, ScalarExpr } from './expr.js';
import { add, flatten, floorDiv, indexKey, mod, mul, sizeIndex, sub, unflatten, zero } from './index-math.js';
import type { ScatterPart } from './kernel.js';
import { clampedIndex, type ScalarBuilder } from './scalar.js';

/** Gives the element of a value at an index. */
export type Access = (value: Value, indices: readonly IndexExpr[]) => ScalarExpr;

/** A scatter along an axis of so few updates is written out as additions. */
const unrolledUpdates = 4;

/** Whether the node is computed element by element where it is used; the others are roots, computed by a part of their own. */
export function isInline(node: Node): boolean {
  switch (lookUp(node.op).kind) {
    case 'elementwise':
    case 'view':
    case 'source':
    case 'random':
    case 'index':
      return true;
    case 'scatter':
      return updatesAlong(node) <= unrolledUpdates;
    case 'reduce':
      return node.op === 'fold' ? windowsAreApart(node) : reducesNothing(node);
    case 'contract':
      return node.op === 'contract' && contractionAxes(node).k.every(({ size }) => size === 1);
    default:
      return false;
  }
}

/** How updates are combined with what they meet. */
export function scatterCombine(node: Node): ScatterPart['combine'] {
  if (node.op === 'scatterAdd') return 'sum';
  if (node.op === 'scatterMax') return 'max';
  throw new Error(`the kernel phase knows no scatter '${node.op}'`);
}

export const scatterOperator: Readonly<Record<ScatterPart['combine'], string>> = { sum: 'add', max: 'maximum' };

function updatesAlong(node: Node): number {
  const [base, index] = node.inputs as readonly [Value, Value, Value];
  const size = index.type.shape[axisAttribute(node.op, node.attributes, 'dim', base.type.shape.length)]!;
  return typeof size === 'number' ? size : Number.POSITIVE_INFINITY;
}

/** The axes that a reduction runs over. */
export function reducedAxes(node: Node): readonly number[] {
  const rank = node.inputs[0]!.type.shape.length;
  return node.attributes.dims === undefined
    ? [axisAttribute(node.op, node.attributes, 'dim', rank)]
    : axesAttribute(node.op, node.attributes, 'dims', rank);
}

function reducesNothing(node: Node): boolean {
  const { shape } = node.inputs[0]!.type;
  return reducedAxes(node).every((axis) => shape[axis] === 1);
}

export interface WindowAttributes {
  readonly dims: readonly number[];
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
}

/** Attributes of unfold and fold; `rank` is that of the tensor without windows. */
export function windowAttributes(node: Node, rank: number): WindowAttributes {
  const dims = axesAttribute(node.op, node.attributes, 'dims', rank);
  return {
    dims,
    kernel: integersAttribute(node.op, node.attributes, 'kernel', 1, dims.length),
    stride: integersAttribute(node.op, node.attributes, 'stride', 1, dims.length),
    dilation: integersAttribute(node.op, node.attributes, 'dilation', 1, dims.length),
  };
}

/** Whether no element lies in two windows, so that fold is a view with zeros. */
function windowsAreApart(node: Node): boolean {
  const { kernel, stride, dilation } = windowAttributes(node, node.outputs[0]!.type.shape.length);
  return kernel.every((size, i) => size === 1 || (dilation[i] === 1 && stride[i]! >= size));
}

/** The element of an inline node's result at `indices`, its inputs read by `access`. */
export function elementOf(build: ScalarBuilder, node: Node, indices: readonly IndexExpr[], access: Access): ScalarExpr {
  const { kind } = lookUp(node.op);
  const { dtype } = node.outputs[0]!.type;
  switch (kind) {
    case 'elementwise': {
      const args = node.inputs.map((input) => access(input, indices));
      if (node.op === 'stopGradient' || (node.op === 'cast' && args[0]!.dtype === dtype)) return args[0]!;
      return build.apply(node.op, dtype, args);
    }
    case 'view':
      return viewElement(build, node, indices, access);
    case 'source':
      return sourceElement(build, node, indices);
    case 'random': {
      const rng = access(node.inputs[0]!, [zero]);
      if (rng.kind !== 'load') throw new Error(`${node.op}: the key must lie in memory`);
      const { shape } = node.outputs[0]!.type;
      // A loop counts its draws.
      const given = node.inputs[1] && access(node.inputs[1], []);
      const stream: IndexExpr =
        given === undefined
          ? sizeIndex(integerAttribute(node.op, node.attributes, 'stream'))
          : given.kind === 'constant'
            ? sizeIndex(given.value)
            : { kind: 'value', value: given };
      return build.random(rng.tensor, stream, flatten(indices, shape));
    }
    case 'index':
      if (node.op === 'writeRow') return writtenElement(build, node, indices, access);
      return node.op === 'index' ? indexedElement(build, node, indices, access) : gatheredElement(build, node, indices, access);
    case 'scatter':
      return scatteredElement(build, node, indices, access);
    case 'reduce':
      return node.op === 'fold' ? foldedElement(build, node, indices, access) : unreducedElement(build, node, indices, access);
    case 'contract':
      return productElement(build, node, indices, access);
    default:
      throw new Error(`'${node.op}' has no element-wise form`);
  }
}

function sourceElement(build: ScalarBuilder, node: Node, indices: readonly IndexExpr[]): ScalarExpr {
  const { dtype, shape } = node.outputs[0]!.type;
  switch (node.op) {
    case 'constant':
      return build.constant(dtype, constantValue(node));
    case 'iota':
      return build.index(indices[axisAttribute(node.op, node.attributes, 'dim', shape.length)]!, dtype);
    case 'dimension':
      return build.index(sizeIndex(dimAttribute(node.op, node.attributes, 'size')), dtype);
    case 'literal':
      return build.constant(dtype, numbersAttribute(node.op, node.attributes, 'values')[0] ?? 0);
    default:
      throw new Error(`the source '${node.op}' is not known to the kernel phase`);
  }
}

function constantValue(node: Node): number {
  const value = node.attributes.value;
  return typeof value === 'boolean' ? Number(value) : numberAttribute(node.op, node.attributes, 'value');
}

/** Whether a literal's elements are all equal, so that it needs no memory. */
export function isUniform(node: Node): boolean {
  const values = numbersAttribute(node.op, node.attributes, 'values');
  return values.every((value) => Object.is(value, values[0]));
}

function viewElement(build: ScalarBuilder, node: Node, indices: readonly IndexExpr[], access: Access): ScalarExpr {
  const x = node.inputs[0]!;
  const { shape } = x.type;
  switch (node.op) {
    case 'reshape':
      return access(x, unflatten(flatten(indices, node.outputs[0]!.type.shape), shape));
    case 'permute': {
      const permutation = integersAttribute(node.op, node.attributes, 'permutation', 0, shape.length);
      return access(
        x,
        shape.map((_, axis) => indices[permutation.indexOf(axis)]!),
      );
    }
    case 'broadcast':
      return access(
        x,
        shape.map((size, axis) => (size === 1 ? zero : indices[axis]!)),
      );
    case 'slice': {
      const start = dimsAttribute(node.op, node.attributes, 'start', shape.length);
      const step = integersAttribute(node.op, node.attributes, 'step', 1, shape.length);
      return access(
        x,
        indices.map((index, axis) => add(mul(index, step[axis]!), sizeIndex(start[axis]!))),
      );
    }
    case 'flip': {
      const dims = axesAttribute(node.op, node.attributes, 'dims', shape.length);
      return access(
        x,
        indices.map((index, axis) => (dims.includes(axis) ? sub(sizeIndex(subDims(shape[axis]!, 1)), index) : index)),
      );
    }
    case 'pad':
      return paddedElement(build, node, indices, access);
    case 'concat':
      return concatElement(build, node, indices, access);
    case 'unfold': {
      const { dims, stride, dilation } = windowAttributes(node, shape.length);
      const at = indices.slice(0, shape.length);
      dims.forEach((axis, i) => {
        at[axis] = add(mul(at[axis]!, stride[i]!), mul(indices[shape.length + i]!, dilation[i]!));
      });
      return access(x, at);
    }
    default:
      throw new Error(`the view '${node.op}' is not known to the kernel phase`);
  }
}

/** The place `offset` beyond `low` in steps of `step`: the index inside and the conditions under which there is one. */
function insideSteps(offset: IndexExpr, step: number, count: Dim): { index: IndexExpr; conditions: IndexCondition[] } {
  const reach = step === 1 ? count : addDims(mulDims(subDims(count, 1), step), 1);
  const conditions: IndexCondition[] = [{ kind: 'inRange', index: offset, low: zero, high: sizeIndex(reach) }];
  if (step === 1) return { index: offset, conditions };
  conditions.push({ kind: 'divisible', index: offset, by: step });
  return { index: floorDiv(offset, step), conditions };
}

function paddedElement(build: ScalarBuilder, node: Node, indices: readonly IndexExpr[], access: Access): ScalarExpr {
  const x = node.inputs[0]!;
  const { shape } = x.type;
  const low = dimsAttribute(node.op, node.attributes, 'low', shape.length);
  const high = dimsAttribute(node.op, node.attributes, 'high', shape.length);
  const interior = integersAttribute(node.op, node.attributes, 'interior', 0, shape.length);
  const conditions: IndexCondition[] = [];
  const inner = indices.map((index, axis) => {
    if (low[axis] === 0 && high[axis] === 0 && interior[axis] === 0) return index;
    const inside = insideSteps(sub(index, sizeIndex(low[axis]!)), interior[axis]! + 1, shape[axis]!);
    conditions.push(...inside.conditions);
    return inside.index;
  });
  return build.guard(
    conditions,
    () => access(x, inner),
    () => build.constant(x.type.dtype, constantValue(node)),
  );
}

function concatElement(build: ScalarBuilder, node: Node, indices: readonly IndexExpr[], access: Access): ScalarExpr {
  const dim = axisAttribute(node.op, node.attributes, 'dim', indices.length);
  const parts = node.inputs.filter((input) => input.type.shape[dim] !== 0);
  const from = (part: number, start: Dim): ScalarExpr => {
    const input = parts[part];
    if (input === undefined) return build.constant(node.outputs[0]!.type.dtype, 0);
    const end = addDims(start, input.type.shape[dim]!);
    const at = indices.map((index, axis) => (axis === dim ? sub(index, sizeIndex(start)) : index));
    if (part === parts.length - 1) return access(input, at);
    const condition: IndexCondition = { kind: 'inRange', index: indices[dim]!, low: sizeIndex(start), high: sizeIndex(end) };
    return build.guard(
      [condition],
      () => access(input, at),
      () => from(part + 1, end),
    );
  };
  return from(0, 0);
}

function gatheredElement(build: ScalarBuilder, node: Node, indices: readonly IndexExpr[], access: Access): ScalarExpr {
  const [x, index] = node.inputs as readonly [Value, Value];
  const dim = axisAttribute(node.op, node.attributes, 'dim', indices.length);
  const position = clampedIndex(build, access(index, indices), x.type.shape[dim]!);
  return access(
    x,
    indices.map((at, axis) => (axis === dim ? position : at)),
  );
}

function indexedElement(build: ScalarBuilder, node: Node, indices: readonly IndexExpr[], access: Access): ScalarExpr {
  const [x, position] = node.inputs as readonly [Value, Value];
  const number = access(position, []);
  const row: IndexExpr = node.attributes.inside === true ? { kind: 'value', value: number } : clampedIndex(build, number, x.type.shape[0]!);
  return access(x, [row, ...indices]);
}

/** The row's element where the position is the index along the axis, else that of the tensor. */
function writtenElement(build: ScalarBuilder, node: Node, indices: readonly IndexExpr[], access: Access): ScalarExpr {
  const [x, position, row] = node.inputs as readonly [Value, Value, Value];
  const dim = axisAttribute(node.op, node.attributes, 'dim', indices.length);
  const at = indices[dim]!;
  const number = access(position, []);
  const written = access(
    row,
    indices.filter((_, axis) => axis !== dim),
  );
  if (at.kind === 'value' && at.value === number) return written;
  const isHere = build.apply('eq', 'bool', [number, build.index(at)]);
  return build.apply('select', x.type.dtype, [isHere, written, access(x, indices)]);
}

/** What update number `turn` along the scatter's axis brings to the element at `indices`; what changes nothing where it goes elsewhere. */
export function scatteredTerm(
  build: ScalarBuilder,
  node: Node,
  indices: readonly IndexExpr[],
  turn: IndexExpr,
  access: Access,
): ScalarExpr {
  const [base, index, updates] = node.inputs as readonly [Value, Value, Value];
  const dim = axisAttribute(node.op, node.attributes, 'dim', indices.length);
  const { dtype } = base.type;
  const none = build.constant(dtype, scatterCombine(node) === 'sum' ? 0 : dtype === 'i32' ? -(2 ** 31) : Number.NEGATIVE_INFINITY);
  const at = indices.map((own, axis) => (axis === dim ? turn : own));
  const conditions = indices.flatMap((own, axis): IndexCondition[] =>
    axis === dim ? [] : [{ kind: 'inRange', index: own, low: zero, high: sizeIndex(index.type.shape[axis]!) }],
  );
  return build.guard(
    conditions,
    () => {
      const hit = build.apply('eq', 'bool', [access(index, at), build.index(indices[dim]!)]);
      return build.apply('select', dtype, [hit, access(updates, at), none]);
    },
    () => none,
  );
}

function scatteredElement(build: ScalarBuilder, node: Node, indices: readonly IndexExpr[], access: Access): ScalarExpr {
  const combine = scatterCombine(node);
  let sum = access(node.inputs[0]!, indices);
  for (let turn = 0; turn < updatesAlong(node); turn++) {
    const term = scatteredTerm(build, node, indices, sizeIndex(turn), access);
    const isZero = combine === 'sum' && sum.kind === 'constant' && sum.value === 0;
    sum = isZero ? term : build.apply(scatterOperator[combine], sum.dtype, [sum, term]);
  }
  return sum;
}

function foldedElement(build: ScalarBuilder, node: Node, indices: readonly IndexExpr[], access: Access): ScalarExpr {
  const x = node.inputs[0]!;
  const rank = indices.length;
  const { dims, kernel, stride } = windowAttributes(node, rank);
  const at = [...indices];
  const conditions: IndexCondition[] = [];
  dims.forEach((axis, i) => {
    const window = floorDiv(indices[axis]!, stride[i]!);
    const within = mod(indices[axis]!, stride[i]!);
    conditions.push({ kind: 'inRange', index: window, low: zero, high: sizeIndex(x.type.shape[axis]!) });
    conditions.push({ kind: 'inRange', index: within, low: zero, high: sizeIndex(kernel[i]!) });
    at[axis] = window;
    at[rank + i] = kernel[i] === 1 ? zero : within;
  });
  return build.guard(
    conditions,
    () => access(x, at),
    () => build.constant(x.type.dtype, 0),
  );
}

/** A reduction over axes of size 1: the element itself, or its position. */
function unreducedElement(build: ScalarBuilder, node: Node, indices: readonly IndexExpr[], access: Access): ScalarExpr {
  const x = node.inputs[0]!;
  if (node.op === 'argmax' || node.op === 'argmin') return build.constant('i32', 0);
  const dims = reducedAxes(node);
  let next = 0;
  return access(
    x,
    x.type.shape.map((_, axis) => (dims.includes(axis) ? zero : indices[next++]!)),
  );
}

/** A contraction that sums nothing. */
function productElement(build: ScalarBuilder, node: Node, indices: readonly IndexExpr[], access: Access): ScalarExpr {
  const axes = contractionAxes(node);
  const operand = (letters: readonly string[]): IndexExpr[] =>
    letters.map((letter) => {
      const at = axes.result.indexOf(letter);
      return at < 0 ? zero : indices[at]!;
    });
  const [a, b] = node.inputs as readonly [Value, Value];
  return build.apply('mul', a.type.dtype, [access(a, operand(axes.left)), access(b, operand(axes.right))]);
}

/** Number of elements, or undefined where it is symbolic. */
export function staticSize(shape: readonly Dim[]): number | undefined {
  const size = productOf(shape);
  return isSymbolic(size) ? undefined : size;
}

/** A text that names a value's element at an index. */
export function accessKey(value: Value, indices: readonly IndexExpr[]): string {
  return `${value.id}[${indices.map(indexKey).join(' ')}]`;
}
