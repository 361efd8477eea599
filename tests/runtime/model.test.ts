import { describe, expect, test } from 'vitest';
import { type AnyTensor, type StateDict, tensor } from '../../runtime/index.js';
import { HandMlp } from './hand-mlp.js';

const x = [
  [0.5, -1, 2],
  [1, 0.25, -0.75],
  [-2, 1, 0.5],
  [0.1, 0.2, 0.3],
  [1.5, -0.5, 0.25],
];
const y = [0, 1, 1, 0, 1];
const names = ['hidden.weight', 'hidden.bias', 'output.weight', 'output.bias'] as const;

/** The loss in plain double arithmetic on nested arrays. */
function plainLoss(weights: Record<string, number[][] | number[]>, rows: number[][], labels: number[]): number {
  const layer = (row: number[], name: string): number[] =>
    (weights[`${name}.bias`] as number[]).map((bias, o) =>
      row.reduce((sum, value, k) => sum + value * (weights[`${name}.weight`] as number[][])[o]![k]!, bias),
    );
  const losses = rows.map((row, i) => {
    const logits = layer(
      layer(row, 'hidden').map((value) => Math.max(value, 0)),
      'output',
    );
    return Math.log(logits.reduce((sum, value) => sum + Math.exp(value), 0)) - logits[labels[i]!]!;
  });
  return losses.reduce((a, b) => a + b, 0) / losses.length;
}

async function nested(dict: object): Promise<Record<string, number[][] | number[]>> {
  const entries = Object.entries(dict as StateDict).map(async ([name, value]) => [name, await value.toArray()] as const);
  return Object.fromEntries(await Promise.all(entries)) as Record<string, number[][] | number[]>;
}

async function bytes(dict: object): Promise<Record<string, number[]>> {
  const entries = Object.entries(dict as StateDict).map(async ([name, value]) => [name, [...(await value.data())]] as const);
  return Object.fromEntries(await Promise.all(entries)) as Record<string, number[]>;
}

describe('calls', () => {
  test('the loss is that of plain arithmetic, in every way to give arguments', async () => {
    const mlp = await HandMlp.create({ seed: 3 });
    const expected = plainLoss(await nested(await mlp.stateDict()), x, y);
    const flat = Float32Array.from(x.flat());
    for (const loss of [
      await mlp.objective(x, y),
      await mlp.objective(flat, Int32Array.from(y)),
      await mlp.objective(tensor(flat, { shape: [5, 3] }), tensor(y, { dtype: 'i32' })),
    ]) {
      expect(loss.shape).toEqual([]);
      expect(await loss.item()).toBeCloseTo(expected, 5);
    }
    const logits = await mlp.forward(x);
    expect([logits.shape, logits.dtype, logits.device]).toEqual([[5, 2], 'f32', 'js']);
  });

  test('gradients are those of central differences, and leave state as it is', async () => {
    const mlp = await HandMlp.create({ seed: 3 });
    const before = await bytes(await mlp.stateDict());
    const { loss, gradients } = await mlp.gradients.objective(x, y);
    expect(Object.keys(gradients)).toEqual(names);
    const weights = await nested(await mlp.stateDict());
    expect(await loss.item()).toBeCloseTo(plainLoss(weights, x, y), 5);
    for (const name of names) {
      const found = [...(await gradients[name].data())];
      const rows = weights[name]!.map((row) => (Array.isArray(row) ? row : [row]));
      const expected = rows.flatMap((row, i) =>
        row.map((_, k) => {
          const at = (delta: number) => {
            const moved = rows.map((r, j) => r.map((v, l) => (i === j && k === l ? v + delta : v)));
            return plainLoss({ ...weights, [name]: name.endsWith('bias') ? moved.map((r) => r[0]!) : moved }, x, y);
          };
          return (at(1e-4) - at(-1e-4)) / 2e-4;
        }),
      );
      expected.forEach((value, i) => {
        expect(found[i]).toBeCloseTo(value, 5);
      });
    }
    expect(await bytes(await mlp.stateDict())).toEqual(before);
  });

  test('training steps are SGD with momentum by hand, with the learning rate of the moment', async () => {
    const mlp = await HandMlp.create({ seed: 1 });
    const weights = await nested(await mlp.stateDict());
    const flat = new Map(names.map((name) => [name, (weights[name] as number[]).flat(1) as number[]]));
    const momentum = new Map(names.map((name) => [name, flat.get(name)!.map(() => 0)]));
    for (const lr of [0.1, 0.1, 0.02]) {
      mlp.optimizer.lr = lr;
      const { gradients } = await mlp.gradients.objective(x, y);
      const { loss } = await mlp.train.objective(x, y);
      expect(Number.isFinite(await loss.item())).toBe(true);
      for (const name of names) {
        const g = await gradients[name].data();
        momentum.set(
          name,
          momentum.get(name)!.map((m, i) => 0.9 * m + g[i]!),
        );
        flat.set(
          name,
          flat.get(name)!.map((p, i) => p - lr * momentum.get(name)![i]!),
        );
        const data = await mlp.parameter(name).data();
        flat.get(name)!.forEach((value, i) => {
          expect(data[i]).toBeCloseTo(value, 5);
        });
      }
    }
  });

  test('training lowers the loss, whatever the batch sizes on the way', async () => {
    const mlp = await HandMlp.create({ seed: 2 });
    const first = await (await mlp.objective(x, y)).item();
    mlp.optimizer.lr = 0.02;
    for (let step = 0; step < 300; step++) await mlp.train.objective(x.slice(0, (step % 5) + 1), y.slice(0, (step % 5) + 1));
    expect(await (await mlp.objective(x, y)).item()).toBeLessThan(first * 0.75);
  });

  test('calls that are not awaited do not disturb each other', async () => {
    const together = await HandMlp.create({ seed: 5 });
    const apart = await HandMlp.create({ seed: 5 });
    const calls = [2, 5, 1, 3].map(
      (n) => [together.forward(x.slice(0, n)), together.train.objective(x.slice(0, n), y.slice(0, n))] as const,
    );
    const results = await Promise.all(calls.flat());
    const logits = [];
    for (const n of [2, 5, 1, 3]) {
      logits.push(await (await apart.forward(x.slice(0, n))).toArray());
      await apart.train.objective(x.slice(0, n), y.slice(0, n));
    }
    expect(await Promise.all([0, 2, 4, 6].map((i) => (results[i] as AnyTensor).toArray()))).toEqual(logits);
    expect(await bytes(await together.stateDict())).toEqual(await bytes(await apart.stateDict()));
  });

  test('results belong to the caller: later calls leave them alone', async () => {
    const mlp = await HandMlp.create();
    const first = await mlp.forward(x);
    const copy = [...(await first.data())];
    await mlp.forward(x.map((row) => row.map((value) => value * 2)));
    expect([...(await first.data())]).toEqual(copy);
  });

  test('an empty batch gives an empty result', async () => {
    const mlp = await HandMlp.create();
    const logits = await mlp.forward(new Float32Array(0));
    expect(logits.shape).toEqual([0, 2]);
    expect(await logits.toArray()).toEqual([]);
  });

  test('a result of one model is an argument of another', async () => {
    const a = await HandMlp.create({ seed: 1 });
    const b = await HandMlp.create({ seed: 2 });
    const logits = await a.forward(x);
    await expect(b.forward(logits as never)).rejects.toThrow(
      'forward: x should be f32[batch, 3], got the shape [5, 2]: axis 1 is 2, expected 3',
    );
  });
});

describe('wrong arguments', () => {
  const wrong = (name: string, call: (mlp: HandMlp) => Promise<unknown>, message: string) =>
    test(name, async () => {
      const mlp = await HandMlp.create();
      const before = await bytes(await mlp.stateDict());
      await expect(call(mlp)).rejects.toThrow(message);
      expect(await bytes(await mlp.stateDict())).toEqual(before);
    });

  wrong('dims that disagree', (mlp) => mlp.train.objective(x, [0, 1, 1]), 'train.objective: x has batch = 5 but y has batch = 3');
  wrong('the rank', (mlp) => mlp.forward([1, 2, 3]), 'forward: x should be f32[batch, 3], got the shape [3]');
  wrong('a static size', (mlp) => mlp.forward([[1, 2]]), 'axis 1 is 2, expected 3');
  wrong('a flat array that does not divide', (mlp) => mlp.forward(new Float32Array(7)), '7 elements are no multiple of 3');
  wrong(
    'labels as floats',
    (mlp) => mlp.objective(x, Float32Array.from(y) as never),
    'objective: y should be i32[batch], got a Float32Array; give a Int32Array, a tensor of dtype i32 or nested arrays',
  );
  wrong('a tensor of another dtype', (mlp) => mlp.objective(x, tensor(y) as never), 'y should be i32[batch], got a tensor of dtype f32');
  wrong('labels that are no integers', (mlp) => mlp.objective(x, [0, 1.5, 0, 0, 0]), 'y[1] is 1.5, which is no 32-bit integer');
  wrong('a double array', (mlp) => mlp.forward(new Float64Array(6) as never), 'got a Float64Array');
  wrong('too few', (mlp) => (mlp.objective as (x: unknown) => Promise<unknown>)(x), 'takes 2 arguments, got 1');
  wrong('ragged rows', (mlp) => mlp.forward([[1, 2, 3], [1]]), 'x[1] has 1 elements where its neighbours have 3');
  wrong('something else', (mlp) => mlp.forward({ a: 1 } as never), 'a tensor, a typed array or nested arrays of numbers; got a Object');
  wrong('nothing', (mlp) => mlp.forward(undefined as never), 'got undefined');
});

describe('state', () => {
  test('the seed decides the initial values', async () => {
    const [a, b, c] = await Promise.all([1, 1, 2].map((seed) => HandMlp.create({ seed })));
    expect(await bytes(await a!.stateDict())).toEqual(await bytes(await b!.stateDict()));
    expect(await bytes(await a!.stateDict())).not.toEqual(await bytes(await c!.stateDict()));
  });

  test('a dictionary is a copy, a parameter is the memory itself', async () => {
    const mlp = await HandMlp.create();
    const dict = await mlp.stateDict();
    expect(Object.keys(dict)).toEqual(names);
    const saved = [...(await dict['hidden.bias'].data())];
    const live = mlp.parameter('hidden.bias');
    await mlp.train.objective(x, y);
    expect([...(await dict['hidden.bias'].data())]).toEqual(saved);
    expect([...(await live.data())]).not.toEqual(saved);
    expect(mlp.namedParameters().map(([name, value]) => [name, value.shape])).toEqual([
      ['hidden.weight', [4, 3]],
      ['hidden.bias', [4]],
      ['output.weight', [2, 4]],
      ['output.bias', [2]],
    ]);
  });

  test('a resumed run goes on as if it had not stopped', async () => {
    const straight = await HandMlp.create({ seed: 4 });
    for (let i = 0; i < 3; i++) await straight.train.objective(x, y);
    straight.optimizer.lr = 0.05;
    const resumed = await HandMlp.create({ seed: 9 });
    await resumed.loadStateDict({ ...(await straight.stateDict()) });
    await resumed.optimizer.loadStateDict(await straight.optimizer.stateDict());
    expect(resumed.optimizer.lr).toBeCloseTo(0.05, 7);
    for (let i = 0; i < 3; i++) {
      await straight.train.objective(x, y);
      await resumed.train.objective(x, y);
    }
    expect(await bytes(await resumed.stateDict())).toEqual(await bytes(await straight.stateDict()));
    expect(await bytes(await resumed.optimizer.stateDict())).toEqual(await bytes(await straight.optimizer.stateDict()));
  });

  test('one error lists all that does not fit, and nothing is loaded', async () => {
    const mlp = await HandMlp.create();
    const before = await bytes(await mlp.stateDict());
    const { 'hidden.weight': _, ...rest } = await (await HandMlp.create({ seed: 8 })).stateDict();
    const dict = { ...rest, 'hidden.bias': tensor([1, 2]), 'output.bias': tensor([1, 2], { dtype: 'i32' }), extra: tensor([1]) };
    const error = await mlp.loadStateDict(dict).then(
      () => undefined,
      (reason: Error & { code: string }) => reason,
    );
    expect(error?.code).toBe('KN5004');
    expect(error?.message).toBe(
      [
        'the dictionary does not fit HandMlp; nothing was loaded',
        'missing: hidden.weight (f32[4, 3])',
        'unexpected: extra',
        'wrong shape: hidden.bias is f32[2], expected f32[4]',
        'wrong dtype: output.bias is i32[2], expected f32[2]',
      ].join('\n  '),
    );
    expect(await bytes(await mlp.stateDict())).toEqual(before);
    await expect(mlp.loadStateDict(dict, { strict: false })).rejects.toThrow('wrong shape: hidden.bias');
    expect(await bytes(await mlp.stateDict())).toEqual(before);
  });

  test('without strict, what fits is loaded and the rest is told', async () => {
    const mlp = await HandMlp.create();
    const bias = tensor([1, 2, 3, 4]);
    const result = await mlp.loadStateDict({ 'hidden.bias': bias, extra: tensor([1]) }, { strict: false });
    expect(result).toEqual({ missingKeys: ['hidden.weight', 'output.weight', 'output.bias'], unexpectedKeys: ['extra'] });
    expect(await mlp.parameter('hidden.bias').toArray()).toEqual([1, 2, 3, 4]);
  });

  test('one parameter by name', async () => {
    const mlp = await HandMlp.create();
    await mlp.setParameter('output.bias', tensor([5, 6]));
    expect(await mlp.parameter('output.bias').toArray()).toEqual([5, 6]);
    await expect(mlp.setParameter('output.bias', tensor([5]))).rejects.toThrow('output.bias is f32[1], expected f32[2]');
    expect(() => mlp.parameter('nope' as 'output.bias')).toThrow("HandMlp has no parameter or buffer 'nope'; it has hidden.weight");
  });

  test('a move to another executor keeps state and the optimizer', async () => {
    const stay = await HandMlp.create({ seed: 6 });
    const move = await HandMlp.create({ seed: 6 });
    for (const mlp of [stay, move]) await mlp.train.objective(x, y);
    expect(await move.to('js')).toBe(move);
    for (const mlp of [stay, move]) await mlp.train.objective(x, y);
    expect(await bytes(await move.stateDict())).toEqual(await bytes(await stay.stateDict()));
  });
});

describe('options', () => {
  test('a device that was not built', async () => {
    await expect(HandMlp.create({ device: 'webgpu' })).rejects.toThrow('HandMlp was built for js, not for webgpu');
  });
  test('unusable seeds and learning rates', async () => {
    await expect(HandMlp.create({ seed: -1 })).rejects.toThrow('seed is -1, expected an integer');
    const mlp = await HandMlp.create();
    expect(() => {
      mlp.optimizer.lr = Number.NaN;
    }).toThrow('optimizer.lr must be a finite number, got NaN');
    expect(mlp.optimizer.lr).toBe(0.1);
    expect(Object.keys(mlp.optimizer)).toContain('momentum');
  });
  test('a model that was disposed of refuses calls', async () => {
    const mlp = await HandMlp.create();
    mlp.dispose();
    await expect(mlp.forward(x)).rejects.toThrow('this HandMlp was disposed of');
  });
});
