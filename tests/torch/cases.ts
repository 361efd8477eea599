/** PyTorch's recorded cases, and how their tensors compare with ours. */
import { readFileSync } from 'node:fs';
import type { DType, Tensor } from 'kilnn';
import { tensor } from 'kilnn/eager';

export interface TensorRecord {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: readonly (number | string)[];
}

export interface Spec {
  readonly call?: string;
  readonly module?: string;
  readonly loss?: string;
  readonly optimizer?: string;
  readonly text?: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

export interface TorchCase {
  readonly name: string;
  readonly what: string;
  readonly notes?: string;
  readonly spec?: Spec;
  readonly code: string;
  readonly forward?: string;
  readonly print?: string;
  readonly state_dict?: readonly (readonly [string, readonly number[], string])[];
  readonly params?: Readonly<Record<string, TensorRecord>>;
  readonly buffers?: Readonly<Record<string, TensorRecord>>;
  readonly constants?: Readonly<Record<string, TensorRecord>>;
  readonly inputs: Readonly<Record<string, TensorRecord>>;
  readonly outputs?: Readonly<Record<string, TensorRecord>>;
  readonly loss?: TensorRecord;
  readonly cotangents?: Readonly<Record<string, TensorRecord>>;
  readonly grads?: Readonly<Record<string, TensorRecord | null>>;
  readonly values?: Readonly<Record<string, unknown>>;
  readonly stdout?: string;
  readonly error?: { readonly type: string; readonly message: string };
  readonly tol?: { readonly rtol: number; readonly atol: number };
}

export const categories = [
  'ops',
  'layers',
  'losses',
  'optim',
  'init',
  'print',
  'parameters',
  'autograd',
  'train',
  'modules',
  'errors',
] as const;
export type Category = (typeof categories)[number];

export function casesOf(category: Category): readonly TorchCase[] {
  const file = new URL(`../../golden/numbers/${category}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as TorchCase[];
}

const dtypes: Readonly<Record<string, DType>> = {
  float32: 'f32',
  float64: 'f64',
  int64: 'i32',
  int32: 'i32',
  uint8: 'i32',
  bool: 'bool',
};

export function dtypeOf(record: TensorRecord): DType {
  const dtype = dtypes[record.dtype];
  if (dtype === undefined) throw new Error(`the dtype ${record.dtype} is not one of Kilnn's`);
  return dtype;
}

/** A recorded tensor as one of ours. */
export function fromRecord(record: TensorRecord, options: { requiresGrad?: boolean } = {}): Tensor {
  const dtype = dtypeOf(record);
  const float = dtype === 'f32' || dtype === 'f64';
  return tensor(Float64Array.from(record.data, Number), {
    dtype,
    shape: record.shape,
    requiresGrad: float && (options.requiresGrad ?? false),
  });
}

/** What a tensor holds, to be compared. */
export interface Figures {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: ArrayLike<number>;
}

export function figuresOf(x: Tensor): Figures {
  return { shape: x.shape, dtype: x.dtype, data: x.data() };
}

/** How the figures differ from the recorded ones beyond the case's own tolerance; undefined if they do not. */
export function differs(
  name: string,
  got: Figures,
  want: TensorRecord,
  tol: { rtol: number; atol: number },
  skip?: (at: number) => boolean,
): string | undefined {
  if (got.shape.join() !== want.shape.join()) return `${name} has shape [${got.shape}], not [${want.shape}]`;
  if (got.dtype !== dtypeOf(want)) return `${name} is ${got.dtype}, not ${want.dtype}`;
  const exact = got.dtype === 'i32' || got.dtype === 'bool';
  for (let at = 0; at < want.data.length; at++) {
    if (skip?.(at)) continue;
    const expected = Number(want.data[at]);
    const actual = got.data[at]!;
    if (!isClose(actual, expected, exact ? undefined : tol)) return `${name}[${at}] is ${actual}, not ${expected}`;
  }
  return undefined;
}

/** Whether two numbers agree: exactly, where there is no tolerance. */
export function isClose(actual: number, expected: number, tol: { rtol: number; atol: number } | undefined): boolean {
  if (Number.isNaN(expected) ? Number.isNaN(actual) : actual === expected) return true;
  // Numbers below the normal range of float32 need not match.
  const most = tol === undefined ? 0 : Math.max(tol.atol + tol.rtol * Math.abs(expected), 1e-37);
  return Number.isFinite(expected) && Math.abs(actual - expected) <= most;
}

export const defaultTolerance = { rtol: 1e-5, atol: 1e-6 };
