import type { Backend } from './backends/backend.js';
import type { Compilation } from './compilation.js';
import type { ModuleNode } from './frontend/evaluated-model.js';
import { addDims, type Dim, dimNames, dimText, evaluateDim } from './ir/dim.js';
import type { Graph } from './ir/graph.js';
import { shapeText } from './ir/types.js';
import { nodesOf } from './ir/walk.js';
import { arenaFor, leastArena } from './kernel/index.js';
import { kernelsIn, type LoweredProgram, launchesIn, loopsIn } from './kernel/program.js';
import { ops } from './ops/registry.js';

/** What `kilnn inspect` says of a model. */
export interface ModelReport {
  readonly name: string;
  readonly file: string;
  readonly modules: readonly ModuleReport[];
  readonly parameters: number;
  /** Parameters that training changes. */
  readonly trainable: number;
  readonly bytes: { readonly parameters: number; readonly buffers: number; readonly optimizer: number };
  readonly programs: readonly ProgramReport[];
}

/** One line of the tree. */
export interface ModuleReport {
  readonly depth: number;
  /** Name in its parent; '' for the model. */
  readonly name: string;
  readonly className: string;
  /** `in_features=784, out_features=256, bias=True` */
  readonly extraRepr: string;
  /** What its last call in an entry gave, as `[batch, 256]`; undefined where it is not called. */
  readonly output?: string;
  /** Elements of its own parameters, those of its children excluded. */
  readonly parameters: number;
}

export interface ProgramReport {
  readonly name: string;
  /** Operations that would each be a kernel without fusion: all but views and constants. */
  readonly operations: number;
  readonly targets: readonly TargetReport[];
}

export interface TargetReport {
  readonly target: string;
  readonly launches: number;
  readonly kernels: number;
  /** The most bytes of temporary tensors that are needed at once, as a formula: the arena takes about as many. */
  readonly arena: string;
  /** Bytes that a turn of a loop leaves behind for gradients, as a formula; the largest of all loops. */
  readonly tape?: string;
  /** Bytes for the dims that were given, where these are all of the program's. */
  readonly bytes?: { readonly arena: number; readonly least: number; readonly tape?: number };
}

export function reportOf({ model, programs, targets }: Compilation, dims: ReadonlyMap<string, number> = new Map()): ModelReport {
  const own = model.state.filter(({ alias }) => alias === undefined);
  const count = (shape: readonly Dim[]) => shape.reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : 0), 1);
  const elements = new Map(model.state.map(({ name, type }) => [name, count(type.shape)]));
  const sum = (list: readonly { readonly type: { readonly shape: readonly Dim[] } }[]) =>
    list.reduce((total, { type }) => total + count(type.shape), 0);
  const parameters = own.filter(({ kind }) => kind === 'parameter');
  return {
    name: model.name,
    file: model.span.file,
    modules: [...moduleReports(model.modules, elements, new Set(own.map(({ name }) => name)), 0)],
    parameters: sum(parameters),
    trainable: sum(parameters.filter(({ requiresGrad }) => requiresGrad)),
    bytes: {
      parameters: 4 * sum(parameters),
      buffers: 4 * sum(own.filter(({ kind }) => kind === 'buffer')),
      optimizer: 4 * sum(model.optimizer?.state ?? []),
    },
    programs: programs
      .filter(({ kind }) => kind !== 'guard')
      .map(({ name, graph }, i) => ({
        name,
        operations: operationsIn(graph),
        targets: targets.map(({ backend, programs: lowered }) => targetReport(backend, lowered[i]!, dims)),
      })),
  };
}

function targetReport({ target, traits }: Backend, program: LoweredProgram, dims: ReadonlyMap<string, number>): TargetReport {
  const tapes = [...loopsIn(program.launches)].filter((loop) => loop.tapes.length > 0);
  const perTurn = tapes.map((loop) => loop.tapes.reduce<Dim>((sum, { bytes }) => addDims(sum, bytes), 0));
  const known = (dim: Dim): boolean => [...dimNames(dim)].every((name) => dims.has(name));
  const isKnown = program.dims.length > 0 && program.dims.every((name) => dims.has(name)) && perTurn.every(known);
  const { bytes: arena, least } = isKnown ? arenaFor(program, dims, traits) : { bytes: 0, least: 0 };
  return {
    target,
    launches: [...launchesIn(program.launches)].length,
    kernels: kernelsIn(program).length,
    arena: largestOf(leastArena(program, traits.bytes)),
    ...(tapes.length > 0 && { tape: largestOf(perTurn) }),
    ...(isKnown && {
      bytes: { arena, least, ...(tapes.length > 0 && { tape: Math.max(...perTurn.map((bytes) => evaluateDim(bytes, dims))) }) },
    }),
  };
}

function largestOf(sizes: readonly Dim[]): string {
  const texts = [...new Set(sizes.map(dimText))];
  return texts.length > 1 ? `max(${texts.join(', ')})` : (texts[0] ?? '0');
}

/** Tied parameters count where they are owned: under their first name. */
function* moduleReports(
  node: ModuleNode,
  elements: ReadonlyMap<string, number>,
  owned: ReadonlySet<string>,
  depth: number,
): Generator<ModuleReport> {
  const paths = node.parameters.map((name) => (node.path === '' ? name : `${node.path}.${name}`));
  yield {
    depth,
    name: node.name,
    className: node.className,
    extraRepr: node.extraRepr,
    ...(node.output !== undefined && { output: shapeText(node.output.shape) }),
    parameters: paths.reduce((total, path) => total + (owned.has(path) ? elements.get(path)! : 0), 0),
  };
  for (const child of node.children) yield* moduleReports(child, elements, owned, depth + 1);
}

function operationsIn(graph: Graph): number {
  let count = 0;
  for (const node of nodesOf(graph.body)) {
    // A branch or loop is none itself: those within it are counted.
    const kind = ops.get(node.op)?.kind;
    if (kind !== undefined && kind !== 'view' && kind !== 'source') count++;
  }
  return count;
}
