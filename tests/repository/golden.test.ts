import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { expectedFolder, renderGolden } from '../../golden/render.js';
import { filesUnder, root } from './sources.js';

const advice = 'the compiler writes something else than golden/expected has on record: read the difference, then run npm run golden';

test('the texts on record are what the compiler writes', async () => {
  const rendered = await renderGolden();
  const recorded = filesUnder(['golden/expected']).map((path) => relative(expectedFolder, join(root, path)));
  expect([...rendered.keys()].sort(), advice).toEqual(recorded);
  for (const [path, text] of rendered) expect(readFileSync(join(expectedFolder, path), 'utf8'), `${path}: ${advice}`).toBe(text);
  // Twice the same: nothing depends on earlier work.
  const again = await renderGolden('tied-autoencoder');
  expect(again.size).toBeGreaterThan(0);
  for (const [path, text] of again) expect(text, path).toBe(rendered.get(path));
});

test('the texts on record stay small', () => {
  const bytes = filesUnder(['golden/expected']).reduce((sum, path) => sum + readFileSync(join(root, path)).length, 0);
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(1e6);
});
