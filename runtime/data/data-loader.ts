import { dataError } from '../errors.js';
import { type BatchedDataset, type Collated, collate, type Dataset } from './dataset.js';
import { permutation, randomBits } from './random.js';

export interface DataLoaderOptions<Sample, Batch> {
  /** Samples in a batch, 1 by default. The last batch is smaller when the samples do not divide. */
  readonly batchSize?: number;
  /** A new order each epoch; the samples' own order by default. */
  readonly shuffle?: boolean;
  /** Decides the orders: epoch e of seed s is the same on every run. 0 by default. */
  readonly seed?: number;
  /** Leaves out a last batch that is smaller. */
  readonly dropLast?: boolean;
  /** Makes a batch of samples; by default they are stacked. */
  readonly collate?: (samples: Sample[]) => Batch;
}

/**
 * Batches of a data set: `for (const batch of loader)`, or `for await` where samples come as promises. Each loop is one epoch. As
 * torch.utils.data.DataLoader.
 */
export class DataLoader<Sample, Batch = Collated<Sample>> implements Iterable<Batch>, AsyncIterable<Batch> {
  readonly batchSize: number;
  readonly dropLast: boolean;
  /** The number of loops begun; the next one takes the order of this epoch. Set it to go on where a run stopped. */
  epoch = 0;
  private readonly shuffle: boolean;
  private readonly seed: number;
  private readonly collate: ((samples: Sample[]) => Batch) | undefined;

  /** Throws KN5006 when the batch size is no positive integer or the data set's length no size. */
  constructor(
    readonly dataset: Dataset<Sample> | BatchedDataset<Sample, Batch>,
    options: DataLoaderOptions<Sample, Batch> = {},
  ) {
    const { batchSize = 1, shuffle = false, seed = 0, dropLast = false } = options;
    if (!Number.isInteger(batchSize) || batchSize < 1) throw dataError(`batchSize is ${batchSize}, expected a positive integer`);
    if (!Number.isInteger(dataset.length) || dataset.length < 0)
      throw dataError(`the data set's length is ${dataset.length}, expected a non-negative integer`);
    if (!Number.isInteger(seed)) throw dataError(`seed is ${seed}, expected an integer`);
    this.batchSize = batchSize;
    this.dropLast = dropLast;
    this.shuffle = shuffle;
    this.seed = seed;
    this.collate = options.collate;
  }

  /** The number of batches of an epoch. */
  get length(): number {
    const batches = this.dataset.length / this.batchSize;
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  *[Symbol.iterator](): Iterator<Batch> {
    for (const batch of this.batches()) {
      if (batch instanceof Promise) {
        batch.catch(() => {});
        throw dataError('this data set gives its samples as promises: use for await');
      }
      yield batch;
    }
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Batch> {
    for (const batch of this.batches()) yield await batch;
  }

  private *batches(): Iterable<Batch | Promise<Batch>> {
    const { dataset, batchSize } = this;
    const order = this.shuffle
      ? permutation(dataset.length, randomBits(this.seed)() + Math.imul(this.epoch, 0x85ebca6b))
      : Int32Array.from({ length: dataset.length }, (_, i) => i);
    this.epoch++;
    const collateSamples = this.collate ?? (collate as unknown as (samples: Sample[]) => Batch);
    for (let batch = 0; batch < this.length; batch++) {
      const indices = order.subarray(batch * batchSize, (batch + 1) * batchSize);
      if (!this.collate && 'getBatch' in dataset) yield dataset.getBatch(indices);
      else {
        const samples = Array.from(indices, (index) => dataset.get(index));
        yield samples.some((sample) => sample instanceof Promise)
          ? Promise.all(samples).then(collateSamples)
          : collateSamples(samples as Sample[]);
      }
    }
  }
}
