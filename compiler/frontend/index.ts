/** The frontend: TypeScript source to evaluated models. The source is evaluated, never run. */
import { resolve } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { sortDiagnostics } from '../diagnostics/format.js';
import * as messages from '../diagnostics/messages.js';
import type { EvaluatedModel } from './evaluated-model.js';
import { evaluateModel, findModels, type ModelClass } from './model.js';
import { openProject, type SourceOptions } from './project.js';
import { Session, type SessionOptions } from './session.js';
import { tensorMistakes } from './tensor-mistakes.js';
import { withHint } from './type-error-hints.js';

export interface EvaluateOptions extends SourceOptions, SessionOptions {
  /** Whether TypeScript's own errors in the user's files are reported (they are by default). */
  readonly typeCheck?: boolean;
}

export interface Evaluation {
  /** The models without errors, in the order of the files and of their text. */
  readonly models: readonly EvaluatedModel[];
  readonly diagnostics: readonly Diagnostic[];
  /** The text of a source file, for code frames. */
  readonly source: (file: string) => string | undefined;
}

/**
 * Evaluates every exported class marked `@model` in the files. Whatever is wrong with them is in `diagnostics`, ordered by
 * place; a model with an error is left out. Throws only where the compiler itself fails.
 */
export function evaluateModels(files: readonly string[], options: EvaluateOptions = {}): Evaluation {
  const paths = files.map((file) => resolve(file));
  const project = openProject(paths, options);
  const diagnostics: Diagnostic[] = [];
  if (options.typeCheck !== false) {
    for (const file of project.userFiles()) {
      const complaints = project.typeErrors(file).map((complaint) => withHint(project, file, complaint));
      diagnostics.push(...complaints, ...tensorMistakes(project, file));
    }
  }
  const session = new Session(project, options);
  const models: EvaluatedModel[] = [];
  const found: Diagnostic[] = [];
  const library = session.attempt(found, () => session.library);
  for (const [at, path] of library === undefined ? [] : paths.entries()) {
    const source = project.file(path);
    if (source === undefined) {
      found.push({ ...messages.fileNotFound(files[at]!), notes: [] });
      continue;
    }
    session.machine.restart();
    const record = session.attempt(found, () => session.load(source));
    if (record === undefined) continue;
    const before = found.length;
    const classes: readonly ModelClass[] = session.attempt(found, () => findModels(session, record, found)) ?? [];
    if (classes.length === 0 && found.length === before) found.push({ ...messages.noModels(files[at]!), notes: [] });
    for (const model of classes) {
      if (models.some(({ name }) => name === model.name)) {
        found.push({
          ...messages.duplicateModel(model.name),
          span: { file: path, start: model.node.getStart(), end: model.node.getEnd() },
          notes: [],
        });
        continue;
      }
      const evaluated = evaluateModel(session, model, found);
      if (evaluated !== undefined) models.push(evaluated);
    }
  }
  const all = withoutRepetition(diagnostics, found);
  const source = (file: string) => project.file(file)?.text;
  return { models, diagnostics: sortDiagnostics(all), source };
}

/** Complaints of operators, which compute numbers and texts of tensors. */
const operators: ReadonlySet<string> = new Set(['TS2362', 'TS2363', 'TS2365', messages.tensorSigned('', '').code]);
const notTensor = messages.resultNotTensor('', '').code;

/** Says everything once: evaluation trips over what the text alone has shown already, and two modes over the same line. */
function withoutRepetition(typeErrors: readonly Diagnostic[], found: readonly Diagnostic[]): Diagnostic[] {
  const kept: Diagnostic[] = [...typeErrors];
  const computed = typeErrors.some(({ code }) => operators.has(code));
  for (const diagnostic of found) {
    const { span } = diagnostic;
    // What such an operator gives is no tensor, and no result of a method.
    if (computed && diagnostic.code === notTensor) continue;
    const repeated = kept.some((other) => {
      if (
        other.code === diagnostic.code &&
        other.message === diagnostic.message &&
        other.span?.start === span?.start &&
        other.span?.file === span?.file
      )
        return true;
      if (
        !(other.code.startsWith('TS') || operators.has(other.code)) ||
        span === undefined ||
        other.span === undefined ||
        other.span.file !== span.file
      )
        return false;
      return other.span.start < span.end && span.start < other.span.end;
    });
    if (!repeated) kept.push(diagnostic);
  }
  return kept;
}
