/** Float64 arithmetic for four float32 lanes: two lanes at a time. */

const upperHalf = '8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15';

/** The first two lanes of a local as float64. */
export function lowPair(name: string): string {
  return `(f64x2.promote_low_f32x4 (local.get $${name}))`;
}

/** The last two lanes of a local as float64. */
export function highPair(name: string): string {
  return `(f64x2.promote_low_f32x4 (i8x16.shuffle ${upperHalf} (local.get $${name}) (local.get $${name})))`;
}

/** The first two lanes of an i32x4 local as float64. */
export function lowIntPair(name: string): string {
  return `(f64x2.convert_low_i32x4_s (local.get $${name}))`;
}

/** The last two lanes of an i32x4 local as float64. */
export function highIntPair(name: string): string {
  return `(f64x2.convert_low_i32x4_s (i8x16.shuffle ${upperHalf} (local.get $${name}) (local.get $${name})))`;
}

/** Two pairs of float64 rounded to four lanes of float32. */
export function joinPairs(low: string, high: string): string {
  return `(i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (f32x4.demote_f64x2_zero ${low}) (f32x4.demote_f64x2_zero ${high}))`;
}

/** The low halves of two pairs of 64-bit lanes, as four lanes. */
export function lowWords(low: string, high: string): string {
  return `(i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 ${low} ${high})`;
}
