import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'kilnn/compiler';

const folder = dirname(fileURLToPath(import.meta.url));

/** Where the texts on record are kept: one folder a model. */
export const expectedFolder = join(folder, 'expected');

/** The stages of the models on record as text, by path under `golden/expected`. Throws when a model does not build. */
export async function renderGolden(): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const file of readdirSync(join(folder, 'models')).sort()) {
    const { diagnostics, dumps } = await build([join(folder, 'models', file)], {
      emit: ['ir', 'gradient', 'fused', 'kernels', 'plan', 'js', 'wgsl'],
    });
    if (diagnostics.length > 0) throw new Error(`${file}: ${diagnostics.map(({ message }) => message).join('; ')}`);
    const module = basename(file, '.ts');
    for (const { name, text } of dumps) texts.set(`${module}/${name.slice(module.length + 1)}`, text);
  }
  return texts;
}
