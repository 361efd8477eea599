import { compactWgsl } from '../../compiler/backends/wgsl/compact.js';
import { wgslBackend } from '../../compiler/backends/wgsl/index.js';
import type { Graph } from '../../compiler/ir/graph.js';
import { type LoweredProgram, lowerGraph } from '../../compiler/kernel/index.js';
import type { TensorData } from '../../compiler/ops/op.js';
import type { RegionSupport } from '../../runtime/devices/webgpu/regions.js';
import type { WgslKernel } from '../../runtime/program.js';
import { webgpu } from '../../runtime/webgpu.js';
import { regions } from '../../runtime/webgpu-regions.js';
import { type OpenProgram, openProgram } from './device-program.js';
import { openGpu } from './gpu.js';

/** Lowers a graph for webgpu, runs it once through the runtime's device and gives all outputs by name, new state included. */
export async function runOnGpu(graph: Graph, inputs: ReadonlyMap<string, TensorData>): Promise<Map<string, TensorData>> {
  return runProgramOnGpu(graph, lowerGraph(graph, wgslBackend.traits), inputs);
}

export async function runProgramOnGpu(
  graph: Graph,
  program: LoweredProgram,
  inputs: ReadonlyMap<string, TensorData>,
): Promise<Map<string, TensorData>> {
  const { executor, run } = await openOnGpu(graph, program, inputs);
  try {
    return await run(inputs);
  } finally {
    executor.dispose();
  }
}

export function openOnGpu(
  graph: Graph,
  program: LoweredProgram,
  inputs: ReadonlyMap<string, TensorData>,
  support: RegionSupport = regions,
): Promise<OpenProgram> {
  return openProgram(graph, program, inputs, wgslBackend, async (programs, emitted, spec) => {
    // As built modules hold them.
    const sources = compactWgsl([...emitted.values()].map(({ source }) => source));
    const kernels: Record<string, WgslKernel> = Object.fromEntries([...emitted.keys()].map((name, i) => [name, sources[i]!]));
    return webgpu({ programs, kernels }, support).open(spec, { gpu: await openGpu() });
  });
}
