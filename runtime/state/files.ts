import { fileError, KilnnError } from '../errors.js';
import type { AnyTensor } from '../tensor.js';
import type { StoredTensor } from './element-types.js';
import { decodeSafetensors, encodeSafetensors, type SafetensorsOptions, type SelectOptions } from './safetensors.js';

/** Somewhere to write in a browser: what `showSaveFilePicker()` gives. */
export interface WritableFile {
  createWritable(): Promise<{ write(data: Uint8Array): Promise<void>; close(): Promise<void> }>;
}

/** What tensors can be read from: a path (Node), an address, a picked file, a response, bytes. */
export type FileSource = string | URL | Blob | Response | ArrayBuffer | Uint8Array;

/**
 * Writes tensors, on whatever device, as a .safetensors file. A file that was there before is replaced only when all is written.
 * Throws KN5005 where there is no file system: give what `showSaveFilePicker()` gives, or use `encodeSafetensors`.
 */
export async function saveSafetensors(
  target: string | URL | WritableFile,
  dict: Readonly<Record<string, AnyTensor>>,
  options?: SafetensorsOptions,
): Promise<void> {
  const fetched = await Promise.all(Object.entries(dict).map(async ([name, tensor]) => [name, await tensor.cpu()] as const));
  await writeBytes(target, encodeSafetensors(Object.fromEntries(fetched), options));
}

/** Throws KN5005 where it cannot be written; what was there before stays. */
export async function writeBytes(target: string | URL | WritableFile, bytes: Uint8Array): Promise<void> {
  if (typeof target === 'object' && 'createWritable' in target) {
    const stream = await target.createWritable();
    await stream.write(bytes);
    await stream.close();
    return;
  }
  if (!inNode()) throw fileError('there is no file system here: save the bytes of encodeSafetensors(dict), or give a file handle');
  const { rename, rm, writeFile } = await fileSystem();
  const suffix = `.${Math.random().toString(36).slice(2)}.partial`;
  const partial = target instanceof URL ? new URL(target.href + suffix) : target + suffix;
  try {
    await writeFile(partial, bytes);
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    throw fileError(`cannot write ${target}: ${(error as Error).message}`);
  }
}

/** Reads a .safetensors file. Throws KN5005 when it cannot be read or is not valid. */
export function loadSafetensors(
  source: FileSource,
  options: SelectOptions & { readonly stored: true },
): Promise<Record<string, StoredTensor>>;
export function loadSafetensors(source: FileSource, options?: SelectOptions): Promise<Record<string, AnyTensor>>;
export async function loadSafetensors(source: FileSource, options?: SelectOptions): Promise<Record<string, AnyTensor | StoredTensor>> {
  return decodeFrom(source, (bytes) => decodeSafetensors(bytes, options));
}

/** Decodes all bytes of a source; its errors name the source where it has a name. */
export async function decodeFrom<T>(source: FileSource, decode: (bytes: Uint8Array) => T | Promise<T>): Promise<T> {
  const bytes = await readBytes(source);
  try {
    return await decode(bytes);
  } catch (error) {
    const name = sourceName(source);
    throw name && error instanceof KilnnError ? new KilnnError(error.code, `${name}: ${error.message}`) : error;
  }
}

/** A path, an address or the name of a picked file; empty for bytes. */
export function sourceName(source: FileSource): string {
  if (typeof source === 'string' || source instanceof URL) return String(source);
  return (source as { name?: string }).name ?? (source as { url?: string }).url ?? '';
}

/** All bytes of a source. Strings are paths in Node unless they begin with http: or https:, and addresses in a browser. */
export async function readBytes(source: FileSource): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (isPath(source)) {
    try {
      return await (await fileSystem()).readFile(toPath(source));
    } catch (error) {
      throw fileError(`cannot read ${source}: ${(error as Error).message}`);
    }
  }
  const open = typeof source === 'string' || source instanceof URL ? await fetchOk(source) : source;
  return new Uint8Array(await open.arrayBuffer());
}

/** The bytes of a source piece by piece. */
export async function* streamBytes(source: FileSource): AsyncGenerator<Uint8Array> {
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) {
    yield await readBytes(source);
    return;
  }
  if (isPath(source)) {
    try {
      const file = await (await fileSystem()).open(toPath(source));
      try {
        const piece = new Uint8Array(2 ** 16);
        for (;;) {
          const { bytesRead } = await file.read(piece, 0, piece.length);
          if (bytesRead === 0) return;
          yield piece.slice(0, bytesRead);
        }
      } finally {
        await file.close();
      }
    } catch (error) {
      throw error instanceof KilnnError ? error : fileError(`cannot read ${source}: ${(error as Error).message}`);
    }
  }
  const open = typeof source === 'string' || source instanceof URL ? await fetchOk(source) : source;
  const reader = (open instanceof Blob ? open.stream() : open.body)?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}

async function fetchOk(source: string | URL): Promise<Response> {
  const response = await fetch(source).catch((error: Error) => {
    throw fileError(`cannot fetch ${source}: ${error.message}`);
  });
  if (!response.ok) throw fileError(`cannot fetch ${source}: the answer was ${response.status} ${response.statusText}`);
  return response;
}

/** In Node, what is no address. */
function isPath(source: FileSource): source is string | URL {
  return (typeof source === 'string' || source instanceof URL) && inNode() && !/^(https?|data|blob):/.test(String(source));
}

function toPath(source: string | URL): string | URL {
  return /^file:/.test(String(source)) ? new URL(source) : source;
}

function inNode(): boolean {
  return typeof process === 'object' && process.versions?.node !== undefined;
}

/** The name is kept from bundlers: a browser never comes here. */
async function fileSystem(): Promise<typeof import('node:fs/promises')> {
  const name = 'node:fs/promises';
  return import(/* @vite-ignore */ /* webpackIgnore: true */ name);
}
