import { posix } from 'node:path';
import { ts } from 'ts-morph';
import { describe, expect, test } from 'vitest';
import { filesUnder, parse, read } from './sources.js';

const folders = ['dsl', 'compiler', 'runtime', 'golden/models', 'golden/demo', 'tests'];
const sources = filesUnder(folders, '.ts').filter((path) => !path.includes('node_modules/'));

/** Tables of records, where one entry after the other is the natural form. */
const tables: readonly string[] = [
  // The methods of Tensor, each a line or two that calls its function.
  'dsl/tensor.ts',
  // The steps that random graphs are made of.
  'tests/helpers/graph-recipes.ts',
];

describe('source files', () => {
  test('have at most 500 lines', () => {
    expect(sources.length).toBeGreaterThan(30);
    const long = sources.filter((path) => !tables.includes(path)).map((path) => ({ path, lines: read(path).split('\n').length }));
    expect(long.filter(({ lines }) => lines > 500)).toEqual([]);
  });

  test('have names in kebab-case', () => {
    const odd = sources.filter((path) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.d|\.config|\.model)?\.ts$/.test(posix.basename(path)));
    expect(odd).toEqual([]);
  });

  test('do not turn the type checker off', () => {
    const found: string[] = [];
    for (const path of sources) {
      if (!/\bany\b|@ts-/.test(read(path))) continue;
      const file = parse(path);
      const visit = (node: ts.Node): void => {
        if (node.kind === ts.SyntaxKind.AnyKeyword)
          found.push(`${path}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}: any`);
        ts.forEachChild(node, visit);
      };
      visit(file);
      // A test may expect a type error, which is then its point.
      const forbidden = path.startsWith('tests/') ? /^\s*\/[/*]\s*@ts-(ignore|nocheck)/m : /^\s*\/[/*]\s*@ts-/m;
      if (forbidden.test(file.text)) found.push(`${path}: @ts-ignore`);
    }
    expect(found).toEqual([]);
  });

  test('leave nothing undone', () => {
    const found = filesUnder(['dsl', 'compiler', 'runtime', 'golden/models', 'golden/demo'], '.ts').filter((path) =>
      /\b(TODO|FIXME|XXX|HACK)\b/.test(read(path)),
    );
    expect(found).toEqual([]);
  });
});
