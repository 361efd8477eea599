/** Whose memory a value lies in: inputs and state entries have their own, and a new state value may take the place of the old. */
import type { Value } from '../ir/graph.js';
import { isStateRole, type WorkGraph } from './legalise.js';
import type { Root } from './roots.js';

export interface StatePlan {
  /** A text that names the memory of a value: two values with the same text share it. */
  memoryOf(value: Value): string;
  /** New values that are written over the old, with the old value where the graph reads it. */
  readonly inPlace: ReadonlyMap<Value, { readonly name: string; readonly old: Value | undefined }>;
}

/** `excluded`: new values that must not be written in place, because some kernel still needs the old after the new is known. */
export function planState(work: WorkGraph, roots: ReadonlyMap<Value, Root>, excluded: ReadonlySet<Value>): StatePlan {
  const inputs = new Map<Value, string>();
  const old = new Map<string, Value>();
  for (const input of work.inputs) {
    inputs.set(input.value, `${isStateRole(input.role) ? 'state' : input.role} ${input.name}`);
    if (isStateRole(input.role)) old.set(input.name, input.value);
  }
  const inPlace = new Map<Value, { name: string; old: Value | undefined }>();
  for (const { output, value } of work.outputs) {
    const written = value && isStateRole(output.role) && !excluded.has(value) && roots.get(value)?.kind !== 'scatter';
    if (written) inPlace.set(value, { name: output.name, old: old.get(output.name) });
  }
  // A scatter adds to the memory of its copied base.
  const shared = new Map<Value, Value>();
  for (const [value, root] of roots) if (root.kind === 'scatter') shared.set(root.node.inputs[0]!, value);
  const memoryOf = (value: Value): string => {
    const input = inputs.get(value);
    if (input !== undefined) return input;
    const replaced = inPlace.get(value);
    if (replaced) return `state ${replaced.name}`;
    const scattered = shared.get(value);
    return `value ${(scattered ?? value).id}`;
  };
  return { memoryOf, inPlace };
}
