/** `kilnn/runtime/wasm-threads`: threads of the wasm device, loaded when a model asks for them. */
export { openThreads } from './devices/wasm/threads.js';
