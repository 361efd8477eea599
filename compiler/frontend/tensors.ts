/** What stands behind tensors while a model is evaluated: each evaluation of a method traces its operations into a graph. */
import * as messages from '../diagnostics/messages.js';
import { GraphBuilder } from '../ir/build.js';
import type { Attributes, Graph, GraphInput, InputRole, Span, Value } from '../ir/graph.js';
import { type DType, isFloat, type TensorType } from '../ir/types.js';
import type { Emitter } from '../ops/op.js';
import type { Alternatives } from './alternatives.js';
import type { Machine } from './machine.js';
import { Refusal, TensorScalar } from './symbolic.js';
import type { Callable } from './values.js';

/** An instance of the library's class Tensor. */
export interface TensorInstance {
  handle: object;
  readonly shape: readonly unknown[];
  readonly dtype: DType;
  /** There for views: `handle` is what it showed when it was made (dsl/views.ts). */
  alias?: { readonly root: TensorInstance; readonly seen: object };
  requiresGrad?: boolean;
  persistent?: boolean;
}

/** How a value was computed: enough to compute it again in another graph. */
interface Recipe {
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  readonly span: Span | undefined;
}

/** A branch, or the body of a loop: what is computed there cannot be seen outside of it. */
export interface Region {
  readonly parent: Region | undefined;
}

interface Backing {
  readonly trace: Trace;
  readonly type: TensorType;
  /** Where it was computed. */
  readonly region: Region | undefined;
  /** Inputs for state come into being when they are first read. */
  value: Value | undefined;
  readonly state?: { readonly name: string; readonly role: InputRole };
}

/** The graph that one evaluation builds. */
export class Trace {
  readonly recipes = new Map<Value, Recipe>();
  /** Values of other traces that were computed again here. */
  readonly copies = new Map<Value, { readonly value: Value; readonly region: Region | undefined }>();
  /** The region in progress. */
  region: Region | undefined;
  /** The registered parameters of the model; undefined where any parameter may be used. */
  registered: ReadonlySet<object> | undefined;
  /** How many random tensors were drawn: a symbolic number where that depends on the values of tensors. */
  readonly draws: { count: number | TensorScalar } = { count: 0 };
  /** The parameters that are trained: one whose `requiresGrad` a method takes away has no gradient from where it is used then. */
  trained: ReadonlySet<object> = new Set();
  /** Whether gradients flow through what is computed now: not within noGrad. */
  gradients = true;
  /** What a view showed for a handle of its root. */
  readonly shown = new WeakMap<object, Map<object, object>>();
  /** Values that views showed, and the value of the root that they were read from. */
  readonly rootOf = new Map<Value, Value>();
  /** Values that memory held until it was written, and where that was. */
  readonly overwritten: { readonly value: Value; readonly span: Span | undefined }[] = [];

  constructor(
    readonly emitter: Emitter,
    /** Where this happens, for messages: `in the constructor`. */
    readonly where: string,
  ) {}

  rng(): Value {
    if (!(this.emitter instanceof GraphBuilder)) throw new Refusal(messages.randomWithoutSeed(this.where));
    return this.emitter.findInput('rng')?.value ?? this.emitter.input('rng', 'rng', { dtype: 'i32', shape: [2] });
  }
}

/** Tensors of an evaluation, and the one operation that makes them. */
export class Tensors {
  private readonly backings = new WeakMap<object, Backing>();
  /** Tensors that are one of several: there once the session is. */
  alternatives!: Alternatives;
  private current: Trace | undefined;
  /** The library's class Tensor; known once its module is evaluated. */
  private tensorClass: (new (handle: object, shape: readonly unknown[], dtype: DType) => TensorInstance) | undefined;
  private parameterClass: (new () => object) | undefined;
  private currentHandle: ((tensor: TensorInstance) => object) | undefined;
  private overwriteFunction: Callable | undefined;

  constructor(
    private readonly machine: Machine,
    /** Names a parameter that no module registered: where it is held, or undefined. */
    private readonly findUnregistered: (parameter: object) => string | undefined,
  ) {}

  setClasses(
    tensor: unknown,
    parameter: unknown,
    { currentHandle, overwrite }: Readonly<Record<'currentHandle' | 'overwrite', Callable>>,
  ): void {
    this.tensorClass = tensor as NonNullable<Tensors['tensorClass']>;
    this.parameterClass = parameter as NonNullable<Tensors['parameterClass']>;
    this.currentHandle = currentHandle as NonNullable<Tensors['currentHandle']>;
    this.overwriteFunction = overwrite;
  }

  /** Evaluates `action` with its operations traced. */
  within<T>(trace: Trace, action: () => T): T {
    const before = this.current;
    this.current = trace;
    try {
      return action();
    } finally {
      this.current = before;
    }
  }

  isTensor(value: unknown): value is TensorInstance {
    return this.tensorClass !== undefined && value instanceof this.tensorClass;
  }

  isParameter(value: unknown): boolean {
    return this.parameterClass !== undefined && value instanceof this.parameterClass;
  }

  /** A tensor that stands for a value of a trace's graph. */
  wrap(trace: Trace, value: Value): TensorInstance {
    return this.instance(this.handle({ trace, type: value.type, region: trace.region, value }), value.type);
  }

  /** A tensor that stands for a value of the present graph. */
  tensorOf(value: Value): TensorInstance {
    return this.wrap(this.trace(), value);
  }

  /** A handle for a value of the present graph. */
  handleOf(value: Value): object {
    const trace = this.trace();
    return this.handle({ trace, type: value.type, region: trace.region, value });
  }

  /** A handle for a state entry that becomes an input when it is first read. */
  stateHandle(trace: Trace, name: string, role: InputRole, type: TensorType): object {
    return this.handle({ trace, type, region: undefined, value: undefined, state: { name, role } });
  }

  /** The type of the value behind a handle. */
  typeOf(handle: object): TensorType | undefined {
    return this.backings.get(handle)?.type;
  }

  /** The value of a tensor in the present trace. Throws Refusal when it cannot be had there. */
  valueOf(tensor: TensorInstance): Value {
    const trace = this.trace();
    if (trace.registered !== undefined && this.isParameter(tensor) && !trace.registered.has(tensor)) {
      throw new Refusal(messages.notRegistered(this.findUnregistered(tensor)));
    }
    return this.valueOfHandle(this.handleNow(tensor));
  }

  /** The library's function of that name, called for the call in progress. */
  overwrite(tensor: TensorInstance, value: TensorInstance): void {
    this.machine.call(this.overwriteFunction!, undefined, [tensor, value], this.machine.frame!.site);
  }

  /** The handle of what a tensor holds now: a view is read again if its root has been written. */
  private handleNow(tensor: TensorInstance): object {
    const { alias } = tensor;
    if (alias === undefined) return this.alternatives.held(tensor);
    return this.alternatives.held(alias.root) === alias.seen ? tensor.handle : this.currentHandle!(tensor);
  }

  /** The value that a tensor has where others hold something else than now. */
  valueWhere(tensor: TensorInstance, held: readonly (readonly [TensorInstance, object])[]): Value {
    const before = held.map(([each]) => each.handle);
    // What is remembered of them from now on is what they hold, not what they are said to hold.
    for (const [each] of held) this.machine.journal.touch(each);
    for (const [each, handle] of held) each.handle = handle;
    try {
      return this.valueOf(tensor);
    } finally {
      held.forEach(([each], index) => {
        each.handle = before[index]!;
      });
    }
  }

  /** Whether the value behind a handle can be used in the present region. */
  isVisible(handle: object): boolean {
    return isWithin(this.trace().region, this.backings.get(handle)!.region);
  }

  /** A view like another one, of another root: what it shows is read when it is used. */
  viewLike(view: TensorInstance, root: TensorInstance, handle: object): TensorInstance {
    const made = this.instance(handle, this.typeOf(handle)!);
    made.alias = Object.freeze({ ...view.alias!, root, seen: Object.freeze({}) });
    return made;
  }

  /** What a view was noted to show for a handle of its root, where that can be used in the present region. */
  shown(view: object, root: object): object | undefined {
    const trace = this.trace();
    const handle = trace.shown.get(view)?.get(root);
    if (handle === undefined) return undefined;
    return isWithin(trace.region, this.backings.get(handle)!.region) ? handle : undefined;
  }

  noteShown(view: object, root: object, shown: object): void {
    const trace = this.trace();
    const known = trace.shown.get(view) ?? new Map<object, object>();
    trace.shown.set(view, known.set(root, shown));
    this.machine.journal.onRollBack(() => known.delete(root));
    const [from, to] = [this.backings.get(root)?.value, this.backings.get(shown)?.value];
    if (from !== undefined && to !== undefined && from !== to) trace.rootOf.set(to, from);
  }

  /** Memory that held one value takes another: the handle that it has from now on. */
  written(before: object, after: object, followed: boolean): object {
    const trace = this.trace();
    const value = this.backings.get(before)?.value;
    if (value !== undefined) trace.overwritten.push({ value, span: this.machine.place() });
    if (followed || !(trace.emitter instanceof GraphBuilder) || !this.mayBeFollowed(before, trace)) return after;
    // Gradients pass a change that they do not follow by, as though the value were that of before.
    const type = this.typeOf(after)!;
    const cotangent = trace.emitter.parameter(type);
    const rule = { parameters: [cotangent], nodes: [], results: [cotangent] };
    const operands = [this.valueOfHandle(after), this.valueOfHandle(before)];
    const [output] = trace.emitter.append('customGradient', operands, {}, [type], [rule], this.machine.place());
    return this.handleOf(output!);
  }

  /** Whether the gradient of anything may depend on a value. */
  private mayBeFollowed(handle: object, trace: Trace): boolean {
    const backing = this.backings.get(handle);
    if (backing === undefined || !isFloat(backing.type.dtype) || backing.trace !== trace) return false;
    if (backing.state !== undefined) return backing.state.role === 'parameter';
    const seen = new Set<Value>();
    const open = backing.value === undefined ? [] : [backing.value];
    for (let value = open.pop(); value !== undefined; value = open.pop()) {
      if (seen.has(value) || !isFloat(value.type.dtype)) continue;
      seen.add(value);
      const recipe = trace.recipes.get(value);
      // An input, or the result of a branch or a loop.
      if (recipe === undefined) {
        if (!(trace.emitter instanceof GraphBuilder && trace.emitter.inputOf(value)?.role === 'buffer')) return true;
      } else if (recipe.op !== 'stopGradient') open.push(...recipe.inputs);
    }
    return false;
  }

  /** The value behind a handle in the present trace. Throws Refusal when it cannot be had there. */
  valueOfHandle(handle: object): Value {
    const trace = this.trace();
    const backing = this.backings.get(handle);
    if (backing === undefined) throw new TypeError('a tensor has no value: tensors are made by operations, not by new Tensor');
    if (backing.trace !== trace) return this.copy(backing, trace);
    if (!isWithin(trace.region, backing.region)) throw new Refusal(messages.outOfRegion());
    return this.force(backing);
  }

  private force(backing: Backing): Value {
    if (backing.value !== undefined) return backing.value;
    const { state, trace, type } = backing;
    if (state === undefined || !(trace.emitter instanceof GraphBuilder)) throw new Error('a handle has neither a value nor a state entry');
    backing.value = trace.emitter.findInput(state.name)?.value ?? trace.emitter.input(state.name, state.role, type);
    this.machine.journal.onRollBack(() => {
      backing.value = undefined;
    });
    return backing.value;
  }

  /** Computes a value of another trace again: constants that were made in the constructor or at a module's top level. */
  private copy(backing: Backing, trace: Trace): Value {
    const { value } = backing;
    if (value === undefined) throw new Refusal(messages.unreachableTensor(backing.trace.where));
    return this.copyValue(value, backing.trace, trace);
  }

  private copyValue(value: Value, from: Trace, to: Trace): Value {
    const known = to.copies.get(value);
    if (known !== undefined && isWithin(to.region, known.region)) return known.value;
    const recipe = from.recipes.get(value);
    // An input of the other graph, or a draw, which would come out differently here.
    if (recipe === undefined || recipe.op === 'random') throw new Refusal(messages.unreachableTensor(from.where));
    const inputs = recipe.inputs.map((input) => this.copyValue(input, from, to));
    const copy = to.emitter.emit(recipe.op, inputs, recipe.attributes, recipe.span);
    to.recipes.set(copy, { ...recipe, inputs });
    to.copies.set(value, { value: copy, region: to.region });
    this.machine.journal.onRollBack(() => {
      if (known === undefined) to.copies.delete(value);
      else to.copies.set(value, known);
    });
    return copy;
  }

  /** The graph that is built now; undefined where what is built has no branches: in an optimizer's update. */
  get builder(): GraphBuilder | undefined {
    const { emitter } = this.trace();
    return emitter instanceof GraphBuilder ? emitter : undefined;
  }

  /** A handle in the present region for a value whose nodes have become part of it. */
  adopt(handle: object): object {
    const value = this.backings.get(handle)?.value;
    return value === undefined ? handle : this.handleOf(value);
  }

  get hasBuilder(): boolean {
    return this.current?.emitter instanceof GraphBuilder;
  }

  /** Evaluates `action` as part of a region. */
  inRegion<T>(region: Region, action: () => T): T {
    const trace = this.trace();
    const before = trace.region;
    trace.region = region;
    try {
      return action();
    } finally {
      trace.region = before;
    }
  }

  get region(): Region | undefined {
    return this.trace().region;
  }

  private trace(): Trace {
    if (this.current === undefined) throw new Error('a tensor operation outside of every evaluation');
    return this.current;
  }

  /** The library's `op`: appends a node to the graph in progress. */
  apply(name: string, inputs: readonly TensorInstance[], attributes: Readonly<Record<string, unknown>>): TensorInstance {
    const trace = this.trace();
    const span = this.machine.place();
    const values = inputs.map((input) => this.operand(trace, input, span));
    if (name === 'random') {
      return this.draw(trace, attributes as Attributes, span);
    }
    const result = this.emit(trace, name, values, attributes as Attributes, span);
    if (trace.gradients || !isFloat(result.dtype)) return result;
    return this.emit(trace, 'stopGradient', [this.valueOf(result)], {}, span);
  }

  /** The value that an operation takes: of a parameter that is frozen for the time being, one that gradients do not follow. */
  private operand(trace: Trace, input: TensorInstance, span: Span | undefined): Value {
    const value = this.valueOf(input);
    const frozen = input.requiresGrad === false && trace.trained.has(input);
    return frozen ? this.valueOf(this.emit(trace, 'stopGradient', [value], {}, span)) : value;
  }

  private draw(trace: Trace, attributes: Attributes, span: Span | undefined): TensorInstance {
    const { draws } = trace;
    const { count } = draws;
    this.machine.journal.touch(draws, 'count');
    if (typeof count === 'number') {
      draws.count = count + 1;
      return this.emit(trace, 'random', [trace.rng()], { ...attributes, stream: count }, span);
    }
    const stream = this.valueOfHandle(count.handle);
    const one = this.compute('constant', [], { value: 1, dtype: 'i32', shape: [] });
    draws.count = new TensorScalar(this.handleOf(this.compute('add', [stream, one], {})), 'number');
    return this.emit(trace, 'random', [trace.rng(), stream], attributes, span);
  }

  /** The number of draws so far, which branches and turns change as they do variables. */
  get draws(): object {
    return this.trace().draws;
  }

  /** Whether gradients flow in the present trace; changed where `next` is given. Returns what held before. */
  gradientMode(next?: boolean): boolean {
    const trace = this.trace();
    const before = trace.gradients;
    trace.gradients = next ?? before;
    return before;
  }

  /** Appends a node whose result is outside of the gradient in any case. */
  compute(name: string, inputs: readonly Value[], attributes: Readonly<Record<string, unknown>>): Value {
    const trace = this.trace();
    const span = this.machine.place();
    const value = trace.emitter.emit(name, inputs, attributes as Attributes, span);
    trace.recipes.set(value, { op: name, inputs, attributes: attributes as Attributes, span });
    return value;
  }

  private emit(trace: Trace, name: string, inputs: readonly Value[], attributes: Attributes, span: Span | undefined): TensorInstance {
    const value = trace.emitter.emit(name, inputs, attributes, span);
    trace.recipes.set(value, { op: name, inputs, attributes, span });
    return this.wrap(trace, value);
  }

  private handle(backing: Backing): object {
    const handle = Object.freeze(Object.create(null) as object);
    this.backings.set(handle, backing);
    return handle;
  }

  private instance(handle: object, type: TensorType): TensorInstance {
    if (this.tensorClass === undefined) throw new Error('the class Tensor is not evaluated yet');
    const shape = type.shape.map((dim) => this.machine.intern(dim));
    return Reflect.construct(this.tensorClass, [handle, shape, type.dtype]);
  }
}

/** Whether what is computed in `region` can see what is computed in `of`. */
function isWithin(region: Region | undefined, of: Region | undefined): boolean {
  for (let at = region; at !== of; at = at.parent) if (at === undefined) return false;
  return true;
}

/** Puts a finished graph's inputs in order: arguments, state in the order given, then the rest. */
export function orderInputs(graph: Graph, stateOrder: readonly string[]): Graph {
  const rank = (input: GraphInput) => {
    if (input.role === 'argument') return -1;
    const at = stateOrder.indexOf(input.name);
    return at < 0 ? stateOrder.length : at;
  };
  const inputs = [...graph.inputs].sort((a, b) => rank(a) - rank(b));
  return { ...graph, inputs, body: { ...graph.body, parameters: inputs.map((input) => input.value) } };
}
