import { type Diagnostic, DiagnosticError } from './diagnostics/diagnostic.js';
import { notDifferentiable } from './diagnostics/messages.js';
import type { Entry, EvaluatedModel } from './frontend/evaluated-model.js';
import type { Graph } from './ir/graph.js';
import { DifferentiationError } from './passes/differentiate.js';
import { gradientGraph, trainingGraph } from './training-step.js';

/** One program of a built module before it is lowered. */
export interface ProgramGraph {
  /** `init`, `forward`, `gradients.objective`, `train.objective`: what the runtime calls it. */
  readonly name: string;
  readonly kind: 'init' | 'entry' | 'gradients' | 'train';
  readonly graph: Graph;
}

/**
 * The programs of a model: its initial values, its methods and losses as written (in eval mode), and for each loss its
 * gradients and, when the model has an optimizer, a training step. Throws DiagnosticError for losses that have no gradient.
 */
export function programGraphs(model: EvaluatedModel): ProgramGraph[] {
  const programs: ProgramGraph[] = [{ name: 'init', kind: 'init', graph: model.init }];
  const errors: Diagnostic[] = [];
  for (const entry of model.entries) {
    programs.push({ name: entry.name, kind: 'entry', graph: entry.graph });
    if (entry.kind !== 'loss') continue;
    try {
      programs.push(...lossPrograms(entry, model));
    } catch (error) {
      if (!(error instanceof DifferentiationError)) throw error;
      errors.push({ ...notDifferentiable(entry.name, error.message, error.hint), span: entry.span, notes: [] });
    }
  }
  if (errors.length > 0) throw new DiagnosticError(errors);
  return programs;
}

function lossPrograms(entry: Entry, model: EvaluatedModel): ProgramGraph[] {
  const { name } = entry;
  const gradients: ProgramGraph = { name: `gradients.${name}`, kind: 'gradients', graph: gradientGraph(entry, model) };
  if (model.optimizer === undefined) return [gradients];
  return [gradients, { name: `train.${name}`, kind: 'train', graph: trainingGraph(entry, model) }];
}
