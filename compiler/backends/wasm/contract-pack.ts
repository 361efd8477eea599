import type { Helper } from '../backend.js';

const lanes = [0, 1, 2, 3, 4, 5, 6, 7];

/** The lowest of the lanes that there are, for those that there are not: what they hold is never stored, but must be memory of the tensor. */
const pointers = lanes
  .slice(1)
  .map(
    (lane) =>
      `(local.set $p${lane} (select (i32.add (local.get $p${lane - 1}) (local.get $laneStride)) (local.get $p0) (i32.gt_s (local.get $lanes) (i32.const ${lane}))))`,
  )
  .join('\n  ');

const locals = lanes
  .slice(1)
  .map((lane) => `(local $p${lane} i32)`)
  .join(' ');

const shuffleOf = (indices: readonly number[]): string =>
  `i8x16.shuffle ${indices.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte)).join(' ')}`;

/** Rows a, b, c, d of four numbers become columns, in the same locals; t is free. */
export function transposed([a, b, c, d]: readonly [string, string, string, string], [t, u]: readonly [string, string]): string {
  const get = (name: string): string => `(local.get $${name})`;
  const pick = (order: readonly number[], x: string, y: string): string => `(${shuffleOf(order)} ${get(x)} ${get(y)})`;
  return [
    `(local.set $${t} ${pick([0, 4, 1, 5], a, b)})`,
    `(local.set $${u} ${pick([2, 6, 3, 7], a, b)})`,
    `(local.set $${a} ${pick([0, 4, 1, 5], c, d)})`,
    `(local.set $${c} ${pick([2, 6, 3, 7], c, d)})`,
    `(local.set $${b} ${pick([2, 3, 6, 7], t, a)})`,
    `(local.set $${a} ${pick([0, 1, 4, 5], t, a)})`,
    `(local.set $${d} ${pick([2, 3, 6, 7], u, c)})`,
    `(local.set $${c} ${pick([0, 1, 4, 5], u, c)})`,
  ].join('\n      ');
}

const step = (name: string, by: string): string => `(local.set $${name} (i32.add (local.get $${name}) ${by}))`;

const one = lanes
  .map((lane) => `(f32.store${lane === 0 ? '' : ` offset=${4 * lane}`} (local.get $to) (f32.load (local.get $p${lane})))`)
  .join('\n      ');

const advance = (by: string): string => lanes.map((lane) => step(`p${lane}`, by)).join(' ');

const rest = `(if (local.get $count) (then (loop $one
      ${one}
      ${advance('(local.get $stride)')}
      ${step('to', '(i32.const 32)')}
      (br_if $one (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))`;

const half = (first: number): string =>
  [0, 1, 2, 3].map((i) => `(local.set $v${i} (v128.load (local.get $p${first + i})))`).join(' ') +
  `\n      ${transposed(['v0', 'v1', 'v2', 'v3'], ['t', 'u'])}\n      ` +
  [0, 1, 2, 3].map((i) => `(v128.store offset=${32 * i + 4 * first} (local.get $to) (local.get $v${i}))`).join(' ');

const sources = {
  // Eight lanes that are neighbours in memory, `count` times: to[8*k + lane] = p[k*stride + lane].
  packLanes: `(func $packLanes (param $p0 i32) (param $stride i32) (param $to i32) (param $count i32)
  (loop $each
    (v128.store (local.get $to) (v128.load (local.get $p0)))
    (v128.store offset=16 (local.get $to) (v128.load offset=16 (local.get $p0)))
    ${step('p0', '(local.get $stride)')}
    ${step('to', '(i32.const 32)')}
    (br_if $each (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))`,
  // One to eight lanes, a stride apart, any stride along the other side.
  packAny: `(func $packAny (param $p0 i32) (param $laneStride i32) (param $lanes i32) (param $stride i32) (param $to i32) (param $count i32)
  ${locals}
  ${pointers}
  ${rest})`,
  // One to eight lanes, a stride apart; neighbours in memory along the other side: blocks of four by four are transposed.
  packAcross: `(func $packAcross (param $p0 i32) (param $laneStride i32) (param $lanes i32) (param $to i32) (param $count i32)
  ${locals} (local $four i32) (local $stride i32)
  (local $v0 v128) (local $v1 v128) (local $v2 v128) (local $v3 v128) (local $t v128) (local $u v128)
  ${pointers}
  (local.set $four (i32.shr_u (local.get $count) (i32.const 2)))
  (local.set $count (i32.and (local.get $count) (i32.const 3)))
  (local.set $stride (i32.const 4))
  (if (local.get $four) (then (loop $each
      ${half(0)}
      ${half(4)}
      ${advance('(i32.const 16)')}
      ${step('to', '(i32.const 128)')}
      (br_if $each (local.tee $four (i32.sub (local.get $four) (i32.const 1)))))))
  ${rest})`,
  // to[c, r] = from[r, c] in blocks of four by four; both have room for whole blocks.
  transpose: `(func $transpose (param $from i32) (param $fromStride i32) (param $to i32) (param $toStride i32) (param $rows i32) (param $columns i32)
  (local $f i32) (local $g i32) (local $c i32)
  (local $v0 v128) (local $v1 v128) (local $v2 v128) (local $v3 v128) (local $t v128) (local $u v128)
  (loop $down
    (local.set $f (local.get $from)) (local.set $g (local.get $to)) (local.set $c (local.get $columns))
    (loop $each
      (local.set $v0 (v128.load (local.get $f)))
      (local.set $v1 (v128.load (local.tee $f (i32.add (local.get $f) (local.get $fromStride)))))
      (local.set $v2 (v128.load (local.tee $f (i32.add (local.get $f) (local.get $fromStride)))))
      (local.set $v3 (v128.load (local.tee $f (i32.add (local.get $f) (local.get $fromStride)))))
      ${transposed(['v0', 'v1', 'v2', 'v3'], ['t', 'u'])}
      (v128.store (local.get $g) (local.get $v0))
      (v128.store (local.tee $g (i32.add (local.get $g) (local.get $toStride))) (local.get $v1))
      (v128.store (local.tee $g (i32.add (local.get $g) (local.get $toStride))) (local.get $v2))
      (v128.store (local.tee $g (i32.add (local.get $g) (local.get $toStride))) (local.get $v3))
      ${step('g', '(local.get $toStride)')}
      (local.set $f (i32.add (i32.sub (local.get $f) (i32.mul (local.get $fromStride) (i32.const 3))) (i32.const 16)))
      (br_if $each (i32.gt_s (local.tee $c (i32.sub (local.get $c) (i32.const 4))) (i32.const 0))))
    (local.set $from (i32.add (local.get $from) (i32.shl (local.get $fromStride) (i32.const 2))))
    ${step('to', '(i32.const 16)')}
    (br_if $down (i32.gt_s (local.tee $rows (i32.sub (local.get $rows) (i32.const 4))) (i32.const 0)))))`,
} as const;

export type PackName = keyof typeof sources;

/** Functions that lay operands out in panels of eight lanes; addresses and strides in bytes, counts at least 1. */
export function packHelper(name: PackName): Helper {
  return { name, source: sources[name] };
}
