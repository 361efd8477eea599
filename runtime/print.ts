import { isTensor } from './arguments.js';
import type { AnyTensor } from './tensor.js';

/**
 * The text of tensors as PyTorch prints them (torch/_tensor_str.py): four digits, columns aligned, scientific notation where
 * the magnitudes differ too much, the middle left out over 1000 elements, lines of at most 80 characters.
 */

/** A tensor's elements in row-major order; bools are 0 and 1. */
export interface Elements {
  readonly dtype: 'f32' | 'f64' | 'i32' | 'bool';
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

const digits = 4;
const threshold = 1000;
const edgeItems = 3;
const lineWidth = 80;

/** Writes one element. All elements have one width, so that columns are aligned. */
interface Formatter {
  readonly width: number;
  format(value: number): string;
}

/** `tensor([[1., 2.]])`, with `suffixes` (`requires_grad=True`) after the elements. */
export function elementsText(elements: Elements, suffixes: readonly string[] = []): string {
  const { data, shape, dtype } = elements;
  const prefix = 'tensor(';
  const all: string[] = [];
  let body: string;
  if (data.length === 0) {
    body = '[]';
    if (shape.length !== 1) all.push(`size=(${shape.join(', ')})`);
    if (dtype !== 'f32') all.push(`dtype=${dtypeNames[dtype]}`);
  } else {
    const summarize = data.length > threshold;
    body = nested(elements, formatter(elements, summarize), summarize, prefix.length, 0, 0);
    if (dtype === 'f64') all.push(`dtype=${dtypeNames[dtype]}`);
  }
  return `${withSuffixes(prefix + body, [...all, ...suffixes], prefix.length)})`;
}

const dtypeNames = { f32: 'torch.float32', f64: 'torch.float64', i32: 'torch.int64', bool: 'torch.bool' } as const;

/** The text that `print` writes for one value: PyTorch's for tensors, on whatever device, and for lists and dictionaries of them. */
export async function text(value: unknown): Promise<string> {
  if (isTensor(value)) return elementsText({ dtype: value.dtype, shape: value.shape, data: await (value as AnyTensor).data() });
  if (Array.isArray(value)) return `[${(await Promise.all(value.map(text))).join(', ')}]`;
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && (value instanceof Map || Object.getPrototypeOf(value) === Object.prototype)) {
    const entries = value instanceof Map ? [...(value as Map<unknown, unknown>)] : Object.entries(value);
    const items = entries.map(async ([key, item]) => `${typeof key === 'string' ? `'${key}'` : key}: ${await text(item)}`);
    return `{${(await Promise.all(items)).join(', ')}}`;
  }
  return String(value);
}

/** Writes values to the console, separated by spaces, as Python's `print` does. */
export async function print(...values: readonly unknown[]): Promise<void> {
  console.log((await Promise.all(values.map(text))).join(' '));
}

/** What follows the elements goes on the last line if it fits, else on lines of its own. */
function withSuffixes(text: string, suffixes: readonly string[], indent: number): string {
  let result = text;
  let last = text.length - text.lastIndexOf('\n') + 1;
  for (const suffix of suffixes) {
    if (last + suffix.length + 2 > lineWidth) {
      result += `,\n${' '.repeat(indent)}${suffix}`;
      last = indent + suffix.length;
    } else {
      result += `, ${suffix}`;
      last += suffix.length + 2;
    }
  }
  return result;
}

function nested(data: Elements, cell: Formatter, summarize: boolean, indent: number, depth: number, offset: number): string {
  const { shape } = data;
  if (shape.length === 0) return cell.format(data.data[0]!);
  const size = shape[depth]!;
  const stride = shape.slice(depth + 1).reduce((product, next) => product * next, 1);
  const omit = summarize && size > 2 * edgeItems;
  const positions = omit ? [0, 1, 2, -1, size - 3, size - 2, size - 1] : Array.from({ length: size }, (_, i) => i);
  if (depth === shape.length - 1)
    return vector(
      positions.map((at) => (at < 0 ? ' ...' : cell.format(data.data[offset + at]!))),
      cell.width,
      indent,
    );
  const items = positions.map((at) => (at < 0 ? '...' : nested(data, cell, summarize, indent + 1, depth + 1, offset + at * stride)));
  return `[${items.join(`,${'\n'.repeat(shape.length - depth - 1)}${' '.repeat(indent + 1)}`)}]`;
}

/** Elements in lines that keep within the width. */
function vector(cells: readonly string[], width: number, indent: number): string {
  const perLine = Math.max(1, Math.floor((lineWidth - indent) / (width + 2)));
  const lines: string[] = [];
  for (let at = 0; at < cells.length; at += perLine) lines.push(cells.slice(at, at + perLine).join(', '));
  return `[${lines.join(`,\n${' '.repeat(indent + 1)}`)}]`;
}

function formatter(data: Elements, summarize: boolean): Formatter {
  const shown = summarize ? edges(data) : Array.from(data.data);
  if (data.dtype === 'bool') return padded(shown, (value) => (value !== 0 ? 'True' : 'False'));
  if (data.dtype === 'i32') return padded(shown, (value) => `${value}`);
  return floatFormatter(shown);
}

function padded(shown: readonly number[], write: (value: number) => string): Formatter {
  const width = Math.max(1, ...shown.map((value) => write(value).length));
  return { width, format: (value) => write(value).padStart(width) };
}

/** Only finite elements that are not zero say how wide a column is, and how they all are written. */
function floatFormatter(shown: readonly number[]): Formatter {
  const telling = shown.filter((value) => Number.isFinite(value) && value !== 0);
  const magnitudes = telling.map(Math.abs);
  const write = notation(magnitudes);
  const width = telling.reduce((most, value) => Math.max(most, withSign(value, write).length), 1);
  return { width, format: (value) => withSign(value, write).padStart(width) };
}

function notation(magnitudes: readonly number[]): (magnitude: number) => string {
  const most = magnitudes.reduce((a, b) => Math.max(a, b), 0);
  const least = magnitudes.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const whole = magnitudes.every((value) => value === Math.ceil(value));
  if (most / least > 1000 || most > 1e8 || (!whole && least < 1e-4)) return scientific;
  return whole ? (value) => `${value.toFixed(0)}.` : (value) => halfToEven(value.toFixed(digits), value.toFixed(100));
}

function withSign(value: number, write: (magnitude: number) => string): string {
  if (Number.isNaN(value)) return 'nan';
  const negative = value < 0 || Object.is(value, -0);
  return `${negative ? '-' : ''}${Number.isFinite(value) ? write(Math.abs(value)) : 'inf'}`;
}

/** `1.5000e+05`: at least two digits of exponent, as C writes it. */
function scientific(value: number): string {
  const [exact] = value.toExponential(100).split('e') as [string];
  const [mantissa, exponent] = value.toExponential(digits).split('e') as [string, string];
  return `${halfToEven(mantissa, exact)}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}

/** C rounds a number that lies exactly in the middle to the even digit, JavaScript away from zero. */
function halfToEven(rounded: string, exact: string): string {
  const kept = exact.slice(0, rounded.length);
  const rest = exact.slice(rounded.length);
  const middle = rest.startsWith('5') && /^50*$/.test(rest);
  return middle && Number(kept[kept.length - 1]) % 2 === 0 ? kept : rounded;
}

/** The elements that are shown of a summarised tensor. */
function edges(data: Elements): number[] {
  const { shape } = data;
  const collect = (depth: number, offset: number): number[] => {
    if (depth === shape.length) return [data.data[offset]!];
    const size = shape[depth]!;
    const stride = shape.slice(depth + 1).reduce((product, next) => product * next, 1);
    const positions = size > 2 * edgeItems ? [0, 1, 2, size - 3, size - 2, size - 1] : Array.from({ length: size }, (_, i) => i);
    return positions.flatMap((at) => collect(depth + 1, offset + at * stride));
  };
  return collect(0, 0);
}
