import * as k from 'kilnn';
import { KilnnError, nn, noGrad, ones, type Tensor, zeros } from 'kilnn';
import { grad, manualSeed, tensor } from 'kilnn/eager';
import { describe, expect, test } from 'vitest';

const numbers = (x: Tensor) => [...Array.from(x.data())];
const counted = (...shape: number[]) =>
  k
    .arange(
      0,
      shape.reduce((product, size) => product * size, 1),
      { dtype: 'f32' },
    )
    .view(shape);
const leaf = (...values: number[]) => tensor(values).requiresGrad_();

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof KilnnError) return error.code;
    throw error;
  }
  return 'nothing is thrown';
}

/** Whether what is written to the result is seen in x. */
function shares(make: (x: Tensor) => Tensor, x: Tensor): boolean {
  const before = numbers(x);
  make(x).fill_(-77);
  return numbers(x).some((value, i) => value !== before[i]);
}

describe('what shares memory', () => {
  const views: Record<string, (x: Tensor) => Tensor> = {
    view: (x) => x.view(6),
    'reshape of contiguous': (x) => x.reshape(3, 2),
    flatten: (x) => x.flatten(),
    unflatten: (x) => x.unflatten(1, [1, 3]),
    squeeze: (x) => x.unsqueeze(0).squeeze(),
    T: (x) => x.T,
    permute: (x) => k.permute(x, [1, 0]),
    movedim: (x) => x.movedim(0, 1),
    swapaxes: (x) => x.swapaxes(0, 1),
    ravel: (x) => x.ravel(),
    select: (x) => x.select(0, -1),
    index: (x) => x.index({ step: 2 }, 1),
    split: (x) => x.split(2, 1)[1]!,
    chunk: (x) => x.chunk(2, 1)[0]!,
    tensorSplit: (x) => x.tensorSplit(2, 0)[0]!,
    unbind: (x) => x.unbind(1)[2]!,
    diagonal: (x) => x.diagonal(1),
    unfold: (x) => x.unfold(1, 1, { step: 2 }),
    'expand without stretching': (x) => x.expand(1, 2, 3),
    detach: (x) => x.detach(),
    variableData: (x) => x.variableData(),
    contiguous: (x) => x.contiguous(),
    'Flatten layer': (x) => new nn.Flatten().forward(x),
    'to the same dtype': (x) => x.to('f32'),
  };
  test.each(Object.entries(views))('%s', (_, make) => expect(shares(make, counted(2, 3))).toBe(true));

  const copies: Record<string, (x: Tensor) => Tensor> = {
    clone: (x) => x.clone(),
    'reshape after a transpose': (x) => x.t().reshape(6),
    'contiguous after a transpose': (x) => x.t().contiguous(),
    'index tensor': (x) => x.index(tensor([0], { dtype: 'i32' })),
    'cat of one': (x) => k.cat([x]),
    'stack of one': (x) => k.stack([x]),
    'repeat once': (x) => x.repeat(1, 1),
    'tile once': (x) => x.tile(1),
    'repeatInterleave once': (x) => x.repeatInterleave(1, 0),
    'flip of no dims': (x) => x.flip([]),
    'roll by nothing': (x) => x.roll(0),
    'roll along a dim by nothing': (x) => x.roll(0, 1),
    'rot90 by nothing': (x) => x.rot90(0),
    'take of everything': (x) => x.take(tensor([0], { dtype: 'i32' })),
    parameter: (x) => noGrad(() => new nn.Parameter(x)).detach(),
  };
  test.each(Object.entries(copies))('%s does not', (_, make) => expect(shares(make, counted(2, 3))).toBe(false));

  test('aliases of aliases, in any order', () => {
    const x = counted(2, 3);
    const column = x.t().select(0, 1);
    const row = x.select(0, 1);
    column.mul_(10);
    expect([numbers(x), numbers(row), numbers(column)]).toEqual([
      [0, 10, 2, 3, 40, 5],
      [3, 40, 5],
      [10, 40],
    ]);
    x.zero_();
    expect([numbers(row), numbers(column)]).toEqual([
      [0, 0, 0],
      [0, 0],
    ]);
  });

  test('parameters and buffers, within noGrad', () => {
    manualSeed(0);
    const layer = new nn.Linear(2, 2);
    noGrad(() => layer.weight.select(0, 0).fill_(5));
    expect(numbers(layer.weight).slice(0, 2)).toEqual([5, 5]);
    expect(layer.weight.requiresGrad).toBe(true);
    layer.weight.detach().select(0, 1).fill_(6);
    expect(numbers(layer.weight)).toEqual([5, 5, 6, 6]);
    layer
      .forward(ones([1, 2]))
      .sum()
      .backward();
    expect(numbers(layer.weight.grad!)).toEqual([1, 1, 1, 1]);
  });
});

describe('what is written', () => {
  test('is broadcast and converted', () => {
    const x = zeros([2, 3], { dtype: 'i32' });
    x.select(0, 1).copy_(tensor([1.9]));
    expect(numbers(x)).toEqual([0, 0, 0, 1, 1, 1]);
    expect(codeOf(() => x.select(0, 0).copy_(ones([2])))).toBe('KN3001');
    expect(codeOf(() => x.select(0, 0).copy_(ones([1, 1, 3])))).toBe('KN3001');
    expect(codeOf(() => x.select(0, 0).mul_(1.5))).toBe('KN3002');
    expect(numbers(x)).toEqual([0, 0, 0, 1, 1, 1]);
  });

  test('is read before: parts that overlap', () => {
    const x = counted(5);
    x.slice(0, { start: 1 }).copy_(x.slice(0, { end: -1 }));
    expect(numbers(x)).toEqual([0, 0, 1, 2, 3]);
    x.slice(0, { start: 1 }).add_(x.slice(0, { end: -1 }));
    expect(numbers(x)).toEqual([0, 0, 1, 3, 5]);
  });

  test('may be nothing: a gradient that needs the rest stands', () => {
    const x = leaf(1, 2);
    const h = x.mul(1);
    const y = h.mul(h).sum();
    h.narrow(0, 1, 0).fill_(3);
    y.backward();
    expect(numbers(x.grad!)).toEqual([2, 4]);
  });

  test('at places that index tensors and masks name', () => {
    const x = counted(2, 3);
    x.t().indexPut_([tensor([0, 2], { dtype: 'i32' })], tensor([7, 8]));
    expect(numbers(x)).toEqual([7, 1, 7, 8, 4, 8]);
    x.select(0, 0).maskedFill_(tensor([true, false, true]), 0);
    expect([x.index(0, 0).item(), x.index(0, 1).item(), x.index(0, 2).item()]).toEqual([0, 1, 0]);
  });

  test('is refused where several elements are one', () => {
    const x = ones([1, 3]);
    for (const wide of [x.expand(4, 3), x.expand(4, 3).select(0, 0), x.select(0, 0).unfold(0, 2)])
      expect(codeOf(() => wide.add_(1))).toBe('KN3004');
    expect(numbers(x)).toEqual([1, 1, 1]);
  });
});

describe('gradients', () => {
  test('leaves and their views are refused', () => {
    const x = leaf(1, 2);
    for (const change of [() => x.add_(1), () => x.select(0, 0).fill_(1), () => x.view(2, 1).t().copy_(3)])
      expect(codeOf(change)).toBe('KN3007');
    expect(numbers(x)).toEqual([1, 2]);
  });

  test('pass a change by that they do not follow', () => {
    const x = leaf(1, 2);
    const h = x.mul(3);
    noGrad(() => h.select(0, 0).fill_(10));
    h.detach().add_(1);
    expect(numbers(h)).toEqual([11, 7]);
    h.mul(h).sum().backward();
    expect(numbers(x.grad!)).toEqual([2 * 11 * 3, 2 * 7 * 3]);
  });

  test('need what is there: of an op, its inputs or its result', () => {
    const x = leaf(1, 2);
    const lostAfter = (compute: (h: Tensor) => Tensor, change: (h: Tensor, y: Tensor) => unknown) => () => {
      const h = x.mul(3);
      const y = compute(h);
      change(h, y);
      return grad(y.sum(), [x]);
    };
    const add = (h: Tensor) => h.add_(1);
    expect(codeOf(lostAfter((h) => h.pow(2), add))).toBe('KN3009');
    expect(codeOf(lostAfter((h) => h.view(2, 1).pow(2), add))).toBe('KN3009');
    expect(
      codeOf(
        lostAfter(
          (h) => h.pow(2),
          (h) => h.select(0, 1).zero_(),
        ),
      ),
    ).toBe('KN3009');
    expect(
      codeOf(
        lostAfter(
          (h) => h.pow(2),
          (h) => h.detach().zero_(),
        ),
      ),
    ).toBe('KN3009');
    expect(
      codeOf(
        lostAfter(
          (h) => h.pow(2),
          (h) => noGrad(() => h.zero_()),
        ),
      ),
    ).toBe('KN3009');
    expect(
      codeOf(
        lostAfter(
          (h) => h.exp(),
          (_, y) => y.mul_(2),
        ),
      ),
    ).toBe('KN3009');
    expect(codeOf(lostAfter((h) => h.mul(h.clone()), add))).toBe('KN3009');
    // These need nothing that was changed.
    for (const compute of [(h: Tensor) => h.mul(2), (h: Tensor) => h.exp(), (h: Tensor) => h.clone().pow(2), (h: Tensor) => h.sum()]) {
      expect(codeOf(lostAfter(compute, add))).toBe('nothing is thrown');
    }
    expect(
      codeOf(
        lostAfter(
          (h) => h.pow(2),
          (_, y) => y.mul_(2),
        ),
      ),
    ).toBe('nothing is thrown');
    expect(
      codeOf(
        lostAfter(
          (h) => h.mul_(tensor([2, 3])).exp_(),
          () => 0,
        ),
      ),
    ).toBe('nothing is thrown');
    // What variableData writes counts as no change.
    const [changed] = lostAfter(
      (h) => h.pow(2),
      (h) => h.variableData().fill_(5),
    )();
    expect(numbers(changed!)).toEqual([30, 30]);
    const [viewed] = lostAfter(
      (h) => h.view(2, 1).pow(2),
      (h) => h.variableData().fill_(5),
    )();
    expect(numbers(viewed!)).toEqual([30, 30]);
  });

  test('of a change by what it takes: a clone of before is kept', () => {
    const w = leaf(2, 3);
    const h = tensor([4, 5]).mul(1);
    h.mul_(w);
    h.sum().backward();
    expect(numbers(w.grad!)).toEqual([4, 5]);
  });

  test('go through a computation once, unless it is retained', () => {
    const x = leaf(1, 2);
    const y = x.mul(x).sum();
    y.backward(undefined, { retainGraph: true });
    y.backward();
    expect(numbers(x.grad!)).toEqual([4, 8]);
    expect(codeOf(() => y.backward())).toBe('KN3009');
    const linear = x.mul(2).sum();
    linear.backward();
    const kept = x.grad!;
    linear.backward();
    expect(numbers(kept)).toEqual([8, 12]);
  });
});

describe('layouts', () => {
  test('view refuses what reshape copies', () => {
    const x = counted(2, 3, 4);
    expect(codeOf(() => x.transpose(0, 1).view(-1))).toBe('KN3001');
    expect(x.transpose(0, 1).reshape(-1).shape).toEqual([24]);
    expect(x.transpose(1, 2).view(2, 2, 2, 3).stride()).toEqual([12, 2, 1, 4]);
    expect(x.select(2, 0).view(6).stride()).toEqual([4]);
    expect([x.stride(0), x.stride(-1), x.narrow(1, 1, 2).isContiguous(), x.select(0, 1).isContiguous()]).toEqual([12, 1, false, true]);
  });
});
