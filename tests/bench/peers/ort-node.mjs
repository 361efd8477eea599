// onnxruntime's native library, by its binding for Node.
import { createRequire } from 'node:module';
import { sessions } from './ort.mjs';

const ort = createRequire(import.meta.url)('onnxruntime-node');

export async function open({ threads, read }) {
  return { prepare: sessions(ort, read, { intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: 'sequential' }) };
}
