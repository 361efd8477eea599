import { DiagnosticError } from '../diagnostics/diagnostic.js';
import type { Session } from './session.js';

/** Evaluates source on behalf of a later phase, as a new evaluation: what goes wrong in it becomes a DiagnosticError. */
export function explained<T>(session: Session, action: () => T): T {
  try {
    session.machine.restart();
    return action();
  } catch (error) {
    throw new DiagnosticError([session.explain(error)]);
  }
}
