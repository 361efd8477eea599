import compile from 'watr/compile';
import parse from 'watr/parse';
import { optimizeLoops, type Tree } from './inline.js';

/** What a module may use: `simd` is fixed-width SIMD, everywhere; `relaxed` has fused multiply-add besides. */
export type WasmVariant = 'simd' | 'relaxed';

/**
 * The binary of a module in the text format. Texts say `(f32x4.relaxed_madd a b c)` for a*b + c, all three in parentheses; without relaxed
 * SIMD it becomes a product and a sum.
 */
export function assembleWasm(text: string, variant: WasmVariant): Uint8Array<ArrayBuffer> {
  const tree = optimizeLoops(parse(text) as unknown as Tree);
  return new Uint8Array(compile((variant === 'relaxed' ? tree : withoutFusedMultiplyAdd(tree)) as never));
}

/** Both variants of a module, the same binary twice where nothing tells them apart. */
export function assembleVariants(text: string): Record<WasmVariant, Uint8Array<ArrayBuffer>> {
  const tree = optimizeLoops(parse(text) as unknown as Tree);
  const simd = new Uint8Array(compile(withoutFusedMultiplyAdd(tree) as never));
  return { simd, relaxed: text.includes('f32x4.relaxed_madd') ? new Uint8Array(compile(tree as never)) : simd };
}

function withoutFusedMultiplyAdd(node: Tree): Tree {
  if (!Array.isArray(node)) return node;
  const parts = (node as readonly Tree[]).map(withoutFusedMultiplyAdd);
  if (parts[0] !== 'f32x4.relaxed_madd') return parts;
  const [, a, b, c] = parts;
  return ['f32x4.add', ['f32x4.mul', a!, b!], c!];
}
