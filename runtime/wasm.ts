/** `kilnn/runtime/wasm`: the WebAssembly device, imported by modules that are built with the wasm target. */
export { wasmFiles, wasmInline } from './devices/wasm/code.js';
export { wasm } from './devices/wasm.js';
