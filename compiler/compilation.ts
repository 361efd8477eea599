import type { PlaceText } from './checks/index.js';
import type { CompiledTarget } from './compile-targets.js';
import type { EvaluatedModel } from './frontend/evaluated-model.js';
import type { ProgramGraph } from './programs.js';

/** One file that a build writes. */
export interface OutputFile {
  /** Relative to the folder that the build writes to. */
  readonly path: string;
  readonly text: string;
}

/** A file that a module loads. */
export interface OutputBinary {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** A model on its way: each stage fills in what it makes. */
export interface Compilation {
  readonly model: EvaluatedModel;
  /** Name of the module, without extension: `mlp`. */
  readonly module: string;
  /** A place of the source as a message names it. */
  readonly place: PlaceText;
  readonly programs: readonly ProgramGraph[];
  readonly targets: readonly CompiledTarget[];
  readonly files: readonly OutputFile[];
  readonly binaries: readonly OutputBinary[];
}
