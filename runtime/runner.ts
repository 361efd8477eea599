import { bindArguments, checkPositions } from './arguments.js';
import type { Awaitable, Device, DeviceKind, DeviceOptions, Executor, Target } from './devices/device.js';
import { deviceError, KilnnError, lostError, nameError } from './errors.js';
import type { BufferSpec, DType, ModelSpec, Program, ResultShape } from './program.js';
import { type Dims, evaluateShape } from './size.js';
import { type AnyTensor, Tensor } from './tensor.js';

export interface OpenOptions<Kind extends DeviceKind = DeviceKind> extends DeviceOptions {
  /**
   * Where to run. By default on the processor: wasm when the module was built for it and it is available, else js. `auto` takes webgpu before
   * these when it is built and available.
   */
  readonly device?: Kind | 'auto';
  /** Told why a device was not taken that would have come first; `console.warn` by default. */
  readonly onNote?: (note: string) => void;
}

export type StateDict = Record<string, AnyTensor>;

/** Runs a model's programs one after the other on the device that it is on. */
export class Runner {
  /** (seed, step): every call of a program that draws takes the next step. Step 0 drew the initial values. */
  readonly rng: [seed: number, step: number];
  /** The last task that has not finished; undefined when the device is free, as js always is. */
  #busy: Promise<unknown> | undefined;
  #disposed = false;

  readonly #targets: readonly Target[];

  constructor(
    readonly spec: ModelSpec,
    targets: readonly Target[],
    public executor: Executor,
    seed: number,
  ) {
    this.#targets = targets;
    if (spec.version !== 1) throw nameError(`${spec.name} was built for another version of kilnn's runtime: build it again`);
    this.rng = [seed | 0, 0];
  }

  /** Runs at once when nothing is under way, else in its turn: tasks of one model never overlap. */
  run<T>(task: () => Awaitable<T>): Awaitable<T> {
    if (this.#disposed) throw lostError(`this ${this.spec.name} was disposed of`);
    const value = this.#busy ? this.#busy.then(task) : task();
    if (value instanceof Promise) {
      const settled = value.then(noop, noop).then(() => {
        if (this.#busy === settled) this.#busy = undefined;
      });
      this.#busy = settled;
    }
    return value;
  }

  /** Calls a program: checks and binds the arguments, and makes the method's value of the results. */
  async call(name: string, values: readonly unknown[], hyper: Readonly<Record<string, number>>): Promise<unknown> {
    const current = { ...hyper };
    const started = this.run(() => this.#start(name, values, current));
    // js has its results already: a needless await would cost a turn of the queue.
    const { program, named, device, memories } = started instanceof Promise ? await started : started;
    const tensors: StateDict = {};
    const gradients: StateDict = {};
    let at = 0;
    for (const { role, name, shape, dtype } of program.outputs) {
      if (role === 'state') continue;
      (role === 'gradient' ? gradients : tensors)[name] = makeTensor(device, evaluateShape(shape, named), dtype, memories[at++]!);
    }
    const result = assemble(program.result, tensors);
    if (!name.includes('.')) return result;
    const loss = tensors[program.outputs.find(({ role }) => role === 'result')!.name];
    const given = { loss, ...(typeof program.result !== 'string' && { result }) };
    return name.startsWith('gradients.') ? { ...given, gradients } : given;
  }

  /** Moves to another device: `copy` brings the state along. */
  async move(options: OpenOptions, copy: (from: Executor, to: Executor) => Promise<void>): Promise<void> {
    const next = await openTarget(this.spec, this.#targets, options);
    await this.run(async () => {
      const before = this.executor;
      await copy(before, next);
      this.executor = next;
      before.dispose();
    });
  }

  dispose(): void {
    this.#disposed = true;
    this.executor.dispose();
  }

  #start(name: string, values: readonly unknown[], hyper: Readonly<Record<string, number>>): Awaitable<Started> {
    const { executor, rng } = this;
    const { device } = executor;
    const programs = programsOf(this.#targets, executor);
    const program = programs[name];
    if (!program) throw nameError(missingProgram(this.spec.name, name));
    const { named, dims, args } = bindArguments(name, program, values, device);
    const guard = programs[program.guard!];
    if (guard) {
      const bounds = executor.run(
        guard.name,
        guard.dims.map((dim) => named[dim]!),
        args,
        hyper,
        [0, 0],
      );
      checkPositions(name, guard, named, bounds as readonly object[]);
    }
    const step = program.buffers.some(draws) ? rng[1] + 1 : 0;
    const memories = executor.run(name, dims, args, hyper, [rng[0], step]);
    // A call that fails has drawn nothing.
    const started = (memories: readonly object[]): Started => {
      if (step) rng[1] = step;
      return { program, named, device, memories };
    };
    return memories instanceof Promise ? memories.then(started) : started(memories);
  }
}

interface Started {
  readonly program: Program;
  readonly named: Dims;
  readonly device: Device;
  readonly memories: readonly object[];
}

export function programsOf(targets: readonly Target[], executor: Executor): Readonly<Record<string, Program>> {
  return targets.find(({ kind }) => kind === executor.device.kind)!.programs;
}

/** The seed, 0 unless given. Throws KN5007 for what is no unsigned 32-bit integer. */
export function checkSeed(seed = 0): number {
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) return seed;
  throw nameError(`seed is ${seed}, expected an integer from 0 to 2^32 - 1`);
}

/** A GPU is never taken unasked. */
const preference: readonly DeviceKind[] = ['wasm', 'js', 'webgpu'];
const automatic: readonly DeviceKind[] = ['webgpu', 'wasm', 'js'];

/** Throws KN5001 when the target was not built or is not available; unless one is asked for by name, when none is. */
export async function openTarget(spec: ModelSpec, targets: readonly Target[], options: OpenOptions): Promise<Executor> {
  const { device, onNote = console.warn } = options;
  if (device && device !== 'auto') {
    const target = targets.find(({ kind }) => kind === device);
    if (!target) throw deviceError(`${spec.name} was built for ${targets.map(({ kind }) => kind).join(' and ')}, not for ${device}`);
    return target.open(spec, options);
  }
  const kinds = device ? automatic : preference;
  const order = [...targets].sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
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

/** What is ordinary memory, all tensors of js and the results of wasm, has no home. */
export function makeTensor(device: Device, shape: readonly number[], dtype: DType, memory: object): AnyTensor {
  return new Tensor(shape, dtype, memory, ArrayBuffer.isView(memory) ? undefined : device);
}

function assemble(tree: ResultShape, tensors: Readonly<StateDict>): unknown {
  if (typeof tree === 'string') return tensors[tree];
  if (Array.isArray(tree)) return tree.map((part: ResultShape) => assemble(part, tensors));
  return Object.fromEntries(Object.entries(tree).map(([key, part]) => [key, assemble(part as ResultShape, tensors)]));
}

function missingProgram(model: string, name: string): string {
  const advice = name.startsWith('train.') ? 'give the class an optimizer, @model({ optimizer: new optim.SGD(...) }), and ' : '';
  return `${model} was built without ${name}: ${advice}build it again`;
}

const draws = (buffer: BufferSpec): boolean => buffer.place === 'rng';
const noop = (): void => {};
