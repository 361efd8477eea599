/** What all schedules of learning rates have in common. */
import { stateError, valueError } from '../errors.js';
import type { Scalar } from './scalar.js';

/** An optimizer of eager use, or the `optimizer` of a built model. */
export interface HasLearningRate {
  lr: number;
  readonly paramGroups?: readonly { lr: number }[];
}

/** The parameter groups of an optimizer, or what stands for its only one. */
export function groupsOf(optimizer: HasLearningRate): readonly { lr: number }[] {
  return optimizer.paramGroups !== undefined && optimizer.paramGroups.length > 0 ? optimizer.paramGroups : [optimizer];
}

/** The learning rates that groups had before the first schedule: further schedules start from them too, as in PyTorch. */
const initialRates = new WeakMap<object, number>();

/**
 * Learning rates that change from epoch to epoch, computed from the first ones and the number of epochs so far. A schedule runs
 * beside the training, eager or compiled, and sets the rates of the optimizer's groups; or it is compiled into the step, by
 * `@model({ schedule: (optimizer) => new optim.lrScheduler.StepLR(optimizer, 30) })`.
 * https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
 */
export abstract class LRScheduler {
  /** The learning rates that the optimizer's groups began with. */
  baseLrs: readonly number[];
  /** Number of calls of `step`. */
  lastEpoch = 0;

  constructor(protected readonly optimizer: HasLearningRate) {
    this.baseLrs = groupsOf(optimizer).map((group) => {
      if (!initialRates.has(group)) initialRates.set(group, group.lr);
      return initialRates.get(group)!;
    });
  }

  /**
   * The learning rate of a group after `epoch` steps, of its first one: numbers, or tensors of shape [] (`epoch` i32, `baseLr` f32)
   * in a compiled step.
   */
  abstract at(epoch: Scalar, baseLr: Scalar, group: number): Scalar;

  /** Sets the learning rates of the first epoch; constructors call it when their options are set. */
  protected begin(): void {
    groupsOf(this.optimizer).forEach((group, i) => {
      group.lr = this.at(this.lastEpoch, this.baseLrs[i]!, i) as number;
    });
  }

  /** Goes on to the next epoch: call it after the optimizer's own step. */
  step(): void {
    this.lastEpoch++;
    this.begin();
  }

  /** The learning rate of each group now. */
  getLastLr(): number[] {
    return groupsOf(this.optimizer).map(({ lr }) => lr);
  }

  stateDict(): { lastEpoch: number; baseLrs: readonly number[] } {
    return { lastEpoch: this.lastEpoch, baseLrs: [...this.baseLrs] };
  }

  /** Takes such a dictionary back and sets the learning rates. Throws, and changes nothing, where it has another number of groups. */
  loadStateDict(state: { readonly lastEpoch: number; readonly baseLrs?: readonly number[] }): void {
    const { lastEpoch, baseLrs = this.baseLrs } = state;
    if (!(Number.isInteger(lastEpoch) && lastEpoch >= 0) || baseLrs.length !== this.baseLrs.length) {
      throw stateError(
        `the state of a schedule must have lastEpoch, an integer of at least 0, and ${this.baseLrs.length} baseLrs; nothing was loaded`,
      );
    }
    this.lastEpoch = lastEpoch;
    this.baseLrs = [...baseLrs];
    this.begin();
  }
}

/** Throws unless the value is an integer above 0. */
export function checkPeriod(name: string, value: number): void {
  if (!(Number.isInteger(value) && value > 0)) throw valueError(`${name} must be an integer above 0, but it is ${value}`);
}
