/** The cases that Kilnn does not meet yet, each with the reason, in listed.json. A listed case that passes is an error. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Category, casesOf, type TorchCase } from './cases.js';

type Listed = Readonly<Record<string, string>>;

/** How the cases are run: eagerly, or compiled for a target. */
export type Execution = 'eager' | 'js' | 'wasm' | 'webgpu';

declare module 'vitest' {
  interface TaskMeta {
    /** What the table of cases counts: see table-reporter.ts. */
    torch?: { readonly category: string; readonly execution: Execution; readonly listed: boolean };
  }
}

const read = (file: string) => JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as Listed;
const listed = read('./listed.json');
/** What holds of compiled execution only. */
const listedCompiled = read('./listed-compiled.json');

type Problems = readonly string[] | Promise<readonly string[]>;

/**
 * One test for each case of a category, or for the named ones: `problems` says what is wrong with it (nothing, when it passes).
 * A case that is listed must fail; its name must be there.
 */
export function testCategory(
  category: Category,
  problems: (torchCase: TorchCase) => Problems,
  { execution = 'eager', only }: { execution?: Execution; only?: readonly string[] } = {},
): void {
  const all = casesOf(category);
  const cases = only === undefined ? all : only.map((name) => all.find((torchCase) => torchCase.name === name)!);
  testCases(category, cases, problems, execution);
}

/** The same for cases of any form. */
export function testCases<Case extends { readonly name: string }>(
  category: string,
  cases: readonly Case[],
  problems: (torchCase: Case) => Problems,
  execution: Execution = 'eager',
): void {
  for (const torchCase of cases) {
    const reason = listed[torchCase.name] ?? (execution === 'eager' ? undefined : listedCompiled[torchCase.name]);
    test(reason === undefined ? torchCase.name : `${torchCase.name} is listed: ${reason}`, async ({ task }) => {
      task.meta.torch = { category, execution, listed: reason !== undefined };
      const found = await attempt(() => problems(torchCase));
      if (reason === undefined) expect(found.join('; ')).toBe('');
      else expect(found, `${torchCase.name} passes: take it off the list in tests/torch`).not.toEqual([]);
    });
  }
}

async function attempt(run: () => Problems): Promise<readonly string[]> {
  try {
    return await run();
  } catch (error) {
    return [error instanceof Error ? `${error.name}: ${error.message}` : String(error)];
  }
}
