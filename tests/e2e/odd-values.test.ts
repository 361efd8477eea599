import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Entry } from '../../compiler/frontend/evaluated-model.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { type AnyTensor, tensor } from '../../runtime/index.js';
import { difference } from '../helpers/tensors.js';
import { openWith, wasmDevices } from '../helpers/wasm-devices.js';
import { type AnyModel, type Built, buildAndImport } from './built.js';
import { InterpretedModel } from './interpreted.js';

let built: Built;
let nets: readonly AnyModel[];
let judge: InterpretedModel;
let entries: readonly Entry[];

beforeAll(async () => {
  built = await buildAndImport(fileURLToPath(new URL('./odd-values.model.ts', import.meta.url)));
  nets = [await built.Model.create({ device: 'js' })];
  for (const device of await wasmDevices()) nets = [...nets, await openWith(built.Model, device)];
  judge = new InterpretedModel(built.compilation.model, 0);
  entries = built.compilation.model.entries;
});

const odd = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1, -2.5, 0.25);

/** Arguments of an entry: every named dim from 0 up, every element odd. */
function argumentsOf({ arguments: contracts }: Entry): fc.Arbitrary<TensorData[]> {
  return fc.record({ n: fc.nat(3), t: fc.nat(2) }).chain((dims: Readonly<Record<string, number>>) =>
    fc.tuple(
      ...contracts.map(({ type }) => {
        const shape = type.shape.map((dim) => (typeof dim === 'number' ? dim : dims[dim.key]!));
        const size = shape.reduce((a, b) => a * b, 1);
        const element = type.dtype === 'i32' ? fc.nat(2) : odd;
        return fc.array(element, { minLength: size, maxLength: size }).map((values): TensorData => {
          return { dtype: type.dtype, shape, data: type.dtype === 'i32' ? Int32Array.from(values) : Float32Array.from(values) };
        });
      }),
    ),
  );
}

const onDevice = (args: readonly TensorData[]) => args.map(({ data, shape }) => tensor(data as Float32Array, { shape }));

/** The tensors of a result, in order. */
function tensorsIn(result: object): AnyTensor[] {
  return 'memory' in result ? [result as AnyTensor] : Object.values(result as Record<string, object>).flatMap(tensorsIn);
}

async function expectAlike(actual: readonly AnyTensor[], expected: ReadonlyMap<string, TensorData>): Promise<void> {
  expect(actual).toHaveLength(expected.size);
  const wanted = [...expected];
  for (const [i, value] of actual.entries()) {
    const found = { dtype: value.dtype, shape: value.shape, data: await value.data() };
    expect([wanted[i]![0], difference(found, wanted[i]![1], { rtol: 1e-4, atol: 1e-5 })]).toEqual([wanted[i]![0], undefined]);
  }
}

describe('nothing, NaN and infinities on js, on wasm, and with relaxed SIMD on two threads', () => {
  test('are to every layer what they are to the interpreter', async () => {
    for (const entry of entries) {
      await fc.assert(
        fc.asyncProperty(argumentsOf(entry), async (args) => {
          const expected = judge.call(entry.name, args);
          for (const net of nets) await expectAlike(tensorsIn(await net[entry.name]!(...onDevice(args))), expected);
        }),
        { numRuns: 15 },
      );
    }
  });

  test('have the same gradients', async () => {
    for (const entry of entries.filter(({ kind }) => kind === 'loss')) {
      await fc.assert(
        fc.asyncProperty(argumentsOf(entry), async (args) => {
          const expected = judge.gradients(entry.name, args);
          for (const net of nets) {
            const { loss, gradients } = await net.gradients[entry.name]!(...onDevice(args));
            await expectAlike([loss, ...Object.values(gradients)], expected);
          }
        }),
        { numRuns: 15 },
      );
    }
  });

  /** What PyTorch gives. */
  test.each([0, 1, 2])('are what they are to PyTorch, device %i', async (number) => {
    const net = nets[number]!;
    const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
    const row = tensor(Float32Array.of(nan, inf, -inf, -0), { shape: [1, 4] });
    const values = async (value: AnyTensor) => [...(await value.data())];
    const activations = (await net.activations!(row)) as unknown as Record<string, AnyTensor>;
    expect(await values(activations.relu!)).toEqual([nan, inf, 0, -0].map((value) => (value === 0 ? expect.closeTo(0) : value)));
    expect(await values(activations.sigmoid!)).toEqual([nan, 1, 0, 0.5]);
    expect(await values(activations.tanh!)).toEqual([nan, 1, -1, -0]);
    expect(await values(activations.hardtanh!)).toEqual([nan, 1, -1, -0]);
    expect(await values(activations.clamp!)).toEqual([nan, 2, -1, -0]);
    expect(await values(await net.softmax!(row))).toEqual([nan, nan, nan, nan]);
    expect(await values(await net.softmax!(tensor([[-inf, -inf, 0, 0]])))).toEqual([0, 0, 0.5, 0.5]);
    expect(await values(await net.softmax!(tensor([[-inf, -inf, -inf, -inf]])))).toEqual([nan, nan, nan, nan]);
    const none = tensor(new Float32Array(0), { shape: [0, 4] });
    const reductions = (await net.reductions!(none)) as unknown as Record<string, AnyTensor>;
    expect(await values(reductions.sum!)).toEqual([0]);
    expect(await values(reductions.mean!)).toEqual([nan]);
    expect(await values(reductions.prod!)).toEqual([1, 1, 1, 1]);
    expect(reductions.argmax!.shape).toEqual([0]);
    expect((await net.conv!(tensor(new Float32Array(0), { shape: [0, 2, 4, 4] }))).shape).toEqual([0, 3, 4, 4]);
    const bias = await values(net.parameter('nothing.bias' as never));
    expect(await values(await net.withoutFeatures!(tensor(new Float32Array(0), { shape: [2, 0] })))).toEqual([...bias, ...bias]);
    const empty = await net.gradients.classes!(none, tensor(new Int32Array(0)));
    expect(await empty.loss.item()).toBeNaN();
    const pooled = await values(
      await net.maxPool!(tensor(Float32Array.of(nan, ...new Array<number>(31).fill(1)), { shape: [1, 2, 4, 4] })),
    );
    expect(pooled.map(Number.isNaN)).toEqual([true, ...new Array<boolean>(17).fill(false)]);
  });
});
