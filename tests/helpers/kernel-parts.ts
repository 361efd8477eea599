/** Short forms for kernels written by hand in tests. */
import { type Dim, productOf } from '../../compiler/ir/dim.js';
import type { DType } from '../../compiler/ir/types.js';
import type { Axis, IndexExpr, ScalarExpr } from '../../compiler/kernel/expr.js';
import { add, axisIndex, mul } from '../../compiler/kernel/index-math.js';
import type { KernelTensor } from '../../compiler/kernel/kernel.js';

export const axis = (name: string, size: Dim): Axis => ({ name, size });
export const load = (tensor: number, index: IndexExpr, dtype: DType = 'f32'): ScalarExpr => ({ kind: 'load', dtype, tensor, index });
export const local = (name: string, dtype: DType = 'f32'): ScalarExpr => ({ kind: 'local', dtype, name });
export const constant = (value: number, dtype: DType = 'f32'): ScalarExpr => ({ kind: 'constant', dtype, value });
export const apply = (op: string, ...args: ScalarExpr[]): ScalarExpr => typed('f32', op, ...args);
export const typed = (dtype: DType, op: string, ...args: ScalarExpr[]): ScalarExpr => ({ kind: 'apply', dtype, op, args });

/** The sum of axes times strides. */
export const at = (...terms: readonly (readonly [Axis, Dim])[]): IndexExpr => add(...terms.map(([a, stride]) => mul(axisIndex(a), stride)));

/** Row-major position in `axes`. */
export const rowMajor = (...axes: readonly Axis[]): IndexExpr =>
  at(...axes.map((a, i) => [a, productOf(axes.slice(i + 1).map(({ size }) => size))] as const));

const tensorOf =
  (access: KernelTensor['access']) =>
  (name: string, size: Dim, dtype: DType = 'f32'): KernelTensor => ({ name, dtype, size, access });

export const read = tensorOf('read');
export const write = tensorOf('write');
export const readWrite = tensorOf('readwrite');
