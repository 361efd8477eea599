import { layOut } from '../../arena.js';
import { decodeBase64 } from '../../base64.js';
import { lostError } from '../../errors.js';
import type { BufferSpec, Launch, ModelSpec, Program, Step as ProgramStep, TargetSpec, WgslKernel } from '../../program.js';
import { type Dims, elementCount, evaluateShape, evaluateSize } from '../../size.js';
import type { Executor, TypedArray } from '../device.js';
import { bytesOf, type GpuDevice, GpuMemory, usage } from './gpu-device.js';
import type { RegionPlan, RegionSupport } from './regions.js';
import { makeStep, type Step } from './step.js';

/** The most workgroups in one dimension of a dispatch, by WebGPU's default limits. */
const maxGroups = 65535;
/** Calls that may be under way before the next one waits for the first of them. */
const maxUnderWay = 32;
/** Plans kept for each model; the oldest goes first. */
const plansKept = 32;

/** A part of a buffer, or where to find it when a call is made. */
type Place = GPUBufferBinding | { readonly argument: number } | { readonly result: number } | { readonly tape: number };

interface PlannedStep extends Step {
  readonly places: readonly Place[];
  readonly uniform: GPUBufferBinding | undefined;
  groups: readonly [number, number];
  /** The last call's bind group and the buffers in it: usable again when arguments and results lie where they did. */
  bound: { readonly buffers: readonly GPUBuffer[]; readonly group: GPUBindGroup } | undefined;
}

/** A program for one binding of its dims. */
interface Plan {
  readonly steps: readonly PlannedStep[];
  readonly dims: Dims;
  /** Where its buffers begin in the arena. */
  readonly offsets: readonly number[];
  readonly tapes: (GPUBuffer | undefined)[];
  /** What runs the loops and branches, where the program has any. */
  regions: RegionPlan<PlannedStep> | undefined;
  /** Buffers for arguments that come from the host, made when first needed. */
  readonly inputs: (GPUBuffer | undefined)[];
  /** Elements of every buffer of the program. */
  readonly counts: readonly number[];
  readonly uniform: GPUBuffer | undefined;
  /** Whether the device has accepted what the plan asks of it. */
  proven: boolean;
}

export class GpuExecutor implements Executor<GpuMemory> {
  readonly state = new Map<string, GpuMemory>();
  readonly #constants: readonly GPUBuffer[];
  /** rng at 0, then a run-time scalar every 256 bytes. */
  readonly #scalars: GPUBuffer;
  readonly #scalarNames: readonly string[];
  readonly #written: number[] = [];
  #arena: GPUBuffer | undefined;
  readonly #plans = new Map<string, Plan>();
  readonly #underWay: Promise<unknown>[] = [];
  #gate: GPUComputePipeline | undefined;
  #disposed = false;

  /** Programs that were run before, with their compiled kernels. */
  readonly #steps = new Map<string, readonly Step[]>();

  readonly #target: TargetSpec<WgslKernel>;
  readonly #support: RegionSupport | undefined;

  constructor(
    readonly device: GpuDevice,
    model: ModelSpec,
    target: TargetSpec<WgslKernel>,
    support?: RegionSupport,
  ) {
    this.#target = target;
    this.#support = support;
    for (const { name, alias, dtype, shape } of model.state) {
      const length = elementCount(shape as readonly number[]);
      // New buffers are zero.
      if (!alias) this.state.set(name, new GpuMemory(dtype, length, device.buffer(bytesOf(length)), this));
    }
    this.#constants = model.constants.map(({ data, dtype }) => {
      const elements = decodeBase64(data, dtype);
      const buffer = device.buffer(bytesOf(elements.length));
      device.fill(buffer, elements);
      return buffer;
    });
    this.#scalarNames = Object.keys(model.hyper);
    this.#scalars = device.buffer(256 * (this.#scalarNames.length + 1));
  }

  /** Compiles the kernels of a program, all at the same time. Rejects with KN5001 when the device does not take one. */
  async #compile({ name, launches }: Program): Promise<void> {
    const program = this.#target.programs[name]!;
    if (launches.some((step) => !('kernel' in step))) this.#gate = await this.#support!.compile(this.device);
    this.#steps.set(
      name,
      await Promise.all(
        [...launchesIn(launches)].map((launch) => makeStep(this.device, program, launch, this.#target.kernels[launch.kernel]!)),
      ),
    );
  }

  run(
    name: string,
    dims: readonly number[],
    args: readonly (GpuMemory | TypedArray)[],
    hyper: Readonly<Record<string, number>>,
    rng: readonly [number, number],
  ): GpuMemory[] | Promise<GpuMemory[]> {
    this.device.check();
    const program = this.#target.programs[name]!;
    // What is never called is never compiled. Host arrays are not to be kept, so they are copied for the time that it takes.
    if (!this.#steps.has(name)) {
      const kept = args.map((arg) => (arg instanceof GpuMemory ? arg : arg.slice()));
      const scalars = { ...hyper };
      return this.#compile(program).then(() => this.run(name, dims, kept, scalars, rng));
    }
    const { gpu } = this.device;
    const first = !this.#plans.get(planKey(program, dims))?.proven;
    if (first) this.device.watch();
    const plan = this.#plan(program, dims);
    this.#writeScalars(hyper, rng);
    const encoder = gpu.createCommandEncoder();
    const inputs = args.map((arg, i) => this.#input(program, plan, arg, i, encoder));
    const results = program.buffers.map((buffer, i) =>
      buffer.place === 'result' ? this.device.allocate(buffer.dtype, plan.counts[i]!) : undefined,
    );
    const end = (last: GPUCommandEncoder): GpuMemory[] | Promise<GpuMemory[]> => {
      const outputs = this.#finish(program, plan, inputs, results, last);
      gpu.queue.submit([last.finish()]);
      return first ? this.#prove(plan, program, outputs) : this.#pace(outputs);
    };
    if (plan.regions) {
      const call = {
        first,
        bind: (step: PlannedStep) => this.#bind(step, plan, inputs, results),
        locate: (buffer: number) => resolve(this.#placeOf(program, buffer, plan), plan, inputs, results),
        check: () => this.#check(),
        // Arguments that nobody else holds would go back to the pool.
        keeps: args,
      };
      return plan.regions.run(call, encoder).then(end);
    }
    const pass = encoder.beginComputePass();
    for (const step of plan.steps) {
      if (step.groups[0] === 0) continue;
      pass.setPipeline(step.pipeline);
      pass.setBindGroup(0, this.#bind(step, plan, inputs, results));
      pass.dispatchWorkgroups(...step.groups);
    }
    pass.end();
    return end(encoder);
  }

  /** Waits for what the device says of a program's first run. */
  async #prove(plan: Plan, program: Program, outputs: GpuMemory[]): Promise<GpuMemory[]> {
    const errors = await Promise.all(this.device.unwatch());
    this.device.check();
    const error = errors.find((found) => found);
    if (error) throw lostError(`the WebGPU device refused to run ${program.name}: ${error.message}`);
    plan.proven = true;
    return outputs;
  }

  /** Keeps the host from running far ahead of the device. */
  #pace(outputs: GpuMemory[]): GpuMemory[] | Promise<GpuMemory[]> {
    this.#underWay.push(this.device.gpu.queue.onSubmittedWorkDone());
    if (this.#underWay.length <= maxUnderWay) return outputs;
    return this.#underWay.shift()!.then(() => outputs);
  }

  #writeScalars(hyper: Readonly<Record<string, number>>, [seed, step]: readonly [number, number]): void {
    const written = this.#written;
    if (written[0] !== seed || written[1] !== step) this.device.fill(this.#scalars, Int32Array.of(seed, step));
    written[0] = seed;
    written[1] = step;
    this.#scalarNames.forEach((name, i) => {
      const value = hyper[name]!;
      if (!Object.is(written[i + 2], value)) this.device.fill(this.#scalars, Float32Array.of(value), 256 * (i + 1));
      written[i + 2] = value;
    });
  }

  /**
   * The buffer of an argument. Host arrays are written to the plan's own, and memory of a model's state is copied where it may change on
   * the way: the model's own, and any where the host waits for the device in between.
   */
  #input(program: Program, plan: Plan, arg: GpuMemory | TypedArray, i: number, encoder: GPUCommandEncoder): GPUBuffer {
    const isHost = !(arg instanceof GpuMemory);
    if (!isHost && arg.owner !== this && !(arg.owner && plan.regions)) return this.device.resident(arg);
    plan.inputs[i] ??= this.device.buffer(bytesOf(elementCount(evaluateShape(program.arguments[i]!.shape, plan.dims))));
    const buffer = plan.inputs[i];
    if (isHost) this.device.fill(buffer, arg);
    else if (arg.length > 0) encoder.copyBufferToBuffer(arg.buffer!, 0, buffer, 0, arg.length * 4);
    return buffer;
  }

  #bind(step: PlannedStep, plan: Plan, inputs: readonly GPUBuffer[], results: readonly (GpuMemory | undefined)[]): GPUBindGroup {
    const bindings = step.places.map((place) => resolve(place, plan, inputs, results));
    const buffers = bindings.map(({ buffer }) => buffer);
    if (step.bound?.buffers.every((buffer, i) => buffer === buffers[i])) return step.bound.group;
    if (step.uniform) bindings.push(step.uniform);
    const entries = bindings.map((resource, binding) => ({ binding, resource }));
    const group = this.device.gpu.createBindGroup({ layout: step.layout, entries });
    step.bound = { buffers, group };
    return group;
  }

  /** Hands out results, then replaces state; a result that lies in memory of another kind is copied. */
  #finish(
    program: Program,
    plan: Plan,
    inputs: readonly GPUBuffer[],
    results: readonly (GpuMemory | undefined)[],
    encoder: GPUCommandEncoder,
  ): GpuMemory[] {
    const outputs: GpuMemory[] = [];
    const replaced: [GPUBuffer, GpuMemory][] = [];
    for (const { role, buffer, name, dtype } of program.outputs) {
      const length = plan.counts[buffer]!;
      const own = results[buffer];
      if (role !== 'state' && own && !outputs.includes(own)) {
        outputs.push(own);
        continue;
      }
      const target = role === 'state' ? this.state.get(name)! : undefined;
      const source = resolve(this.#placeOf(program, buffer, plan), plan, inputs, results);
      if (source.buffer === target?.buffer) continue;
      // What is itself state may be replaced by an earlier copy, so it goes through memory of its own.
      const copy = target && program.buffers[buffer]!.place !== 'state' ? undefined : this.device.allocate(dtype, length);
      const into = (copy ?? target)!;
      if (length > 0) encoder.copyBufferToBuffer(source.buffer, source.offset ?? 0, into.buffer!, 0, length * 4);
      if (!target) outputs.push(into);
      else if (copy) replaced.push([copy.buffer!, target]);
    }
    for (const [from, to] of replaced) if (to.length > 0) encoder.copyBufferToBuffer(from, 0, to.buffer!, 0, to.length * 4);
    return outputs;
  }

  #plan(program: Program, dims: readonly number[]): Plan {
    const key = planKey(program, dims);
    let plan = this.#plans.get(key);
    if (!plan) {
      const oldest = this.#plans.size >= plansKept ? this.#plans.entries().next().value : undefined;
      if (oldest) this.#drop(...oldest);
      plan = this.#makePlan(program, Object.fromEntries(program.dims.map((name, i) => [name, dims[i]!])));
      this.#plans.set(key, plan);
    }
    return plan;
  }

  #drop(key: string, plan: Plan): void {
    this.#plans.delete(key);
    plan.uniform?.destroy();
    plan.regions?.dispose();
    for (const buffer of plan.inputs) buffer?.destroy();
  }

  #makePlan(program: Program, dims: Record<string, number>): Plan {
    const { offsets, bytes } = layOut(program, dims, () => 4, 256);
    if (bytes > 0 && !(this.#arena && this.#arena.size >= bytes)) {
      for (const [key, plan] of [...this.#plans]) this.#drop(key, plan);
      this.#arena?.destroy();
      this.#arena = this.device.buffer(bytes);
    }
    const compiled = this.#steps.get(program.name)!;
    const uniformBytes = compiled.reduce((sum, { launch }) => sum + uniformSpan(launch.sizes.length), 0);
    const uniform = uniformBytes > 0 ? this.device.buffer(uniformBytes, usage.uniform | usage.copyTarget) : undefined;
    let offset = 0;
    const steps = compiled.map((step): PlannedStep => {
      const { sizes, buffers } = step.launch;
      const planned: PlannedStep = {
        ...step,
        places: buffers.map((buffer) => this.#placeOf(program, buffer, { dims, offsets })),
        uniform: sizes.length > 0 ? { buffer: uniform!, offset, size: 4 * sizes.length } : undefined,
        groups: [0, 0],
        bound: undefined,
      };
      this.#measure(planned, dims);
      offset += uniformSpan(sizes.length);
      return planned;
    });
    const counts = program.buffers.map(({ size }) => evaluateSize(size, dims));
    const tapes: (GPUBuffer | undefined)[] = [];
    const host = {
      device: this.device,
      program,
      dispatches: steps,
      dims,
      tapes,
      measure: (step: PlannedStep) => this.#measure(step, dims),
    };
    const regions = this.#gate && program.launches.some((step) => !('kernel' in step)) ? this.#support?.plan(host, this.#gate) : undefined;
    return { steps, dims, offsets, tapes, regions, inputs: [], counts, uniform, proven: false };
  }

  /** Sizes and workgroups of a launch. */
  #measure(step: PlannedStep, dims: Dims): void {
    const { sizes, groups } = step.launch;
    const { uniform } = step;
    if (uniform)
      this.device.fill(
        uniform.buffer,
        Int32Array.from(sizes, (size) => evaluateSize(size, dims)),
        uniform.offset,
      );
    const total = evaluateSize(groups![0], dims);
    const rows = Math.ceil(total / maxGroups);
    step.groups = total === 0 ? [0, 0] : [Math.ceil(total / rows), rows];
  }

  #placeOf(program: Program, buffer: number, plan: Pick<Plan, 'dims' | 'offsets'>): Place {
    const spec = program.buffers[buffer]!;
    if (spec.place === 'argument') return { argument: spec.index! };
    if (spec.place === 'tape') return { tape: buffer };
    return spec.place === 'result' ? { result: buffer } : this.#place(spec, buffer, plan);
  }

  /** Where a buffer lies whose place does not change from call to call. */
  #place({ place, index, name, size }: BufferSpec, buffer: number, plan: Pick<Plan, 'dims' | 'offsets'>): GPUBufferBinding {
    switch (place) {
      case 'state':
        return { buffer: this.state.get(name!)!.buffer! };
      case 'constant':
        return { buffer: this.#constants[index!]! };
      case 'rng':
        return { buffer: this.#scalars, offset: 0, size: 8 };
      case 'hyper':
        return { buffer: this.#scalars, offset: 256 * (this.#scalarNames.indexOf(name!) + 1), size: 4 };
      default:
        return {
          buffer: this.#arena!,
          offset: plan.offsets[buffer]!,
          size: Math.max(4, evaluateSize(size, plan.dims) * 4),
        };
    }
  }

  #check(): void {
    this.device.check();
    if (this.#disposed) throw lostError('this model was disposed of');
  }

  dispose(): void {
    this.#disposed = true;
    for (const [key, plan] of [...this.#plans]) this.#drop(key, plan);
    for (const buffer of [this.#scalars, ...this.#constants, ...(this.#arena ? [this.#arena] : [])]) buffer.destroy();
    for (const { buffer } of this.state.values()) buffer?.destroy();
    this.#arena = undefined;
  }
}

/** All launches, those inside of loops and branches included, in order. */
function launchesIn(steps: readonly ProgramStep[]): Launch[] {
  return steps.flatMap((step) => ('kernel' in step ? [step] : launchesIn('if' in step ? [...step.body, ...step.else] : step.body)));
}

function resolve(place: Place, plan: Plan, inputs: readonly GPUBuffer[], results: readonly (GpuMemory | undefined)[]): GPUBufferBinding {
  if ('argument' in place) return { buffer: inputs[place.argument]! };
  if ('tape' in place) return { buffer: plan.tapes[place.tape]! };
  return 'result' in place ? { buffer: results[place.result]!.buffer! } : place;
}

function planKey(program: Program, dims: readonly number[]): string {
  return `${program.name} ${dims.join()}`;
}

/** Bytes that a launch's sizes take in the uniform buffer: bindings begin at multiples of 256. */
function uniformSpan(sizes: number): number {
  return Math.ceil(sizes / 64) * 256;
}
