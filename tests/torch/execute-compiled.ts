/** Runs a computation as a build would: traced, differentiated, optimised, lowered and printed for a target. */
import { jsBackend } from '../../compiler/backends/js/index.js';
import { wasmBackend } from '../../compiler/backends/wasm/index.js';
import type { Graph } from '../../compiler/ir/graph.js';
import { isFloat } from '../../compiler/ir/types.js';
import { lowerGraph } from '../../compiler/kernel/index.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { cotangentName, vjpGraph } from '../../compiler/passes/differentiate/index.js';
import { optimize } from '../../compiler/passes/index.js';
import { runOnGpu } from '../helpers/gpu-program.js';
import { runJsProgram } from '../helpers/js-program.js';
import { runWasmProgram } from '../helpers/wasm-program.js';
import type { Figures, TensorRecord } from './cases.js';
import type { Computation, Execute, Results } from './run-case.js';
import { dataOf, trace } from './trace.js';

type Run = (graph: Graph, inputs: ReadonlyMap<string, TensorData>) => Promise<ReadonlyMap<string, TensorData>>;

const executeBy =
  (run: Run): Execute =>
  async (computation) => {
    const { graph, inputs, unreached } = optimizedGraph(computation);
    const found = await run(graph, inputs);
    const results: Record<'outputs' | 'gradients', Record<string, Figures>> = { outputs: {}, gradients: {} };
    for (const { name, role } of graph.outputs) {
      const given = name.slice(name.indexOf('.') + 1);
      if (role === 'gradient' && unreached.includes(given)) continue;
      results[role === 'gradient' ? 'gradients' : 'outputs'][given] = found.get(name)!;
    }
    return results satisfies Results;
  };

/** In JavaScript, every access checked. */
export const executeJs = executeBy((graph, inputs) => runJsProgram(graph, lowerGraph(graph, jsBackend.traits), inputs));

/** In WebAssembly, every write checked. */
export const executeWasm = executeBy(async (graph, inputs) => runWasmProgram(graph, lowerGraph(graph, wasmBackend.traits), inputs));

/** In WGSL through the runtime's device. */
export const executeWebgpu = executeBy(runOnGpu);

/**
 * The computation with zeros in the place of numbers below float32's normal range, for which WGSL lets a device take them
 * (https://www.w3.org/TR/WGSL/#floating-point-evaluation). Undefined when it has no such numbers.
 */
export function withoutSubnormals(computation: Computation): Computation | undefined {
  const isSubnormal = (value: number | string) => typeof value === 'number' && value !== 0 && Math.abs(value) < 2 ** -126;
  const records = Object.entries(computation.inputs);
  if (!records.some(([, { data }]) => data.some(isSubnormal))) return undefined;
  const inputs = records.map(([name, record]): [string, TensorRecord] => [
    name,
    { ...record, data: record.data.map((value) => (isSubnormal(value) ? 0 * Math.sign(Number(value)) : value)) },
  ]);
  return { ...computation, inputs: Object.fromEntries(inputs) };
}

interface Traced {
  readonly graph: Graph;
  readonly inputs: ReadonlyMap<string, TensorData>;
  readonly unreached: readonly string[];
}

const known = new WeakMap<Computation, Traced>();

/** What a build lowers, made once for all targets. */
function optimizedGraph(computation: Computation): Traced {
  let found = known.get(computation);
  if (found === undefined) {
    const traced = gradientGraph(computation);
    found = { ...traced, graph: optimize(traced.graph) };
    known.set(computation, found);
  }
  return found;
}

/** Outputs and gradients in one graph, where `output.` and `gradient.` keep the names apart. */
function gradientGraph(computation: Computation) {
  const { graph: forward, inputs } = trace(computation);
  const numbers = new Map(inputs);
  const { cotangents, differentiate } = computation;
  const names = Object.keys(cotangents);
  let graph = forward;
  let unreached: readonly string[] = [];
  if (names.length > 0 && differentiate.length > 0) {
    const outputs = names.filter((name) => isFloat(forward.outputs.find((output) => output.name === name)!.value.type.dtype));
    ({ graph, unreached } = vjpGraph(forward, { outputs, withRespectTo: differentiate }));
    for (const name of outputs) numbers.set(cotangentName(name), dataOf(cotangents[name]!));
  }
  const outputs = graph.outputs.map((output) => ({
    ...output,
    name: `${output.role === 'gradient' ? 'gradient' : 'output'}.${output.name}`,
  }));
  return { graph: { ...graph, outputs }, inputs: numbers, unreached };
}
