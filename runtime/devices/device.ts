import type { WorkerModule } from '../data/served.js';
import type { ModelSpec, Program } from '../program.js';

/**
 * What the runtime asks of a device. `model.ts` checks arguments, binds dims and keeps calls in order; a device holds
 * memory and runs programs.
 */

export type DeviceKind = 'js' | 'wasm' | 'webgpu';
export type TypedArray = Float32Array | Int32Array | Uint8Array;

/** A device that can answer at once does so: the js device never waits. */
export type Awaitable<T> = T | Promise<T>;

/** A `GPU` object. Spelled out, so that programs without WebGPU need no types of it. */
export interface GpuSource {
  requestAdapter(options?: object): Promise<object | null>;
}

/** How many threads run a model's programs, the caller's own included; if they are fewer than were asked for, why. */
export interface ThreadUse {
  readonly count: number;
  readonly note?: string;
}

export interface DeviceOptions {
  /** webgpu: where to ask for an adapter (`create([])` of npm `webgpu` in Node); `navigator.gpu` unless given. */
  readonly gpu?: GpuSource;
  /**
   * wasm: how many threads share the work of a call, this one included; 1 unless given. `auto`: as many as there are cores, 8 at most. The
   * others are workers that all models share, and kernels with little to do stay on one thread. Results are the same bits. Where threads
   * cannot be had the model runs on one: its `threads` says why.
   */
  readonly threads?: number | 'auto';
  /** wasm: the module that workers run, or how to start one, where a bundler does not find `kilnn/runtime/wasm-worker` by itself. */
  readonly worker?: WorkerModule;
  /** webgpu: which of several adapters to prefer. */
  readonly powerPreference?: 'low-power' | 'high-performance';
}

/**
 * Memory of tensors, shared by all models on one device: the result of one model may be an argument of another. `M` is the
 * device's own handle of one tensor's memory (a typed array on js).
 */
export interface Device<M extends object = object> {
  readonly kind: DeviceKind;
  /** Replaces the contents of memory; `data` has the same number of elements, bools as bytes 0 and 1. Ordered after the calls made before. */
  write(memory: M, data: TypedArray): void;
  /** Copies of the elements, in the order of `memories`, after the calls made before: many at once need one transfer. */
  read(memories: readonly M[]): Awaitable<TypedArray[]>;
}

/** The programs of one model, ready to run on one device, and the model's state there. */
export interface Executor<M extends object = object> {
  readonly device: Device<M>;
  /** Memory of every state entry that is no alias, zero-filled at first. It stays the same memory for the executor's life. */
  readonly state: ReadonlyMap<string, M>;
  /**
   * Runs `programs[program]`. `dims` are the values of its named dims in their order; `args` are checked and have the
   * right sizes and dtypes: memory of this device, or host arrays (not to be kept after the call). `hyper` holds the values of
   * the run-time scalars and `rng` the pair (seed, step). Gives fresh memory, or ordinary arrays, for every output whose role is not `state`, in
   * their order, and replaces the state entries named by the others. Results are read before state is replaced.
   */
  run(
    program: string,
    dims: readonly number[],
    args: readonly (M | TypedArray)[],
    hyper: Readonly<Record<string, number>>,
    rng: readonly [seed: number, step: number],
  ): Awaitable<(M | TypedArray)[]>;
  /** Absent: one. */
  readonly threads?: ThreadUse;
  /** Frees what the executor holds; results given out stay valid. */
  dispose(): void;
}

/** What a built module passes to `defineModel`, one a target: `js({ programs, kernels })`, `webgpu({ programs, kernels })`. */
export interface Target {
  readonly kind: DeviceKind;
  /** Names of the target's programs and their specs, for checks that need no device. */
  readonly programs: Readonly<Record<string, Program>>;
  /**
   * Opens the device (the same `Device` object for the same underlying one) and makes the model's programs ready.
   * Rejects with KilnnError `KN5001` and the reason when the device is not available here.
   */
  open(model: ModelSpec, options: DeviceOptions): Awaitable<Executor>;
}
