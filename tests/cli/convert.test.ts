import { copyFileSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { run } from '../../compiler/cli/run.js';
import { type AnyTensor, decodeSafetensors, type ModelClass, type StoredTensor } from '../../runtime/index.js';
import { loadTorch } from '../../runtime/torch.js';
import { floats, op, tensorOf, torchFile } from '../helpers/torch-writer.js';

const golden = (file: string) => fileURLToPath(new URL(`../../golden/numbers/files/${file}`, import.meta.url));
const folder = () => mkdtempSync(join(tmpdir(), 'kilnn-convert-'));

async function kilnn(...argv: string[]) {
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

async function convert(source: string, ...options: string[]) {
  const out = join(folder(), 'out.safetensors');
  const ended = await kilnn('convert', source, out, ...options);
  const dict = existsSync(out) ? decodeSafetensors(readFileSync(out), { stored: true }) : undefined;
  return { ...ended, stdout: ended.stdout.replace(out, 'out.safetensors'), dict };
}

describe('kilnn convert', () => {
  test('writes the tensors and says which', async () => {
    const { code, stdout, stderr, dict } = await convert(golden('mlp-small.pt'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`tensor          dtype   shape    size
hidden.weight   f32     [2, 3]   24 B
hidden.bias     f32     [2]       8 B
output.weight   f32     [1, 2]    8 B
output.bias     f32     [1]       4 B

converted out.safetensors  4 tensors, 356 B
`);
    expect(dict).toEqual(decodeSafetensors(readFileSync(golden('mlp-small.safetensors')), { stored: true }));
  });

  test.each(['dtypes.pt', 'dtypes.legacy.pt', 'dtypes.safetensors'])('every element of %s stays as it is', async (file) => {
    const { code, dict } = await convert(golden(file));
    expect(code).toBe(0);
    expect(dict).toEqual(await loadTorch(golden('dtypes.pt'), { stored: true }));
    expect(Object.values(dict!).map(({ dtype }) => dtype)).toEqual(Object.keys(dict!));
  });

  test('a checkpoint: names with dots, and only what the prefix chooses', async () => {
    const all = await convert(golden('checkpoint.pt'));
    expect(Object.keys(all.dict!)).toContain('optimizer.state.0.momentum_buffer');
    expect(all.stdout).toContain('no tensors, left out: epoch, optimizer.param_groups.0.lr, ');
    expect(all.stdout).toMatch(/, and \d+ others\n/);
    const { dict, stdout } = await convert(golden('checkpoint.legacy.pt'), '--prefix', 'model.');
    expect(Object.keys(dict!)).toEqual([
      '0.weight',
      '0.bias',
      '1.weight',
      '1.bias',
      '1.running_mean',
      '1.running_var',
      '1.num_batches_tracked',
      '3.weight',
      '3.bias',
    ]);
    expect(stdout).toMatch(/^1\.num_batches_tracked {3}i64 {5}\[\] +8 B$/m);
    const none = await convert(golden('checkpoint.pt'), '--prefix', 'net.');
    expect(none.code).toBe(1);
    expect(none.stderr).toMatch(
      /error\[KN4007\]: no tensor in .*checkpoint\.pt has a name that begins with 'net\.'\n *hint: there are model\.0\.weight, /,
    );
    expect(none.dict).toBeUndefined();
  });

  test('floats in 16 bits, with a warning where they are too small', async () => {
    const { code, stdout, stderr, dict } = await convert(golden('dtypes.pt'), '--dtype', 'f16');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^f64 {6}f64 -> f16 +\[2\] +4 B$/m);
    expect(stdout).toMatch(/^i64 {6}i64 /m);
    expect(stderr).toContain("warning[KN4009]: an element of 'f64' became infinite: f16 does not hold them");
    expect([...(dict!.f32 as StoredTensor).data]).toEqual([1.5, -0, 0]);
    expect((dict!.f64 as StoredTensor).data[1]).toBe(Number.NEGATIVE_INFINITY);
    const bf16 = await convert(golden('dtypes.pt'), '--dtype', 'bf16');
    expect((bf16.dict!.f16 as StoredTensor).data[1]).toBe(65536);
  });

  test('one tensor, and lists', async () => {
    expect(Object.keys((await convert(golden('tensor-int.pt'))).dict!)).toEqual(['tensor']);
    expect(Object.keys((await convert(golden('tensor-list.pt'))).dict!)).toEqual(['0', '1']);
  });

  test.each(['bad-crc.pt', 'bad-pickle-eval.pt', 'bad-whole-module.pt', 'bad-st-overlap.safetensors', 'none.pt'])(
    '%s is refused',
    async (file) => {
      const { code, stdout, stderr, dict } = await convert(golden(file));
      expect({ code, stdout, dict }).toEqual({ code: 1, stdout: '', dict: undefined });
      expect(stderr).toContain('error[KN4004]: ');
      expect(stderr.match(new RegExp(file, 'g'))?.length).toBe(file === 'none.pt' ? 2 : 1);
    },
  );

  test('names that would meet, containers shared without end, nothing to write', async () => {
    const refuse = async (value: number[], message: string) => {
      const path = join(folder(), 'net.pt');
      writeFileSync(path, torchFile(value, { 0: floats(1) }));
      const { code, stderr } = await convert(path);
      expect(code).toBe(1);
      expect(stderr).toContain(message);
    };
    const one = tensorOf({ size: 1, shape: [1], stride: [1] });
    const inner = [...op.dict, ...op.text('b'), ...one, ...op.setItem];
    await refuse(
      [...op.dict, ...op.text('a.b'), ...one, ...op.setItem, ...op.text('a'), ...inner, ...op.setItem],
      "two of its tensors would be called 'a.b'",
    );
    const shared = Array.from({ length: 40 }, (_, i) => [...op.mark, ...op.get(i), ...op.get(i), ...op.tuple, ...op.put(i + 1)]).flat();
    await refuse(op.tupleOf([...op.list, ...op.put(0), ...shared]), 'shared so often');
    await refuse(op.int(3), 'error[KN4008]: there are no tensors in ');
    const unwritable = await kilnn('convert', golden('mlp-small.pt'), join(folder(), 'no', 'out.safetensors'));
    expect(unwritable).toMatchObject({ code: 1, stdout: '' });
    expect(unwritable.stderr).toContain('error[KN4003]: ');
  });

  test.each([
    [['convert', 'a.pt'], "missing required argument 'out'"],
    [['convert', 'a.pt', 'b', '--dtype', 'i4'], 'Allowed choices are f32, f16, bf16'],
  ])('%j is a wrong command line', async (argv, message) => {
    const { code, stderr } = await kilnn(...argv);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

test("kilnn freeze takes PyTorch's files", async () => {
  const at = folder();
  const file = join(at, 'net.ts');
  writeFileSync(
    file,
    `import { model, nn, type Tensor } from 'kilnn';

@model()
export class Net extends nn.Module {
  hidden = new nn.Linear(3, 2);
  output = new nn.Linear(2, 1);

  forward(x: Tensor<['batch', 3]>): Tensor<['batch', 1]> {
    return this.output.forward(this.hidden.forward(x));
  }
}
`,
  );
  const results = [];
  for (const weights of ['mlp-small.pt', 'mlp-small.legacy.pt', 'mlp-small.safetensors']) {
    // The name says nothing about the format.
    copyFileSync(golden(weights), join(at, 'weights'));
    const out = join(at, weights);
    expect(await kilnn('freeze', file, '--weights', join(at, 'weights'), '--out', out)).toMatchObject({ code: 0, stderr: '' });
    const { Net } = (await import(pathToFileURL(join(out, 'net.js')).href)) as {
      Net: ModelClass<{ forward(x: number[][]): Promise<AnyTensor> }>;
    };
    results.push(await (await (await Net.create({ device: 'js' })).forward([[1, 2, 3]])).item());
  }
  expect(results[1]).toBe(results[0]);
  expect(results[2]).toBe(results[0]);
  const refused = await kilnn('freeze', file, '--weights', golden('bad-pickle-os-system.pt'), '--out', join(at, 'bad'));
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toContain('"posix.system"');
  expect(existsSync(join(at, 'bad'))).toBe(false);
});
