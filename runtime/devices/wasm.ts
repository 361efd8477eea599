import type { Target } from './device.js';
import { compileCode, type WasmCode } from './wasm/code.js';
import { WasmExecutor, type WasmTarget } from './wasm/executor.js';
import type { RegionSupport } from './wasm/regions.js';

/** The wasm target of a built module: plans, the binary that runs them, and what loops and branches need when a program has any. */
export function wasm(target: WasmTarget & { readonly code: WasmCode }, regions?: RegionSupport): Target {
  let module: Promise<WebAssembly.Module> | undefined;
  return {
    kind: 'wasm',
    programs: target.programs,
    async open(model) {
      // Compiled once for all models of the class.
      module ??= compileCode(target.code);
      try {
        return new WasmExecutor(model, await module, target, regions);
      } catch (error) {
        module = undefined;
        throw error;
      }
    },
  };
}
