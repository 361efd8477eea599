import { nameError } from '../errors.js';
import type { Target } from './device.js';
import { compileCode, type WasmCode } from './wasm/code.js';
import { WasmExecutor, type WasmTarget } from './wasm/executor.js';
import type { RegionSupport } from './wasm/regions.js';

/** The wasm target of a built module: plans, the binary that runs them, and what loops and branches need when a program has any. */
export function wasm(target: WasmTarget & { readonly code: WasmCode }, regions?: RegionSupport): Target {
  const modules: Record<number, Promise<WebAssembly.Module>> = {};
  return {
    kind: 'wasm',
    programs: target.programs,
    async open(model, options) {
      const { threads = 1 } = options;
      if (threads !== 'auto' && !(Number.isInteger(threads) && threads > 0))
        throw nameError(`threads is ${threads}, expected 'auto' or an integer of at least 1`);
      const crew = threads === 1 ? undefined : await (await target.threads?.())?.openThreads(options);
      const use = crew?.use ?? { count: 1, ...(threads !== 1 && { note: 'this module was built without threads' }) };
      // Memory that threads share is another type of memory: one byte of the binary says which.
      const flags = use.count > 1 ? 3 : 1;
      try {
        // Compiled once for all models of the class.
        modules[flags] ??= compileCode(target.code, flags === 1 ? undefined : (binary) => (binary[target.shared] = flags));
        const module = await modules[flags];
        const executor = new WasmExecutor(model, module, target, regions, use);
        if (use.count > 1) await executor.join(module, crew!);
        return executor;
      } catch (error) {
        delete modules[flags];
        throw error;
      }
    },
  };
}
