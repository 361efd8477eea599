import { deflateRawSync } from 'node:zlib';
import type { TargetPlan } from './plan.js';

/** A binary module in both variants. */
export interface WasmCode {
  readonly simd: Uint8Array<ArrayBuffer>;
  readonly relaxed: Uint8Array<ArrayBuffer>;
  /** Where the byte lies, in both, that says whether memory is shared: 1 it is not, 3 it is. */
  readonly shared: number;
}

/** The programs and kernels of a target whose backend links them. */
export function assembleTarget({ linker, programs, kernels }: TargetPlan): WasmCode {
  const text = linker!.link(programs, kernels);
  const { simd, relaxed } = linker!.assemble(text);
  const shared = limitsAt(simd);
  if (limitsAt(relaxed) !== shared) throw new Error('the variants of a module import different things');
  return { simd, relaxed, shared };
}

/** The first import is that of the memory: `kilnn` `memory`, of kind 2, with a maximum. */
const memoryImport = [5, ...Buffer.from('kilnn'), 6, ...Buffer.from('memory'), 2, 1];

function limitsAt(binary: Uint8Array): number {
  const at = Buffer.from(binary.buffer, binary.byteOffset, binary.length).indexOf(Buffer.from(memoryImport));
  if (at < 0) throw new Error('the module does not import kilnn.memory');
  return at + memoryImport.length - 1;
}

/** Pieces of this size keep what the variants have in common near enough for deflate, which looks back 32 KB. */
const pieceBytes = 8192;

export interface PackedCode {
  /** Base64 of deflate-raw of the pieces of both in turn, the plain one first. */
  readonly text: string;
  /** Bytes of the variants. */
  readonly sizes: readonly [simd: number, relaxed: number];
  /** Into how many pieces each was cut, of equal sizes but for rounding: the i-th begins at floor(i * size / pieces). */
  readonly pieces: number;
}

/** Both variants together, in little more than one of them takes. */
export function packCode({ simd, relaxed }: WasmCode): PackedCode {
  const pieces = Math.max(1, Math.ceil(simd.length / pieceBytes));
  const cut = (binary: Uint8Array, i: number) =>
    binary.subarray(Math.floor((i * binary.length) / pieces), Math.floor(((i + 1) * binary.length) / pieces));
  const parts = Array.from({ length: pieces }, (_, i) => [cut(simd, i), cut(relaxed, i)]).flat();
  const text = deflateRawSync(Buffer.concat(parts), { level: 9, memLevel: 9 }).toString('base64');
  return { text, sizes: [simd.length, relaxed.length], pieces };
}
