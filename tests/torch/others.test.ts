/** Categories whose nets are not written in Kilnn's words yet, and the list as a whole. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { NotThere } from './calls.js';
import { casesOf, categories } from './cases.js';
import { testCategory } from './listed.js';

for (const category of ['modules', 'parameters', 'train'] as const) {
  testCategory(category, () => {
    throw new NotThere('the snippet is not written in Kilnn');
  });
}

test('every listed name is a case', () => {
  const names = new Set(categories.flatMap((category) => casesOf(category).map(({ name }) => name)));
  const listed = Object.keys(JSON.parse(readFileSync(new URL('./listed.json', import.meta.url), 'utf8')) as object);
  expect(listed.filter((name) => !names.has(name))).toEqual([]);
});
