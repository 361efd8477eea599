/** Roots: the ops that are computed by a part of their own, as sizes of loops and the expressions inside them. */
import { type Dim, floorDivDims, productOf } from '../ir/dim.js';
import type { Node, Value } from '../ir/graph.js';
import { axisAttribute, integerAttribute, integersAttribute } from '../ops/attributes.js';
import { op as lookUp } from '../ops/registry.js';
import { type Access, reducedAxes, scatterCombine, scatteredTerm, scatterOperator, windowAttributes } from './access.js';
import { type ContractionAxes, contractionAxes, type Letter } from './contraction-axes.js';
import type { IndexCondition, IndexExpr, ScalarExpr } from './expr.js';
import { add, floorDiv, mul, sizeIndex, sub, zero } from './index-math.js';
import type { Combine, LineMethod, ScatterPart } from './kernel.js';
import type { ScalarBuilder } from './scalar.js';
import type { TargetTraits } from './target.js';

/** result[r] = finish(combine over i of element(r, i)) */
export interface RowsRoot {
  readonly kind: 'rows';
  readonly node: Node;
  readonly combine: Combine;
  readonly inner: readonly Dim[];
  element(build: ScalarBuilder, result: readonly IndexExpr[], inner: readonly IndexExpr[], access: Access): ScalarExpr;
  finish?(build: ScalarBuilder, reduced: ScalarExpr, result: readonly IndexExpr[], access: Access): ScalarExpr;
}

type Indices = readonly IndexExpr[];

/** result[index(batch, m, n)] = sum over k of a(batch, m, k) * b(batch, n, k) */
export interface ContractRoot {
  readonly kind: 'contract';
  readonly node: Node;
  readonly batch: readonly Dim[];
  readonly m: readonly Dim[];
  readonly n: readonly Dim[];
  readonly k: readonly Dim[];
  readonly operands: readonly [Value, Value];
  index(batch: Indices, m: Indices, n: Indices): IndexExpr[];
  /** The indices of operand a at (batch, m, k) and of operand b at (batch, n, k). */
  aIndex(batch: Indices, m: Indices, k: Indices): IndexExpr[];
  bIndex(batch: Indices, n: Indices, k: Indices): IndexExpr[];
}

/** target[.., index, ..] is combined with the update, one update after the other. */
export interface ScatterRoot {
  readonly kind: 'scatter';
  readonly combine: ScatterPart['combine'];
  readonly node: Node;
  readonly dim: number;
}

/** The method's results for each line of the input along axis `dim`. */
export interface LineRoot {
  readonly kind: 'line';
  readonly node: Node;
  readonly dim: number;
  readonly method: LineMethod;
}

export type Root = RowsRoot | ContractRoot | ScatterRoot | LineRoot;

/** The root that computes a node which is not inline. */
export function rootOf(node: Node, target: TargetTraits): Root {
  const { kind } = lookUp(node.op);
  if (kind === 'contract') return node.op === 'conv' ? convRoot(node) : contractRoot(node);
  if (kind === 'scatter') return scatterRoot(node, target);
  if (kind === 'reduce') return reduceRoot(node);
  if (kind === 'line') return lineRoot(node);
  throw new Error(`the kernel phase knows no loop for '${node.op}'`);
}

const combines: Readonly<Record<string, Combine>> = {
  reduceSum: 'sum',
  reduceProd: 'prod',
  reduceMax: 'max',
  reduceMin: 'min',
  argmax: 'argmax',
  argmin: 'argmin',
};

function reduceRoot(node: Node): RowsRoot {
  if (node.op === 'fold') return foldRoot(node);
  const combine = combines[node.op];
  if (combine === undefined) throw new Error(`the kernel phase knows no reduction '${node.op}'`);
  const x = node.inputs[0]!;
  const dims = reducedAxes(node);
  return {
    kind: 'rows',
    node,
    combine,
    inner: dims.map((axis) => x.type.shape[axis]!),
    element: (_build, result, inner, access) => {
      let next = 0;
      return access(
        x,
        x.type.shape.map((_, axis) => (dims.includes(axis) ? inner[dims.indexOf(axis)]! : result[next++]!)),
      );
    },
  };
}

const lineMethods: Readonly<Record<string, LineMethod>> = { cumsum: 'sum', cumprod: 'prod', cumargmax: 'argmax' };

function lineRoot(node: Node): LineRoot {
  const dim = axisAttribute(node.op, node.attributes, 'dim', node.inputs[0]!.type.shape.length);
  const method = node.op === 'argsort' ? (node.attributes.descending === true ? 'descending' : 'ascending') : lineMethods[node.op];
  if (method === undefined) throw new Error(`the kernel phase knows no method for '${node.op}'`);
  return { kind: 'line', node, dim, method };
}

/** Element p gets, for every kernel position k, the window that starts at p - k*dilation, if there is one. */
function foldRoot(node: Node): RowsRoot {
  const x = node.inputs[0]!;
  const rank = node.outputs[0]!.type.shape.length;
  const { dims, kernel, stride, dilation } = windowAttributes(node, rank);
  return {
    kind: 'rows',
    node,
    combine: 'sum',
    inner: kernel,
    element: (build, result, inner, access) => {
      const at = [...result, ...inner];
      const conditions: IndexCondition[] = [];
      dims.forEach((axis, i) => {
        const offset = sub(result[axis]!, mul(inner[i]!, dilation[i]!));
        const step = stride[i]!;
        const windows = x.type.shape[axis]!;
        // (windows - 1)*step + 1 is the first offset past the last window's start.
        const end = sub(mul(sizeIndex(windows), step), sizeIndex(step - 1));
        conditions.push({ kind: 'inRange', index: offset, low: zero, high: end });
        if (step > 1) conditions.push({ kind: 'divisible', index: offset, by: step });
        at[axis] = floorDiv(offset, step);
      });
      return build.guard(
        conditions,
        () => access(x, at),
        () => build.constant(x.type.dtype, 0),
      );
    },
  };
}

function scatterRoot(node: Node, target: TargetTraits): RowsRoot | ScatterRoot {
  const [base, index] = node.inputs as readonly [Value, Value, Value];
  const dim = axisAttribute(node.op, node.attributes, 'dim', base.type.shape.length);
  const combine = scatterCombine(node);
  if (target.scatter === 'sequential') return { kind: 'scatter', node, dim, combine };
  return {
    kind: 'rows',
    node,
    combine,
    inner: [index.type.shape[dim]!],
    element: (build, result, inner, access) => scatteredTerm(build, node, result, inner[0]!, access),
    finish: (build, reduced, result, access) => build.apply(scatterOperator[combine], base.type.dtype, [access(base, result), reduced]),
  };
}

function contractRoot(node: Node): ContractRoot | RowsRoot {
  const axes = contractionAxes(node);
  const [left, right] = node.inputs as readonly [Value, Value];
  const sizes = (letters: readonly Letter[]): Dim[] => letters.map(({ size }) => size);
  if (productOf(sizes(axes.m)) === 1 || productOf(sizes(axes.n)) === 1) return dotRoot(node, axes);

  // The operand that has the result's last axis is b, so that n runs along memory.
  const last = [...axes.result].reverse().find((letter) => !axes.batch.some((own) => own.letter === letter));
  const swapped = axes.m.some(({ letter }) => letter === last);
  const [m, n] = swapped ? [axes.n, axes.m] : [axes.m, axes.n];
  const [aLetters, bLetters] = swapped ? [axes.right, axes.left] : [axes.left, axes.right];
  const place = (letters: readonly string[], ...groups: readonly (readonly [readonly Letter[], Indices])[]): IndexExpr[] => {
    const at = new Map<string, IndexExpr>();
    for (const [group, indices] of groups) {
      group.forEach(({ letter }, i) => {
        at.set(letter, indices[i]!);
      });
    }
    return letters.map((letter) => at.get(letter)!);
  };
  return {
    kind: 'contract',
    node,
    batch: sizes(axes.batch),
    m: sizes(m),
    n: sizes(n),
    k: sizes(axes.k),
    operands: swapped ? [right, left] : [left, right],
    index: (batch, mi, ni) => place(axes.result, [axes.batch, batch], [m, mi], [n, ni]),
    aIndex: (batch, mi, ki) => place(aLetters, [axes.batch, batch], [m, mi], [axes.k, ki]),
    bIndex: (batch, ni, ki) => place(bLetters, [axes.batch, batch], [n, ni], [axes.k, ki]),
  };
}

/** A contraction in which one operand has no axis of its own is a sum of products along rows. */
function dotRoot(node: Node, axes: ContractionAxes): RowsRoot {
  const [left, right] = node.inputs as readonly [Value, Value];
  return {
    kind: 'rows',
    node,
    combine: 'sum',
    inner: axes.k.map(({ size }) => size),
    element: (build, result, inner, access) => {
      const at = (letters: readonly string[]): IndexExpr[] =>
        letters.map((letter) => {
          const own = axes.result.indexOf(letter);
          return own >= 0 ? result[own]! : inner[axes.k.findIndex((summed) => summed.letter === letter)]!;
        });
      return build.apply('mul', left.type.dtype, [access(left, at(axes.left)), access(right, at(axes.right))]);
    },
  };
}

/**
 * y[n, o, p] = sum over c, k of w[o, c, k] * x[n, c, p*stride + k*dilation]: m runs over output channels, n over images and positions,
 * so that stores run along memory; groups are batch axes.
 */
function convRoot(node: Node): ContractRoot {
  const [x, w] = node.inputs as readonly [Value, Value];
  const spatial = x.type.shape.length - 2;
  const groups = integerAttribute(node.op, node.attributes, 'groups', 1);
  const stride = integersAttribute(node.op, node.attributes, 'stride', 1, spatial);
  const dilation = integersAttribute(node.op, node.attributes, 'dilation', 1, spatial);
  const [images, outputs, ...positions] = node.outputs[0]!.type.shape as readonly [Dim, Dim, ...Dim[]];
  const [, groupChannels, ...kernel] = w.type.shape as readonly [Dim, Dim, ...Dim[]];
  const groupOutputs = floorDivDims(outputs, groups);
  const channel = (batch: Indices, within: IndexExpr, count: Dim): IndexExpr =>
    groups === 1 ? within : add(mul(batch[0]!, count), within);
  return {
    kind: 'contract',
    node,
    batch: groups === 1 ? [] : [groups],
    m: [groupOutputs],
    n: [images, ...positions],
    k: [groupChannels, ...kernel],
    operands: [w, x],
    index: (batch, m, n) => [n[0]!, channel(batch, m[0]!, groupOutputs), ...n.slice(1)],
    aIndex: (batch, m, k) => [channel(batch, m[0]!, groupOutputs), ...k],
    bIndex: (batch, n, k) => [
      n[0]!,
      channel(batch, k[0]!, groupChannels),
      ...stride.map((step, i) => add(mul(n[i + 1]!, step), mul(k[i + 1]!, dilation[i]!))),
    ],
  };
}
