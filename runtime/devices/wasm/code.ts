import { decodeBase64 } from '../../base64.js';
import { deviceError } from '../../errors.js';

/** Gives the compiled module, of the variant with relaxed SIMD where that is asked for; `patch` changes the binary before. */
export type WasmCode = (relaxed: boolean, patch?: (binary: Uint8Array<ArrayBuffer>) => void) => Promise<WebAssembly.Module>;

/** A module that uses nothing but relaxed SIMD. */
const relaxedModule = 'AGFzbQEAAAABBQFgAAF7AwIBAAoTAREAQQD9D0EA/Q9BAP0P/YUCCw==';

/** Rejects with KN5001 where WebAssembly is missing, not allowed or lacks what the module needs. */
export async function compileCode(code: WasmCode, patch?: (binary: Uint8Array) => void): Promise<WebAssembly.Module> {
  try {
    return await code(WebAssembly.validate(decodeBase64(relaxedModule, 'bool') as Uint8Array<ArrayBuffer>), patch);
  } catch (error) {
    throw deviceError(
      `WebAssembly is not available here: ${(error as Error).message}; where a content security policy is in force, its script-src must ` +
        "have 'wasm-unsafe-eval'; the device 'js' needs no WebAssembly",
    );
  }
}

/** Code that a module holds in its text: base64 of deflate-raw of the pieces of both variants in turn, the plain one first. */
export function wasmInline(text: string, [simd, relaxed, pieces]: readonly [simd: number, relaxed: number, pieces: number]): WasmCode {
  return async (isRelaxed, patch) => {
    const both = await inflate(decodeBase64(text, 'bool') as Uint8Array<ArrayBuffer>);
    const binary = new Uint8Array(isRelaxed ? relaxed : simd);
    let at = 0;
    for (let i = 0; i < 2 * pieces; i++) {
      const [from, to] = [i >> 1, (i >> 1) + 1].map((piece) => Math.floor((piece * (i & 1 ? relaxed : simd)) / pieces)) as [number, number];
      if (!!(i & 1) === isRelaxed) binary.set(both.subarray(at, at + to - from), from);
      at += to - from;
    }
    patch?.(binary);
    return WebAssembly.compile(binary);
  };
}

interface NodeProcess {
  getBuiltinModule?(name: string): unknown;
}

/** Node's own inflate is there at once, streams take a while to load. */
async function inflate(packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const node = (globalThis as { process?: NodeProcess }).process?.getBuiltinModule?.('zlib') as
    | { inflateRawSync(data: Uint8Array): Uint8Array }
    | undefined;
  if (node) return node.inflateRawSync(packed);
  return new Uint8Array(await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'))).arrayBuffer());
}

/** Code in files beside the module: compiled while it arrives where a server sends it as `application/wasm`. */
export function wasmFiles(url: (relaxed: boolean) => URL): WasmCode {
  return async (isRelaxed, patch) => {
    const file = url(isRelaxed);
    let bytes: Uint8Array<ArrayBuffer>;
    if (file.protocol === 'file:' && typeof process === 'object') {
      const name = 'node:fs/promises';
      const fs = (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as typeof import('node:fs/promises');
      bytes = new Uint8Array(await fs.readFile(file));
    } else {
      const response = await fetch(file);
      if (!response.ok) throw new Error(`${file} could not be loaded (${response.status})`);
      if (!patch && response.headers.get('content-type') === 'application/wasm') return WebAssembly.compileStreaming(response);
      bytes = new Uint8Array(await response.arrayBuffer());
    }
    patch?.(bytes);
    return WebAssembly.compile(bytes);
  };
}
