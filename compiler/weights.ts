import { loadSafetensors } from '../runtime/state/files.js';
import type { TensorData } from './ops/op.js';

/** The tensors of a safetensors file by name. Rejects with an Error that says what is wrong with the file. */
export async function readWeights(file: string): Promise<Map<string, TensorData>> {
  const tensors = new Map<string, TensorData>();
  for (const [name, tensor] of Object.entries(await loadSafetensors(file))) {
    tensors.set(name, { dtype: tensor.dtype, shape: tensor.shape, data: await tensor.data() });
  }
  return tensors;
}
