import { loopError, lostError } from '../../errors.js';
import type { IfStep, Launch, LoopStep, Program, Step } from '../../program.js';
import { evaluateSize } from '../../size.js';
import { bytesOf, type GpuDevice, usage } from './gpu-device.js';

/**
 * Loops and branches on the GPU. Whether steps run is decided on the device: launches inside of a loop or branch take their workgroups
 * from a buffer, and a small kernel, the gate, fills that in from the condition: nothing where the steps are not to run. So the kernels
 * themselves are the same everywhere, need no binding more and may hold barriers. A branch needs no answer from the device. Turns of a
 * loop are encoded in chunks of 1, 2, 4, ..., and one read-back a chunk tells whether another is needed: what is encoded past the
 * last turn does nothing. A loop that says how many turns it takes needs no answer. Only where a loop lies inside of a loop or branch the
 * outer one waits for its condition at each turn.
 */

/** A launch as the executor planned it. The workgroups are NaN while they depend on the turns of a loop to come. */
export interface Dispatch {
  readonly launch: Launch;
  readonly pipeline: GPUComputePipeline;
  readonly groups: readonly [number, number];
}

/** What the executor does for a plan's regions. */
export interface RegionHost<D extends Dispatch> {
  readonly device: GpuDevice;
  readonly program: Program;
  /** The launches in order, those inside of loops and branches included. */
  readonly dispatches: readonly D[];
  /** Sizes by name; the turns of loops are added. */
  readonly dims: Record<string, number>;
  /** Memory of the buffers of place `tape`. */
  readonly tapes: (GPUBuffer | undefined)[];
  /** Computes sizes and workgroups of a launch anew. */
  measure(dispatch: D): void;
}

/** What belongs to one call. */
export interface RegionCall<D extends Dispatch> {
  bind(dispatch: D): GPUBindGroup;
  /** Where a buffer lies. */
  locate(buffer: number): GPUBufferBinding;
  /** Whether errors of the device are to be looked for. */
  readonly first: boolean;
  /** Throws when the model was disposed of. */
  check(): void;
  /** What must not be collected before the end. */
  readonly keeps: unknown;
}

/** What a device needs to run loops and branches; modules without any do not import it. */
export interface RegionSupport {
  /** Compiles the gate, once for each device. */
  compile(device: GpuDevice): Promise<GPUComputePipeline>;
  plan<D extends Dispatch>(host: RegionHost<D>, gate: GPUComputePipeline): RegionPlan<D>;
}

export interface RegionPlan<D extends Dispatch> {
  /** Runs everything up to the last launch. Gives the encoder with what is not submitted yet. */
  run(call: RegionCall<D>, encoder: GPUCommandEncoder): Promise<GPUCommandEncoder>;
  dispose(): void;
}

/** Launches, with the row of each in the table of workgroups, and what holds such. */
type Planned<D> = Launched<D> | Branching<D> | Looping<D>;
interface Launched<D> {
  readonly dispatch: D;
  readonly row: number;
}
interface Branching<D> {
  readonly step: IfStep;
  readonly gate: number;
  /** The host asks for the condition: there is a loop inside. */
  readonly waits: boolean;
  readonly body: readonly Planned<D>[];
  readonly else: readonly Planned<D>[];
}
interface Looping<D> {
  readonly step: LoopStep;
  readonly gate: number;
  readonly waits: boolean;
  readonly body: readonly Planned<D>[];
  /** How many turns the first chunk has: as many as the loop took the last time. */
  chunk: number;
  /** The tapes have room for so many turns. */
  room: number;
}

const indirect = 256;

/**
 * One invocation a row of the table from `range.x` to `range.y`. A row holds the workgroups of a launch and the list of steps that it
 * belongs to, 0 where no gate decides: `range.z` is the list that runs when the condition is true, `range.w` the other. The turn that
 * begins is counted. The row before belongs to the gate itself, which does nothing where those around it have it not run: its condition
 * is old then.
 */
const gateCode = `
@group(0) @binding(0) var<storage, read> table: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> flag: array<u32>;
@group(0) @binding(2) var<storage, read_write> count: array<i32>;
@group(0) @binding(3) var<storage, read_write> groups: array<u32>;
@group(0) @binding(4) var<uniform> range: vec4u;
@compute @workgroup_size(64) fn main(@builtin(local_invocation_index) thread: u32) {
  let own = range.x - 1u;
  if (table[own].z != 0u && groups[3u * own] == 0u) { return; }
  let on = flag[0] != 0u;
  let list = select(range.w, range.z, on);
  if (on && thread == 0u) { count[0] += 1; }
  for (var i = range.x + thread; i < range.y; i += 64u) {
    let row = table[i];
    let runs = row.z == list;
    groups[3u * i] = select(0u, row.x, runs);
    groups[3u * i + 1u] = select(0u, row.y, runs);
    groups[3u * i + 2u] = 1u;
  }
}`;
const gateAccess = 'rwwwu';

/** `longestChunk`: turns that are encoded at once at most. */
export function regionsOf(longestChunk: number): RegionSupport {
  return {
    compile: (device) => device.pipeline('gate', gateCode, gateAccess),
    plan: (host, gate) => new Regions(host, gate, longestChunk),
  };
}

export const regions: RegionSupport = /* @__PURE__ */ regionsOf(128);

const loops = (step: Step): boolean => 'while' in step || ('if' in step && [...step.body, ...step.else].some(loops));

class Regions<D extends Dispatch> implements RegionPlan<D> {
  readonly #steps: readonly Planned<D>[];
  /** The launch of each row, undefined for gates, and the list that it is in. */
  readonly #rows: { readonly dispatch: D | undefined; readonly list: number }[] = [];
  readonly #ranges: (readonly [number, number, number, number])[] = [];
  #lists = 0;
  /** Launches whose sizes depend on the turns of a loop. */
  readonly #late: readonly D[];
  readonly #table: GPUBuffer;
  readonly #groups: GPUBuffer;
  readonly #uniform: GPUBuffer;
  /** Counts for branches, which nobody reads, and for the loop that runs in chunks, when the program does not ask for it. */
  readonly #spare: GPUBuffer;
  readonly #tally: GPUBuffer;
  readonly #staging: GPUBuffer;

  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  #call: RegionCall<D> | undefined;
  /** Buffers that larger ones have replaced. */
  readonly #outgrown: GPUBuffer[] = [];
  /** What the device says of submitted work; in a first call only. */
  #errors: Promise<GPUError | null>[] = [];
  #isWatching = false;

  readonly #host: RegionHost<D>;
  readonly #gate: GPUComputePipeline;
  readonly #longestChunk: number;

  constructor(host: RegionHost<D>, gate: GPUComputePipeline, longestChunk: number) {
    this.#host = host;
    this.#gate = gate;
    this.#longestChunk = longestChunk;
    const { device, dispatches } = host;
    const left = [...dispatches];
    this.#steps = this.#plan(host.program.launches, 0, left);
    this.#late = dispatches.filter(({ launch: { sizes, groups } }) =>
      [...sizes, groups![0]].some((size) => Number.isNaN(+evaluateSize(size, host.dims))),
    );
    this.#table = device.buffer(16 * this.#rows.length);
    this.#groups = device.buffer(12 * this.#rows.length, usage.storage | indirect);
    this.#uniform = device.buffer(256 * this.#ranges.length, usage.uniform | usage.copyTarget);
    this.#spare = device.buffer(256);
    this.#tally = device.buffer(256);
    this.#staging = device.buffer(256, usage.mapRead | usage.copyTarget);
    this.#ranges.forEach((range, i) => {
      device.fill(this.#uniform, Int32Array.from(range), 256 * i);
    });
    this.#fillTable();
  }

  #plan(steps: readonly Step[], list: number, left: D[]): Planned<D>[] {
    return steps.map((step): Planned<D> => {
      const row = this.#rows.length;
      if ('kernel' in step) {
        const dispatch = left.shift()!;
        this.#rows.push({ dispatch, list });
        return { dispatch, row };
      }
      this.#rows.push({ dispatch: undefined, list });
      const waits = [...step.body, ...('if' in step ? step.else : [])].some(loops);
      const [on, off] = waits ? [0, 0] : [++this.#lists, ++this.#lists];
      const start = this.#rows.length;
      const body = this.#plan(step.body, on, left);
      const otherwise = 'if' in step ? this.#plan(step.else, off, left) : [];
      const gate = this.#ranges.push([start, this.#rows.length, on, off]) - 1;
      return 'if' in step ? { step, gate, waits, body, else: otherwise } : { step, gate, waits, body, chunk: 1, room: 0 };
    });
  }

  #fillTable(): void {
    const rows = this.#rows.flatMap(({ dispatch, list }) => [...(dispatch?.groups ?? [1, 1]), list, 0]);
    this.#host.device.fill(this.#table, Int32Array.from(rows));
  }

  async run(call: RegionCall<D>, encoder: GPUCommandEncoder): Promise<GPUCommandEncoder> {
    this.#call = call;
    this.#encoder = encoder;
    this.#pass = undefined;
    this.#isWatching = call.first;
    try {
      await this.#walk(this.#steps);
      this.#endPass();
      return this.#encoder;
    } catch (error) {
      this.#unwatch();
      throw error;
    } finally {
      this.#call = undefined;
      for (const buffer of this.#outgrown.splice(0)) buffer.destroy();
    }
  }

  async #walk(steps: readonly Planned<D>[]): Promise<void> {
    for (const step of steps) {
      if ('dispatch' in step) this.#encode(step);
      else if ('room' in step) await this.#loop(step);
      else if (step.waits) await this.#walk((await this.#read(this.#call!.locate(step.step.if)))[0] ? step.body : step.else);
      else this.#encode(step);
    }
  }

  /** What needs no answer from the device; `gated`: it runs only if the gate around it says so. */
  #encode(step: Planned<D>, gated = false): void {
    if ('dispatch' in step) {
      const { dispatch, row } = step;
      if (dispatch.groups[0] > 0) this.#dispatch(dispatch.pipeline, this.#call!.bind(dispatch), gated ? row : dispatch.groups);
    } else if (!('room' in step)) {
      this.#dispatch(this.#gate, this.#gateGroup(step.gate, step.step.if, { buffer: this.#spare }), [1, 1]);
      for (const inner of [...step.body, ...step.else]) this.#encode(inner, true);
    }
  }

  #dispatch(pipeline: GPUComputePipeline, group: GPUBindGroup, groups: number | readonly [number, number]): void {
    this.#pass ??= this.#encoder!.beginComputePass();
    this.#pass.setPipeline(pipeline);
    this.#pass.setBindGroup(0, group);
    if (typeof groups === 'number') this.#pass.dispatchWorkgroupsIndirect(this.#groups, 12 * groups);
    else this.#pass.dispatchWorkgroups(...groups);
  }

  #gateGroup(gate: number, flag: number, count: GPUBufferBinding): GPUBindGroup {
    const { device } = this.#host;
    const range = { buffer: this.#uniform, offset: 256 * gate, size: 16 };
    const resources = [{ buffer: this.#table }, this.#call!.locate(flag), count, { buffer: this.#groups }, range];
    const entries = resources.map((resource, binding) => ({ binding, resource }));
    return device.gpu.createBindGroup({ layout: device.layout(gateAccess), entries });
  }

  #countOf({ count }: LoopStep): GPUBufferBinding {
    return count === undefined ? { buffer: this.#tally } : this.#call!.locate(count);
  }

  async #loop(loop: Looping<D>): Promise<void> {
    const { step, waits } = loop;
    const trips = step.trips === undefined ? undefined : evaluateSize(step.trips, this.#host.dims);
    if (trips! > step.limit) throw loopError(step.where, step.limit);
    const turns = waits
      ? await this.#turnByTurn(loop, trips)
      : trips === undefined
        ? await this.#inChunks(loop)
        : this.#atOnce(loop, trips);
    this.#setCount(step, turns);
    if (step.turns === undefined) return;
    const { dims, program } = this.#host;
    dims[step.turns] = turns;
    program.buffers.forEach(({ place, size }, buffer) => {
      if (place === 'tape') this.#grow(buffer, evaluateSize(size, dims));
    });
    for (const dispatch of this.#late) this.#host.measure(dispatch);
    this.#fillTable();
  }

  /** Everything has been submitted when this is called, so that the count is written in its turn. */
  #setCount(step: LoopStep, turns: number): void {
    const { buffer, offset } = this.#countOf(step);
    this.#host.device.fill(buffer, Int32Array.of(turns), offset);
  }

  /** Encodes so many turns. */
  #turns({ step, gate, body }: Looping<D>, count: number): void {
    const group = this.#gateGroup(gate, step.while, this.#countOf(step));
    for (let i = 0; i < count; i++) {
      this.#dispatch(this.#gate, group, [1, 1]);
      for (const inner of body) this.#encode(inner, true);
    }
  }

  #atOnce(loop: Looping<D>, trips: number): number {
    this.#next();
    this.#setCount(loop.step, -1);
    this.#turns(loop, trips);
    this.#next();
    return trips;
  }

  async #inChunks(loop: Looping<D>): Promise<number> {
    const { step } = loop;
    const { limit, where } = step;
    this.#next();
    this.#setCount(step, -1);
    let encoded = 0;
    for (let size = loop.chunk; ; size = Math.min(2 * size, this.#longestChunk)) {
      const chunk = Math.min(size, limit - encoded);
      this.#makeRoom(loop, encoded + chunk);
      this.#turns(loop, chunk);
      encoded += chunk;
      const [goesOn, last] = await this.#read(this.#call!.locate(step.while), this.#countOf(step));
      if (!goesOn) {
        const turns = last! + 1;
        loop.chunk = Math.max(1, Math.min(turns, this.#longestChunk));
        return turns;
      }
      if (encoded === limit) throw loopError(where, limit);
    }
  }

  async #turnByTurn(loop: Looping<D>, trips: number | undefined): Promise<number> {
    const { step, body } = loop;
    for (let turn = 0; ; turn++) {
      if (trips !== undefined) this.#next();
      if (trips === undefined ? !(await this.#read(this.#call!.locate(step.while)))[0] : turn === trips) return turn;
      if (turn === step.limit) throw loopError(step.where, step.limit);
      this.#setCount(step, turn);
      this.#makeRoom(loop, turn + 1);
      await this.#walk(body);
    }
  }

  #makeRoom(loop: Looping<D>, turns: number): void {
    const { tapes = [], turns: name } = loop.step;
    if (tapes.length === 0 || turns <= loop.room) return;
    const { dims, program } = this.#host;
    loop.room = dims[name!] = Math.max(8, turns, 2 * loop.room);
    for (const tape of tapes) this.#grow(tape, evaluateSize(program.buffers[tape]!.size, dims));
  }

  /** Memory of so many elements at least; those that are there stay. */
  #grow(buffer: number, length: number): void {
    const { device, tapes } = this.#host;
    const before = tapes[buffer];
    const bytes = bytesOf(length);
    // The size is not known yet where another loop is to bind it.
    if (Number.isNaN(bytes) || (before && before.size >= bytes)) return;
    const memory = device.buffer(bytes);
    tapes[buffer] = memory;
    if (!before) return;
    this.#endPass();
    this.#encoder!.copyBufferToBuffer(before, 0, memory, 0, before.size);
    this.#outgrown.push(before);
  }

  /** The first words of some buffers, when all before is done. */
  async #read(...places: readonly GPUBufferBinding[]): Promise<number[]> {
    const { device } = this.#host;
    const call = this.#call!;
    this.#endPass();
    places.forEach(({ buffer, offset = 0 }, i) => {
      this.#encoder!.copyBufferToBuffer(buffer, offset, this.#staging, 4 * i, 4);
    });
    this.#submit();
    try {
      await this.#staging.mapAsync(usage.mapRead, 0, 8);
    } catch (error) {
      await Promise.resolve();
      device.check();
      call.check();
      throw lostError(`a condition could not be read from the WebGPU device: ${(error as Error).message}`);
    }
    const words = [...new Int32Array(this.#staging.getMappedRange(0, 8))];
    this.#staging.unmap();
    const error = (await Promise.all(this.#errors.splice(0))).find((found) => found);
    if (error) throw lostError(`the WebGPU device refused to run ${this.#host.program.name}: ${error.message}`);
    call.check();
    this.#begin();
    return words;
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = undefined;
  }

  /** Hands over what is encoded. */
  #submit(): void {
    this.#endPass();
    this.#host.device.gpu.queue.submit([this.#encoder!.finish()]);
    this.#unwatch();
  }

  #next(): void {
    this.#submit();
    this.#begin();
  }

  #begin(): void {
    const { device } = this.#host;
    if (this.#call!.first) device.watch();
    this.#isWatching = this.#call!.first;
    this.#encoder = device.gpu.createCommandEncoder();
  }

  #unwatch(): void {
    if (this.#isWatching) this.#errors.push(...this.#host.device.unwatch());
    this.#isWatching = false;
  }

  dispose(): void {
    for (const buffer of [this.#table, this.#groups, this.#uniform, this.#spare, this.#tally, this.#staging, ...this.#host.tapes])
      buffer?.destroy();
  }
}
