/** The kernel phase: an optimised graph becomes an ordered list of kernel launches on planned memory. See README.md. */
import { type Dim, dimNames, mulDims, productOf } from '../ir/dim.js';
import type { Graph, Node, Value } from '../ir/graph.js';
import { numbersAttribute } from '../ops/attributes.js';
import type { TensorData } from '../ops/op.js';
import { Assembler } from './assemble.js';
import { type Cluster, type Context, clusterOf } from './cluster.js';
import { fuse } from './fuse.js';
import { planLaunches, schedule } from './launches.js';
import { isStateRole, legalise, type WorkGraph } from './legalise.js';
import { lowerCluster } from './lower.js';
import { materialise } from './materialise.js';
import { orderConstraints, type Step } from './order-constraints.js';
import { planArena } from './plan-memory.js';
import type { LoweredBuffer, LoweredLaunch, LoweredOutput, LoweredProgram, RefusedFusion } from './program.js';
import { ScalarBuilder } from './scalar.js';
import { planState, type StatePlan } from './state.js';
import type { TargetTraits } from './target.js';
import { verifyProgram } from './verify.js';

export { Assembler } from './assemble.js';
export { interpretProgram } from './interpret.js';
export { kernelKey, printKernel, printKernels, printProgram } from './print.js';
export type * from './program.js';
export type { TargetTraits } from './target.js';
export { verifyKernel, verifyProgram } from './verify.js';

/**
 * Lowers a graph for a target. `assembler` may be shared between programs, so that equal kernels become one object.
 * Throws for ops of kind `control`.
 */
export function lowerGraph(graph: Graph, target: TargetTraits, assembler: Assembler = new Assembler()): LoweredProgram {
  const work = legalise(graph, target);
  const planned = planClusters(work, target);
  const launches = planLaunches(planned.steps, planned.state, target);
  const isTemporary = (value: Value): boolean => placeOf(work, planned.state.memoryOf(value), value).place === 'arena';
  const ordered = schedule(launches, isTemporary);

  const memory = new ProgramMemory(work, planned, target);
  const assembled = ordered.map((launch) =>
    assembler.assemble(
      launch.steps.map((step) => lowerCluster(planned.context, step.cluster, planned.state)),
      memory,
    ),
  );
  const program = memory.program(graph, assembled, planned.why);
  verifyProgram(program, target);
  return program;
}

interface Planned {
  readonly context: Context;
  readonly steps: readonly Step[];
  readonly state: StatePlan;
  readonly why: readonly RefusedFusion[];
}

/** Fuses, and writes state in place where that is safe; what turned out unsafe is excluded and everything planned anew. */
function planClusters(work: WorkGraph, target: TargetTraits): Planned {
  const excluded = new Set<Value>();
  for (;;) {
    const build = new ScalarBuilder();
    const { context, roots } = materialise(work, target, build);
    const state = planState(work, roots, excluded);
    const { clusters, why } = fuse(work, context, roots, state, target);
    const { steps, refused } = orderConstraints(context, clusters, state);
    if (refused.size === 0) return withFinalCopies(work, { context, steps, state, why });
    for (const value of refused) excluded.add(value);
  }
}

/** State that was not written in place is copied there when all that read the old value have run. */
function withFinalCopies(work: WorkGraph, planned: Planned): Planned {
  const old = new Map(work.inputs.filter(({ role }) => isStateRole(role)).map(({ name, value }) => [name, value]));
  const definition = new Map<Value, Node>(planned.context.definition);
  const places = new Map<Value, string>();
  const steps = [...planned.steps];
  let nextId =
    Math.max(-1, ...work.inputs.map(({ value }) => value.id), ...work.nodes.flatMap((node) => node.outputs.map(({ id }) => id))) + 1;
  for (const { output, value } of work.outputs) {
    if (!value || !isStateRole(output.role) || planned.state.inPlace.has(value)) continue;
    const copy: Value = { id: nextId++, type: value.type };
    definition.set(copy, { op: 'stopGradient', inputs: [value], attributes: {}, outputs: [copy], regions: [] });
    places.set(copy, `state ${output.name}`);
    const before = old.get(output.name);
    const cluster: Cluster = clusterOf(copy, undefined, undefined);
    const earlier = planned.steps.filter((step) => writes(step, value) || (before !== undefined && step.reads.has(before)));
    steps.push({ cluster, reads: new Set([value]), before: new Set(earlier) });
  }
  const { state } = planned;
  return {
    ...planned,
    context: { ...planned.context, definition },
    steps,
    state: { ...state, memoryOf: (value) => places.get(value) ?? state.memoryOf(value) },
  };
}

function writes(step: Step, value: Value): boolean {
  return step.cluster.scatter?.value === value || step.cluster.computed.some((computed) => computed.value === value);
}

/** Which place the memory named `place` is. */
function placeOf(work: WorkGraph, place: string, value: Value): Omit<LoweredBuffer, 'dtype' | 'size'> {
  const space = place.indexOf(' ');
  const [kind, name] = [place.slice(0, space), place.slice(space + 1)];
  if (kind === 'argument') {
    const index = work.inputs.filter(({ role }) => role === 'argument').findIndex((input) => input.name === name);
    return { place: 'argument', index, name };
  }
  if (kind === 'state' || kind === 'hyper') return { place: kind, name };
  if (kind === 'rng') return { place: 'rng' };
  if (work.definition.get(value)?.op === 'literal') return { place: 'constant' };
  const output = work.outputs.find((own) => own.value !== undefined && `value ${own.value.id}` === place);
  return { place: output && !isStateRole(output.output.role) ? 'result' : 'arena' };
}

interface Planning {
  readonly buffer: LoweredBuffer;
  readonly place: string;
}

/** Buffers of a program, made as kernels ask for them. */
class ProgramMemory {
  private readonly values = new Map<number, Value>();
  private readonly labels = new Map<string, string>();

  constructor(
    private readonly work: WorkGraph,
    private readonly planned: Planned,
    private readonly target: TargetTraits,
  ) {
    for (const { name, value } of work.inputs) {
      this.values.set(value.id, value);
      this.labels.set(this.place(value), name);
    }
    for (const value of planned.context.definition.keys()) this.values.set(value.id, value);
    for (const { output, value } of work.outputs) if (value) this.labels.set(this.place(value), output.name);
  }

  value(id: number): Value {
    return this.values.get(id)!;
  }

  place(value: Value): string {
    return this.planned.state.memoryOf(value);
  }

  label(value: Value): string | undefined {
    return this.labels.get(this.place(value));
  }

  program(
    graph: Graph,
    assembled: readonly { kernel: LoweredLaunch['kernel']; places: readonly string[] }[],
    why: readonly RefusedFusion[],
  ): LoweredProgram {
    const buffers: Planning[] = [];
    const constants: TensorData[] = [];
    const numbers = new Map<string, number>();
    const owner = this.owners();
    const bufferOf = (place: string): number => {
      let number = numbers.get(place);
      if (number === undefined) {
        const value = owner.get(place)!;
        number = buffers.length;
        numbers.set(place, number);
        const at = placeOf(this.work, place, value);
        const index = at.place === 'constant' ? constants.push(literalData(this.work.definition.get(value)!)) - 1 : at.index;
        const buffer = { ...at, dtype: value.type.dtype, size: productOf(value.type.shape), ...(index !== undefined && { index }) };
        buffers.push({ buffer, place });
      }
      return number;
    };
    const launches = assembled.map(({ kernel, places }): LoweredLaunch => ({ kernel, buffers: places.map(bufferOf) }));
    const outputs = this.work.outputs.map(({ output, value }): LoweredOutput => {
      const { name, role } = output;
      const { dtype, shape } = output.value.type;
      const isState = isStateRole(role);
      const place = isState ? `state ${name}` : this.place(value!);
      if (!owner.has(place)) owner.set(place, output.value);
      return { name, dtype, shape, role: isState ? 'state' : (role as 'result' | 'gradient'), buffer: bufferOf(place) };
    });
    const { placed, slots } = this.placeInArena(buffers, launches);
    const argumentTensors = graph.inputs
      .filter(({ role }) => role === 'argument')
      .map(({ name, value }) => ({ name, dtype: value.type.dtype, shape: value.type.shape }));
    return {
      name: graph.name,
      dims: dimsOf(graph, buffers),
      arguments: argumentTensors,
      buffers: placed,
      slots,
      launches,
      outputs,
      constants,
      why,
    };
  }

  /** A value of each memory: its size and dtype are the memory's. */
  private owners(): Map<string, Value> {
    const owner = new Map<string, Value>();
    for (const value of this.values.values()) {
      const place = this.place(value);
      if (!owner.has(place)) owner.set(place, value);
    }
    return owner;
  }

  private placeInArena(
    buffers: readonly Planning[],
    launches: readonly LoweredLaunch[],
  ): { placed: LoweredBuffer[]; slots: readonly Dim[] } {
    const temporary = buffers.map((_, i) => i).filter((i) => buffers[i]!.buffer.place === 'arena');
    const lifetimes = temporary.map((i) => {
      const touching = launches.flatMap((launch, at) => (launch.buffers.includes(i) ? [at] : []));
      const { dtype, size } = buffers[i]!.buffer;
      return { bytes: mulDims(size, this.target.bytes[dtype]), first: touching[0]!, last: touching.at(-1)! };
    });
    const { slotOf, slots } = planArena(lifetimes);
    const placed = buffers.map(({ buffer }) => buffer);
    temporary.forEach((i, at) => {
      placed[i] = { ...placed[i]!, index: slotOf[at]! };
    });
    return { placed, slots };
  }
}

function dimsOf(graph: Graph, buffers: readonly Planning[]): string[] {
  const names = new Set<string>();
  for (const { role, value } of graph.inputs) if (role === 'argument') for (const dim of value.type.shape) dimNames(dim, names);
  for (const { buffer } of buffers) dimNames(buffer.size, names);
  return [...names];
}

function literalData(node: Node): TensorData {
  const { dtype, shape } = node.outputs[0]!.type;
  const values = numbersAttribute(node.op, node.attributes, 'values');
  const data = dtype === 'i32' ? Int32Array.from(values) : dtype === 'bool' ? Uint8Array.from(values) : Float32Array.from(values);
  return { dtype, shape: shape as readonly number[], data };
}
