import type { ModuleTarget } from '../../compiler/artifact/plan.js';
import type { EmittedKernel } from '../../compiler/backends/backend.js';
import type { EvaluatedModel } from '../../compiler/frontend/evaluated-model.js';
import { addDims, type Dim, floorDivDims, modDims, mulDims, namedDim, subDims } from '../../compiler/ir/dim.js';
import type { Graph, GraphOutput } from '../../compiler/ir/graph.js';
import type { TensorType } from '../../compiler/ir/types.js';
import type { Kernel } from '../../compiler/kernel/kernel.js';
import type { LoweredProgram, LoweredTensor } from '../../compiler/kernel/program.js';
import type { Launch, Program, Size } from '../../runtime/program.js';
import { spec, target } from '../runtime/hand-mlp.js';

/** The hand-written MLP as the phases before the artifact would hand it over: what is written of it must be what it was. */

const apply = { '+': addDims, '-': subDims, '*': mulDims, '/': floorDivDims, '%': modDims };

export function dimOf(size: Size): Dim {
  if (typeof size === 'number') return size;
  return typeof size === 'string' ? namedDim(size) : apply[size[0]](dimOf(size[1]), dimOf(size[2]));
}

const typeOf = ({ dtype, shape }: { dtype: LoweredTensor['dtype']; shape: readonly Size[] }): TensorType => ({
  dtype,
  shape: shape.map(dimOf),
});

const emitted = new Map<Kernel, EmittedKernel>();

function lowered(program: Program): LoweredProgram {
  return {
    name: program.name,
    dims: program.dims,
    arguments: program.arguments.map((tensor) => ({ name: tensor.name, ...typeOf(tensor) })),
    buffers: program.buffers.map((buffer) => ({ ...buffer, size: dimOf(buffer.size) })),
    launches: (program.launches as readonly Launch[]).map(({ kernel: name, buffers, sizes }) => {
      const kernel: Kernel = { name, tensors: [], parts: [] };
      emitted.set(kernel, { source: String(target.kernels[name]), sizes: sizes.map(dimOf) });
      return { kernel, buffers };
    }),
    outputs: program.outputs.map((output) => ({ ...output, shape: output.shape.map(dimOf) })),
    constants: [],
    why: [],
  };
}

/** The js target as the compiler hands it over. */
export const jsTarget: ModuleTarget = {
  backend: { target: 'js' },
  programs: Object.values(target.programs).map(lowered),
  kernels: emitted,
};

const span = { file: 'hand-mlp.ts', start: 0, end: 0 };

/** Only what the artifact looks at: the names and types of results. */
function graph(name: string): Graph {
  const outputs = target.programs[name]!.outputs.filter(({ role }) => role === 'result').map(
    ({ name, ...tensor }, id): GraphOutput => ({ name, role: 'result', value: { id, type: typeOf(tensor) } }),
  );
  const reads = target.programs[name]!.buffers.filter(({ place }) => place === 'state');
  const inputs = reads.map(({ name, dtype, size }, id) => ({
    name: name!,
    role: 'parameter' as const,
    value: { id: 100 + id, type: { dtype, shape: [dimOf(size)] } },
  }));
  return { name, inputs, outputs, body: { parameters: [], nodes: [], results: [] } };
}

const argumentsOf = (name: string) => target.programs[name]!.arguments.map((tensor) => ({ name: tensor.name, type: typeOf(tensor) }));

export const handModel: EvaluatedModel = {
  name: 'HandMlp',
  span,
  modules: { name: '', path: '', className: 'HandMlp', extraRepr: '', children: [], parameters: [], buffers: [] },
  state: spec.state.flatMap((entry) =>
    entry.kind === 'optimizer' ? [] : [{ name: entry.name, kind: entry.kind, type: typeOf(entry), requiresGrad: true, persistent: true }],
  ),
  init: { name: 'init', inputs: [], outputs: [], body: { parameters: [], nodes: [], results: [] } },
  entries: [
    { name: 'forward', kind: 'method', span, arguments: argumentsOf('forward'), result: 'result', graph: graph('forward') },
    { name: 'objective', kind: 'loss', span, arguments: argumentsOf('objective'), result: 'loss', graph: graph('objective') },
  ],
  optimizer: {
    className: 'SGD',
    hyper: spec.hyper,
    parameters: spec.state.flatMap(({ name, kind }) => (kind === 'parameter' ? [name] : [])),
    state: spec.state.flatMap((entry) =>
      entry.kind === 'optimizer'
        ? [
            {
              name: entry.name,
              parameter: entry.name.replace('.momentum_buffer', ''),
              key: 'momentum_buffer',
              dtype: entry.dtype,
              type: typeOf(entry),
              initial: 0,
            },
          ]
        : [],
    ),
    update: () => {
      throw new Error('the update is part of the programs');
    },
  },
};
