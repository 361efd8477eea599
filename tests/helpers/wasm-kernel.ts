import type { EmittedKernel } from '../../compiler/backends/backend.js';
import { assembleWasm, type WasmVariant } from '../../compiler/backends/wasm/assemble.js';
import { emitWasm } from '../../compiler/backends/wasm/index.js';
import { evaluateDim } from '../../compiler/ir/dim.js';
import type { Kernel } from '../../compiler/kernel/kernel.js';
import type { Elements } from './gpu-kernel.js';
import { offerRelaxedSimd } from './relaxed-simd.js';

// Kernels are run in both variants.
offerRelaxedSimd(true);

export interface WasmOptions {
  readonly variant?: WasmVariant;
  /** Where the range of grains is cut, as fractions in ascending order; the pieces run from the last to the first. */
  readonly cuts?: readonly number[];
  /** The number of a tensor that ends where memory ends: reading past it traps. */
  readonly last?: number;
}

const printed = new WeakMap<Kernel, EmittedKernel>();

/** Printed once, for a kernel runs in many ways. */
function emittedOf(kernel: Kernel): EmittedKernel {
  const emitted = printed.get(kernel) ?? emitWasm(kernel);
  printed.set(kernel, emitted);
  return emitted;
}

/** The text of a module that exports a kernel as `run0`. */
export function wasmKernelModule(kernel: Kernel): string {
  return moduleText([emittedOf(kernel)]);
}

/** The text of a module of kernels: the first one is exported as `run0`. */
export function moduleText(kernels: readonly EmittedKernel[]): string {
  const texts = [...new Map(kernels.flatMap(({ helpers = [] }) => helpers.map(({ name, source }) => [name, source] as const))).values()];
  const isImport = (text: string): boolean => text.startsWith('(import');
  return [
    '(module',
    '(import "kilnn" "memory" (memory 1 65536))',
    ...texts.filter(isImport),
    '(global $scratch (export "scratch") (mut i32) (i32.const 0))',
    ...texts.filter((text) => !isImport(text)),
    ...kernels.map(({ source }, i) => source.replace(/^\(func \$[^\s()]+/, `(func $run${i} (export "run${i}")`)),
    ')',
  ].join('\n');
}

const modules = new Map<string, WebAssembly.Module>();

/** Assembled once per text. */
export function compileWasm(text: string, variant: WasmVariant): WebAssembly.Module {
  const key = `${variant} ${text}`;
  let module = modules.get(key);
  if (module === undefined) {
    module = new WebAssembly.Module(assembleWasm(text, variant));
    modules.set(key, module);
  }
  return module;
}

/** Bytes around each tensor that nothing may write. */
const guard = 64;
const pattern = 0xa5;

/** Assembles a kernel, runs it on copies of `tensors` (bools take four bytes there) and gives what they hold afterwards. Throws when anything else was written. */
export function runWasmKernel(
  kernel: Kernel,
  tensors: readonly Elements[],
  dims: ReadonlyMap<string, number>,
  { variant = 'simd', cuts = [], last }: WasmOptions = {},
): Elements[] {
  const emitted = emittedOf(kernel);
  const module = compileWasm(wasmKernelModule(kernel), variant);
  let end = guard;
  const starts = tensors.map((elements) => {
    const start = end;
    end = align(start + elements.length * 4) + guard;
    return start;
  });
  const scratch = end;
  end = align(end + (emitted.scratch ?? 0)) + guard;
  if (last !== undefined) end += tensors[last]!.length * 4;
  const pages = Math.ceil(end / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: 65536 });
  if (last !== undefined) starts[last] = pages * 65536 - tensors[last]!.length * 4;
  const bytes = new Uint8Array(memory.buffer).fill(pattern);
  const views = tensors.map((elements, i) => {
    const view =
      elements instanceof Float32Array
        ? new Float32Array(memory.buffer, starts[i]!, elements.length)
        : new Int32Array(memory.buffer, starts[i]!, elements.length);
    view.set(elements);
    return view;
  });
  const untouched = Buffer.from(memory.buffer.slice(0));
  const { exports } = new WebAssembly.Instance(module, { kilnn: { memory }, Math: Math as unknown as WebAssembly.ModuleImports });
  (exports.scratch as WebAssembly.Global).value = scratch;
  const run = exports.run0 as (...args: readonly number[]) => void;
  const args = [...starts, ...emitted.sizes.map((size) => evaluateDim(size, dims))];
  if (emitted.grains === undefined) run(...args);
  else {
    const grains = evaluateDim(emitted.grains, dims);
    const bounds = [0, ...cuts.map((cut) => Math.round(cut * grains)), grains];
    for (let i = bounds.length - 2; i >= 0; i--) run(...args, bounds[i]!, bounds[i + 1]!);
  }
  for (const [i, { access }] of kernel.tensors.entries()) {
    const from = starts[i]!;
    if (access !== 'read') untouched.set(bytes.subarray(from, from + tensors[i]!.length * 4), from);
  }
  untouched.set(bytes.subarray(scratch, scratch + (emitted.scratch ?? 0)), scratch);
  if (!untouched.equals(bytes)) {
    const at = bytes.findIndex((byte, i) => byte !== untouched[i]);
    throw new Error(
      `${kernel.name} writes byte ${at}, which is none of its results (tensors at ${starts.join(', ')}, scratch at ${scratch})`,
    );
  }
  return views.map((view, i) => {
    const given = tensors[i]!;
    return given instanceof Uint8Array
      ? Uint8Array.from(view)
      : given instanceof Float32Array
        ? Float32Array.from(view)
        : Int32Array.from(view);
  });
}

const align = (address: number): number => Math.ceil(address / 64) * 64;
