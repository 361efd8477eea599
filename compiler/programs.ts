import { Checker, type GuardProgram, type PlaceText, type ProgramChecks } from './checks/index.js';
import { type Diagnostic, DiagnosticError } from './diagnostics/diagnostic.js';
import { notDifferentiable, overwrittenValue } from './diagnostics/messages.js';
import type { Entry, EvaluatedModel } from './frontend/evaluated-model.js';
import type { Graph } from './ir/graph.js';
import { typeText } from './ir/types.js';
import { DifferentiationError, type LostValue } from './passes/differentiate/index.js';
import { gradientGraphWithReport, lostValuesOf, trainingGraph } from './training-step.js';

/** One program of a built module before it is lowered. */
export interface ProgramGraph {
  /** `init`, `forward`, `gradients.objective`, `train.objective`: what the runtime calls it. */
  readonly name: string;
  readonly kind: 'init' | 'entry' | 'gradients' | 'train' | 'guard';
  readonly graph: Graph;
  /** What a call must fulfil before anything runs. */
  readonly checks?: ProgramChecks;
  /** Guards only: what their outputs are bounds of. */
  readonly positions?: GuardProgram['positions'];
}

/**
 * The programs of a model: its initial values, its methods and losses as written (in eval mode), and for each loss its
 * gradients and, when the model has an optimizer, a training step; last the guards that look at positions before these run.
 * `place` names a place of the source in messages. Throws DiagnosticError for losses that have no gradient and for positions out of range.
 */
export function programGraphs(model: EvaluatedModel, place: PlaceText): ProgramGraph[] {
  const programs: ProgramGraph[] = [{ name: 'init', kind: 'init', graph: model.init }];
  const checker = new Checker(place);
  const errors: Diagnostic[] = [];
  for (const entry of model.entries) {
    programs.push({ name: entry.name, kind: 'entry', graph: entry.graph, checks: checker.checksOf(entry.graph) });
    if (entry.kind !== 'loss') continue;
    const lost = lostValuesOf(entry, model);
    errors.push(...lost.map(ofLostValue));
    if (lost.length > 0) continue;
    try {
      programs.push(...lossPrograms(entry, model, checker));
    } catch (error) {
      if (!(error instanceof DifferentiationError)) throw error;
      errors.push({ ...notDifferentiable(entry.name, error.message, error.hint), span: entry.span, notes: [] });
    }
  }
  errors.push(...checker.diagnostics);
  if (errors.length > 0) throw new DiagnosticError(errors);
  return [...programs, ...guardPrograms(checker)];
}

function ofLostValue({ node, which, value, write }: LostValue): Diagnostic {
  const notes = write === undefined ? [] : [{ message: 'it is changed in place here', span: write }];
  return { ...overwrittenValue(node.op, which, typeText(value.type)), ...(node.span && { span: node.span }), notes };
}

/** The passes of gradients take what the forward pass takes. */
function lossPrograms(entry: Entry, model: EvaluatedModel, checker: Checker): ProgramGraph[] {
  const { name } = entry;
  const checks = checker.checksOf(entry.training ?? entry.graph);
  const { graph, unreached } = gradientGraphWithReport(entry, model);
  const gradients: ProgramGraph = { name: `gradients.${name}`, kind: 'gradients', graph, checks };
  if (model.optimizer === undefined) return [gradients];
  // As in PyTorch, which calls it an element that does not require grad: a step would change nothing.
  const parameters = graph.outputs.filter((output) => output.role === 'gradient' && !entry.differentiated?.includes(output.name));
  if (parameters.length > 0 && parameters.every((output) => unreached.includes(output.name))) {
    throw new DifferentiationError(
      'none flows back to any of the parameters that it reads',
      'argmax, comparisons, rounding, casts to integers, detach and noGrad end gradients: compute the loss from what comes before them',
    );
  }
  return [gradients, { name: `train.${name}`, kind: 'train', graph: trainingGraph(entry, model), checks }];
}

export function guardPrograms({ guards }: Checker): ProgramGraph[] {
  return guards.map((guard) => ({ kind: 'guard', ...guard }));
}
