import { expect, test } from 'vitest';
import { reservedNames } from '../../compiler/frontend/entries.js';
import { Model } from '../../runtime/index.js';
import { HandMlp } from './hand-mlp.js';

test('a method of the source cannot take the place of what a built model has', async () => {
  const model = await HandMlp.create();
  const own = Object.getOwnPropertyNames(model).filter((name) => !['forward', 'objective'].includes(name));
  const members = new Set([...Object.getOwnPropertyNames(Model.prototype), ...own, 'create', 'then']);
  expect([...members].filter((name) => !reservedNames.has(name))).toEqual([]);
  expect([...reservedNames].filter((name) => !members.has(name))).toEqual([]);
});
