import 'kilnn/eager';
import { optim } from 'kilnn';
import { tensor } from 'kilnn/eager';
import { describe, expect, test } from 'vitest';

const { lrScheduler } = optim;
type Make = (optimizer: optim.lrScheduler.HasLearningRate) => optim.lrScheduler.LRScheduler;

const warmup: Make = (optimizer) =>
  new lrScheduler.SequentialLR(
    optimizer,
    [
      new lrScheduler.LinearLR(optimizer, { startFactor: 0.1, totalIters: 4 }),
      new lrScheduler.CosineAnnealingLR(optimizer, 6),
      new lrScheduler.ExponentialLR(optimizer, 0.5),
    ],
    { milestones: [4, 9] },
  );

/** Every schedule that can be compiled, in several shapes. */
const schedules: Readonly<Record<string, Make>> = {
  StepLR: (optimizer) => new lrScheduler.StepLR(optimizer, 3),
  'StepLR, gamma': (optimizer) => new lrScheduler.StepLR(optimizer, 1, { gamma: 0.7 }),
  MultiStepLR: (optimizer) => new lrScheduler.MultiStepLR(optimizer, [7, 2, 2]),
  'MultiStepLR without milestones': (optimizer) => new lrScheduler.MultiStepLR(optimizer, []),
  ConstantLR: (optimizer) => new lrScheduler.ConstantLR(optimizer),
  LinearLR: (optimizer) => new lrScheduler.LinearLR(optimizer),
  ExponentialLR: (optimizer) => new lrScheduler.ExponentialLR(optimizer, 0.8),
  PolynomialLR: (optimizer) => new lrScheduler.PolynomialLR(optimizer, { power: 2, totalIters: 7 }),
  CosineAnnealingLR: (optimizer) => new lrScheduler.CosineAnnealingLR(optimizer, 5, { etaMin: 0.01 }),
  CosineAnnealingWarmRestarts: (optimizer) => new lrScheduler.CosineAnnealingWarmRestarts(optimizer, 4),
  'CosineAnnealingWarmRestarts, longer each time': (optimizer) =>
    new lrScheduler.CosineAnnealingWarmRestarts(optimizer, 2, { tMult: 2, etaMin: 0.1 }),
  OneCycleLR: (optimizer) => new lrScheduler.OneCycleLR(optimizer, 0.5, { totalSteps: 20 }),
  'OneCycleLR in three lines': (optimizer) =>
    new lrScheduler.OneCycleLR(optimizer, 0.5, { epochs: 4, stepsPerEpoch: 5, threePhase: true, annealStrategy: 'linear' }),
  CyclicLR: (optimizer) => new lrScheduler.CyclicLR(optimizer, 0.1, { maxLr: 0.5, stepSizeUp: 3, stepSizeDown: 2 }),
  'CyclicLR, triangular2': (optimizer) => new lrScheduler.CyclicLR(optimizer, 0.1, { maxLr: 0.5, stepSizeUp: 3, mode: 'triangular2' }),
  'CyclicLR, exp_range': (optimizer) =>
    new lrScheduler.CyclicLR(optimizer, 0.1, { maxLr: 0.5, stepSizeUp: 3, mode: 'exp_range', gamma: 0.9 }),
  SequentialLR: warmup,
  ChainedScheduler: (optimizer) =>
    new lrScheduler.ChainedScheduler(optimizer, [new lrScheduler.ConstantLR(optimizer), new lrScheduler.ExponentialLR(optimizer, 0.9)]),
};

function rates(make: Make, epochs: number, lr = 0.5): number[] {
  const optimizer = { lr };
  const schedule = make(optimizer);
  const found = [optimizer.lr];
  for (let epoch = 1; epoch < epochs; epoch++) {
    schedule.step();
    found.push(optimizer.lr);
  }
  return found;
}

describe('one formula', () => {
  test.each(Object.keys(schedules))('%s of tensors as of numbers', (name) => {
    const schedule = schedules[name]!({ lr: 0.5 });
    rates(schedules[name]!, 20).forEach((rate, epoch) => {
      const given = schedule.at(tensor(Int32Array.of(epoch), { shape: [] }), tensor(0.5), 0);
      expect(typeof given === 'number' ? given : given.item(), `epoch ${epoch}`).toBeCloseTo(rate, 6);
    });
  });

  test('every schedule is among them', () => {
    const classes = Object.entries(lrScheduler).filter(([, value]) => value.prototype instanceof lrScheduler.LRScheduler);
    const used = Object.values(schedules).map(String).join();
    const missing = classes.map(([name]) => name).filter((name) => !used.includes(`${name}(`) && !String(warmup).includes(`${name}(`));
    // What depends on a function of the user's or on all epochs before.
    expect(missing).toEqual(['LambdaLR', 'MultiplicativeLR']);
  });
});

const close = (actual: readonly number[], expected: readonly number[]) => {
  expect(actual.map((rate) => Number(rate.toFixed(6)))).toEqual(expected);
};

describe('rates by hand', () => {
  test('CyclicLR goes up and down in lines', () => {
    close(rates(schedules.CyclicLR!, 8), [0.1, 0.233333, 0.366667, 0.5, 0.3, 0.1, 0.233333, 0.366667]);
    close(rates(schedules['CyclicLR, triangular2']!, 10), [0.1, 0.233333, 0.366667, 0.5, 0.366667, 0.233333, 0.1, 0.166667, 0.233333, 0.3]);
  });

  test('OneCycleLR in three phases: the same time up and down, and to the end', () => {
    const found = rates(schedules['OneCycleLR in three lines']!, 20);
    close([found[0]!, found[5]!, found[10]!, found[19]!], [0.02, 0.5, 0.02, 0.000002]);
  });

  test('SequentialLR starts each schedule at its milestone', () => {
    const found = rates(warmup, 12);
    close(found.slice(0, 5), [0.05, 0.1625, 0.275, 0.3875, 0.5]);
    expect(found[7]).toBeCloseTo(0.25, 6);
    close(found.slice(9), [0.5, 0.25, 0.125]);
  });

  test('LambdaLR and MultiplicativeLR take functions', () => {
    close(
      rates((optimizer) => new lrScheduler.LambdaLR(optimizer, (epoch) => 1 / (1 + epoch)), 4, 1),
      [1, 0.5, 0.333333, 0.25],
    );
    close(
      rates((optimizer) => new lrScheduler.MultiplicativeLR(optimizer, (epoch) => 1 - epoch / 10), 4, 1),
      [1, 0.9, 0.72, 0.504],
    );
  });

  test('ReduceLROnPlateau waits, reduces, cools down and stops at the least rate', () => {
    const optimizer = { lr: 1 };
    const schedule = new lrScheduler.ReduceLROnPlateau(optimizer, { patience: 1, cooldown: 2, minLr: 0.02 });
    const seen = [5, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 3, 3, 3, 3].map((measure) => {
      schedule.step(measure);
      return optimizer.lr;
    });
    close(seen, [1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02]);
    const upward = { lr: 1 };
    const best = new lrScheduler.ReduceLROnPlateau(upward, { mode: 'max', thresholdMode: 'abs', threshold: 0.5, patience: 0 });
    for (const measure of [1, 2, 2.4]) best.step(measure);
    expect(upward.lr).toBeCloseTo(0.1, 9);
    const again = new lrScheduler.ReduceLROnPlateau({ lr: 1 }, { mode: 'max' });
    again.loadStateDict(best.stateDict());
    expect(again.stateDict()).toEqual({ lastEpoch: 3, best: 2, numBadEpochs: 0, cooldownCounter: 0 });
  });
});

describe('groups', () => {
  const groups = () => ({ lr: 0, paramGroups: [{ lr: 1 }, { lr: 0.1 }] });

  test('each starts from its own rate', () => {
    const optimizer = groups();
    const schedule = new lrScheduler.StepLR(optimizer, 1);
    schedule.step();
    close(schedule.getLastLr(), [0.1, 0.01]);
    expect(schedule.baseLrs).toEqual([1, 0.1]);
  });

  test('LambdaLR and OneCycleLR take a function and a peak for each', () => {
    const optimizer = groups();
    const schedule = new lrScheduler.LambdaLR(optimizer, [() => 2, (epoch) => epoch]);
    close(schedule.getLastLr(), [2, 0]);
    expect(() => new lrScheduler.LambdaLR(groups(), [() => 1])).toThrow('there are 1 functions for 2 parameter groups');
    close(new lrScheduler.OneCycleLR(groups(), [1, 2], { totalSteps: 10 }).getLastLr(), [0.04, 0.08]);
    expect(() => new lrScheduler.OneCycleLR(groups(), [1], { totalSteps: 10 })).toThrow('1 values of maxLr for 2 parameter groups');
  });

  test('a dictionary brings the first rates back', () => {
    const first = new lrScheduler.ExponentialLR(groups(), 0.5);
    first.step();
    const second = new lrScheduler.ExponentialLR({ lr: 0, paramGroups: [{ lr: 9 }, { lr: 9 }] }, 0.5);
    second.loadStateDict(first.stateDict());
    expect(second.getLastLr()).toEqual([0.5, 0.05]);
    expect(() => second.loadStateDict({ lastEpoch: 1, baseLrs: [1] })).toThrow('2 baseLrs; nothing was loaded');
    expect(() => second.loadStateDict({ lastEpoch: -1 })).toThrow('an integer of at least 0');
    expect(second.getLastLr()).toEqual([0.5, 0.05]);
  });
});

const wrong: readonly (readonly [string, Make, string])[] = [
  ['a step size of 0', (optimizer) => new lrScheduler.StepLR(optimizer, 0), 'stepSize must be an integer above 0, but it is 0'],
  ['no number of steps', (optimizer) => new lrScheduler.OneCycleLR(optimizer, 1, {}), 'totalSteps must be an integer above 0'],
  [
    'a part above 1',
    (optimizer) => new lrScheduler.OneCycleLR(optimizer, 1, { totalSteps: 2, pctStart: 2 }),
    'pctStart must be from 0 to 1',
  ],
  ['an unknown mode', (optimizer) => new lrScheduler.CyclicLR(optimizer, 1, { maxLr: 2, mode: 'round' as never }), "it is 'round'"],
  [
    'too few milestones',
    (optimizer) => new lrScheduler.SequentialLR(optimizer, [new lrScheduler.ConstantLR(optimizer)], { milestones: [1] }),
    '1 schedules need 0 milestones, but there are 1',
  ],
];
test.each(wrong)('%s', (_, make, message) => {
  expect(() => make({ lr: 1 })).toThrow(message);
});

test('a cycle ends', () => {
  expect(() => rates(schedules.OneCycleLR!, 21)).toThrow('the cycle has 20 steps, but this is step 21');
});
