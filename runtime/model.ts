import { emptyArray } from './array.js';
import type { DeviceKind, Executor, Target, ThreadUse } from './devices/device.js';
import { nameError } from './errors.js';
import { makeOptimizer, makeSchedule, type Optimizer, type Schedule } from './optimizer.js';
import type { ModelSpec, StateSpec } from './program.js';
import { checkSeed, makeTensor, type OpenOptions, openTarget, programsOf, Runner, type StateDict } from './runner.js';
import { elementCount } from './size.js';
import { checkDictionary, type LoadOptions, type LoadResult } from './state/dictionary.js';
import { type AnyTensor, Tensor } from './tensor.js';

export interface CreateOptions<Kind extends DeviceKind = DeviceKind> extends OpenOptions<Kind> {
  /** For the initial values and for random ops: the same seed draws the same bits on every device. An integer below 2^32; 0 by default. */
  readonly seed?: number;
}

type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>;
type NameOf<State> = Extract<keyof State, string>;

/** A created model: the base of the class that a built module exports. `State` names its parameters and buffers, `Hyper` the optimizer's scalars. */
export class Model<State extends object = StateDict, Hyper extends object = Record<string, number>> {
  /** Each loss in training mode: its value and its gradients, by parameter name. Parameters stay as they are. */
  readonly gradients: unknown;
  /** One training step of each loss: forward, gradients and the optimizer's update as one program. */
  readonly train: unknown;
  /** The optimizer's run-time scalars by name (`optimizer.lr = 0.01`) and its state. */
  readonly optimizer: Optimizer<Hyper>;
  /** Moves the model's schedule on: there when `@model` has one that goes by epochs. */
  readonly schedule: Schedule | undefined;
  readonly #spec: ModelSpec;
  readonly #runner: Runner;

  /** Built classes are made with `create()`. */
  constructor(runner: Runner) {
    const { spec } = runner;
    const hyper = { ...spec.hyper };
    this.#spec = spec;
    this.#runner = runner;
    const method =
      (name: string) =>
      (...args: unknown[]) =>
        runner.call(name, args, hyper);
    const losses = (prefix: string): Methods => Object.fromEntries(spec.losses.map((loss) => [loss, method(`${prefix}.${loss}`)]));
    for (const entry of spec.entries) Object.defineProperty(this, entry, { value: method(entry) });
    this.gradients = losses('gradients');
    this.train = losses('train');
    this.schedule = makeSchedule(hyper);
    this.optimizer = makeOptimizer<Hyper>(spec, hyper, {
      read: () => this.#read((entry) => entry.kind === 'optimizer'),
      write: (values) => this.#write(values),
      rng: runner.rng,
    });
  }

  get device(): DeviceKind {
    return this.#runner.executor.device.kind;
  }

  /** How many threads run a call, this one included, and why they are no more where more were asked for. */
  get threads(): ThreadUse {
    return this.#runner.executor.threads ?? { count: 1 };
  }

  /** Moves parameters, buffers and the optimizer's state to another device that the module was built for. Gives the model. */
  async to(device: DeviceKind | 'auto', options: Omit<OpenOptions, 'device'> = {}): Promise<this> {
    await this.#runner.move({ ...options, device }, async (from, to) => {
      const names = [...from.state.keys()];
      const data = await from.device.read(names.map((name) => from.state.get(name)!));
      names.forEach((name, i) => {
        to.device.write(to.state.get(name)!, data[i]!);
      });
    });
    return this;
  }

  /** A copy of all parameters and persistent buffers in ordinary memory, under PyTorch's names in PyTorch's order. */
  async stateDict(): Promise<State> {
    return (await this.#read(inDictionary)) as State;
  }

  /**
   * Replaces parameters and buffers. Throws KN5004 and leaves everything as it was when shapes or dtypes are wrong, or, unless
   * `strict` is false, when names are missing or unexpected: one error lists all. Gives the names that were missing or unexpected.
   */
  async loadStateDict(dict: Readonly<StateDict>, options: LoadOptions = {}): Promise<LoadResult> {
    const entries = this.#spec.state.filter(inDictionary);
    const result = checkDictionary(this.#spec.name, entries, dict, options);
    await this.#write(entries.filter(({ name }) => Object.hasOwn(dict, name)).map(({ name }) => [name, dict[name]!]));
    return result;
  }

  /** Every parameter with its name, shared ones once: the memory itself, which a later training step or load changes. */
  namedParameters(): [NameOf<State>, AnyTensor][] {
    const own = this.#spec.state.filter((entry) => entry.kind === 'parameter' && !entry.alias);
    return own.map((entry) => [entry.name as NameOf<State>, this.#view(entry)]);
  }

  /** The parameter or buffer of that name: the memory itself. Throws KN5007 for other names. */
  parameter<Name extends NameOf<State>>(name: Name): State[Name] {
    return this.#view(this.#entry(name)) as State[Name];
  }

  /** Replaces one parameter or buffer by a tensor of any device. Throws KN5007 for other names, KN5004 when shape or dtype differ. */
  async setParameter<Name extends NameOf<State>>(name: Name, value: State[Name]): Promise<void> {
    checkDictionary(this.#spec.name, [this.#entry(name)], { [name]: value }, {});
    await this.#write([[name, value as AnyTensor]]);
  }

  /** Frees the device's memory; calls are refused from then on. Not needed on js, nor for a model that lives as long as its page. */
  dispose(): void {
    this.#runner.dispose();
  }

  #entry(name: string): StateSpec {
    const entries = this.#spec.state.filter(({ kind }) => kind !== 'optimizer');
    const entry = entries.find((candidate) => candidate.name === name);
    if (entry) return entry;
    throw nameError(
      `${this.#spec.name} has no parameter or buffer '${name}'; it has ${entries.map(({ name }) => name).join(', ') || 'none'}`,
    );
  }

  #memory(name: string): object {
    const owner = this.#spec.state.find((entry) => entry.name === name)?.alias ?? name;
    return this.#runner.executor.state.get(owner)!;
  }

  #view({ name, shape, dtype }: StateSpec): AnyTensor {
    return makeTensor(this.#runner.executor.device, shape as number[], dtype, this.#memory(name));
  }

  async #read(select: (entry: StateSpec) => boolean): Promise<StateDict> {
    const entries = this.#spec.state.filter(select);
    const data = await this.#runner.run(() => this.#runner.executor.device.read(entries.map(({ name }) => this.#memory(name))));
    return Object.fromEntries(entries.map(({ name, shape, dtype }, i) => [name, new Tensor(shape as number[], dtype, data[i]!)]));
  }

  /** All values are fetched before the first is written. */
  async #write(values: readonly (readonly [name: string, value: AnyTensor])[]): Promise<void> {
    const data = await Promise.all(values.map(([, value]) => value.data()));
    await this.#runner.run(() => {
      values.forEach(([name], i) => {
        this.#runner.executor.device.write(this.#memory(name), data[i]!);
      });
    });
  }
}

const inDictionary = (entry: StateSpec): boolean => entry.kind !== 'optimizer' && entry.persistent !== false;

/** The class that a built module exports. Its instances have the methods that `spec.entries` names. */
export interface ModelClass<M = Model & Methods> {
  /**
   * Opens the device and computes the initial values there. Rejects with KN5001 when the device is not available or the module
   * was not built for it, with KN5007 for an unusable seed.
   */
  create(options?: CreateOptions): Promise<M>;
}

/** Makes the class of a model of its plan and of the targets that it was built for. */
export function defineModel<M = Model & Methods>(spec: ModelSpec, targets: readonly Target[]): ModelClass<M> {
  class Built extends Model {
    static async create(options: CreateOptions = {}): Promise<M> {
      const seed = checkSeed(options.seed);
      const executor = await openTarget(spec, targets, options);
      await initialise(spec, executor, seed, 'init' in programsOf(targets, executor));
      return new Built(new Runner(spec, targets, executor, seed)) as M;
    }
  }
  Object.defineProperty(Built, 'name', { value: spec.name });
  return Built;
}

/** Parameters and buffers come from the program `init`, the optimizer's state is filled here; it is zero unless the plan says otherwise. */
async function initialise(spec: ModelSpec, executor: Executor, seed: number, hasInit: boolean): Promise<void> {
  for (const { name, dtype, shape, initial } of spec.state) {
    if (initial) executor.device.write(executor.state.get(name)!, emptyArray(dtype, elementCount(shape as number[])).fill(initial));
  }
  if (hasInit) await executor.run('init', [], [], spec.hyper, [seed | 0, 0]);
}
