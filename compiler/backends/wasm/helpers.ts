import type { Helper } from '../backend.js';
import { rotations, uniformsSource } from './uniforms.js';

/** All 20 rounds written out, for four counters at once. */
function randomSource(): string {
  const lines: string[] = [];
  const splat = (name: string): string => `(i32x4.splat (local.get $${name}))`;
  for (let group = 0; group < 5; group++) {
    for (const r of rotations[group % 2]!) {
      lines.push(
        '(local.set $a (i32x4.add (local.get $a) (local.get $b)))',
        `(local.set $b (v128.xor (local.get $a) (v128.or (i32x4.shl (local.get $b) (i32.const ${r})) (i32x4.shr_u (local.get $b) (i32.const ${32 - r})))))`,
      );
    }
    const step = group + 1;
    lines.push(`(local.set $a (i32x4.add (local.get $a) ${splat(`k${step % 3}`)}))`);
    if (step < 5) {
      const word = `(i32x4.splat (i32.add (local.get $k${(step + 1) % 3}) (i32.const ${step})))`;
      lines.push(`(local.set $b (i32x4.add (local.get $b) ${word}))`);
    }
  }
  return `(func $random (param $key i32) (param $index v128) (param $stream i32) (result v128)
  (local $k0 i32) (local $k1 i32) (local $k2 i32) (local $a v128) (local $b v128)
  (local.set $k0 (i32.load (local.get $key)))
  (local.set $k1 (i32.load offset=4 (local.get $key)))
  (local.set $k2 (i32.xor (i32.xor (local.get $k0) (local.get $k1)) (i32.const 0x1bd11bda)))
  (local.set $a (i32x4.add (local.get $index) ${splat('k0')}))
  (local.set $b (i32x4.splat (i32.add (local.get $stream) (local.get $k1))))
  ${lines.join('\n  ')}
  (f32x4.mul (f32x4.convert_i32x4_u (i32x4.shr_u (local.get $a) (i32.const 8))) (f32x4.splat (f32.const 0x1p-24))))`;
}

/** Of four values and their places: the place of the greatest, NaN before all others; of equal ones the least. */
function greatestSource(name: string, type: 'f32' | 'i32'): string {
  const greater = type === 'f32' ? 'f32.gt' : 'i32.gt_s';
  const isNan = (x: string): string => `(f32.ne (local.get $${x}) (local.get $${x}))`;
  const wins =
    type === 'f32'
      ? `(i32.or (${greater} (local.get $x) (local.get $best)) (i32.gt_u ${isNan('x')} ${isNan('best')}))`
      : `(${greater} (local.get $x) (local.get $best))`;
  const equal =
    type === 'f32'
      ? `(i32.or (f32.eq (local.get $x) (local.get $best)) (i32.and ${isNan('x')} ${isNan('best')}))`
      : '(i32.eq (local.get $x) (local.get $best))';
  const lanes = [1, 2, 3].map(
    (lane) => `(local.set $x (${type}x4.extract_lane ${lane} (local.get $values)))
  (local.set $at (i32x4.extract_lane ${lane} (local.get $places)))
  (if (i32.or ${wins} (i32.and ${equal} (i32.lt_s (local.get $at) (local.get $place))))
    (then (local.set $best (local.get $x)) (local.set $place (local.get $at))))`,
  );
  return `(func $${name} (param $values v128) (param $places v128) (result i32)
  (local $best ${type}) (local $x ${type}) (local $place i32) (local $at i32)
  (local.set $best (${type}x4.extract_lane 0 (local.get $values)))
  (local.set $place (i32x4.extract_lane 0 (local.get $places)))
  ${lanes.join('\n  ')}
  (local.get $place))`;
}

/** The address of a heap's element. */
const slot = (index: string): string => `(i32.add (local.get $heap) (i32.shl ${index} (i32.const 3)))`;

// Moves a key down from `at` in a heap whose greatest element comes first.
const sink = `(func $sink (param $heap i32) (param $count i32) (param $at i32) (param $key i64)
  (local $child i32) (local $from i32)
  (block $done
    (loop $down
      (local.set $child (i32.add (i32.shl (local.get $at) (i32.const 1)) (i32.const 1)))
      (br_if $done (i32.ge_s (local.get $child) (local.get $count)))
      (local.set $from ${slot('(local.get $child)')})
      (if (i32.lt_s (i32.add (local.get $child) (i32.const 1)) (local.get $count))
        (then (if (i64.lt_s (i64.load (local.get $from)) (i64.load offset=8 (local.get $from)))
          (then
            (local.set $child (i32.add (local.get $child) (i32.const 1)))
            (local.set $from (i32.add (local.get $from) (i32.const 8)))))))
      (br_if $done (i64.ge_s (local.get $key) (i64.load (local.get $from))))
      (i64.store ${slot('(local.get $at)')} (i64.load (local.get $from)))
      (local.set $at (local.get $child))
      (br $down)))
  (i64.store ${slot('(local.get $at)')} (local.get $key)))`;

// Adds a key to a heap, or puts it in the place of the greatest where there is no more room and it is less; gives their number.
const keepLeast = `(func $keepLeast (param $heap i32) (param $count i32) (param $capacity i32) (param $key i64) (result i32)
  (local $at i32) (local $parent i32) (local $above i64)
  (if (i32.eq (local.get $count) (local.get $capacity))
    (then
      (if (i64.lt_s (local.get $key) (i64.load (local.get $heap)))
        (then (call $sink (local.get $heap) (local.get $count) (i32.const 0) (local.get $key))))
      (return (local.get $count))))
  (local.set $at (local.get $count))
  (block $done
    (loop $up
      (br_if $done (i32.eqz (local.get $at)))
      (local.set $parent (i32.shr_u (i32.sub (local.get $at) (i32.const 1)) (i32.const 1)))
      (local.set $above (i64.load ${slot('(local.get $parent)')}))
      (br_if $done (i64.ge_s (local.get $above) (local.get $key)))
      (i64.store ${slot('(local.get $at)')} (local.get $above))
      (local.set $at (local.get $parent))
      (br $up)))
  (i64.store ${slot('(local.get $at)')} (local.get $key))
  (i32.add (local.get $count) (i32.const 1)))`;

// Sorts a heap: the greatest goes to the end, again and again.
const sortHeap = `(func $sortHeap (param $heap i32) (param $count i32)
  (local $end i32) (local $key i64)
  (block $done
    (loop $next
      (br_if $done (i32.le_s (local.get $count) (i32.const 1)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (local.set $end ${slot('(local.get $count)')})
      (local.set $key (i64.load (local.get $end)))
      (i64.store (local.get $end) (i64.load (local.get $heap)))
      (call $sink (local.get $heap) (local.get $count) (i32.const 0) (local.get $key))
      (br $next))))`;

// The bits of a number as an integer in the numbers' order; zeros are equal, NaN comes last.
const rankOf = `(func $rankOf (param $x f32) (result i32)
  (local $bits i32)
  (if (f32.ne (local.get $x) (local.get $x)) (then (return (i32.const 0x7fffffff))))
  (local.set $bits (i32.reinterpret_f32 (f32.add (local.get $x) (f32.const 0))))
  (i32.xor (local.get $bits) (i32.shr_u (i32.shr_s (local.get $bits) (i32.const 31)) (i32.const 1))))`;

/** Functions that kernels share, written once a module and only when used. */
const sources = {
  // The first output word of Threefry-2x32-20 for the key (seed, step) and the counters (index, stream), as numbers in [0, 1).
  random: randomSource(),
  uniforms: uniformsSource,
  firstGreatest: greatestSource('firstGreatest', 'f32'),
  firstGreatestInt: greatestSource('firstGreatestInt', 'i32'),
  sink,
  keepLeast,
  sortHeap,
  rankOf,
  // The first one, two or three of four numbers, zeros behind.
  loadFirst: `(func $loadFirst (param $from i32) (param $count i32) (result v128)
  (local $lanes v128)
  (if (i32.eq (local.get $count) (i32.const 1)) (then (return (v128.load32_zero (local.get $from)))))
  (local.set $lanes (v128.load64_zero (local.get $from)))
  (if (i32.eq (local.get $count) (i32.const 3)) (then (local.set $lanes (v128.load32_lane offset=8 2 (local.get $from) (local.get $lanes)))))
  (local.get $lanes))`,
  storeFirst: `(func $storeFirst (param $to i32) (param $count i32) (param $lanes v128)
  (if (i32.eq (local.get $count) (i32.const 1)) (then (v128.store32_lane 0 (local.get $to) (local.get $lanes)) (return)))
  (v128.store64_lane 0 (local.get $to) (local.get $lanes))
  (if (i32.eq (local.get $count) (i32.const 3)) (then (v128.store32_lane offset=8 2 (local.get $to) (local.get $lanes)))))`,
  // One to three numbers at a distance from one another.
  loadApart: `(func $loadApart (param $from i32) (param $step i32) (param $count i32) (result v128)
  (local $lanes v128)
  (local.set $lanes (v128.load32_zero (local.get $from)))
  (if (i32.eq (local.get $count) (i32.const 1)) (then (return (local.get $lanes))))
  (local.set $from (i32.add (local.get $from) (local.get $step)))
  (local.set $lanes (v128.load32_lane 1 (local.get $from) (local.get $lanes)))
  (if (i32.eq (local.get $count) (i32.const 3))
    (then (local.set $lanes (v128.load32_lane 2 (i32.add (local.get $from) (local.get $step)) (local.get $lanes)))))
  (local.get $lanes))`,
  storeApart: `(func $storeApart (param $to i32) (param $step i32) (param $count i32) (param $lanes v128)
  (v128.store32_lane 0 (local.get $to) (local.get $lanes))
  (if (i32.eq (local.get $count) (i32.const 1)) (then (return)))
  (local.set $to (i32.add (local.get $to) (local.get $step)))
  (v128.store32_lane 1 (local.get $to) (local.get $lanes))
  (if (i32.eq (local.get $count) (i32.const 3)) (then (v128.store32_lane 2 (i32.add (local.get $to) (local.get $step)) (local.get $lanes)))))`,
  // Those of four numbers where the mask is set, zeros elsewhere.
  loadMasked: `(func $loadMasked (param $from i32) (param $mask v128) (result v128)
  (local $lanes v128)
  ${[0, 1, 2, 3]
    .map(
      (lane) =>
        `(if (i32x4.extract_lane ${lane} (local.get $mask)) (then (local.set $lanes (v128.load32_lane offset=${4 * lane} ${lane} (local.get $from) (local.get $lanes)))))`,
    )
    .join('\n  ')}
  (local.get $lanes))`,
} as const;

export type HelperName = keyof typeof sources;

const needs: Readonly<Partial<Record<HelperName, readonly HelperName[]>>> = { keepLeast: ['sink'], sortHeap: ['sink'] };

/** The function and those that it needs, each after its needs. */
export function helpersOf(name: HelperName): Helper[] {
  return [...(needs[name] ?? []).flatMap(helpersOf), { name, source: sources[name] }];
}
