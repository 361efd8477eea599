import { describe, test } from 'vitest';
import { agreesOnJs, agreesOnWebgpu, meetsDifferences, meetsFormula } from './composed-case.js';
import { composedOps } from './composed-ops.js';

/** Kernels take seconds to compile on a CPU: those of the ops that have code of their own. */
const onWebgpu = [
  'sort: ties in order, NaN last',
  'sort: descending, NaN first',
  'argsort of integers and booleans',
  'cummax and cummin: the last of equal ones, NaN stays',
  'cumprod with zeros',
  'scatterReduce: amax',
  'scatters along many updates',
];

for (const [name, composed] of Object.entries(composedOps)) {
  describe(name, () => {
    if (composed.expected) test('gives what the definition says', () => meetsFormula(composed));
    if (composed.smooth) test('has the gradient that differences measure', () => meetsDifferences(composed));
    test('compiled to JavaScript', () => agreesOnJs(composed));
    if (onWebgpu.includes(name)) test('compiled to WGSL', () => agreesOnWebgpu(composed));
  });
}
