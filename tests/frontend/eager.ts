/** Runs the source of models as it is, under eager use: what JavaScript makes of it judges what is compiled. */
import { transformSync } from 'esbuild';
import type { Tensor } from 'kilnn';
import * as kilnn from 'kilnn';
import { manualSeed, tensor, toTypedArray } from 'kilnn/eager';
import { expect } from 'vitest';
import type { EvaluatedModel } from '../../compiler/frontend/evaluated-model.js';
import { interpret } from '../../compiler/interpreter/index.js';
import { verifyGraph } from '../../compiler/ir/verify.js';
import type { TensorData } from '../../compiler/ops/op.js';

const tsconfigRaw = { compilerOptions: { useDefineForClassFields: true, target: 'ES2022' } } as const;

type Net = Readonly<Record<string, (...args: Tensor[]) => unknown>> & { train(mode: boolean): void; namedParameters(): [string, Tensor][] };

/** The classes that a source exports, by name. */
export function runSource(text: string): Readonly<Record<string, new () => Net>> {
  const { code } = transformSync(text, { loader: 'ts', target: 'es2022', format: 'cjs', tsconfigRaw });
  const module = { exports: {} as Record<string, new () => Net> };
  const require = (name: string) => {
    if (name !== 'kilnn') throw new Error(`no module ${name}`);
    return kilnn;
  };
  new Function('module', 'exports', 'require', code)(module, module.exports, require);
  return module.exports;
}

export interface Argument {
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly dtype?: 'f32' | 'i32' | 'bool';
}

/** The elements of a vector. */
export function vector(...values: number[]): Argument {
  return { shape: [values.length], values };
}

const SEED = 7;

export function eagerArgument({ values, shape, dtype = 'f32' }: Argument): Tensor {
  return tensor([...values], { dtype: 'f32' })
    .to(dtype)
    .reshape(...shape) as Tensor;
}

/** What a method gives eagerly: the elements of its tensors, in order. */
export function runEagerly(create: new () => Net, entry: string, args: readonly Argument[], training = false): number[][] {
  manualSeed(SEED);
  const net = new create();
  net.train(training);
  // A built program draws with a step of its own: streams begin anew in every method.
  manualSeed(SEED);
  const tensors = args.map(eagerArgument);
  return leaves(net[entry]!(...tensors));
}

function leaves(value: unknown): number[][] {
  if (value instanceof kilnn.Tensor) return [[...toTypedArray(value as Tensor)]];
  if (Array.isArray(value)) return value.flatMap(leaves);
  return Object.values(value as object).flatMap(leaves);
}

/** What the graph of a method gives, under the interpreter. */
export function runGraph(model: EvaluatedModel, entry: string, args: readonly Argument[], training = false): number[][] {
  const found = model.entries.find(({ name }) => name === entry)!;
  const graph = verifyGraph(training ? found.training! : found.graph);
  const state = interpret(model.init, new Map([['rng', rng]]), { precision: 'f32' });
  const inputs = new Map<string, TensorData>([...state, ['rng', rng]]);
  found.arguments.forEach(({ name, type }, index) => {
    const { values, shape } = args[index]!;
    const data =
      type.dtype === 'f32' ? Float32Array.from(values) : type.dtype === 'i32' ? Int32Array.from(values) : Uint8Array.from(values);
    inputs.set(name, { dtype: type.dtype, shape, data });
  });
  const outputs = interpret(graph, inputs, { precision: 'f32' });
  return graph.outputs.filter(({ role }) => role === 'result').map(({ name }) => [...outputs.get(name)!.data]);
}

const rng: TensorData = { dtype: 'i32', shape: [2], data: Int32Array.of(SEED, 0) };

/** Compiled scalars are f32. */
export function expectClose(found: readonly number[][], expected: readonly number[][]): void {
  expect(found.length).toBe(expected.length);
  found.forEach((values, output) => {
    expect(values.length).toBe(expected[output]!.length);
    values.forEach((value, i) => {
      const judge = expected[output]![i]!;
      const close = Object.is(value, judge) || value === judge || Math.abs(value - judge) <= 2e-5 * Math.max(1, Math.abs(judge));
      expect(close, `element ${i}: ${value}, eagerly ${judge}`).toBe(true);
    });
  });
}
