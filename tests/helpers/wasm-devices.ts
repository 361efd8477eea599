import { splitting } from '../../runtime/devices/wasm/record.js';
import type { CreateOptions } from '../../runtime/index.js';
import { offerRelaxedSimd } from './relaxed-simd.js';
import { wasmWorker } from './wasm-worker.js';

/** A way to run on wasm. Built classes compile once for one thread and once for several: each of the two in one variant. */
export interface WasmDevice extends CreateOptions {
  readonly relaxed?: boolean;
}

/** Plain SIMD on one thread, and relaxed SIMD on two, between which everything is split that can be. */
export async function wasmDevices(): Promise<readonly WasmDevice[]> {
  splitting.leastWork = 0;
  return [
    { device: 'wasm', relaxed: false },
    { device: 'wasm', threads: 2, worker: await wasmWorker(), relaxed: true },
  ];
}

/** A module takes its variant when it is compiled. */
export async function openWith<M>(Built: { create(options: CreateOptions): Promise<M> }, { relaxed, ...options }: WasmDevice): Promise<M> {
  if (relaxed !== undefined) offerRelaxedSimd(relaxed);
  return Built.create(options);
}
