import pc from 'picocolors';
import type { Classifier } from './classifier.js';
import type { DataSet } from './dataset.js';
import { drawImages } from './draw.js';
import type { Options } from './options.js';
import { argmaxRows, imageTensor } from './train.js';

const width = 28;

/** Draws ten test images, as many side by side as the terminal has room for, above what the model says and the label. */
export async function showPredictions(
  model: Pick<Classifier, 'forward'>,
  { test, classes }: DataSet,
  name: Options['model'],
): Promise<void> {
  const size = width * width;
  const indices = Array.from({ length: 10 }, (_, i) => i * 37);
  const images = indices.map((index) => test.pixels.subarray(index * size, (index + 1) * size));
  const batch = new Float32Array(10 * size);
  for (const [i, image] of images.entries()) batch.set(image, i * size);
  const predicted = argmaxRows(await (await model.forward(imageTensor(batch, name))).data(), classes.length);

  const perRow = Math.max(1, Math.min(5, Math.floor(((process.stdout.columns ?? 150) + 2) / (width + 2))));
  for (let first = 0; first < images.length; first += perRow) {
    const row = images.slice(first, first + perRow);
    for (const line of drawImages(row, pc)) console.log(line);
    const captions = row.map((_, i) => {
      const label = classes[test.labels[indices[first + i]!]!]!;
      const guess = classes[predicted[first + i]!]!;
      return guess === label ? pc.green(guess.padEnd(width)) : pc.red(`${guess} (it is: ${label})`.padEnd(width));
    });
    console.log(`${captions.join('  ')}\n`);
  }
}
