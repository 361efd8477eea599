import type { Helper } from '../backend.js';
import { contractionHelpers } from './contraction-helpers.js';

/** Rotations of Threefry-2x32 (Salmon et al., SC 2011), four to a group; the last group repeats the first. */
const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
];

/** All 20 rounds written out: engines keep the two words in registers. */
function randomSource(): string {
  const lines: string[] = [];
  for (let group = 0; group < 5; group++) {
    for (const r of rotations[group % 2]!) lines.push('  a = (a + b) | 0;', `  b = ((b << ${r}) | (b >>> ${32 - r})) ^ a;`);
    const step = group + 1;
    if (step < 5) lines.push(`  a = (a + k${step % 3}) | 0;`, `  b = (b + k${(step + 1) % 3} + ${step}) | 0;`);
  }
  return `function random(key, index, stream) {
  const k0 = key[0];
  const k1 = key[1];
  const k2 = k0 ^ k1 ^ 0x1bd11bda;
  let a = (index + k0) | 0;
  let b = (stream + k1) | 0;
${lines.join('\n')}
  return ((a + k2) >>> 8) * 2 ** -24;
}`;
}

interface HelperRecord {
  readonly needs?: readonly string[];
  readonly source: string;
}

/**
 * Declarations that kernels share, written once a module and only when used. All work in float64 and are far below half a
 * unit in the last place of float32, so that only the store into a Float32Array rounds.
 */
const records: Readonly<Record<string, HelperRecord>> = {
  // e^x = 2^(n/32) e^r with n = round(32 x / ln 2), so |r| <= ln 2 / 64: table of 2^(j/32), exact powers of two and four terms of
  // the series give a relative error below 2e-12. Adding 1.5 * 2^52 rounds to a whole number, and the terms are added in pairs, so that
  // no long chain waits for itself. Beyond the normal range of float64, and for NaN, the built-in.
  exp: {
    source: `const rootsOfTwo = Float64Array.from({ length: 32 }, (_, j) => 2 ** (j / 32));
const powersOfTwo = Float64Array.from({ length: 2048 }, (_, i) => 2 ** (i - 1023));
function exp(x) {
  if (!(x > -708 && x < 709)) return Math.exp(x);
  const n = x * 46.16624130844683 + 6755399441055744 - 6755399441055744;
  const r = x - n * 0.02166084939249829;
  const s = r * r;
  const i = n | 0;
  return powersOfTwo[(i >> 5) + 1023] * rootsOfTwo[i & 31] * (1 + r + s * (0.5 + r * 0.16666666666666666 + s * 0.041666666666666664));
}`,
  },
  sigmoid: {
    needs: ['exp'],
    source: `function sigmoid(x) {
  return 1 / (1 + exp(-x));
}`,
  },
  // tanh x = x - x^3/3 + 2x^5/15 - ... where (e^2x - 1) / (e^2x + 1) would cancel.
  tanh: {
    needs: ['exp'],
    source: `function tanh(x) {
  if (x > 20) return 1;
  if (x < -20) return -1;
  const s = x * x;
  if (s < 0.01) return x * (1 + s * (-0.3333333333333333 + s * (0.13333333333333333 + s * (-0.05396825396825397 + s * 0.021869488536155203))));
  return 1 - 2 / (exp(2 * x) + 1);
}`,
  },
  // erf(x) / x is a polynomial in x^2 up to 1; from there erf x = 1 - e^(-x^2) P(1 / (1 + x/2)). Both interpolate at Chebyshev nodes
  // with a relative error below 1e-12.
  erf: {
    needs: ['exp'],
    source: `function erf(x) {
  const s = x * x;
  if (s <= 1) return x * (1.1283791670946768 + s * (-0.3761263888963531 + s * (0.11283791308604582 + s * (-0.026866133235095593 + s * (0.005223783477189248 + s * (-0.0008542637997087229 + s * (0.0001195656256820733 + s * (-0.000013909340021874599 + s * 0.000001058938064107502))))))));
  if (s > 36) return x > 0 ? 1 : -1;
  const t = 1 / (1 + 0.5 * Math.abs(x));
  const tail = exp(-s) * (0.00000982491359388221 + t * (0.28184067846799876 + t * (0.2850250189793681 + t * (0.22701635254466093 + t * (0.2631277210603958 + t * (-0.17223678609523885 + t * (0.5032028553899166 + t * (-0.7030408580234432 + t * (0.4013103704185036 - t * 0.08628541277910355)))))))));
  return x > 0 ? 1 - tail : x < 0 ? tail - 1 : x;
}`,
  },
  sign: {
    source: `function sign(x) {
  return x > 0 ? 1 : x < 0 ? -1 : 0;
}`,
  },
  // Adding 1.5 * 2^52 leaves no room for a fraction: the hardware rounds half to even. x * 0 keeps the sign of zero.
  round: {
    source: `function round(x) {
  if (!(Math.abs(x) < 2251799813685248)) return x;
  const whole = x + 6755399441055744 - 6755399441055744;
  return whole === 0 ? x * 0 : whole;
}`,
  },
  // C's pow: 1 to any power, and -1 to an infinite one, are 1, where JavaScript has NaN.
  pow: {
    source: `function pow(x, y) {
  return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;
}`,
  },
  // Power modulo 2^32 by squaring; a negative exponent leaves 0 unless the base is 1 or -1.
  intPow: {
    source: `function intPow(x, y) {
  if (y < 0) return x === 1 ? 1 : x === -1 ? (y & 1 ? -1 : 1) : 0;
  let power = 1;
  for (; y > 0; y >>= 1, x = Math.imul(x, x)) if (y & 1) power = Math.imul(power, x);
  return power;
}`,
  },
  // x - y floor(x / y), exact, with the sign of y.
  remainder: {
    source: `function remainder(x, y) {
  const rest = x % y;
  return rest !== 0 && y < 0 !== rest < 0 ? rest + y : rest;
}`,
  },
  intRemainder: {
    source: `function intRemainder(x, y) {
  return y === 0 ? 0 : (x - y * Math.floor(x / y)) | 0;
}`,
  },
  intFmod: {
    source: `function intFmod(x, y) {
  return y === 0 ? 0 : x % y | 0;
}`,
  },
  // floor(x / y) that agrees with remainder: the division is exact once the remainder is taken away.
  floorDivide: {
    source: `function floorDivide(x, y) {
  if (y === 0) return x / y;
  const rest = x % y;
  let quotient = (x - rest) / y;
  if (rest !== 0 && y < 0 !== rest < 0) quotient -= 1;
  if (quotient === 0) return (x / y) * 0;
  const whole = Math.floor(quotient);
  return quotient - whole > 0.5 ? whole + 1 : whole;
}`,
  },
  intFloorDivide: {
    source: `function intFloorDivide(x, y) {
  return y === 0 ? 0 : Math.floor(x / y) | 0;
}`,
  },
  // Truncates; what lies outside the range of i32 saturates and NaN gives 0.
  toInt: {
    source: `function toInt(x) {
  return x >= 2147483647 ? 2147483647 : x <= -2147483648 ? -2147483648 : x | 0;
}`,
  },
  // The positions of the keys from the least on; equal ones in their order, NaN last.
  ascending: {
    source: `function ascending(order, keys) {
  for (let i = 0; i < order.length; i++) order[i] = i;
  order.sort((i, j) => {
    const x = keys[i];
    const y = keys[j];
    return x < y ? -1 : x > y ? 1 : (x === y ? 0 : (x !== x) - (y !== y)) || i - j;
  });
}`,
  },
  // The positions of the keys from the greatest on; equal ones in their order, NaN first.
  descending: {
    source: `function descending(order, keys) {
  for (let i = 0; i < order.length; i++) order[i] = i;
  order.sort((i, j) => {
    const x = keys[i];
    const y = keys[j];
    return x > y ? -1 : x < y ? 1 : (x === y ? 0 : (y !== y) - (x !== x)) || i - j;
  });
}`,
  },
  // The first output word of Threefry-2x32-20 for the key (seed, step) and the counter (index, stream).
  random: { source: randomSource() },
  ...contractionHelpers,
};

/** Names that a helper declares besides its own. */
const declaredNames = ['rootsOfTwo', 'powersOfTwo'];

/** Names that kernels must not use for anything else. */
export const helperNames: readonly string[] = [...Object.keys(records), ...declaredNames];

/** The helpers of these names and those they need, each after its needs. */
export function helpersNamed(names: Iterable<string>): Helper[] {
  const ordered = new Map<string, Helper>();
  const visit = (name: string): void => {
    if (ordered.has(name)) return;
    const record = records[name];
    if (record === undefined) throw new Error(`there is no helper '${name}'`);
    for (const need of record.needs ?? []) visit(need);
    ordered.set(name, { name, source: record.source });
  };
  for (const name of [...names].sort()) visit(name);
  return [...ordered.values()];
}
