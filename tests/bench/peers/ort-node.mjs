// onnxruntime's native library, by its binding for Node.
import { createRequire } from 'node:module';
import { sessions } from './ort.mjs';

const require = createRequire(import.meta.url);
const ort = require('onnxruntime-node');
const { version } = require('onnxruntime-node/package.json');

export async function open({ threads, folder }) {
  const prepare = sessions(ort, folder, { intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: 'sequential' });
  return { version, prepare };
}
