import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { assembleWasm } from '../../../compiler/backends/wasm/assemble.js';
import { assembleChanging } from '../../../compiler/backends/wasm/changing.js';
import { wasmInline } from '../../../runtime/wasm.js';
import { offerRelaxedSimd } from '../../helpers/relaxed-simd.js';

offerRelaxedSimd(true);

const load = (address: number) => `(v128.load offset=${address} (i32.const 0))`;
const fma = (a: string, b: string, c: string) => `(f32x4.relaxed_madd ${a} ${b} ${c})`;
const func = (name: string, value: string, locals = '') =>
  `(func (export "${name}") ${locals} (v128.store offset=64 (i32.const 0) ${value}))`;
const module = (...functions: string[]) => `(module (import "kilnn" "memory" (memory 1 65536)) ${functions.join('\n')})`;

/** What functions compute of three vectors, as unsigned bits, and whether the module is the relaxed one. */
async function run(code: WebAssembly.Module | Promise<WebAssembly.Module>): Promise<Record<string, string>> {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
  const { exports } = await WebAssembly.instantiate(await code, { kilnn: { memory } });
  const results: Record<string, string> = {};
  for (const [name, compute] of Object.entries(exports)) {
    let text = '';
    for (let seed = 1; seed < 40; seed++) {
      new Float32Array(memory.buffer, 0, 12).set(Float32Array.from({ length: 12 }, (_, i) => Math.sin(seed * (i + 1))));
      (compute as (...args: number[]) => void)();
      text += `${new Uint32Array(memory.buffer, 64, 4).join()} `;
    }
    results[name] = text;
  }
  return results;
}

async function compare(text: string): Promise<{ simd: Record<string, string>; relaxed: Record<string, string> }> {
  const { binary, choice } = assembleChanging(text);
  const code = wasmInline(deflateRawSync(binary).toString('base64'), choice);
  const [simd, relaxed] = await Promise.all([run(code(false)), run(code(true))]);
  expect(simd).toEqual(await run(new WebAssembly.Module(assembleWasm(text, 'simd'))));
  expect(relaxed).toEqual(await run(new WebAssembly.Module(assembleWasm(text, 'relaxed'))));
  return { simd, relaxed };
}

const [a, b, c] = [load(0), load(16), load(32)] as const;

describe('the binary that changes from one variant to the other', () => {
  test('functions that nobody calls are left out, and what they would fuse is not counted', async () => {
    const unused = `(func $unused (param $x v128) (result v128) ${fma('(local.get $x)', '(local.get $x)', '(local.get $x)')})`;
    await compare(module(func('one', fma(a, b, c)), unused));
  });

  test('sums of products, also of one another, in loops, beside those that are not to be fused', async () => {
    const loop = `(local.set $n (i32.const 3)) (local.set $s ${c})
      (loop $again (local.set $s ${fma(a, '(local.get $s)', fma(b, '(local.get $s)', '(local.get $s)'))})
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (v128.store offset=64 (i32.const 0) (local.get $s))`;
    const { simd, relaxed } = await compare(
      module(
        func('one', fma(a, b, c)),
        func('nested', fma(fma(a, b, c), fma(c, a, b), fma(b, c, fma(a, a, b)))),
        func('apart', `(f32x4.add (f32x4.mul ${a} ${b}) ${c})`),
        func('set', `(f32x4.add (f32x4.mul ${a} ${b} (local.set $t ${c})) (local.get $u))`, '(local $t v128) (local $u v128)'),
        `(func (export "loop") (local $n i32) (local $s v128) ${loop})`,
      ),
    );
    for (const name of ['one', 'nested', 'loop']) expect(simd[name]).not.toBe(relaxed[name]);
    for (const name of ['apart', 'set']) expect(simd[name]).toBe(relaxed[name]);
  });

  test('parameters, more locals than a byte counts, and a function with as many parameters', async () => {
    const many = Array.from({ length: 200 }, (_, i) => `(local $l${i} v128)`).join(' ');
    const parameters = (n: number) => Array.from({ length: n }, (_, i) => `(param $p${i} i32)`).join(' ');
    const { simd, relaxed } = await compare(
      module(
        func('locals', fma(a, b, c), many),
        func('most', fma(a, b, c), parameters(127)),
        func('parameters', fma(a, b, c), parameters(3)),
      ),
    );
    for (const name in simd) expect(simd[name]).not.toBe(relaxed[name]);
    const more = assembleChanging(module(func('more', fma(a, b, c), parameters(128))));
    expect(WebAssembly.validate(more.binary)).toBe(true);
  });

  test('choices by variant, and functions that only one of them calls', async () => {
    const choose = '(if (global.get $fused) (then (call $left)) (else (call $right)))';
    const { binary, choice } = assembleChanging(
      module(
        '(global $other (mut i32) (i32.const 0))',
        '(global $fused i32 (i32.const 0))',
        func('left', a).replace('(export "left")', '$left'),
        func('right', b).replace('(export "right")', '$right'),
        func('unused', b).replace('(export "unused")', '$unused'),
        `(func (export "choose") ${choose})`,
      ),
    );
    expect(binary[choice]).toBe(0);
    const code = wasmInline(deflateRawSync(binary).toString('base64'), choice);
    const [simd, relaxed] = await Promise.all([run(code(false)), run(code(true))]);
    expect(simd.choose).not.toBe(relaxed.choose);
    const text = (value: string) => module(func('choose', value));
    expect(simd).toEqual(await run(new WebAssembly.Module(assembleWasm(text(b), 'simd'))));
    expect(relaxed).toEqual(await run(new WebAssembly.Module(assembleWasm(text(a), 'simd'))));
  });
});
