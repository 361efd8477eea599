/** A learning rate that falls when a measure stops improving. */
import { valueError } from '../errors.js';
import { groupsOf, type HasLearningRate } from './lr-scheduler.js';

export interface ReduceLROnPlateauOptions {
  /** Whether a smaller ('min') or a greater measure ('max') is better. */
  readonly mode?: 'min' | 'max';
  /** What the learning rate is multiplied by: 0.1. */
  readonly factor?: number;
  /** Number of steps without improvement that are let pass: 10. */
  readonly patience?: number;
  /** By how much a better measure must be better: 1e-4, of the best one ('rel') or as it is ('abs'). */
  readonly threshold?: number;
  readonly thresholdMode?: 'rel' | 'abs';
  /** Number of steps after a change in which nothing is counted: 0. */
  readonly cooldown?: number;
  /** The least learning rate, of all groups or of each: 0. */
  readonly minLr?: number | readonly number[];
  /** Changes that are not above this are not made: 1e-8. */
  readonly eps?: number;
}

/**
 * Multiplies the learning rates by `factor` when the measure given to `step` has not improved for more than `patience` steps. It
 * runs beside the training. https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html
 */
export class ReduceLROnPlateau {
  private readonly options: Required<ReduceLROnPlateauOptions>;
  private readonly minLrs: readonly number[];
  private best: number;
  private badSteps = 0;
  private cooldownLeft = 0;
  private lastEpoch = 0;

  constructor(
    private readonly optimizer: HasLearningRate,
    options: ReduceLROnPlateauOptions = {},
  ) {
    const {
      mode = 'min',
      factor = 0.1,
      patience = 10,
      threshold = 1e-4,
      thresholdMode = 'rel',
      cooldown = 0,
      minLr = 0,
      eps = 1e-8,
    } = options;
    if (!(factor < 1)) throw valueError(`factor must be below 1, but it is ${factor}`);
    if (mode !== 'min' && mode !== 'max') throw valueError(`mode must be 'min' or 'max', but it is '${mode}'`);
    if (thresholdMode !== 'rel' && thresholdMode !== 'abs') {
      throw valueError(`thresholdMode must be 'rel' or 'abs', but it is '${thresholdMode}'`);
    }
    const groups = groupsOf(optimizer);
    this.minLrs = typeof minLr === 'number' ? groups.map(() => minLr) : minLr;
    if (this.minLrs.length !== groups.length) {
      throw valueError(`there are ${this.minLrs.length} values of minLr for ${groups.length} parameter groups`);
    }
    this.options = { mode, factor, patience, threshold, thresholdMode, cooldown, minLr, eps };
    this.best = mode === 'min' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  /** Takes the measure of an epoch, such as the loss on data that is not trained on. */
  step(measure: number): void {
    this.lastEpoch++;
    const { patience, cooldown, factor, eps } = this.options;
    if (this.isBetter(measure)) {
      this.best = measure;
      this.badSteps = 0;
    } else this.badSteps++;
    if (this.cooldownLeft > 0) {
      this.cooldownLeft--;
      this.badSteps = 0;
    }
    if (this.badSteps <= patience) return;
    groupsOf(this.optimizer).forEach((group, i) => {
      const next = Math.max(group.lr * factor, this.minLrs[i]!);
      if (group.lr - next > eps) group.lr = next;
    });
    this.cooldownLeft = cooldown;
    this.badSteps = 0;
  }

  private isBetter(measure: number): boolean {
    const { mode, threshold, thresholdMode } = this.options;
    if (mode === 'min') return measure < (thresholdMode === 'rel' ? this.best * (1 - threshold) : this.best - threshold);
    return measure > (thresholdMode === 'rel' ? this.best * (1 + threshold) : this.best + threshold);
  }

  getLastLr(): number[] {
    return groupsOf(this.optimizer).map(({ lr }) => lr);
  }

  stateDict(): Readonly<Record<'lastEpoch' | 'best' | 'numBadEpochs' | 'cooldownCounter', number>> {
    return { lastEpoch: this.lastEpoch, best: this.best, numBadEpochs: this.badSteps, cooldownCounter: this.cooldownLeft };
  }

  loadStateDict(state: Readonly<Record<'lastEpoch' | 'best' | 'numBadEpochs' | 'cooldownCounter', number>>): void {
    this.lastEpoch = state.lastEpoch;
    this.best = state.best;
    this.badSteps = state.numBadEpochs;
    this.cooldownLeft = state.cooldownCounter;
  }
}
