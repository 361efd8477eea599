import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateModels } from '../../compiler/frontend/index.js';
import { dslDirectory } from '../../compiler/frontend/project.js';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const NET = `import { nn, model, type Tensor } from 'kilnn';
  import { width } from './sizes';
  @model() export class Net extends nn.Module { fc = new nn.Linear(width, 2); forward(x: Tensor<['n', 3]>) { return this.fc.forward(x); } }`;

describe('a project of a user', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kilnn-user-'));
    mkdirSync(join(folder, 'node_modules/kilnn'), { recursive: true });
    cpSync(join(repository, 'dsl'), join(folder, 'node_modules/kilnn/dsl'), { recursive: true });
    writeFileSync(join(folder, 'net.ts'), NET);
    writeFileSync(join(folder, 'sizes.ts'), 'export const width = 3;');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('takes the library from the package that the compiler is part of', () => {
    expect(dslDirectory()).toBe(join(repository, 'dsl'));
    const { models, diagnostics } = evaluateModels([join(folder, 'net.ts')]);
    expect(diagnostics).toEqual([]);
    expect(models[0]!.state.map(({ name }) => name)).toEqual(['fc.weight', 'fc.bias']);
  });

  it('works with the library inside node_modules, and does not take it for the user', () => {
    const { models, diagnostics } = evaluateModels([join(folder, 'net.ts')], { dsl: join(folder, 'node_modules/kilnn/dsl') });
    expect(diagnostics).toEqual([]);
    expect(new Set(models[0]!.entries[0]!.graph.body.nodes.map((node) => node.span?.file))).toEqual(new Set([join(folder, 'net.ts')]));
  });

  it('is as strict as its own tsconfig.json', () => {
    const loose = join(folder, 'loose');
    mkdirSync(loose);
    writeFileSync(join(loose, 'net.ts'), NET.replace('./sizes', '../sizes').replace('forward(x:', 'helper(y) { return y; } forward(x:'));
    expect(evaluateModels([join(loose, 'net.ts')]).diagnostics.map(({ code }) => code)).toEqual(['TS7006']);
    writeFileSync(join(loose, 'tsconfig.json'), '{ "compilerOptions": { "strict": true, /* by choice */ "noImplicitAny": false } }');
    expect(evaluateModels([join(loose, 'net.ts')]).diagnostics).toEqual([]);
  });

  it('may name a file that is not there', () => {
    const { models, diagnostics } = evaluateModels([join(folder, 'missing.ts')]);
    expect([models, diagnostics.map(({ code }) => code)]).toEqual([[], ['KN2024']]);
    expect(evaluateModels(['no/such/net.ts']).diagnostics[0]!.message).toBe("there is no file 'no/such/net.ts'");
  });

  it('may have several files of models, of different names', () => {
    const other = join(folder, 'other.ts');
    writeFileSync(other, NET);
    expect(evaluateModels([join(folder, 'net.ts'), other]).diagnostics.map(({ code }) => code)).toEqual(['KN2012']);
    writeFileSync(other, NET.replace('Net', 'Other'));
    expect(evaluateModels([join(folder, 'net.ts'), other]).models.map(({ name }) => name)).toEqual(['Net', 'Other']);
  });
});
