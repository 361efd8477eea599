import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import compile from 'watr/compile';
import parse from 'watr/parse';
import type { Tree } from '../../../compiler/backends/wasm/inline.js';
import { placeValues } from '../../../compiler/backends/wasm/place-values.js';
import { shareLocals } from '../../../compiler/backends/wasm/share-locals.js';

const names = ['$p', '$q', '$a', '$b', '$c', '$d'];
const local = fc.constantFrom(...names);

/** Expressions of i32 that read, write and set; statements with branches, loops of a few turns and ways out of blocks. */
const { statements } = fc.letrec<{ value: string; statement: string; statements: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.integer({ min: -3, max: 9 }).map((n) => `(i32.const ${n})`),
    local.map((name) => `(local.get ${name})`),
    fc.tuple(local, tie('value')).map(([name, value]) => `(local.tee ${name} ${value})`),
    fc.tuple(fc.constantFrom('add', 'sub', 'mul', 'lt_s'), tie('value'), tie('value')).map(([op, a, b]) => `(i32.${op} ${a} ${b})`),
    tie('value').map((at) => `(i32.load (i32.and ${at} (i32.const 60)))`),
    fc.tuple(tie('value'), tie('value')).map(([a, b]) => `(call $put ${a} ${b})`),
    fc.tuple(tie('value'), tie('value'), tie('value')).map((parts) => `(select ${parts.join(' ')})`),
    fc.tuple(tie('statements'), tie('value')).map(([all, value]) => `(block (result i32) ${all} ${value})`),
  ),
  statement: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(local, tie('value')).map(([name, value]) => `(local.set ${name} ${value})`),
    fc.tuple(local, tie('value')).map(([name, value]) => `(local.set ${name} ${value})`),
    fc.tuple(tie('value'), tie('value')).map(([at, value]) => `(i32.store (i32.and ${at} (i32.const 60)) ${value})`),
    fc.tuple(tie('value'), tie('statements'), tie('statements')).map(([c, a, b]) => `(if ${c} (then ${a}) (else ${b}))`),
    fc.tuple(tie('value'), tie('statements')).map(([c, a]) => `(if ${c} (then ${a}))`),
    fc.tuple(tie('statements'), tie('value'), tie('statements')).map(([a, c, b]) => `(block $out ${a} (br_if $out ${c}) ${b})`),
    // The global counts turns of all loops, so that none goes on for ever.
    tie('statements').map(
      (all) =>
        `(loop $again ${all} (global.set $turns (i32.add (global.get $turns) (i32.const 1))) (br_if $again (i32.and (i32.rem_u (global.get $turns) (i32.const 3)) (i32.lt_u (global.get $turns) (i32.const 60)))))`,
    ),
    tie('value').map((value) => `(if ${value} (then (return (i32.const 77))))`),
  ),
  statements: fc.array(tie('statement'), { maxLength: 5, size: 'max' }).map((all) => all.join('\n')),
}));

const moduleOf = (body: string) => `(module
  (memory (export "memory") 1)
  (global $turns (mut i32) (i32.const 0))
  (func $put (param $p i32) (param $q i32) (result i32)
    (i32.store (i32.and (local.get $p) (i32.const 60)) (local.get $q)) (i32.add (local.get $p) (local.get $q)))
  (func (export "run") (param $p i32) (param $q i32) (result i32)
    ${names
      .slice(2)
      .map((name) => `(local ${name} i32)`)
      .join(' ')}
    ${body}
    (i32.add (local.get $a) (i32.mul (i32.const 31) (i32.add (local.get $p) (local.get $b))))))`;

function run(tree: readonly Tree[]): string {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(compile(tree as never))));
  const { memory } = exports as { memory: WebAssembly.Memory };
  const results = [3, -1].map((p) => (exports.run as (p: number, q: number) => number)(p, 5));
  return `${results} ${new Int32Array(memory.buffer, 0, 20)}`;
}

/** Labels that are all different: the assembler takes no inner one for another. */
function withLabels(tree: Tree, counter: { next: number }, inside: ReadonlyMap<Tree, Tree> = new Map()): Tree {
  if (!Array.isArray(tree)) return tree;
  const [head, label] = tree as readonly Tree[];
  const own =
    (head === 'loop' || head === 'block') && String(label).startsWith('$') ? new Map(inside).set(label!, `$${counter.next++}`) : inside;
  return (tree as readonly Tree[]).map(
    (part, i) => (i === 1 && /^(loop|block|br_if)$/.test(String(head)) ? own.get(part) : undefined) ?? withLabels(part, counter, own),
  );
}

const treeOf = (text: string) => withLabels(parse(text) as unknown as Tree, { next: 0 }) as readonly Tree[];

describe('locals of a module', () => {
  test('values put in their places and locals that share a number: the same results', () => {
    fc.assert(
      fc.property(statements, (body) => {
        const tree = treeOf(moduleOf(body));
        const expected = run(tree);
        expect(run(tree.map(placeValues))).toBe(expected);
        expect(run(tree.map(shareLocals))).toBe(expected);
        expect(run(tree.map((item) => shareLocals(placeValues(item))))).toBe(expected);
      }),
      { numRuns: Number(process.env.RUNS ?? 60) },
    );
  });

  const bodyOf = (body: string, pass: (item: Tree) => Tree): string => {
    const item = pass(treeOf(`(module (func $f (param $p i32) (result i32) (local $a i32) (local $b i32) ${body}))`)[1]!);
    const text = (tree: Tree): string => (Array.isArray(tree) ? `(${tree.map(text).join(' ')})` : String(tree));
    return text(item);
  };

  test('a value goes where it is read first, and stays where something comes before that it depends on', () => {
    const set = '(local.set $a (i32.load (local.get $p)))';
    expect(bodyOf(`${set} (i32.eqz (local.get $a))`, placeValues)).toContain('(i32.eqz (i32.load (local.get $p)))');
    expect(bodyOf(`${set} (i32.add (local.get $a) (local.get $a))`, placeValues)).toContain(
      '(i32.add (local.tee $a (i32.load (local.get $p))) (local.get $a))',
    );
    for (const next of [
      '(i32.store (local.get $p) (i32.const 1)) (local.get $a)',
      '(loop $l (local.set $p (local.get $a))) (local.get $p)',
      '(if (local.get $p) (then (return (local.get $a)))) (local.get $a)',
      '(i32.add (local.tee $p (i32.const 3)) (local.get $a))',
    ])
      expect(bodyOf(`${set} ${next}`, placeValues)).toContain(set);
  });

  test('one number for what is not needed at the same time; what begins as zero is not given what a parameter held', () => {
    const apart = '(local.set $a (local.get $p)) (i32.store (i32.const 0) (local.get $a)) (local.set $b (i32.const 4)) (local.get $b)';
    expect(bodyOf(apart, shareLocals)).not.toMatch(/\$a|\$b/);
    const together = '(local.set $a (local.get $p)) (i32.add (local.get $a) (local.get $b))';
    expect(bodyOf(together, shareLocals)).toMatch(/\$p.*\$b/);
    expect(
      bodyOf('(loop $l (local.set $p (local.get $a)) (local.set $a (i32.const 1)) (br_if $l (local.get $p))) (i32.const 0)', shareLocals),
    ).toMatch(/local \$a i32/);
  });
});
