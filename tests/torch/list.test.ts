/** The lists of the cases that Kilnn does not meet, as a whole. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { casesOf, categories } from './cases.js';

test.each(['listed.json', 'listed-compiled.json'])('every name in %s is a case', (file) => {
  const names = new Set(categories.flatMap((category) => casesOf(category).map(({ name }) => name)));
  const listed = Object.keys(JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as object);
  expect(listed.filter((name) => !names.has(name))).toEqual([]);
});
