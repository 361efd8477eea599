import 'kilnn/eager';
import { F, KilnnError, nn, noGrad, ones, type Tensor, zeros } from 'kilnn';
import { tensor } from 'kilnn/eager';
import { describe, expect, test } from 'vitest';

describe('registration', () => {
  class Tied extends nn.Module {
    first = new nn.Linear(2, 2);
    plain = [new nn.Linear(2, 2)];
    second = new nn.Linear(2, 2);
    steps = new nn.Buffer(zeros([], { dtype: 'i32' }));
    scratch = new nn.Buffer(zeros([1]), { persistent: false });

    constructor() {
      super();
      this.second.weight = this.first.weight;
    }

    forward(x: Tensor): Tensor {
      return this.second.forward(this.first.forward(x));
    }
  }

  test('fields are registered in order, plain lists are not, shared tensors count once but have all their names in the state', () => {
    const net = new Tied();
    expect(net.namedParameters().map(([name]) => name)).toEqual(['first.weight', 'first.bias', 'second.bias']);
    expect(Object.keys(net.stateDict())).toEqual(['steps', 'first.weight', 'first.bias', 'second.weight', 'second.bias']);
    expect(net.namedBuffers().map(([name]) => name)).toEqual(['steps', 'scratch']);
  });

  test('the gradients of a shared weight add up', () => {
    const net = new nn.Sequential();
    const layer = new nn.Linear(1, 1, { bias: false });
    net.append(layer).append(layer);
    nn.init.constant_(layer.weight, 3);
    net
      .forward(tensor([[2]]))
      .sum()
      .backward();
    expect(layer.weight.grad!.item()).toBe(12);
  });

  test('names that are numbers keep the order of insertion', () => {
    const dict = new nn.ModuleDict(
      new Map<string, nn.Layer>([
        ['b', new nn.ReLU()],
        ['10', new nn.Tanh()],
        ['2', new nn.Sigmoid()],
      ]),
    );
    expect(dict.keys()).toEqual(['b', '10', '2']);
    expect(dict.pop('10')).toBeInstanceOf(nn.Tanh);
    expect(dict.keys()).toEqual(['b', '2']);
    expect(() => dict.get('10')).toThrow(KilnnError);
  });

  test('containers index, slice, insert and extend as lists do', () => {
    const net = new nn.Sequential(new nn.ReLU(), new nn.Tanh());
    net.insert(1, new nn.Sigmoid());
    expect(net.toString()).toBe('Sequential(\n  (0): ReLU()\n  (1): Sigmoid()\n  (2): Tanh()\n)');
    expect(net[1]).toBeInstanceOf(nn.Sigmoid);
    expect(net.at(-1)).toBeInstanceOf(nn.Tanh);
    expect(net.slice(1).keys()).toEqual(['1', '2']);
    expect(net.length).toBe(3);
    expect(() => net.at(3)).toThrow('out of range');
    const list = new nn.ModuleList<nn.Layer>([new nn.ReLU()]).extend([new nn.Tanh()]);
    expect([...list].map((module) => module.constructor.name)).toEqual(['ReLU', 'Tanh']);
  });

  test('a state dictionary that does not fit changes nothing and names all that is wrong', () => {
    const net = new nn.Linear(2, 3);
    const before = Array.from(net.weight.data());
    const state = { weight: ones([3, 2]), extra: ones([1]) };
    expect(() => net.loadStateDict(state)).toThrow(/missing: bias \(f32\[3\]\)\n {2}unexpected: extra/);
    expect(() => net.loadStateDict({ weight: ones([2, 3]), bias: ones([3]) })).toThrow(
      'wrong shape: weight is f32[2, 3], expected f32[3, 2]',
    );
    expect(Array.from(net.weight.data())).toEqual(before);
    expect(net.loadStateDict(state, { strict: false })).toEqual({ missingKeys: ['bias'], unexpectedKeys: ['extra'] });
    expect(Array.from(net.weight.data())).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test('training mode reaches every module', () => {
    const net = new nn.Sequential(new nn.Dropout(0.5), new nn.Sequential(new nn.BatchNorm1d(2)));
    expect(
      net
        .eval()
        .modules()
        .map((module) => module.training),
    ).toEqual([false, false, false, false]);
    expect(net.forward(ones([3, 2])).shape).toEqual([3, 2]);
  });
});

describe('sizes of convolutions and pools', () => {
  const cases: readonly (readonly [number, number, number, number, number])[] = [
    [8, 3, 0, 1, 1],
    [8, 3, 1, 1, 1],
    [8, 5, 2, 2, 1],
    [7, 3, 1, 2, 1],
    [9, 3, 0, 3, 2],
    [28, 5, 2, 1, 1],
    [6, 2, 0, 2, 1],
  ];
  for (const [n, kernelSize, padding, stride, dilation] of cases) {
    test(`size ${n}, kernel ${kernelSize}, padding ${padding}, stride ${stride}, dilation ${dilation}`, () => {
      const size = (length: number) => Math.floor((length + 2 * padding - dilation * (kernelSize - 1) - 1) / stride) + 1;
      const x = zeros([1, 1, n, n + 1]);
      const options = { padding, stride, dilation };
      expect(new nn.Conv2d(1, 1, kernelSize, options).forward(x).shape).toEqual([1, 1, size(n), size(n + 1)]);
      expect(F.maxPool2d(x, kernelSize, options).shape).toEqual([1, 1, size(n), size(n + 1)]);
    });
  }
});

test('in place, a tensor that requires a gradient changes only without gradients', () => {
  const w = new nn.Parameter(ones([2]));
  expect(() => w.mul_(2)).toThrow('cannot be changed in place');
  noGrad(() => w.mul_(2));
  expect(w.tolist()).toEqual([2, 2]);
  w.mul(w).sum().backward();
  expect(w.grad!.tolist()).toEqual([4, 4]);
});
