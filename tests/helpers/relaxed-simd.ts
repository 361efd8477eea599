import { setFlagsFromString } from 'node:v8';

/** Node 20 keeps relaxed SIMD behind a flag that newer ones do not know: they always have it. */
const isFlagged = Number(process.versions.node.split('.')[0]) <= 20;
const validate = WebAssembly.validate;
/** The opcode of f32x4.relaxed_madd. */
const fused = Buffer.of(0xfd, 0x85, 0x02);

/**
 * Whether models that are created from now on find relaxed SIMD, so that both variants of their code run in one process. An engine
 * that always has it is made to deny it when it is asked.
 */
export function offerRelaxedSimd(isOffered: boolean): void {
  if (isFlagged) setFlagsFromString(`--${isOffered ? '' : 'no-'}experimental-wasm-relaxed-simd`);
  else WebAssembly.validate = isOffered ? validate : (bytes) => validate(bytes) && !Buffer.from(bytes as Uint8Array).includes(fused);
}
