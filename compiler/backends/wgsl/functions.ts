/**
 * Functions that WGSL lacks, or has with less accuracy than float32 allows (W3C WGSL, "Accuracy of concrete floating point
 * expressions": sine within 2^-11, atan within 4096 units in the last place, tanh by a quotient that overflows ...). A kernel
 * carries the ones that it calls and no others.
 *
 * WGSL lets an implementation assume that there are no NaNs and infinities, and rejects constants that overflow: so both come from
 * bit patterns that the compiler does not see through, and are recognised by their bits.
 */
interface WgslFunction {
  readonly needs?: readonly string[];
  readonly source: string;
}

const table: Readonly<Record<string, WgslFunction>> = {
  nan: { source: `fn nan() -> f32 { let bits = 0x7fc00000u; return bitcast<f32>(bits); }` },
  inf: { source: `fn inf() -> f32 { let bits = 0x7f800000u; return bitcast<f32>(bits); }` },
  // The bits of a positive float count up with it, those of a negative one down.
  order_key: {
    source: `fn order_key(x: f32) -> i32 {
  let bits = bitcast<i32>(x);
  if (bits == -2147483648) { return 0; }
  if ((bits & 0x7fffffff) > 0x7f800000) { return 0x7fffffff; }
  return select(bits, bits ^ 0x7fffffff, bits < 0);
}`,
  },
  is_nan: { source: `fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }` },

  maximum: {
    needs: ['is_nan'],
    source: `fn maximum(x: f32, y: f32) -> f32 { return select(select(y, x, x > y), x, is_nan(x)); }`,
  },
  minimum: {
    needs: ['is_nan'],
    source: `fn minimum(x: f32, y: f32) -> f32 { return select(select(y, x, x < y), x, is_nan(x)); }`,
  },
  // Whether element i with value x takes the place of the best so far, element `at` (-1: none): NaN first, then the extreme, then the lower index.
  argmax_wins_f32: {
    needs: ['is_nan'],
    source: `fn argmax_wins_f32(x: f32, i: i32, best: f32, at: i32) -> bool {
  if (i < 0 || at < 0) { return i >= 0; }
  if (is_nan(x) || is_nan(best)) { return is_nan(x) && (!is_nan(best) || i < at); }
  return x > best || (x == best && i < at);
}`,
  },
  argmax_wins_i32: {
    source: `fn argmax_wins_i32(x: i32, i: i32, best: i32, at: i32) -> bool {
  if (i < 0 || at < 0) { return i >= 0; }
  return x > best || (x == best && i < at);
}`,
  },
  argmin_wins_f32: {
    needs: ['is_nan'],
    source: `fn argmin_wins_f32(x: f32, i: i32, best: f32, at: i32) -> bool {
  if (i < 0 || at < 0) { return i >= 0; }
  if (is_nan(x) || is_nan(best)) { return is_nan(x) && (!is_nan(best) || i < at); }
  return x < best || (x == best && i < at);
}`,
  },
  argmin_wins_i32: {
    source: `fn argmin_wins_i32(x: i32, i: i32, best: i32, at: i32) -> bool {
  if (i < 0 || at < 0) { return i >= 0; }
  return x < best || (x == best && i < at);
}`,
  },
  times_zero: {
    source: `fn times_zero(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  return bitcast<f32>(select(bits & 0x80000000u, 0x7fc00000u, (bits & 0x7f800000u) == 0x7f800000u));
}`,
  },
  sign_of: { source: `fn sign_of(x: f32) -> f32 { return select(select(0.0, -1.0, x < 0.0), 1.0, x > 0.0); }` },
  copy_sign: {
    source: `fn copy_sign(x: f32, y: f32) -> f32 {
  return bitcast<f32>((bitcast<u32>(x) & 0x7fffffffu) | (bitcast<u32>(y) & 0x80000000u));
}`,
  },

  // Some implementations take exp of NaN for infinity.
  exp_: {
    needs: ['is_nan'],
    source: `fn exp_(x: f32) -> f32 { return select(exp(x), x, is_nan(x)); }`,
  },
  // e log 2 + log(1 + f) for sqrt(1/2) <= 1 + f < sqrt(2): log(1 + f) = 2 artanh(s) with s = f / (2 + f), written as
  // f - (f^2/2 - s (f^2/2 + R(s^2))) so that the leading term is exact; log 2 is split so that e times its first part is.
  log_reduced: {
    source: `fn log_reduced(e: f32, f: f32) -> f32 {
  let s = f / (2.0 + f);
  let z = s * s;
  let r = z * (0.6666667 + z * (0.4 + z * (0.2857143 + z * 0.22222222)));
  let h = 0.5 * f * f;
  return e * 0.69313812 + (f - (h - (s * (h + r) + e * 9.0580006e-6)));
}`,
  },
  log_: {
    needs: ['log_reduced', 'nan', 'inf', 'is_nan'],
    source: `fn log_(x: f32) -> f32 {
  var bits = bitcast<u32>(x);
  if (bits == 0x7f800000u || is_nan(x)) { return x; }
  if ((bits & 0x7fffffffu) == 0u) { return -inf(); }
  if ((bits >> 31u) == 1u) { return nan(); }
  var e = -127;
  // A subnormal number is its bits, as an integer, times 2^-149.
  if (bits < 0x00800000u) {
    bits = bitcast<u32>(f32(bits));
    e -= 149;
  }
  bits += 0x3f800000u - 0x3f3504f3u;
  return log_reduced(f32(e + i32(bits >> 23u)), bitcast<f32>((bits & 0x007fffffu) + 0x3f3504f3u) - 1.0);
}`,
  },
  // Near 0 nothing may be lost in 1 + x; elsewhere the logarithm is large enough not to mind.
  log1p: {
    needs: ['log_', 'log_reduced'],
    source: `fn log1p(x: f32) -> f32 {
  if (x > -0.29289 && x < 0.41421) { return log_reduced(0.0, x); }
  return log_(1.0 + x);
}`,
  },
  expm1: {
    needs: ['exp_'],
    source: `fn expm1(x: f32) -> f32 {
  if (abs(x) >= 0.5) { return exp_(x) - 1.0; }
  let p = 0.16666667 + x * (0.041666667 + x * (0.0083333333 + x * (0.0013888889 + x * (1.984127e-4 + x * 2.4801587e-5))));
  return x + x * x * (0.5 + x * p);
}`,
  },
  sigmoid: {
    needs: ['exp_'],
    source: `fn sigmoid(x: f32) -> f32 {
  let e = exp_(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}`,
  },
  tanh_: {
    needs: ['exp_', 'copy_sign'],
    source: `fn tanh_(x: f32) -> f32 {
  let a = abs(x);
  if (a < 0.55) {
    let z = x * x;
    return x + x * z * (-0.33333299 + z * (0.13331959 + z * (-0.05378668 + z * (0.020805378 - z * 0.0059058606))));
  }
  if (a > 9.1) { return copy_sign(1.0, x); }
  return copy_sign(1.0 - 2.0 / (exp_(2.0 * a) + 1.0), x);
}`,
  },
  sinh_: {
    needs: ['exp_', 'copy_sign'],
    source: `fn sinh_(x: f32) -> f32 {
  if (abs(x) < 1.0) {
    let z = x * x;
    return x + x * z * (0.16666667 + z * (0.0083333333 + z * (1.984127e-4 + z * 2.7557319e-6)));
  }
  let h = exp_(0.5 * abs(x));
  return copy_sign(0.5 * h * h - 0.5 / (h * h), x);
}`,
  },
  cosh_: {
    needs: ['exp_'],
    source: `fn cosh_(x: f32) -> f32 {
  let h = exp_(0.5 * abs(x));
  return 0.5 * h * h + 0.5 / (h * h);
}`,
  },
  asinh_: {
    needs: ['log1p', 'log_', 'copy_sign'],
    source: `fn asinh_(x: f32) -> f32 {
  let a = abs(x);
  if (a > 1e6) { return copy_sign(log_(a) + 0.69314718, x); }
  return copy_sign(log1p(a + a * a / (1.0 + sqrt(a * a + 1.0))), x);
}`,
  },
  acosh_: {
    needs: ['log1p', 'log_', 'nan'],
    source: `fn acosh_(x: f32) -> f32 {
  if (x < 1.0) { return nan(); }
  if (x > 1e6) { return log_(x) + 0.69314718; }
  let t = x - 1.0;
  return log1p(t + sqrt(2.0 * t + t * t));
}`,
  },
  atanh_: {
    needs: ['log1p', 'copy_sign', 'nan'],
    source: `fn atanh_(x: f32) -> f32 {
  let a = abs(x);
  if (a > 1.0) { return nan(); }
  return copy_sign(0.5 * log1p(2.0 * a / (1.0 - a)), x);
}`,
  },
  // x = j pi/2 + r with |r| <= pi/4; pi/2 is split in three so that the first two products are exact.
  sin_cos: {
    source: `fn sin_cos(x: f32) -> vec2<f32> {
  let j = round(x * 0.63661977);
  let r = ((x - j * 1.5703125) - j * 4.837513e-4) - j * 7.5497901e-8;
  let z = r * r;
  let s = r + r * z * (-0.16666667 + z * (0.0083333333 + z * (-1.984127e-4 + z * 2.7557319e-6)));
  let c = 1.0 - z * (0.5 - z * (0.041666667 - z * (0.0013888889 - z * (2.4801587e-5 - z * 2.7557319e-7))));
  let turned = select(vec2(s, c), vec2(c, -s), (i32(j) & 1) == 1);
  return select(turned, -turned, (i32(j) & 2) == 2);
}`,
  },
  tan_: {
    needs: ['sin_cos'],
    source: `fn tan_(x: f32) -> f32 { let t = sin_cos(x); return t.x / t.y; }`,
  },
  atan_unit: {
    source: `fn atan_unit(a: f32) -> f32 {
  let far = a > 0.41421356;
  let t = select(a, (a - 1.0) / (a + 1.0), far);
  let z = t * t;
  return select(0.0, 0.78539816, far) + (t + t * z * (-0.33332956 + z * (0.19977917 + z * (-0.13879736 + z * 0.080599137))));
}`,
  },
  atan_: {
    needs: ['atan_unit', 'copy_sign'],
    source: `fn atan_(x: f32) -> f32 {
  let a = abs(x);
  if (a <= 1.0) { return copy_sign(atan_unit(a), x); }
  return copy_sign(1.5707963 - atan_unit(1.0 / a), x);
}`,
  },
  atan2_: {
    needs: ['atan_unit', 'copy_sign', 'is_nan'],
    source: `fn atan2_(y: f32, x: f32) -> f32 {
  if (is_nan(x) || is_nan(y)) { return x + y; }
  let low = min(abs(x), abs(y));
  let high = max(abs(x), abs(y));
  // Equal magnitudes (two zeros and two infinities among them) have no quotient to take.
  var r = atan_unit(select(low / high, select(1.0, 0.0, high == 0.0), low == high));
  if (abs(y) > abs(x)) { r = 1.5707963 - r; }
  if ((bitcast<u32>(x) >> 31u) == 1u) { r = 3.1415927 - r; }
  return copy_sign(r, y);
}`,
  },
  asin_half: {
    source: `fn asin_half(s: f32, z: f32) -> f32 {
  return s + s * z * (0.16666754 + z * (0.074952416 + z * (0.045477096 + z * (0.024147613 + z * 0.042218544))));
}`,
  },
  asin_: {
    needs: ['asin_half', 'copy_sign', 'nan'],
    source: `fn asin_(x: f32) -> f32 {
  let a = abs(x);
  if (a > 1.0) { return nan(); }
  if (a <= 0.5) { return asin_half(x, x * x); }
  let z = 0.5 * (1.0 - a);
  return copy_sign(1.5707963 - 2.0 * asin_half(sqrt(z), z), x);
}`,
  },
  acos_: {
    needs: ['asin_half', 'nan'],
    source: `fn acos_(x: f32) -> f32 {
  let a = abs(x);
  if (a > 1.0) { return nan(); }
  if (a <= 0.5) { return 1.5707963 - asin_half(x, x * x); }
  let z = 0.5 * (1.0 - a);
  let half = asin_half(sqrt(z), z);
  return select(2.0 * half, 3.1415927 - 2.0 * half, x < 0.0);
}`,
  },
  // Below 1 x P(x^2); then 1 - exp(Q(|x|)) with Q fitted to log erfc, weighted by erfc. Fits by Lawson's iteration.
  erf: {
    needs: ['exp_', 'copy_sign'],
    source: `fn erf(x: f32) -> f32 {
  let a = abs(x);
  if (a < 1.0) {
    let z = x * x;
    return x * (1.1283791 + z * (-0.37612626 + z * (0.112836 + z * (-0.026854444 + z * (0.0051895347 + z * (-8.0208364e-4 + z * 7.8891026e-5))))));
  }
  if (a > 4.0) { return copy_sign(1.0, x); }
  let q = -3.5378439e-4 + a * (-1.1270398 + a * (-0.63822615 + a * (-0.10303694 + a * (0.021805104 + a * (-0.0029395514 + a * 1.8556803e-4)))));
  return copy_sign(1.0 - exp_(q), x);
}`,
  },
  // 1 to any power is 1, and so is anything to the power 0; a negative base has real powers for integers only.
  power: {
    needs: ['exp_', 'log_', 'nan', 'is_nan'],
    source: `fn power(x: f32, y: f32) -> f32 {
  let a = abs(x);
  if (y == 0.0 || x == 1.0) { return 1.0; }
  if (is_nan(x) || is_nan(y)) { return x + y; }
  if (y == 1.0) { return x; }
  let endless = (bitcast<u32>(y) & 0x7fffffffu) == 0x7f800000u;
  if (a == 1.0 && endless) { return 1.0; }
  let magnitude = exp_(y * log_(a));
  if ((bitcast<u32>(x) >> 31u) == 0u) { return magnitude; }
  let half = 0.5 * y;
  if (!endless && trunc(y) == y && trunc(half) != half) { return -magnitude; }
  if (!endless && trunc(y) != y && bitcast<u32>(a) > 0u && bitcast<u32>(a) < 0x7f800000u) { return nan(); }
  return magnitude;
}`,
  },
  power_int: {
    source: `fn power_int(x: i32, y: i32) -> i32 {
  if (y < 0) { return select(0, select(1, x, (y & 1) == 1), x == 1 || x == -1); }
  var result = 1;
  var base = x;
  for (var exponent = y; exponent > 0; exponent >>= 1u) {
    if ((exponent & 1) == 1) { result *= base; }
    base *= base;
  }
  return result;
}`,
  },
  // Exact: long division of the significands in integers, one bit a turn.
  fmod: {
    needs: ['nan', 'is_nan', 'copy_sign'],
    source: `fn fmod(x: f32, y: f32) -> f32 {
  let bits = bitcast<u32>(x) & 0x7fffffffu;
  let divisor = bitcast<u32>(y) & 0x7fffffffu;
  if (is_nan(x) || is_nan(y) || bits == 0x7f800000u || divisor == 0u) { return nan(); }
  if (bits < divisor) { return x; }
  let low = max(i32(divisor >> 23u), 1);
  let d = (divisor & 0x007fffffu) | select(0u, 0x00800000u, divisor >= 0x00800000u);
  var r = (bits & 0x007fffffu) | select(0u, 0x00800000u, bits >= 0x00800000u);
  for (var e = max(i32(bits >> 23u), 1); e > low; e--) {
    r = select(r, r - d, r >= d) << 1u;
  }
  r = select(r, r - d, r >= d);
  // The remainder is r 2^(low - 150): shift its leading bit into place.
  if (r == 0u) { return copy_sign(0.0, x); }
  let shift = min(i32(countLeadingZeros(r)) - 8, low - 1);
  let e = low - shift;
  r <<= u32(shift);
  let packed = select(r, (r & 0x007fffffu) | (u32(e) << 23u), (r & 0x00800000u) != 0u);
  return copy_sign(bitcast<f32>(packed), x);
}`,
  },
  remainder: {
    needs: ['fmod'],
    source: `fn remainder(x: f32, y: f32) -> f32 {
  let r = fmod(x, y);
  return select(r, r + y, r != 0.0 && (y < 0.0) != (r < 0.0));
}`,
  },
  floor_divide: {
    needs: ['fmod', 'copy_sign'],
    source: `fn floor_divide(x: f32, y: f32) -> f32 {
  if (y == 0.0) { return x / y; }
  let r = fmod(x, y);
  let q = (x - r) / y - select(0.0, 1.0, r != 0.0 && (y < 0.0) != (r < 0.0));
  if (q == 0.0) { return copy_sign(0.0, x / y); }
  let whole = floor(q);
  return whole + select(0.0, 1.0, q - whole > 0.5);
}`,
  },
  // Integer division by zero gives 0; WGSL's own truncates.
  fmod_int: { source: `fn fmod_int(x: i32, y: i32) -> i32 { return select(x % y, 0, y == 0); }` },
  remainder_int: {
    source: `fn remainder_int(x: i32, y: i32) -> i32 {
  if (y == 0) { return 0; }
  let r = x % y;
  return select(r, r + y, r != 0 && (r < 0) != (y < 0));
}`,
  },
  floor_divide_int: {
    source: `fn floor_divide_int(x: i32, y: i32) -> i32 {
  if (y == 0) { return 0; }
  return x / y - select(0, 1, x % y != 0 && (x < 0) != (y < 0));
}`,
  },
  to_int: {
    needs: ['is_nan'],
    source: `fn to_int(x: f32) -> i32 {
  if (is_nan(x)) { return 0; }
  return select(select(i32(x), 2147483647, x >= 2147483648.0), -2147483648, x <= -2147483648.0);
}`,
  },
  // Threefry-2x32, 20 rounds (Salmon et al., SC 2011); the upper 24 bits of the first word make the number.
  uniform_random: {
    source: `fn uniform_random(key: vec2<i32>, index: i32, stream: u32) -> f32 {
  let k = vec3(bitcast<u32>(key.x), bitcast<u32>(key.y), bitcast<u32>(key.x ^ key.y) ^ 0x1bd11bdau);
  var x = vec2(bitcast<u32>(index), stream) + k.xy;
  for (var i = 1u; i <= 5u; i++) {
    let turns = select(vec4(17u, 29u, 16u, 24u), vec4(13u, 15u, 26u, 6u), (i & 1u) == 1u);
    for (var j = 0u; j < 4u; j++) {
      x.x += x.y;
      x.y = ((x.y << turns[j]) | (x.y >> (32u - turns[j]))) ^ x.x;
    }
    x += vec2(k[i % 3u], k[(i + 1u) % 3u] + i);
  }
  return f32(x.x >> 8u) * 5.9604645e-8;
}`,
  },
};

/** Source of the functions of those names and of all that they need, in an order that reads from the simple to the composed. */
export function functionSources(names: Iterable<string>): string[] {
  const wanted = new Set<string>();
  const visit = (name: string): void => {
    if (wanted.has(name)) return;
    for (const need of table[name]!.needs ?? []) visit(need);
    wanted.add(name);
  };
  for (const name of names) visit(name);
  return Object.keys(table)
    .filter((name) => wanted.has(name))
    .map((name) => table[name]!.source);
}
