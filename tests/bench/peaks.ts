import { assembleWasm, type WasmVariant } from '../../compiler/backends/wasm/assemble.js';

/** Multiply-adds that do not wait for each other: enough to keep the units busy, few enough for registers. */
const chains = 12;
const unrolled = 4;

/** Floating-point operations of a turn of the loop that `peakModule` has. */
export const flopsOfTurn = chains * unrolled * 4 * 2;

/** A module whose `run(turns)` does nothing but multiply and add, in registers: a = a * x + y, which stays near 1. */
export function peakModule(variant: WasmVariant): Uint8Array<ArrayBuffer> {
  const names = Array.from({ length: chains }, (_, i) => `$a${i}`);
  const step = names.map((a) => `(local.set ${a} (f32x4.relaxed_madd (local.get ${a}) (local.get $x) (local.get $y)))`).join('\n');
  const total = names.slice(1).reduce((sum, a) => `(f32x4.add ${sum} (local.get ${a}))`, `(local.get ${names[0]})`);
  const constant = (name: string, value: number) => `(local.set ${name} (f32x4.splat (f32.const ${value})))`;
  return assembleWasm(
    `(module (func (export "run") (param $turns i32) (result f32)
    ${[...names, '$x', '$y'].map((name) => `(local ${name} v128)`).join(' ')}
    ${names.map((a, i) => constant(a, 1 + i / 16)).join('\n')}
    ${constant('$x', 0.5)} ${constant('$y', 0.5)}
    (loop $again
      ${Array(unrolled).fill(step).join('\n')}
      (br_if $again (local.tee $turns (i32.sub (local.get $turns) (i32.const 1)))))
    (f32x4.extract_lane 0 ${total})))`,
    variant,
  );
}
