import { emitJs } from '../../compiler/backends/js/index.js';
import { evaluateDim } from '../../compiler/ir/dim.js';
import type { Kernel } from '../../compiler/kernel/kernel.js';
import type { Elements } from './gpu-kernel.js';

/** The text of a module that exports a kernel as `run`, helpers before it, as a built module has them. */
export function jsKernelModule(kernel: Kernel): string {
  const { source, helpers = [] } = emitJs(kernel);
  return `${helpers.map((helper) => `${helper.source}\n`).join('')}export const run = ${source};\n`;
}

/** Loads a module's text as the engine loads a file: strict, its top level constant. */
export async function importText(text: string): Promise<Record<string, unknown>> {
  return (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(text)}`)) as Record<string, unknown>;
}

const loaded = new Map<string, Promise<Record<string, unknown>>>();

/** Prints a kernel as JavaScript, runs it on copies of `tensors` and gives what they hold afterwards. */
export async function runJsKernel(kernel: Kernel, tensors: readonly Elements[], dims: ReadonlyMap<string, number>): Promise<Elements[]> {
  const text = jsKernelModule(kernel);
  const module = loaded.get(text) ?? importText(text);
  loaded.set(text, module);
  const { run } = (await module) as { run: (...args: readonly (Elements | number)[]) => void };
  const memory = tensors.map((elements) => elements.slice());
  run(...memory, ...emitJs(kernel).sizes.map((size) => evaluateDim(size, dims)));
  return memory;
}
