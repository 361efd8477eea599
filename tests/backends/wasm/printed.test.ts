/** How the WebAssembly of kernels reads. What it computes is held in kernels.test.ts. */
import { expect, test } from 'vitest';
import { emitWasm } from '../../../compiler/backends/wasm/index.js';
import { evaluateDim, mulDims, namedDim } from '../../../compiler/ir/dim.js';
import { zero } from '../../../compiler/kernel/index-math.js';
import type { Part } from '../../../compiler/kernel/kernel.js';
import { apply, axis, load, read, rowMajor, write } from '../../helpers/kernel-parts.js';

const batch = namedDim('batch');

test('a kernel reads like one written by hand', () => {
  const [I, J] = [axis('i', batch), axis('j', 8)];
  const index = rowMajor(I, J);
  const value = apply('mul', load(0, index), load(1, zero));
  const part: Part = { kind: 'rows', rows: [I, J], inner: [], steps: [{ kind: 'storeRow', tensor: 2, index, value }] };
  const tensors = [read('x', mulDims(batch, 8)), read('rate', 1), write('y', mulDims(batch, 8))];
  const { source, sizes, grains, work } = emitWasm({ name: 'scale', tensors, parts: [part] });
  expect(source).toMatchInlineSnapshot(`
    "(func $scale (param $x i32) (param $rate i32) (param $y i32) (param $batch i32) (param $from i32) (param $to i32)
      (local $last i32) (local $size i32) (local $first i32) (local $last2 i32) (local $iAt i32) (local $xAt i32) (local $yAt i32) (local $end i32) (local $rateValue v128) (local $value v128)
      (local.set $size (i32.shl (local.get $batch) (i32.const 3)))
      (local.set $rateValue (v128.load32_splat (local.get $rate)))
      (local.set $last (i32.shl (local.get $to) (i32.const 10)))
      (local.set $first (i32.shl (local.get $from) (i32.const 10)))
      (local.set $last2 (select (local.get $last) (local.get $size) (i32.lt_s (local.get $last) (local.get $size))))
      (if (i32.lt_s (local.get $first) (local.get $last2))
        (then
          (local.set $iAt (i32.shl (local.get $first) (i32.const 2)))
          (local.set $end (i32.shl (local.get $last2) (i32.const 2)))
          (loop $each_i
            (local.set $xAt (i32.add (local.get $x) (local.get $iAt)))
            (local.set $yAt (i32.add (local.get $y) (local.get $iAt)))
            (local.set $value (f32x4.mul (v128.load (local.get $xAt)) (local.get $rateValue)))
            (v128.store (local.get $yAt) (local.get $value))
            (br_if $each_i (i32.lt_s (local.tee $iAt (i32.add (local.get $iAt) (i32.const 16))) (local.get $end)))
          )
        )
      )
    )"
  `);
  expect(sizes).toEqual([batch]);
  const dims = new Map([['batch', 1000]]);
  expect([evaluateDim(grains!, dims), evaluateDim(work!, dims)]).toEqual([8, 32_000]);
});
