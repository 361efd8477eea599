/** The cases that Kilnn does not meet yet, each with the reason, in listed.json. A listed case that passes is an error. */
import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { type Category, casesOf, type TorchCase } from './cases.js';

const listed = JSON.parse(readFileSync(new URL('./listed.json', import.meta.url), 'utf8')) as Readonly<Record<string, string>>;

/**
 * One test for each case of a category: `problems` says what is wrong with it (nothing, when it passes). A case that is
 * listed must fail; its name must be there.
 */
export function testCategory(category: Category, problems: (torchCase: TorchCase) => readonly string[]): void {
  const cases = casesOf(category);
  const counts = { passed: 0, listed: 0 };
  for (const torchCase of cases) {
    const reason = listed[torchCase.name];
    test(reason === undefined ? torchCase.name : `${torchCase.name} is listed: ${reason}`, () => {
      const found = attempt(() => problems(torchCase));
      if (reason === undefined) {
        expect(found.join('; ')).toBe('');
        counts.passed++;
      } else {
        expect(found, `${torchCase.name} passes: take it off tests/torch/listed.json`).not.toEqual([]);
        counts.listed++;
      }
    });
  }
  afterAll(() => {
    console.log(`PyTorch's figures, ${category}: ${counts.passed} passed, ${counts.listed} listed, ${cases.length} in all`);
  });
}

function attempt(run: () => readonly string[]): readonly string[] {
  try {
    return run();
  } catch (error) {
    return [error instanceof Error ? `${error.name}: ${error.message}` : String(error)];
  }
}
