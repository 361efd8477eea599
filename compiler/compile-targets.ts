import type { Backend, EmittedKernel } from './backends/backend.js';
import { backends } from './backends/index.js';
import { Assembler, kernelsIn, lowerGraph } from './kernel/index.js';
import type { Kernel } from './kernel/kernel.js';
import type { LoweredProgram } from './kernel/program.js';
import type { ProgramGraph } from './programs.js';

/** The programs of a model for one target. */
export interface CompiledTarget {
  readonly backend: Backend;
  /** In the order of the model's programs; guards, which come last, only where the backend has a use for them. */
  readonly programs: readonly LoweredProgram[];
  /** What the backend made of each kernel that the programs launch. */
  readonly kernels: ReadonlyMap<Kernel, EmittedKernel>;
}

/** Lowers every program for each target; all targets when no names are given. */
export function lowerPrograms(programs: readonly ProgramGraph[], targets?: readonly string[]): CompiledTarget[] {
  return backends
    .filter(({ target }) => targets?.includes(target) ?? true)
    .map((backend) => {
      const own = programs.filter(({ kind }) => kind !== 'guard' || backend.guarded);
      // Equal kernels of all programs are one.
      const assembler = new Assembler();
      return { backend, programs: own.map((program) => lowerProgram(program, backend, assembler)), kernels: new Map() };
    });
}

function lowerProgram({ graph, checks, positions }: ProgramGraph, { traits, guarded }: Backend, assembler: Assembler): LoweredProgram {
  const { guard, ...rest } = checks ?? { sizes: [] };
  const made = { ...rest, ...(guarded && guard !== undefined && { guard }), ...(positions && { positions }) };
  return { ...lowerGraph(graph, traits, assembler), checks: made };
}

/** Prints every kernel in its target's language. */
export function emitKernels(targets: readonly CompiledTarget[]): CompiledTarget[] {
  return targets.map(({ backend, programs }) => {
    const kernels = new Map<Kernel, EmittedKernel>();
    for (const kernel of programs.flatMap(kernelsIn)) if (!kernels.has(kernel)) kernels.set(kernel, backend.emit(kernel));
    return { backend, programs, kernels };
  });
}

/** The texts of the kernels; kernels of several programs that have the same text are one in the module. */
export function sourcesOf(kernels: CompiledTarget['kernels']): string[] {
  return [...new Set([...kernels.values()].map(({ source }) => source))];
}
