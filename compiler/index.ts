/** `kilnn/compiler`: the command line's work as functions. */

export type { Compilation, OutputFile } from './compilation.js';
export { type ConvertedTensor, type ConvertOptions, type ConvertResult, convert } from './convert.js';
export type { Diagnostic } from './diagnostics/diagnostic.js';
export { type FormatOptions, formatDiagnostics } from './diagnostics/format.js';
export type { Dump } from './dumps.js';
export { type FreezeResult, freeze } from './freeze.js';
export type { ModelReport, ModuleReport, ProgramReport } from './inspect.js';
export { type BuildOptions, emitKinds, type FreezeOptions, targetNames, whyTopics } from './options.js';
export {
  type BuildResult,
  build,
  check,
  type InspectResult,
  inspect,
  stageNames,
} from './pipeline.js';
