/**
 * Marks for the compiler, as standard decorators. `@model` names a class that gets compiled, `@loss` a method whose first
 * result is minimised, `@entry` a further method that the built module offers. The compiler reads them from the source; when
 * the class is run as it is, they only remember what was said.
 */
import type { Module } from './nn/module.js';
import type { Optimizer } from './optim/optimizer.js';

export interface ModelOptions {
  /** How `train.<loss>` changes the parameters. */
  readonly optimizer?: Optimizer;
}

type ModuleClass = abstract new (...args: never[]) => Module;
type Method = (this: never, ...args: never[]) => unknown;

const options = new Map<ModuleClass, ModelOptions>();
const losses = new Set<Method>();
const entries = new Set<Method>();

/** The options that `@model` was given on the class of this net. */
export function modelOptions(net: Module): ModelOptions | undefined {
  return options.get(net.constructor as unknown as ModuleClass);
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
export function model(given: ModelOptions = {}): (target: ModuleClass, context: ClassDecoratorContext) => void {
  return (target) => {
    options.set(target, given);
  };
}

/** A method whose result (or first result) is a scalar to minimise. */
export function loss(method: Method, _context: ClassMethodDecoratorContext): void {
  losses.add(method);
}

/** A method that the built module offers besides `forward`. */
export function entry(method: Method, _context: ClassMethodDecoratorContext): void {
  entries.add(method);
}
