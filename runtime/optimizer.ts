import { nameError } from './errors.js';
import type { ModelSpec } from './program.js';
import { checkDictionary, type LoadOptions, type LoadResult } from './state/dictionary.js';
import { type AnyTensor, Tensor } from './tensor.js';

/**
 * The run-time scalars as properties, and the optimizer's state as a dictionary. With several parameter groups the properties here
 * give the first group's scalars, and setting one sets it in every group; `paramGroups` has those of each group.
 */
export type Optimizer<Hyper extends object = Record<string, number>> = Hyper & {
  /** The scalars of each parameter group: `paramGroups[1].lr = 0.01`. */
  readonly paramGroups: readonly Hyper[];
  /**
   * All that a resumed run needs beside the model's own dictionary: state tensors (`hidden.weight.momentum_buffer`), the
   * scalars (`lr`, or `paramGroups.0.lr` of several groups, f32 of shape []) and `rng`, the i32 pair of the random generator's
   * seed and step.
   */
  stateDict(): Promise<Record<string, AnyTensor>>;
  /** Takes such a dictionary back. Throws KN5004, leaving everything as it was, as the model's `loadStateDict` does. */
  loadStateDict(dict: Readonly<Record<string, AnyTensor>>, options?: LoadOptions): Promise<LoadResult>;
};

/** Where a schedule of epochs stands that is compiled into the training step. */
export interface Schedule {
  /** Number of epochs so far; it may be set. It is part of the optimizer's dictionary, as `schedule.lastEpoch`. */
  lastEpoch: number;
  /** Goes on to the next epoch. */
  step(): void;
}

const counter = 'schedule.lastEpoch';

/** The schedule whose counter is among the run-time scalars, if there is one. */
export function makeSchedule(hyper: Record<string, number>): Schedule | undefined {
  if (!(counter in hyper)) return undefined;
  return {
    get lastEpoch() {
      return hyper[counter]!;
    },
    set lastEpoch(value) {
      if (!Number.isInteger(value) || value < 0) throw nameError(`schedule.lastEpoch must be an integer of at least 0, got ${value}`);
      hyper[counter] = value;
    },
    step() {
      hyper[counter]!++;
    },
  };
}

export interface OptimizerAccess {
  read(): Promise<Record<string, AnyTensor>>;
  write(values: readonly (readonly [name: string, value: AnyTensor])[]): Promise<void>;
  readonly rng: [seed: number, step: number];
}

/** `hyper` is read at each call and written here. */
export function makeOptimizer<Hyper extends object>(
  spec: ModelSpec,
  hyper: Record<string, number>,
  access: OptimizerAccess,
): Optimizer<Hyper> {
  const scalars = Object.keys(hyper);
  const paramGroups: Record<string, number>[] = [];
  const optimizer = {
    paramGroups,
    async stateDict() {
      const dict = await access.read();
      for (const name of scalars) dict[name] = new Tensor([], 'f32', Float32Array.of(hyper[name]!));
      dict.rng = new Tensor([2], 'i32', Int32Array.from(access.rng));
      return dict;
    },
    async loadStateDict(dict: Readonly<Record<string, AnyTensor>>, options: LoadOptions = {}) {
      const state = spec.state.filter(({ kind }) => kind === 'optimizer');
      const extra = scalars.map((name) => ({ name, dtype: 'f32', shape: [] }) as const);
      const rng = { name: 'rng', dtype: 'i32', shape: [2] } as const;
      const result = checkDictionary(`${spec.name}'s optimizer`, [...state, ...extra, rng], dict, options);
      const loose = await Promise.all([...scalars, 'rng'].map((name) => dict[name]?.data()));
      await access.write(state.filter(({ name }) => Object.hasOwn(dict, name)).map(({ name }) => [name, dict[name]!]));
      scalars.forEach((name, i) => {
        hyper[name] = loose[i]?.[0] ?? hyper[name]!;
      });
      const pair = loose[scalars.length];
      if (pair) access.rng.splice(0, 2, pair[0]!, pair[1]!);
      return result;
    },
  };
  // The names that a scalar has in the module, in the order of the groups: `paramGroups.1.lr`, or `lr` of the only group.
  const owned: Record<string, string[]> = {};
  for (const name of scalars) {
    if (name === counter) continue;
    const [, at = '0', key = name] = /^paramGroups\.(\d+)\.(.*)/.exec(name) ?? [];
    owned[key] = [...(owned[key] ?? []), name];
    paramGroups[+at] ??= {};
    scalar(paramGroups[+at]!, key, [name]);
  }
  for (const key in owned) scalar(optimizer, key, owned[key]!);
  return Object.seal(optimizer) as unknown as Optimizer<Hyper>;

  /** A property that reads the first of the scalars and sets them all. */
  function scalar(owner: object, key: string, names: readonly string[]): void {
    Object.defineProperty(owner, key, {
      enumerable: true,
      get: () => hyper[names[0]!],
      set(value: unknown) {
        if (typeof value !== 'number' || !Number.isFinite(value)) throw nameError(`optimizer.${key} must be a finite number, got ${value}`);
        for (const name of names) hyper[name] = value;
      },
    });
  }
}
