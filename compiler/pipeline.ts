/** The way of a model through the compiler: read this first. */

import { placeIn } from './checks/index.js';
import type { Compilation } from './compilation.js';
import { emitKernels, lowerPrograms } from './compile-targets.js';
import { type Diagnostic, DiagnosticError } from './diagnostics/diagnostic.js';
import { type Dump, dumpsOf } from './dumps.js';
import { evaluateModels } from './frontend/index.js';
import { type ModelReport, reportOf } from './inspect.js';
import { type BuildOptions, checkOptions } from './options.js';
import { moduleNames, saveFiles, writeFiles } from './output.js';
import { optimize, passes } from './passes/index.js';
import { programGraphs } from './programs.js';

interface Stage {
  readonly name: string;
  /** What the stage adds or replaces. Throws DiagnosticError for a mistake in the model. */
  run(compilation: Compilation, options: BuildOptions): Partial<Compilation>;
}

/** What happens to a model after its source is evaluated, in order. */
const stages: readonly Stage[] = [
  { name: 'differentiate', run: ({ model, place }) => ({ programs: programGraphs(model, place) }) },
  {
    name: 'optimize',
    run: ({ programs }, { stopAfter }) => ({
      programs: programs.map((program) => ({ ...program, graph: optimize(program.graph, stopAfter === undefined ? {} : { stopAfter }) })),
    }),
  },
  { name: 'lower', run: ({ programs }, { targets }) => ({ targets: lowerPrograms(programs, targets) }) },
  { name: 'emit', run: ({ targets }) => ({ targets: emitKernels(targets) }) },
  { name: 'write', run: writeFiles },
];

const passNames = passes.map(({ name }) => name);

/** Names for `stopAfter`: the stages, and in their midst the passes of `optimize`. */
export const stageNames: readonly string[] = [
  'evaluate',
  ...stages.flatMap(({ name }) => (name === 'optimize' ? [...passNames, name] : [name])),
];

export interface BuildResult {
  /** Errors and warnings. Where there is an error nothing is written. */
  readonly diagnostics: readonly Diagnostic[];
  readonly models: readonly Compilation[];
  /** What `emit` and `why` asked for. */
  readonly dumps: readonly Dump[];
}

/**
 * Compiles the `@model` classes of the files, each to a module with its type declarations, and writes these to the folder `out`
 * if one is given. Mistakes in the sources come back as diagnostics; an unknown target, stage or kind throws RangeError.
 */
export async function build(files: readonly string[], options: BuildOptions = {}): Promise<BuildResult> {
  checkOptions(options, stageNames);
  const evaluated = evaluateModels([...files], {});
  const names = moduleNames(evaluated.models);
  const place = placeIn(evaluated.source);
  const started = evaluated.models.map((model, i) => ({
    model,
    module: names[i]!,
    place,
    programs: [],
    targets: [],
    files: [],
    binaries: [],
  }));
  const diagnostics = [...evaluated.diagnostics];
  const models = started.map((model) => runStages(model, options, diagnostics));
  if (options.out !== undefined && !hasErrors(diagnostics)) {
    diagnostics.push(...(await saveFiles(models, options.out)));
  }
  return { diagnostics, models, dumps: dumpsOf(models, options) };
}

export interface InspectResult {
  readonly diagnostics: readonly Diagnostic[];
  readonly reports: readonly ModelReport[];
}

export interface InspectOptions extends Pick<BuildOptions, 'targets'> {
  /** Sizes by name, for which bytes are told. */
  readonly dims?: Readonly<Record<string, number>>;
}

/** The modules, parameters and kernels of the `@model` classes of the files. Throws RangeError for a size that none of them has. */
export async function inspect(files: readonly string[], { dims = {}, ...options }: InspectOptions = {}): Promise<InspectResult> {
  const { diagnostics, models } = await build(files, { ...options, stopAfter: 'lower' });
  if (hasErrors(diagnostics)) return { diagnostics, reports: [] };
  const known = new Set(models.flatMap(({ targets }) => targets.flatMap(({ programs }) => programs.flatMap((program) => program.dims))));
  for (const name of Object.keys(dims)) {
    if (!known.has(name)) throw new RangeError(`no size is called '${name}'; there are ${[...known].join(', ') || 'none'}`);
  }
  const sizes = new Map(Object.entries(dims));
  return { diagnostics, reports: models.map((model) => reportOf(model, sizes)) };
}

/** Evaluates the models, differentiates their losses and lowers nothing: all mistakes that a build would find, and no output. */
export async function check(files: readonly string[]): Promise<BuildResult> {
  return build(files, { stopAfter: 'differentiate' });
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

function runStages(start: Compilation, options: BuildOptions, diagnostics: Diagnostic[]): Compilation {
  let compilation = start;
  if (options.stopAfter === 'evaluate') return compilation;
  const last = passNames.includes(options.stopAfter?.split(':')[0] ?? '') ? 'optimize' : options.stopAfter;
  for (const stage of stages) {
    try {
      compilation = { ...compilation, ...stage.run(compilation, options) };
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error;
      diagnostics.push(...error.diagnostics);
      return compilation;
    }
    if (stage.name === last) break;
  }
  return compilation;
}
