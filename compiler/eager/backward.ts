/** Gradients in eager use: the remembered steps, from the last to the first, each by its op's own rule. */

import { GraphBuilder } from '../ir/build.js';
import type { Node, Value } from '../ir/graph.js';
import { shapeText } from '../ir/types.js';
import type { TensorData } from '../ops/op.js';
import { op as lookUp } from '../ops/registry.js';
import {
  type Attributes,
  type BackwardOptions,
  copyOf,
  gradientError,
  lostValueError,
  noGrad,
  op,
  shownOf,
  Tensor,
  withoutGradient,
} from './dsl.js';
import { EagerValue, eagerValue, type Source, type Step, sourceOf } from './eager-value.js';

/**
 * The gradients of `tensor` by every leaf that it depends on and that requires one. A tensor with more than one element
 * needs the cotangent: the gradients are those of the sum of its products with the tensor. With `createGraph` the gradients
 * themselves are remembered, so that they can be differentiated again. Unless the graph is retained (as it is with `createGraph`), steps
 * whose gradient needs a value cannot be gone through again. Throws where a value that is needed was changed in place.
 */
export function gradientsOf(tensor: Tensor, options: BackwardOptions = {}): Map<Tensor, Tensor> {
  const { cotangent, createGraph = false, retainGraph = createGraph } = options;
  const target = sourceOf(tensor);
  if (target.leaf === undefined && target.value.step === undefined) {
    throw gradientError(
      'this tensor does not depend on anything that requires a gradient',
      'was it detached, or does no input have requiresGrad?',
    );
  }
  const flow = new Flow(createGraph);
  flow.add(target, cotangent !== undefined && createGraph ? cotangent : wrap(new EagerValue(cotangentOf(target.value.data, cotangent))));
  const order = inOrder(target);
  for (const value of order.reverse()) flow.follow(value);
  if (!retainGraph) for (const { step } of order) step!.done = true;
  return flow.gradients;
}

/** Cotangents on their way back, from step to step, and to the leaves. */
class Flow {
  readonly gradients = new Map<Tensor, Tensor>();
  private readonly arrived = new Map<EagerValue, Tensor>();

  constructor(private readonly createGraph: boolean) {}

  add({ leaf, value }: Source, cotangent: Tensor): void {
    if (leaf !== undefined) this.gradients.set(leaf, this.sum(this.gradients.get(leaf), cotangent));
    else this.arrived.set(value, this.sum(this.arrived.get(value), cotangent));
  }

  private sum(before: Tensor | undefined, cotangent: Tensor): Tensor {
    return before === undefined ? cotangent : this.compute(() => before.add(cotangent));
  }

  private compute<T>(action: () => T): T {
    return this.createGraph ? action() : noGrad(action);
  }

  /** Takes what has arrived at a value on to the inputs of its step. */
  follow(value: EagerValue): void {
    const cotangent = this.arrived.get(value);
    if (cotangent === undefined) return;
    this.arrived.delete(value);
    const step = value.step!;
    const given = this.compute(() => (step.rule === undefined ? this.pullBack(value, step, cotangent) : step.rule(cotangent)));
    step.inputs.forEach((source, i) => {
      if (given[i] !== undefined && isFollowed(source)) this.add(source, given[i]);
    });
  }

  /** The cotangents of the inputs that gradients go on to. Of the values that the op's rule may use, only those are asked for that it does use. */
  private pullBack(value: EagerValue, step: Step, cotangent: Tensor): readonly (Tensor | undefined)[] {
    const builder = new GraphBuilder(step.op);
    const typed = (data: TensorData) => builder.value({ dtype: data.dtype, shape: data.shape });
    const inputs = step.inputs.map((source) => typed(source.value.data));
    const [output, arrived] = [typed(value.data), typed(value.data)];
    const node: Node = { op: step.op, inputs, attributes: step.attributes, outputs: [output], regions: [] };
    let results: readonly (Value | undefined)[] = [];
    const emitted = builder.collect(() => {
      results = lookUp(step.op).vjp!(builder, node, arrived);
    });
    const nodes = new Map(emitted.map((made) => [made.outputs[0]!, made]));
    const known = new Map([[arrived, cotangent]]);
    const tensorOf = (wanted: Value): Tensor => {
      const found = known.get(wanted);
      if (found !== undefined) return found;
      const input = inputs.indexOf(wanted);
      const made = nodes.get(wanted);
      const tensor =
        made !== undefined
          ? op(made.op, made.inputs.map(tensorOf), made.attributes as Attributes)
          : this.needed(step, wanted === output ? { value } : step.inputs[input]!, wanted === output ? 'result' : 'input');
      known.set(wanted, tensor);
      return tensor;
    };
    return results.map((result, i) => (result !== undefined && isFollowed(step.inputs[i]!) ? tensorOf(result) : undefined));
  }

  /** A value that the gradient of a step needs. */
  private needed(step: Step, source: Source, which: 'input' | 'result'): Tensor {
    if (step.done && (source.leaf !== undefined || !source.value.isNumber)) {
      throw lostValueError(
        `a gradient has been taken through '${step.op}' before, and what it needs was given up then`,
        'keep it the first time: y.backward(cotangent, { retainGraph: true })',
      );
    }
    const value = latest(source.value);
    if (value === undefined) {
      throw lostValueError(
        `the gradient of '${step.op}' needs its ${which} of shape ${shapeText(source.value.data.shape)}, which was changed in place since`,
        'change a copy: x.clone().add_(1), or compute a new tensor: x.add(1)',
      );
    }
    return this.createGraph && value === source.value && source.leaf !== undefined ? source.leaf : wrap(value);
  }
}

/** The value that is in the memory now, where it counts as the same; undefined where it was written. */
function latest(value: EagerValue): EagerValue | undefined {
  if (value.view !== undefined) {
    const { root, of } = value.view;
    const now = latest(root);
    return now === undefined || now === root ? now && value : eagerValue(noGrad(() => shownOf(of, wrap(now))));
  }
  let at = value;
  while (at.replacement !== undefined) at = at.replacement;
  return at.overwritten ? undefined : at;
}

function isFollowed({ leaf, value }: Source): boolean {
  return (leaf !== undefined || value.step !== undefined) && (value.data.dtype === 'f32' || value.data.dtype === 'f64');
}

function wrap(value: EagerValue): Tensor {
  return new Tensor(value, value.data.shape, value.data.dtype);
}

/** Adds the gradients to `grad` of the leaves. */
export function backward(tensor: Tensor, options: BackwardOptions): void {
  for (const [leaf, gradient] of gradientsOf(tensor, options)) {
    if (options.createGraph === true) leaf.grad = leaf.grad === undefined ? copyOf(gradient) : leaf.grad.add(gradient);
    else if (leaf.grad === undefined) leaf.grad = withoutGradient(gradient);
    else {
      const { grad } = leaf;
      noGrad(() => grad.add_(gradient));
    }
  }
}

function cotangentOf(data: TensorData, cotangent: Tensor | undefined): TensorData {
  if (cotangent === undefined) {
    if (data.shape.length > 0 && data.data.length !== 1) {
      throw gradientError(
        `a gradient starts from a scalar, but this tensor has shape ${shapeText(data.shape)}`,
        'reduce it with sum() or mean(), or give the cotangent: y.backward(cotangent)',
      );
    }
    return { ...data, data: Float64Array.of(1) };
  }
  const given = sourceOf(cotangent).value.data;
  if (shapeText(given.shape) !== shapeText(data.shape)) {
    throw gradientError(`the cotangent has shape ${shapeText(given.shape)}, but the tensor ${shapeText(data.shape)}`);
  }
  return given;
}

/** The values with steps that the target depends on, each after those that it needs. No recursion: chains may be long. */
function inOrder(target: Source): EagerValue[] {
  const order: EagerValue[] = [];
  const seen = new Set<EagerValue>();
  const stack: { source: Source; leaving: boolean }[] = [{ source: target, leaving: false }];
  while (stack.length > 0) {
    const { source, leaving } = stack.pop()!;
    const { value, leaf } = source;
    if (leaving) {
      order.push(value);
      continue;
    }
    if (value.step === undefined || leaf !== undefined || seen.has(value)) continue;
    seen.add(value);
    stack.push({ source, leaving: true });
    for (const input of value.step.inputs) stack.push({ source: input, leaving: false });
  }
  return order;
}
