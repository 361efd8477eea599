/** Whose memory a value lies in: inputs and state entries have their own, and a new state value may take the place of the old. */
import type { Value } from '../ir/graph.js';
import type { RowWrite } from './body.js';
import type { WorkGraph } from './legalise.js';
import type { Residence } from './residence.js';
import type { Root } from './roots.js';

export interface StatePlan {
  /** A text that names the memory of a value: two values with the same text share it. */
  memoryOf(value: Value): string;
  /** New values that are written over the old, with the old value where the segment reads it. */
  readonly inPlace: ReadonlyMap<Value, { readonly place: string; readonly old: Value | undefined }>;
}

/** `excluded`: new values that must not be written in place, because some kernel still needs the old after the new is known. */
export function planState(
  work: WorkGraph,
  roots: ReadonlyMap<Value, Root>,
  { residences, rowWrites }: { readonly residences: ReadonlyMap<Value, Residence>; readonly rowWrites: ReadonlyMap<Value, RowWrite> },
  excluded: ReadonlySet<Value>,
): StatePlan {
  const places = new Map<Value, string>(work.inputs.map(({ value, place }) => [value, place]));
  const inPlace = new Map<Value, { place: string; old: Value | undefined }>();
  for (const { output, value } of work.outputs) {
    if (!value) continue;
    const { place, replaces, old } = output;
    if (!replaces) places.set(value, place);
    else if (!excluded.has(value) && roots.get(value)?.kind !== 'scatter') inPlace.set(value, { place, old });
  }
  for (const [value, { place, old }] of rowWrites) inPlace.set(value, { place, old });
  // A scatter adds to the memory of its copied base.
  const shared = new Map<Value, Value>();
  for (const [value, root] of roots) if (root.kind === 'scatter') shared.set(root.node.inputs[0]!, value);
  const memoryOf = (value: Value): string => {
    const place = places.get(value) ?? inPlace.get(value)?.place;
    if (place !== undefined) return place;
    const sharer = shared.get(value) ?? residences.get(value)?.host;
    return sharer ? memoryOf(sharer) : `value ${value.id}`;
  };
  return { memoryOf, inPlace };
}
