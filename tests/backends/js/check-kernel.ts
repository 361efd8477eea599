import { expect } from 'vitest';
import { evaluateDim } from '../../../compiler/ir/dim.js';
import type { Kernel, KernelTensor, Part } from '../../../compiler/kernel/kernel.js';
import { mismatch } from '../../helpers/close.js';
import { evaluateKernel } from '../../helpers/evaluate-kernel.js';
import type { Elements } from '../../helpers/gpu-kernel.js';
import { runJsKernel } from '../../helpers/js-kernel.js';
import { uniforms } from '../../helpers/tensors.js';

/** Elements for a tensor: floats in [-1, 1), small integers of both signs, bools. What is only written starts as rubbish. */
export function contents({ dtype, size, access }: KernelTensor, dims: ReadonlyMap<string, number>, next: () => number): Elements {
  const length = evaluateDim(size, dims);
  const isRubbish = access === 'write';
  if (dtype === 'i32') return Int32Array.from({ length }, () => (isRubbish ? -77 : Math.round((next() * 2 - 1) * 9)));
  if (dtype === 'bool') return Uint8Array.from({ length }, () => (isRubbish ? 0 : Number(next() > 0.5)));
  return Float32Array.from({ length }, () => (isRubbish ? -77 : next() * 2 - 1));
}

/** The relative error that a sum of `depth` terms rounded once may have, next to a reference in float64. */
const tolerance = (depth: number) => ({ rtol: 2 * 2 ** -24, atol: 2 ** -24 * Math.sqrt(depth) });

/**
 * Runs a kernel's JavaScript and the plain evaluation of its definition on the same memory and expects the same: floats within the
 * rounding of the store, integers and bools exactly.
 */
export async function checkKernel(
  parts: readonly Part[],
  tensors: readonly KernelTensor[],
  bindings: Readonly<Record<string, number>> = {},
  depth = 1,
): Promise<void> {
  const kernel: Kernel = { name: 'kernel', tensors, parts };
  const dims = new Map(Object.entries(bindings));
  const next = uniforms(7);
  const before = tensors.map((tensor) => contents(tensor, dims, next));
  const want = evaluateKernel(kernel, before, dims);
  const got = await runJsKernel(kernel, before, dims);
  tensors.forEach(({ name, dtype }, i) => {
    const found = mismatch(got[i]!, want[i]!, dtype === 'f32' ? tolerance(depth) : { rtol: 0, atol: 0 });
    expect(found && `${name}: ${found}`).toBeUndefined();
  });
}
