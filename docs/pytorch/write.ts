/** `npm run docs`: writes the page that maps PyTorch to Kilnn. */
import { writeFileSync } from 'node:fs';
import { pageText } from './page.js';

writeFileSync(new URL('../pytorch.md', import.meta.url), pageText());
