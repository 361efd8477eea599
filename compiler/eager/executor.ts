/** Computes each op of the DSL at once, and remembers those that a gradient may be asked of. */

import { execute } from '../interpreter/index.js';
import type { TensorData } from '../ops/op.js';
import { op as lookUp } from '../ops/registry.js';
import { backward } from './backward.js';
import { type Attributes, type BackwardOptions, type DType, type Executor, rangeError, type Tensor } from './dsl.js';
import { EagerValue, eagerValue, type Source, sourceOf } from './eager-value.js';
import { tensorText } from './print-tensor.js';

/** The generator: draws are numbered, so that a seed gives the numbers that a compiled model's initialisation draws. */
export interface Generator {
  seed: number;
  /** As in a built module: 0 draws initial values, the n-th call of a program that draws is step n. */
  step: number;
  draws: number;
}

export class EagerExecutor implements Executor {
  readonly generator: Generator = { seed: 0, step: 0, draws: 0 };
  private gradients = true;
  /** What views show, for the latest value of their root that they were read from. */
  private readonly views = new WeakMap<Tensor, { readonly root: object; readonly shown: object }>();

  execute(name: string, inputs: readonly Tensor[], attributes: Attributes) {
    const sources = inputs.map(sourceOf);
    checkPositions(name, sources.map(dataOf), attributes);
    const data = name === 'random' ? this.draw(attributes) : execute(name, sources.map(dataOf), attributes, { precision: 'f32' });
    const wanted = this.gradients && sources.some(({ value, leaf }) => value.step !== undefined || leaf !== undefined);
    const differentiable = wanted && name !== 'stopGradient' && isFloat(data.dtype) && lookUp(name).vjp !== undefined;
    const handle = new EagerValue(data, differentiable ? { op: name, attributes, inputs: sources, done: false } : undefined);
    handle.isNumber = name === 'constant';
    return { handle, shape: data.shape, dtype: data.dtype };
  }

  read(handle: object): ArrayLike<number> {
    if (handle instanceof EagerValue) return handle.data.data;
    throw new Error('this tensor belongs to another executor');
  }

  surelyOutside(tensor: Tensor, low: number, high: number): boolean {
    return Array.from(eagerValue(tensor).data.data).some((value) => !(value >= low && value <= high));
  }

  gradientMode(next = this.gradients): boolean {
    const before = this.gradients;
    this.gradients = next;
    return before;
  }

  backward(tensor: Tensor, options: BackwardOptions): void {
    backward(tensor, options);
  }

  withRule(result: Tensor, inputs: readonly Tensor[], rule: (cotangent: Tensor) => readonly Tensor[]): object {
    const { data } = eagerValue(result);
    const sources = inputs.map(sourceOf);
    const wanted =
      this.gradients && isFloat(data.dtype) && sources.some(({ value, leaf }) => value.step !== undefined || leaf !== undefined);
    return new EagerValue(data, wanted ? { op: 'customGradient', attributes: {}, inputs: sources, rule, done: false } : undefined);
  }

  held(tensor: Tensor): object {
    return tensor.handle;
  }

  writeAlternatives(): boolean {
    return false;
  }

  shown(view: Tensor, root: object): object | undefined {
    const latest = this.views.get(view);
    return latest?.root === root ? latest.shown : undefined;
  }

  noteShown(view: Tensor, root: object, shown: object): void {
    this.views.set(view, { root, shown });
    if (root instanceof EagerValue && shown instanceof EagerValue && root !== shown) shown.view = { root, of: view };
  }

  written(before: object, after: object, { followed, counted }: { followed: boolean; counted: boolean }): object {
    if (!(before instanceof EagerValue && after instanceof EagerValue)) throw new Error('a tensor belongs to another executor');
    // Gradients pass a change that they do not follow by, as though the value were that of before.
    const passing = !followed && before.step !== undefined;
    const rule = (cotangent: Tensor) => [cotangent];
    const next = passing
      ? new EagerValue(after.data, { op: 'a change in place', attributes: {}, inputs: [{ value: before }], rule, done: false })
      : after;
    if (counted) before.overwritten = true;
    else before.replacement = next;
    return next;
  }

  text(tensor: Tensor): string {
    return tensorText(tensor);
  }

  private draw(attributes: Attributes): TensorData {
    const key: TensorData = { dtype: 'i32', shape: [2], data: new Int32Array([this.generator.seed, this.generator.step]) };
    return execute('random', [key], { ...attributes, stream: this.generator.draws++ }, { precision: 'f32' });
  }
}

/** What a built module looks for before it runs. */
function checkPositions(name: string, inputs: readonly TensorData[], attributes: Attributes): void {
  for (const { input, size } of lookUp(name).positions?.(inputs, attributes) ?? []) {
    for (const position of inputs[input]!.data) {
      if (position < 0 || position >= Number(size)) throw rangeError(`the index ${position} is out of range for ${size} positions`);
    }
  }
}

function dataOf(source: Source): TensorData {
  return source.value.data;
}

function isFloat(dtype: DType): boolean {
  return dtype === 'f32' || dtype === 'f64';
}
