import { layOut } from '../../arena.js';
import { decodeBase64 } from '../../base64.js';
import { KilnnError, lostError } from '../../errors.js';
import type { ModelSpec, Program } from '../../program.js';
import { elementCount, evaluateSize } from '../../size.js';
import type { Device, DeviceOptions, Executor, ThreadUse, TypedArray } from '../device.js';
import { Heap, makeMemory, WasmMemory } from './heap.js';
import type { Plan } from './plan.js';
import { makeRecord } from './record.js';
import type { RegionSupport } from './regions.js';
import type { Crew, Team } from './threads.js';

/** The wasm target of a built module. */
export interface WasmTarget {
  readonly programs: Readonly<Record<string, Program>>;
  /** Bytes of scratch memory that a thread needs. */
  readonly scratch: number;
  /** Where the byte lies in the binary that says whether memory is shared. */
  readonly shared: number;
  /** Loads what runs programs on several threads, which costs nothing where it is not asked for. */
  readonly threads?: () => Promise<{ openThreads(options: DeviceOptions): Promise<Crew> }>;
}

/** State is memory of the device; results are ordinary arrays, which belong to nobody. */
const device: Device<WasmMemory> = {
  kind: 'wasm',
  write: ({ heap, address, dtype }, data) => heap.put(address, dtype, data),
  read: (memories) => memories.map(({ heap, address, dtype, length }) => heap.take(address, dtype, length)),
};

/** What the module exports. */
export interface WasmExports {
  readonly scratch: WebAssembly.Global;
  readonly sleeps: WebAssembly.Global;
  readonly patience: WebAssembly.Global;
  readonly [program: string]: unknown;
}

/** The first bytes are for threads that meet. */
const controlBytes = 64;
/** Plans kept for each program; the oldest goes first. */
const plansKept = 32;
/** 4 GiB, and for threads 2 GiB: engines set aside at once what shared memory may grow to. */
const maximumPages = 65536;
const maximumShared = 32768;

export class WasmExecutor implements Executor<WasmMemory> {
  readonly device = device;
  readonly state = new Map<string, WasmMemory>();
  readonly #heap: Heap;
  readonly #exports: WasmExports;
  readonly #hyper: Record<string, number> = {};
  readonly #rng: number;
  readonly #constants: number[] = [];
  /** Where what a program needs for a call begins; all programs use the same bytes, one after the other. */
  readonly #start: number;
  #plans: Record<string, Map<string, Plan>> = {};
  #current: Plan | undefined;
  /** The record that is in memory. */
  #loaded: Int32Array | undefined;
  readonly #scratch: readonly number[];
  #team: Team | undefined;
  /** Why nothing can be trusted any more that this model holds. */
  #lost: string | undefined;

  readonly #target: WasmTarget;
  readonly #regions: RegionSupport | undefined;
  readonly #use: ThreadUse;

  constructor(model: ModelSpec, module: WebAssembly.Module, target: WasmTarget, regions: RegionSupport | undefined, use: ThreadUse) {
    this.#target = target;
    this.#regions = regions;
    this.#use = use;
    let end = controlBytes;
    const allocate = (bytes: number): number => {
      const address = end;
      end += align(bytes);
      return address;
    };
    const owned = model.state.filter(({ alias }) => !alias);
    const places = owned.map(({ shape }) => allocate(4 * elementCount(shape as number[])));
    for (const name in model.hyper) this.#hyper[name] = allocate(4);
    this.#rng = allocate(8);
    // Constants may be those of other targets.
    const used = new Set(
      Object.values(target.programs).flatMap(({ buffers }) => buffers.map(({ place, index }) => (place === 'constant' ? index! : -1))),
    );
    const fills: (() => void)[] = [];
    model.constants.forEach(({ data, dtype }, i) => {
      if (!used.has(i)) return;
      const elements = decodeBase64(data, dtype);
      const address = allocate(4 * elements.length);
      this.#constants[i] = address;
      fills.push(() => this.#heap.put(address, dtype, elements));
    });
    this.#scratch = Array.from({ length: use.count }, () => allocate(target.scratch));
    this.#start = end;
    this.#heap = new Heap(use.count > 1 ? makeMemory(end, maximumShared, true) : makeMemory(end, maximumPages, false));
    owned.forEach(({ name, dtype, shape }, i) => {
      this.state.set(name, new WasmMemory(this.#heap, dtype, elementCount(shape as number[]), places[i]!));
    });
    for (const fill of fills) fill();
    const move = (buffer: number, bytes: number): void => this.#move(buffer, bytes);
    const kilnn = {
      memory: this.#heap.memory,
      grow: (loop: number, turn: number) => this.#change((plan) => regions!.grow(plan, loop, turn, move)),
      turns: (loop: number, turns: number) => this.#change((plan) => regions!.turns(plan, loop, turns, move)),
    };
    this.#exports = new WebAssembly.Instance(module, { kilnn, Math: Math as unknown as WebAssembly.ModuleImports })
      .exports as unknown as WasmExports;
    this.#exports.scratch.value = this.#scratch[0];
  }

  get threads(): ThreadUse {
    return this.#team?.use ?? this.#use;
  }

  /** Lets the threads of a crew run programs, too. */
  async join(module: WebAssembly.Module, crew: Crew): Promise<void> {
    const programs = Object.keys(this.#target.programs);
    this.#team = await crew.join({ module, memory: this.#heap.memory, programs, scratch: this.#scratch });
    const { sleeps, patience } = this.#exports;
    sleeps.value = +this.#team.sleeps;
    // Half a minute of sleep after 20,000 spins, or as much spinning.
    patience.value = this.#team.sleeps ? 20_300 : 2 ** 31 - 1;
  }

  run(
    name: string,
    dims: readonly number[],
    args: readonly (WasmMemory | TypedArray)[],
    hyper: Readonly<Record<string, number>>,
    rng: readonly [number, number],
  ): TypedArray[] {
    if (this.#lost) throw lostError(this.#lost);
    const program = this.#target.programs[name]!;
    const plan = this.#plan(program, dims);
    const heap = this.#heap;
    program.buffers.forEach(({ place, index, dtype }, buffer) => {
      if (place !== 'argument') return;
      const arg = args[index!]!;
      heap.put(plan.addresses[buffer]!, dtype, arg instanceof WasmMemory ? arg.heap.take(arg.address, dtype, arg.length) : arg);
    });
    for (const key in hyper) heap.f32[this.#hyper[key]! / 4] = hyper[key]!;
    heap.i32.set(rng, this.#rng / 4);
    const team = this.#team;
    const start = this.#start;
    const own = (): number => (this.#exports[name] as (plan: number) => number)(start);
    const isSplit = plan.records !== undefined && team?.isReady() === true;
    const record = isSplit ? plan.records! : plan.record;
    if (this.#loaded !== record) heap.i32.set(record, start / 4);
    this.#loaded = record;
    this.#current = plan;
    let failed: number;
    try {
      failed = isSplit ? team!.run(name, start, (4 * record.length) / this.#use.count, own) : own();
    } catch (error) {
      throw this.#broken(program, error as Error);
    }
    if (failed) throw this.#regions!.error(plan, failed);
    return this.#finish(program, plan);
  }

  /** A call has stopped on its way. What it has written in its own memory is of no use to anybody; state may have changed in part. */
  #broken({ name, outputs }: Program, error: Error): Error {
    const isThread = error instanceof KilnnError;
    if (isThread && error.code !== 'KN5008') return error;
    const reason = isThread ? error.message : `${name} failed: ${error.message}`;
    if (!outputs.some(({ role }) => role === 'state')) return lostError(`${reason}${isThread ? ', and calls go on in one thread' : ''}`);
    this.#lost = `${reason}, and what it was to change may have changed in part: make the model anew, and load what was saved`;
    return lostError(this.#lost);
  }

  /** Copies results out, then replaces state; all copies of state are made before the first is replaced. */
  #finish({ buffers, outputs }: Program, { addresses, counts }: Plan): TypedArray[] {
    const results: TypedArray[] = [];
    const copies: [WasmMemory, TypedArray | number][] = [];
    for (const { role, buffer, name } of outputs) {
      const { place, dtype } = buffers[buffer]!;
      const address = addresses[buffer]!;
      if (role !== 'state') results.push(this.#heap.take(address, dtype, counts[buffer]!));
      else {
        const own = this.state.get(name)!;
        // What is itself state may be overwritten by an earlier copy.
        if (address !== own.address) copies.push([own, place === 'state' ? this.#heap.take(address, dtype, own.length) : address]);
      }
    }
    for (const [{ address, dtype, length }, source] of copies) {
      if (typeof source === 'number') this.#heap.i32.copyWithin(address / 4, source / 4, source / 4 + length);
      else this.#heap.put(address, dtype, source);
    }
    return results;
  }

  #plan(program: Program, dims: readonly number[]): Plan {
    this.#plans[program.name] ??= new Map();
    const plans = this.#plans[program.name]!;
    const key = dims.join();
    let plan = plans.get(key);
    if (!plan) {
      plan = this.#makePlan(program, Object.fromEntries(program.dims.map((name, i) => [name, dims[i]!])));
      if (plans.size >= plansKept) plans.delete(plans.keys().next().value!);
      plans.set(key, plan);
    }
    return plan;
  }

  #makePlan(program: Program, dims: Record<string, number>): Plan {
    const arena = layOut(program, dims, () => 4, 64);
    const counts = program.buffers.map(({ size }) => evaluateSize(size, dims));
    const plan: Plan = {
      program,
      dims,
      addresses: [],
      rooms: [],
      counts,
      record: new Int32Array(),
      records: undefined,
      end: 0,
      tapeBytes: [],
    };
    // Addresses do not change how long a record is.
    const base = this.#start + align(4 * this.#use.count * makeRecord(plan, 1, this.#regions?.words)!.length);
    plan.end = base + arena.bytes;
    program.buffers.forEach(({ place, name, index }, i) => {
      let address = 0;
      if (place === 'state') address = this.state.get(name!)!.address;
      else if (place === 'hyper') address = this.#hyper[name!]!;
      else if (place === 'rng') address = this.#rng;
      else if (place === 'constant') address = this.#constants[index!]!;
      else if (place === 'arena') address = base + arena.offsets[i]!;
      else if (place !== 'tape') {
        address = plan.end;
        plan.end += align(4 * counts[i]!);
      }
      plan.addresses.push(address);
    });
    this.#heap.ensure(plan.end);
    plan.record = makeRecord(plan, 1, this.#regions?.words)!;
    if (this.#use.count > 1) plan.records = makeRecord(plan, this.#use.count, this.#regions?.words);
    return plan;
  }

  /** Changes the plan that runs. */
  #change(by: (plan: Plan) => void): void {
    const plan = this.#current!;
    const isSplit = this.#loaded === plan.records;
    try {
      by(plan);
    } catch (error) {
      // It may have changed in part.
      this.#plans[plan.program.name]!.clear();
      throw error;
    }
    const { words } = this.#regions!;
    plan.record = makeRecord(plan, 1, words)!;
    if (plan.records) plan.records = makeRecord(plan, this.#use.count, words, true);
    this.#loaded = isSplit ? plan.records! : plan.record;
    this.#heap.i32.set(this.#loaded, this.#start / 4);
  }

  /** Gives a buffer of the plan that runs other memory, of so many bytes. */
  #move(buffer: number, bytes: number): void {
    const { addresses, tapeBytes, end } = this.#current!;
    this.#heap.ensure(end + align(bytes));
    const from = addresses[buffer]! / 4;
    this.#heap.i32.copyWithin(end / 4, from, from + (tapeBytes[buffer] ?? 0) / 4);
    addresses[buffer] = end;
    this.#current!.end = end + align(bytes);
  }

  dispose(): void {
    this.#plans = {};
    this.#team?.dispose();
    this.#heap.release();
  }
}

function align(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}
