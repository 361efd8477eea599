import { packTarget } from '../../compiler/artifact/wasm-code.js';
import type { EmittedKernel } from '../../compiler/backends/backend.js';
import { wasmLinker } from '../../compiler/backends/wasm/module.js';
import type { Target } from '../../runtime/devices/device.js';
import type { Program } from '../../runtime/program.js';
import { wasm, wasmInline } from '../../runtime/wasm.js';
import { regions } from '../../runtime/wasm-regions.js';

/** A target of programs and kernels in the text format. */
export function wasmTarget(programs: readonly Program[], kernels: Readonly<Record<string, string>>, scratch = 0): Target {
  const emitted = new Map(Object.entries(kernels).map(([name, source]): [string, EmittedKernel] => [name, { source, sizes: [] }]));
  const { text, choice, shared } = packTarget({ target: 'wasm', programs, kernels: emitted, linker: wasmLinker });
  const table = Object.fromEntries(programs.map((program) => [program.name, program]));
  const threads = () => import('../../runtime/wasm-threads.js');
  return wasm({ programs: table, code: wasmInline(text, choice), scratch, shared, threads }, regions);
}

/** A kernel that does `body`, with the local `$i`, for each i from `$from` to `$to`. */
export function eachElement(parameters: string, body: string): string {
  return `(func $kernel ${parameters} (param $from i32) (param $to i32) (local $i i32)
  (local.set $i (local.get $from))
  (block $end (loop $again
    (br_if $end (i32.ge_s (local.get $i) (local.get $to)))
    ${body}
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br $again))))`;
}

/** The address of element `index` of the tensor that the parameter names. */
export const element = (tensor: string, index = '(local.get $i)'): string =>
  `(i32.add (local.get $${tensor}) (i32.mul (i32.const 4) ${index}))`;
