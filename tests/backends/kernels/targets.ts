import { expect } from 'vitest';
import type { Kernel } from '../../../compiler/kernel/kernel.js';
import { mismatch } from '../../helpers/close.js';
import { type Elements, runWgslKernel } from '../../helpers/gpu-kernel.js';
import { runJsKernel } from '../../helpers/js-kernel.js';
import { runWasmKernel, type WasmOptions } from '../../helpers/wasm-kernel.js';
import { type Expectation, expectationsOf, type KernelRun } from './kernel-run.js';

interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

export interface KernelTarget {
  readonly name: string;
  run(kernel: Kernel, before: readonly Elements[], dims: ReadonlyMap<string, number>): Elements[] | Promise<Elements[]>;
  tolerance(run: KernelRun, expected: Expectation): Tolerance;
}

/** Sums in doubles, rounded once. */
const js: KernelTarget = {
  name: 'js',
  run: runJsKernel,
  tolerance: ({ depth }, { terms }) => ({ rtol: 2 ** -23, atol: 2 ** -24 * Math.sqrt(Math.max(depth, terms)) }),
};

/**
 * The rounding of a running sum grows with the sum, which grows like the root of its length: after n terms the error is like n roundings of about 1,
 * not like root n, and the worst of thousands of results is some four times the usual. Sums are begun anew after 4096 terms at the latest.
 */
function wasmTolerance({ depth, kernel }: KernelRun, { terms }: Expectation): Tolerance {
  const products = 1 + (terms * Math.min(terms, 4096)) / 2;
  const isProduct = kernel.parts.some(
    (part) => part.kind === 'rows' && part.steps.some((step) => step.kind === 'reduce' && step.combine === 'prod'),
  );
  return { rtol: isProduct ? 1e-5 : 4e-7, atol: 2 ** -23 * Math.sqrt(Math.max(depth, products)) };
}

const wasm: KernelTarget = {
  name: 'wasm',
  run: (kernel, before, dims) => runEveryWay(kernel, before, dims, 'simd'),
  tolerance: wasmTolerance,
};

const relaxed: KernelTarget = {
  name: 'wasm with relaxed SIMD',
  run: (kernel, before, dims) => runWasmKernel(kernel, before, dims, { variant: 'relaxed', cuts: [0.4] }),
  tolerance: wasmTolerance,
};

export const webgpu: KernelTarget = {
  name: 'webgpu',
  run: runWgslKernel,
  tolerance: ({ depth }, { terms }) => ({ rtol: 4e-6, atol: 4e-7 * Math.sqrt(Math.max(depth, terms)) }),
};

export const cpuTargets: readonly KernelTarget[] = [js, wasm, relaxed];

/** Runs a kernel on a target and expects what its definition says: floats within the target's rounding, integers and bools exactly. */
export async function checkKernel(target: KernelTarget, one: KernelRun): Promise<void> {
  for (const expected of expectationsOf(one)) {
    const got = await target.run(one.kernel, expected.before, expected.dims);
    const tolerance = target.tolerance(one, expected);
    one.kernel.tensors.forEach(({ name, dtype }, i) => {
      const found = mismatch(got[i]!, expected.after[i]!, dtype !== 'f32' || one.exact ? { rtol: 0, atol: 0 } : tolerance);
      expect(found && `${name}, ${JSON.stringify(Object.fromEntries(expected.dims))}: ${found}`).toBeUndefined();
    });
  }
}

const bits = (elements: Elements): Buffer => Buffer.from(elements.buffer, elements.byteOffset, elements.byteLength);

/** Runs the kernel whole, in pieces, and with each tensor at the end of memory: the results have the same bits. Gives them. */
function runEveryWay(
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
