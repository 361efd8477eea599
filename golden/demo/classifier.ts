import type { CreateOptions, StateDict, Tensor } from 'kilnn/runtime';

/**
 * What the demo needs of a model. A program that knows its model imports the built module directly and has the exact types:
 * `import { Mlp } from './dist/mlp.js'`.
 */
export interface Classifier {
  forward(x: Tensor<never>): Promise<Tensor>;
  readonly train: { objective(x: Tensor<never>, y: Tensor<never, 'i32'>): Promise<{ loss: Tensor<[]> }> };
  readonly optimizer: { lr: number };
  stateDict(): Promise<StateDict>;
}

export interface ClassifierClass {
  create(options?: CreateOptions): Promise<Classifier>;
}

/** The only export of a built module. */
export function classifierIn(module: Readonly<Record<string, unknown>>): ClassifierClass {
  const [built] = Object.values(module);
  return built as ClassifierClass;
}
