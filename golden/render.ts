import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'kilnn/compiler';

const folder = dirname(fileURLToPath(import.meta.url));

/** Where the texts on record are kept: one folder a model. */
export const expectedFolder = join(folder, 'expected');

const everything: readonly BuildOptions[] = [
  { emit: ['ir', 'gradient', 'fused', 'kernels', 'plan', 'js', 'wgsl'], targets: ['js', 'webgpu'] },
];
/** WebAssembly's text is long: that of two small models. */
const withWat: readonly BuildOptions[] = [...everything, { emit: ['wat'], targets: ['wasm'] }];
/** Of the larger models, what became kernels. */
const outline: readonly BuildOptions[] = [{ emit: ['fused'], targets: ['js'], stopAfter: 'lower' }];

const onRecord: Readonly<Record<string, readonly BuildOptions[]>> = {
  'linear-regression': withWat,
  'softmax-regression': withWat,
  mlp: everything,
  'dropout-mlp': everything,
  lenet: everything,
  'tied-autoencoder': everything,
  resnet: outline,
  transformer: outline,
};

/** The stages of the models on record as text, or of one of them, by path under `golden/expected`. Throws when a model does not build. */
export async function renderGolden(only?: string): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const [module, builds] of Object.entries(onRecord)) {
    if (only !== undefined && module !== only) continue;
    const file = join(folder, 'models', `${module}.ts`);
    for (const options of builds) {
      const { diagnostics, dumps } = await build([file], options);
      if (diagnostics.length > 0) throw new Error(`${basename(file)}: ${diagnostics.map(({ message }) => message).join('; ')}`);
      for (const { name, text } of dumps) texts.set(`${module}/${name.slice(module.length + 1)}`, text);
    }
  }
  return texts;
}
