import type { Graph, Span, Value } from '../ir/graph.js';
import type { DType, TensorType } from '../ir/types.js';
import type { Emitter } from '../ops/op.js';

/** What the frontend makes of one `@model` class: everything the later phases know of the source. */
export interface EvaluatedModel {
  /** The class's name, and the module's export. */
  readonly name: string;
  readonly span: Span;
  /** The tree of modules for `inspect` and for printing: PyTorch's text is made of it. */
  readonly modules: ModuleNode;
  /** Parameters and buffers in PyTorch's order; shared ones under every name, the later names as aliases of the first. */
  readonly state: readonly StateEntry[];
  /** Computes the initial value of every state entry that is not an alias. Inputs: `rng`. Output roles: parameter, buffer. */
  readonly init: Graph;
  readonly entries: readonly Entry[];
  readonly optimizer?: EvaluatedOptimizer;
}

export interface ModuleNode {
  /** Name in its parent; '' for the model itself. */
  readonly name: string;
  readonly path: string;
  readonly className: string;
  /** The text in parentheses: `in_features=784, out_features=256, bias=True`. */
  readonly extraRepr: string;
  readonly children: readonly ModuleNode[];
  /** Names (in this module) of its own parameters and buffers. */
  readonly parameters: readonly string[];
  readonly buffers: readonly string[];
  /** The type of what its `forward` returned first while the entries were evaluated, where that is one tensor. */
  readonly output?: TensorType;
}

export interface StateEntry {
  readonly name: string;
  readonly kind: 'parameter' | 'buffer';
  readonly type: TensorType;
  readonly requiresGrad: boolean;
  readonly alias?: string;
  /** A buffer that is not part of the state dictionary. */
  readonly persistent: boolean;
}

/** One method that the built module offers. */
export interface Entry {
  readonly name: string;
  readonly kind: 'method' | 'loss';
  readonly span: Span;
  readonly arguments: readonly ArgumentContract[];
  /** How outputs of role `result` make the returned value; see runtime/program.ts. */
  readonly result: ResultTree;
  /** In eval mode. Inputs: arguments, then the state that it reads, then `rng` if it draws. Outputs of role `result`. */
  readonly graph: Graph;
  /** Losses only: in training mode, with outputs of role `buffer` for buffers it updates. The first output is the loss, named `loss`. */
  readonly training?: Graph;
  /** Losses only: arguments whose gradients the program of gradients gives as well. */
  readonly differentiated?: readonly string[];
  /** Values of `training` whose memory is written later: gradients must not need them. */
  readonly writes?: Writes;
}

/** Changes in place: the values that memory held before, and for values that views showed the value of which they are a part. */
export interface Writes {
  readonly overwritten: readonly { readonly value: Value; readonly span: Span | undefined }[];
  readonly rootOf: ReadonlyMap<Value, Value>;
}

export type ResultTree = string | readonly ResultTree[] | { readonly [key: string]: ResultTree };

export interface ArgumentContract {
  readonly name: string;
  readonly type: TensorType;
}

/** The optimizer of `@model({ optimizer })`, evaluated. */
export interface EvaluatedOptimizer {
  readonly className: string;
  /** Run-time scalars and their initial values: `{ lr: 0.1 }`, with several groups `{ 'paramGroups.0.lr': 0.1, ... }`. */
  readonly hyper: Readonly<Record<string, number>>;
  /** The parameters that it trains, in the order of the state dictionary. */
  readonly parameters: readonly string[];
  /** State per parameter, all initially zero unless `initial` says otherwise: `hidden.weight.momentum_buffer`. */
  readonly state: readonly OptimizerStateEntry[];
  /**
   * Evaluates the optimizer's `update` in DSL source for one parameter, appending nodes to the builder.
   * `read` yields the value of a run-time scalar, by its name in `hyper`, or of a state entry of this parameter.
   */
  update(
    builder: Emitter,
    parameter: { readonly name: string; readonly value: Value; readonly gradient: Value },
    read: { hyper(name: string): Value; state(name: string): Value },
  ): { readonly parameter: Value; readonly state: Readonly<Record<string, Value>> };
  /** `@model({ gradients })`: what the step makes of the gradients, all together, before the updates. */
  gradients?(builder: Emitter, gradients: ReadonlyMap<string, Value>): ReadonlyMap<string, Value>;
  readonly schedule?: EvaluatedSchedule;
}

/** `@model({ schedule })`: learning rates that the step computes from a counter. */
export interface EvaluatedSchedule {
  /** `step`: the counter is a state of the optimizer (i32), one more after every step; `epoch`: a run-time scalar that the caller moves on. */
  readonly every: 'step' | 'epoch';
  /** The counter's name among the optimizer's state or its run-time scalars. */
  readonly counter: string;
  /** The rate at an epoch (i32[]) of the group whose run-time scalar is `name`, from its value. */
  rate(builder: Emitter, name: string, epoch: Value, base: Value): Value;
}

export interface OptimizerStateEntry {
  /** `hidden.weight.momentum_buffer` */
  readonly name: string;
  readonly parameter: string;
  /** `momentum_buffer` */
  readonly key: string;
  readonly dtype: DType;
  readonly type: TensorType;
  readonly initial: number;
}
