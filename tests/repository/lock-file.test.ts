import { expect, test } from 'vitest';
import { read } from './sources.js';

interface Entry {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** `npm install` leaves out platforms that its registry does not have, and `npm ci` then refuses the lock file. */
test('the lock file has the packages of all platforms', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Entry> };
  const missing: string[] = [];
  for (const [path, { optionalDependencies = {} }] of Object.entries(packages)) {
    for (const name of Object.keys(optionalDependencies)) {
      const candidates = [`node_modules/${name}`, `${path}/node_modules/${name}`];
      if (!candidates.some((candidate) => packages[candidate]?.version !== undefined)) missing.push(`${path}: ${name}`);
    }
  }
  expect(missing).toEqual([]);
});
