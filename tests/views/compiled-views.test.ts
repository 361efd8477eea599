import { describe, expect, test } from 'vitest';
import { DiagnosticError } from '../../compiler/diagnostics/diagnostic.js';
import { formatDiagnostics } from '../../compiler/diagnostics/format.js';
import { interpret } from '../../compiler/interpreter/index.js';
import { programGraphs } from '../../compiler/programs.js';
import { gradientGraph } from '../../compiler/training-step.js';
import { type Argument, expectClose, runEagerly, runGraph, runSource } from '../frontend/eager.js';
import { evaluateOne, evaluateSource } from '../frontend/evaluate.js';

const imports = `import { F, loss, model, nn, noGrad, ones, type Tensor, zeros } from 'kilnn';\n`;

/** Members of a class whose `forward` takes x of shape [3, 4]. */
const programs: Readonly<Record<string, string>> = {
  'rows that a loop fills': `forward(x: Tensor<['n', 4]>) {
    const out = zeros([x.shape[0]!, 4]); for (let i = 0; i < x.shape[0]!; i++) out.select(0, i).copy_(x.select(0, i).mul(i + 1)); return out; }`,
  'columns of a view in a loop, from the end': `forward(x: Tensor<[3, 4]>) {
    const y = x.clone(); const t = y.t(); for (let i = 1; i <= x.abs().sum().item() && i < 4; i++) t.select(0, -i).add_(i); return [y, t]; }`,
  'a view from before a branch': `forward(x: Tensor<[3, 4]>) {
    const y = x.clone(); const v = y.view(12); const w = y.index(null, { start: 1, end: 3 });
    if (x.sum().item() > 0) v.narrow(0, 2, 3).fill_(7); else w.add_(v.narrow(0, 0, 2)); return [y, v, w]; }`,
  'a view made in a branch': `forward(x: Tensor<[3, 4]>) {
    const y = x.clone(); let v = x.select(0, 0); if (x.sum().item() > 0) { y.add_(1); v = y.select(0, 1); } return [y, v]; }`,
  'a view of a buffer from the constructor': `state = new nn.Buffer(ones([3, 4])); head = this.state.narrow(0, 0, 1);
    forward(x: Tensor<[3, 4]>) { return this.head.add(x); }`,
  'named sizes': `forward(x: Tensor<['n', 'm']>) {
    const y = x.clone(); y.t().narrow(0, 0, 1).mul_(10); y.index({ start: 1 }, { step: 2 }).add_(1); y.view(-1).slice(0, { end: 2 }).zero_(); return y; }`,
  diagonals: 'forward(x: Tensor<[3, 4]>) { const y = x.clone(); y.diagonal(1).zero_(); y.diagonal(-1).add_(5); return y; }',
  'out of gradients': `forward(x: Tensor<[3, 4]>) {
    const y = x.clone(); noGrad(() => y.select(0, 1).fill_(2)); y.detach().view(12).narrow(0, 0, 2).add_(3); return y; }`,
};
const names = Object.keys(programs);
const source = imports + names.map((name, i) => `@model() export class Net${i} extends nn.Module { ${programs[name]!} }`).join('\n');

describe('views in builds', () => {
  const evaluation = evaluateSource(source);
  const classes = runSource(source);
  test('no mistakes', () => expect(formatDiagnostics(evaluation.diagnostics, { source: evaluation.source, directory: '/' })).toBe(''));
  test.each(names)('%s', (name) => {
    const model = evaluation.models.find((candidate) => candidate.name === `Net${names.indexOf(name)}`)!;
    for (const sign of [1, -1]) {
      const args: Argument[] = [{ shape: [3, 4], values: Array.from({ length: 12 }, (_, i) => sign * (i * 0.25 + 0.5)) }];
      expectClose(runGraph(model, 'forward', args), runEagerly(classes[model.name]!, 'forward', args));
    }
  });

  test('a write through a view of a buffer is the buffer that a training step leaves', () => {
    const model = evaluateOne(`${imports}@model() export class Net extends nn.Module {
      w = new nn.Parameter(ones([2])); seen = new nn.Buffer(zeros([2, 2]));
      @loss objective(x: Tensor<[2]>) { if (this.training) noGrad(() => this.seen.t().select(1, 0).add_(x)); return this.w.mul(x).sum(); }
    }`);
    const given = (shape: number[], values: number[]) => ({ dtype: 'f32' as const, shape, data: Float64Array.from(values) });
    const inputs = new Map([
      ['x', given([2], [3, 4])],
      ['w', given([2], [1, 1])],
      ['seen', given([2, 2], [1, 2, 5, 6])],
    ]);
    const outputs = interpret(gradientGraph(model.entries[0]!, model), inputs);
    expect([...outputs.get('seen')!.data]).toEqual([4, 6, 5, 6]);
  });

  test('gradients pass changes by that they do not follow', () => {
    const model = evaluateOne(`${imports}@model() export class Net extends nn.Module {
      w = new nn.Parameter(ones([2]));
      @loss objective(x: Tensor<[2]>) {
        const h = this.w.mul(x); noGrad(() => h.select(0, 0).fill_(10)); h.detach().add_(1); return h.mul(h).sum(); }
    }`);
    const given = (values: number[]) => ({ dtype: 'f32' as const, shape: [2], data: Float64Array.from(values) });
    const outputs = interpret(
      gradientGraph(model.entries[0]!, model),
      new Map([
        ['x', given([3, 3])],
        ['w', given([1, 2])],
      ]),
    );
    expect([...outputs.get('w')!.data]).toEqual([2 * 11 * 3, 2 * 7 * 3]);
  });
});

describe('gradients that need what was changed in place', () => {
  const lossOf = (statements: string) => `${imports}@model() export class Net extends nn.Module {
    l = new nn.Linear(3, 3);
    @loss objective(x: Tensor<[2, 3]>): Tensor { const h = this.l.forward(x); ${statements} }
  }`;

  /** What is marked, and what the note marks. */
  function mistakes(statements: string): string[][] {
    const text = lossOf(statements);
    const model = evaluateOne(text);
    const marked = (span: { start: number; end: number } | undefined) => text.slice(span?.start, span?.end);
    try {
      programGraphs(model, () => '');
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error;
      return error.diagnostics.map(({ code, span, notes }) => [code, marked(span), ...notes.map((note) => marked(note.span))]);
    }
    return [];
  }

  const wrong: Readonly<Record<string, readonly [string, string, string]>> = {
    'a result': ['const y = h.exp(); y.select(0, 1).mul_(2); return y.sum();', 'h.exp()', 'y.select(0, 1).mul_(2)'],
    'an input': ['const y = h.pow(2); h.add_(1); return y.sum();', 'h.pow(2)', 'h.add_(1)'],
    'a view of an input': ['const y = h.t().pow(2); h.add_(1); return y.sum();', 'h.t().pow(2)', 'h.add_(1)'],
    'through detach': ['const y = h.pow(2); h.detach().add_(1); return y.sum();', 'h.pow(2)', 'h.detach().add_(1)'],
    'in a loop': ['let y = h.sum(); while (y.item() < 9) { y = y.add(h.pow(2).sum()); h.mul_(2); } return y;', 'h.pow(2)', 'h.mul_(2)'],
    'before a loop': ['let y = h.pow(2).sum(); while (y.item() < 9) { y = y.add(1); h.mul_(2); } return y;', 'h.pow(2)', 'h.mul_(2)'],
    'in a branch': ['const y = h.pow(2); if (x.sum().item() > 0) h.mul_(2); return y.sum();', 'h.pow(2)', 'h.mul_(2)'],
  };
  test.each(Object.entries(wrong))('%s', (_, [statements, needs, write]) => {
    expect(mistakes(statements)).toEqual([['KN4010', needs, write]]);
  });

  const right: readonly string[] = [
    'const y = h.mul(2); h.add_(1); return y.add(h).sum();',
    'const y = h.clone().pow(2); h.add_(1); return y.sum();',
    'h.mul_(h.clone()).add_(1).sub_(x); return h.pow(2).sum();',
    'const unused = h.exp(); unused.add_(1); return h.sum();',
    'const y = h.detach().exp(); y.add_(1); return h.sum().add(y.sum());',
    'let y = h.sum(); while (y.item() < 9) { h.mul_(2); y = y.add(h.sum()); } return y;',
  ];
  test.each(right)('not in: %s', (statements) => expect(mistakes(statements)).toEqual([]));
});
