// onnxruntime in WebAssembly, in Node.
import { createRequire } from 'node:module';
import { sessions } from './ort.mjs';

const ort = createRequire(import.meta.url)('onnxruntime-web');

export async function open({ threads, read }) {
  ort.env.wasm.numThreads = threads;
  return { prepare: sessions(ort, read, { executionProviders: ['wasm'] }) };
}
