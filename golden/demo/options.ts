import { Command, InvalidArgumentError, Option } from 'commander';
import { type DataSetName, dataSetNames } from './dataset.js';

/** Models of golden/models that tell ten classes of images apart. */
const models = ['mlp', 'softmax-regression', 'dropout-mlp', 'lenet', 'resnet', 'lstm'] as const;

export interface Options {
  readonly model: (typeof models)[number];
  readonly data: DataSetName;
  readonly device: 'js' | 'wasm' | 'webgpu';
  readonly epochs: number;
  readonly batchSize: number;
  /** Images to train on, and at most as many to test with. */
  readonly limit?: number;
  readonly lr?: number;
  readonly seed: number;
}

export function readOptions(argv: readonly string[]): Options {
  const program = new Command('npm run demo --')
    .description('Builds a model, trains it on real images, saves and freezes it, and shows what it makes of ten test images.')
    .addOption(new Option('--model <name>').choices(models).default('mlp'))
    .addOption(new Option('--data <name>').choices(dataSetNames).default('fashion'))
    .addOption(new Option('--device <name>').choices(['js', 'wasm', 'webgpu']).default('wasm'))
    .option('--epochs <count>', 'times that every training image is seen', integerFrom(1), 3)
    .option('--batch-size <count>', 'images in a training step', integerFrom(1), 256)
    .option('--limit <images>', 'trains on so many images only, for a first look or a slow device', integerFrom(1))
    .option('--lr <rate>', "learning rate instead of the model's own", positive)
    .option('--seed <number>', 'decides the initial values and the order of the images', integerFrom(0), 0);
  return program.parse(argv, { from: 'user' }).opts<Options>();
}

function integerFrom(least: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value >= 2 ** 32)
      throw new InvalidArgumentError(`A whole number from ${least} is expected.`);
    return value;
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('A number above 0 is expected.');
  return value;
}
