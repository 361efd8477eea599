import { readFileSync } from 'node:fs';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { formatDiagnostics } from '../diagnostics/format.js';
import type { Terminal } from './terminal.js';

/** Prints errors and warnings to standard error; says whether there is an error. */
export function reportDiagnostics(diagnostics: readonly Diagnostic[], terminal: Terminal): boolean {
  const text = formatDiagnostics(diagnostics, { source: readSource, color: terminal.colors, directory: process.cwd() });
  if (text !== '') terminal.writeError(text);
  return diagnostics.some(({ severity }) => severity === 'error');
}

function readSource(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
