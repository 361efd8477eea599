import type { Tree } from './inline.js';

/**
 * Puts what a local is set to where the next statement reads it first: `local.set x e` and `... local.get x ...` become `... e ...`, or
 * `... local.tee x e ...` where it is read again. Engines make the same of both, and the module is smaller.
 */

type List = readonly Tree[];

const isList = (tree: Tree | undefined): tree is List => Array.isArray(tree);

/** A function with values in their places. */
export function placeValues(item: Tree): Tree {
  if (!isList(item) || item[0] !== 'func') return item;
  const uses = new Map<Tree, number>();
  countUses(item, uses);
  return within(item, uses);
}

/** How often each local is set or read. */
function countUses(tree: Tree, uses: Map<Tree, number>): void {
  if (!isList(tree)) return;
  if (/^local\./.test(String(tree[0]))) uses.set(tree[1]!, (uses.get(tree[1]!) ?? 0) + 1);
  for (const part of tree) countUses(part, uses);
}

/** Lists of statements: only their parts stand one after the other without being operands. */
const bodies = new Set<Tree>(['func', 'loop', 'block', 'then', 'else']);

function within(tree: Tree, uses: ReadonlyMap<Tree, number>): Tree {
  if (!isList(tree)) return tree;
  const parts = tree.map((part) => within(part, uses));
  if (!bodies.has(parts[0]!)) return parts;
  const placed: Tree[] = [];
  for (const part of parts.reverse()) {
    const next = placed.at(-1);
    const merged = isList(part) && part[0] === 'local.set' && isList(next) ? place(part, next, uses) : undefined;
    if (merged === undefined) placed.push(part);
    else placed[placed.length - 1] = merged;
  }
  return placed.reverse();
}

/** The next statement with the value inside, or undefined where something comes before that the value might change or be changed by. */
function place([, name, value]: List, next: Tree, uses: ReadonlyMap<Tree, number>): Tree | undefined {
  const effects = effectsOf(value!);
  const isLast = uses.get(name!) === 2;
  let state: 'looking' | 'found' | 'blocked' = 'looking';
  const visit = (tree: Tree): Tree => {
    if (state !== 'looking' || !isList(tree)) return tree;
    const [head, target] = tree;
    if (head === 'local.get') {
      if (target === name) {
        state = 'found';
        return isLast ? value! : ['local.tee', name!, value!];
      }
      if (effects.sets.has(target!)) state = 'blocked';
      return tree;
    }
    if (head === 'loop' || head === 'then' || head === 'else') {
      state = 'blocked';
      return tree;
    }
    const parts = tree.map(visit);
    // What the operands were for happens before anything that follows.
    if (state === 'looking' && !bodies.has(head!) && !isHarmless(String(head), effects)) state = 'blocked';
    return parts;
  };
  const merged = visit(next);
  return (state as string) === 'found' ? merged : undefined;
}

interface Effects {
  readonly sets: ReadonlySet<Tree>;
  /** Whether it does more than compute and read memory. */
  readonly acts: boolean;
}

function effectsOf(tree: Tree): Effects {
  const sets = new Set<Tree>();
  let acts = false;
  const visit = (part: Tree): void => {
    if (!isList(part)) return;
    const head = String(part[0]);
    if (head === 'local.set' || head === 'local.tee') sets.add(part[1]!);
    else if (!/^(local\.get|global\.get|block|result)$/.test(head) && !computes(head) && !reads(head)) acts = true;
    for (const operand of part) visit(operand);
  };
  visit(tree);
  return { sets, acts };
}

/** Instructions whose order does not matter: they compute, or read while the value leaves memory as it is. */
function isHarmless(head: string, { acts }: Effects): boolean {
  return computes(head) || head === 'result' || (!acts && (reads(head) || head === 'global.get'));
}

/** Division traps. */
const computes = (head: string): boolean =>
  head === 'select' || (/^(?:[if](?:32|64)|v128|[if]\d+x\d+)\./.test(head) && !/load|store|atomic|\.(?:div|rem)_/.test(head));

const reads = (head: string): boolean => /\.load/.test(head) && !/atomic/.test(head);
