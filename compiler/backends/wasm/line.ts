import type { LinePart } from '../../kernel/kernel.js';
import type { Printer } from './printer.js';
export function emitLine(_printer: Printer, part: LinePart): void {
  throw new Error(part.kind);
}
