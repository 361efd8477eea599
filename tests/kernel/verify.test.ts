import { describe, expect, test } from 'vitest';
import type { Axis, ScalarExpr } from '../../compiler/kernel/expr.js';
import { printKernel, verifyKernel } from '../../compiler/kernel/index.js';
import { add, axisIndex, mul, sizeIndex } from '../../compiler/kernel/index-math.js';
import type { Kernel, KernelTensor, RowsPart } from '../../compiler/kernel/kernel.js';
import { affineTarget, tiledTarget } from './lowered-run.js';

const i: Axis = { name: 'i', size: 4 };
const j: Axis = { name: 'j', size: 3 };
const x: KernelTensor = { name: 'x', dtype: 'f32', size: 12, access: 'read' };
const y: KernelTensor = { name: 'y', dtype: 'f32', size: 4, access: 'write' };
const load = (index = add(mul(axisIndex(i), 3), axisIndex(j))): ScalarExpr => ({ kind: 'load', dtype: 'f32', tensor: 0, index });
const sum: ScalarExpr = { kind: 'local', dtype: 'f32', name: 'sum0' };

function kernel(part: Partial<RowsPart> = {}, tensors: readonly KernelTensor[] = [x, y]): Kernel {
  const steps: RowsPart['steps'] = [
    { kind: 'reduce', name: 'sum0', combine: 'sum', dtype: 'f32', value: load() },
    { kind: 'storeRow', tensor: 1, index: axisIndex(i), value: sum },
  ];
  return { name: 'k', tensors, parts: [{ kind: 'rows', rows: [i], inner: [j], steps, ...part }] };
}

describe('verifyKernel', () => {
  test('takes a row sum, which prints as one', () => {
    verifyKernel(kernel(), tiledTarget);
    expect(printKernel(kernel())).toBe(
      [
        'kernel k(read x: f32[12], write y: f32[4]) {',
        '  rows over i<4 inner j<3',
        '    sum0: f32 = sum x[i*3 + j]',
        '    row y[i] = sum0',
        '}',
        '',
      ].join('\n'),
    );
  });

  const reduce = kernel().parts[0] as RowsPart;
  const [first, second] = reduce.steps;
  const wrong: readonly (readonly [string, Kernel, RegExp])[] = [
    ['an axis of no loop', kernel({ inner: [] }), /axis j is not of its part/],
    ['a local before it is known', kernel({ steps: [second!] }), /sum0 is not known/],
    [
      'a reduction after a store',
      kernel({ steps: [first!, second!, { kind: 'reduce', name: 'sum1', combine: 'sum', dtype: 'f32', value: load() }] }),
      /after a store/,
    ],
    ['a store into what is only read', kernel({}, [x, { ...y, access: 'read' }]), /not one to write/],
    ['a load of what is only written', kernel({}, [{ ...x, access: 'write' }, y]), /not one to read/],
    ['a load behind the end', kernel({}, [{ ...x, size: 11 }, y]), /behind x/],
    ['a store outside', kernel({}, [x, { ...y, size: 3 }]), /outside of y/],
    [
      'a load before the beginning',
      kernel({
        steps: [{ kind: 'reduce', name: 'sum0', combine: 'sum', dtype: 'f32', value: load(add(axisIndex(j), sizeIndex(-1))) }, second!],
      }),
      /before x/,
    ],
    ['too many tensors', kernel({}, [x, y, ...Array.from({ length: 7 }, () => x)]), /at most 8 tensors/],
  ];

  test.each(wrong)('refuses %s', (_, broken, message) => {
    expect(() => verifyKernel(broken, tiledTarget)).toThrow(message);
  });

  test('refuses operands that are no affine loads where the target asks for them', () => {
    const product: Kernel = {
      name: 'k',
      tensors: [x, y],
      parts: [
        {
          kind: 'contract',
          batch: [],
          m: [i],
          n: [],
          k: [j],
          a: { kind: 'apply', dtype: 'f32', op: 'neg', args: [load()] },
          b: { kind: 'load', dtype: 'f32', tensor: 0, index: axisIndex(j) },
          stores: [{ tensor: 1, index: axisIndex(i), value: { kind: 'local', dtype: 'f32', name: 'acc' } }],
        },
      ],
    };
    expect(() => verifyKernel(product, affineTarget)).toThrow(/affine load/);
    verifyKernel(product, tiledTarget);
  });
});
