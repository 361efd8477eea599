import { evaluateDim, productOf } from '../../../compiler/ir/dim.js';
import { runKernel } from '../../../compiler/kernel/interpret.js';
import type { Kernel, KernelTensor, Part } from '../../../compiler/kernel/kernel.js';
import type { Elements } from '../../helpers/gpu-kernel.js';
import { uniforms } from '../../helpers/tensors.js';

/** A kernel and what it runs on. */
export interface KernelRun {
  readonly kernel: Kernel;
  /** The named dims, once for each time that it runs. */
  readonly sizes: readonly Readonly<Record<string, number>>[];
  /** The number of roundings that results about 1 may have, beside those of a contraction. */
  readonly depth: number;
  /** What the tensors hold before; drawn where it is not given. */
  readonly given?: readonly Elements[];
  /** Floats, too, are the very numbers of the definition. */
  readonly exact: boolean;
  /** It runs on webgpu, too: a CPU that plays GPU takes seconds to compile a kernel. */
  readonly gpu: boolean;
}

type Options = Partial<Omit<KernelRun, 'kernel'>>;

/** `run(parts, tensors)` with the defaults: no named dims, results within a rounding or two, not on webgpu. */
export function run(parts: readonly Part[], tensors: readonly KernelTensor[], options: Options = {}): KernelRun {
  return { kernel: { name: 'kernel', tensors, parts }, sizes: [{}], depth: 1, exact: false, gpu: false, ...options };
}

/** Runs of one idea: a test on each target. */
export interface KernelCase {
  readonly name: string;
  readonly runs: readonly KernelRun[];
}

export function kernelCase(name: string, runs: Iterable<KernelRun>): KernelCase {
  return { name, runs: [...runs] };
}

/** Floats in [-1, 1), small integers of both signs, bools. What is only written starts as rubbish. */
function contents({ dtype, size, access }: KernelTensor, dims: ReadonlyMap<string, number>, next: () => number): Elements {
  const length = evaluateDim(size, dims);
  const isRubbish = access === 'write';
  if (dtype === 'i32') return Int32Array.from({ length }, () => (isRubbish ? -77 : Math.round((next() * 2 - 1) * 9)));
  if (dtype === 'bool') return Uint8Array.from({ length }, () => (isRubbish ? 0 : Number(next() > 0.5)));
  return Float32Array.from({ length }, () => (isRubbish ? -77 : next() * 2 - 1));
}

/** What the tensors hold after the kernel, by its definition: floats are rounded where they are stored, nowhere else. */
export function interpretKernel(kernel: Kernel, before: readonly Elements[], dims: ReadonlyMap<string, number>): Elements[] {
  const memory = before.map((elements) => elements.slice());
  runKernel(kernel, memory, dims);
  return memory;
}

/** A kernel with its sizes, the memory before it and what is expected after it. */
export interface Expectation {
  readonly dims: ReadonlyMap<string, number>;
  readonly before: readonly Elements[];
  readonly after: readonly Elements[];
  /** The longest sum of products. */
  readonly terms: number;
}

const known = new WeakMap<KernelRun, readonly Expectation[]>();

/** Computed once for all targets. */
export function expectationsOf(one: KernelRun): readonly Expectation[] {
  const found = known.get(one) ?? one.sizes.map((sizes) => expectation(one, new Map(Object.entries(sizes))));
  known.set(one, found);
  return found;
}

function expectation({ kernel, given }: KernelRun, dims: ReadonlyMap<string, number>): Expectation {
  const next = uniforms(7);
  const before = given ?? kernel.tensors.map((tensor) => contents(tensor, dims, next));
  const sums = kernel.parts.flatMap((part) =>
    part.kind === 'contract' ? [evaluateDim(productOf(part.k.map(({ size }) => size)), dims)] : [],
  );
  return { dims, before, after: interpretKernel(kernel, before, dims), terms: Math.max(0, ...sums) };
}
