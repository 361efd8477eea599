import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { root } from '../repository/sources.js';
import { temporaryFolder } from './built.js';

const run = promisify(execFile);

const model = `import { F, loss, model, nn, optim, type Tensor } from 'kilnn';

class Block extends nn.Module {
  linear: nn.Linear;

  constructor(inputs: number, outputs: number) {
    super();
    this.linear = new nn.Linear(inputs, outputs);
  }

  forward(x: Tensor): Tensor {
    return F.relu(this.linear.forward(x));
  }
}

@model({ optimizer: new optim.SGD({ lr: 0.5 }) })
export class Exclusive extends nn.Module {
  body = new Block(2, 8);
  head = new nn.Linear(8, 2);

  forward(x: Tensor<['batch', 2]>): Tensor<['batch', 2]> {
    return this.head.forward(this.body.forward(x));
  }

  @loss
  objective(x: Tensor<['batch', 2]>, y: Tensor<['batch'], 'i32'>) {
    return F.crossEntropy(this.forward(x), y);
  }
}
`;

const program = `import { loadSafetensors, saveSafetensors } from 'kilnn/runtime';
import { Exclusive } from './dist/my-model.js';

const net = await Exclusive.create({ device: 'js', seed: 1 });
const x = [[0, 0], [0, 1], [1, 0], [1, 1]];
const y = Int32Array.of(0, 1, 1, 0);
for (let step = 0; step < 500; step++) await net.train.objective(x, y);
const { loss, gradients } = await net.gradients.objective(x, y);
const weight: Float32Array = await gradients['head.weight'].data();
await saveSafetensors('net.safetensors', await net.stateDict());
const other = await Exclusive.create({ device: 'js', seed: 2 });
await other.loadStateDict(await loadSafetensors('net.safetensors'));
const logits = await (await other.forward(x)).data();
const right = Array.from(y).filter((label, row) => (logits[2 * row + 1]! > logits[2 * row]! ? 1 : 0) === label).length;
console.log(JSON.stringify({ loss: await loss.item(), gradient: weight.length, right }));
`;

/** What an editor would underline: a wrong argument count, a parameter that is not there, a device that was not built for. */
const wrong = [
  ['net.forward()', 'TS2554'],
  ["net.parameter('head.wait')", 'TS2345'],
  ["Exclusive.create({ device: 'webgl' })", 'TS2322'],
  ['net.train.loss(x, y)', 'TS2339'],
] as const;

const settings = {
  compilerOptions: {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    skipLibCheck: false,
    lib: ['es2022', 'dom'],
    types: [],
  },
};

describe('the package, installed outside of the repository', () => {
  const folder = temporaryFolder();
  const shell = (command: string, ...args: string[]) => run(command, args, { cwd: folder });
  const tsc = (file: string) => {
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...settings, files: [file] }));
    return shell(process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '-p', '.');
  };

  beforeAll(async () => {
    await run('npm', ['pack', '--pack-destination', folder, '--loglevel', 'error'], { cwd: root });
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))!;
    mkdirSync(join(folder, 'src'));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }));
    writeFileSync(join(folder, 'my-model.ts'), model);
    writeFileSync(join(folder, 'main.ts'), program);
    await shell('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel', 'error', join(folder, tarball));
  }, 300_000);

  test('builds a model with npx, type-checks and runs a program that trains it', async () => {
    const { stdout } = await shell('npx', '--no-install', 'kilnn', 'build', 'my-model.ts', '--out', 'dist');
    expect(stdout).toContain(join('dist', 'my-model.js'));
    await tsc('main.ts');
    const result = JSON.parse((await shell(process.execPath, 'main.js')).stdout) as Record<string, number>;
    expect(result).toMatchObject({ gradient: 16, right: 4 });
    expect(result.loss).toBeLessThan(0.1);
  }, 120_000);

  test.each(wrong)(
    '%s is a type error',
    async (expression, code) => {
      const text = `import { Exclusive } from './dist/my-model.js';\nconst net = await Exclusive.create();\nconst x = [[0, 1]];\nconst y = Int32Array.of(0);\nawait ${expression};\nvoid [net, x, y];\n`;
      writeFileSync(join(folder, 'wrong.ts'), text);
      const output = await tsc('wrong.ts').then(
        () => 'no error',
        ({ stdout }: { stdout: string }) => stdout,
      );
      expect(output).toContain(`wrong.ts(5,`);
      expect(output).toContain(code);
    },
    60_000,
  );

  test('holds what it needs and nothing else', () => {
    const installed = join(folder, 'node_modules/kilnn');
    expect(readdirSync(installed).sort()).toEqual(['LICENSE', 'README.md', 'dist', 'dsl', 'package.json']);
    expect(readFileSync(join(installed, 'dist/compiler/cli.js'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});
