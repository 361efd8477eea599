/** `npm run golden`: puts the stages of the models in `golden/models` on record. The diff is part of a change. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expectedFolder, renderGolden } from './render.js';

const texts = await renderGolden();
rmSync(expectedFolder, { recursive: true, force: true });
for (const [path, text] of texts) {
  mkdirSync(dirname(join(expectedFolder, path)), { recursive: true });
  writeFileSync(join(expectedFolder, path), text);
}
const bytes = [...texts.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
console.log(`${texts.size} files, ${(bytes / 1000).toFixed(1)} KB`);
