import type { Backend } from './backend.js';
import { jsBackend } from './js/index.js';
import { wasmBackend } from './wasm/index.js';
import { wgslBackend } from './wgsl/index.js';

/** Every target that a model can be built for. */
export const backends: readonly Backend[] = [jsBackend, wasmBackend, wgslBackend];
