/** What the blocks of golden/models/blocks are there to show, seen eagerly and through the compiler. */
import { fileURLToPath } from 'node:url';
import { noGrad, type Tensor } from 'kilnn';
import { gradients, manualSeed, tensor } from 'kilnn/eager';
import pc from 'picocolors';
import { describe, expect, test } from 'vitest';
import { reportText } from '../../compiler/cli/inspect.js';
import { check, inspect } from '../../compiler/index.js';
import { FancyMLP } from '../../golden/models/blocks/control-flow.js';
import { CenteredLayer, MyLinear } from '../../golden/models/blocks/custom-layers.js';
import { corr2d } from '../../golden/models/blocks/from-scratch.js';
import { ConstantNet, CustomNet, NormalNet, PerLayerNet } from '../../golden/models/blocks/initialization.js';
import { Module_List, Module_ModuleList, ModuleDictNet } from '../../golden/models/blocks/module-containers.js';
import { RegressionNet } from '../../golden/models/blocks/nested-blocks.js';
import { MyDictDense, MyListDense, MyModel } from '../../golden/models/blocks/parameter-containers.js';
import { NestMLP } from '../../golden/models/blocks/perceptrons.js';
import { FlattenLayer, GrownNet, MySequential, SequentialNet } from '../../golden/models/blocks/sequential.js';
import { SharedLayers, SquaredWeight } from '../../golden/models/blocks/shared-layers.js';
import { sourceFile } from './built.js';

const namesOf = (net: { namedParameters(): [string, Tensor][] }) => net.namedParameters().map(([name]) => name);
const ones = (shape: readonly number[]) => tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1), { shape });

describe('names and texts', () => {
  test('nested blocks', () => {
    expect(namesOf(new NestMLP())).toEqual(['net.0.weight', 'net.0.bias', 'net.2.weight', 'net.2.bias', 'linear.weight', 'linear.bias']);
    const net = new RegressionNet();
    expect(namesOf(net).slice(0, 5)).toEqual([
      '0.block 0.0.weight',
      '0.block 0.0.bias',
      '0.block 0.2.weight',
      '0.block 0.2.bias',
      '0.block 1.0.weight',
    ]);
    expect(net.getParameter('0.block 1.0.bias').shape).toEqual([8]);
    const block = (i: number) => `    (block ${i}): Sequential(
      (0): Linear(in_features=4, out_features=8, bias=True)
      (1): ReLU()
      (2): Linear(in_features=8, out_features=4, bias=True)
      (3): ReLU()
    )`;
    expect(String(net)).toBe(`RegressionNet(
  (0): Sequential(
${[0, 1, 2, 3].map(block).join('\n')}
  )
  (1): Linear(in_features=4, out_features=1, bias=True)
)`);
  });

  test('a buffer is state and no module: nothing of it is printed', () => {
    const net = new FancyMLP();
    expect(String(net)).toBe('FancyMLP(\n  (linear): Linear(in_features=20, out_features=20, bias=True)\n)');
    expect(namesOf(net)).toEqual(['linear.weight', 'linear.bias']);
    expect(Object.keys(net.stateDict())).toEqual(['randWeight', 'linear.weight', 'linear.bias']);
  });

  test('layers by position and by name', () => {
    expect(Object.keys(new SequentialNet().stateDict())).toEqual(['linear.weight', 'linear.bias']);
    expect(Object.keys(new GrownNet().stateDict())).toEqual(['net.0.weight', 'net.0.bias', 'net.2.weight', 'net.2.bias']);
    expect(String(new ModuleDictNet())).toBe(`ModuleDictNet(
  (layers): ModuleDict(
    (linear): Linear(in_features=20, out_features=32, bias=True)
    (act): ReLU()
    (output): Linear(in_features=32, out_features=10, bias=True)
  )
)`);
  });

  test('parameters in lists and dictionaries', () => {
    expect(namesOf(new MyModel())).toEqual(['weight1']);
    expect(namesOf(new MyListDense())).toEqual(['params.0', 'params.1', 'params.2', 'params.3']);
    expect(namesOf(new MyDictDense())).toEqual(['params.linear1', 'params.linear2', 'params.linear3']);
    const net = new MyDictDense();
    const x = ones([1, 4]);
    expect(['linear1', 'linear2', 'linear3'].map((choice) => net.forward(x, choice).shape)).toEqual([
      [1, 4],
      [1, 1],
      [1, 2],
    ]);
  });
});

describe('layers', () => {
  test('a centred layer takes the mean away', () => {
    expect(Array.from(new CenteredLayer().forward(tensor([1, 2, 3, 4, 5])).data())).toEqual([-2, -1, 0, 1, 2]);
  });

  test('a linear layer of its own has a weight of inputs by outputs, and trains', () => {
    const net = new MyLinear(5, 3);
    expect([net.weight.shape, net.bias.shape]).toEqual([[5, 3], [3]]);
    noGrad(() => net.bias.fill_(10));
    const found = gradients(net, () => net.forward(ones([2, 5])).sum());
    expect(Array.from(found.gradients.bias!.data())).toEqual([2, 2, 2]);
  });

  test('a Sequential by hand calls a layer as often as it holds it, and takes names from a map', () => {
    const centred = new CenteredLayer();
    const flat = new MySequential(
      new Map<string, FlattenLayer | CenteredLayer>([
        ['flatten', new FlattenLayer()],
        ['first', centred],
        ['second', centred],
      ]),
    );
    expect(String(flat)).toBe('MySequential(\n  (flatten): FlattenLayer()\n  (first): CenteredLayer()\n  (second): CenteredLayer()\n)');
    expect(flat.forward(ones([2, 3, 4])).shape).toEqual([2, 12]);
    const twice = new MySequential(new Doubling(), new Doubling());
    const one = new Doubling();
    const shared = new MySequential(one, one);
    expect([twice.forward(tensor([1])).item(), shared.forward(tensor([1])).item()]).toEqual([4, 4]);
  });

  test('cross-correlation by loops', () => {
    const x = tensor([
      [0, 1, 2],
      [3, 4, 5],
      [6, 7, 8],
    ]);
    const kernel = tensor([
      [0, 1],
      [2, 3],
    ]);
    expect(corr2d(x, kernel).tolist()).toEqual([
      [19, 25],
      [37, 43],
    ]);
  });
});

class Doubling extends CenteredLayer {
  override forward(x: Tensor): Tensor {
    return x.mul(2);
  }
}

describe('shared layers', () => {
  test('are saved under each name and listed once', () => {
    const net = new SharedLayers();
    expect(namesOf(net)).toEqual(['0.weight', '0.bias', '2.weight', '2.bias', '6.weight', '6.bias']);
    expect(Object.keys(net.stateDict())).toEqual(['0', '2', '4', '6'].flatMap((name) => [`${name}.weight`, `${name}.bias`]));
    expect(net.at(2)).toBe(net.at(4));
    expect(net.getParameter('2.weight')).toBe(net.getParameter('4.weight'));
  });

  test('have the sum of their gradients', () => {
    const net = new SquaredWeight();
    const { loss, gradients: found } = gradients(net, () => net.forward(ones([1, 1])).sum());
    expect(loss.item()).toBe(9);
    expect(Array.from(found['0.weight']!.data())).toEqual([6]);
  });
});

describe('initial values', () => {
  const weights = (net: { getParameter(path: string): Tensor }, path: string) => Array.from(net.getParameter(path).data());

  test('of one recipe for all layers', () => {
    manualSeed(0);
    const normal = weights(new NormalNet(), '0.weight');
    expect(Math.max(...normal.map(Math.abs))).toBeLessThan(0.05);
    expect(new Set(normal).size).toBeGreaterThan(20);
    expect(weights(new NormalNet(), '2.bias')).toEqual([0]);
    expect(new Set(weights(new ConstantNet(), '0.weight'))).toEqual(new Set([1]));
  });

  test('of a recipe for each layer', () => {
    const net = new PerLayerNet();
    const bound = Math.sqrt(6 / (4 + 8));
    expect(weights(net, '0.weight').every((value) => Math.abs(value) <= bound && value !== 42)).toBe(true);
    expect(new Set(weights(net, '2.weight'))).toEqual(new Set([42]));
  });

  test('of a recipe of its own: 0, or at least 5 in size; biases 1', () => {
    manualSeed(3);
    const net = new CustomNet();
    const all = [...weights(net, '0.weight'), ...weights(net, '2.weight')];
    expect(all.every((value) => value === 0 || (Math.abs(value) >= 5 && Math.abs(value) <= 10))).toBe(true);
    expect(all.some((value) => value === 0) && all.some((value) => value > 0) && all.some((value) => value < 0)).toBe(true);
    expect(new Set([...weights(net, '0.bias'), ...weights(net, '2.bias')])).toEqual(new Set([1]));
  });
});

describe('a plain array of layers', () => {
  test('registers nothing, a ModuleList does', () => {
    expect(namesOf(new Module_List())).toEqual([]);
    expect(namesOf(new Module_ModuleList())).toEqual(['linears.0.weight', 'linears.0.bias', 'linears.1.weight', 'linears.1.bias']);
  });

  test('is refused as a model, with what to write instead', async () => {
    const blocks = fileURLToPath(new URL('../../golden/models/blocks/module-containers.js', import.meta.url));
    const { diagnostics } = await check([
      sourceFile(`import { model, type Tensor } from 'kilnn';
import { Module_List } from '${blocks}';

@model()
export class Refused extends Module_List {
  override forward(x: Tensor<['batch', 10]>): Tensor<['batch', 10]> {
    return super.forward(x);
  }
}
`),
    ]);
    expect(diagnostics.map(({ severity, code }) => [severity, code])).toEqual([
      ['warning', 'KN2013'],
      ['error', 'KN2001'],
    ]);
    expect(diagnostics.map(({ message, hint }) => `${message}; ${hint}`).join('\n')).toContain('nn.ModuleList');
  });
});

test('kilnn inspect shows lists of parameters and programs with loops', async () => {
  const files = ['parameter-containers', 'control-flow'].map((name) => `golden/models/blocks/${name}.ts`);
  const { diagnostics, reports } = await inspect(files, { targets: ['js'] });
  expect(diagnostics).toEqual([]);
  const text = (name: string) => reportText(reports.find((report) => report.name === name)!, pc.createColors(false));
  const lines = text('MyDictDense').split('\n');
  expect(lines.slice(1, 6).map((line) => line.trim().split(/ {3,}/)[0])).toEqual([
    'MyDictDense(',
    '(params): ParameterDict(',
    '(linear1): Parameter containing: [torch.FloatTensor of size 4x4]',
    '(linear2): Parameter containing: [torch.FloatTensor of size 4x1]',
    '(linear3): Parameter containing: [torch.FloatTensor of size 4x2]',
  ]);
  expect(text('FancyMLP')).toMatch(/^forward +\d+ +\d+/m);
});
