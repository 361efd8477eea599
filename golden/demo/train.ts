import { SingleBar } from 'cli-progress';
import { DataLoader, TensorDataset, tensor } from 'kilnn/runtime';
import pc from 'picocolors';
import type { Classifier } from './classifier.js';
import type { DataSet, Images } from './dataset.js';
import type { Options } from './options.js';

/** Trains for the given epochs; after each prints the mean training loss and the accuracy on the test images. */
export async function train(model: Classifier, data: DataSet, options: Options): Promise<void> {
  if (options.lr !== undefined) model.optimizer.lr = options.lr;
  const loader = trainingBatches(data.train, options);
  const started = performance.now();
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    const loss = await trainEpoch(model, loader, `epoch ${epoch}/${options.epochs}`);
    const accuracy = await accuracyOf(model, data.test, options.model);
    const seconds = (performance.now() - started) / 1000;
    console.log(
      `epoch ${epoch}/${options.epochs}  loss ${loss.toFixed(4)}  test accuracy ${pc.bold(accuracy.toFixed(4))}  ${pc.dim(`${seconds.toFixed(1)} s`)}`,
    );
  }
}

async function trainEpoch(model: Classifier, batches: ReturnType<typeof trainingBatches>, title: string): Promise<number> {
  const bar = new SingleBar({
    format: `${title} [{bar}] {value}/{total} batches  loss {loss}  eta {eta_formatted}`,
    clearOnComplete: true,
    // A line now and then where there is no terminal.
    noTTYOutput: true,
    notTTYSchedule: 20_000,
  });
  bar.start(batches.length, 0, { loss: '' });
  let sum = 0;
  let count = 0;
  for await (const [x, y] of batches) {
    const { loss } = await model.train.objective(x, y);
    sum += await loss.item();
    bar.update(++count, { loss: (sum / count).toFixed(4) });
  }
  bar.stop();
  return sum / count;
}

function trainingBatches(images: Images, { model, batchSize, seed }: Options) {
  return new DataLoader(tensors(images, model), { batchSize, shuffle: true, seed });
}

/** The part of the images whose largest logit is that of their label. */
async function accuracyOf(model: Classifier, images: Images, name: Options['model']): Promise<number> {
  let right = 0;
  for await (const [x, y] of new DataLoader(tensors(images, name), { batchSize: 1000 })) {
    const labels = await y.data();
    const classes = argmaxRows(await (await model.forward(x)).data(), 10);
    for (const [i, label] of labels.entries()) if (classes[i] === label) right++;
  }
  return right / images.count;
}

function tensors(images: Images, model: Options['model']) {
  return new TensorDataset(imageTensor(images.pixels, model), labelTensor(images.labels));
}

/** [count, 28, 28]; convolutions take an axis of one channel: [count, 1, 28, 28]. */
export function imageTensor(pixels: Float32Array, model: Options['model']) {
  const count = pixels.length / (28 * 28);
  const hasChannels = model === 'lenet' || model === 'resnet';
  return tensor(pixels, { shape: hasChannels ? [count, 1, 28, 28] : [count, 28, 28] });
}

function labelTensor(labels: Int32Array) {
  return tensor(labels);
}

/** The position of the largest number of each row. */
export function argmaxRows(values: Float32Array, columns: number): number[] {
  return Array.from({ length: values.length / columns }, (_, row) => {
    const numbers = values.subarray(row * columns, (row + 1) * columns);
    return numbers.indexOf(Math.max(...numbers));
  });
}
