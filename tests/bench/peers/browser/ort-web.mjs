// onnxruntime in WebAssembly, in a page: served as it is published, for its threads load it again.
import * as ort from '/modules/onnxruntime-web/dist/ort.wasm.min.mjs';
import { sessions } from '../ort.mjs';

export async function open({ threads, read }) {
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmPaths = new URL('/modules/onnxruntime-web/dist/', location.href).href;
  return { prepare: sessions(ort, read, { executionProviders: ['wasm'] }) };
}
