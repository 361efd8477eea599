import { readFile } from 'node:fs/promises';
import { elementTypes, type StoredTensor, toTensor } from '../runtime/state/element-types.js';
import { decodeSafetensors } from '../runtime/state/safetensors.js';
import { decodeTorch, type TorchValue } from '../runtime/state/torch-file.js';
import type { TensorData } from './ops/op.js';

/** What a file of tensors holds, of whatever format. */
export interface StoredWeights {
  /** By name; names in nested containers are joined with dots. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Names of what is no tensor. */
  readonly others: readonly string[];
}

/** Reads a safetensors file or one of PyTorch's. Rejects with an Error that says what is wrong with the file. */
export async function readStoredWeights(file: string): Promise<StoredWeights> {
  const bytes = await readFile(file);
  const value = isTorchFile(file, bytes) ? decodeTorch(bytes, { stored: true }) : decodeSafetensors(bytes, { stored: true });
  return flatten(value, bytes.length);
}

/** The tensors of such a file by name, as the compiler's data. */
export async function readWeights(file: string): Promise<Map<string, TensorData>> {
  const { tensors } = await readStoredWeights(file);
  const data = new Map<string, TensorData>();
  for (const [name, stored] of tensors) {
    const tensor = toTensor(stored, name);
    data.set(name, { dtype: tensor.dtype, shape: tensor.shape, data: await tensor.data() });
  }
  return data;
}

/** After the eight bytes of its length a safetensors header begins with a brace, which neither of PyTorch's formats has there. */
function isTorchFile(file: string, bytes: Uint8Array): boolean {
  if (bytes[8] === '{'.charCodeAt(0)) return false;
  const begins = (...start: number[]) => start.every((byte, i) => bytes[i] === byte);
  return begins(0x50, 0x4b) || begins(0x80) || !/\.safetensors$/i.test(file);
}

/** `most` bounds the work on containers that are shared again and again. */
function flatten(value: TorchValue<StoredTensor>, most: number): StoredWeights {
  const tensors = new Map<string, StoredTensor>();
  const others: string[] = [];
  let visited = 0;
  const visit = (item: unknown, name: string): void => {
    if (++visited > most) throw new Error('its containers are shared so often that their names would not end');
    if (isStored(item)) {
      if (tensors.has(name)) throw new Error(`two of its tensors would be called '${name}'`);
      tensors.set(name, item);
    } else if (typeof item === 'object' && item !== null) {
      const parts = item instanceof Map ? item : Array.isArray(item) ? item.entries() : Object.entries(item);
      for (const [key, part] of parts as Iterable<[unknown, unknown]>) visit(part, name === '' ? `${key}` : `${name}.${key}`);
    } else others.push(name);
  };
  visit(value, isStored(value) ? 'tensor' : '');
  return { tensors, others };
}

function isStored(value: unknown): value is StoredTensor {
  return (
    typeof value === 'object' &&
    value !== null &&
    'dtype' in value &&
    Object.hasOwn(elementTypes, String(value.dtype)) &&
    'data' in value &&
    ArrayBuffer.isView(value.data)
  );
}
