import { bindArguments } from './arguments.js';
import { emptyArray } from './array.js';
import type { Awaitable, Device, DeviceKind, DeviceOptions, Executor, Target } from './devices/device.js';
import { deviceError, KilnnError, lostError, nameError } from './errors.js';
import { makeOptimizer, type Optimizer } from './optimizer.js';
import type { BufferSpec, DType, ModelSpec, Program, ResultShape, StateSpec } from './program.js';
import { type Dims, elementCount, evaluateShape } from './size.js';
import { checkDictionary, type LoadOptions, type LoadResult } from './state/dictionary.js';
import { type AnyTensor, Tensor } from './tensor.js';

export interface CreateOptions<Kind extends DeviceKind = DeviceKind> extends DeviceOptions {
  /** Where to run: `auto` takes webgpu when it is built and available, else the first target that is. By default the first target built. */
  readonly device?: Kind | 'auto';
  /** For the initial values and for random ops: the same seed gives the same bits on every device. An integer below 2^32; 0 by default. */
  readonly seed?: number;
  /** Told why `auto` did not take a device; `console.warn` by default. */
  readonly onNote?: (note: string) => void;
}

export type StateDict = Record<string, AnyTensor>;
type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>;

/** A created model: the base of the class that a built module exports. `State` names its parameters and buffers, `Hyper` the optimizer's scalars. */
export class Model<State extends object = StateDict, Hyper extends object = Record<string, number>> {
  /** Each loss's value with its gradients, by parameter name, state left as it is. */
  readonly gradients: unknown;
  /** One training step of each loss: forward, gradients and the optimizer's update as one program. */
  readonly train: unknown;
  /** The optimizer's run-time scalars by name (`optimizer.lr = 0.01`) and its state. */
  readonly optimizer: Optimizer<Hyper>;
  readonly #spec: ModelSpec;
  readonly #targets: readonly Target[];
  readonly #entries: ReadonlyMap<string, StateSpec>;
  readonly #hyper: Record<string, number>;
  #executor: Executor;
  /** (seed, step): every call of a program that draws takes the next step. Step 0 drew the initial values. */
  #rng: [number, number];
  /** The last call that has not finished; undefined when the device is free, as js always is. */
  #busy: Promise<unknown> | undefined;
  #disposed = false;

  /** Built classes are made with `create()`. */
  constructor(spec: ModelSpec, targets: readonly Target[], executor: Executor, seed: number) {
    this.#spec = spec;
    this.#targets = targets;
    this.#executor = executor;
    this.#rng = [seed | 0, 0];
    this.#hyper = { ...spec.hyper };
    this.#entries = new Map(spec.state.map((entry) => [entry.name, entry]));
    const methods = (prefix: string): Methods =>
      Object.fromEntries(spec.losses.map((loss) => [loss, (...args: unknown[]) => this.#call(`${prefix}.${loss}`, args)]));
    this.gradients = methods('gradients');
    this.train = methods('train');
    this.optimizer = makeOptimizer<Hyper>(spec, this.#hyper, {
      read: () => this.#read((entry) => entry.kind === 'optimizer'),
      write: (values) => this.#write(values),
      rng: () => this.#rng,
    });
    for (const entry of spec.entries) Object.defineProperty(this, entry, { value: (...args: unknown[]) => this.#call(entry, args) });
  }

  get device(): DeviceKind {
    return this.#executor.device.kind;
  }

  /** Moves parameters, buffers and the optimizer's state to another device that the module was built for. Gives the model. */
  async to(device: DeviceKind | 'auto', options: Omit<CreateOptions, 'device' | 'seed'> = {}): Promise<this> {
    const next = await openTarget(this.#spec, this.#targets, { ...options, device });
    await this.#run(async () => {
      const before = this.#executor;
      const names = [...before.state.keys()];
      const data = await before.device.read(names.map((name) => before.state.get(name)!));
      names.forEach((name, i) => {
        next.device.write(next.state.get(name)!, data[i]!);
      });
      this.#executor = next;
      before.dispose();
    });
    return this;
  }

  /** A copy of all parameters and persistent buffers in ordinary memory, under PyTorch's names in PyTorch's order. */
  async stateDict(): Promise<State> {
    return (await this.#read((entry) => entry.kind !== 'optimizer' && entry.persistent !== false)) as State;
  }

  /**
   * Replaces parameters and buffers. Throws KN5004 and leaves everything as it was when shapes or dtypes are wrong, or, unless
   * `strict` is false, when names are missing or unexpected: one error lists all. Gives the names that were missing or unexpected.
   */
  async loadStateDict(dict: Readonly<StateDict>, options: LoadOptions = {}): Promise<LoadResult> {
    const entries = this.#spec.state.filter((entry) => entry.kind !== 'optimizer' && entry.persistent !== false);
    const result = checkDictionary(this.#spec.name, entries, dict, options);
    await this.#write(entries.filter((entry) => entry.name in dict).map((entry) => [entry.name, dict[entry.name]!]));
    return result;
  }

  /** Every parameter with its name, shared ones once: the memory itself, which a later training step or load changes. */
  namedParameters(): [Extract<keyof State, string>, AnyTensor][] {
    const own = this.#spec.state.filter((entry) => entry.kind === 'parameter' && !entry.alias);
    return own.map((entry) => [entry.name as Extract<keyof State, string>, this.#view(entry)]);
  }

  /** The parameter or buffer of that name: the memory itself. Throws KN5007 for other names. */
  parameter<Name extends Extract<keyof State, string>>(name: Name): State[Name] {
    return this.#view(this.#entry(name)) as State[Name];
  }

  /** Replaces one parameter or buffer. Throws KN5004 when shape or dtype differ. */
  async setParameter<Name extends Extract<keyof State, string>>(name: Name, value: AnyTensor): Promise<void> {
    checkDictionary(this.#spec.name, [this.#entry(name)], { [name]: value }, {});
    await this.#write([[name, value]]);
  }

  /** Frees the device's memory; calls are refused from then on. Not needed on js, nor when a page's only model ends with the page. */
  dispose(): void {
    this.#disposed = true;
    this.#executor.dispose();
  }

  #entry(name: string): StateSpec {
    const entry = this.#entries.get(name);
    if (entry && entry.kind !== 'optimizer') return entry;
    const names = this.#spec.state.flatMap(({ name, kind }) => (kind === 'optimizer' ? [] : [name]));
    throw nameError(`${this.#spec.name} has no parameter or buffer '${name}'; it has ${names.join(', ') || 'none'}`);
  }

  #view({ name, alias, shape, dtype }: StateSpec): AnyTensor {
    return makeTensor(this.#executor.device, shape as number[], dtype, this.#executor.state.get(alias ?? name)!);
  }

  async #read(select: (entry: StateSpec) => boolean): Promise<StateDict> {
    const entries = this.#spec.state.filter(select);
    const data = await this.#run(() =>
      this.#executor.device.read(entries.map(({ name, alias }) => this.#executor.state.get(alias ?? name)!)),
    );
    return Object.fromEntries(entries.map(({ name, shape, dtype }, i) => [name, new Tensor(shape as number[], dtype, data[i]!)]));
  }

  /** All values are fetched before the first is written. */
  async #write(values: readonly (readonly [name: string, value: AnyTensor])[]): Promise<void> {
    const data = await Promise.all(values.map(([, value]) => value.data()));
    await this.#run(() => {
      values.forEach(([name], i) => {
        this.#executor.device.write(this.#executor.state.get(this.#entries.get(name)?.alias ?? name)!, data[i]!);
      });
    });
  }

  /** Runs at once when nothing is under way, else in its turn: calls on one model never overlap. */
  #run<T>(task: () => Awaitable<T>): Awaitable<T> {
    if (this.#disposed) throw lostError(`this ${this.#spec.name} was disposed of`);
    const value = this.#busy ? this.#busy.then(task) : task();
    if (value instanceof Promise) {
      const settled = value.then(noop, noop).then(() => {
        if (this.#busy === settled) this.#busy = undefined;
      });
      this.#busy = settled;
    }
    return value;
  }

  async #call(name: string, values: readonly unknown[]): Promise<unknown> {
    const hyper = this.#busy ? { ...this.#hyper } : this.#hyper;
    const value = this.#run(() => this.#start(name, values, hyper));
    // Awaiting costs a turn of the event loop's queue; js has its results already.
    const { program, named, device, memories } = value instanceof Promise ? await value : value;
    const tensors: StateDict = {};
    const gradients: StateDict = {};
    let at = 0;
    for (const output of program.outputs) {
      if (output.role === 'state') continue;
      const tensor = makeTensor(device, evaluateShape(output.shape, named), output.dtype, memories[at++]!);
      (output.role === 'gradient' ? gradients : tensors)[output.name] = tensor;
    }
    const result = assemble(program.result, tensors);
    if (!name.includes('.')) return result;
    const losses = typeof program.result === 'string' ? { loss: result } : (result as object);
    return name.startsWith('gradients.') ? { ...losses, gradients } : losses;
  }

  #start(name: string, values: readonly unknown[], hyper: Readonly<Record<string, number>>): Awaitable<Started> {
    const executor = this.#executor;
    const device = executor.device;
    const program = this.#program(name);
    const { named, dims, args } = bindArguments(name, program, values, device);
    const rng: [number, number] = [this.#rng[0], program.buffers.some(draws) ? ++this.#rng[1] : 0];
    const memories = executor.run(name, dims, args, hyper, rng);
    const started = (memories: readonly object[]): Started => ({ program, named, device, memories });
    return memories instanceof Promise ? memories.then(started) : started(memories);
  }

  #program(name: string): Program {
    const program = this.#targets.find(({ kind }) => kind === this.device)!.programs[name];
    if (program) return program;
    const advice = name.startsWith('train.')
      ? 'give the class an optimizer, @model({ optimizer: new optim.SGD(...) }), and build it again'
      : 'build it again';
    throw nameError(`${this.#spec.name} was built without ${name}: ${advice}`);
  }
}

interface Started {
  readonly program: Program;
  readonly named: Dims;
  readonly device: Device;
  readonly memories: readonly object[];
}

/** The class that a built module exports. Its instances have the methods that `spec.entries` names. */
export interface ModelClass<M = Model & Methods> {
  /**
   * Opens the device and computes the initial values there. Rejects with KN5001 when the device is not available or the module
   * was not built for it, with KN5007 for an unusable seed.
   */
  create(options?: CreateOptions): Promise<M>;
}

/** Makes the class of a model of its plan and of the targets that it was built for, the preferred default first. */
export function defineModel<M = Model & Methods>(spec: ModelSpec, targets: readonly Target[]): ModelClass<M> {
  class Built extends Model {
    static async create(options: CreateOptions = {}): Promise<M> {
      const seed = options.seed ?? 0;
      if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
        throw nameError(`seed is ${seed}, expected an integer from 0 to 2^32 - 1`);
      const executor = await openTarget(spec, targets, options);
      const target = targets.find(({ kind }) => kind === executor.device.kind)!;
      for (const entry of spec.state) {
        if (!entry.initial || entry.alias) continue;
        const data = emptyArray(entry.dtype, elementCount(entry.shape as number[])).fill(entry.initial);
        executor.device.write(executor.state.get(entry.name)!, data);
      }
      if (target.programs.init) await executor.run('init', [], [], spec.hyper, [seed | 0, 0]);
      return new Built(spec, targets, executor, seed) as M;
    }
  }
  Object.defineProperty(Built, 'name', { value: spec.name });
  return Built;
}

const preference: readonly DeviceKind[] = ['webgpu', 'wasm', 'js'];

async function openTarget(spec: ModelSpec, targets: readonly Target[], options: Omit<CreateOptions, 'seed'>): Promise<Executor> {
  const { device = targets[0]?.kind, onNote = console.warn } = options;
  const built = targets.map(({ kind }) => kind);
  if (device !== 'auto') {
    const target = targets.find(({ kind }) => kind === device);
    if (!target) throw deviceError(`${spec.name} was built for ${built.join(' and ')}, not for ${device}: build it with that target too`);
    return target.open(spec, options);
  }
  const order = [...targets].sort((a, b) => preference.indexOf(a.kind) - preference.indexOf(b.kind));
  let reason: unknown;
  for (const target of order) {
    try {
      const executor = await target.open(spec, options);
      if (reason) onNote(`${spec.name} runs on ${target.kind}: ${(reason as Error).message}`);
      return executor;
    } catch (error) {
      if (!(error instanceof KilnnError)) throw error;
      reason = error;
    }
  }
  throw reason;
}

/** On js a tensor is ordinary memory and has no home. */
function makeTensor(device: Device, shape: readonly number[], dtype: DType, memory: object): AnyTensor {
  return new Tensor(shape, dtype, memory, device.kind === 'js' ? undefined : device);
}

function assemble(tree: ResultShape, tensors: Readonly<StateDict>): unknown {
  if (typeof tree === 'string') return tensors[tree];
  if (Array.isArray(tree)) return tree.map((part: ResultShape) => assemble(part, tensors));
  return Object.fromEntries(Object.entries(tree).map(([key, part]) => [key, assemble(part as ResultShape, tensors)]));
}

const draws = (buffer: BufferSpec): boolean => buffer.place === 'rng';
const noop = (): void => {};
