import 'kilnn/eager';
import { nn, ones, optim, type Tensor } from 'kilnn';
import { tensor } from 'kilnn/eager';
import { describe, expect, test } from 'vitest';

const parameter = (...values: number[]) => new nn.Parameter(tensor(values));

describe('parameter groups', () => {
  test('have the defaults of the optimizer for what they leave open', () => {
    const [a, b, c] = [parameter(1), parameter(2), parameter(3)];
    const adam = new optim.Adam([{ params: [a!, b!], lr: 0.1, betas: [0.5, 0.6] }, { params: c! }], { lr: 0.2, weightDecay: 0.3 });
    const common = { eps: 1e-8, weightDecay: 0.3, amsgrad: false, maximize: false };
    expect(adam.paramGroups).toEqual([
      { lr: 0.1, betas: [0.5, 0.6], ...common, params: [a, b] },
      { lr: 0.2, betas: [0.9, 0.999], ...common, params: [c] },
    ]);
  });

  test('a group is added later', () => {
    const [a, b] = [parameter(1), parameter(2)];
    const sgd = new optim.SGD([a], { lr: 0.5 });
    sgd.addParamGroup({ params: [b], lr: 0.25 });
    for (const each of [a, b]) each.grad = ones([1]);
    sgd.step();
    expect([a.item(), b.item()]).toEqual([0.5, 1.75]);
    expect(() => sgd.addParamGroup({ params: [a] })).toThrow('SGD: a parameter appears in more than one parameter group');
    expect(sgd.paramGroups.length).toBe(2);
  });

  test('lr reads the first group and sets all; weight decay spares a group', () => {
    const net = new nn.Linear(2, 2);
    const isBias = ([name]: readonly [string, nn.Parameter]) => name.endsWith('bias');
    const named = net.namedParameters();
    const sgd = new optim.SGD(
      [{ params: named.filter(isBias), weightDecay: 0, lr: 1 }, { params: named.filter((pair) => !isBias(pair)) }],
      {
        lr: 0.5,
        weightDecay: 0.1,
      },
    );
    expect(sgd.lr).toBe(1);
    sgd.lr = 0.25;
    expect(sgd.paramGroups.map(({ lr }) => lr)).toEqual([0.25, 0.25]);
    const before = { weight: net.weight.clone(), bias: net.bias!.clone() };
    for (const each of net.parameters()) each.grad = each.detach().mul(0);
    sgd.step();
    expect(net.bias!.tolist()).toEqual(before.bias.tolist());
    expect(
      net.weight
        .sub(before.weight.mul(1 - 0.25 * 0.1))
        .abs()
        .max()
        .item(),
    ).toBeLessThan(1e-6);
  });

  const w = parameter(1);
  const wrong: readonly (readonly [string, () => unknown, string])[] = [
    ['no parameters', () => new optim.SGD([], { lr: 1 }), 'the optimizer was given no parameters'],
    ['an empty group', () => new optim.SGD([{ params: [] }], { lr: 1 }), 'a parameter group has no parameters'],
    ['a group without params', () => new optim.SGD([{ params: [w] }, { lr: 1 } as never], { lr: 1 }), "a parameter group has no 'params'"],
    ['one parameter twice', () => new optim.SGD([w, w], { lr: 1 }), 'given a parameter twice'],
    ['one in two groups', () => new optim.SGD([{ params: [w] }, { params: [w] }], { lr: 1 }), 'in more than one parameter group'],
    ['no lr', () => new optim.SGD([w]), "SGD must be given the option 'lr'"],
    ['no lr in one group', () => new optim.SGD([{ params: [w], lr: 1 }, { params: [parameter(1)] }]), "must be given the option 'lr'"],
    ['an unknown option', () => new optim.Adam([w], { momentum: 0.9 } as never), "Adam has no option 'momentum'"],
    ['an unknown option of a group', () => new optim.Adam([{ params: [w], decay: 1 } as never]), "Adam has no option 'decay'"],
    ['a tensor that is no parameter', () => new optim.SGD([w.mul(2) as never], { lr: 1 }), 'takes parameters, not results of operations'],
    [
      'a wrong option of a group',
      () => new optim.SGD([{ params: [w], momentum: -1 }], { lr: 1 }),
      'momentum must be at least 0, but it is -1',
    ],
    ['wrong betas', () => new optim.Adam([w], { betas: [0.9, 1] }), 'betas[1] must be at least 0 and below 1, but it is 1'],
    ['NaN', () => new optim.Adagrad([w], { lr: Number.NaN }), 'lr must be at least 0, but it is NaN'],
    ['not a list', () => new optim.SGD(7 as never, { lr: 1 }), 'the parameters must be an array'],
    ['a step without parameters', () => new optim.SGD({ lr: 1 }).step(), 'the optimizer has no parameters'],
  ];
  test.each(wrong)('%s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});

describe('state dictionaries that do not fit are refused whole', () => {
  const stepped = () => {
    const [w, b] = [parameter(1, 2), parameter(3)];
    const adam = new optim.Adam([{ params: [w] }, { params: [b], lr: 0.5 }]);
    for (const each of [w, b]) each.grad = each.detach();
    adam.step();
    return adam;
  };
  const good = stepped().stateDict();
  const [first, second] = good.paramGroups as [Record<string, unknown>, Record<string, unknown>];
  const wrong: readonly (readonly [string, unknown, string])[] = [
    ['nothing', undefined, 'it must have the members state and paramGroups'],
    ['fewer groups', { ...good, paramGroups: [first] }, 'it has 1 parameter groups, but the optimizer has 2'],
    ['fewer parameters', { ...good, paramGroups: [{ ...first, params: [] }, second] }, 'group 0 has 0 parameters'],
    ['an option of another type', { ...good, paramGroups: [{ ...first, lr: '1' }, second] }, 'lr of group 0 is a string, not a number'],
    ['an unknown option', { ...good, paramGroups: [{ ...first, mode: 1 }, second] }, 'group 0 has the unknown option mode'],
    [
      'a shape',
      { ...good, state: { ...good.state, 0: { ...good.state[0], exp_avg: ones([3]) } } },
      'exp_avg of state 0 has shape [3], not [2]',
    ],
    ['an entry too few', { ...good, state: { ...good.state, 1: { step: ones([]) } } }, 'state 1 has no exp_avg; state 1 has no exp_avg_sq'],
    [
      'an entry too many',
      { ...good, state: { ...good.state, 1: { ...good.state[1], sum: ones([]) } } },
      'state 1 has the unknown entry sum',
    ],
    ['state of nobody', { ...good, state: { ...good.state, 7: {} } }, 'state 7 belongs to no group'],
  ];
  test.each(wrong)('%s', (_, dict, message) => {
    const adam = stepped();
    const before = adam.stateDict();
    expect(() => adam.loadStateDict(dict as optim.OptimizerStateDict)).toThrow(message);
    expect(adam.stateDict()).toEqual(before);
  });

  test('options come back with the state', () => {
    const adam = stepped();
    const dict = adam.stateDict();
    const other = new optim.Adam([{ params: [parameter(0, 0)] }, { params: [parameter(0)] }], { lr: 9 });
    other.loadStateDict(dict);
    expect(other.paramGroups.map(({ lr }) => lr)).toEqual([0.001, 0.5]);
    expect(other.stateDict().state[0]!.step!.item()).toBe(1);
  });
});

/** Values of one parameter under an optimizer, for gradients that depend on it. */
function run(
  make: (parameters: nn.Parameter[]) => optim.Optimizer,
  steps: number,
  gradient: (x: number, step: number) => number,
): number[] {
  const x = new nn.Parameter(tensor(Float64Array.of(1.5)));
  const optimizer = make([x]);
  return Array.from({ length: steps }, (_, step) => {
    x.grad = tensor(Float64Array.of(gradient(x.item(), step))) as Tensor;
    optimizer.step();
    return x.item();
  });
}

/** The same by a formula in plain numbers. */
function reference(
  steps: number,
  gradient: (x: number, step: number) => number,
  change: (x: number, g: number, t: number) => number,
): number[] {
  let x = 1.5;
  return Array.from({ length: steps }, (_, step) => {
    x = change(x, gradient(x, step), step + 1);
    return x;
  });
}

describe('against their formulas', () => {
  const gradient = (x: number, step: number) => 2 * x + Math.sin(3 * step);
  const close = (actual: readonly number[], expected: readonly number[]) => {
    actual.forEach((value, i) => {
      expect(value, `step ${i}`).toBeCloseTo(expected[i]!, 5);
    });
  };

  test('NAdam', () => {
    const [lr, b1, b2, psi] = [0.05, 0.9, 0.999, 4e-3];
    let [m, v, product] = [0, 0, 1];
    const mu = (t: number) => b1 * (1 - 0.5 * 0.96 ** (t * psi));
    const expected = reference(12, gradient, (x, g, t) => {
      product *= mu(t);
      m = b1 * m + (1 - b1) * g;
      v = b2 * v + (1 - b2) * g * g;
      const average = (mu(t + 1) * m) / (1 - product * mu(t + 1)) + ((1 - mu(t)) * g) / (1 - product);
      return x - (lr * average) / (Math.sqrt(v / (1 - b2 ** t)) + 1e-8);
    });
    close(
      run((list) => new optim.NAdam(list, { lr }), 12, gradient),
      expected,
    );
  });

  test.each([0.999, 0.9])('RAdam, beta2 %s', (b2) => {
    const [lr, b1] = [0.05, 0.9];
    let [m, v] = [0, 0];
    const most = 2 / (1 - b2) - 1;
    let rectifiedSteps = 0;
    const expected = reference(12, gradient, (x, g, t) => {
      m = b1 * m + (1 - b1) * g;
      v = b2 * v + (1 - b2) * g * g;
      const rho = most - (2 * t * b2 ** t) / (1 - b2 ** t);
      if (rho <= 5) return x - (lr * m) / (1 - b1 ** t);
      rectifiedSteps++;
      const r = Math.sqrt(((rho - 4) * (rho - 2) * most) / ((most - 4) * (most - 2) * rho));
      return x - (lr * (m / (1 - b1 ** t)) * r * Math.sqrt(1 - b2 ** t)) / (Math.sqrt(v) + 1e-8);
    });
    expect(rectifiedSteps).toBeGreaterThan(0);
    close(
      run((list) => new optim.RAdam(list, { lr, betas: [b1, b2] }), 12, gradient),
      expected,
    );
  });

  test('ASGD', () => {
    const [lr, lambd, alpha, t0] = [0.05, 0.01, 0.75, 4];
    let [eta, mu, average] = [lr, 1, 0];
    const averages: number[] = [];
    const expected = reference(10, gradient, (x, g, t) => {
      const moved = x * (1 - lambd * eta) - eta * g;
      average = mu === 1 ? moved : average + (moved - average) * mu;
      averages.push(average);
      eta = lr / (1 + lambd * lr * t) ** alpha;
      mu = 1 / Math.max(1, t - t0);
      return moved;
    });
    let asgd: optim.ASGD | undefined;
    close(
      run((list) => (asgd = new optim.ASGD(list, { lr, lambd, alpha, t0 })), 10, gradient),
      expected,
    );
    expect(asgd!.stateDict().state[0]!.ax!.item()).toBeCloseTo(averages.at(-1)!, 5);
  });

  test('Rprop', () => {
    let [size, before] = [0.05, 0];
    const turning = (x: number, step: number) => (step % 4 === 3 ? -1 : 1) * (x + 3);
    const expected = reference(10, turning, (x, g) => {
      const agreement = Math.sign(g * before);
      if (agreement > 0) size = Math.min(size * 1.2, 50);
      if (agreement < 0) size = Math.max(size * 0.5, 1e-6);
      before = agreement < 0 ? 0 : g;
      return x - Math.sign(before) * size;
    });
    close(
      run((list) => new optim.Rprop(list, { lr: 0.05 }), 10, turning),
      expected,
    );
  });

  test('all of them maximize what they would minimise of the opposite', () => {
    const opposite = (x: number, step: number) => -gradient(x, step);
    const kinds: readonly ((list: nn.Parameter[], options: { maximize?: boolean }) => optim.Optimizer)[] = [
      (list, options) => new optim.SGD(list, { lr: 0.1, ...options }),
      (list, options) => new optim.Adam(list, options),
      (list, options) => new optim.AdamW(list, options),
      (list, options) => new optim.RMSprop(list, options),
      (list, options) => new optim.Adagrad(list, options),
      (list, options) => new optim.Adadelta(list, options),
      (list, options) => new optim.Adamax(list, options),
      (list, options) => new optim.NAdam(list, options),
      (list, options) => new optim.RAdam(list, options),
      (list, options) => new optim.ASGD(list, options),
      (list, options) => new optim.Rprop(list, options),
    ];
    for (const make of kinds) {
      close(
        run((list) => make(list, { maximize: true }), 5, opposite),
        run((list) => make(list, {}), 5, gradient),
      );
    }
  });
});

test("a user's own optimizer has groups, defaults and checks too", () => {
  class SignDescent extends optim.Optimizer<{ lr?: number; scale?: number }> {
    constructor(
      first?: optim.ParameterSource<{ lr?: number; scale?: number }> | { lr?: number; scale?: number },
      second?: { lr?: number; scale?: number },
    ) {
      super(first, second, { lr: 0.5, scale: 1 });
    }
    override update(x: Tensor, gradient: Tensor, _: optim.TensorRecord, hyper: optim.TensorRecord, options: { scale: number }) {
      return { parameter: x.sub(gradient.sign().mul(hyper.lr!).mul(options.scale)), state: {} };
    }
  }
  const [a, b] = [parameter(1), parameter(1)];
  const signs = new SignDescent([{ params: [a] }, { params: [b], scale: 0.5 }]);
  for (const each of [a, b]) each.grad = tensor([7]);
  signs.step();
  expect([a.item(), b.item()]).toEqual([0.5, 0.75]);
  expect(() => new SignDescent({ speed: 1 } as never)).toThrow("SignDescent has no option 'speed'");
});
