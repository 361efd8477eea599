import { relative } from 'node:path';
import pc from 'picocolors';
import type { Span } from '../ir/graph.js';
import type { Diagnostic } from './diagnostic.js';

export interface FormatOptions {
  /** The text of a file; undefined when it cannot be read, which leaves out the frame. */
  readonly source: (file: string) => string | undefined;
  readonly color?: boolean;
  /** Paths are shown relative to this directory. */
  readonly directory?: string;
}

type Colors = ReturnType<typeof pc.createColors>;

/** All diagnostics as text for a terminal, in the order of `sortDiagnostics`, with a closing count. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], options: FormatOptions): string {
  if (diagnostics.length === 0) return '';
  const sorted = sortDiagnostics(diagnostics);
  const texts = sorted.map((diagnostic) => formatDiagnostic(diagnostic, options));
  return `${[...texts, summary(sorted)].join('\n\n')}\n`;
}

/** By file, then place; diagnostics without a place come last. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const file = (diagnostic: Diagnostic) => diagnostic.span?.file ?? '\uffff';
  return [...diagnostics].sort((a, b) => {
    if (file(a) !== file(b)) return file(a) < file(b) ? -1 : 1;
    return (a.span?.start ?? 0) - (b.span?.start ?? 0);
  });
}

/** `error[KN1001]: message`, the code frame of the user's line, notes with frames of their own, and the hint. */
export function formatDiagnostic(diagnostic: Diagnostic, options: FormatOptions): string {
  const colors = pc.createColors(options.color ?? false);
  const paint = diagnostic.severity === 'error' ? colors.red : colors.yellow;
  const lines = [`${colors.bold(paint(`${diagnostic.severity}[${diagnostic.code}]`))}${colors.bold(`: ${diagnostic.message}`)}`];
  if (diagnostic.span !== undefined) lines.push(...codeFrame(diagnostic.span, '^', paint, colors, options));
  for (const note of diagnostic.notes) {
    lines.push(`  ${colors.cyan('note')}: ${note.message}`);
    if (note.span !== undefined) lines.push(...codeFrame(note.span, '-', colors.cyan, colors, options));
  }
  if (diagnostic.hint !== undefined) lines.push(`  ${colors.green('hint')}: ${diagnostic.hint}`);
  return lines.join('\n');
}

function summary(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error').length;
  const warnings = diagnostics.length - errors;
  const count = (n: number, word: string) => (n === 0 ? [] : [`${n} ${word}${n === 1 ? '' : 's'}`]);
  return [...count(errors, 'error'), ...count(warnings, 'warning')].join(', ');
}

/** Line and column, from 1, of an offset. Tabs count as one column. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

function codeFrame(span: Span, mark: string, paint: (text: string) => string, colors: Colors, options: FormatOptions): string[] {
  const name = displayPath(span.file, options.directory);
  const text = options.source(span.file);
  if (text === undefined) return [`  ${colors.blue('-->')} ${name}`];
  const { line, column } = lineAndColumn(text, span.start);
  const source = text.split(/\r\n|\r|\n/)[line - 1] ?? '';
  // A span over several lines is marked to the end of its first line.
  const length = Math.max(1, Math.min(span.end - span.start, source.length - column + 1));
  const gutter = String(line);
  const blank = ' '.repeat(gutter.length);
  // Tabs stay tabs under the marks, so that the carets stand under the text at any tab width.
  const indent = source.slice(0, column - 1).replace(/[^\t]/g, ' ');
  return [
    `  ${colors.blue('-->')} ${name}:${line}:${column}`,
    `  ${colors.blue(`${blank} |`)}`,
    `  ${colors.blue(`${gutter} |`)} ${source}`,
    `  ${colors.blue(`${blank} |`)} ${indent}${paint(mark.repeat(length))}`,
  ];
}

function displayPath(file: string, directory: string | undefined): string {
  if (directory === undefined) return file;
  const path = relative(directory, file);
  return path === '' || path.startsWith('..') ? file : path;
}
