import type { Program } from '../../runtime/program.js';
import type { Dim } from '../ir/dim.js';
import type { Kernel } from '../kernel/kernel.js';
import type { TargetTraits } from '../kernel/target.js';

/** A way to run kernels: one folder here, one device in the runtime, one line in the list of index.ts. */
export interface Backend {
  /** Name of the device that runs its kernels: `js`, `webgpu`. */
  readonly target: string;
  /** What its kernels are written in, which is also the name to print them by: `js`, `wgsl`. */
  readonly language: string;
  readonly traits: TargetTraits;
  /** Whether positions are looked at before a program runs: where results can be read at no cost. */
  readonly guarded: boolean;
  emit(kernel: Kernel): EmittedKernel;
  /** wgsl: the sources of all kernels of a model as its built module holds them. */
  readonly compact?: (sources: readonly string[]) => readonly string[];
  /** wasm: the kernels of a model are one binary module together with its programs. */
  readonly linker?: Linker;
}

/** Makes one module of all kernels and programs of a model. */
export interface Linker {
  /** Its text: a function for each of the kernels, by the names that the programs' launches use, and one for each program. */
  link(programs: readonly Program[], kernels: ReadonlyMap<string, EmittedKernel>): string;
  /** The binaries of such a text, for every engine and for those with relaxed SIMD. */
  assemble(text: string): Readonly<Record<'simd' | 'relaxed', Uint8Array<ArrayBuffer>>>;
  /** Both as one binary. */
  assembleChanging(text: string): ChangingBinary;
}

/** A binary for every engine that changes in place make one for engines with relaxed SIMD. */
export interface ChangingBinary {
  readonly binary: Uint8Array<ArrayBuffer>;
  /** Where the byte lies that says which of the two it is, 0 or 1. Number 0: nothing depends on it. */
  readonly choice: number;
}

/** A kernel in its target's language. Equal kernels have equal texts. */
export interface EmittedKernel {
  /** js: a function expression that takes the kernel's tensors as typed arrays and then the sizes; wgsl: a module with the entry point `main`. */
  readonly source: string;
  /** The sizes that a launch passes, in order. */
  readonly sizes: readonly Dim[];
  /** js: declarations that `source` refers to by name, each after those it needs. A module writes each name once, before its kernels. */
  readonly helpers?: readonly Helper[];
  /** wgsl: whether a tensor is only read. */
  readonly access?: readonly ('read' | 'write')[];
  /** wgsl: the number of workgroups. */
  readonly groups?: readonly [Dim, Dim, Dim];
  /** wasm: the number of independent pieces of which the kernel's last two parameters choose a range; none: it cannot be split between threads. */
  readonly grains?: Dim;
  /** wasm: about how many scalar operations the whole kernel takes. */
  readonly work?: Dim;
  /** wasm: bytes of memory that it needs at the global `$scratch`. */
  readonly scratch?: number;
}

/** A top-level declaration shared by the kernels of a module (`const exp = ...;`, `(func $exp ...)`). Equal names have equal texts. */
export interface Helper {
  readonly name: string;
  readonly source: string;
}
