/** The schedules of learning rates: one formula each, of numbers as of tensors. https://pytorch.org/docs/stable/optim.html */
import { valueError } from '../errors.js';
import { checkPeriod, type HasLearningRate, LRScheduler } from './lr-scheduler.js';
import { halfWave, ifLess, isTensor, least, minus, over, plus, power, type Scalar, times, wholeTimes } from './scalar.js';

export { CyclicLR, type CyclicOptions, OneCycleLR, type OneCycleOptions } from './cyclic-schedules.js';
export { type HasLearningRate, LRScheduler } from './lr-scheduler.js';
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from './reduce-on-plateau.js';

/** A function of the epoch for all groups, or one for each. */
type Factor = (epoch: number) => number;

/** The epoch as a function of the user's takes it: in a compiled step it is a number that is known at run time. */
function numberOf(epoch: Scalar): number {
  return isTensor(epoch) ? epoch.item() : epoch;
}

/** The first learning rate times `factor(epoch)`; `factor` may be a list with a function for each group. */
export class LambdaLR extends LRScheduler {
  constructor(
    optimizer: HasLearningRate,
    private readonly factor: Factor | readonly Factor[],
  ) {
    super(optimizer);
    if (typeof factor !== 'function' && factor.length !== this.baseLrs.length) {
      throw valueError(`there are ${factor.length} functions for ${this.baseLrs.length} parameter groups`);
    }
    this.begin();
  }

  override at(epoch: Scalar, baseLr: Scalar, group: number): Scalar {
    const factor = typeof this.factor === 'function' ? this.factor : this.factor[group]!;
    return times(baseLr, factor(numberOf(epoch)));
  }
}

/** Times `factor(epoch)` at each epoch from the second on. It runs beside the training only. */
export class MultiplicativeLR extends LRScheduler {
  constructor(
    optimizer: HasLearningRate,
    private readonly factor: Factor,
  ) {
    super(optimizer);
    this.begin();
  }

  override at(epoch: Scalar, baseLr: Scalar): Scalar {
    if (isTensor(epoch)) {
      throw valueError('MultiplicativeLR depends on all epochs before and cannot be compiled', 'use LambdaLR with a function of the epoch');
    }
    let rate = baseLr;
    for (let past = 1; past <= epoch; past++) rate = times(rate, this.factor(past));
    return rate;
  }
}

/** Times `gamma` (0.1) every `stepSize` epochs. */
export class StepLR extends LRScheduler {
  private readonly gamma: number;

  constructor(
    optimizer: HasLearningRate,
    private readonly stepSize: number,
    options: { gamma?: number } = {},
  ) {
    super(optimizer);
    checkPeriod('stepSize', stepSize);
    this.gamma = options.gamma ?? 0.1;
    this.begin();
  }

  override at(epoch: Scalar, baseLr: Scalar): Scalar {
    return times(baseLr, power(this.gamma, wholeTimes(epoch, this.stepSize)));
  }
}

/** Times `gamma` (0.1) at each of the milestones. */
export class MultiStepLR extends LRScheduler {
  private readonly milestones: readonly number[];
  private readonly gamma: number;

  constructor(optimizer: HasLearningRate, milestones: readonly number[], options: { gamma?: number } = {}) {
    super(optimizer);
    this.milestones = [...milestones].sort((a, b) => a - b);
    this.gamma = options.gamma ?? 0.1;
    this.begin();
  }

  override at(epoch: Scalar, baseLr: Scalar): Scalar {
    let factor: Scalar = 1;
    this.milestones.forEach((milestone, i) => {
      factor = ifLess(epoch, milestone, factor, this.gamma ** (i + 1));
    });
    return times(baseLr, factor);
  }
}

/** `factor` (1/3) of the learning rate for `totalIters` (5) epochs. */
export class ConstantLR extends LRScheduler {
  private readonly factor: number;
  private readonly totalIters: number;

  constructor(optimizer: HasLearningRate, options: { factor?: number; totalIters?: number } = {}) {
    super(optimizer);
    this.factor = options.factor ?? 1 / 3;
    this.totalIters = options.totalIters ?? 5;
    this.begin();
  }

  override at(epoch: Scalar, baseLr: Scalar): Scalar {
    return times(baseLr, ifLess(epoch, this.totalIters, this.factor, 1));
  }
}

/** In a line from `startFactor` (1/3) to `endFactor` (1) of the learning rate within `totalIters` (5) epochs. */
export class LinearLR extends LRScheduler {
  private readonly startFactor: number;
  private readonly endFactor: number;
  private readonly totalIters: number;

  constructor(optimizer: HasLearningRate, options: { startFactor?: number; endFactor?: number; totalIters?: number } = {}) {
    super(optimizer);
    this.startFactor = options.startFactor ?? 1 / 3;
    this.endFactor = options.endFactor ?? 1;
    this.totalIters = options.totalIters ?? 5;
    checkPeriod('totalIters', this.totalIters);
    this.begin();
  }

  override at(epoch: Scalar, baseLr: Scalar): Scalar {
    const part = over(least(epoch, this.totalIters), this.totalIters);
    return times(baseLr, plus(this.startFactor, times(this.endFactor - this.startFactor, part)));
  }
}

/** Times `gamma` every epoch. */
export class ExponentialLR extends LRScheduler {
  constructor(
    optimizer: HasLearningRate,
    private readonly gamma: number,
  ) {
    super(optimizer);
    this.begin();
  }

  override at(epoch: Scalar, baseLr: Scalar): Scalar {
    return times(baseLr, power(this.gamma, epoch));
  }
}

/** To 0 within `totalIters` (5) epochs, as a polynomial of degree `power` (1). */
export class PolynomialLR extends LRScheduler {
  private readonly totalIters: number;
  private readonly power: number;

  constructor(optimizer: HasLearningRate, options: { totalIters?: number; power?: number } = {}) {
    super(optimizer);
    this.totalIters = options.totalIters ?? 5;
    this.power = options.power ?? 1;
    checkPeriod('totalIters', this.totalIters);
    this.begin();
  }

  override at(epoch: Scalar, baseLr: Scalar): Scalar {
    const left = minus(1, over(least(epoch, this.totalIters), this.totalIters));
    return times(baseLr, power(left, this.power));
  }
}

/** Half a cosine wave from the first learning rate to `etaMin` (0) in `tMax` epochs, and back again. */
export class CosineAnnealingLR extends LRScheduler {
  private readonly etaMin: number;

  constructor(
    optimizer: HasLearningRate,
    private readonly tMax: number,
    options: { etaMin?: number } = {},
  ) {
    super(optimizer);
    checkPeriod('tMax', tMax);
    this.etaMin = options.etaMin ?? 0;
    this.begin();
  }

  override at(epoch: Scalar, baseLr: Scalar): Scalar {
    // Within one period the angle is small, and keeps its digits in float32.
    const period = 2 * this.tMax;
    const within = minus(epoch, times(wholeTimes(epoch, period), period));
    return halfWave(baseLr, this.etaMin, over(within, this.tMax));
  }
}

/** Half a cosine wave that starts again after `t0` epochs, and each time after `tMult` (1) times as many (Loshchilov and Hutter 2017). */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  private readonly tMult: number;
  private readonly etaMin: number;

  constructor(
    optimizer: HasLearningRate,
    private readonly t0: number,
    options: { tMult?: number; etaMin?: number } = {},
  ) {
    super(optimizer);
    this.tMult = options.tMult ?? 1;
    this.etaMin = options.etaMin ?? 0;
    checkPeriod('t0', t0);
    checkPeriod('tMult', this.tMult);
    this.begin();
  }

  override at(epoch: Scalar, baseLr: Scalar): Scalar {
    let start: Scalar = 0;
    let length: Scalar = this.t0;
    if (this.tMult === 1) start = times(wholeTimes(epoch, this.t0), this.t0);
    else {
      // A counter of steps in float32 goes no further.
      for (let from = this.t0, next = this.t0 * this.tMult; from < 2 ** 24; from += next, next *= this.tMult) {
        start = ifLess(epoch, from, start, from);
        length = ifLess(epoch, from, length, next);
      }
    }
    return halfWave(baseLr, this.etaMin, over(minus(epoch, start), length));
  }
}

/**
 * One schedule after the other: the next one begins, with epoch 0, at each of the milestones. The schedules must be of the same
 * optimizer.
 */
export class SequentialLR extends LRScheduler {
  private readonly milestones: readonly number[];

  constructor(
    optimizer: HasLearningRate,
    private readonly schedulers: readonly LRScheduler[],
    options: { milestones: readonly number[] },
  ) {
    super(optimizer);
    this.milestones = options.milestones;
    if (schedulers.length !== this.milestones.length + 1) {
      throw valueError(`${schedulers.length} schedules need ${schedulers.length - 1} milestones, but there are ${this.milestones.length}`);
    }
    this.begin();
  }

  override at(epoch: Scalar, baseLr: Scalar, group: number): Scalar {
    let rate = this.schedulers[0]!.at(isTensor(epoch) ? epoch : Math.max(0, epoch), baseLr, group);
    this.milestones.forEach((milestone, i) => {
      // An epoch before its own first does not occur: its rate is not taken.
      const since = ifLess(epoch, milestone, 0, minus(epoch, milestone));
      rate = ifLess(epoch, milestone, rate, this.schedulers[i + 1]!.at(since, baseLr, group));
    });
    return rate;
  }
}

/** Several schedules at once: each starts from what the one before makes of the rate, so that factors multiply. */
export class ChainedScheduler extends LRScheduler {
  constructor(
    optimizer: HasLearningRate,
    private readonly schedulers: readonly LRScheduler[],
  ) {
    super(optimizer);
    this.begin();
  }

  override at(epoch: Scalar, baseLr: Scalar, group: number): Scalar {
    let rate = baseLr;
    for (const scheduler of this.schedulers) rate = scheduler.at(epoch, rate, group);
    return rate;
  }
}
