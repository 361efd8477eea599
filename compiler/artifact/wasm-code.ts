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

/** Both variants in little more than the room of one. */
export interface PackedCode {
  /** Base64 of deflate-raw of the binary for every engine. */
  readonly text: string;
  /** Where that binary says which variant it is: see ChangingBinary. */
  readonly choice: number;
  /** As in WasmCode. */
  readonly shared: number;
}

/** The programs and kernels of a target whose backend links them, as text. */
export function packTarget({ linker, programs, kernels }: TargetPlan): PackedCode {
  const { binary, choice } = linker!.assembleChanging(linker!.link(programs, kernels));
  const text = deflateRawSync(binary, { level: 9, memLevel: 9 }).toString('base64');
  return { text, choice, shared: limitsAt(binary) };
}
