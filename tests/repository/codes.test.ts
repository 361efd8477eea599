import { describe, expect, test } from 'vitest';
import { read } from './sources.js';

const codesIn = (path: string) => [...read(path).matchAll(/'(KN\d{4})'/g)].map(([, code]) => code!);

describe('codes of messages', () => {
  const build = codesIn('compiler/diagnostics/messages.ts');

  test('belong to one message of the build each', () => {
    expect(build.length).toBeGreaterThan(40);
    expect(build.filter((code, i) => build.indexOf(code) !== i)).toEqual([]);
  });

  test('are apart for the build, the library and the runtime', () => {
    const [library, runtime] = [codesIn('dsl/errors.ts'), codesIn('runtime/errors.ts')];
    expect(library.length).toBeGreaterThan(0);
    expect(runtime.length).toBeGreaterThan(0);
    expect(library.filter((code) => build.includes(code) || runtime.includes(code))).toEqual([]);
    expect(runtime.filter((code) => build.includes(code))).toEqual([]);
  });
});
