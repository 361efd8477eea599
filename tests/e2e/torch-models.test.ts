/** The sample models next to the same nets in PyTorch: names, shapes, printed text, results, gradients and training. */
import { readFileSync } from 'node:fs';
import type { nn } from 'kilnn';
import { optim, type Tensor } from 'kilnn';
import { tensor } from 'kilnn/eager';
import { describe, expect, test } from 'vitest';
import { DropoutMlp } from '../../golden/models/dropout-mlp.js';
import { LstmClassifier } from '../../golden/models/lstm.js';
import { ResNet } from '../../golden/models/resnet.js';
import { Seq2Seq } from '../../golden/models/seq2seq.js';
import { TiedAutoencoder } from '../../golden/models/tied-autoencoder.js';
import { TransformerClassifier } from '../../golden/models/transformer.js';
import { mismatch } from '../helpers/close.js';
import type { EagerNet } from './eager-twin.js';

/** What torch-models.py has written. Numbers are elements of tensors: all where there are few, else those that `sample` takes. */
interface Case {
  readonly model: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly optimizer: 'SGD' | 'Adam';
  readonly hyper: { readonly lr: number; readonly momentum?: number; readonly weight_decay?: number };
  readonly arguments: readonly { readonly dtype: 'f32' | 'i32'; readonly shape: readonly number[]; readonly below?: number }[];
  readonly print: string;
  readonly parameters: readonly string[];
  readonly state: readonly { readonly name: string; readonly shape: readonly number[]; readonly trained: readonly number[] }[];
  readonly evaluated: readonly number[];
  readonly losses: readonly number[];
  readonly gradients: Readonly<Record<string, readonly number[]>>;
  readonly after: readonly number[];
}

const { cases } = JSON.parse(readFileSync(new URL('./torch-models.json', import.meta.url), 'utf8')) as { cases: readonly Case[] };

const classes: Readonly<Record<string, new (options: object) => nn.Module>> = {
  DropoutMlp,
  ResNet,
  LstmClassifier,
  Seq2Seq,
  TransformerClassifier,
  TiedAutoencoder,
};

test('every class has its case', () => {
  expect(cases.map(({ model }) => model).sort()).toEqual(Object.keys(classes).sort());
});

describe.each(cases)('$model', (given) => {
  const make = () => new classes[given.model]!(given.options) as EagerNet;

  test('has the names, shapes and order of its PyTorch twin, and prints as it does', () => {
    const net = make();
    const state: Readonly<Record<string, Tensor>> = net.stateDict();
    expect(Object.entries(state).map(([name, { shape }]) => [name, shape])).toEqual(given.state.map(({ name, shape }) => [name, shape]));
    expect(net.namedParameters().map(([name]) => name)).toEqual(given.parameters);
    expect(String(net)).toBe(given.print);
  });

  test('computes and learns what it does', () => {
    const net = make();
    for (const [k, [, parameter]] of net.namedParameters().entries()) {
      const values = Float32Array.from({ length: parameter.numel() }, (_, i) => 0.3 * Math.sin(i * 1.7 + k + 1));
      parameter.handle = tensor(values, { shape: parameter.shape }).handle;
    }
    const inputs = argumentsOf(given, 0).slice(0, net.forward!.length);
    net.eval();
    agree(sample(net.forward!(...inputs)), given.evaluated, 'forward');

    net.train();
    const { lr, momentum = 0, weight_decay: weightDecay = 0 } = given.hyper;
    const parameters = net.parameters();
    const optimizer =
      given.optimizer === 'SGD' ? new optim.SGD(parameters, { lr, momentum, weightDecay }) : new optim.Adam(parameters, { lr });
    for (const [step, loss] of given.losses.entries()) {
      optimizer.zeroGrad();
      const value = net.objective!(...argumentsOf(given, step));
      agree([value.item()], [loss], `loss of step ${step}`);
      value.backward();
      if (step === 0) compareGradients(net, given.gradients);
      optimizer.step();
    }
    const state: Readonly<Record<string, Tensor>> = net.stateDict();
    for (const { name, trained } of given.state) agree(sample(state[name]!), trained, `${name} once trained`);
    net.eval();
    agree(sample(net.forward!(...inputs)), given.after, 'forward once trained');
  });
});

function compareGradients(net: nn.Module, expected: Case['gradients']): void {
  // What is 0 but for rounding is as exact as the other gradients are large.
  const largest = Math.max(...Object.values(expected).flat().map(Math.abs));
  for (const [name, parameter] of net.namedParameters()) agree(sample(parameter.grad!), expected[name]!, `gradient of ${name}`, largest);
}

function argumentsOf(given: Case, step: number): Tensor[] {
  return given.arguments.map(({ dtype, shape, below = 1 }) => {
    const length = shape.reduce((a, b) => a * b, 1);
    if (dtype === 'i32')
      return tensor(
        Int32Array.from({ length }, (_, i) => (i * 7 + 3 + step) % below),
        { shape },
      );
    return tensor(
      Float32Array.from({ length }, (_, i) => Math.cos(i * 0.9 + step)),
      { shape },
    );
  });
}

/** At most 12 elements, as torch-models.py takes them. */
function sample(value: Tensor): number[] {
  const elements = value.data();
  const n = elements.length;
  return Array.from({ length: Math.min(n, 12) }, (_, i) => elements[n <= 12 ? i : (i * 7919) % n]!);
}

function agree(found: readonly number[], expected: readonly number[], what: string, scale = 0.1): void {
  const largest = Math.max(scale, ...expected.map(Math.abs));
  expect(mismatch(found, expected, { rtol: 0, atol: 1e-4 * largest }), what).toBeUndefined();
}
