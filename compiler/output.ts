import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { transformSync } from 'esbuild';
import { writeModule } from './artifact/write-module.js';
import { writeTypes } from './artifact/write-types.js';
import type { Compilation } from './compilation.js';
import type { Diagnostic } from './diagnostics/diagnostic.js';
import { type Message, notWritable, sameModule } from './diagnostics/messages.js';
import type { EvaluatedModel } from './frontend/evaluated-model.js';
import type { BuildOptions } from './options.js';

/** A module is named like its source file; where a file has several models, like the model in kebab-case. */
export function moduleNames(models: readonly EvaluatedModel[]): string[] {
  const count = new Map<string, number>();
  for (const { span } of models) count.set(span.file, (count.get(span.file) ?? 0) + 1);
  return models.map(({ name, span }) => (count.get(span.file) === 1 ? basename(span.file).replace(/\.[cm]?tsx?$/, '') : kebabCase(name)));
}

/** The module of a model, its type declarations, and what it loads. */
export function writeFiles(
  { model, module, targets, place }: Compilation,
  { minify = false, wasm = 'inline' }: Pick<BuildOptions, 'minify' | 'wasm'>,
): Pick<Compilation, 'files' | 'binaries'> {
  const { text: source, binaries } = writeModule(model, targets, { place, wasm, module });
  const text = minify ? transformSync(source, { minify: true, format: 'esm', target: 'es2022' }).code : source;
  const types = writeTypes(model, { targets: targets.map(({ backend }) => backend.target) });
  return {
    files: [
      { path: `${module}.js`, text },
      { path: `${module}.d.ts`, text: types },
    ],
    binaries: binaries.map(({ name, bytes }) => ({ path: name, bytes })),
  };
}

function kebabCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3-$2$4')
    .replaceAll('_', '-')
    .toLowerCase();
}

/** Writes the files under `folder`. A file that cannot be written, or that two models share, comes back as a diagnostic. */
export async function saveFiles(
  models: readonly Pick<Compilation, 'model' | 'files' | 'binaries'>[],
  folder: string,
): Promise<Diagnostic[]> {
  const owners = new Map<string, string[]>();
  for (const { model, files } of models) for (const { path } of files) owners.set(path, [...(owners.get(path) ?? []), model.name]);
  const shared = [...owners].filter(([path, names]) => names.length > 1 && path.endsWith('.js'));
  if (shared.length > 0) return shared.map(([path, names]) => diagnostic(sameModule(join(folder, path), names)));
  const contents = models.flatMap(({ files, binaries }) => [
    ...files.map(({ path, text }) => [path, text] as const),
    ...binaries.map(({ path, bytes }) => [path, bytes] as const),
  ]);
  for (const [path, content] of contents) {
    const target = join(folder, path);
    try {
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, content);
    } catch (error) {
      return [diagnostic(notWritable(target, (error as Error).message))];
    }
  }
  return [];
}

function diagnostic(message: Message): Diagnostic {
  return { ...message, notes: [] };
}
