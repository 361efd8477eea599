// onnxruntime in WebAssembly, as a page runs it.
import { createRequire } from 'node:module';
import { sessions } from './ort.mjs';

const require = createRequire(import.meta.url);
const ort = require('onnxruntime-web');

export async function open({ threads, folder }) {
  ort.env.wasm.numThreads = threads;
  return { version: ort.env.versions.web ?? ort.env.versions.common, prepare: sessions(ort, folder, { executionProviders: ['wasm'] }) };
}
