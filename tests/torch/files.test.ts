/** Files that PyTorch and safetensors wrote, good and bad: each is read as its twin says, to the bit, or refused. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type AnyTensor, loadSafetensors, Tensor } from 'kilnn/runtime';
import { loadTorch, type StoredTensor, type TorchValue } from 'kilnn/runtime/torch';
import { expect, test } from 'vitest';
import { halfToFloats } from '../../runtime/state/half.js';
import { testCases } from './listed.js';

const folder = new URL('../../golden/numbers/files/', import.meta.url);

interface TensorTwin {
  readonly tensor: { readonly shape: readonly number[]; readonly dtype: string; readonly data: readonly (number | string)[] };
}

type Twin =
  | TensorTwin
  | { readonly dict: readonly (readonly [string | number, Twin])[] }
  | { readonly ordereddict: readonly (readonly [string | number, Twin])[] }
  | { readonly list: readonly Twin[] }
  | { readonly tuple: readonly Twin[] }
  | { readonly value: number | string | boolean | null };

interface FileCase {
  readonly name: string;
  readonly expect: string;
  readonly files: readonly { readonly file: string; readonly format: string; readonly bytes: number }[];
  readonly contents?: Twin;
}

const cases = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as FileCase);

const dtypes: Readonly<Record<string, string>> = {
  float32: 'f32',
  float64: 'f64',
  float16: 'f16',
  bfloat16: 'bf16',
  uint8: 'u8',
  bool: 'bool',
};
const storedDtype = (dtype: string) => dtypes[dtype] ?? dtype.replace('int', 'i');

type Read = TorchValue<AnyTensor | StoredTensor>;

const load = (file: string, stored: boolean, select?: (name: string) => boolean): Promise<Read> => {
  const path = fileURLToPath(new URL(file, folder));
  return file.endsWith('.safetensors') ? loadSafetensors(path, { stored, ...(select && { select }) }) : loadTorch(path, { stored });
};

type Compare = (value: Read | undefined, twin: TensorTwin['tensor']) => string | undefined;

/** Where a value differs from its twin, tensors by `compare`. */
function* differences(value: Read | undefined, twin: Twin, path: string, compare: Compare): Generator<string> {
  if ('tensor' in twin) {
    const problem = compare(value, twin.tensor);
    if (problem) yield `${path} ${problem}`;
  } else if ('value' in twin) {
    if (!Object.is(value, twin.value)) yield `${path} is ${String(value)}, not ${twin.value}`;
  } else if ('list' in twin || 'tuple' in twin) {
    const items = 'list' in twin ? twin.list : twin.tuple;
    if (!Array.isArray(value) || value.length !== items.length) yield `${path} is no list of ${items.length}`;
    else for (const [i, item] of items.entries()) yield* differences(value[i] as Read, item, `${path}.${i}`, compare);
  } else {
    const pairs = 'dict' in twin ? twin.dict : twin.ordereddict;
    const entries = value instanceof Map ? [...(value as Map<unknown, Read>)] : Object.entries(value as Record<string, Read>);
    const [keys, wanted] = [entries.map(([key]) => key), pairs.map(([key]) => key)];
    if (JSON.stringify(keys) !== JSON.stringify(wanted)) yield `${path} has the keys ${JSON.stringify(keys)}`;
    else for (const [i, [key, item]] of pairs.entries()) yield* differences(entries[i]![1], item, `${path}.${key}`, compare);
  }
}

/** Every half-precision number that is not negative, ascending. */
const halves = halfToFloats(Uint16Array.from({ length: 0x7c01 }, (_, bits) => bits).buffer);

/** The twin's decimals restore the stored value when they are rounded to its dtype. */
function rounded(decimal: number | string, dtype: string): number {
  const value = Number(decimal);
  if (dtype === 'float16' && Number.isFinite(value)) {
    const size = Math.abs(value);
    return Math.sign(value) * halves.reduce((best, half) => (Math.abs(half - size) < Math.abs(best - size) ? half : best));
  }
  return dtype === 'float32' ? Math.fround(value) : value;
}

function compareData(data: ArrayLike<number | bigint>, wanted: readonly number[]): string | undefined {
  if (data.length !== wanted.length) return `has ${data.length} elements`;
  const at = wanted.findIndex((number, i) => !Object.is(Number(data[i]), number));
  return at < 0 ? undefined : `[${at}] is ${data[at]}, not ${wanted[at]}`;
}

const compareStored: Compare = (value, { shape, dtype, data }) => {
  const stored = value as StoredTensor;
  if (stored?.dtype !== storedDtype(dtype)) return `is ${stored?.dtype}, not ${dtype}`;
  if (JSON.stringify(stored.shape) !== JSON.stringify(shape)) return `has the shape [${stored.shape}], not [${shape}]`;
  return compareData(
    stored.data,
    data.map((decimal) => rounded(decimal, dtype)),
  );
};

const isFloat = (dtype: string) => dtype.includes('float');

const compareTensor: Compare = (value, { shape, dtype, data }) => {
  if (!(value instanceof Tensor)) return 'is no tensor';
  const expected = isFloat(dtype) ? 'f32' : dtype === 'bool' ? 'bool' : 'i32';
  if (value.dtype !== expected) return `is ${value.dtype}, not ${expected}`;
  if (JSON.stringify(value.shape) !== JSON.stringify(shape)) return `has the shape [${value.shape}], not [${shape}]`;
  return compareData(
    value.memory as Float32Array,
    data.map((decimal) => (isFloat(dtype) ? Math.fround(rounded(decimal, dtype)) : Number(decimal))),
  );
};

/** The tensor of a dictionary that 32 bits do not hold, if there is one. */
function misfit(twin: Twin): string | undefined {
  if (!('ordereddict' in twin)) return undefined;
  const outside = ({ dtype, data }: TensorTwin['tensor']) =>
    !isFloat(dtype) && data.some((number) => (Number(number) | 0) !== Number(number));
  return twin.ordereddict.find(([, item]) => 'tensor' in item && outside(item.tensor))?.[0] as string | undefined;
}

async function refusal(file: string, stored: boolean): Promise<string> {
  return load(file, stored).then(
    () => 'was loaded',
    (error: { code?: string; message: string }) =>
      error.code === 'KN5005' && error.message.includes(file) ? error.message : `failed with ${error.code}: ${error.message}`,
  );
}

testCases('files', cases, async ({ expect: expected, files, contents }) => {
  const problems: string[] = [];
  for (const { file } of files) {
    if (expected !== 'load') {
      for (const stored of [true, false]) {
        const message = await refusal(file, stored);
        if (!message.startsWith(fileURLToPath(new URL(file, folder)))) problems.push(`${file} ${message}`);
      }
      continue;
    }
    problems.push(...differences(await load(file, true), contents!, file, compareStored));
    const wide = misfit(contents!);
    if (wide === undefined) problems.push(...differences(await load(file, false), contents!, file, compareTensor));
    else {
      const message = await refusal(file, false);
      if (!message.includes(`of '${wide}' is`)) problems.push(`${file} ${message}`);
      if (!file.endsWith('.safetensors')) continue;
      const rest = { dict: (contents as { ordereddict: [string, Twin][] }).ordereddict.filter(([name]) => name !== wide) };
      problems.push(...differences(await load(file, false, (name) => name !== wide), rest, file, compareTensor));
    }
  }
  return problems;
});

test('there are good and bad files of every format', () => {
  for (const format of ['torch zip', 'torch legacy', 'safetensors']) {
    for (const outcome of ['load', 'refuse']) {
      const found = cases.filter((each) => each.expect === outcome && each.files.some((file) => file.format === format));
      expect([format, outcome, found.length > 4]).toEqual([format, outcome, true]);
    }
  }
});
