import { layOut } from '../arena.js';
import { arrayTypes, emptyArray } from '../array.js';
import { decodeBase64 } from '../base64.js';
import type { JsKernel, Launch, ModelSpec, Program, TargetSpec } from '../program.js';
import { elementCount, evaluateSize } from '../size.js';
import type { Device, Executor, Target, TypedArray } from './device.js';
import type { Call, Hole, RegionSupport } from './js-regions.js';

/** Ordinary memory and JavaScript kernels: every call is done when it returns. Tensors on it have no `home`. */
const device: Device<TypedArray> = {
  kind: 'js',
  write: (memory, data) => memory.set(data),
  read: (memories) => memories.map((memory) => memory.slice()),
};

/** The js target of a built module: plans and kernels as real functions, and what runs loops and branches when a program has any. */
export function js(target: TargetSpec<JsKernel>, regions?: RegionSupport): Target {
  return { kind: 'js', programs: target.programs, open: (model) => new JsExecutor(model, target, regions) };
}

/** A program for one binding of its dims: every view and size is ready, so that a call makes nothing but its results. */
interface Plan {
  readonly calls: readonly Call[];
  /** Runs the calls where loops and branches say which. */
  readonly run: (() => void) | undefined;
  /** Where the memory of each argument goes. */
  readonly holes: readonly (readonly Hole[])[];
  readonly buffers: (TypedArray | undefined)[];
  readonly fresh: readonly { readonly buffer: number; readonly size: number; readonly holes: readonly Hole[] }[];
}

/** Plans kept for each program; the oldest goes first. Sequences of many lengths would otherwise pile up. */
const plansKept = 32;

class JsExecutor implements Executor<TypedArray> {
  readonly device = device;
  readonly state = new Map<string, TypedArray>();
  /** The arrays in `state`. */
  readonly #owned: ReadonlySet<TypedArray>;
  readonly #constants: readonly TypedArray[];
  readonly #hyper: Record<string, Float32Array> = {};
  readonly #rng = new Int32Array(2);
  /** One arena for all programs: nothing in it outlives a call. */
  #arena = new ArrayBuffer(0);
  #plans: Record<string, Map<string, Plan>> = {};

  readonly #target: TargetSpec<JsKernel>;
  readonly #regions: RegionSupport | undefined;

  constructor(model: ModelSpec, target: TargetSpec<JsKernel>, regions?: RegionSupport) {
    this.#target = target;
    this.#regions = regions;
    for (const entry of model.state)
      if (!entry.alias) this.state.set(entry.name, emptyArray(entry.dtype, elementCount(entry.shape as number[])));
    this.#owned = new Set(this.state.values());
    for (const name in model.hyper) this.#hyper[name] = new Float32Array(1);
    this.#constants = model.constants.map((constant) => decodeBase64(constant.data, constant.dtype));
  }

  run(
    name: string,
    dims: readonly number[],
    args: readonly TypedArray[],
    hyper: Readonly<Record<string, number>>,
    rng: readonly [number, number],
  ): TypedArray[] {
    const program = this.#target.programs[name]!;
    const plan = this.#plan(program, dims);
    // A program that changes state must not change an argument with it.
    const inputs = args.map((arg) => (this.#owned.has(arg) ? arg.slice() : arg));
    for (const key in hyper) this.#hyper[key]![0] = hyper[key]!;
    this.#rng.set(rng);
    for (let i = 0; i < inputs.length; i++) {
      for (const [list, position] of plan.holes[i]!) list[position] = inputs[i]!;
    }
    for (const { buffer, size, holes } of plan.fresh) {
      const memory = emptyArray(program.buffers[buffer]!.dtype, size);
      plan.buffers[buffer] = memory;
      for (const [list, position] of holes) list[position] = memory;
    }
    if (plan.run) plan.run();
    else for (const { kernel, args } of plan.calls) kernel(...args);
    return this.#finish(program, plan);
  }

  /** Hands out results, then replaces state; a result that lies in memory of another kind is copied. */
  #finish(program: Program, plan: Plan): TypedArray[] {
    const results: TypedArray[] = [];
    const given = new Set<number>();
    const copies: [TypedArray, TypedArray][] = [];
    for (const { role, buffer, name } of program.outputs) {
      const { place } = program.buffers[buffer]!;
      const memory = plan.buffers[buffer]!;
      if (role !== 'state') {
        results.push(place === 'result' && !given.has(buffer) ? memory : memory.slice());
        given.add(buffer);
      } else if (memory !== this.state.get(name)) {
        // What is itself state may be overwritten by an earlier copy.
        copies.push([this.state.get(name)!, place === 'state' ? memory.slice() : memory]);
      }
    }
    for (const [target, source] of copies) target.set(source);
    return results;
  }

  #plan(program: Program, dims: readonly number[]): Plan {
    this.#plans[program.name] ??= new Map();
    const plans = this.#plans[program.name]!;
    const key = dims.join();
    let plan = plans.get(key);
    if (!plan) {
      const named = Object.fromEntries(program.dims.map((name, i) => [name, dims[i]!]));
      plan = this.#makePlan(program, named);
      if (plans.size >= plansKept) plans.delete(plans.keys().next().value!);
      // A larger arena drops all plans, so the map is looked up again.
      this.#plans[program.name] ??= new Map();
      this.#plans[program.name]!.set(key, plan);
    }
    return plan;
  }

  #makePlan(program: Program, dims: Record<string, number>): Plan {
    const { offsets, bytes } = layOut(program, dims, (dtype) => (dtype === 'bool' ? 1 : 4), 64);
    if (bytes > this.#arena.byteLength) {
      this.#arena = new ArrayBuffer(bytes);
      this.#plans = {};
    }
    const buffers = program.buffers.map(({ place, dtype, size, index, name }, buffer): TypedArray | undefined => {
      if (place === 'state') return this.state.get(name!)!;
      if (place === 'hyper') return this.#hyper[name!]!;
      if (place === 'rng') return this.#rng;
      if (place === 'constant') return this.#constants[index!]!;
      if (place === 'tape') return emptyArray(dtype, 0);
      if (place !== 'arena') return undefined;
      return new arrayTypes[dtype](this.#arena, offsets[buffer], evaluateSize(size, dims));
    });
    const uses = program.buffers.map((): Hole[] => []);
    const launches = this.#regions?.launches(program.launches) ?? (program.launches as readonly Launch[]);
    const calls = launches.map((launch): Call => {
      const args: (TypedArray | number)[] = [];
      launch.buffers.forEach((buffer, position) => {
        args.push(buffers[buffer] ?? 0);
        uses[buffer]!.push([args, position]);
      });
      for (const size of launch.sizes) args.push(evaluateSize(size, dims));
      return { kernel: this.#target.kernels[launch.kernel] as Call['kernel'], args };
    });
    const holes = program.arguments.map((): Hole[] => []);
    const fresh: { buffer: number; size: number; holes: Hole[] }[] = [];
    program.buffers.forEach(({ place, size, index }, buffer) => {
      if (place === 'argument') holes[index!]!.push(...uses[buffer]!, [buffers, buffer]);
      if (place === 'result') fresh.push({ buffer, size: evaluateSize(size, dims), holes: uses[buffer]! });
    });
    return { calls, run: this.#regions?.plan({ program, calls, dims, buffers, uses }), holes, buffers, fresh };
  }

  dispose(): void {
    this.#plans = {};
    this.#arena = new ArrayBuffer(0);
  }
}
