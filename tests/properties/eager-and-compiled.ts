/** Runs a model's source eagerly and built, and compares all that comes out. */
import { pathToFileURL } from 'node:url';
import type { nn, Tensor } from 'kilnn';
import { tensor as eagerTensor, gradients, manualSeed, toTypedArray } from 'kilnn/eager';
import { formatDiagnostics } from '../../compiler/diagnostics/format.js';
import { build } from '../../compiler/index.js';
import { optimizerOf } from '../../dsl/decorators.js';
import { type AnyTensor, type ModelClass, tensor } from '../../runtime/index.js';
import { type AnyModel, sourceFile, temporaryFolder } from '../e2e/built.js';
import { uniforms } from '../helpers/tensors.js';
import { openWith, wasmDevices } from '../helpers/wasm-devices.js';
import type { ModelArgument, RandomModel } from './random-model.js';

type EagerNet = nn.Module & { forward(...args: readonly Tensor[]): Tensor; objective(...args: readonly Tensor[]): Tensor };

interface Numbers {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** Everything a model is seen to do, by name. */
type Seen = Map<string, Numbers>;

/** Throws with the model's source where what is built differs from what runs eagerly, or where either fails. */
export async function compareExecutions(given: RandomModel): Promise<void> {
  try {
    const file = sourceFile(given.source, 'net.ts');
    const eager = await runEagerly(file, given);
    const Net = await buildNet(file, given);
    for (const device of [{ device: 'js' } as const, ...(await wasmDevices())]) {
      const net = await openWith(Net, { ...device, seed: given.seed });
      const built = await runBuilt(net, given, eager.initial);
      const where = `on ${net.device}, ${net.threads.count} threads: `;
      for (const [name, want] of eager.seen) compare(name, built.get(name), want, eager.scale(name), where);
      const extra = [...built.keys()].filter((name) => !eager.seen.has(name) && !name.startsWith('gradient '));
      if (extra.length > 0) throw new Error(`${where}only the built model has ${extra.join(', ')}`);
      net.dispose();
    }
  } catch (error) {
    throw new Error(
      `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n\n${given.source}\n${JSON.stringify(given.dims)}`,
    );
  }
}

async function runEagerly(file: string, given: RandomModel) {
  const { Net } = (await import(/* @vite-ignore */ file)) as { Net: new () => EagerNet };
  manualSeed(given.seed);
  const net = new Net();
  const initial = stateOf(net);
  const [input, targets] = argumentsOf(given);
  const [x, ...ys] = [input, ...targets].map(({ dtype, shape, data }) => eagerTensor(data, { dtype, shape }));
  const seen: Seen = new Map();
  net.eval();
  seen.set('forward', numbersOf(net.forward(x!)));
  seen.set('objective', numbersOf(net.objective(x!, ...ys)));
  net.train();
  const found = gradients(net, () => net.objective(x!, ...ys));
  for (const [name, value] of Object.entries(found.gradients)) seen.set(`gradient ${name}`, numbersOf(value));
  // The running statistics as they were.
  for (const [name, value] of Object.entries(net.stateDict() as Record<string, Tensor>)) {
    const { shape, data } = initial[name]!;
    value.handle = eagerTensor(Float64Array.from(data), { dtype: value.dtype, shape }).handle;
  }
  const optimizer = optimizerOf(net)!;
  for (let step = 0; step < 2; step++) {
    optimizer.zeroGrad();
    const loss = net.objective(x!, ...ys);
    seen.set(`loss ${step}`, numbersOf(loss));
    loss.backward();
    optimizer.step();
    for (const [name, value] of Object.entries(stateOf(net))) seen.set(`state ${step} ${name}`, value);
  }
  // Rounding is as large as the largest gradient makes it, however small the others are.
  const most = Math.max(0, ...[...seen].filter(([name]) => name.startsWith('gradient ')).map(([, { data }]) => largest(data)));
  return { seen, initial, scale: (name: string) => (name.startsWith('gradient ') ? most * 0.02 : 0.01) };
}

async function buildNet(file: string, given: RandomModel): Promise<ModelClass<AnyModel>> {
  const out = temporaryFolder();
  const { diagnostics } = await build([file], { out, targets: ['js', 'wasm'] });
  if (diagnostics.length > 0) throw new Error(formatDiagnostics(diagnostics, { source: () => given.source }));
  const { Net } = (await import(/* @vite-ignore */ pathToFileURL(`${out}/net.js`).href)) as { Net: ModelClass<AnyModel> };
  return Net;
}

async function runBuilt(net: AnyModel, given: RandomModel, initial: Readonly<Record<string, Numbers>>): Promise<Seen> {
  const state = await net.stateDict();
  if (Object.keys(state).join() !== Object.keys(initial).join())
    throw new Error(`the state is ${Object.keys(state)}, not ${Object.keys(initial)}`);
  for (const [name, value] of Object.entries(state)) compare(`initial ${name}`, await read(value), initial[name]!, 0.1);
  const weights = Object.fromEntries(
    Object.entries(initial).map(([name, { shape, data }]) => [name, deviceTensor({ dtype: state[name]!.dtype as 'f32', shape, data })]),
  );
  await net.loadStateDict(weights);
  const [input, targets] = argumentsOf(given);
  const args = [input, ...targets].map(deviceTensor);
  const seen: Seen = new Map();
  seen.set('forward', await read(await net.forward!(args[0])));
  seen.set('objective', await read(await net.objective!(...args)));
  const found = await net.gradients.objective!(...args);
  for (const [name, value] of Object.entries(found.gradients)) seen.set(`gradient ${name}`, await read(value));
  await net.loadStateDict(weights);
  for (let step = 0; step < 2; step++) {
    seen.set(`loss ${step}`, await read((await net.train.objective!(...args)).loss));
    for (const [name, value] of Object.entries(await net.stateDict())) seen.set(`state ${step} ${name}`, await read(value));
  }
  return seen;
}

async function read(value: AnyTensor): Promise<Numbers> {
  return { shape: value.shape, data: Float64Array.from(await value.data()) };
}

function numbersOf(value: Tensor): Numbers {
  return { shape: value.shape, data: Float64Array.from(toTypedArray(value)) };
}

function stateOf(net: nn.Module): Record<string, Numbers> {
  return Object.fromEntries(Object.entries(net.stateDict() as Record<string, Tensor>).map(([name, value]) => [name, numbersOf(value)]));
}

interface Argument {
  readonly dtype: 'f32' | 'i32';
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

function deviceTensor({ dtype, shape, data }: { dtype: string; shape: readonly number[]; data: ArrayLike<number> }): AnyTensor {
  return dtype === 'i32' ? tensor(Int32Array.from(data), { shape }) : tensor(Float32Array.from(data), { shape });
}

function argumentsOf({ input, targets, dims, seed }: RandomModel): [Argument, Argument[]] {
  const uniform = uniforms(seed);
  const make = ({ dtype, shape: sizes, below = 1 }: ModelArgument): Argument => {
    const shape = sizes.map((size) => (typeof size === 'number' ? size : dims[size]!));
    const count = shape.reduce((product, size) => product * size, 1);
    const values = Array.from({ length: count }, () => (dtype === 'i32' ? Math.floor(uniform() * below) : 2 * uniform() - 1));
    return { dtype, shape, data: dtype === 'i32' ? Int32Array.from(values) : Float32Array.from(values) };
  };
  return [make(input), targets.map(make)];
}

function largest(data: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < data.length; i++) most = Math.max(most, Math.abs(data[i]!));
  return most;
}

/** Within 1e-4 (gradients: 1e-3) of the tensor's largest element, or of `scale` if that is larger. */
function compare(name: string, got: Numbers | undefined, want: Numbers, scale: number, where = ''): void {
  if (got === undefined) throw new Error(`${where}${name} is missing`);
  if (got.shape.join() !== want.shape.join()) throw new Error(`${where}${name} has shape [${got.shape}], not [${want.shape}]`);
  const most = (name.startsWith('gradient ') ? 1e-3 : 1e-4) * Math.max(scale, largest(want.data));
  for (let i = 0; i < want.data.length; i++) {
    const [a, b] = [got.data[i]!, want.data[i]!];
    if (Object.is(a, b) || Math.abs(a - b) <= most) continue;
    throw new Error(`${where}${name}: element ${i} is ${a} built and ${b} eagerly (the largest is ${largest(want.data)})`);
  }
}
