import { decodeBase64 } from '../../base64.js';
import { deviceError } from '../../errors.js';

/** Gives the compiled module, of the variant with relaxed SIMD where that is asked for; `patch` changes the binary before. */
export type WasmCode = (relaxed: boolean, patch?: (binary: Uint8Array<ArrayBuffer>) => void) => Promise<WebAssembly.Module>;

/** A module that uses nothing but relaxed SIMD; its text is in tests/artifact/wasm-code.test.ts. */
export const relaxedModule = 'AGFzbQEAAAABBQFgAAF7AwIBAAoTAREAQQD9D0EA/Q9BAP0P/YUCCw==';

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

/** Code that a module holds in its text: base64 of deflate-raw of the plain variant, with the room that `fuse` needs. */
export function wasmInline(text: string, choice: number): WasmCode {
  return async (isRelaxed, patch) => {
    const binary = await inflate(decodeBase64(text, 'bool') as Uint8Array<ArrayBuffer>);
    if (isRelaxed) fuse(binary, choice);
    patch?.(binary);
    return WebAssembly.compile(binary);
  };
}

/** `local.set t`, `f32x4.mul`, `local.get t`, `f32x4.add`: a product and a sum of three operands. -1 is any number. */
const apart = [0x21, -1, 0xfd, 0xe6, 1, 0x20, -1, 0xfd, 0xe4, 1];
/** `f32x4.relaxed_madd`, after as many instructions that do nothing. */
const fused = [1, 1, 1, 1, 1, 1, 1, 0xfd, 0x85, 2];

/** Makes the relaxed variant of the plain one. `choice` is where the byte lies that says which it is, 0 where there is none. */
function fuse(binary: Uint8Array, choice: number): void {
  if (choice) binary[choice] = 1;
  for (let at = binary.indexOf(0x21); at >= 0; at = binary.indexOf(0x21, at + 1)) {
    if (binary[at + 1] === binary[at + 6] && apart.every((byte, i) => byte < 0 || byte === binary[at + i])) binary.set(fused, at);
  }
}

interface NodeProcess {
  getBuiltinModule?(name: string): unknown;
}

/** Node's own inflate is there at once, streams take a while to load. */
async function inflate(packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const node = (globalThis as { process?: NodeProcess }).process?.getBuiltinModule?.('zlib') as
    | { inflateRawSync(data: Uint8Array): Uint8Array<ArrayBuffer> }
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
