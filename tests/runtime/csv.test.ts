import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CsvParser } from '../../runtime/data/csv-parser.js';
import { type CsvOptions, csvRecords, DataLoader, readCsv, TensorDataset } from '../../runtime/index.js';

const read = (text: string, options?: CsvOptions) => readCsv(new TextEncoder().encode(text), options);

async function records(text: string): Promise<string[][]> {
  const found: string[][] = [];
  for await (const { fields } of csvRecords(new TextEncoder().encode(text))) found.push(fields.map(({ text }) => text));
  return found;
}

describe('records', () => {
  test('quotes, line ends and blank lines', async () => {
    expect(await records('a,"b ""x"", y",\r\n"1\r\n2",,3\n\n\r\nlast')).toEqual([['a', 'b "x", y', ''], ['1\r\n2', '', '3'], ['last']]);
    expect(await records('a\rb\r\r\nc')).toEqual([['a'], ['b'], ['c']]);
    expect(await records('')).toEqual([]);
    expect(await records('""\n,')).toEqual([[''], ['', '']]);
  });

  test('any table is read as it was written, in pieces of any size', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é') });
    const table = fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { maxLength: 5 });
    const write = (rows: string[][], end: string) =>
      rows.map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(',') + end).join('');
    fc.assert(
      fc.property(table, fc.constantFrom('\n', '\r\n', '\r'), fc.integer({ min: 1, max: 9 }), (rows, end, size) => {
        const text = write(rows, end);
        const parser = new CsvParser();
        const found: string[][] = [];
        for (let at = 0; at < text.length; at += size)
          for (const { fields } of parser.push(text.slice(at, at + size))) found.push(fields.map((each) => each.text));
        for (const { fields } of parser.end()) found.push(fields.map((each) => each.text));
        expect(found).toEqual(rows);
      }),
      { numRuns: 300 },
    );
  });

  test('lines are counted through quotes', async () => {
    const lines: number[] = [];
    for await (const { line } of csvRecords(new TextEncoder().encode('a\r\n"b\r\nc\n"\r\n\nd\re'))) lines.push(line);
    expect(lines).toEqual([1, 2, 6, 7]);
  });

  test.each([
    ['a,b\n1,x"y"', 'line 2, column 2: a quote stands within a field that does not begin with one'],
    ['"a"b', 'line 1, column 1: text follows a quoted field'],
    ['a\n\n"b', 'line 3, column 1: a quoted field has no end'],
  ])('%j is refused', async (text, message) => {
    await expect(records(text)).rejects.toMatchObject({ code: 'KN5005', message: expect.stringContaining(message) });
  });

  test('what is no text, and separators that cannot be', async () => {
    await expect(read('a', { separator: '""' })).rejects.toThrow('the separator is');
    await expect(readCsv(Uint8Array.of(0x61, 0xff))).rejects.toThrow('it is not UTF-8');
    await expect(readCsv(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0x0a, 0x31))).resolves.toMatchObject({ names: ['a'], length: 1 });
  });
});

describe('tables', () => {
  const iris = 'length,width,species,wild\n5.1,3.5,setosa,true\n7.0,3.2,versicolor,False\n-6.3e0, 3 ,setosa,1\n';

  test('columns of their types, labels as numbers of classes', async () => {
    const table = await read(iris, { columns: { wild: 'bool' } });
    expect([table.length, table.names]).toEqual([3, ['length', 'width', 'species', 'wild']]);
    const x = table.tensor(['length', 'width']);
    expect([x.shape, x.dtype]).toEqual([[3, 2], 'f32']);
    expect(await x.toArray()).toEqual(
      [
        [5.1, 3.5],
        [7, 3.2],
        [-6.3, 3],
      ].map((row) => row.map(Math.fround)),
    );
    const y = table.tensor('species');
    expect([y.dtype, await y.toArray(), table.classes('species')]).toEqual(['i32', [0, 1, 0], ['setosa', 'versicolor']]);
    expect([table.tensor('wild').dtype, await table.tensor('wild').toArray()]).toEqual(['bool', [true, false, true]]);
    expect(await table.tensor(['species', 'wild']).toArray()).toEqual([
      [0, 1],
      [1, 0],
      [0, 1],
    ]);
    for (const [rows, labels] of new DataLoader(new TensorDataset(x, y), { batchSize: 3 }))
      expect([rows.shape, labels.shape]).toEqual([[3, 2], [3]]);
  });

  test('classes in an order of their own, text, other separators, names from outside', async () => {
    const table = await read('b;1;x\na;2;y y\n', {
      separator: ';',
      header: ['kind', 'count', 'note'],
      columns: { count: 'i32', note: 'text' },
      classes: { kind: ['a', 'b'] },
    });
    expect(await table.tensor('kind').toArray()).toEqual([1, 0]);
    expect([table.tensor('count').dtype, table.texts('note')]).toEqual(['i32', ['x', 'y y']]);
    expect((await read('1,2\n3,4', { header: false })).names).toEqual(['0', '1']);
  });

  test('missing values', async () => {
    const text = 'a,b\n,1\n2,NA\n?,3\n';
    const table = await read(text, { missing: ['NA', '?'] });
    expect(await table.tensor(['a', 'b']).toArray()).toEqual([
      [Number.NaN, 1],
      [2, Number.NaN],
      [Number.NaN, 3],
    ]);
    expect(await (await read(text, { missing: ['NA', '?'], fill: -1, columns: { a: 'i32' } })).tensor('a').toArray()).toEqual([-1, 2, -1]);
    await expect(read(text, { missing: ['NA', '?'], columns: { b: 'i32' } })).rejects.toThrow(
      "line 3, column 2 ('b'): a value is missing, where i32",
    );
    await expect(read('a\n\n""\n')).resolves.toMatchObject({ length: 1 });
    await expect(read('a,b\n,1\nx,2\n')).rejects.toThrow("line 3, column 1 ('a'): values of it are missing above");
    expect((await read('a,b\n,\n')).tensor('a').dtype).toBe('f32');
  });

  test.each<[string, CsvOptions, string]>([
    ['a,b\n1\n', {}, 'line 2: 1 fields, expected 2'],
    ['a\n1\nx\n', {}, `line 3, column 1 ('a'): "x" is no number`],
    ['a\n1.5\n', { columns: { a: 'i32' } }, `"1.5" is no 32-bit integer`],
    ['a\n3000000000\n', { columns: { a: 'i32' } }, 'is no 32-bit integer'],
    ['a\nyes\n', { columns: { a: 'bool' } }, `"yes" is neither true nor false`],
    ['a\nz\n', { classes: { a: ['x', 'y'] } }, `"z" is none of its classes x, y`],
    ['a,a\n', {}, "two columns are called 'a'"],
    ['a\n', { columns: { b: 'i32' } }, "there is no column 'b'; there are a"],
    ['a\n0x10\n', { columns: { a: 'f32' } }, 'is no number'],
  ])('%j with %j is refused', async (text, options, message) => {
    await expect(read(text, options)).rejects.toMatchObject({ code: 'KN5005', message: expect.stringContaining(message) });
  });

  test('what a table has not', async () => {
    const table = await read(iris, { columns: { species: 'text' } });
    expect(() => table.tensor('species')).toThrow("the column 'species' holds text");
    expect(() => table.tensor(['length', 'size'])).toThrow("there is no column 'size'; there are length, width, species, wild");
    expect(() => table.classes('length')).toThrow('it has no classes');
    expect(() => table.texts('length')).toThrow('not text');
  });

  test('files, in pieces, with their names in errors', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'kilnn-csv-')), 'large.csv');
    const rows = 30_000;
    writeFileSync(path, `i,é\n${Array.from({ length: rows }, (_, i) => `${i},"été ${i}"\n`).join('')}`);
    const table = await readCsv(path, { columns: { é: 'text', i: 'i32' } });
    expect(table.length).toBe(rows);
    expect(await table.tensor('i').data()).toEqual(Int32Array.from({ length: rows }, (_, i) => i));
    expect(table.texts('é')[rows - 1]).toBe(`été ${rows - 1}`);
    for await (const { fields } of csvRecords(path)) {
      expect(fields.length).toBe(2);
      break;
    }
    await expect(readCsv(path, { columns: { é: 'f32' } })).rejects.toThrow(`${path}: line 2, column 2 ('é'): "été 0" is no number`);
    await expect(readCsv(`${path}x`)).rejects.toThrow(/cannot read .*large\.csvx: ENOENT/);
    expect((await readCsv(new Blob([iris]))).length).toBe(3);
    expect((await readCsv(new Response(iris))).length).toBe(3);
  });
});
