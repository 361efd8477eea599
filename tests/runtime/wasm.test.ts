import { afterEach, describe, expect, test, vi } from 'vitest';
import { type AnyTensor, defineModel, type Model, Tensor, type TensorLike, tensor } from '../../runtime/index.js';
import { js } from '../../runtime/js.js';
import { eachElement, element, wasmTarget } from '../helpers/hand-wasm.js';
import { offerRelaxedSimd } from '../helpers/relaxed-simd.js';
import { handKernels, handPrograms, handSpec } from './hand-wasm-model.js';

interface Hand extends Model<{ scale: Tensor<[3]>; tied: Tensor<[3]> }, { lr: number }> {
  forward(x: TensorLike<['batch', 3]>): Promise<Tensor<['batch', 3]>>;
  choose(x: TensorLike<['batch', 3]>, mask: TensorLike<['batch'], 'bool'>): Promise<{ doubled: Tensor; mask: Tensor<['batch'], 'bool'> }>;
  halve(x: TensorLike<['batch', 3]>): Promise<[Tensor, Tensor<[]>, Tensor<[], 'i32'>]>;
  draw(): Promise<Tensor<[2], 'i32'>>;
  readonly train: { objective(x: TensorLike<['batch', 3]>): Promise<{ loss: Tensor<[]> }> };
}

const target = () => wasmTarget(handPrograms, handKernels);
const Hand = defineModel<Hand>(handSpec, [target()]);
const array = (value: AnyTensor) => value.toArray();

afterEach(() => vi.unstubAllGlobals());

describe('the wasm device', () => {
  test('runs programs in memory of its own and gives results as ordinary arrays', async () => {
    const model = await Hand.create();
    expect(model.device).toBe('wasm');
    const result = await model.forward([
      [1, 1, 1],
      [2, -2, 0.5],
    ]);
    expect(await array(result)).toEqual([
      [2, 3, 4],
      [4, -6, 2],
    ]);
    expect([result.home, result.device, result.memory]).toEqual([undefined, 'js', await result.data()]);
    // What was given stays what it was.
    await model.forward([[9, 9, 9]]);
    expect(await array(result)).toEqual([
      [2, 3, 4],
      [4, -6, 2],
    ]);
  });

  test('bools are bytes outside, whatever their bits, and words inside', async () => {
    const model = await Hand.create();
    const { doubled, mask } = await model.choose(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), Uint8Array.of(1, 0, 200));
    expect(await array(doubled)).toEqual([
      [2, 4, 6],
      [4, 5, 6],
      [14, 16, 18],
    ]);
    expect(await mask.data()).toEqual(Uint8Array.of(0, 1, 0));
    expect(await array(mask)).toEqual([false, true, false]);
  });

  test('loops, branches and tapes run in one call, tapes grow, and room is kept', async () => {
    const model = await Hand.create();
    for (const [value, turns] of [
      [8, 3],
      [2 ** 40, 40],
      [2, 1],
      [2 ** 90, 90],
      [8, 3],
    ] as const) {
      const [result, sum, count] = await model.halve([[value, 4, 4]]);
      expect(await array(result)).toEqual([[1, 4 / value, 4 / value]].map((row) => row.map(Math.fround)));
      expect([await sum.item(), await count.item()]).toEqual([Math.fround(2 * value - 2), turns]);
    }
    // No turn at all: nothing on the tape, and the other branch.
    const [, sum, count] = await model.halve([[1, 4, 4]]);
    expect([await sum.item(), await count.item()]).toEqual([0, -1]);
  });

  test('a loop that does not end is an error with its place, and the model goes on', async () => {
    const model = await Hand.create();
    const before = await array((await model.stateDict()).scale);
    await expect(model.halve([[Number.POSITIVE_INFINITY, 0, 0]])).rejects.toMatchObject({
      code: 'KN5009',
      message: expect.stringMatching(/^halve\.ts:3: this loop has run 100 turns/),
    });
    expect(await array((await model.stateDict()).scale)).toEqual(before);
    expect(await (await model.halve([[8, 0, 0]]))[2].item()).toBe(3);
  });

  test('state, optimizer state, hyper scalars, ties', async () => {
    const model = await Hand.create();
    expect(await array((await model.optimizer.stateDict()).before!)).toEqual([7, 7, 7]);
    const { loss } = await model.train.objective([[2, 4, 6]]);
    expect(await loss.item()).toBe(1 - 1 + (2 - 2) + (3 - 3));
    expect(await array((await model.stateDict()).scale)).toEqual([0, 0, 0]);
    // The program read scale before it replaced it.
    expect(await array((await model.optimizer.stateDict()).before!)).toEqual([1, 2, 3]);
    model.optimizer.lr = 0.25;
    await model.loadStateDict({ scale: tensor([5, 5, 5]), tied: tensor([1, 2, 4]) });
    expect(await array((await model.stateDict()).tied)).toEqual([1, 2, 4]);
    await model.train.objective([[4, 4, 4]]);
    expect(await array(model.parameter('tied'))).toEqual([0, 1, 3]);
    const view = model.parameter('scale');
    expect([view.device, view.home === undefined]).toEqual(['wasm', false]);
    await model.setParameter('scale', tensor([7, 7, 7]));
    expect(await array(view)).toEqual([7, 7, 7]);
  });

  test('the random state is the pair of seed and step', async () => {
    const model = await Hand.create({ seed: 2 ** 32 - 1 });
    expect(await array(await model.draw())).toEqual([-1, 1]);
    expect(await array(await model.draw())).toEqual([-1, 2]);
  });

  test('arguments may be state: of the model, which the call changes, and of another model', async () => {
    const [a, b] = [await Hand.create(), await Hand.create()];
    const rows = (scale: AnyTensor) => new Tensor([1, 3], 'f32', scale.memory, scale.home) as Tensor<['batch', 3]>;
    expect(await array(await a.forward(rows(a.parameter('scale'))))).toEqual([[2, 6, 12]]);
    await a.train.objective(rows(a.parameter('scale')));
    expect(await array(a.parameter('scale'))).toEqual([0.5, 1, 1.5]);
    expect(await array(await b.forward(rows(a.parameter('scale'))))).toEqual([[1, 3, 6]]);
    expect(await array(b.parameter('scale'))).toEqual([1, 2, 3]);
  });

  test('many sizes in turn, larger and smaller, none, more than it keeps, more than its memory had', async () => {
    const model = await Hand.create();
    for (const size of [0, 5, ...Array.from({ length: 40 }, (_, i) => i), 2_000, 7, 10_000, 0, 3]) {
      const x = Float32Array.from({ length: 3 * size }, (_, i) => i % 100);
      const result = await model.forward(tensor(x, { shape: [size, 3] }));
      expect(await result.data()).toEqual(x.map((value, i) => value * ((i % 3) + 2)));
    }
  });

  test('results of many elements have all of their memory, where memory unfilled is to be had and where not', async () => {
    const rows = 5000;
    const x = Float32Array.from({ length: 3 * rows }, (_, i) => i % 997);
    const made: Float32Array[] = [];
    for (const engine of ['node', 'browser']) {
      if (engine === 'browser') vi.stubGlobal('Buffer', undefined);
      vi.resetModules();
      const { Heap, makeMemory } = await import('../../runtime/devices/wasm/heap.js');
      const heap = new Heap(makeMemory(65536 + x.byteLength, 65536, false));
      heap.put(64, 'f32', x);
      const copy = heap.take(64, 'f32', x.length) as Float32Array;
      heap.put(64, 'f32', new Float32Array(x.length));
      made.push(copy);
    }
    for (const copy of made) {
      expect(copy).toEqual(x);
      expect([copy.byteOffset, copy.buffer.byteLength]).toEqual([0, x.byteLength]);
    }
  });

  test('after the first call of a size a call makes nothing but its results', async () => {
    const model = await Hand.create();
    const x = tensor(new Float32Array(3 * 65536), { shape: [65536, 3] });
    const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow');
    await model.train.objective(x);
    await model.forward(x);
    expect(grow).toHaveBeenCalled();
    grow.mockClear();
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 100; i++) await model.train.objective(x);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000);
    await model.forward(x);
    expect(grow).not.toHaveBeenCalled();
    grow.mockRestore();
  });

  test('memory that is not to be had is an error that says how much; all stays as it was', async () => {
    const model = await Hand.create();
    const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(() => {
      throw new RangeError('WebAssembly.Memory.grow(): Unable to grow instance memory');
    });
    const x = tensor(new Float32Array(3 * 50_000), { shape: [50_000, 3] });
    await expect(model.train.objective(x)).rejects.toMatchObject({
      code: 'KN5010',
      message: expect.stringMatching(/^600\d{3} bytes of memory are needed, 65536 are there/),
    });
    grow.mockRestore();
    expect(await array((await model.stateDict()).scale)).toEqual([1, 2, 3]);
    expect(await array(await model.forward([[1, 1, 1]]))).toEqual([[2, 3, 4]]);
    await model.train.objective(x);
  });

  test('a model that was disposed of says so; its results stay', async () => {
    const model = await Hand.create();
    const result = await model.forward([[1, 1, 1]]);
    const parameter = model.parameter('scale');
    model.dispose();
    expect(await array(result)).toEqual([[2, 3, 4]]);
    await expect(model.forward([[1, 1, 1]])).rejects.toMatchObject({ code: 'KN5008' });
    await expect(parameter.data()).rejects.toMatchObject({ code: 'KN5008', message: 'this model was disposed of' });
  });
});

describe('where WebAssembly', () => {
  const targets = () => [
    js({ programs: Object.fromEntries(handPrograms.map((program) => [program.name, program])), kernels: {} }),
    target(),
  ];
  const spec = { ...handSpec, name: 'Net' };

  test('is there, it is what a model runs on unless told otherwise', async () => {
    expect((await defineModel<Hand>(spec, targets()).create()).device).toBe('wasm');
  });

  test('is missing: an error for who asked for it, else js and a note', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    await expect(defineModel(spec, targets()).create({ device: 'wasm' })).rejects.toMatchObject({
      code: 'KN5001',
      message: expect.stringMatching(/^WebAssembly is not available here: .*'wasm-unsafe-eval'/),
    });
    const bare = targets().map((each) => (each.kind === 'js' ? { ...each, programs: {} } : each));
    for (const device of [undefined, 'auto'] as const) {
      const notes: string[] = [];
      const onNote = (note: string) => notes.push(note);
      const model = await defineModel(spec, bare).create({ onNote, ...(device && { device }) });
      expect([model.device, notes.length, notes[0]]).toEqual([
        'js',
        1,
        expect.stringMatching(/^Net runs on js: WebAssembly is not available here/),
      ]);
    }
  });

  test('does not compile a module: what was not there once may be there later', async () => {
    const Net = defineModel<Hand>(spec, [target()]);
    const compile = vi.spyOn(WebAssembly, 'compile').mockRejectedValue(new WebAssembly.CompileError('Refused to compile'));
    await expect(Net.create()).rejects.toMatchObject({ code: 'KN5001', message: expect.stringContaining('Refused to compile') });
    compile.mockRestore();
    expect((await Net.create()).device).toBe('wasm');
  });

  test('has relaxed SIMD, that variant is taken', async () => {
    const compiled = vi.spyOn(WebAssembly, 'compile');
    const splat = (value: string) => `(f32x4.splat ${value})`;
    const load = (tensor: string) => splat(`(f32.load ${element(tensor)})`);
    const kernels = {
      ...handKernels,
      sum: eachElement(
        '(param $a i32) (param $b i32) (param $out i32)',
        `(f32.store ${element('out')} (f32x4.extract_lane 0 (f32x4.relaxed_madd ${load('a')} ${splat('(f32.const 1)')} ${load('b')})))`,
      ),
    };
    const fused: boolean[] = [];
    for (const isRelaxed of [false, true]) {
      offerRelaxedSimd(isRelaxed);
      const model = await defineModel<Hand>(spec, [wasmTarget(handPrograms, kernels)]).create();
      expect(await array(await model.forward([[1, 1, 1]]))).toEqual([[2, 3, 4]]);
      fused.push(Buffer.from(compiled.mock.lastCall![0] as Uint8Array).includes(Buffer.of(0xfd, 0x85, 2)));
    }
    expect(fused).toEqual([false, true]);
    compiled.mockRestore();
  });
});
