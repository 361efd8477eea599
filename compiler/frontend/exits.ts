/** How a statement ended where that depends on the values of tensors. */
import type { Value } from '../ir/graph.js';
import { ABSENT, Computed, type Disagree, type Merger, type Plan } from './merge.js';
import type { Scalars } from './scalars.js';
import { TensorScalar } from './symbolic.js';
import type { Completion, Definite, Mixed } from './values.js';

export function isMixed(completion: Completion | undefined): completion is Mixed {
  return completion?.kind === 'mixed';
}

function exitsOf(completion: Completion | undefined): Mixed['exits'] {
  return isMixed(completion) ? completion.exits : [{ completion, index: 0 }];
}

/** Ways out of a statement are alike when they lead to the same place. */
function keyOf(completion: Definite | undefined): string {
  if (completion === undefined) return 'normal';
  return completion.kind === 'return' ? 'return' : `${completion.kind} ${completion.label ?? ''}`;
}

/** Whether a statement ended in one of the ways that `test` holds for. */
export function endedAs(
  scalars: Scalars,
  completion: Completion | undefined,
  test: (way: Definite | undefined) => boolean,
): boolean | TensorScalar {
  if (!isMixed(completion)) return test(completion);
  const matching = completion.exits.filter((exit) => test(exit.completion));
  if (matching.length === 0 || matching.length === completion.exits.length) return matching.length > 0;
  const { which } = completion;
  if (which.type === 'boolean') return matching[0]!.index === 0 ? which : scalars.not(which);
  const tests = matching.map(({ index }) => scalars.binary('===', which, index) as TensorScalar);
  return tests.reduce((a, b) => scalars.both(a, b, 'or'));
}

/** The same ways out, leading elsewhere. */
export function mapExits(
  completion: Completion | undefined,
  map: (way: Definite | undefined) => Definite | undefined,
): Completion | undefined {
  if (!isMixed(completion)) return map(completion);
  return collapse({ ...completion, exits: completion.exits.map(({ completion: way, index }) => ({ completion: map(way), index })) });
}

/** What is left where it is known that the statement ended in one of the ways that `test` holds for. */
export function onlyExits(completion: Completion | undefined, test: (way: Definite | undefined) => boolean): Completion | undefined {
  if (!isMixed(completion)) return completion;
  return collapse({ ...completion, exits: completion.exits.filter((exit) => test(exit.completion)) });
}

function collapse(mixed: Mixed): Completion | undefined {
  const [first] = mixed.exits;
  return mixed.exits.every((exit) => keyOf(exit.completion) === keyOf(first!.completion)) ? first!.completion : mixed;
}

/** How two ways through the program end together: made when the values of the merger's leaves are there. */
export function mergeExits(
  { merger, scalars, disagree }: { readonly merger: Merger; readonly scalars: Scalars; readonly disagree: Disagree },
  completions: readonly [Completion | undefined, Completion | undefined],
  condition: TensorScalar | undefined,
): (build: (plan: Plan) => unknown) => Completion | undefined {
  const ways = new Map<string, Definite | undefined>();
  for (const completion of completions) for (const { completion: way } of exitsOf(completion)) ways.set(keyOf(way), way);
  const keys = [...ways.keys()];
  const returned = completions.map((completion) => {
    const found = exitsOf(completion).find((exit) => exit.completion?.kind === 'return')?.completion;
    return found?.kind === 'return' ? found.value : ABSENT;
  });
  const value = ways.has('return') ? merger.plan(returned[0], returned[1], disagree) : undefined;
  const which = keys.length === 1 ? undefined : whichPlan(merger, scalars, keys, completions, condition);
  return (build) => {
    const exits = keys.map((key, index) => {
      const way = ways.get(key);
      return { index, completion: way?.kind === 'return' ? { kind: 'return' as const, value: value && build(value) } : way };
    });
    if (which === undefined) return exits[0]!.completion;
    const scalar = which instanceof TensorScalar ? which : (build(which) as TensorScalar);
    return { kind: 'mixed', exits, which: scalar };
  };
}

function whichPlan(
  merger: Merger,
  scalars: Scalars,
  keys: readonly string[],
  completions: readonly [Completion | undefined, Completion | undefined],
  condition: TensorScalar | undefined,
): Plan | TensorScalar {
  // With one way out of each branch, the condition itself says which.
  if (condition !== undefined && completions.every((completion) => !isMixed(completion))) return condition;
  const values = completions.map((completion) => new Computed(() => whichOf(scalars, completion, keys)));
  const two = keys.length === 2;
  return { kind: 'leaf', index: merger.leaf(two ? 'boolean' : 'number', { dtype: two ? 'bool' : 'i32', shape: [] }, values) };
}

/** Which of the ways `keys` a statement ended in: of two, whether it is the first; of more, its number. */
export function whichOf(scalars: Scalars, completion: Completion | undefined, keys: readonly string[]): Value {
  const is = (key: string) => endedAs(scalars, completion, (way) => keyOf(way) === key);
  if (keys.length === 2) return scalars.number(is(keys[0]!), 'bool');
  return keys.reduce<Value | undefined>((rest, key, index) => {
    const here = is(key);
    if (rest === undefined || here === true) return scalars.number(index, 'i32');
    return here === false ? rest : scalars.select(here, scalars.number(index, 'i32'), rest);
  }, undefined)!;
}

export { keyOf };
