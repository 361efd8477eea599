/** `kilnn/runtime/frozen`: the runtime of frozen modules, whose weights are constants: methods, and nothing to load or train. */
import type { DeviceKind, Target } from './devices/device.js';
import type { ModelSpec } from './program.js';
import { type OpenOptions, openTarget, Runner } from './runner.js';

/** Makes the class of a frozen model: `create({ device })`, then the methods that `spec.entries` names. */
export function defineFrozen(spec: ModelSpec, targets: readonly Target[]) {
  class Frozen {
    readonly #runner: Runner;
    constructor(runner: Runner) {
      this.#runner = runner;
      for (const entry of spec.entries)
        Object.defineProperty(this, entry, { value: (...args: unknown[]) => runner.call(entry, args, spec.hyper) });
    }

    /** Rejects with KN5001 when the device is not available or the module was not built for it. */
    static async create(options: OpenOptions & { readonly seed?: number } = {}): Promise<Frozen> {
      return new Frozen(new Runner(spec, targets, await openTarget(spec, targets, options), options.seed ?? 0));
    }

    get device(): DeviceKind {
      return this.#runner.executor.device.kind;
    }

    dispose(): void {
      this.#runner.dispose();
    }
  }
  Object.defineProperty(Frozen, 'name', { value: spec.name });
  return Frozen;
}
