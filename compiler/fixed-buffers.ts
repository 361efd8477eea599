/** Buffers outside of the state dictionary (a causal mask, say) whose values the source alone decides. */
import type { EvaluatedModel } from './frontend/evaluated-model.js';
import { interpret } from './interpreter/index.js';
import type { Block, Graph, Value } from './ir/graph.js';
import type { TensorData } from './ops/op.js';
import { eliminateDead } from './passes/eliminate-dead.js';

/** Their initial values by name. Those that random numbers decide are left out: a seed would give others. */
export function fixedBuffers({ state, init }: EvaluatedModel): Map<string, TensorData> {
  const found = new Map<string, TensorData>();
  for (const { name, kind, persistent, alias } of state) {
    if (kind !== 'buffer' || persistent || alias !== undefined) continue;
    const outputs = init.outputs.filter((output) => output.name === name);
    const alone: Graph = eliminateDead({ ...init, outputs, body: { ...init.body, results: outputs.map(({ value }) => value) } });
    if (init.inputs.some(({ value }) => reads(alone.body, value))) continue;
    const values = interpret({ ...alone, inputs: [], body: { ...alone.body, parameters: [] } }, new Map(), { precision: 'f32' });
    found.set(name, asStored(values.get(name)!));
  }
  return found;
}

function reads({ nodes, results }: Block, value: Value): boolean {
  return (
    results.includes(value) || nodes.some(({ inputs, regions }) => inputs.includes(value) || regions.some((block) => reads(block, value)))
  );
}

function asStored({ dtype, shape, data }: TensorData): TensorData {
  return { dtype, shape, data: dtype === 'f32' ? Float32Array.from(data) : data };
}
