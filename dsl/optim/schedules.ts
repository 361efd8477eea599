/**
 * Learning rates that change from epoch to epoch, computed from the first learning rate and the number of epochs so far.
 * They run beside the training, eager or compiled, and set `lr` of whatever has one.
 * https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
 */
import { valueError } from '../errors.js';

/** An optimizer of eager use, or the `optimizer` of a built model. */
export interface HasLearningRate {
  lr: number;
}

export abstract class LRScheduler {
  /** The learning rate that the optimizer began with. */
  readonly baseLr: number;
  /** Number of calls of `step`. */
  protected epoch = 0;

  constructor(protected readonly optimizer: HasLearningRate) {
    this.baseLr = optimizer.lr;
  }

  /** The learning rate after `epoch` steps. */
  protected abstract at(epoch: number): number;

  /** Sets the learning rate of the first epoch; constructors call it when their options are set. */
  protected begin(): void {
    this.optimizer.lr = this.at(0);
  }

  /** Goes on to the next epoch: call it after the optimizer's own step. */
  step(): void {
    this.epoch++;
    this.optimizer.lr = this.at(this.epoch);
  }

  getLastLr(): number {
    return this.optimizer.lr;
  }

  stateDict(): { lastEpoch: number } {
    return { lastEpoch: this.epoch };
  }

  loadStateDict(state: { readonly lastEpoch: number }): void {
    this.epoch = state.lastEpoch;
    this.optimizer.lr = this.at(this.epoch);
  }
}

function checkPeriod(name: string, value: number): void {
  if (!(Number.isInteger(value) && value > 0)) throw valueError(`${name} must be an integer above 0, but it is ${value}`);
}

/** The first learning rate times `factor(epoch)`. */
export class LambdaLR extends LRScheduler {
  constructor(
    optimizer: HasLearningRate,
    private readonly factor: (epoch: number) => number,
  ) {
    super(optimizer);
    this.begin();
  }

  protected override at(epoch: number): number {
    return this.baseLr * this.factor(epoch);
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

  protected override at(epoch: number): number {
    return this.baseLr * this.gamma ** Math.floor(epoch / this.stepSize);
  }
}

/** Times `gamma` (0.1) at each of the milestones. */
export class MultiStepLR extends LRScheduler {
  private readonly gamma: number;

  constructor(
    optimizer: HasLearningRate,
    private readonly milestones: readonly number[],
    options: { gamma?: number } = {},
  ) {
    super(optimizer);
    this.gamma = options.gamma ?? 0.1;
    this.begin();
  }

  protected override at(epoch: number): number {
    return this.baseLr * this.gamma ** this.milestones.filter((milestone) => milestone <= epoch).length;
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

  protected override at(epoch: number): number {
    return epoch < this.totalIters ? this.baseLr * this.factor : this.baseLr;
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

  protected override at(epoch: number): number {
    const part = Math.min(epoch, this.totalIters) / this.totalIters;
    return this.baseLr * (this.startFactor + (this.endFactor - this.startFactor) * part);
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

  protected override at(epoch: number): number {
    return this.baseLr * this.gamma ** epoch;
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

  protected override at(epoch: number): number {
    return this.baseLr * (1 - Math.min(epoch, this.totalIters) / this.totalIters) ** this.power;
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

  protected override at(epoch: number): number {
    return cosine(this.baseLr, this.etaMin, epoch / this.tMax);
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

  protected override at(epoch: number): number {
    let start = 0;
    let length = this.t0;
    while (epoch - start >= length) {
      start += length;
      length *= this.tMult;
    }
    return cosine(this.baseLr, this.etaMin, (epoch - start) / length);
  }
}

export interface OneCycleOptions {
  readonly totalSteps: number;
  /** The part of the steps in which the learning rate rises: 0.3. */
  readonly pctStart?: number;
  /** The first learning rate is `maxLr` over this: 25. */
  readonly divFactor?: number;
  /** The last is the first over this: 10000. */
  readonly finalDivFactor?: number;
}

/** Up to `maxLr` and down to almost nothing in `totalSteps` steps, by half cosine waves (Smith and Topin 2019); momenta stay. */
export class OneCycleLR extends LRScheduler {
  private readonly first: number;
  private readonly last: number;
  private readonly peak: number;
  private readonly end: number;

  constructor(
    optimizer: HasLearningRate,
    private readonly maxLr: number,
    options: OneCycleOptions,
  ) {
    super(optimizer);
    checkPeriod('totalSteps', options.totalSteps);
    this.first = maxLr / (options.divFactor ?? 25);
    this.last = this.first / (options.finalDivFactor ?? 1e4);
    this.peak = (options.pctStart ?? 0.3) * options.totalSteps - 1;
    this.end = options.totalSteps - 1;
    this.begin();
  }

  protected override at(epoch: number): number {
    if (epoch > this.end) throw valueError(`the cycle has ${this.end + 1} steps, but this is step ${epoch + 1}`);
    if (epoch <= this.peak) return cosine(this.first, this.maxLr, epoch / this.peak);
    return cosine(this.maxLr, this.last, (epoch - this.peak) / (this.end - this.peak));
  }
}

/** Half a cosine wave: `from` where `part` is 0, `to` where it is 1. */
function cosine(from: number, to: number, part: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * part))) / 2;
}
