import { describe, expect, test } from 'vitest';
import parse from 'watr/parse';
import { assembleWasm } from '../../../compiler/backends/wasm/assemble.js';
import { optimizeLoops, type Tree } from '../../../compiler/backends/wasm/inline.js';

const square = '(func $square (param $x v128) (result v128) (f32x4.mul (local.get $x) (local.get $x)))';
const minus = '(func $minus (param $x v128) (param $y v128) (result v128) (f32x4.sub (local.get $x) (local.get $y)))';
const half = '(v128.const f32x4 0.5 0.5 0.5 0.5)';

/** A module whose `run` maps the floats from address 0 on, in a loop, by an expression of `$x`. */
const loopOver = (value: string, ...functions: readonly string[]): string => `(module
  (import "kilnn" "memory" (memory 1 65536))
  ${functions.join('\n')}
  (func $run (export "run") (param $count i32) (local $at i32) (local $x v128)
    (loop $l
      (local.set $x (v128.load (local.get $at)))
      (v128.store (local.get $at) ${value})
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $l (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))`;

function run(text: string, numbers: readonly number[]): number[] {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
  const floats = new Float32Array(memory.buffer, 0, numbers.length);
  floats.set(numbers);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assembleWasm(text, 'simd')), { kilnn: { memory } });
  (exports.run as (count: number) => void)(numbers.length / 4);
  return Array.from(floats);
}

const optimized = (text: string): string => JSON.stringify(optimizeLoops(parse(text) as unknown as Tree));
const numbers = [1, 2, 3, 4, -5, 6, 7, 8];

describe('small functions of vectors in loops', () => {
  test('become blocks, and are gone', () => {
    const text = loopOver('(call $square (local.get $x))', square);
    expect(optimized(text)).not.toMatch(/"call"|"\$square"/);
    expect(run(text, numbers)).toEqual(numbers.map((x) => x * x));
  });

  test('within arguments of each other', () => {
    const text = loopOver(
      '(call $minus (call $minus (local.get $x) (call $square (local.get $x))) (call $minus (call $square (local.get $x)) (local.get $x)))',
      square,
      minus,
    );
    expect(optimized(text)).not.toContain('"call"');
    expect(run(text, numbers)).toEqual(numbers.map((x) => 2 * (x - x * x)));
  });

  test('that call others', () => {
    const fourth = '(func $fourth (param $x v128) (result v128) (call $square (call $square (local.get $x))))';
    const text = loopOver('(call $fourth (local.get $x))', square, fourth);
    expect(optimized(text)).not.toContain('"call"');
    expect(run(text, numbers)).toEqual(numbers.map((x) => x ** 4));
  });

  test('have locals that begin as zero in every turn', () => {
    const sum = `(func $sum (param $x v128) (result v128) (local $s v128)
      (local.set $s (f32x4.add (local.get $s) (local.get $x)))
      (local.get $s))`;
    expect(run(loopOver('(call $sum (local.get $x))', sum), numbers)).toEqual(numbers);
  });

  test('call under a condition what they called: it is rare, and may be the function itself', () => {
    const bounded = `(func $bounded (param $x v128) (result v128)
      (if (result v128) (v128.any_true (f32x4.gt (local.get $x) (v128.const f32x4 4 4 4 4)))
        (then (call $bounded (f32x4.mul (local.get $x) ${half})))
        (else (local.get $x))))`;
    const text = loopOver('(call $bounded (local.get $x))', bounded);
    expect(optimized(text)).toContain('["then",["call","$bounded"');
    expect(run(text, numbers)).toEqual([1, 2, 3, 4, -2.5, 3, 3.5, 4]);
  });

  test.each([
    [
      'outside of loops',
      '(module (func $f (param $x v128) (result v128) (call $square (local.get $x))) (func (export "f") (param $x v128) (drop (call $f (local.get $x)))) (func $square (param $x v128) (result v128) (local.get $x)))',
    ],
    ['with loops of their own', loopOver('(call $f (local.get $x))', '(func $f (param $x v128) (result v128) (loop $l) (local.get $x))')],
    ['that return early', loopOver('(call $f (local.get $x))', '(func $f (param $x v128) (result v128) (return (local.get $x)))')],
    [
      'of other than vectors',
      loopOver('(call $f (local.get $x) (local.get $at))', '(func $f (param $x v128) (param $i i32) (result v128) (local.get $x))'),
    ],
    ['in loops with very many', loopOver(`${'(call $square '.repeat(13)}(local.get $x)${')'.repeat(13)}`, square)],
    ['around other loops', loopOver('(call $square (loop $again (result v128) (local.get $x)))', square)],
    [
      'that are long',
      loopOver(
        '(call $f (local.get $x))',
        `(func $f (param $x v128) (result v128) ${'(f32x4.neg '.repeat(200)}(local.get $x)${')'.repeat(200)})`,
      ),
    ],
  ])('%s stay calls', (_, text) => {
    expect(optimized(text)).toContain('"call"');
    expect(WebAssembly.validate(assembleWasm(text, 'simd'))).toBe(true);
  });
});

describe('vector constants in loops', () => {
  test('are made once, before the outermost loop', () => {
    const text = `(module (func (export "run") (local $x v128)
      (loop $rows (loop $columns
        (local.set $x (f32x4.add ${half} (f32x4.mul ${half} (f32x4.splat (f32.const 3))))))))
      )`;
    const tree = optimized(text);
    expect(tree.match(/v128\.const/g)).toHaveLength(1);
    expect(tree.indexOf('v128.const')).toBeLessThan(tree.indexOf('"loop"'));
    expect(tree.indexOf('f32x4.splat')).toBeLessThan(tree.indexOf('"loop"'));
  });

  test('zeros and numbers that change stay', () => {
    const text = loopOver('(f32x4.add (f32x4.splat (f32.convert_i32_s (local.get $at))) (v128.const i64x2 0 0))');
    expect(optimized(text)).not.toContain('$constant');
    expect(run(text, numbers)).toEqual([0, 0, 0, 0, 16, 16, 16, 16]);
  });

  test('negative zero is not zero', () => {
    const text = loopOver('(f32x4.mul (local.get $x) (v128.const f32x4 -0 -0 -0 -0))');
    expect(optimized(text)).toContain('$constant');
    expect(run(text, numbers).every((x, i) => Object.is(x, numbers[i]! < 0 ? 0 : -0))).toBe(true);
  });
});
