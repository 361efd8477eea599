/** The kernel phase: an optimised graph becomes kernel launches, in order, on planned memory. See README.md. */
import { mulDims, productOf } from '../ir/dim.js';
import type { Graph, Node, Value } from '../ir/graph.js';
import { type Assembled, Assembler } from './assemble.js';
import { lowerSegment } from './lower-segment.js';
import type { LoweredOutput, LoweredProgram, LoweredStep, RefusedFusion } from './program.js';
import { ProgramMemory } from './program-memory.js';
import { inputPlace, isStateRole, type SegmentedLoop, type SegmentStep, segmentGraph } from './segments.js';
import type { TargetTraits } from './target.js';
import { verifyProgram } from './verify.js';

export { Assembler } from './assemble.js';
export { interpretProgram } from './interpret.js';
export { type ArenaReport, arenaFor, leastArena } from './plan-memory.js';
export { kernelKey, printKernel, printKernels, printProgram } from './print.js';
export * from './program.js';
export type { TargetTraits } from './target.js';
export { verifyKernel, verifyProgram } from './verify.js';

/** Lowers a graph for a target. `assembler` may be shared between programs, so that equal kernels become one object. */
export function lowerGraph(graph: Graph, target: TargetTraits, assembler: Assembler = new Assembler()): LoweredProgram {
  const segmented = segmentGraph(graph);
  const results = new Set(segmented.outputs.filter((_, i) => !isStateRole(graph.outputs[i]!.role)));
  const labels = new Map<string, string>();
  for (const input of graph.inputs) labels.set(inputPlace(input), input.name);
  graph.outputs.forEach(({ name }, i) => {
    labels.set(segmented.outputs[i]!, name);
  });
  const isTemporary = (place: string): boolean => /^(value|copy) /.test(place) && !results.has(place);

  const owners = new Map(segmented.owners);
  const literals = new Map<string, Node>();
  const why: RefusedFusion[] = [];
  const lower = (step: SegmentStep): readonly Placed[] => {
    if (step.kind === 'if') return [{ ...step, body: step.body.flatMap(lower), else: step.else.flatMap(lower) }];
    if (step.kind === 'loop') return [{ ...step, body: step.body.flatMap(lower) }];
    const lowered = lowerSegment(step, target, assembler, segmented.values, isTemporary, (place) => labels.get(place));
    why.push(...lowered.why);
    for (const [place, value] of lowered.owners) if (!owners.has(place)) owners.set(place, value);
    for (const [place, node] of lowered.literals) literals.set(place, node);
    return lowered.launches.map((launch) => ({ kind: 'launch', ...launch }));
  };
  const placed = segmented.steps.flatMap(lower);
  const program = withBuffers(graph, placed, segmented.outputs, owners, literals, results, target, why);
  verifyProgram(program, target);
  return program;
}

/** A step whose memory is named by places. */
type Placed =
  | ({ readonly kind: 'launch' } & Assembled)
  | { readonly kind: 'if'; readonly condition: string; readonly body: readonly Placed[]; readonly else: readonly Placed[] }
  | (Omit<SegmentedLoop, 'body'> & { readonly body: readonly Placed[] });

function withBuffers(
  graph: Graph,
  placed: readonly Placed[],
  places: readonly string[],
  owners: ReadonlyMap<string, Value>,
  literals: ReadonlyMap<string, Node>,
  results: ReadonlySet<string>,
  target: TargetTraits,
  why: readonly RefusedFusion[],
): LoweredProgram {
  const memory = new ProgramMemory(graph, owners, literals, results, turnNames(placed));
  const number = (step: Placed): LoweredStep => {
    if (step.kind === 'launch') return { kernel: step.kernel, buffers: step.places.map((place) => memory.bufferOf(place)) };
    if (step.kind === 'if') return { if: memory.bufferOf(step.condition), body: step.body.map(number), else: step.else.map(number) };
    const { flag, body, count, turns, trips, tapes, limit, span } = step;
    return {
      while: memory.bufferOf(flag),
      body: body.map(number),
      limit,
      ...(span && { span }),
      ...(count !== undefined && { count: memory.bufferOf(count) }),
      ...(turns !== undefined && { turns }),
      ...(trips !== undefined && { trips }),
      tapes: tapes.map(({ place, row: { dtype, shape } }) => {
        return { buffer: memory.bufferOf(place), bytes: mulDims(productOf(shape), target.bytes[dtype]) };
      }),
    };
  };
  const launches = placed.map(number);
  const outputs = graph.outputs.map(({ name, role, value }, i): LoweredOutput => {
    const { dtype, shape } = value.type;
    const kind = isStateRole(role) ? 'state' : (role as 'result' | 'gradient');
    return { name, dtype, shape, role: kind, buffer: memory.bufferOf(places[i]!) };
  });
  const buffers = memory.list(launches, new Set(outputs.map(({ buffer }) => buffer)));
  const argumentTensors = graph.inputs
    .filter(({ role }) => role === 'argument')
    .map(({ name, value }) => ({ name, dtype: value.type.dtype, shape: value.type.shape }));
  return {
    name: graph.name,
    dims: memory.dims(),
    arguments: argumentTensors,
    buffers,
    launches,
    outputs,
    constants: memory.constants,
    why,
  };
}

/** Names of sizes that loops bind when they have run. */
function turnNames(placed: readonly Placed[]): Set<string> {
  const names = new Set<string>();
  const visit = (step: Placed): void => {
    if (step.kind === 'if') for (const inner of [...step.body, ...step.else]) visit(inner);
    if (step.kind !== 'loop') return;
    if (step.turns !== undefined) names.add(step.turns);
    step.body.forEach(visit);
  };
  placed.forEach(visit);
  return names;
}
