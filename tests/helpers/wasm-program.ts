import type { WasmVariant } from '../../compiler/backends/wasm/assemble.js';
import { wasmBackend } from '../../compiler/backends/wasm/index.js';
import { bindDims } from '../../compiler/interpreter/index.js';
import { evaluateDim } from '../../compiler/ir/dim.js';
import type { Graph } from '../../compiler/ir/graph.js';
import type { DType } from '../../compiler/ir/types.js';
import { arenaFor, kernelsIn, type LoweredProgram } from '../../compiler/kernel/index.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { compileWasm, moduleText } from './wasm-kernel.js';

/** Bytes around each buffer that nothing may write. */
const guard = 64;
const pattern = 0xa5;

/** All kernels of a program as one module, helpers once, as a built module has them. */
export function wasmProgramModule(program: LoweredProgram): string {
  return moduleText(kernelsIn(program).map((kernel) => wasmBackend.emit(kernel)));
}

/** Runs a lowered program's WebAssembly, kernel by kernel, each in two pieces where it can be split. Throws when memory of no buffer was written. */
export function runWasmProgram(
  graph: Graph,
  program: LoweredProgram,
  inputs: ReadonlyMap<string, TensorData>,
  variant: WasmVariant = 'simd',
): Map<string, TensorData> {
  const dims = bindDims(graph, inputs);
  const module = compileWasm(wasmProgramModule(program), variant);
  const given = graph.inputs.filter(({ role }) => role === 'argument').map(({ name }) => inputs.get(name)!);
  const rng = graph.inputs.find(({ role }) => role === 'rng');
  const { offsets, bytes: arenaBytes } = arenaFor(program, dims, wasmBackend.traits);
  const emitted = kernelsIn(program).map((kernel) => ({ kernel, ...wasmBackend.emit(kernel) }));
  const scratchBytes = Math.max(0, ...emitted.map(({ scratch = 0 }) => scratch));
  let end = guard;
  const take = (bytes: number): number => {
    const start = end;
    end = Math.ceil((start + bytes) / 64) * 64 + guard;
    return start;
  };
  const scratch = take(scratchBytes);
  const arena = take(arenaBytes);
  const counts = program.buffers.map(({ size }) => evaluateDim(size, dims));
  const starts = program.buffers.map(({ place }, i) => (place === 'arena' ? arena + offsets[i]! : take(counts[i]! * 4)));
  const memory = new WebAssembly.Memory({ initial: Math.ceil(end / 65536), maximum: 65536 });
  const bytes = new Uint8Array(memory.buffer).fill(pattern);
  const untouched = Buffer.from(memory.buffer.slice(0));
  const views = program.buffers.map(({ dtype }, i) => viewOf(dtype, memory.buffer, starts[i]!, counts[i]!));
  for (const [i, { place, index, name }] of program.buffers.entries()) {
    if (place === 'argument') views[i]!.set(given[index!]!.data);
    else if (place === 'constant') views[i]!.set(program.constants[index!]!.data);
    else if (place === 'rng') views[i]!.set(inputs.get(rng!.name)!.data);
    else if (name !== undefined && inputs.has(name)) views[i]!.set(inputs.get(name)!.data);
  }
  const { exports } = new WebAssembly.Instance(module, { kilnn: { memory }, Math: Math as unknown as WebAssembly.ModuleImports });
  (exports.scratch as WebAssembly.Global).value = scratch;
  for (const step of program.launches) {
    if (!('kernel' in step)) throw new Error('loops and branches need the runtime');
    const number = emitted.findIndex(({ kernel }) => kernel === step.kernel);
    const { sizes, grains } = emitted[number]!;
    const run = exports[`run${number}`] as (...args: readonly number[]) => void;
    const args = [...step.buffers.map((buffer) => starts[buffer]!), ...sizes.map((size) => evaluateDim(size, dims))];
    if (grains === undefined) run(...args);
    else {
      const count = evaluateDim(grains, dims);
      run(...args, count >> 1, count);
      run(...args, 0, count >> 1);
    }
  }
  for (const [start, length] of [...starts.map((start, i) => [start, counts[i]! * 4] as const), [scratch, scratchBytes] as const]) {
    untouched.set(bytes.subarray(start, start + length), start);
  }
  if (!untouched.equals(bytes))
    throw new Error(`byte ${untouched.findIndex((byte, i) => byte !== bytes[i])} is of no buffer and was written`);
  return new Map(
    program.outputs.map(({ name, dtype, shape, buffer }) => {
      const data = dtype === 'bool' ? Uint8Array.from(views[buffer]!) : views[buffer]!;
      return [name, { dtype, shape: shape.map((dim) => evaluateDim(dim, dims)), data }];
    }),
  );
}

function viewOf(dtype: DType, buffer: ArrayBuffer, start: number, count: number): Float32Array | Int32Array {
  return dtype === 'f32' || dtype === 'f64' ? new Float32Array(buffer, start, count) : new Int32Array(buffer, start, count);
}
