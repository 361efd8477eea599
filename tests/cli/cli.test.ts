import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../../compiler/cli/run.js';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `kilnn ...argv` in this process. */
async function kilnn(...argv: string[]): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  const terminal = {
    write: (text: string) => {
      stdout += text;
    },
    writeError: (text: string) => {
      stderr += text;
    },
    colors: false,
  };
  const code = await run(argv, terminal, '1.2.3');
  expect(stderr, 'a stack trace').not.toMatch(/^ {4}at /m);
  return { code, stdout, stderr };
}

const folder = () => mkdtempSync(join(tmpdir(), 'kilnn-cli-'));

function write(text: string, name = 'net.ts'): string {
  const file = join(folder(), name);
  writeFileSync(file, text);
  return file;
}

const small = `import { model, nn, type Tensor } from 'kilnn';

@model()
export class Small extends nn.Module {
  layers = new nn.Sequential(new nn.Linear(4, 3), new nn.ReLU(), new nn.Linear(3, 2));

  forward(x: Tensor<['batch', 4]>): Tensor<['batch', 2]> {
    return this.layers.forward(x);
  }
}
`;

test('a loss from which no gradient flows to a parameter is an error where there is something to train', async () => {
  const source = (options: string) => `import { F, loss, model, nn, optim, type Tensor } from 'kilnn';
@model(${options})
export class Net extends nn.Module {
  layer = new nn.Linear(4, 2);
  @loss wrong(x: Tensor<['n', 4]>, y: Tensor<['n'], 'i32'>) { return this.layer.forward(x).argmax(1).ne(y).float().mean(); }
}`;
  const { code, stderr } = await kilnn('check', write(source('{ optimizer: new optim.SGD({ lr: 0.1 }) }')));
  expect(code).toBe(1);
  expect(stderr).toContain("error[KN4001]: the loss 'wrong' has no gradient: none flows back to any of the parameters that it reads");
  expect(stderr).toContain('hint: argmax, comparisons,');
  expect((await kilnn('check', write(source('')))).code).toBe(0);
});

describe('the command line', () => {
  test('says what it can do', async () => {
    const { code, stdout } = await kilnn('--help');
    expect(code).toBe(0);
    for (const command of ['build', 'check', 'inspect', 'freeze']) expect(stdout).toContain(command);
    expect(await kilnn('--version')).toMatchObject({ code: 0, stdout: '1.2.3\n' });
    expect((await kilnn('build', '--help')).stdout).toContain('--stop-after <stage>');
  });

  test('without a command shows the help and fails', async () => {
    const { code, stderr } = await kilnn();
    expect(code).toBe(2);
    expect(stderr).toContain('Usage: kilnn');
  });

  test.each([
    [['biuld', 'x.ts'], '(Did you mean build?)'],
    [['build'], "missing required argument 'files'"],
    [['build', 'x.ts', '--otu', 'y'], '(Did you mean --out?)'],
    [['build', 'x.ts', '--target', 'cuda'], "'cuda' is not a target; there are js, wasm, webgpu"],
    [['build', 'x.ts', '--emit', 'ir,asm'], "'asm' is not a kind of output; there are ir, gradient, fused, kernels, plan, js, wat, wgsl"],
    [['build', 'x.ts', '--stop-after', 'lunch'], "'lunch' is not a stage; there are evaluate, "],
    [['build', 'x.ts', '--why', 'me'], "'me' is not a topic; there are fuse"],
    [['freeze', 'x.ts'], "required option '-w, --weights <file>' not specified"],
  ])('%j is a wrong command line', async (argv, message) => {
    const { code, stdout, stderr } = await kilnn(...argv);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
  });

  test.each(['build', 'check', 'inspect'])('%s of a missing file says so', async (command) => {
    const { code, stderr } = await kilnn(command, 'no/such/net.ts');
    expect(code).toBe(1);
    expect(stderr).toMatch(/error\[KN\d+\]: .*no\/such\/net\.ts/);
  });
});

describe('kilnn build', () => {
  test('writes a module and its types and says how large it is', async () => {
    const out = folder();
    const { code, stdout, stderr } = await kilnn('build', write(small), '--out', out);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^built .*net\.js {2}Small: [\d.]+ KB, [\d.]+ KB gzip; \d+ kernels? for js, \d+ kernels? for wasm, \d+ kernels? for webgpu\n$/,
    );
    expect(readdirSync(out).sort()).toEqual(['net.d.ts', 'net.js']);
    expect(readFileSync(join(out, 'net.js'), 'utf8')).toContain('export const Small');
  });

  test('builds for one target only when asked, and smaller when minified', async () => {
    const file = write(small);
    const [both, one, minified] = [folder(), folder(), folder()];
    await kilnn('build', file, '--out', both);
    await kilnn('build', file, '--out', one, '--target', 'js');
    await kilnn('build', file, '--out', minified, '--target', 'js', '--minify');
    const text = (out: string) => readFileSync(join(out, 'net.js'), 'utf8');
    expect(text(both)).toContain('kilnn/runtime/webgpu');
    expect(text(one)).not.toContain('webgpu');
    expect(text(minified).length).toBeLessThan(text(one).length);
  });

  test('reports all errors at their lines and writes nothing', async () => {
    const out = join(folder(), 'dist');
    const file = write(`import { model, nn, type Tensor } from 'kilnn';

@model()
export class Wrong extends nn.Module {
  first = new nn.Linear(4, 3);
  second = new nn.Linear(5, 2);

  forward(x: Tensor<['batch', 4]>) {
    return this.second.forward(this.first.forward(x));
  }
}

@model()
export class Misspelt extends nn.Module {
  layer = new nn.Linaer(4, 3);

  forward(x: Tensor<['batch', 4]>) {
    return this.layer.forward(x);
  }
}
`);
    const { code, stdout, stderr } = await kilnn('build', file, '--out', out);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('net.ts:9:12');
    expect(stderr).toContain('return this.second.forward(this.first.forward(x));');
    expect(stderr).toContain('Linaer');
    expect(stderr).toMatch(/did you mean 'Linear'/i);
    expect(stderr).toContain('2 errors');
    expect(existsSync(out)).toBe(false);
  });

  test('two modules of one name are refused', async () => {
    const out = join(folder(), 'dist');
    const { code, stderr } = await kilnn('build', write(small), write(small.replace('class Small', 'class Other')), '--out', out);
    expect(code).toBe(1);
    expect(stderr).toContain('Small and Other would both be written to');
    expect(existsSync(out)).toBe(false);
  });

  test('several models in a file become modules of their own', async () => {
    const out = folder();
    const { code } = await kilnn('build', write(`${small}\n@model()\nexport class MLPHead extends Small {}\n`), '--out', out);
    expect(code).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['mlp-head.d.ts', 'mlp-head.js', 'small.d.ts', 'small.js']);
  });

  test('says when the folder cannot be written', async () => {
    const file = write('');
    const { code, stderr } = await kilnn('build', write(small), '--out', join(file, 'dist'));
    expect(code).toBe(1);
    expect(stderr).toContain('cannot be written');
  });

  test('prints what is between the stages', async () => {
    const file = write(small);
    const out = folder();
    const { stdout } = await kilnn('build', file, '--out', out, '--emit', 'ir,fused,kernels,plan', '--emit', 'js,wgsl', '--why', 'fuse');
    expect(stdout).toContain('graph forward(');
    expect(stdout).toContain('program forward: ');
    expect(stdout).toContain('program forward(x: f32[batch, 4])');
    expect(stdout).toContain('// net.kernels.js');
    expect(stdout).toContain('@compute');
    const files = folder();
    const quiet = await kilnn('build', file, '--out', out, '--emit', 'ir,plan', '--emit-dir', files);
    expect(quiet.stdout).not.toContain('graph forward(');
    expect(readdirSync(files).sort()).toEqual(['net.ir.txt', 'net.js.plan.txt', 'net.wasm.plan.txt', 'net.webgpu.plan.txt']);
  });

  test('ends after a stage', async () => {
    const file = write(small);
    const out = join(folder(), 'dist');
    const raw = await kilnn('build', file, '--out', out, '--emit', 'ir,plan', '--stop-after', 'evaluate');
    expect(raw.code).toBe(0);
    expect(raw.stdout).toContain('graph forward(');
    expect(raw.stdout).not.toContain('program forward');
    for (const stage of ['eliminateDead', 'eliminateDead:2', 'optimize', 'lower', 'emit']) {
      expect((await kilnn('build', file, '--out', out, '--stop-after', stage)).code).toBe(0);
    }
    expect(existsSync(out)).toBe(false);
  });
});

describe('kilnn check', () => {
  test('finds no error in a right model and writes nothing', async () => {
    expect(await kilnn('check', write(small))).toEqual({ code: 0, stdout: 'no errors in Small\n', stderr: '' });
  });

  test('finds a loss without a gradient', async () => {
    const { code, stderr } = await kilnn(
      'check',
      write(`import { loss, model, nn, type Tensor } from 'kilnn';

@model()
export class Net extends nn.Module {
  layer = new nn.Linear(4, 3);

  @loss
  objective(x: Tensor<['batch', 4]>) {
    return this.layer.forward(x);
  }
}
`),
    );
    expect(code).toBe(1);
    expect(stderr).toContain('a loss must be a float tensor without dims');
  });
});

describe('kilnn inspect', () => {
  test('shows the tree with shapes and parameters, and the kernels of each program', async () => {
    const { code, stdout } = await kilnn('inspect', write(small));
    expect(code).toBe(0);
    const lines = stdout.split('\n').map((line) => line.trimEnd().replace(/ {2,}(?=\S)/g, (gap, at) => (at === 0 ? gap : ' | ')));
    expect(lines.slice(0, 8)).toEqual([
      expect.stringMatching(/output \| parameters$/),
      'Small( | [batch, 2]',
      '  (layers): Sequential( | [batch, 2]',
      '    (0): Linear(in_features=4, out_features=3, bias=True) | [batch, 3] | 15',
      '    (1): ReLU() | [batch, 3]',
      '    (2): Linear(in_features=3, out_features=2, bias=True) | [batch, 2] | 8',
      '  )',
      ')',
    ]);
    expect(stdout).toContain('23 parameters: 92 B of parameters');
    expect(stdout).toMatch(/^forward +\d+ +\d+ +/m);
  });

  test('tells the bytes of the arena for given sizes', async () => {
    const file = write(small);
    const formula = await kilnn('inspect', file, '--target', 'js');
    expect(formula.stdout).toMatch(/^forward +\d+ +2 +12\*batch$/m);
    const { stdout } = await kilnn('inspect', file, '--target', 'js', '--dims', 'batch=100');
    expect(stdout).toMatch(/program +operations +js kernels +arena bytes +at least$/m);
    // 1200 bytes, in multiples of 64.
    expect(stdout).toMatch(/^forward +\d+ +2 +1,216 +1,216$/m);
    const wrong = await kilnn('inspect', file, '--dims', 'bacth=100');
    expect([wrong.code, wrong.stderr]).toEqual([2, "error: no size is called 'bacth'; there are batch\n"]);
    expect((await kilnn('inspect', file, '--dims', 'batch')).stderr).toContain("'batch' is not a size as in batch=256.");
  });

  test('prints the report as JSON', async () => {
    const { stdout } = await kilnn('inspect', write(small), '--json', '--target', 'js');
    const [report] = JSON.parse(stdout) as [
      { name: string; parameters: number; programs: { name: string; targets: { target: string }[] }[] },
    ];
    expect(report).toMatchObject({ name: 'Small', parameters: 23 });
    expect(report.programs.map(({ name, targets }) => [name, targets.map(({ target }) => target)])).toEqual([
      ['init', ['js']],
      ['forward', ['js']],
    ]);
  });
});
