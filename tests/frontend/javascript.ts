/** The judge of host evaluation: JavaScript itself. Programs are transpiled by esbuild and run by another Node. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync, transformSync } from 'esbuild';

const tsconfigRaw = { compilerOptions: { useDefineForClassFields: true, target: 'ES2022', verbatimModuleSyntax: true } } as const;
const dsl = fileURLToPath(new URL('../../dsl/index.ts', import.meta.url));
const showValue = fileURLToPath(new URL('show-value.ts', import.meta.url));

/** Runs programs (files by name, `main.ts` exporting `result`) and gives the text of each result. */
export function runInNode(programs: Readonly<Record<string, Readonly<Record<string, string>>>>): Record<string, string> {
  const directory = mkdtempSync(join(tmpdir(), 'kilnn-language-'));
  try {
    const transpile = (text: string) => transformSync(text, { loader: 'ts', target: 'es2022', format: 'esm', tsconfigRaw }).code;
    writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
    writeFileSync(join(directory, 'show.js'), transpile(readFileSync(showValue, 'utf8')));
    const mains: Record<string, string> = {};
    for (const [index, [name, files]] of Object.entries(programs).entries()) {
      const folder = `p${index}`;
      mains[name] = `./${folder}/main.js`;
      for (const [file, text] of Object.entries(files)) {
        const path = join(directory, folder, file.replace(/\.ts$/, '.js'));
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text.includes("from 'kilnn'") ? bundle(text) : transpile(text));
      }
    }
    writeFileSync(
      join(directory, 'run.js'),
      `import { show } from './show.js';
       console.log = console.warn = () => {};
       const results = {};
       for (const [name, main] of Object.entries(${JSON.stringify(mains)})) {
         try { results[name] = show((await import(main)).result); } catch (error) { results[name] = 'threw ' + show(error); }
       }
       process.stdout.write(JSON.stringify(results));`,
    );
    return JSON.parse(execFileSync(process.execPath, [join(directory, 'run.js')], { encoding: 'utf8', maxBuffer: 1 << 28 })) as Record<
      string,
      string
    >;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function bundle(text: string): string {
  const options = { bundle: true, write: false, format: 'esm', target: 'es2022', alias: { kilnn: dsl }, tsconfigRaw } as const;
  return buildSync({ ...options, stdin: { contents: text, loader: 'ts', resolveDir: dirname(dsl) } }).outputFiles[0]!.text;
}
