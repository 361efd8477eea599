import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'vitest';
import type { Compilation } from '../../compiler/compilation.js';
import { formatDiagnostics } from '../../compiler/diagnostics/format.js';
import { build } from '../../compiler/index.js';
import type { AnyTensor, CreateOptions, Model, ModelClass } from '../../runtime/index.js';

/** A created model whose methods are called by name. */
export type AnyModel = Model &
  Record<string, (...args: unknown[]) => Promise<AnyTensor>> & {
    readonly train: Record<string, (...args: unknown[]) => Promise<{ loss: AnyTensor }>>;
    readonly gradients: Record<string, (...args: unknown[]) => Promise<{ loss: AnyTensor; gradients: Record<string, AnyTensor> }>>;
  };

export interface Built {
  readonly compilation: Compilation;
  readonly Model: ModelClass<AnyModel>;
}

/** Builds the only model of a file for both targets and imports the module. */
export async function buildAndImport(file: string): Promise<Built> {
  const out = temporaryFolder();
  const { diagnostics, models } = await build([file], { out });
  expect(formatDiagnostics(diagnostics, { source: () => undefined })).toBe('');
  const compilation = models[0]!;
  const module: Record<string, unknown> = await import(pathToFileURL(join(out, `${compilation.module}.js`)).href);
  return { compilation, Model: module[compilation.model.name] as ModelClass<AnyModel> };
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'kilnn-'));
}

/** Writes a model's source to a folder of its own. */
export function sourceFile(text: string, name = 'model.ts'): string {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, text);
  return file;
}

/** Reproducible numbers in [0, 1) (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export type { CreateOptions };
