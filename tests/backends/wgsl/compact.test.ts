import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { compactWgsl } from '../../../compiler/backends/wgsl/compact.js';
import { build } from '../../../compiler/index.js';

/** Words, numbers and marks of a text without comments; `>` and `=` stand alone. */
const tokens = (text: string): string[] =>
  text
    .replace(/\/\/[^\n]*/g, '')
    .replace(/,(\s*[)}])/g, '$1')
    .match(/[A-Za-z_]\w*|\d[\w.]*(?:e-\d+)?|\S/g)!;

describe('WGSL as built modules hold it', () => {
  test.each(['lenet'])('%s: the same but for spaces and names, which stand one for one', async (model) => {
    const { models } = await build([fileURLToPath(new URL(`../../../golden/models/${model}.ts`, import.meta.url))], {
      targets: ['webgpu'],
      stopAfter: 'emit',
    });
    const sources = [...models[0]!.targets[0]!.kernels.values()].map(({ source }) => source);
    expect(sources.length).toBeGreaterThan(5);
    const short = new Map<string, string>();
    const long = new Map<string, string>();
    compactWgsl(sources).forEach((text, i) => {
      const [wanted, got] = [tokens(sources[i]!), tokens(text)];
      expect(got.length).toBe(wanted.length);
      wanted.forEach((word, at) => {
        const other = got[at]!;
        if (word === other) return;
        expect(other).toMatch(/^[A-Za-z]\d*$/);
        expect(short.get(word) ?? other).toBe(other);
        expect(long.get(other) ?? word).toBe(word);
        short.set(word, other);
        long.set(other, word);
      });
      expect(text.length).toBeLessThan(0.7 * sources[i]!.length);
    });
  });

  test('words of the language keep their meaning where a tensor or a size has their name', () => {
    const source = `struct Sizes {
  x: i32,
  batch: i32, // a note
}

@group(0) @binding(0) var<storage, read> storage: array<f32>;
@group(0) @binding(1) var<storage, read_write> group: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;
var<workgroup> workgroup_id: array<f32, 4>;

fn batch(x: f32) -> f32 { return x - -storage[0] * 1.5e-8; }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) read: vec3<u32>) {
  let compute = vec2(i32(read.x), sizes.x).xy + sizes.batch;
  group[compute.x] = batch(group[compute.y]);
}
`;
    const [text] = compactWgsl([source]);
    const names = ['storage', 'group', 'sizes', 'workgroup_id', 'x', 'batch', 'read', 'compute', 'Sizes'];
    const found =
      /^struct (\w+)\{x:i32,(\w+):i32\}@group\(0\)@binding\(0\)var<storage,read>(\w+):array<f32>;@group\(0\)@binding\(1\)var<storage,read_write>(\w+):array<f32>;@group\(0\)@binding\(2\)var<uniform>(\w+):\1;var<workgroup>(\w+):array<f32,4>;fn \2\((\w+):f32\)->f32\{return \7- -\3\[0\]\*1\.5e-8;\}@compute@workgroup_size\(64\)fn main\(@builtin\(workgroup_id\)(\w+):vec3<u32>\)\{let (\w+)=vec2\(i32\(\8\.x\),\5\.x\)\.xy\+\5\.\2;\4\[\9\.x\]=\2\(\4\[\9\.y\]\);\}$/.exec(
        text!,
      );
    expect(text).toMatch(/^struct/);
    expect(found).not.toBeNull();
    expect(new Set(found!.slice(1)).size).toBe(names.length);
  });
});
