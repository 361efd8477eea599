/** `kilnn/runtime/wasm-regions`: loops and branches on wasm, imported by modules that have any. */
export { regions } from './devices/wasm/regions.js';
