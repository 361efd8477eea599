/** Evaluates programs and models that exist in a test only. */
import { join } from 'node:path';
import { ts } from 'ts-morph';
import type { Diagnostic } from '../../compiler/diagnostics/diagnostic.js';
import { formatDiagnostics } from '../../compiler/diagnostics/format.js';
import type { EvaluatedModel } from '../../compiler/frontend/evaluated-model.js';
import { type EvaluateOptions, evaluateModels } from '../../compiler/frontend/index.js';
import { openProject } from '../../compiler/frontend/project.js';
import { Session, type SessionOptions } from '../../compiler/frontend/session.js';
import { show } from './show-value.js';

export const FOLDER = '/models';

/** Evaluates files (by name, under an imaginary folder); the first one holds the models. */
export function evaluateSource(files: string | Readonly<Record<string, string>>, options: EvaluateOptions = {}) {
  const named = typeof files === 'string' ? { 'net.ts': files } : files;
  const sources = new Map(Object.entries(named).map(([name, text]) => [join(FOLDER, name), text]));
  return evaluateModels([[...sources.keys()][0]!], { ...options, sources });
}

/** The one model of a source that has no errors. */
export function evaluateOne(files: string | Readonly<Record<string, string>>, options: EvaluateOptions = {}): EvaluatedModel {
  const { models, diagnostics, source } = evaluateSource(files, options);
  if (diagnostics.length > 0) throw new Error(formatDiagnostics(diagnostics, { source, directory: FOLDER }));
  if (models.length !== 1) throw new Error(`${models.length} models`);
  return models[0]!;
}

/** The diagnostics of a source as a terminal shows them. */
export function messagesOf(files: string | Readonly<Record<string, string>>, options: EvaluateOptions = {}): string {
  const { diagnostics, source } = evaluateSource(files, options);
  return formatDiagnostics(diagnostics, { source, directory: FOLDER });
}

export type Outcome = { readonly result: string } | { readonly diagnostic: Diagnostic };

/** Evaluates the top level of many host programs in one project; each exports `result` from `main.ts`. */
export function evaluatePrograms(
  programs: Readonly<Record<string, Readonly<Record<string, string>>>>,
  options: SessionOptions = {},
): Record<string, Outcome> {
  const sources = new Map<string, string>();
  const mains: [string, string][] = [];
  for (const [index, [name, files]] of Object.entries(programs).entries()) {
    for (const [file, text] of Object.entries(files)) sources.set(join(FOLDER, `p${index}`, file), text);
    mains.push([name, join(FOLDER, `p${index}`, 'main.ts')]);
  }
  const project = openProject(
    mains.map(([, main]) => main),
    { sources },
  );
  const session = new Session(project, options);
  return Object.fromEntries(mains.map(([name, main]) => [name, outcome(session, project.file(main)!)]));
}

/** Evaluates one host program without a project around it: for property tests. */
export function evaluateProgram(text: string, options: SessionOptions = {}): Outcome {
  const source = ts.createSourceFile('/program.ts', text, ts.ScriptTarget.ES2022, true);
  const alone: Session['project'] = {
    dsl: '/dsl',
    get checker(): never {
      throw new Error('host programs have no contracts');
    },
    isLibrary: () => false,
    resolve: () => undefined,
    file: () => source,
  };
  return outcome(new Session(alone, options), source);
}

function outcome(session: Session, source: ts.SourceFile): Outcome {
  session.machine.restart();
  const diagnostics: Diagnostic[] = [];
  const record = session.attempt(diagnostics, () => session.load(source));
  const result = record && session.attempt(diagnostics, () => ({ value: show(record.exports.get('result')?.()) }));
  return result === undefined ? { diagnostic: diagnostics[0]! } : { result: result.value };
}
