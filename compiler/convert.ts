import { elementTypes, type StoredTensor, type StoredType } from '../runtime/state/element-types.js';
import { writeBytes } from '../runtime/state/files.js';
import { decodeSafetensors, encodeSafetensors } from '../runtime/state/safetensors.js';
import type { Diagnostic } from './diagnostics/diagnostic.js';
import { becameInfinite, type Message, noTensors, notReadable, notWritable } from './diagnostics/messages.js';
import { readStoredWeights } from './weights.js';

export interface ConvertOptions {
  /** How floats are stored; as they are unless given. */
  readonly dtype?: 'f32' | 'f16' | 'bf16';
  /** Takes only tensors whose names begin with it, and takes it off: `model.` of a checkpoint. */
  readonly prefix?: string;
}

export interface ConvertedTensor {
  readonly name: string;
  readonly from: StoredType;
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  readonly bytes: number;
}

export interface ConvertResult {
  /** Errors and warnings. Where there is an error nothing is written. */
  readonly diagnostics: readonly Diagnostic[];
  readonly tensors: readonly ConvertedTensor[];
  /** Names of what the file holds besides tensors. */
  readonly others: readonly string[];
  readonly bytes: number;
}

/**
 * Writes the tensors of a file, of PyTorch's formats or safetensors, as a safetensors file. Elements stay as they are unless `dtype` says
 * otherwise; names in nested containers are joined with dots. What cannot be read or written comes back as a diagnostic.
 */
export async function convert(source: string, target: string, options: ConvertOptions = {}): Promise<ConvertResult> {
  const failed = (message: Message): ConvertResult => ({ diagnostics: [{ ...message, notes: [] }], tensors: [], others: [], bytes: 0 });
  let weights: Awaited<ReturnType<typeof readStoredWeights>>;
  try {
    weights = await readStoredWeights(source);
  } catch (error) {
    return failed(notReadable(source, (error as Error).message));
  }
  const { prefix = '', dtype } = options;
  const chosen = [...weights.tensors].filter(([name]) => name.startsWith(prefix));
  if (!chosen.length) return failed(noTensors(source, prefix, [...weights.tensors.keys()]));
  const dict = Object.fromEntries(chosen.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
  let file: Uint8Array;
  try {
    file = encodeSafetensors(dict, dtype ? { dtype } : {});
    await writeBytes(target, file);
  } catch (error) {
    return failed(notWritable(target, (error as Error).message));
  }
  const written = decodeSafetensors(file, { stored: true });
  const diagnostics = Object.entries(written).flatMap(([name, tensor]): Diagnostic[] => {
    const count = newInfinities(dict[name]!, tensor);
    return count ? [{ ...becameInfinite(name, count, tensor.dtype), notes: [] }] : [];
  });
  const tensors = Object.entries(written).map(([name, tensor]) => ({
    name,
    from: dict[name]!.dtype,
    dtype: tensor.dtype,
    shape: tensor.shape,
    bytes: tensor.data.length * elementTypes[tensor.dtype].bytes,
  }));
  return { diagnostics, tensors, others: weights.others, bytes: file.length };
}

function newInfinities(before: StoredTensor, after: StoredTensor): number {
  if (before.dtype === after.dtype) return 0;
  let count = 0;
  for (let i = 0; i < after.data.length; i++) if (Number.isFinite(before.data[i]) && !Number.isFinite(after.data[i])) count++;
  return count;
}
