/** `kilnn/runtime/torch`: reading PyTorch's own files. Apart, so that programs that do not read any carry nothing of it. */

import type { StoredTensor } from './state/element-types.js';
import { decodeFrom, type FileSource } from './state/files.js';
import { decodeTorch, type TorchOptions, type TorchValue } from './state/torch-file.js';
import type { AnyTensor } from './tensor.js';

export type { StoredArray, StoredTensor, StoredType } from './state/element-types.js';
export { decodeTorch, type TorchOptions, type TorchValue } from './state/torch-file.js';

/**
 * Reads a file of `torch.save` (.pt, .pth), of the zip or the legacy format: `await net.loadStateDict(await loadTorch('net.pt'))`. `T` is
 * what the caller expects in it; a state dictionary unless said otherwise. See `decodeTorch` for what becomes of what.
 * Throws KN5005, with the file and the place, when it cannot be read, is not valid or holds anything but tensors, containers, numbers
 * and strings.
 */
export function loadTorch<T = Record<string, StoredTensor>>(
  source: FileSource,
  options: TorchOptions & { readonly stored: true },
): Promise<T>;
export function loadTorch<T = Record<string, AnyTensor>>(source: FileSource, options?: TorchOptions): Promise<T>;
export async function loadTorch<T>(source: FileSource, options: TorchOptions = {}): Promise<T> {
  const value: TorchValue<unknown> = await decodeFrom(source, (bytes) => decodeTorch(bytes, options));
  return value as T;
}
