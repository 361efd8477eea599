import { isTensor } from '../arguments.js';
import { stateError } from '../errors.js';
import type { TensorSpec } from '../program.js';
import { shapeText } from '../size.js';

export interface LoadOptions {
  /** False: names may be missing or unexpected; shapes and dtypes must fit all the same. True by default. */
  readonly strict?: boolean;
}

export interface LoadResult {
  readonly missingKeys: readonly string[];
  readonly unexpectedKeys: readonly string[];
}

/**
 * Holds a dictionary against the entries it is meant for. Throws one KN5004 that lists every entry that is missing, unexpected or of
 * another shape or dtype.
 */
export function checkDictionary(
  owner: string,
  entries: readonly TensorSpec[],
  dict: Readonly<Record<string, unknown>>,
  { strict = true }: LoadOptions,
): LoadResult {
  // Lists and Maps can be iterated, a file's own value may be any of these.
  if (typeof dict !== 'object' || dict === null || isTensor(dict) || Symbol.iterator in dict)
    throw stateError(`${owner} loads a dictionary of tensors by name, not a tensor or a list; nothing was loaded`);
  const names = new Set(entries.map(({ name }) => name));
  const missing = entries.filter(({ name }) => !Object.hasOwn(dict, name));
  const unexpected = Object.keys(dict).filter((name) => !names.has(name));
  const problems: string[] = [];
  if (strict) {
    for (const { name, dtype, shape } of missing) problems.push(`missing: ${name} (${dtype}${shapeText(shape)})`);
    for (const name of unexpected) problems.push(`unexpected: ${name}`);
  }
  for (const { name, dtype, shape } of entries) {
    if (!Object.hasOwn(dict, name)) continue;
    const value = dict[name];
    const expected = dtype + shapeText(shape);
    if (!isTensor(value)) {
      problems.push(`not a tensor: ${name}, expected ${expected}`);
      continue;
    }
    const found = value.dtype + shapeText(value.shape);
    if (found !== expected) problems.push(`wrong ${value.dtype === dtype ? 'shape' : 'dtype'}: ${name} is ${found}, expected ${expected}`);
  }
  if (problems.length) throw stateError(`the dictionary does not fit ${owner}; nothing was loaded\n  ${problems.join('\n  ')}`);
  return { missingKeys: missing.map(({ name }) => name), unexpectedKeys: unexpected };
}
