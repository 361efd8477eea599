/** A class run eagerly and as built, from the same state and on the same arguments: all that either shows is compared. */
import type { nn, Tensor } from 'kilnn';
import { tensor as eagerTensor, gradients, manualSeed, toTypedArray } from 'kilnn/eager';
import { expect } from 'vitest';
import type { Compilation } from '../../compiler/compilation.js';
import type { ArgumentContract, Entry } from '../../compiler/frontend/evaluated-model.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { modelOptions } from '../../dsl/decorators.js';
import { type AnyTensor, type CreateOptions, type ModelClass, tensor } from '../../runtime/index.js';
import { mismatch } from '../helpers/close.js';
import { uniforms } from '../helpers/tensors.js';
import type { WasmDevice } from '../helpers/wasm-devices.js';
import { openWith } from '../helpers/wasm-devices.js';
import type { AnyModel } from './built.js';

export type EagerNet = nn.Module & Record<string, (...args: readonly Tensor[]) => Tensor>;

export interface TwinOptions {
  readonly device: CreateOptions;
  /** Further devices that have to do the same. */
  readonly also?: readonly WasmDevice[];
  /** Integer arguments are below this; 10 unless given. */
  readonly below?: Readonly<Record<string, number>>;
  /** Training steps; 3 unless given. */
  readonly steps?: number;
}

export interface Trained {
  /** The state after the last step, of the built model. */
  readonly state: ReadonlyMap<string, TensorData>;
  /** Arguments of each method, and its results in the end. */
  readonly results: readonly { readonly method: string; readonly args: readonly TensorData[]; readonly result: TensorData }[];
}

const seed = 5;
const batch = 3;
/** Eagerly every operation rounds to f32, built models round what they store: relative to the largest element of a tensor. */
const tolerance = 1e-4;

/**
 * Compares initial values, results in eval mode, gradients, and training steps by loss and by state, with dropout's draws the
 * same on both sides. Throws at the first difference.
 */
export async function compareWithEager(
  { model }: Compilation,
  Eager: new () => nn.Module,
  Built: ModelClass<AnyModel>,
  options: TwinOptions,
): Promise<Trained> {
  manualSeed(seed);
  const net = new Eager() as EagerNet;
  const initial = eagerState(net);
  const models: AnyModel[] = [];
  for (const device of [options.device, ...(options.also ?? [])]) models.push(await openWith(Built, { ...device, seed }));
  const built = models[0]!;
  for (const model of models) {
    expect(Object.keys(await model.stateDict())).toEqual([...initial.keys()]);
    await compareState(model, initial, 'at first');
    await model.loadStateDict(deviceState(initial));
  }

  const random = uniforms(seed);
  const draw = (entry: Entry) => entry.arguments.map((contract) => drawArgument(contract, random, options.below ?? {}));
  const methods = model.entries.filter(({ kind }) => kind === 'method').map((entry) => ({ method: entry.name, args: draw(entry) }));
  const losses = model.entries.filter(({ kind }) => kind === 'loss');
  const compareEntries = async (entries: readonly { method: string; args: readonly TensorData[] }[], when: string) => {
    net.eval();
    for (const { method, args } of entries) {
      const expected = eagerData(net[method]!(...args.map(inEager)));
      for (const model of models)
        compare(await dataOf(await model[method]!(...args.map(onDevice))), expected, `${method} ${when} ${on(model)}`);
    }
  };
  await compareEntries([...methods, ...losses.map((entry) => ({ method: entry.name, args: draw(entry) }))], 'at first');

  let calls = 0;
  for (const loss of losses) {
    const args = draw(loss);
    net.train();
    manualSeed(seed, { step: ++calls });
    const expected = gradients(net, () => net[loss.name]!(...args.map(inEager)));
    const largest = Math.max(...Object.values(expected.gradients).map((gradient) => largestOf(toTypedArray(gradient))));
    for (const model of models) {
      const found = await model.gradients[loss.name]!(...args.map(onDevice));
      compare(await dataOf(found.loss), eagerData(expected.loss), `loss of gradients.${loss.name} ${on(model)}`);
      // A parameter that the loss does not depend on has no gradient.
      expect(Object.keys(found.gradients).sort()).toEqual(Object.keys(expected.gradients).sort());
      for (const [name, gradient] of Object.entries(found.gradients)) {
        compare(await dataOf(gradient), eagerData(expected.gradients[name]!), `gradient of ${name} ${on(model)}`, largest * 0.1);
      }
      // Gradients in training mode move running statistics, too.
      await model.loadStateDict(deviceState(initial));
    }
    net.loadStateDict(Object.fromEntries([...initial].map(([name, value]) => [name, inEager(value)])));

    const given = modelOptions(net)!.optimizer!;
    const optimizer = typeof given === 'function' ? given(net) : given.attach(net.parameters());
    for (let step = 0; step < (options.steps ?? 3); step++) {
      const args = draw(loss);
      manualSeed(seed, { step: ++calls });
      optimizer.zeroGrad();
      const value = net[loss.name]!(...args.map(inEager));
      value.backward();
      optimizer.step();
      const expectedState = eagerState(net);
      for (const model of models) {
        const trained = await model.train[loss.name]!(...args.map(onDevice));
        compare(await dataOf(trained.loss), eagerData(value), `loss of step ${step} ${on(model)}`);
        await compareState(model, expectedState, `after step ${step} ${on(model)}`);
      }
    }
  }
  await compareEntries(methods, 'once trained');
  const state = new Map<string, TensorData>();
  for (const [name, value] of Object.entries(await built.stateDict())) state.set(name, await dataOf(value));
  for (const model of models.slice(1)) model.dispose();
  const results = [];
  for (const { method, args } of methods) results.push({ method, args, result: await dataOf(await built[method]!(...args.map(onDevice))) });
  return { state, results };
}

const on = (model: AnyModel): string => `on ${model.device}, ${model.threads.count} threads`;

/** From -1 to 1; integers from 0. */
function drawArgument({ name, type }: ArgumentContract, random: () => number, below: Readonly<Record<string, number>>): TensorData {
  const shape = type.shape.map((size) => (typeof size === 'number' ? size : batch));
  const length = shape.reduce((a, b) => a * b, 1);
  const integers = type.dtype === 'i32';
  const values = Array.from({ length }, () => (integers ? Math.floor(random() * (below[name] ?? 10)) : 2 * random() - 1));
  return { dtype: type.dtype, shape, data: integers ? Int32Array.from(values) : Float32Array.from(values) };
}

async function compareState(built: AnyModel, expected: ReadonlyMap<string, TensorData>, when: string): Promise<void> {
  for (const [name, value] of Object.entries(await built.stateDict())) compare(await dataOf(value), expected.get(name)!, `${name} ${when}`);
}

/** Within the tolerance of the tensor's largest element, or of `scale` if that is larger. */
export function compare(found: TensorData, expected: TensorData, what: string, scale = 0.01): void {
  expect(found.dtype, what).toBe(expected.dtype);
  expect(found.shape, what).toEqual(expected.shape);
  const largest = Math.max(scale, largestOf(expected.data));
  expect(largest, `${what} is finite`).toBeLessThan(Number.POSITIVE_INFINITY);
  expect(mismatch(found.data, expected.data, { rtol: 0, atol: found.dtype === 'f32' ? tolerance * largest : 0 }), what).toBeUndefined();
}

/** NaN where there is one. */
function largestOf(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!));
  return largest;
}

export function onDevice({ dtype, shape, data }: TensorData): AnyTensor {
  return dtype === 'i32' ? tensor(Int32Array.from(data), { shape }) : tensor(Float32Array.from(data), { shape });
}

export async function dataOf(value: AnyTensor): Promise<TensorData> {
  return { dtype: value.dtype, shape: value.shape, data: await value.data() };
}

function inEager({ dtype, shape, data }: TensorData): Tensor {
  return eagerTensor(data as Float32Array, { dtype, shape });
}

function eagerData(value: Tensor): TensorData {
  return { dtype: value.dtype, shape: value.shape, data: toTypedArray(value) };
}

function eagerState(net: nn.Module): Map<string, TensorData> {
  const dict: Readonly<Record<string, Tensor>> = net.stateDict();
  return new Map(Object.entries(dict).map(([name, value]) => [name, eagerData(value)]));
}

function deviceState(state: ReadonlyMap<string, TensorData>): Record<string, AnyTensor> {
  return Object.fromEntries([...state].map(([name, value]) => [name, onDevice(value)]));
}
