import { bundleModule, bundleWorker } from './artifact/bundle.js';
import { FreezeError, freezeModel } from './artifact/freeze.js';
import { writeModule } from './artifact/write-module.js';
import { writeTypes } from './artifact/write-types.js';
import { Checker, placeIn } from './checks/index.js';
import type { OutputBinary, OutputFile } from './compilation.js';
import { emitKernels, lowerPrograms } from './compile-targets.js';
import type { Diagnostic } from './diagnostics/diagnostic.js';
import { type Message, notReadable, oneModelExpected, wrongWeights } from './diagnostics/messages.js';
import { fixedBuffers } from './fixed-buffers.js';
import { foldState } from './fold-state.js';
import { evaluateModels } from './frontend/index.js';
import type { TensorData } from './ops/op.js';
import { checkPlacement, checkTargets, type FreezeOptions } from './options.js';
import { moduleNames, saveFiles } from './output.js';
import { optimize } from './passes/index.js';
import { guardPrograms } from './programs.js';
import { readWeights } from './weights.js';

export interface FreezeResult {
  /** Errors and warnings. Where there is an error nothing is written. */
  readonly diagnostics: readonly Diagnostic[];
  readonly files: readonly OutputFile[];
  /** What the module loads, with `wasm: 'file'`. */
  readonly binaries: readonly OutputBinary[];
}

/**
 * Compiles the only model of a file together with its trained weights to a module that imports nothing and has the model's methods
 * only, and writes it to the folder `out` if one is given. Mistakes in the source and weights that are not the model's come back as
 * diagnostics; an unknown target throws RangeError.
 */
export async function freeze(file: string, options: FreezeOptions): Promise<FreezeResult> {
  checkTargets(options.targets);
  checkPlacement(options.wasm);
  const { models, diagnostics, source: sourceOf } = evaluateModels([file], {});
  const failed = (message: Message): FreezeResult => ({
    diagnostics: [...diagnostics, { ...message, notes: [] }],
    files: [],
    binaries: [],
  });
  if (diagnostics.some(({ severity }) => severity === 'error')) return { diagnostics, files: [], binaries: [] };
  if (models.length !== 1)
    return failed(
      oneModelExpected(
        file,
        models.map(({ name }) => name),
      ),
    );

  let weights: ReadonlyMap<string, TensorData>;
  try {
    weights = await readWeights(options.weights);
  } catch (error) {
    return failed(notReadable(options.weights, (error as Error).message));
  }
  let frozen: ReturnType<typeof freezeModel>;
  try {
    const fixed = fixedBuffers(models[0]!);
    frozen = freezeModel(models[0]!, weights, { fixed, ...(options.entries !== undefined && { entries: options.entries }) });
  } catch (error) {
    if (error instanceof FreezeError) return failed(wrongWeights(options.weights, error.message));
    throw error;
  }

  const { model } = frozen;
  const place = placeIn(sourceOf);
  const checker = new Checker(place);
  const state = new Map(frozen.frozen);
  const owners = new Map(model.state.map(({ name, alias }) => [name, alias ?? name]));
  let added = 0;
  const entries = model.entries.map(({ name, graph }) => {
    const folded = foldState(
      optimize(graph),
      (input) =>
        input.role === 'parameter' || input.role === 'buffer' ? frozen.frozen.get(owners.get(input.name) ?? input.name) : undefined,
      () => `folded${added++}`,
    );
    for (const [key, value] of folded.state) state.set(key, value);
    return { name, kind: 'entry' as const, graph: optimize(folded.graph), checks: checker.checksOf(graph) };
  });
  if (checker.diagnostics.length > 0) return { diagnostics: [...diagnostics, ...checker.diagnostics], files: [], binaries: [] };
  const programs = [...entries, ...guardPrograms(checker)];
  const targets = emitKernels(lowerPrograms(programs, options.targets));
  const module = moduleNames([model])[0]!;
  const { wasm = 'inline', threads = false } = options;
  const worker = threads ? { worker: await bundleWorker() } : {};
  const { text: source, binaries } = writeModule(model, targets, { frozen: state, place, wasm, module, ...worker });
  const names = targets.map(({ backend }) => backend.target);
  const files: OutputFile[] = [
    { path: `${module}.js`, text: await bundleModule(source, { minify: options.minify ?? false }) },
    { path: `${module}.d.ts`, text: writeTypes(model, { targets: names, frozen: true, threads }) },
  ];
  const made = binaries.map(({ name, bytes }) => ({ path: name, bytes }));
  const unwritten = options.out === undefined ? [] : await saveFiles([{ model, files, binaries: made }], options.out);
  return { diagnostics: [...diagnostics, ...unwritten], files, binaries: made };
}
