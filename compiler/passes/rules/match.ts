/** Questions that rules ask about values. */
import { type Dim, sameDim } from '../../ir/dim.js';
import type { Attribute, Node, Value } from '../../ir/graph.js';
import type { TensorType } from '../../ir/types.js';
import { ops } from '../../ops/registry.js';
import type { Rewriter } from '../rule.js';

/** The node that made the value, if it is of that op. */
export function madeBy(rewriter: Rewriter, value: Value, op: string): Node | undefined {
  const node = rewriter.definition(value);
  return node?.op === op ? node : undefined;
}

/** The number that every element of the value is, where that is known. */
export function splatOf(rewriter: Rewriter, value: Value): number | undefined {
  const node = madeBy(rewriter, value, 'constant');
  return node ? (node.attributes.value as number) : undefined;
}

/** Whether every element is exactly that number; 0 and -0 are two. */
export function isSplat(rewriter: Rewriter, value: Value, number: number): boolean {
  const splat = splatOf(rewriter, value);
  return splat !== undefined && Object.is(splat, number);
}

export function splat(rewriter: Rewriter, type: TensorType, value: number): Value {
  return rewriter.emit('constant', [], { value, dtype: type.dtype, shape: type.shape });
}

/** An attribute that the type rule has checked to be a list of sizes. */
export function dims(attribute: Attribute | undefined): readonly Dim[] {
  return attribute as readonly Dim[];
}

/** An attribute that the type rule has checked to be a list of integers. */
export function integers(attribute: Attribute | undefined): readonly number[] {
  return attribute as readonly number[];
}

export function allEqual(list: readonly Dim[], value: Dim): boolean {
  return list.every((item) => sameDim(item, value));
}

/** The names of all ops of a kind. */
export function opsOfKind(kind: string): string[] {
  return [...ops.values()].filter((op) => op.kind === kind).map((op) => op.name);
}
