/** Results that are written over a temporary tensor of their size, which the same kernel reads element by element and nobody reads later. */
import { productOf, sameDim } from '../ir/dim.js';
import type { Value } from '../ir/graph.js';
import type { Context } from './body.js';
import { producedBy } from './cluster.js';
import type { LaunchPlan } from './launches.js';
import { exchanges, readsOwnElement } from './order-constraints.js';
import type { StatePlan } from './state.js';

/** `isLocal`: whether a value lies in memory that nothing outside of the segment knows. */
export function reuseMemory(
  ordered: readonly LaunchPlan[],
  context: Context,
  state: StatePlan,
  isLocal: (value: Value) => boolean,
): StatePlan {
  const last = new Map<string, number>();
  ordered.forEach(({ memory }, i) => {
    for (const place of memory) last.set(place, i);
  });
  const moved = new Map<Value, { readonly place: string; readonly old: Value }>();
  const taken = new Set<string>();
  const placeOf = (value: Value): string => moved.get(value)?.place ?? state.memoryOf(value);
  // The memory of what has moved is needed as long as what has moved.
  const lastOf = (place: string): number =>
    Math.max(last.get(place)!, ...[...moved].map(([value, own]) => (own.place === place ? last.get(state.memoryOf(value))! : -1)));
  const isOwn = (value: Value): boolean => isLocal(value) && state.memoryOf(value) === `value ${value.id}`;
  ordered.forEach((launch, at) => {
    taken.clear();
    for (const { cluster, reads } of launch.steps) {
      for (const { value } of cluster.computed) {
        if (!isOwn(value) || context.residences.has(value)) continue;
        const old = [...reads].find((candidate) => {
          const place = placeOf(candidate);
          return (
            isOwn(candidate) &&
            candidate.type.dtype === value.type.dtype &&
            sameDim(productOf(candidate.type.shape), productOf(value.type.shape)) &&
            lastOf(place) === at &&
            !taken.has(place) &&
            !launch.steps.some(
              (step) => step.cluster !== cluster && [...step.reads, ...producedBy(step.cluster)].some((own) => placeOf(own) === place),
            ) &&
            ![...reads].some((other) => other !== candidate && placeOf(other) === place) &&
            readsOwnElement(context, cluster, value, candidate)
          );
        });
        if (!old) continue;
        const place = placeOf(old);
        moved.set(value, { place, old });
        if (exchanges(context, cluster, value, { memoryOf: placeOf, inPlace: new Map([...state.inPlace, ...moved]) }, new Set()))
          moved.delete(value);
        else taken.add(place);
      }
    }
  });
  return { memoryOf: placeOf, inPlace: new Map([...state.inPlace, ...moved]) };
}
