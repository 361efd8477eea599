import type { Span } from '../ir/graph.js';

/** Something the user must know: always at a place, with what was expected, what was found and what to do. */
export interface Diagnostic {
  /** Stable: `KN1001`. Listed in messages.ts. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** The user's own line; where library code failed, the call that led there. */
  readonly span?: Span;
  /** The chain from the user's call to the failing line, and other places that matter. */
  readonly notes: readonly { readonly message: string; readonly span?: Span }[];
  readonly hint?: string;
}

/** Carries diagnostics through code that cannot go on. */
export class DiagnosticError extends Error {
  constructor(readonly diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map((diagnostic) => `${diagnostic.code}: ${diagnostic.message}`).join('\n'));
    this.name = 'DiagnosticError';
  }
}
