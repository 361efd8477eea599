import { dataError } from '../errors.js';
import { type BatchedDataset, type Collated, checkIndex, collate, type Dataset, type IterableDataset } from './dataset.js';
import { permutation, randomBits } from './random.js';
import { type BatchWorkers, type Served, served, type WorkerModule } from './served.js';
import { Subset } from './subset.js';

/** The order of an epoch's samples: the same each time, or made for the epoch of that number (0 for the first). */
export type Sampler = Iterable<number> | ((epoch: number) => Iterable<number>);

export interface DataLoaderOptions<Sample, Batch> {
  /** Samples in a batch, 1 by default. The last batch is smaller when the samples do not divide. */
  readonly batchSize?: number;
  /** A new order each epoch; the samples' own order by default. */
  readonly shuffle?: boolean;
  /** Decides the orders: epoch e of seed s is the same on every run. 0 by default. */
  readonly seed?: number;
  /** Leaves out a last batch that is smaller. */
  readonly dropLast?: boolean;
  /** Which samples, in which order, instead of all in their order or shuffled. */
  readonly sampler?: Sampler;
  /** Makes a batch of samples; by default they are stacked. It runs where the loop runs, not in workers. */
  readonly collate?: (samples: Sample[]) => Batch;
  /** Threads that make batches ahead of the loop, 0 by default. With them the loop is `for await`, and `module` is needed. */
  readonly workers?: number;
  /** The module of the data set, which passes it to `serveDatasets`: the workers run it, since functions cannot travel between threads. */
  readonly module?: WorkerModule;
  /** Batches under way ahead of the loop (`for await`): 2 for each worker by default, none without. */
  readonly prefetch?: number;
  /** Keeps the workers from epoch to epoch, until `close()`; by default each epoch starts its own. */
  readonly persistentWorkers?: boolean;
}

type MapDataset<Sample, Batch> = Dataset<Sample> | BatchedDataset<Sample, Batch>;

/**
 * Batches of a data set: `for (const batch of loader)`, or `for await` where samples come as promises or from workers. Each loop is one
 * epoch. As torch.utils.data.DataLoader.
 */
export class DataLoader<Sample, Batch = Collated<Sample>> implements Iterable<Batch>, AsyncIterable<Batch> {
  readonly batchSize: number;
  readonly dropLast: boolean;
  /** The number of loops begun; the next one takes the order of this epoch. Set it to go on where a run stopped. */
  epoch = 0;
  private readonly options: DataLoaderOptions<Sample, Batch>;
  /** Undefined for what can only be iterated. */
  private readonly indexed: MapDataset<Sample, Batch> | undefined;
  private pool: BatchWorkers | undefined;
  private readonly source: Source | undefined;

  /**
   * Throws KN5006 for options that cannot be used, alone or together: a batch size that is no positive integer, say, or an order for a data
   * set that can only be iterated.
   */
  constructor(
    readonly dataset: MapDataset<Sample, Batch> | readonly Sample[] | IterableDataset<Sample>,
    options: DataLoaderOptions<Sample, Batch> = {},
  ) {
    const { batchSize = 1, seed = 0, dropLast = false, workers = 0, prefetch = 0, shuffle, sampler } = options;
    this.indexed = toIndexed(dataset);
    if (!Number.isInteger(batchSize) || batchSize < 1) throw dataError(`batchSize is ${batchSize}, expected a positive integer`);
    if (!Number.isInteger(seed)) throw dataError(`seed is ${seed}, expected an integer`);
    for (const [name, count] of Object.entries({ workers, prefetch }))
      if (!Number.isInteger(count) || count < 0) throw dataError(`${name} is ${count}, expected a non-negative integer`);
    if (shuffle && sampler) throw dataError('shuffle and sampler both decide the order: give one of them');
    const { indexed } = this;
    if (!indexed && (shuffle || sampler || workers))
      throw dataError(`${shuffle ? 'shuffle' : sampler ? 'a sampler' : 'workers'} cannot be used with a data set that has no get(index)`);
    if (indexed && (!Number.isInteger(indexed.length) || indexed.length < 0))
      throw dataError(`the data set's length is ${indexed.length}, expected a non-negative integer`);
    this.source = workers ? sourceOf(indexed!) : undefined;
    if (workers && !(options.module && this.source))
      throw dataError(
        'workers make the data set for themselves: pass it to serveDatasets in a module of its own, and that module here as module',
      );
    this.batchSize = batchSize;
    this.dropLast = dropLast;
    this.options = options;
  }

  /** The number of batches of an epoch. Throws KN5006 where it is not known: a data set or a sampler without a length. */
  get length(): number {
    const { sampler } = this.options;
    const samples = sampler ? (sampler as { length?: unknown }).length : this.indexed?.length;
    if (typeof samples !== 'number' || typeof sampler === 'function') throw dataError('the number of batches is not known before the end');
    const batches = samples / this.batchSize;
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  *[Symbol.iterator](): Iterator<Batch> {
    if (this.options.workers) throw dataError('workers answer later: use for await');
    const samples = this.dataset as Partial<Iterable<Sample>>;
    if (!this.indexed && !samples[Symbol.iterator]) throw dataError('this data set gives its samples as promises: use for await');
    const batches = this.indexed ? this.indexBatches() : this.group(this.dataset as Iterable<Sample>);
    for (const part of batches) {
      const batch = part instanceof Int32Array ? this.gather(part) : this.join(part);
      if (batch instanceof Promise) {
        batch.catch(() => {});
        throw dataError('this data set gives its samples as promises: use for await');
      }
      yield batch;
    }
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Batch> {
    if (!this.indexed) return yield* this.groupAsync();
    const { workers = 0, module, persistentWorkers } = this.options;
    const { prefetch = 2 * workers } = this.options;
    if (workers) this.pool ??= this.source!.served.start(workers, module!);
    const { pool } = this;
    const waiting: (Batch | Promise<Batch>)[] = [];
    try {
      for (const indices of this.indexBatches()) {
        const batch = pool ? this.ask(pool, indices) : this.gather(indices);
        // It is waited for later, or never, when the loop ends early.
        if (batch instanceof Promise) batch.catch(() => {});
        waiting.push(batch);
        if (waiting.length > prefetch) yield await waiting.shift()!;
      }
      while (waiting.length) yield await waiting.shift()!;
    } finally {
      if (!persistentWorkers) this.close();
    }
  }

  /** Ends workers that are kept. The next loop starts new ones. */
  close(): void {
    this.pool?.close();
    this.pool = undefined;
  }

  /** The numbers of each batch's samples. Begins an epoch. */
  private *indexBatches(): Generator<Int32Array> {
    const { length } = this.indexed!;
    const { sampler, shuffle, seed = 0 } = this.options;
    const epoch = this.epoch++;
    let order: Iterable<number>;
    if (sampler) order = typeof sampler === 'function' ? sampler(epoch) : sampler;
    else if (shuffle) order = permutation(length, randomBits(seed)() + Math.imul(epoch, 0x85ebca6b));
    else order = Int32Array.from({ length }, (_, i) => i);
    for (const indices of this.group(order)) {
      for (const index of indices) checkIndex(index, length);
      yield Int32Array.from(indices);
    }
  }

  private *group<T>(items: Iterable<T>): Generator<T[]> {
    let group: T[] = [];
    for (const item of items) {
      if (group.push(item) < this.batchSize) continue;
      yield group;
      group = [];
    }
    if (group.length && !this.dropLast) yield group;
  }

  private async *groupAsync(): AsyncGenerator<Batch> {
    let group: Sample[] = [];
    for await (const item of this.dataset as AsyncIterable<Sample>) {
      if (group.push(item) < this.batchSize) continue;
      yield this.join(group);
      group = [];
    }
    if (group.length && !this.dropLast) yield this.join(group);
  }

  private gather(indices: Int32Array): Batch | Promise<Batch> {
    const dataset = this.indexed as Partial<BatchedDataset<Sample, Batch>> & Dataset<Sample>;
    if (!this.options.collate && dataset.getBatch) return dataset.getBatch(indices);
    const samples = Array.from(indices, (index) => dataset.get(index));
    return samples.some((sample) => sample instanceof Promise)
      ? Promise.all(samples).then((done) => this.join(done))
      : this.join(samples as Sample[]);
  }

  private join(samples: Sample[]): Batch {
    return this.options.collate ? this.options.collate(samples) : (collate(samples) as Batch);
  }

  private async ask(pool: BatchWorkers, indices: Int32Array): Promise<Batch> {
    const { served, number } = this.source!;
    const raw = this.options.collate !== undefined;
    const value = await pool.batch(served.name, indices.map(number), raw);
    return raw ? this.join(value as Sample[]) : (value as Batch);
  }
}

/** The data set that workers know, and what it numbers the samples of a subset. */
interface Source {
  readonly served: Served;
  number(index: number): number;
}

function sourceOf(dataset: Dataset<unknown>): Source | undefined {
  const own = served.get(dataset);
  if (own) return { served: own, number: (index) => index };
  if (!(dataset instanceof Subset)) return undefined;
  const source = sourceOf(dataset.dataset);
  return source && { served: source.served, number: (index) => source.number(dataset.indices[index]!) };
}

function toIndexed<Sample, Batch>(
  dataset: MapDataset<Sample, Batch> | readonly Sample[] | IterableDataset<Sample>,
): MapDataset<Sample, Batch> | undefined {
  if (Array.isArray(dataset)) return { length: dataset.length, get: (index) => dataset[index] as Sample };
  return 'get' in dataset ? (dataset as MapDataset<Sample, Batch>) : undefined;
}
