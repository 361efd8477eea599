/**
 * Optimizers: how one parameter changes by its gradient. Compiled, `update` becomes part of the training program; in eager
 * use `step` applies it to every parameter the optimizer was given.
 */
import { valueError } from '../errors.js';
import { clearGradient, Parameter } from '../nn/parameter.js';
import { assign, filled } from '../promotion.js';
import type { Tensor } from '../tensor.js';

/** Tensors by name: run-time scalars, or an optimizer's state for one parameter. */
export type TensorRecord = Record<string, Tensor>;

/** A parameter and its state after one step. */
export interface Update {
  readonly parameter: Tensor;
  readonly state: TensorRecord;
}

export abstract class Optimizer {
  /** Run-time scalars and their values now: `{ lr: 0.1 }`. */
  abstract get hyper(): Record<string, number>;

  /** The state tensors of a parameter and the number that fills them at first. They have its shape unless `scalars` lists them. */
  abstract initialState(parameter: Tensor): Record<string, number>;

  /** Names of state tensors that are scalars. */
  get scalars(): readonly string[] {
    return [];
  }

  /** The parameter and its state after one step. */
  abstract update(parameter: Tensor, gradient: Tensor, state: Readonly<TensorRecord>, hyper: Readonly<TensorRecord>): Update;

  private targets: readonly Parameter[] = [];
  private states = new Map<Parameter, TensorRecord>();

  /** Gives the optimizer its parameters for eager use. */
  attach(parameters: readonly Parameter[]): this {
    if (parameters.length === 0) throw valueError('the optimizer was given no parameters');
    parameters.forEach((parameter, at) => {
      if (!(parameter instanceof Parameter)) {
        throw valueError('the optimizer takes parameters, not results of operations', 'give it net.parameters()');
      }
      if (parameters.indexOf(parameter) !== at) throw valueError('the optimizer was given a parameter twice');
    });
    this.targets = [...parameters];
    this.states = new Map();
    return this;
  }

  /** Changes every parameter that has a gradient (eager use). */
  step(): void {
    if (this.targets.length === 0) throw valueError('the optimizer has no parameters', 'call attach(net.parameters()) first');
    const hyper: TensorRecord = {};
    for (const [name, value] of Object.entries(this.hyper)) hyper[name] = filled(value, [], 'f32');
    for (const parameter of this.targets) {
      if (parameter.grad === undefined) continue;
      const result = this.update(parameter.detach(), parameter.grad, this.stateOf(parameter), hyper);
      assign(parameter, result.parameter.detach());
      this.states.set(parameter, result.state);
    }
  }

  /** Forgets all gradients, or sets them to 0 with `setToNone: false` (eager use). */
  zeroGrad(options: { setToNone?: boolean } = {}): void {
    for (const parameter of this.targets) clearGradient(parameter, options.setToNone ?? true);
  }

  private stateOf(parameter: Parameter): TensorRecord {
    const known = this.states.get(parameter);
    if (known !== undefined) return known;
    const state: TensorRecord = {};
    for (const [name, value] of Object.entries(this.initialState(parameter))) {
      state[name] = filled(value, this.scalars.includes(name) ? [] : parameter.shape, 'f32');
    }
    return state;
  }
}

/** Throws unless the value is a number of at least 0. */
export function checkNotNegative(name: string, value: number): void {
  if (!(value >= 0)) throw valueError(`${name} must be at least 0, but it is ${value}`);
}

/** Throws unless both averages keep a part below 1. */
export function checkBetas(betas: readonly [number, number]): void {
  betas.forEach((beta, at) => {
    if (!(beta >= 0 && beta < 1)) throw valueError(`betas[${at}] must be at least 0 and below 1, but it is ${beta}`);
  });
}

/** Whether the first argument of an optimizer is the list of its parameters. */
export function isParameterList<Options>(value: readonly Parameter[] | Options | undefined): value is readonly Parameter[] {
  return Array.isArray(value);
}
