/** The vector functions of the wasm backend, ready to be called on arrays, with references in float64 to hold them against. */
import { assembleWasm, type WasmVariant } from '../../compiler/backends/wasm/assemble.js';
import { mathFunction } from '../../compiler/backends/wasm/math/index.js';
import { erf, sigmoid } from '../../compiler/ops/float-math.js';
import { offerRelaxedSimd } from './relaxed-simd.js';

/** Functions of one number: reference, and the greatest error in units in the last place that the documentation promises. */
export const unaryReferences: Readonly<Record<string, { readonly reference: (x: number) => number; readonly bound: number }>> = {
  exp: { reference: Math.exp, bound: 3 },
  expm1: { reference: Math.expm1, bound: 3 },
  log: { reference: Math.log, bound: 2 },
  log1p: { reference: Math.log1p, bound: 3 },
  tanh: { reference: Math.tanh, bound: 4 },
  sigmoid: { reference: sigmoid, bound: 4 },
  erf: { reference: erf, bound: 4 },
  sin: { reference: Math.sin, bound: 2 },
  cos: { reference: Math.cos, bound: 2 },
  tan: { reference: Math.tan, bound: 4 },
  asin: { reference: Math.asin, bound: 3 },
  acos: { reference: Math.acos, bound: 3 },
  atan: { reference: Math.atan, bound: 3 },
  sinh: { reference: Math.sinh, bound: 4 },
  cosh: { reference: Math.cosh, bound: 3 },
  asinh: { reference: Math.asinh, bound: 4 },
  acosh: { reference: Math.acosh, bound: 4 },
  atanh: { reference: Math.atanh, bound: 4 },
};

const single = new Float32Array(1);
const singleBits = new Int32Array(single.buffer);

/**
 * The distance of a float32 from the real number `want`, in units in the last place of `want` as a float32 (of the greatest
 * float32 beyond it). 0 where both are NaN, infinite or zero alike, signs included; infinite where only one is.
 */
export function ulpError(got: number, want: number): number {
  const nearest = Math.fround(want);
  if (Object.is(got, nearest) && !Number.isFinite(got)) return 0;
  if (got === 0 && nearest === 0) return Object.is(got, nearest) ? Math.abs(want) * 2 ** 149 : Number.POSITIVE_INFINITY;
  if (!Number.isFinite(got) || !Number.isFinite(nearest)) return Number.POSITIVE_INFINITY;
  single[0] = Math.abs(want);
  const exponent = Math.max(-149, (singleBits[0]! >>> 23) - 150);
  return Math.abs(got - want) * 2 ** -exponent;
}

export type VectorMath = (...operands: readonly (Float32Array | Int32Array)[]) => Float32Array | Int32Array;

/** The function for an op, applied to arrays whose length is a multiple of four: lane by lane, as kernels call it. */
export function vectorMath(op: string, dtype: 'f32' | 'i32', variant: WasmVariant): VectorMath {
  if (variant === 'relaxed') offerRelaxedSimd(true);
  const found = mathFunction(op, dtype);
  if (found === undefined) throw new Error(`no vector function for ${op} of ${dtype}`);
  const definitions = found.helpers.map(({ source }) => source);
  const arity = /^\(func \S+ (\(param \$\w+ v128\) ?)+/.exec(definitions.at(-1)!)![0].split('(param').length - 1;
  const text = `(module
    (import "kilnn" "memory" (memory 1 65536))
    ${definitions.filter((text) => text.startsWith('(import')).join('\n')}
    ${definitions.filter((text) => !text.startsWith('(import')).join('\n')}
    (func (export "run") (param $at i32) (param $bytes i32) (local $end i32)
      (local.set $end (i32.add (local.get $at) (local.get $bytes)))
      (loop $vectors
        (v128.store (local.get $at) (call $${found.name}
          (v128.load (local.get $at))
          ${arity === 2 ? '(v128.load (i32.add (local.get $at) (local.get $bytes)))' : ''}))
        (br_if $vectors (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end))))))`;
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
  const module = new WebAssembly.Module(assembleWasm(text, variant));
  const { run } = new WebAssembly.Instance(module, { kilnn: { memory }, Math: Math as unknown as WebAssembly.ModuleImports }).exports as {
    run: (at: number, bytes: number) => void;
  };
  return (...operands) => {
    const [first] = operands;
    const { length, byteLength } = first!;
    const missing = byteLength * arity - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65536));
    const Elements = dtype === 'f32' ? Float32Array : Int32Array;
    operands.forEach((operand, i) => {
      new Elements(memory.buffer, i * byteLength, length).set(operand);
    });
    if (length > 0) run(0, byteLength);
    return new Elements(memory.buffer, 0, length).slice();
  };
}
