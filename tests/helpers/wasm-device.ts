import { packTarget } from '../../compiler/artifact/wasm-code.js';
import { wasmBackend } from '../../compiler/backends/wasm/index.js';
import { wasmLinker } from '../../compiler/backends/wasm/module.js';
import type { Graph } from '../../compiler/ir/graph.js';
import type { LoweredProgram } from '../../compiler/kernel/index.js';
import type { TensorData } from '../../compiler/ops/op.js';
import type { DeviceOptions } from '../../runtime/devices/device.js';
import { wasm, wasmInline } from '../../runtime/wasm.js';
import { regions } from '../../runtime/wasm-regions.js';
import { type OpenProgram, openProgram } from './device-program.js';

/** A model of the program on the runtime's wasm device. */
export function openOnWasm(
  graph: Graph,
  program: LoweredProgram,
  inputs: ReadonlyMap<string, TensorData>,
  options: DeviceOptions = {},
): Promise<OpenProgram> {
  return openProgram(graph, program, inputs, wasmBackend, async (programs, kernels, spec) => {
    const { text, choice, shared } = packTarget({ target: 'wasm', programs: Object.values(programs), kernels, linker: wasmLinker });
    const scratch = Math.max(0, ...[...kernels.values()].map((kernel) => kernel.scratch ?? 0));
    const threads = () => import('../../runtime/wasm-threads.js');
    return wasm({ programs, code: wasmInline(text, choice), scratch, shared, threads }, regions).open(spec, options);
  });
}
