import { dataError } from '../errors.js';
import { type BatchedDataset, type Collated, checkIndex, type Dataset } from './dataset.js';
import { permutation } from './random.js';

/** Some samples of a data set, in the order of `indices`. As torch.utils.data.Subset. */
export class Subset<Sample, Batch = Collated<Sample>> implements Dataset<Sample> {
  readonly indices: Int32Array;
  /** Where the data set can gather batches. */
  readonly getBatch?: (indices: Int32Array) => Batch | Promise<Batch>;

  /** Throws KN5006 for indices outside the data set. */
  constructor(
    readonly dataset: Dataset<Sample>,
    indices: ArrayLike<number>,
  ) {
    this.indices = Int32Array.from(indices);
    for (let i = 0; i < indices.length; i++) checkIndex(indices[i]!, dataset.length);
    const batched = dataset as BatchedDataset<Sample, Batch>;
    if (batched.getBatch) this.getBatch = (chosen) => batched.getBatch(chosen.map((index) => this.indices[index]!));
  }

  get length(): number {
    return this.indices.length;
  }

  get(index: number): Sample | Promise<Sample> {
    checkIndex(index, this.length);
    return this.dataset.get(this.indices[index]!);
  }
}

/**
 * Parts of a data set at random, none sharing a sample: of these lengths, which add up to the data set's, or of these fractions, which add
 * up to 1 (rounded down; what is left over goes to the first parts, one each). The seed, 0 unless given, decides which sample goes where.
 * As torch.utils.data.random_split. Throws KN5006 when they do not add up.
 */
export function randomSplit<Sample>(
  dataset: Dataset<Sample>,
  lengths: readonly number[],
  { seed = 0 }: { readonly seed?: number } = {},
): Subset<Sample>[] {
  const { length } = dataset;
  const sum = lengths.reduce((a, b) => a + b, 0);
  const areSizes = sum === length && lengths.every((part) => Number.isInteger(part) && part >= 0);
  if (!areSizes && !(Math.abs(sum - 1) < 1e-9 && lengths.every((part) => part >= 0)))
    throw dataError(`lengths are [${lengths.join(', ')}], expected sizes that add up to ${length} or fractions that add up to 1`);
  // 0.7 of 10 is 7, which binary fractions miss by a little.
  let sizes = areSizes ? lengths : lengths.map((part) => Math.floor(part * length + 1e-9));
  const left = length - sizes.reduce((a, b) => a + b, 0);
  sizes = sizes.map((size, i) => size + Number(i < left));
  const order = permutation(length, seed);
  return sizes.map((size, i) => {
    const begin = sizes.slice(0, i).reduce((a, b) => a + b, 0);
    return new Subset(dataset, order.subarray(begin, begin + size));
  });
}
