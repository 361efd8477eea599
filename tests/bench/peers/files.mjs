// Where a process finds what the bench has prepared.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export const fileSurroundings = (folder) => ({
  read: async (name) => readFileSync(join(folder, name)),
  locate: (name) => pathToFileURL(join(folder, name)).href,
});
