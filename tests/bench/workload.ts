/** What is measured: a model of golden/models, doing one thing at one batch size. */
export interface Workload {
  readonly model: 'mlp' | 'lenet';
  readonly kind: 'inference' | 'training step';
  readonly batch: number;
}

export const workloads: readonly Workload[] = [
  { model: 'mlp', kind: 'inference', batch: 1 },
  { model: 'mlp', kind: 'inference', batch: 256 },
  { model: 'mlp', kind: 'training step', batch: 256 },
  { model: 'lenet', kind: 'inference', batch: 1 },
  { model: 'lenet', kind: 'inference', batch: 256 },
  { model: 'lenet', kind: 'training step', batch: 256 },
];

export const nameOf = ({ model, kind, batch }: Workload): string => `${model === 'mlp' ? 'MLP' : 'LeNet'} ${kind}, batch ${batch}`;

export interface Weight {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Weights under PyTorch's names, and one batch. */
export interface Problem {
  readonly weights: Readonly<Record<string, Weight>>;
  /** Images, 784 numbers each. */
  readonly pixels: Float32Array;
  /** Class numbers 0 to 9. */
  readonly labels: Int32Array;
}

/** One run: the logits, or of a training step the loss before the update. Typed arrays in, typed arrays out. */
export type Run = () => Float32Array | Promise<Float32Array>;

/** A library that Kilnn is compared with. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  /** Undefined where the library cannot do it. */
  prepare(workload: Workload, problem: Problem): Promise<Run | undefined>;
}
