/** Schedules that go up and down between two learning rates. */
import { valueError } from '../errors.js';
import { checkPeriod, type HasLearningRate, LRScheduler } from './lr-scheduler.js';
import { halfWave, ifLess, isTensor, least, minus, over, plus, power, type Scalar, times, wholeTimes } from './scalar.js';

export interface OneCycleOptions {
  /** The number of steps, or `epochs` times `stepsPerEpoch`. */
  readonly totalSteps?: number;
  readonly epochs?: number;
  readonly stepsPerEpoch?: number;
  /** The part of the steps in which the learning rate rises: 0.3. */
  readonly pctStart?: number;
  /** By half cosine waves ('cos'), or in lines ('linear'). */
  readonly annealStrategy?: 'cos' | 'linear';
  /** The first learning rate is `maxLr` over this: 25. */
  readonly divFactor?: number;
  /** The last is the first over this: 10000. */
  readonly finalDivFactor?: number;
  /** Whether the rate falls to the first one as fast as it rose, and from there to the last. */
  readonly threePhase?: boolean;
}

interface Phase {
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

/** Up to `maxLr` and down to almost nothing in `totalSteps` steps (Smith and Topin 2019); momenta stay. */
export class OneCycleLR extends LRScheduler {
  private readonly end: number;
  private readonly phases: readonly (readonly Phase[])[];
  private readonly linear: boolean;

  /** `maxLr` may be a list with a rate for each group. */
  constructor(optimizer: HasLearningRate, maxLr: number | readonly number[], options: OneCycleOptions) {
    super(optimizer);
    const steps = options.totalSteps ?? (options.epochs ?? Number.NaN) * (options.stepsPerEpoch ?? Number.NaN);
    checkPeriod('totalSteps', steps);
    const { pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4, annealStrategy = 'cos', threePhase = false } = options;
    if (!(pctStart >= 0 && pctStart <= 1)) throw valueError(`pctStart must be from 0 to 1, but it is ${pctStart}`);
    if (annealStrategy !== 'cos' && annealStrategy !== 'linear') throw valueError(`annealStrategy must be 'cos' or 'linear'`);
    const peaks = typeof maxLr === 'number' ? this.baseLrs.map(() => maxLr) : maxLr;
    if (peaks.length !== this.baseLrs.length) {
      throw valueError(`there are ${peaks.length} values of maxLr for ${this.baseLrs.length} parameter groups`);
    }
    this.linear = annealStrategy === 'linear';
    this.end = steps - 1;
    const top = pctStart * steps - 1;
    this.phases = peaks.map((peak) => {
      const first = peak / divFactor;
      const last = first / finalDivFactor;
      const up = { end: top, from: first, to: peak };
      if (!threePhase) return [up, { end: this.end, from: peak, to: last }];
      return [up, { end: 2 * top, from: peak, to: first }, { end: this.end, from: first, to: last }];
    });
    this.begin();
  }

  /** A compiled schedule stays at the last rate; one beside the training throws where the cycle is over. */
  override at(epoch: Scalar, _baseLr: Scalar, group: number): Scalar {
    if (!isTensor(epoch) && epoch > this.end) {
      throw valueError(`the cycle has ${this.end + 1} steps, but this is step ${epoch + 1}`);
    }
    const step = least(epoch, this.end);
    const phases = this.phases[group]!;
    let rate: Scalar = phases[0]!.from;
    for (let i = phases.length - 1; i >= 0; i--) {
      const { end, from, to } = phases[i]!;
      const start = i === 0 ? 0 : phases[i - 1]!.end;
      const part = end === start ? 1 : over(minus(step, start), end - start);
      const here = this.linear ? plus(from, times(to - from, part)) : halfWave(from, to, part);
      rate = i === phases.length - 1 ? here : ifLess(end, step, rate, here);
    }
    return rate;
  }
}

export interface CyclicOptions {
  /** The highest learning rate. */
  readonly maxLr: number;
  /** Number of steps up (2000), and down (as many). */
  readonly stepSizeUp?: number;
  readonly stepSizeDown?: number;
  /** 'triangular'; 'triangular2', where each cycle is half as high as the one before; 'exp_range', times `gamma` every step. */
  readonly mode?: 'triangular' | 'triangular2' | 'exp_range';
  readonly gamma?: number;
}

/** In lines from `baseLr` to `maxLr` and back, over and over (Smith 2017); momenta stay. */
export class CyclicLR extends LRScheduler {
  private readonly height: number;
  private readonly up: number;
  private readonly down: number;
  private readonly mode: string;
  private readonly gamma: number;

  constructor(
    optimizer: HasLearningRate,
    private readonly lowest: number,
    options: CyclicOptions,
  ) {
    super(optimizer);
    this.height = options.maxLr - lowest;
    this.up = options.stepSizeUp ?? 2000;
    this.down = options.stepSizeDown ?? this.up;
    this.mode = options.mode ?? 'triangular';
    this.gamma = options.gamma ?? 1;
    checkPeriod('stepSizeUp', this.up);
    checkPeriod('stepSizeDown', this.down);
    if (!['triangular', 'triangular2', 'exp_range'].includes(this.mode)) {
      throw valueError(`mode must be 'triangular', 'triangular2' or 'exp_range', but it is '${this.mode}'`);
    }
    this.begin();
  }

  override at(epoch: Scalar): Scalar {
    const length = this.up + this.down;
    const cycle = wholeTimes(epoch, length);
    const within = minus(epoch, times(cycle, length));
    const part = ifLess(this.up, within, over(minus(length, within), this.down), over(within, this.up));
    const height = times(this.height, part);
    if (this.mode === 'triangular2') return plus(this.lowest, times(height, power(0.5, cycle)));
    return plus(this.lowest, this.mode === 'exp_range' ? times(height, power(this.gamma, epoch)) : height);
  }
}
