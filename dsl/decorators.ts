/**
 * Marks for the compiler, as standard decorators. `@model` names a class that gets compiled, `@loss` a method whose first
 * result is minimised, `@entry` a further method that the built module offers. The compiler reads them from the source; when
 * the class is run as it is, they only remember what was said.
 */
import type { Gradients } from './nn/clip-gradients.js';
import type { Module } from './nn/module.js';
import type { HasLearningRate, LRScheduler } from './optim/lr-scheduler.js';
import { Optimizer } from './optim/optimizer.js';

export interface ModelOptions<Net extends Module = Module> {
  /**
   * How `train.<loss>` changes the parameters: an optimizer without parameters trains them all; a function of the net may give it
   * some of them, in groups with options of their own. Parameters that it is not given are not trained.
   */
  readonly optimizer?: Optimizer | ((net: Net) => Optimizer);
  /** The most turns that a loop on tensors makes in a built model before it is taken for endless, which is an error: 2^20 unless said. */
  readonly loopLimit?: number;
  /** What `train.<loss>` makes of the gradients before it changes the parameters: `(gradients) => nn.utils.clipGradNorm(gradients, 1)`. */
  readonly gradients?: (gradients: Gradients) => Gradients;
  /**
   * The learning rates, computed within the step: `(optimizer) => new optim.lrScheduler.CosineAnnealingLR(optimizer, 100)`. `lr` of
   * the optimizer is the first one then.
   */
  readonly schedule?: (optimizer: HasLearningRate) => LRScheduler;
  /** When the schedule goes on: whenever `net.schedule.step()` is called ('epoch'), or with every training step ('step'). 'epoch' by default. */
  readonly scheduleEvery?: 'epoch' | 'step';
}

type ModuleClass<Net extends Module = Module> = abstract new (...args: never[]) => Net;
type Method = (this: never, ...args: never[]) => unknown;

const options = new Map<ModuleClass, ModelOptions<never>>();
const losses = new Set<Method>();
const entries = new Set<Method>();

/** The options that `@model` was given on the class of this net. */
export function modelOptions<Net extends Module>(net: Net): ModelOptions<Net> | undefined {
  return options.get(net.constructor as unknown as ModuleClass) as ModelOptions<Net> | undefined;
}

/**
 * The optimizer that `@model` was given on the class of this net, with the net's parameters and without any state yet, for a
 * training loop in eager use.
 */
export function optimizerOf<Net extends Module>(net: Net): Optimizer | undefined {
  const given = modelOptions(net)?.optimizer;
  if (given instanceof Optimizer) return given.attach(net.parameters());
  const optimizer = given?.(net);
  return optimizer?.paramGroups.every(({ params }) => params.length === 0) ? optimizer.attach(net.parameters()) : optimizer;
}

/** Whether a method is marked with `@loss`. */
export function isLoss(method: Method): boolean {
  return losses.has(method);
}

/** Whether a method is marked with `@entry`. */
export function isEntry(method: Method): boolean {
  return entries.has(method);
}

/** A class to compile. Use: `@model({ optimizer: new optim.SGD({ lr: 0.1 }) })` or `@model()`. */
export function model<Net extends Module = Module>(
  given: ModelOptions<Net> = {},
): (target: ModuleClass<Net>, context: ClassDecoratorContext) => void {
  return (target) => {
    options.set(target, given);
  };
}

type MethodDecorator = (method: Method, context: ClassMethodDecoratorContext) => void;

export interface EntryOptions {
  /**
   * 'train': the built method runs as in training: dropout drops, batch norm takes the batch's own statistics, and the call updates
   * the running ones. 'eval' by default.
   */
  readonly mode?: 'train' | 'eval';
}

export interface LossOptions {
  /** 'eval': training steps and gradients run as in inference, say with the running statistics of a net that is tuned. 'train' by default. */
  readonly mode?: 'train' | 'eval';
  /** Names of float arguments: `gradients.<loss>` gives the loss's gradients by them as well, under these names. */
  readonly inputs?: readonly string[];
}

/** A method whose result (or first result) is a scalar to minimise. Use: `@loss`, `@loss({ mode: 'eval' })`, `@loss({ inputs: ['x'] })`. */
export function loss(method: Method, context: ClassMethodDecoratorContext): void;
export function loss(options: LossOptions): MethodDecorator;
export function loss(first: Method | LossOptions, context?: ClassMethodDecoratorContext): MethodDecorator | undefined {
  return mark(losses, first, context);
}

/** A method that the built module offers besides `forward`. Use: `@entry`, or `@entry({ mode: 'train' })`. */
export function entry(method: Method, context: ClassMethodDecoratorContext): void;
export function entry(options: EntryOptions): MethodDecorator;
export function entry(first: Method | EntryOptions, context?: ClassMethodDecoratorContext): MethodDecorator | undefined {
  return mark(entries, first, context);
}

function mark(marked: Set<Method>, first: Method | object, context: ClassMethodDecoratorContext | undefined): MethodDecorator | undefined {
  const note = (method: Method) => {
    marked.add(method);
  };
  if (context === undefined) return note;
  note(first as Method);
  return undefined;
}
