import { argumentError, fileError } from '../errors.js';
import { type AnyTensor, Tensor } from '../tensor.js';
import { decodeFrom, type FileSource, type WritableFile, writeBytes } from './files.js';
import { decodeSafetensors, encodeSafetensors, type SafetensorsOptions, safetensorsMetadata } from './safetensors.js';

/** A tensor, or lists and dictionaries of tensors, numbers, strings, booleans and null, nested as one likes. */
export type TensorTree = AnyTensor | number | string | boolean | null | readonly TensorTree[] | { readonly [name: string]: TensorTree };

/**
 * How the value is made of the file's tensors, as JSON in the metadata: `{ tensor: name }`, `{ list: [...] }`, `{ dict: [[key, ...], ...] }`,
 * `{ number: 'NaN' }` for what JSON lacks, and everything else as it is.
 */
type Plan =
  | number
  | string
  | boolean
  | null
  | { readonly tensor: string }
  | { readonly list: readonly Plan[] }
  | { readonly dict: readonly (readonly [string, Plan])[] }
  | { readonly number: string };

const field = 'kilnn';

/**
 * Writes a tensor, or lists and dictionaries of tensors (with numbers, strings, booleans and null among them, as in a checkpoint), as a
 * .safetensors file that other readers can read too: there the tensors have names with dots (`model.hidden.weight`, `0`; a single tensor
 * is `tensor`). A tensor that occurs twice is written once. Throws KN5002 for anything else, KN5005 when the file cannot be written.
 */
export async function saveTensors(target: string | URL | WritableFile, value: TensorTree, options: SafetensorsOptions = {}): Promise<void> {
  const names = new Map<AnyTensor, string>();
  const plan = describe(value, '', names, new Set());
  const fetched = await Promise.all([...names].map(async ([tensor, name]) => [name, await tensor.cpu()] as const));
  const metadata = { ...(options.metadata ?? { format: 'pt' }), [field]: JSON.stringify(plan) };
  await writeBytes(target, encodeSafetensors(Object.fromEntries(fetched), { ...options, metadata }));
}

/**
 * What `saveTensors` wrote; of other .safetensors files the dictionary of their tensors. `T` is what the caller expects. Throws KN5005 when
 * the file cannot be read or is not valid.
 */
export async function loadTensors<T = TensorTree>(source: FileSource): Promise<T> {
  return decodeFrom(source, (bytes) => {
    const dict = decodeSafetensors(bytes);
    const plan = safetensorsMetadata(bytes)[field];
    return (plan === undefined ? dict : assemble(parse(plan), dict)) as T;
  });
}

function describe(value: unknown, path: string, names: Map<AnyTensor, string>, open: Set<unknown>): Plan {
  const what = path ? `'${path}'` : 'the value';
  if (value instanceof Tensor) {
    let name = names.get(value);
    if (name === undefined) {
      name = path || 'tensor';
      const taken = new Set(names.values());
      while (taken.has(name) || name === '__metadata__') name += '_';
      names.set(value, name);
    }
    return { tensor: name };
  }
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0) ? value : { number: Object.is(value, -0) ? '-0' : `${value}` };
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  const plain = typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
  if (!plain && !Array.isArray(value))
    throw argumentError(`${what} is a ${typeof value}, expected tensors, lists, plain objects, numbers, strings, booleans and null`);
  if (open.has(value)) throw argumentError(`${what} contains itself`);
  open.add(value);
  const part = (key: string | number, item: unknown) => describe(item, path ? `${path}.${key}` : `${key}`, names, open);
  const plan: Plan = Array.isArray(value)
    ? { list: value.map((item, i) => part(i, item)) }
    : { dict: Object.entries(value as object).map(([key, item]) => [key, part(key, item)] as const) };
  open.delete(value);
  return plan;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw damaged('is not JSON');
  }
}

const mostNested = 500;

function assemble(plan: unknown, dict: Readonly<Record<string, AnyTensor>>, depth = 0): TensorTree {
  if (depth > mostNested) throw damaged(`is nested more than ${mostNested} deep`);
  if (typeof plan !== 'object' || plan === null) return plan as TensorTree;
  const { tensor, list, dict: entries, number } = plan as Record<string, unknown>;
  if (typeof tensor === 'string') {
    if (Object.hasOwn(dict, tensor)) return dict[tensor]!;
    throw damaged(`refers to a tensor '${tensor}' that is not there`);
  }
  if (typeof number === 'string') return Number(number);
  if (Array.isArray(list)) return list.map((item) => assemble(item, dict, depth + 1));
  if (Array.isArray(entries) && entries.every((entry) => Array.isArray(entry) && typeof entry[0] === 'string'))
    return Object.fromEntries(entries.map(([key, item]: [string, unknown]) => [key, assemble(item, dict, depth + 1)]));
  throw damaged('has a part that is none of tensor, list, dict and number');
}

function damaged(problem: string) {
  return fileError(`not a valid safetensors file of saveTensors: its structure, the metadata '${field}', ${problem}`);
}
