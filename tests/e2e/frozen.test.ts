import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { freeze } from '../../compiler/index.js';
import { encodeSafetensors, type ModelClass, tensor } from '../../runtime/index.js';
import { uniforms } from '../helpers/tensors.js';
import { type AnyModel, buildAndImport, sourceFile, temporaryFolder } from './built.js';

const text = `import { F, loss, model, nn, optim, type Tensor } from 'kilnn';

@model({ optimizer: new optim.SGD({ lr: 0.1 }) })
export class Normed extends nn.Module {
  conv = new nn.Conv2d(1, 4, 3, { padding: 1, bias: false });
  norm = new nn.BatchNorm2d(4);
  hidden = new nn.Linear(4 * 6 * 6, 24);
  across = new nn.BatchNorm1d(24);
  output = new nn.Linear(24, 5);

  forward(x: Tensor<['batch', 1, 6, 6]>): Tensor<['batch', 5]> {
    const image = F.relu(this.norm.forward(this.conv.forward(x)));
    return this.output.forward(F.relu(this.across.forward(this.hidden.forward(image.flatten(1)))));
  }

  @loss
  objective(x: Tensor<['batch', 1, 6, 6]>, y: Tensor<['batch'], 'i32'>) {
    return F.crossEntropy(this.forward(x), y);
  }
}
`;

test('a frozen model whose norms became part of its weights gives the results of the model', async () => {
  const file = sourceFile(text);
  const { Model } = await buildAndImport(file);
  const net = await Model.create({ device: 'js', seed: 3 });
  const next = uniforms(1);
  const images = (count: number) => tensor(Float32Array.from({ length: count * 36 }, next), { shape: [count, 1, 6, 6] });
  // So that the statistics are no longer those of the beginning.
  for (let step = 0; step < 4; step++) await net.train.objective!(images(8), Int32Array.of(0, 1, 2, 3, 4, 0, 1, 2));
  const weights = join(temporaryFolder(), 'weights.safetensors');
  writeFileSync(weights, await encodeSafetensors(await net.stateDict()));
  const out = temporaryFolder();
  const { diagnostics, files } = await freeze(file, { weights, out });
  expect(diagnostics).toEqual([]);
  const source = files.find(({ path }) => path.endsWith('.js'))!.text;
  expect(source).not.toMatch(/sqrt/);
  const path = pathToFileURL(join(out, files.find((own) => own.path.endsWith('.js'))!.path)).href;
  const Frozen = Object.values((await import(path)) as object)[0] as ModelClass<AnyModel>;
  for (const count of [1, 7]) {
    const x = images(count);
    const expected = await (await net.forward!(x)).data();
    for (const device of ['js', 'wasm'] as const) {
      const frozen = await Frozen.create({ device });
      const found = await (await frozen.forward!(x)).data();
      expect(found.length).toBe(expected.length);
      found.forEach((value, i) => {
        expect(Math.abs(Number(value) - Number(expected[i]))).toBeLessThan(1e-5 * (1 + Math.abs(Number(expected[i]))));
      });
    }
  }
});

test('a frozen module with threads brings its workers along, and gives the same bits on any number of them', async () => {
  const file = sourceFile(text);
  const { Model } = await buildAndImport(file);
  const net = await Model.create({ device: 'js', seed: 3 });
  const weights = join(temporaryFolder(), 'weights.safetensors');
  writeFileSync(weights, await encodeSafetensors(await net.stateDict()));
  const x = tensor(Float32Array.from({ length: 500 * 36 }, uniforms(2)), { shape: [500, 1, 6, 6] });
  const frozenWith = async (threads: boolean) => {
    const out = temporaryFolder();
    const { diagnostics, files } = await freeze(file, { weights, out, targets: ['wasm'], minify: true, threads });
    expect(diagnostics).toEqual([]);
    const [module, types] = ['.js', '.d.ts'].map((end) => files.find(({ path }) => path.endsWith(end))!);
    expect(module!.text).not.toMatch(/^import |wasm-worker/m);
    const { href } = pathToFileURL(join(out, module!.path));
    return {
      size: module!.text.length,
      types: types!.text,
      Frozen: Object.values((await import(href)) as object)[0] as ModelClass<AnyModel>,
    };
  };
  const plain = await frozenWith(false);
  const one = await plain.Frozen.create({ threads: 2 });
  expect(one.threads).toEqual({ count: 1, note: 'this module was built without threads' });
  expect(plain.types).not.toContain('threads');
  const expected = Buffer.from((await (await one.forward!(x)).data()).buffer);
  const shared = await frozenWith(true);
  expect(shared.types).toContain("threads?: number | 'auto'");
  expect(shared.size - plain.size).toBeLessThan(9000);
  for (const threads of [1, 2, 3]) {
    const net = await shared.Frozen.create({ threads });
    expect(net.threads).toEqual({ count: threads });
    for (let call = 0; call < 2; call++)
      expect(Buffer.compare(Buffer.from((await (await net.forward!(x)).data()).buffer), expected)).toBe(0);
    net.dispose();
  }
});
