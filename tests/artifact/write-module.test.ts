import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleModule } from '../../compiler/artifact/bundle.js';
import { type Literal, literalText, templateText } from '../../compiler/artifact/literal.js';
import { sizeLiteral } from '../../compiler/artifact/size.js';
import { writeModule } from '../../compiler/artifact/write-module.js';
import { addDims, type Dim, evaluateDim, floorDivDims, modDims, mulDims, namedDim, subDims } from '../../compiler/ir/dim.js';
import type { ModelClass, StateDict } from '../../runtime/index.js';
import { evaluateSize } from '../../runtime/size.js';
import { HandMlp } from '../runtime/hand-mlp.js';
import { handModel, jsTarget } from './hand-compiled.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kilnn-artifact-'));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function importModule(source: string): Promise<Record<string, unknown>> {
  const path = join(folder, `module-${files++}.mjs`);
  await writeFile(path, await bundleModule(source));
  return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
}

async function values(dict: object): Promise<unknown> {
  return Promise.all(Object.entries(dict as StateDict).map(async ([name, value]) => [name, value.shape, [...(await value.data())]]));
}

const x = [
  [0.5, -1, 2],
  [1, 0.25, -0.75],
];
const y = [0, 1];

describe('a written module', () => {
  test('does what the plan did that it was written of', async () => {
    const written = ((await importModule(writeModule(handModel, [jsTarget]).text)).HandMlp as ModelClass<HandMlp>).create({ seed: 7 });
    const [a, b] = [await HandMlp.create({ seed: 7 }), await written];
    expect(b.constructor.name).toBe('HandMlp');
    for (const mlp of [a, b]) for (let i = 0; i < 3; i++) await mlp.train.objective(x, y);
    expect(await values(await b.stateDict())).toEqual(await values(await a.stateDict()));
    expect(await values(await b.optimizer.stateDict())).toEqual(await values(await a.optimizer.stateDict()));
    expect(await (await b.forward(x)).toArray()).toEqual(await (await a.forward(x)).toArray());
    const [ga, gb] = [await a.gradients.objective(x, y), await b.gradients.objective(x, y)];
    expect(Object.keys(gb)).toEqual(['loss', 'gradients']);
    expect(await values(gb.gradients)).toEqual(await values(ga.gradients));
    expect(Object.keys(await b.train.objective(x, y))).toEqual(['loss']);
    b.optimizer.lr = 0.5;
    await expect(b.forward([[1]])).rejects.toThrow('forward: x should be f32[batch, 3]');
  });

  test('has the same bytes each time, each kernel once, and no code that is made of text', () => {
    const source = writeModule(handModel, [jsTarget]).text;
    expect(writeModule(handModel, [jsTarget]).text).toBe(source);
    for (const name of ['linear', 'sgd', 'weightGradient']) expect(source.split(`\n  ${name}(`).length, name).toBe(2);
    expect(source).not.toMatch(/eval|new Function/);
    expect(source.split('\n').filter((line) => line.length > 140)).toEqual([]);
  });

  test('leaves nothing in a bundle that does not use it', async () => {
    const path = join(folder, 'unused.js');
    await writeFile(path, writeModule(handModel, [jsTarget]).text);
    const { outputFiles } = await build({
      stdin: { contents: `import './unused.js'; console.log(1);`, resolveDir: folder },
      bundle: true,
      write: false,
      format: 'esm',
      external: ['kilnn/*'],
    });
    expect(outputFiles[0]!.text).not.toContain('HandMlp');
    expect(outputFiles[0]!.text).not.toContain('momentum');
  });

  test('keeps kernels of one name apart when their texts differ', async () => {
    const other: typeof jsTarget = {
      ...jsTarget,
      kernels: new Map(
        [...jsTarget.kernels].map(([kernel, code], i) => [
          kernel,
          i % 2 ? code : { ...code, source: `${code.source.slice(0, -1)}/* ${i} */}` },
        ]),
      ),
    };
    const source = writeModule(handModel, [other]).text;
    expect(source).toContain('sgd_2(');
    const mlp = await ((await importModule(source)).HandMlp as ModelClass<HandMlp>).create({ seed: 7 });
    const plain = await HandMlp.create({ seed: 7 });
    await mlp.train.objective(x, y);
    await plain.train.objective(x, y);
    expect(await values(await mlp.stateDict())).toEqual(await values(await plain.stateDict()));
  });

  test('declares helpers once and before the kernels; a model may have the name of anything in the module', async () => {
    const helped: typeof jsTarget = {
      ...jsTarget,
      kernels: new Map(
        [...jsTarget.kernels].map(([kernel, code]) => [
          kernel,
          {
            ...code,
            helpers: [{ name: 'log1p', source: 'const log1p = Math.log1p;' }],
            source: code.source.replaceAll('Math.log1p', 'log1p'),
          },
        ]),
      ),
    };
    const source = writeModule({ ...handModel, name: 'log1p' }, [helped]).text;
    expect(source.split('const log1p = Math.log1p;').length).toBe(2);
    const mlp = await ((await importModule(source)).log1p as ModelClass<HandMlp>).create({ seed: 7 });
    const expected = await (await (await HandMlp.create({ seed: 7 })).objective(x, y)).item();
    expect(await (await mlp.objective(x, y)).item()).toBe(expected);
  });

  test('webgpu kernels are strings, in the short form that their backend makes', () => {
    const code = 'fn main() { /* `\x24{a}` \\ */ }';
    const kernels = new Map(
      [...jsTarget.kernels.keys()].map((kernel) => [
        kernel,
        { source: code, access: ['read', 'write'] as const, sizes: [], groups: [1, namedDim('batch'), 1] as const },
      ]),
    );
    const source = writeModule(handModel, [
      { ...jsTarget, backend: { target: 'webgpu', compact: (sources) => sources.map((text) => text.replace('main', 'm')) }, kernels },
    ]).text;
    expect(source).toContain("import { webgpu } from 'kilnn/runtime/webgpu';");
    expect(source).toContain("groups: [1, 'batch', 1]");
    expect(source).not.toContain('kilnn/runtime/js');
    const template = /webgpuKernels = \{\s*\w+: (`[\s\S]*?[^\\]`),/.exec(source)![1]!;
    expect(new Function(`return ${template}`)()).toBe(code.replace('main', 'm'));
  });
});

describe('literals', () => {
  const evaluate = (text: string): unknown => new Function(`return (${text})`)();
  const value: fc.Arbitrary<Literal> = fc.letrec<{ value: Literal }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.boolean(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string({ unit: 'binary', maxLength: 5 }), tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).value;

  test('any data is what its text says', () => {
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 130 }), (data, indent) => {
        expect(evaluate(literalText(data, indent))).toEqual(data);
      }),
      { numRuns: 500 },
    );
  });

  test('names that mean something to JavaScript, separators of lines, ends of scripts', () => {
    for (const text of ['__proto__', 'a b', "it's", '"', '\\', '\n', '\u2028', '</script>', '\x24{x}', '`', '-0', '']) {
      expect(evaluate(literalText({ [text]: text }))).toEqual({ [text]: text });
      expect(evaluate(templateText(text))).toBe(text);
    }
    expect(literalText('</script>')).not.toContain('</script>');
    expect(Object.is(evaluate(literalText(-0)), -0)).toBe(true);
    expect(literalText({ a: undefined, b: 1 })).toBe('{ b: 1 }');
  });
});

describe('sizes', () => {
  const dim: fc.Arbitrary<Dim> = fc.letrec<{ dim: Dim }>((tie) => ({
    dim: fc.oneof(
      { depthSize: 'small' },
      fc.integer({ min: -5, max: 9 }),
      fc.constantFrom(namedDim('n'), namedDim('m')),
      fc.tuple(fc.constantFrom(addDims, subDims, mulDims), tie('dim'), tie('dim')).map(([apply, a, b]) => apply(a, b)),
      fc.tuple(fc.constantFrom(floorDivDims, modDims), tie('dim'), fc.integer({ min: 1, max: 7 })).map(([apply, a, b]) => apply(a, b)),
    ),
  })).dim;

  test('a size is the same number to the compiler and to the runtime', () => {
    fc.assert(
      fc.property(dim, fc.nat(20), fc.nat(20), (size, n, m) => {
        const bindings = new Map([
          ['n', n],
          ['m', m],
        ]);
        // A product with a negative number may be -0 on one side.
        expect(evaluateSize(sizeLiteral(size), { n, m }) === evaluateDim(size, bindings)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
