import { valueNeeds } from '../../kernel/expressions.js';
import type { RowStep } from '../../kernel/kernel.js';

/** Runs of steps that can be printed together: neighbouring reductions that do not need each other share a loop, and so do neighbouring stores of points. */
export function groupsOf(steps: readonly RowStep[]): RowStep[][] {
  const groups: RowStep[][] = [];
  const isStraight = ({ kind }: RowStep): boolean => kind === 'let' || kind === 'storeRow';
  for (const step of steps) {
    const last = groups.at(-1);
    const first = last?.[0];
    const fits = first && (isStraight(first) ? isStraight(step) : step.kind === first.kind);
    const needs = valueNeeds(step.value);
    if (fits && (isStraight(step) || !last!.some((other) => other.kind === 'reduce' && needs.has(`local ${other.name}`)))) last!.push(step);
    else groups.push([step]);
  }
  return groups;
}
