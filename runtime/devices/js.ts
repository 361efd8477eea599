import { emptyArray } from '../array.js';
import { decodeBase64 } from '../base64.js';
import { loopError } from '../errors.js';
import type { JsKernel, LoopStep, ModelSpec, Program, Step, TargetSpec } from '../program.js';
import { evaluateSize } from '../size.js';
import type { Device, Executor, Target, TypedArray } from './device.js';

/** Ordinary memory and JavaScript kernels: every call is done when it returns. Tensors on it have no `home`. */
const device: Device<TypedArray> = {
  kind: 'js',
  write: (memory, data) => memory.set(data),
  read: (memories) => memories.map((memory) => memory.slice()),
};

/** The js target of a built module: plans and kernels as real functions. */
export function js(target: TargetSpec<JsKernel>): Target {
  return { kind: 'js', programs: target.programs, open: (model) => new JsExecutor(model, target) };
}

/** A kernel with its arguments: typed arrays and sizes. Those of arguments and results are put in at each call. */
interface Call {
  readonly kernel: (...args: unknown[]) => void;
  readonly args: (TypedArray | number)[];
}

type Planned =
  | Call
  | { readonly if: number; readonly body: readonly Planned[]; readonly else: readonly Planned[] }
  /** The tapes have room for so many turns. */
  | { readonly loop: LoopStep; readonly body: readonly Planned[]; room: number };

/** A program for one binding of its dims: every view and size is ready, so that a call makes nothing but its results. */
interface Plan {
  readonly steps: readonly Planned[];
  /** Named sizes; loops add theirs. */
  readonly dims: Record<string, number>;
  /** What depends on sizes of loops. */
  readonly late: readonly (() => void)[];
  /** Where the memory of each buffer goes. */
  readonly uses: readonly (readonly Hole[])[];
  /** Where the memory of each argument goes. */
  readonly holes: readonly (readonly Hole[])[];
  readonly buffers: (TypedArray | undefined)[];
  readonly fresh: readonly { readonly buffer: number; readonly size: number; readonly holes: readonly Hole[] }[];
}
type Hole = readonly [args: (TypedArray | number | undefined)[], position: number];

/** Plans kept for each program; the oldest goes first. Sequences of many lengths would otherwise pile up. */
const plansKept = 32;

class JsExecutor implements Executor<TypedArray> {
  readonly device = device;
  readonly state = new Map<string, TypedArray>();
  /** The arrays in `state`. */
  private readonly owned: ReadonlySet<TypedArray>;
  private readonly constants: readonly TypedArray[];
  private readonly hyper: Record<string, Float32Array> = {};
  private readonly rng = new Int32Array(2);
  /** One arena for all programs: nothing in it outlives a call. */
  private arena = new ArrayBuffer(0);
  private plans: Record<string, Map<string, Plan>> = {};

  constructor(
    model: ModelSpec,
    private readonly target: TargetSpec<JsKernel>,
  ) {
    for (const entry of model.state) if (!entry.alias) this.state.set(entry.name, emptyArray(entry.dtype, countOf(entry.shape)));
    this.owned = new Set(this.state.values());
    for (const name in model.hyper) this.hyper[name] = new Float32Array(1);
    this.constants = model.constants.map((constant) => decodeBase64(constant.data, constant.dtype));
  }

  run(
    name: string,
    dims: readonly number[],
    args: readonly TypedArray[],
    hyper: Readonly<Record<string, number>>,
    rng: readonly [number, number],
  ): TypedArray[] {
    const program = this.target.programs[name]!;
    const plan = this.plan(program, dims);
    // A program that changes state must not change an argument with it.
    const inputs = args.map((arg) => (this.owned.has(arg) ? arg.slice() : arg));
    for (const key in hyper) this.hyper[key]![0] = hyper[key]!;
    this.rng[0] = rng[0];
    this.rng[1] = rng[1];
    for (let i = 0; i < inputs.length; i++) {
      for (const [list, position] of plan.holes[i]!) list[position] = inputs[i]!;
    }
    for (const { buffer, size, holes } of plan.fresh) {
      const memory = emptyArray(program.buffers[buffer]!.dtype, size);
      plan.buffers[buffer] = memory;
      for (const [list, position] of holes) list[position] = memory;
    }
    walk(program, plan, plan.steps);
    return this.finish(program, plan);
  }

  /** Hands out results, then replaces state; a result that lies in memory of another kind is copied. */
  private finish(program: Program, plan: Plan): TypedArray[] {
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

  private plan(program: Program, dims: readonly number[]): Plan {
    this.plans[program.name] ??= new Map();
    const plans = this.plans[program.name]!;
    const key = dims.join();
    let plan = plans.get(key);
    if (!plan) {
      const named = Object.fromEntries(program.dims.map((name, i) => [name, dims[i]!]));
      plan = this.makePlan(program, named);
      if (plans.size >= plansKept) plans.delete(plans.keys().next().value!);
      // A larger arena drops all plans, so the map is looked up again.
      this.plans[program.name] ??= new Map();
      this.plans[program.name]!.set(key, plan);
    }
    return plan;
  }

  private makePlan(program: Program, dims: Record<string, number>): Plan {
    const offsets: number[] = [];
    let bytes = 0;
    for (const slot of program.slots) {
      offsets.push(bytes);
      bytes += Math.ceil(evaluateSize(slot, dims) / 256) * 256;
    }
    if (bytes > this.arena.byteLength) {
      this.arena = new ArrayBuffer(bytes);
      this.plans = {};
    }
    const buffers = program.buffers.map(({ place, dtype, size, index, name }): TypedArray | undefined => {
      if (place === 'state') return this.state.get(name!)!;
      if (place === 'hyper') return this.hyper[name!]!;
      if (place === 'rng') return this.rng;
      if (place === 'constant') return this.constants[index!]!;
      if (place === 'tape') return emptyArray(dtype, 0);
      if (place !== 'arena') return undefined;
      const count = evaluateSize(size, dims);
      const offset = offsets[index!]!;
      if (dtype === 'bool') return new Uint8Array(this.arena, offset, count);
      return dtype === 'f32' ? new Float32Array(this.arena, offset, count) : new Int32Array(this.arena, offset, count);
    });
    const uses = program.buffers.map((): Hole[] => []);
    const late: (() => void)[] = [];
    const planned = (launch: Step): Planned => {
      if ('if' in launch) return { if: launch.if, body: launch.body.map(planned), else: launch.else.map(planned) };
      if ('while' in launch) return { loop: launch, body: launch.body.map(planned), room: 0 };
      const args: (TypedArray | number)[] = [];
      launch.buffers.forEach((buffer, position) => {
        args.push(buffers[buffer] ?? 0);
        uses[buffer]!.push([args, position]);
      });
      for (const size of launch.sizes) {
        const at = args.push(evaluateSize(size, dims)) - 1;
        // The number of a loop's turns is not known before.
        if (Number.isNaN(+args[at]!)) late.push(() => (args[at] = evaluateSize(size, dims)));
      }
      return { kernel: this.target.kernels[launch.kernel] as Call['kernel'], args };
    };
    const steps = program.launches.map(planned);
    const holes = program.arguments.map((): Hole[] => []);
    const fresh: { buffer: number; size: number; holes: Hole[] }[] = [];
    program.buffers.forEach(({ place, size, index }, buffer) => {
      if (place === 'argument') holes[index!]!.push(...uses[buffer]!, [buffers, buffer]);
      if (place === 'result') fresh.push({ buffer, size: evaluateSize(size, dims), holes: uses[buffer]! });
    });
    const plan: Plan = { steps, dims, late, uses, holes, buffers, fresh };
    program.buffers.forEach(({ place, size }, buffer) => {
      if (place === 'tape') late.push(() => grow(program, plan, buffer, evaluateSize(size, dims)));
    });
    return plan;
  }

  dispose(): void {
    this.plans = {};
    this.arena = new ArrayBuffer(0);
  }
}

function walk(program: Program, plan: Plan, steps: readonly Planned[]): void {
  const { buffers, dims } = plan;
  for (const step of steps) {
    if ('kernel' in step) step.kernel(...step.args);
    else if ('if' in step) walk(program, plan, buffers[step.if]![0] ? step.body : step.else);
    else {
      const { while: flag, limit, where, count, turns, tapes = [] } = step.loop;
      const counter = buffers[count!];
      let turn = 0;
      for (; buffers[flag]![0]; turn++) {
        if (turn === limit) throw loopError(where, limit);
        if (counter) counter[0] = turn;
        if (tapes[0] !== undefined && turn >= step.room) {
          dims[turns!] = step.room = Math.max(8, 2 * turn);
          for (const tape of tapes) grow(program, plan, tape, evaluateSize(program.buffers[tape]!.size, dims));
        }
        walk(program, plan, step.body);
      }
      if (counter) counter[0] = turn;
      if (turns) {
        dims[turns] = turn;
        for (const update of plan.late) update();
      }
    }
  }
}

/** Makes room for so many elements; those that are there stay. */
function grow(program: Program, { buffers, uses }: Plan, buffer: number, size: number): void {
  const before = buffers[buffer]!;
  if (!(size > before.length)) return;
  const memory = emptyArray(program.buffers[buffer]!.dtype, size);
  memory.set(before as never);
  buffers[buffer] = memory;
  for (const [args, position] of uses[buffer]!) args[position] = memory;
}

function countOf(shape: readonly unknown[]): number {
  return (shape as readonly number[]).reduce((a, b) => a * b, 1);
}
