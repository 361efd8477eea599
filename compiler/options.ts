import { backends } from './backends/index.js';

/** Where a built module can run. */
export const targetNames: readonly string[] = backends.map(({ target }) => target);

/**
 * What can be printed of a build. `ir`: the graphs of the model's methods and of its initial values; `gradient`: the graphs of
 * gradients and training steps; `fused`: the kernels of each program with what was fused into them; `kernels`: their loop-level
 * IR; `plan`: buffers, arena and launches; the rest: the kernels in each target's language.
 */
export const emitKinds: readonly string[] = ['ir', 'gradient', 'fused', 'kernels', 'plan', ...backends.map(({ language }) => language)];

/** Decisions of the compiler that can be asked for. `fuse`: why operations did not become one kernel. */
export const whyTopics: readonly string[] = ['fuse'];

/**
 * Where the wasm target keeps its binary. `inline`: in the module, which stays the one file to bundle, copy and serve; `file`: beside it, where a
 * page compiles it while it arrives, and loads the one variant that it can use.
 */
export const wasmPlacements = ['inline', 'file'] as const;
export type WasmPlacement = (typeof wasmPlacements)[number];

export interface BuildOptions {
  /** Folder that the modules are written to; nothing is written without one. */
  readonly out?: string;
  /** Of `targetNames`; all if not given. */
  readonly targets?: readonly string[];
  /** Of `emitKinds`. */
  readonly emit?: readonly string[];
  /** Ends the build after this stage or pass, a name of `stageNames`; `emit` then prints the graphs as they are at that point. */
  readonly stopAfter?: string;
  /** Of `whyTopics`. */
  readonly why?: readonly string[];
  /** Writes modules without comments and line breaks. */
  readonly minify?: boolean;
  /** Of `wasmPlacements`; `inline` if not given. */
  readonly wasm?: WasmPlacement;
}

export interface FreezeOptions {
  /** A safetensors or PyTorch file with every parameter and buffer of the model. */
  readonly weights: string;
  /** Methods and losses to keep; all methods that are no losses if not given. */
  readonly entries?: readonly string[];
  readonly out?: string;
  readonly targets?: readonly string[];
  readonly minify?: boolean;
  readonly wasm?: WasmPlacement;
  /** Whether `create({ threads })` can share the work of the wasm target between workers, which takes some kilobytes more. */
  readonly threads?: boolean;
}

/** Throws RangeError for a name that is not known. */
export function checkOptions(options: BuildOptions, stageNames: readonly string[]): void {
  checkTargets(options.targets);
  checkNames('kind of output', options.emit, emitKinds);
  checkNames('topic', options.why, whyTopics);
  checkPlacement(options.wasm);
  const stage = options.stopAfter?.replace(/:\d+$/, '');
  checkNames('stage', stage === undefined ? [] : [stage], stageNames);
}

/** Throws RangeError for a target that is not known. */
export function checkTargets(targets?: readonly string[]): void {
  checkNames('target', targets, targetNames);
}

/** Throws RangeError for a placement that is not known. */
export function checkPlacement(wasm?: string): void {
  checkNames('placement of wasm', wasm === undefined ? [] : [wasm], wasmPlacements);
}

function checkNames(what: string, given: readonly string[] = [], known: readonly string[]): void {
  for (const name of given) {
    if (!known.includes(name)) throw new RangeError(`'${name}' is not a ${what}; there are ${known.join(', ')}`);
  }
}
