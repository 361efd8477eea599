import { expect } from 'vitest';
import { runKernel } from '../../../compiler/kernel/interpret.js';
import type { Kernel, KernelTensor, Part } from '../../../compiler/kernel/kernel.js';
import { mismatch } from '../../helpers/close.js';
import type { Elements } from '../../helpers/gpu-kernel.js';
import { uniforms } from '../../helpers/tensors.js';
import { runWasmKernel, type WasmOptions } from '../../helpers/wasm-kernel.js';
import { contents } from '../js/check-kernel.js';

/** What the tensors hold after the interpreter ran the kernel in float64, floats rounded at the end. */
export function interpretKernel(kernel: Kernel, before: readonly Elements[], dims: ReadonlyMap<string, number>): Elements[] {
  const memory = before.map((elements) => (elements instanceof Float32Array ? Float64Array.from(elements) : elements.slice()));
  runKernel(kernel, memory, dims);
  return memory.map((elements) => (elements instanceof Float64Array ? Float32Array.from(elements) : elements));
}

const bits = (elements: Elements): Buffer => Buffer.from(elements.buffer, elements.byteOffset, elements.byteLength);

/** Runs the kernel whole, in pieces, and with each tensor at the end of memory: the results have the same bits. Gives them. */
export function runEveryWay(
  kernel: Kernel,
  before: readonly Elements[],
  dims: ReadonlyMap<string, number>,
  variant: 'simd' | 'relaxed',
): Elements[] {
  const whole = runWasmKernel(kernel, before, dims, { variant });
  const others: WasmOptions[] = [
    { variant, cuts: [0.3, 0.31, 0.77] },
    { variant, cuts: [0.5] },
  ];
  before.forEach((elements, last) => {
    if (elements.length > 0) others.push({ variant, last });
  });
  for (const options of others) {
    const again = runWasmKernel(kernel, before, dims, options);
    again.forEach((elements, i) => {
      const isSame = bits(elements).equals(bits(whole[i]!));
      if (!isSame) expect(elements, `${JSON.stringify(options)}: ${kernel.tensors[i]!.name}`).toEqual(whole[i]!);
      expect(isSame).toBe(true);
    });
  }
  return whole;
}

/**
 * Runs a kernel's WebAssembly, both variants, and the interpreter on the same memory and expects the same: floats within `rtol` and `depth` times the
 * rounding of one operation on numbers about 1, integers and bools exactly.
 */
export function checkKernel(
  parts: readonly Part[],
  tensors: readonly KernelTensor[],
  bindings: Readonly<Record<string, number>> = {},
  depth = 1,
  rtol = 4e-7,
): void {
  const kernel: Kernel = { name: 'kernel', tensors, parts };
  const dims = new Map(Object.entries(bindings));
  const next = uniforms(7);
  const before = tensors.map((tensor) => contents(tensor, dims, next));
  const want = interpretKernel(kernel, before, dims);
  for (const variant of ['simd', 'relaxed'] as const) {
    const got = variant === 'simd' ? runEveryWay(kernel, before, dims, variant) : runWasmKernel(kernel, before, dims, { variant });
    tensors.forEach(({ name, dtype }, i) => {
      const tolerance = dtype === 'f32' ? { rtol, atol: 2 ** -23 * Math.sqrt(depth) } : { rtol: 0, atol: 0 };
      const found = mismatch(got[i]!, want[i]!, tolerance);
      expect(found && `${name} (${variant}): ${found}`).toBeUndefined();
    });
  }
}
