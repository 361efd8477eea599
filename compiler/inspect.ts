import type { Compilation } from './compilation.js';
import type { ModuleNode } from './frontend/evaluated-model.js';
import { type Dim, dimText } from './ir/dim.js';
import type { Graph } from './ir/graph.js';
import { shapeText } from './ir/types.js';
import { nodesOf } from './ir/walk.js';
import { leastArena } from './kernel/index.js';
import { kernelsIn, launchesIn } from './kernel/program.js';
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
  readonly targets: readonly { readonly target: string; readonly launches: number; readonly kernels: number; readonly arena: string }[];
}

export function reportOf({ model, programs, targets }: Compilation): ModelReport {
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
        targets: targets.map(({ backend, programs: lowered }) => {
          const { launches } = lowered[i]!;
          const sums = leastArena(lowered[i]!, backend.traits.bytes).map(dimText);
          const kernels = kernelsIn(lowered[i]!).length;
          return {
            target: backend.target,
            launches: [...launchesIn(launches)].length,
            kernels,
            arena: sums.length > 1 ? `max(${sums.join(', ')})` : (sums[0] ?? '0'),
          };
        }),
      })),
  };
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
