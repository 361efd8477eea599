import { expect, test } from 'vitest';
import { sections } from '../../docs/pytorch/names.js';
import { onlyInKilnn, pageText, rowsOf, strayNotes } from '../../docs/pytorch/page.js';
import { read } from './sources.js';

test('the page that maps PyTorch to Kilnn is what the code says; npm run docs writes it', () => {
  expect(read('docs/pytorch.md')).toBe(pageText());
});

test('a name without counterpart or note, and a note about nothing, are found', () => {
  const section = { ...sections[0]!, names: ['Linear', 'NoSuchLayer'] };
  expect(() => rowsOf(section)).toThrow('torch.nn.NoSuchLayer has no counterpart in Kilnn and no note that says why');
  expect(strayNotes()).toEqual([]);
});

test('what is only in Kilnn is no name of PyTorch that was forgotten', () => {
  expect(onlyInKilnn()).toContain('nn.Buffer');
  expect(onlyInKilnn()).not.toContain('nn.Linear');
});
