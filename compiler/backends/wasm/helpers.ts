import type { Helper } from '../backend.js';

/** Rotations of Threefry-2x32 (Salmon et al., SC 2011), four to a group; the last group repeats the first. */
const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
];

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

/** Functions that kernels share, written once a module and only when used. */
const sources = {
  // The first output word of Threefry-2x32-20 for the key (seed, step) and the counters (index, stream), as numbers in [0, 1).
  random: randomSource(),
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

export function helper(name: HelperName): Helper {
  return { name, source: sources[name] };
}
