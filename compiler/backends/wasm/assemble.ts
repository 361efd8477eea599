import compile from 'watr/compile';
import parse from 'watr/parse';
import type { Helper } from '../backend.js';
import { optimizeLoops, type Tree } from './inline.js';
import { placeValues } from './place-values.js';
import { shareLocals } from './share-locals.js';

/** What a module may use: `simd` is fixed-width SIMD, everywhere; `relaxed` has fused multiply-add besides. */
export type WasmVariant = 'simd' | 'relaxed';

/** A constant that says whether the variant at hand fuses multiply-add: `(if (global.get $fused) (then ...) (else ...))` is decided when it is assembled. */
export const isFused: Helper = { name: 'fused', source: '(global $fused i32 (i32.const 0)) ;; 1 where multiply-add is fused' };

/** The global that texts read to choose. */
export const choiceGlobal = `$${isFused.name}`;

/**
 * The binary of a module in the text format. Texts say `(f32x4.relaxed_madd a b c)` for a*b + c, all three in parentheses; without relaxed
 * SIMD it becomes a product and a sum. Functions that nobody calls are left out.
 */
export function assembleWasm(text: string, variant: WasmVariant): Uint8Array<ArrayBuffer> {
  return assembleTree(moduleTree(text), variant);
}

/** Both variants of a module, the same binary twice where nothing tells them apart. */
export function assembleVariants(text: string): Record<WasmVariant, Uint8Array<ArrayBuffer>> {
  const tree = moduleTree(text);
  const simd = assembleTree(tree, 'simd');
  return { simd, relaxed: /f32x4\.relaxed_madd|\$fused/.test(text) ? assembleTree(tree, 'relaxed') : simd };
}

/** The items of a module, with its loops as they will be. */
export function moduleTree(text: string): readonly Tree[] {
  return (optimizeLoops(parse(text) as unknown as Tree) as readonly Tree[]).map((item) => shareLocals(placeValues(item)));
}

function assembleTree(tree: Tree, variant: WasmVariant): Uint8Array<ArrayBuffer> {
  const module = ofVariant(tree, variant) as readonly Tree[];
  return new Uint8Array(compile(withoutUnused(module) as never));
}

/** The tree without what belongs to the other variant alone. */
export function ofVariant(node: Tree, variant: WasmVariant): Tree {
  if (!Array.isArray(node)) return node;
  const parts = (node as readonly Tree[]).flatMap((part) => {
    if (isDeclaration(part)) return [];
    const branch = chosen(part, variant);
    return branch === undefined ? [ofVariant(part, variant)] : branch.map((statement) => ofVariant(statement, variant));
  });
  if (parts[0] !== 'f32x4.relaxed_madd' || variant === 'relaxed') return parts;
  const [, a, b, c] = parts;
  return ['f32x4.add', ['f32x4.mul', a!, b!], c!];
}

const isDeclaration = (node: Tree): boolean => Array.isArray(node) && node[0] === 'global' && node[1] === choiceGlobal;

/** The statements of the side that counts, if `node` is a choice by the variant. */
function chosen(node: Tree, variant: WasmVariant): readonly Tree[] | undefined {
  if (!Array.isArray(node) || node[0] !== 'if') return undefined;
  const [, test, ...sides] = node as readonly Tree[];
  if (!Array.isArray(test) || test[0] !== 'global.get' || test[1] !== choiceGlobal) return undefined;
  const side = sides.find((part) => Array.isArray(part) && part[0] === (variant === 'relaxed' ? 'then' : 'else'));
  return side === undefined ? [] : (side as readonly Tree[]).slice(1);
}

/** The module without functions that have a name, no export and no call. */
export function withoutUnused(module: readonly Tree[]): readonly Tree[] {
  const names = new Set<Tree>();
  const collect = (node: Tree): void => {
    if (!Array.isArray(node)) return;
    if (node[0] === 'call') names.add(node[1]);
    for (const part of node) collect(part);
  };
  collect(module);
  const isUsed = (item: Tree): boolean => {
    if (!Array.isArray(item) || item[0] !== 'func' || !String(item[1]).startsWith('$')) return true;
    return names.has(item[1]) || item.some((part) => Array.isArray(part) && part[0] === 'export');
  };
  const used = module.filter(isUsed);
  return used.length === module.length ? used : withoutUnused(used);
}
