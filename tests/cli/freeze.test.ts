import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { run } from '../../compiler/cli/run.js';
import { type AnyTensor, encodeSafetensors, type ModelClass, tensor } from '../../runtime/index.js';

const source = `import { F, loss, model, nn, type Tensor } from 'kilnn';

@model()
export class Affine extends nn.Module {
  layer = new nn.Linear(2, 3);

  forward(x: Tensor<['batch', 2]>): Tensor<['batch', 3]> {
    return this.layer.forward(x);
  }

  @loss
  objective(x: Tensor<['batch', 2]>, y: Tensor<['batch', 3]>) {
    return F.mseLoss(this.forward(x), y);
  }
}
`;

const weights = {
  'layer.weight': tensor(Float32Array.of(1, 2, 3, 4, 5, 6), { shape: [3, 2] }),
  'layer.bias': tensor(Float32Array.of(0.5, -0.5, 0.25)),
};

const freeze = (state: Readonly<Record<string, AnyTensor>> | string, ...options: string[]) => freezeSource(source, state, ...options);

async function freezeSource(text: string, state: Readonly<Record<string, AnyTensor>> | string, ...options: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'kilnn-freeze-'));
  const file = join(folder, 'affine.ts');
  writeFileSync(file, text);
  const path = join(folder, 'affine.safetensors');
  writeFileSync(path, typeof state === 'string' ? state : await encodeSafetensors(state));
  const out = join(folder, 'frozen');
  let output = '';
  const write = (text: string) => {
    output += text;
  };
  const code = await run(
    ['freeze', file, '--weights', path, '--out', out, ...options],
    { write, writeError: write, colors: false },
    '1.2.3',
  );
  return { code, output, out };
}

test('a frozen module imports nothing and computes with the weights', async () => {
  const { code, output, out } = await freeze(weights);
  expect(output).toMatch(/^frozen .*affine\.js {2}[\d.]+ KB, [\d.]+ KB gzip\n$/);
  expect(code).toBe(0);
  expect(readdirSync(out).sort()).toEqual(['affine.d.ts', 'affine.js']);
  const { Affine } = (await import(pathToFileURL(join(out, 'affine.js')).href)) as {
    Affine: ModelClass<{ forward(x: number[][]): Promise<AnyTensor> }>;
  };
  const net = await Affine.create({ device: 'js' });
  expect([
    ...(await (
      await net.forward([
        [1, 10],
        [0, -1],
      ])
    ).data()),
  ]).toEqual([21.5, 42.5, 65.25, -1.5, -4.5, -5.75]);
  expect('train' in net).toBe(false);
});

const masked = (values: string) => `import { cat, model, nn, ones, rand, tril, type Tensor } from 'kilnn';

@model()
export class Affine extends nn.Module {
  scale = new nn.Parameter(ones([2]));
  mask = new nn.Buffer(${values}, { persistent: false });

  forward(x: Tensor<['batch', 2]>): Tensor<['batch', 2]> {
    return x.matmul(this.mask.mul(this.scale));
  }
}
`;

test('buffers outside of the state dictionary are what the source says', async () => {
  const state = { scale: tensor(Float32Array.of(3, 5)) };
  const { code, output, out } = await freezeSource(masked('tril(ones([2, 2]))'), state, '--target', 'js');
  expect([code, output]).toEqual([0, expect.stringContaining('frozen')]);
  const { Affine } = (await import(pathToFileURL(join(out, 'affine.js')).href)) as {
    Affine: ModelClass<{ forward(x: number[][]): Promise<AnyTensor> }>;
  };
  const net = await Affine.create({ device: 'js' });
  expect(await (await net.forward([[1, 10]])).toArray()).toEqual([[33, 50]]);
});

test('a buffer that random numbers decide must be in the state dictionary', async () => {
  const { code, output } = await freezeSource(masked('cat([ones([1, 2]), rand([1, 2])])'), { scale: tensor([1, 1]) });
  expect(code).toBe(1);
  expect(output).toContain('mask cannot be frozen: the state dictionary has only persistent buffers, and random numbers decide its value');
});

test('weights of another model are refused with all that is wrong', async () => {
  const { 'layer.bias': _, ...rest } = weights;
  const { code, output, out } = await freeze({
    ...rest,
    'layer.weight': tensor(new Float32Array(4), { shape: [2, 2] }),
    extra: tensor([1]),
  });
  expect(code).toBe(1);
  expect(output).toContain('missing: layer.bias');
  expect(output).toContain('unexpected: extra');
  expect(output).toContain('wrong shape: layer.weight is f32[2, 2], expected f32[3, 2]');
  expect(() => readdirSync(out)).toThrow('ENOENT');
});

test('a file that is no safetensors file is refused', async () => {
  const { code, output } = await freeze('not weights at all');
  expect(code).toBe(1);
  expect(output).toMatch(/error\[KN4004\]: .*affine\.safetensors cannot be read: /);
});

test('a loss can be kept', async () => {
  const { code, out } = await freeze(weights, '--entry', 'objective');
  expect(code).toBe(0);
  const { Affine } = (await import(pathToFileURL(join(out, 'affine.js')).href)) as {
    Affine: ModelClass<{ objective(x: number[][], y: number[][]): Promise<AnyTensor> }>;
  };
  const net = await Affine.create({ device: 'js' });
  expect(await (await net.objective([[0, 0]], [[0.5, -0.5, 0.25 + 3]])).item()).toBe(3);
});

test('an entry that is not there is refused', async () => {
  const { code, output } = await freeze(weights, '--entry', 'backward');
  expect(code).toBe(1);
  expect(output).toContain('Affine has no entry backward; it has forward, objective');
});

test('loops and branches are frozen with the weights, known ones folded', async () => {
  const text = `import { model, nn, type Tensor } from 'kilnn';

@model({ loopLimit: 20 })
export class Affine extends nn.Module {
  layer = new nn.Linear(2, 3);

  forward(x: Tensor<['batch', 2]>): Tensor<['batch', 3]> {
    let y: Tensor = this.layer.forward(x);
    if (this.layer.bias!.sum().item() > 0) y = y.add(1);
    else y = y.sub(1);
    let turns = 0;
    while (y.sum().item() > 10) {
      y = y.mul(0.5);
      turns++;
    }
    return y.add(turns) as Tensor<['batch', 3]>;
  }
}
`;
  const { code, output, out } = await freezeSource(text, weights);
  expect([code, output]).toEqual([0, expect.stringContaining('frozen')]);
  const { Affine } = (await import(pathToFileURL(join(out, 'affine.js')).href)) as {
    Affine: ModelClass<{ forward(x: number[][]): Promise<AnyTensor> }>;
  };
  const net = await Affine.create({ device: 'js' });
  // 1 + 2 * 10 + 0.5 + 1 and so on sum to 132.25: halved four times.
  expect(await (await net.forward([[1, 10]])).toArray()).toEqual([[22.5, 43.5, 66.25].map((value) => value / 16 + 4)]);
  expect(await (await net.forward([[0, -1]])).toArray()).toEqual([[-0.5, -3.5, -4.75]]);
  await expect(net.forward([[Number.POSITIVE_INFINITY, 1]])).rejects.toThrow(/affine.ts:12: this loop has run 20 turns/);
  expect(await (await net.forward([[0, -1]])).toArray()).toEqual([[-0.5, -3.5, -4.75]]);
});
