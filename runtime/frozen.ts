/** `kilnn/runtime/frozen`: the runtime of frozen modules, whose weights are constants: methods, and nothing to load or train. */
import type { DeviceKind, Target, ThreadUse } from './devices/device.js';
import type { ModelSpec } from './program.js';
import { checkSeed, type OpenOptions, openTarget, Runner } from './runner.js';

/** Has the methods that `spec.entries` names besides. */
export interface FrozenModel {
  readonly device: DeviceKind;
  /** How many threads run a call, this one included, and why they are no more where more were asked for. */
  readonly threads: ThreadUse;
  /** Frees the device's memory; calls are refused from then on. */
  dispose(): void;
}

export interface FrozenClass {
  /**
   * Rejects with KN5001 when the device is not available or the module was not built for it. `seed` is for methods that draw random numbers.
   * Rejects with KN5007 when it is no integer below 2^32.
   */
  create(options?: OpenOptions & { readonly seed?: number }): Promise<FrozenModel>;
}

/** Makes the class of a frozen model. */
export function defineFrozen(spec: ModelSpec, targets: readonly Target[]): FrozenClass {
  class Frozen implements FrozenModel {
    readonly #runner: Runner;
    constructor(runner: Runner) {
      this.#runner = runner;
      for (const entry of spec.entries)
        Object.defineProperty(this, entry, { value: (...args: unknown[]) => runner.call(entry, args, spec.hyper) });
    }

    static async create(options: OpenOptions & { readonly seed?: number } = {}): Promise<Frozen> {
      const seed = checkSeed(options.seed);
      return new Frozen(new Runner(spec, targets, await openTarget(spec, targets, options), seed));
    }

    get device(): DeviceKind {
      return this.#runner.executor.device.kind;
    }

    get threads(): ThreadUse {
      return this.#runner.executor.threads ?? { count: 1 };
    }

    dispose(): void {
      this.#runner.dispose();
    }
  }
  Object.defineProperty(Frozen, 'name', { value: spec.name });
  return Frozen;
}
