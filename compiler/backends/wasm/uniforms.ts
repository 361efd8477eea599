/** Rotations of Threefry-2x32 (Salmon et al., SC 2011), four to a group; the last group repeats the first. */
export const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/** Vectors that are drawn together: each of them waits for its own last instruction most of the time. */
const ways = 2;

const each = (statement: (way: number) => string): string => Array.from({ length: ways }, (_, way) => statement(way)).join(' ');

const group = (shifts: readonly number[]): string =>
  shifts
    .map((r) =>
      [
        each((i) => `(local.set $a${i} (i32x4.add (local.get $a${i}) (local.get $b${i})))`),
        each((i) => `(local.set $t${i} (i32x4.shl (local.get $b${i}) (i32.const ${r})))`),
        each((i) => `(local.set $b${i} (i32x4.shr_u (local.get $b${i}) (i32.const ${32 - r})))`),
        each((i) => `(local.set $b${i} (v128.xor (local.get $a${i}) (v128.or (local.get $b${i}) (local.get $t${i}))))`),
      ].join('\n      '),
    )
    .join('\n      ');

/** After a group: words of the key are added, and to the second half the number of the group. */
const addKey = (a: string, b: string, step: string): string =>
  `${each((i) => `(local.set $a${i} (i32x4.add (local.get $a${i}) (local.get $${a})))`)}
      (local.set $t0 (i32x4.add (local.get $${b}) (i32x4.splat ${step})))
      ${each((i) => `(local.set $b${i} (i32x4.add (local.get $b${i}) (local.get $t0)))`)}`;

const numbers = (way: number): string =>
  `(f32x4.mul (f32x4.convert_i32x4_u (i32x4.shr_u (local.get $a${way}) (i32.const 8))) (f32x4.splat (f32.const 0x1p-24)))`;

/**
 * Fills `count` floats, at least one, with uniform numbers of the counters from `index` on, as `random` draws them: the first output word of
 * Threefry-2x32-20. Two groups of rounds are written out; the key turns with them.
 */
export const uniformsSource = `(func $uniforms (param $key i32) (param $stream i32) (param $index i32) (param $to i32) (param $count i32)
  (local $step i32) (local $k0 v128) (local $k1 v128) (local $k2 v128) (local $at v128) (local $t v128)
  ${each((i) => `(local $a${i} v128) (local $b${i} v128) (local $t${i} v128)`)}
  (local.set $k0 (v128.load32_splat (local.get $key)))
  (local.set $k1 (v128.load32_splat offset=4 (local.get $key)))
  (local.set $k2 (v128.xor (v128.xor (local.get $k0) (local.get $k1)) (i32x4.splat (i32.const 0x1bd11bda))))
  (local.set $at (i32x4.add (i32x4.splat (local.get $index)) (v128.const i32x4 0 1 2 3)))
  (loop $vectors
    ${each((i) => `(local.set $a${i} (i32x4.add (i32x4.add (local.get $at) (local.get $k0)) (i32x4.splat (i32.const ${4 * i}))))`)}
    ${each((i) => `(local.set $b${i} (i32x4.add (i32x4.splat (local.get $stream)) (local.get $k1)))`)}
    (local.set $step (i32.const 1))
    (loop $groups
      ${group(rotations[0])}
      ${addKey('k1', 'k2', '(local.get $step)')}
      (if (i32.lt_s (local.get $step) (i32.const 5)) (then
      ${group(rotations[1])}
      ${addKey('k2', 'k0', '(i32.add (local.get $step) (i32.const 1))')}
      (local.set $t (local.get $k2))
      (local.set $k2 (local.get $k1))
      (local.set $k1 (local.get $k0))
      (local.set $k0 (local.get $t))
      (local.set $step (i32.add (local.get $step) (i32.const 2)))
      (br $groups))))
    ;; the key turned twice; once more and it is as it was
    (local.set $t (local.get $k2))
    (local.set $k2 (local.get $k1))
    (local.set $k1 (local.get $k0))
    (local.set $k0 (local.get $t))
    ${each((i) => `(local.set $a${i} ${numbers(i)})`)}
    (if (i32.ge_s (local.get $count) (i32.const ${4 * ways}))
      (then ${each((i) => `(v128.store offset=${16 * i} (local.get $to) (local.get $a${i}))`)})
      (else
        ${each((i) => `(v128.store offset=${16 * i} (global.get $scratch) (local.get $a${i}))`)}
        (memory.copy (local.get $to) (global.get $scratch) (i32.shl (local.get $count) (i32.const 2)))))
    (local.set $at (i32x4.add (local.get $at) (i32x4.splat (i32.const ${4 * ways}))))
    (local.set $to (i32.add (local.get $to) (i32.const ${16 * ways})))
    (br_if $vectors (i32.gt_s (local.tee $count (i32.sub (local.get $count) (i32.const ${4 * ways}))) (i32.const 0)))))`;
