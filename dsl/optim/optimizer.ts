/**
 * Optimizers: how one parameter changes by its gradient. Compiled, `update` becomes part of the training program; in eager
 * use `step` applies it to every parameter the optimizer was given.
 */
import { valueError } from '../errors.js';
import { clearGradient, type Parameter } from '../nn/parameter.js';
import { assign, filled } from '../promotion.js';
import type { Tensor } from '../tensor.js';
import { withoutGradient } from '../views.js';
import { type GroupOptions, makeGroup, makeGroups, type ParameterSource, type ParamGroup, withDefaults } from './param-groups.js';
import { loadOptimizerState, type OptimizerStateDict, readOptimizerState } from './state-dict.js';

/** Tensors by name: run-time scalars, or an optimizer's state for one parameter. */
export type TensorRecord = Record<string, Tensor>;

/** An optimizer's state for one parameter; null for an entry that its options leave unused. */
export type StateRecord = Record<string, Tensor | null>;

/** A parameter and its state after one step. */
export interface Update {
  readonly parameter: Tensor;
  readonly state: TensorRecord;
}

/** Options that every optimizer may have. */
export interface CommonOptions {
  readonly lr?: number;
}

/**
 * The base of all optimizers. A subclass hands `super` what its constructor is given and the defaults of all of its options
 * (undefined for one that must be given), and says how a parameter changes:
 *
 *     class SignDescent extends optim.Optimizer<{ lr?: number }> {
 *       constructor(first?: optim.ParameterSource<{ lr?: number }> | { lr?: number }, second?: { lr?: number }) {
 *         super(first, second, { lr: 0.01 });
 *       }
 *       update(parameter: Tensor, gradient: Tensor, state: optim.TensorRecord, hyper: optim.TensorRecord) {
 *         return { parameter: parameter.sub(gradient.sign().mul(hyper.lr!)), state: {} };
 *       }
 *     }
 */
export abstract class Optimizer<Options extends CommonOptions = CommonOptions> {
  /** Parameters and their options. Before parameters are known, one group without any. */
  readonly paramGroups: ParamGroup<Options>[];
  /** The options of groups that say nothing else. */
  readonly defaults: Partial<Options>;
  private readonly states = new Map<Parameter, StateRecord>();

  /** `first` is a list of parameters or of groups, or, for a compiled model that trains all of its parameters, the options. */
  constructor(
    first: ParameterSource<Options> | Partial<Options> | undefined,
    second: Partial<Options> | undefined,
    defaults: { readonly [Name in keyof Options]: Options[Name] | undefined },
  ) {
    const name = this.constructor.name;
    const grouped = Array.isArray(first) || (first !== undefined && second !== undefined);
    const given = grouped ? second : (second ?? (first as Partial<Options> | undefined));
    this.defaults = withDefaults((given ?? {}) as Record<string, unknown>, defaults, name, !grouped) as Partial<Options>;
    this.paramGroups = grouped
      ? makeGroups(first as ParameterSource<Options>, this.defaults as Record<string, unknown>, name)
      : [{ ...this.defaults, params: [] as Parameter[] } as unknown as ParamGroup<Options>];
    for (const group of this.paramGroups) this.admit(group);
  }

  /** Names of the options that may change between steps: they are run-time scalars of a compiled step. */
  get hyper(): readonly string[] {
    return ['lr'];
  }

  /** Throws for options that make no sense; asked for each group. */
  protected check(_options: Readonly<Required<Options>>): void {}

  /**
   * The state tensors of a parameter and the number that fills them at first. They have its shape unless `scalars` lists them.
   * Null for one that these options leave unused.
   */
  initialState(_parameter: Tensor, _options: Readonly<Required<Options>>): Record<string, number | null> {
    return {};
  }

  /** Names of state tensors that are scalars. */
  get scalars(): readonly string[] {
    return [];
  }

  /** Whether the state is there from the start, not only after a parameter's first step. */
  protected get startsWithState(): boolean {
    return false;
  }

  /** The parameter and its state after one step. `options` are those of its group; the ones that `hyper` names come as tensors. */
  abstract update(
    parameter: Tensor,
    gradient: Tensor,
    state: Readonly<TensorRecord>,
    hyper: Readonly<TensorRecord>,
    options: Readonly<Required<Options>>,
  ): Update;

  /** The learning rate of the first group. Setting it sets that of every group; `paramGroups[i].lr` is the rate of one. */
  get lr(): number {
    return (this.paramGroups[0] as unknown as { lr: number }).lr;
  }
  set lr(value: number) {
    for (const group of this.paramGroups) (group as unknown as { lr: number }).lr = value;
  }

  /** Gives an optimizer that was made without parameters its parameters, for eager use. */
  attach(parameters: ParameterSource<Options>): this {
    const groups = makeGroups<Options>(parameters, this.defaults as Record<string, unknown>, this.constructor.name);
    this.states.clear();
    this.paramGroups.splice(0, this.paramGroups.length, ...groups);
    for (const group of groups) this.admit(group);
    return this;
  }

  /** One more group of parameters, with the optimizer's defaults for the options that it leaves open. */
  addParamGroup(group: GroupOptions<Options>): void {
    const others = this.paramGroups.filter(({ params }) => params.length > 0);
    const defaults = this.defaults as Record<string, unknown>;
    const made = makeGroup(group as Record<string, unknown>, defaults, this.constructor.name, others) as unknown as ParamGroup<Options>;
    this.admit(made);
    this.paramGroups.splice(0, this.paramGroups.length, ...others, made);
  }

  private admit(group: ParamGroup<Options>): void {
    this.check(group as Required<Options>);
    if (!this.startsWithState) return;
    for (const parameter of group.params) this.states.set(parameter, this.firstState(parameter, group));
  }

  /** Changes every parameter that has a gradient (eager use). */
  step(): void {
    if (this.paramGroups.every(({ params }) => params.length === 0)) {
      throw valueError('the optimizer has no parameters', 'call attach(net.parameters()) first');
    }
    for (const group of this.paramGroups) {
      const hyper: TensorRecord = {};
      for (const name of this.hyper) hyper[name] = filled((group as unknown as Record<string, number>)[name]!, [], 'f32');
      for (const parameter of group.params) {
        if (parameter.grad === undefined) continue;
        const state = this.states.get(parameter) ?? this.firstState(parameter, group);
        const result = this.update(
          withoutGradient(parameter),
          withoutGradient(parameter.grad),
          state as TensorRecord,
          hyper,
          group as Required<Options>,
        );
        assign(parameter, withoutGradient(result.parameter));
        for (const [name, value] of Object.entries(result.state)) state[name] = withoutGradient(value);
        this.states.set(parameter, state);
      }
    }
  }

  /** Forgets all gradients, or sets them to 0 with `setToNone: false` (eager use). */
  zeroGrad(options: { setToNone?: boolean } = {}): void {
    for (const { params } of this.paramGroups) {
      for (const parameter of params) clearGradient(parameter, options.setToNone ?? true);
    }
  }

  /**
   * All that a resumed training needs beside the parameters, as PyTorch has it: the state of every parameter that was stepped,
   * by its number, and the groups with their options and the numbers of their parameters. The tensors are the optimizer's own.
   */
  stateDict(): OptimizerStateDict {
    return readOptimizerState(this.paramGroups, this.states);
  }

  /** Takes such a dictionary back. One that does not fit is refused with one message, and nothing changes then. */
  loadStateDict(dict: OptimizerStateDict): void {
    const expected = (parameter: Parameter, options: object) => this.firstState(parameter, options as ParamGroup<Options>);
    loadOptimizerState(this.constructor.name, dict, this.paramGroups, this.states, expected);
  }

  private firstState(parameter: Parameter, group: ParamGroup<Options>): StateRecord {
    const state: StateRecord = {};
    for (const [name, value] of Object.entries(this.initialState(parameter, group as Required<Options>))) {
      state[name] = value === null ? null : filled(value, this.scalars.includes(name) ? [] : parameter.shape, 'f32');
    }
    return state;
  }
}

/** Throws unless the value is a number of at least 0. */
export function checkNotNegative(options: object, ...names: readonly string[]): void {
  for (const name of names) {
    const value = (options as Readonly<Record<string, number>>)[name]!;
    if (!(value >= 0)) throw valueError(`${name} must be at least 0, but it is ${value}`);
  }
}

/** Throws unless both averages keep a part below 1. */
export function checkBetas(betas: readonly [number, number]): void {
  betas.forEach((beta, at) => {
    if (!(beta >= 0 && beta < 1)) throw valueError(`betas[${at}] must be at least 0 and below 1, but it is ${beta}`);
  });
}
