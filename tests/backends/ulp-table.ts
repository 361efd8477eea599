/**
 * Writes the table of docs/math.md: the greatest errors of the functions of each backend against float64, in units in the last place.
 *
 *   npx tsx tests/backends/ulp-table.ts                  every function, four million floats each
 *   npx tsx tests/backends/ulp-table.ts --dense          the functions of activations: every float of the exponents where they bend, every 61st elsewhere
 *   npx tsx tests/backends/ulp-table.ts --all exp log    the functions named, all 2^32 floats
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { helperNames, helpersNamed } from '../../compiler/backends/js/helpers.js';
import { importText } from '../helpers/js-kernel.js';
import { ulpError, unaryReferences, vectorMath } from '../helpers/vector-math.js';

type Row = readonly [name: string, points: string, ...errors: string[]];

const page = new URL('../../docs/math.md', import.meta.url);
const start = '<!-- table -->';
const end = '<!-- end of table -->';
const columns = ['function', 'floats', 'js', 'wasm', 'wasm, relaxed SIMD', 'bound of wasm'];
const block = 1 << 16;

const own = ['exp', 'sigmoid', 'tanh', 'erf'].filter((name) => helperNames.includes(name));
const helpers = await importText(
  `${helpersNamed(own)
    .map(({ source }) => source)
    .join('\n')}\nexport { ${own.join(', ')} };`,
);
const ofHelpers = helpers as Readonly<Record<string, (x: number) => number>>;
const ofMath = Math as unknown as Readonly<Record<string, (x: number) => number>>;

/** Exponents of two from and up to which a function is neither nearly linear nor constant, or, of `log`, near its zero. Odd functions: of positive numbers. */
const bends: Readonly<Record<string, { readonly from: number; readonly to: number; readonly odd?: true }>> = {
  exp: { from: -10, to: 7 },
  tanh: { from: -8, to: 4, odd: true },
  sigmoid: { from: -10, to: 7 },
  erf: { from: -8, to: 2, odd: true },
  log: { from: -4, to: 4 },
};

interface Points {
  readonly label: string;
  /** Distance of the bit patterns from one float to the next, for a block that begins with `bits`. */
  step(name: string, bits: number): number;
}

const densities: Readonly<Record<string, Points>> = {
  '': { label: '4 million', step: () => 1021 },
  '--all': { label: 'all', step: () => 1 },
  '--dense': {
    label: 'all where it bends',
    step(name, bits) {
      const { from, to, odd } = bends[name]!;
      const exponent = ((bits >>> 23) & 255) - 127;
      return exponent >= from && exponent < to && !(bits >= 2 ** 31 && (odd || name === 'log')) ? 1 : 61;
    },
  },
};

/** The greatest errors of a function. */
function sweep(name: string, { step }: Points): readonly number[] {
  const { reference } = unaryReferences[name]!;
  const js = ofHelpers[name] ?? ofMath[name]!;
  const onVectors = [vectorMath(name, 'f32', 'simd'), vectorMath(name, 'f32', 'relaxed')];
  const bits = new Uint32Array(block);
  const inputs = new Float32Array(bits.buffer);
  const wanted = new Float64Array(block);
  const nearest = new Float32Array(block);
  const worst = [0, 0, 0];
  for (let next = 0; next < 2 ** 32; ) {
    const distance = step(name, next);
    // A block ends with its exponent.
    const end = next - (next % 2 ** 23) + 2 ** 23;
    const count = Math.min(block, Math.ceil((end - next) / distance));
    for (let i = 0; i < block; i++) bits[i] = next + Math.min(i, count - 1) * distance;
    next = count < block ? end : next + count * distance;
    const length = Math.ceil(count / 4) * 4;
    const some = inputs.subarray(0, length);
    for (let i = 0; i < length; i++) wanted[i] = reference(some[i]!);
    nearest.set(wanted);
    const found = [some.map(js), ...onVectors.map((f) => f(some))];
    worst.forEach((error, k) => {
      worst[k] = greatestError(found[k]!, wanted, nearest, error);
    });
  }
  return worst;
}

/** `worst`, or the greatest error if that is more. What is n floats from the nearest one is n + 1/2 units off at most, so few have to be looked at. */
function greatestError(found: Float32Array | Int32Array, wanted: Float64Array, nearest: Float32Array, worst: number): number {
  const [a, b] = [new Int32Array(found.buffer, found.byteOffset, found.length), new Int32Array(nearest.buffer)];
  for (let i = 0; i < a.length; i++) {
    if (Math.abs(a[i]! - b[i]!) + 0.5 > worst) worst = Math.max(worst, ulpError(found[i]!, wanted[i]!));
  }
  return worst;
}

/** The rows of the page as it is. */
function rowsOf(text: string): Map<string, Row> {
  const lines = text.slice(text.indexOf(start), text.indexOf(end)).split('\n').slice(4);
  const cells = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return new Map(cells.filter(({ length }) => length > 0).map((row) => [row[0]!.replaceAll('`', ''), row as unknown as Row]));
}

const args = process.argv.slice(2);
const density = args.find((arg) => arg.startsWith('--')) ?? '';
const points = densities[density];
if (points === undefined) throw new Error(`'${density}' is not an option; there are --dense and --all`);
const named = args.filter((arg) => !arg.startsWith('--'));
for (const name of named.length > 0 ? named : Object.keys(density === '--dense' ? bends : unaryReferences)) {
  const began = performance.now();
  const errors = sweep(name, points);
  console.log(name, errors.map((error) => error.toFixed(2)).join(' '), `${((performance.now() - began) / 1000).toFixed(0)} s`);
  const text = readFileSync(page, 'utf8');
  const rows = rowsOf(text);
  const bound = String(unaryReferences[name]!.bound);
  rows.set(name, [`\`${name}\``, points.label, ...errors.map((error) => error.toFixed(2)), bound]);
  const order = Object.keys(unaryReferences).flatMap((key) => (rows.has(key) ? [rows.get(key)!] : []));
  const lines = [columns, columns.map((_, i) => (i < 2 ? '---' : '--:')), ...order];
  const table = lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  writeFileSync(page, `${text.slice(0, text.indexOf(start))}${start}\n\n${table}\n\n${text.slice(text.indexOf(end))}`);
}
