import { dimText } from './ir/dim.js';
import type { Axis, IndexExpr, ScalarExpr } from './kernel/expr.js';
import type { Part } from './kernel/kernel.js';
import { type LoweredProgram, type LoweredStep, launchesIn } from './kernel/program.js';

/**
 * Which operations of a program run together: one line a launch, one a part of it.
 *
 *   program forward: 2 launches
 *     contract_maximum
 *       contract [batch, 256] over [784]: add maximum
 */
export function printFused({ name, launches }: LoweredProgram): string {
  const count = [...launchesIn(launches)].length;
  const lines = [`program ${name}: ${count} ${count === 1 ? 'launch' : 'launches'}`];
  const visit = (steps: readonly LoweredStep[], indent: string): void => {
    for (const step of steps) {
      if ('kernel' in step) lines.push(`${indent}${step.kernel.name}`, ...step.kernel.parts.map((part) => `${indent}  ${partText(part)}`));
      else if ('if' in step) {
        lines.push(`${indent}if`);
        visit(step.body, `${indent}  `);
        if (step.else.length > 0) lines.push(`${indent}else`);
        visit(step.else, `${indent}  `);
      } else {
        lines.push(`${indent}loop`);
        visit(step.body, `${indent}  `);
      }
    }
  };
  visit(launches, '  ');
  return `${lines.join('\n')}\n`;
}

function partText(part: Part): string {
  const operations = new OperationCollector();
  if (part.kind === 'contract') {
    for (const value of [part.a, part.b, ...part.stores.map((store) => store.value)]) operations.visit(value);
    return `contract ${sizes([...part.batch, ...part.m, ...part.n])} over ${sizes(part.k)}${listed(operations.found)}`;
  }
  if (part.kind === 'scatter') {
    operations.visit(part.store.value);
    return `scatter ${sizes(part.updates)}${listed(operations.found)}`;
  }
  if (part.kind === 'line') {
    operations.visit(part.value);
    return `line:${part.method} ${sizes(part.rows)} along ${sizes([part.axis])}${listed(operations.found)}`;
  }
  for (const step of part.steps) {
    operations.visit(step.value);
    if (step.kind === 'reduce') operations.found.add(`reduce:${step.combine}`);
  }
  return `rows ${sizes(part.rows)}${part.inner.length > 0 ? ` over ${sizes(part.inner)}` : ''}${listed(operations.found)}`;
}

function sizes(axes: readonly Axis[]): string {
  return `[${axes.map(({ size }) => dimText(size)).join(', ')}]`;
}

function listed(operations: ReadonlySet<string>): string {
  return operations.size === 0 ? '' : `: ${[...operations].join(' ')}`;
}

/** The ops of expressions in the order in which they are computed, each once. Shared sub-expressions are visited once. */
class OperationCollector {
  readonly found = new Set<string>();
  private readonly seen = new Set<ScalarExpr>();

  visit(expr: ScalarExpr): void {
    if (this.seen.has(expr)) return;
    this.seen.add(expr);
    if (expr.kind === 'apply') {
      for (const arg of expr.args) this.visit(arg);
      this.found.add(expr.op);
    } else if (expr.kind === 'guard') {
      for (const { index } of expr.conditions) this.visitIndex(index);
      this.visit(expr.value);
      this.visit(expr.otherwise);
    } else if (expr.kind === 'load' || expr.kind === 'index') {
      this.visitIndex(expr.index);
    } else if (expr.kind === 'random') {
      this.visitIndex(expr.stream);
      this.visitIndex(expr.index);
      this.found.add('random');
    }
  }

  private visitIndex(index: IndexExpr): void {
    if (index.kind === 'value') {
      this.visit(index.value);
      this.found.add('gather');
    } else if ('left' in index) {
      this.visitIndex(index.left);
      this.visitIndex(index.right);
    }
  }
}
