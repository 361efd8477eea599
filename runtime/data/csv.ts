import type { TypedArray } from '../devices/device.js';
import { dataError, fileError, KilnnError } from '../errors.js';
import { type FileSource, sourceName, streamBytes } from '../state/files.js';
import { type AnyTensor, Tensor } from '../tensor.js';
import { type CsvField, CsvParser, type CsvRecord } from './csv-parser.js';

/** What a column holds: numbers, integers, true and false (0 and 1 too), classes, which are numbered, or text. */
export type CsvType = 'f32' | 'i32' | 'bool' | 'class' | 'text';

export interface CsvOptions {
  /** Whether the first line names the columns; true by default. Without, or with a list of names here, all lines are data. */
  readonly header?: boolean | readonly string[];
  /** `,` by default; `;` or a tab, say. */
  readonly separator?: string;
  /** Types of columns by name. All others are of type `f32`, or, if their first value is no number, `class`. */
  readonly columns?: Readonly<Record<string, CsvType>>;
  /** The classes of `class` columns in their order, by column. Unless given they are numbered in the order in which they occur. */
  readonly classes?: Readonly<Record<string, readonly string[]>>;
  /** Texts, besides the empty one, that stand for a missing value: `['NA', '?']`. */
  readonly missing?: readonly string[];
  /** What a missing value becomes in columns of numbers, by default NaN in `f32` and an error in the others. */
  readonly fill?: number;
}

interface Column {
  readonly name: string;
  type: CsvType | undefined;
  readonly numbers: number[];
  readonly texts: string[];
  readonly classes: Map<string, number>;
  /** Whether classes that are not there yet may be added. */
  readonly open: boolean;
}

/** The columns of a CSV file, row for row. */
export class CsvTable {
  constructor(
    /** Number of rows. */
    readonly length: number,
    private readonly columns: readonly Column[],
  ) {}

  /** Names of the columns in their order. */
  get names(): string[] {
    return this.columns.map(({ name }) => name);
  }

  /**
   * One column as a tensor of the shape [length], or several as the columns of an f32 tensor of the shape [length, names.length], all of
   * numbers. Classes are i32. Throws KN5006 for names that are not there and for text.
   */
  tensor(names: string): AnyTensor;
  tensor(names: readonly string[]): Tensor<never, 'f32'>;
  tensor(names: string | readonly string[]): AnyTensor {
    if (typeof names === 'string') {
      const { type, numbers } = this.numeric(names);
      if (type === 'f32') return new Tensor([this.length], 'f32', Float32Array.from(numbers));
      const dtype = type === 'bool' ? 'bool' : 'i32';
      return new Tensor([this.length], dtype, dtype === 'bool' ? Uint8Array.from(numbers) : Int32Array.from(numbers));
    }
    const columns = names.map((name) => this.numeric(name));
    const data: TypedArray = new Float32Array(this.length * columns.length);
    columns.forEach(({ numbers }, at) => {
      for (let row = 0; row < this.length; row++) data[row * columns.length + at] = numbers[row]!;
    });
    return new Tensor([this.length, columns.length], 'f32', data);
  }

  /** The classes of a column: the class of number i is `classes(name)[i]`. Throws KN5006 for other columns. */
  classes(name: string): string[] {
    const column = this.column(name);
    if (column.type !== 'class') throw dataError(`the column '${name}' is of type ${column.type}, it has no classes`);
    return [...column.classes.keys()];
  }

  /** The values of a column of type `text`. Throws KN5006 for other columns. */
  texts(name: string): readonly string[] {
    const column = this.column(name);
    if (column.type !== 'text') throw dataError(`the column '${name}' is of type ${column.type}, not text`);
    return column.texts;
  }

  private numeric(name: string): Column {
    const column = this.column(name);
    if (column.type === 'text') throw dataError(`the column '${name}' holds text: a tensor holds numbers`);
    return column;
  }

  private column(name: string): Column {
    const column = this.columns.find((candidate) => candidate.name === name);
    if (!column) throw dataError(`there is no column '${name}'; there are ${this.names.join(', ')}`);
    return column;
  }
}

/**
 * Reads a CSV file (RFC 4180), piece by piece: a path (Node), an address, a Blob, bytes. Throws KN5005, with the line and the column, for
 * quotes out of place, rows of another length than the first, values that are not of their column's type, and missing values
 * where nothing stands for them.
 *
 *     const table = await readCsv('iris.csv', { columns: { species: 'class' } });
 *     const data = new TensorDataset(table.tensor(['sepal_length', 'sepal_width']), table.tensor('species'));
 */
export async function readCsv(source: FileSource, options: CsvOptions = {}): Promise<CsvTable> {
  const { header = true, missing = [] } = options;
  let columns = typeof header === 'boolean' ? undefined : makeColumns(header, options);
  let length = 0;
  for await (const record of csvRecords(source, options)) {
    if (!columns) {
      const names = header === true ? record.fields.map(({ text }) => text) : record.fields.map((_, i) => `${i}`);
      columns = named(source, () => makeColumns(names, options));
      if (header === true) continue;
    }
    const row = columns;
    named(source, () => addRow(row, record, options.fill, missing));
    length++;
  }
  // A column without a single value is one of numbers.
  for (const column of columns ?? []) column.type ??= 'f32';
  return new CsvTable(length, columns ?? []);
}

/** The records of a CSV file one after the other, as text: for files that do not fit in memory. */
export async function* csvRecords(source: FileSource, { separator = ',' }: Pick<CsvOptions, 'separator'> = {}): AsyncGenerator<CsvRecord> {
  const parser = new CsvParser(separator);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
    } catch {
      throw fileError('not a valid CSV file: it is not UTF-8');
    }
  };
  try {
    for await (const bytes of streamBytes(source)) yield* parser.push(decode(bytes));
    yield* parser.push(decode());
    yield* parser.end();
  } catch (error) {
    throw withName(source, error);
  }
}

function named<T>(source: FileSource, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw withName(source, error);
  }
}

function withName(source: FileSource, error: unknown): unknown {
  const name = sourceName(source);
  return name && error instanceof KilnnError && !error.message.includes(name)
    ? new KilnnError(error.code, `${name}: ${error.message}`)
    : error;
}

function makeColumns(names: readonly string[], { columns = {}, classes = {} }: CsvOptions): Column[] {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw fileError(`two columns are called '${twice}': give names as header: [...]`);
  const unknown = [...Object.keys(columns), ...Object.keys(classes)].find((name) => !names.includes(name));
  if (unknown !== undefined) throw fileError(`there is no column '${unknown}'; there are ${names.join(', ')}`);
  return names.map((name) => ({
    name,
    type: Object.hasOwn(columns, name) ? columns[name] : Object.hasOwn(classes, name) ? 'class' : undefined,
    numbers: [],
    texts: [],
    classes: new Map(Object.hasOwn(classes, name) ? classes[name]!.map((text, i) => [text, i]) : []),
    open: !Object.hasOwn(classes, name),
  }));
}

function addRow(columns: readonly Column[], { line, fields }: CsvRecord, fill: number | undefined, missing: readonly string[]): void {
  if (fields.length !== columns.length) throw fileError(`line ${line}: ${fields.length} fields, expected ${columns.length}`);
  fields.forEach((field, i) => {
    const column = columns[i]!;
    const fail = (problem: string): Error => fileError(`line ${line}, column ${i + 1} ('${column.name}'): ${problem}`);
    const isMissing = !field.quoted && (field.text.trim() === '' || missing.includes(field.text.trim()));
    if (isMissing && column.type === undefined) {
      // The first value that is there decides.
      column.numbers.push(fill ?? Number.NaN);
      return;
    }
    if (column.type === undefined) decide(column, field);
    addValue(column, field, isMissing, fill, fail);
  });
}

function decide(column: Column, field: CsvField): void {
  column.type = isNumber(field.text) ? 'f32' : 'class';
}

function addValue(
  column: Column,
  { text }: CsvField,
  isMissing: boolean,
  fill: number | undefined,
  fail: (problem: string) => Error,
): void {
  const { type, numbers } = column;
  const found = JSON.stringify(text);
  if (type === 'text') column.texts.push(isMissing ? '' : text);
  else if (isMissing) {
    const value = fill ?? (type === 'f32' ? Number.NaN : undefined);
    if (value === undefined || type === 'class') throw fail(`a value is missing, where ${type} has nothing that stands for it`);
    if (type !== 'f32' && (value | 0) !== value) throw fail(`a value is missing, and ${value} does not stand for it in ${type}`);
    numbers.push(value);
  } else if (type === 'class') {
    let at = column.classes.get(text);
    if (at === undefined) {
      if (!column.open) throw fail(`${found} is none of its classes ${[...column.classes.keys()].join(', ')}`);
      // Missing values that came before the first class have no number.
      if (numbers.length && column.classes.size === 0)
        throw fail('values of it are missing above, where class has nothing that stands for them');
      at = column.classes.size;
      column.classes.set(text, at);
    }
    numbers.push(at);
  } else if (type === 'bool') {
    const value = ['false', 'true', '0', '1'].indexOf(text.trim().toLowerCase());
    if (value < 0) throw fail(`${found} is neither true nor false`);
    numbers.push(value % 2);
  } else {
    if (!isNumber(text)) throw fail(`${found} is no number`);
    const value = Number(text);
    if (type === 'i32' && (value | 0) !== value) throw fail(`${found} is no 32-bit integer`);
    numbers.push(value);
  }
}

/** Decimal numbers, as other programs write them. */
function isNumber(text: string): boolean {
  return /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(text);
}
