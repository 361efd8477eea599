import compile from 'watr/compile';
import type { ChangingBinary } from '../backend.js';
import { choiceGlobal, moduleTree, ofVariant, withoutUnused } from './assemble.js';
import type { Tree } from './inline.js';

/** The local that holds the third operand of a multiply-add. It comes first, so that its number takes one byte. */
const addend = '$addend';
/** Functions of more parameters than that do not fuse: the number would take two. */
const mostParameters = 127;
/** What may stand before a function's locals. */
const heads = new Set<Tree>(['export', 'type', 'param', 'result']);

/**
 * The binary of both variants: the plain one, beside whose choices those of the other stand, and which becomes the other one by changes in
 * place (`fuse` of runtime/devices/wasm/code.ts). Where a product and a sum may be fused there is room for it: after the operands come the ten
 * bytes of `local.set t`, `f32x4.mul`, `local.get t` and `f32x4.add`, in this order nowhere else.
 */
export function assembleChanging(text: string): ChangingBinary {
  let sites = 0;
  const change = (node: Tree): Tree => {
    if (!Array.isArray(node)) return node;
    const parts = (node as readonly Tree[]).map(change);
    if (parts[0] !== 'f32x4.relaxed_madd') return parts;
    sites++;
    const [, a, b, c] = parts;
    return ['f32x4.add', ['f32x4.mul', a!, b!, ['local.set', addend, c!]], ['local.get', addend]];
  };
  const changeFunction = (item: Tree): Tree => {
    if (!Array.isArray(item) || item[0] !== 'func') return item;
    if (item.filter((part) => headOf(part) === 'param').length > mostParameters) return ofVariant(item, 'simd');
    const before = sites;
    const changed = change(item) as readonly Tree[];
    const at = changed.findIndex((part, i) => i > 1 && !heads.has(headOf(part)));
    return sites === before ? changed : [...changed.slice(0, at), ['local', addend, 'v128'], ...changed.slice(at)];
  };
  const tree = withoutUnused(moduleTree(text));
  const binary = new Uint8Array(compile(tree.map(changeFunction) as never));
  const choice = tree.some((item) => Array.isArray(item) && item[0] === 'global' && item[1] === choiceGlobal) ? choiceAt(binary) : 0;
  const found = roomForFusing(binary);
  if (found !== sites) throw new Error(`the binary has room for ${found} fused operations, and ${sites} are wanted`);
  return { binary, choice };
}

const headOf = (part: Tree): Tree => (Array.isArray(part) ? part[0]! : '');

function roomForFusing(binary: Uint8Array<ArrayBuffer>): number {
  const bytes = Buffer.from(binary.buffer);
  let found = 0;
  for (let at = bytes.indexOf(0x21); at >= 0; at = bytes.indexOf(0x21, at + 1)) {
    const t = bytes[at + 1]!;
    if (bytes.subarray(at, at + 10).equals(Buffer.of(0x21, t, 0xfd, 0xe6, 1, 0x20, t, 0xfd, 0xe4, 1))) found++;
  }
  return found;
}

/** The value of the one global that is a constant: `(i32.const 0)`. */
function choiceAt(binary: Uint8Array<ArrayBuffer>): number {
  return Buffer.from(binary.buffer).indexOf(Buffer.of(0x7f, 0, 0x41, 0, 0x0b)) + 3;
}
