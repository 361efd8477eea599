/**
 * `npm run demo`: the whole way of a model. Builds it with the command-line tool, trains it on real images, saves its
 * parameters, freezes it with them, and runs the frozen module on ten test images.
 */
import { execFileSync } from 'node:child_process';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { saveSafetensors } from 'kilnn/runtime';
import pc from 'picocolors';
import { type Classifier, classifierIn } from './classifier.js';
import { limited, loadDataSet } from './dataset.js';
import { deviceOptions } from './device.js';
import { readOptions } from './options.js';
import { showPredictions } from './predictions.js';
import { showSizes } from './sizes.js';
import { train } from './train.js';

const options = readOptions(process.argv.slice(2));
const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const out = join(root, 'out/demo');
const source = join(root, 'golden/models', `${options.model}.ts`);
const weights = join(out, `${options.model}.safetensors`);

function kilnn(...args: string[]): void {
  console.log(pc.dim(`$ kilnn ${args.map((arg) => relative(root, arg) || arg).join(' ')}`));
  execFileSync(process.execPath, [join(root, 'dist/compiler/cli.js'), ...args], { cwd: root, stdio: 'inherit' });
}

function step(title: string): void {
  console.log(`\n${pc.bold(title)}`);
}

step('Build');
kilnn('build', source, '--out', out);

step('Train');
const data = await loadDataSet(options.data, join(root, 'node_modules/.cache/kilnn'), (note) => console.log(pc.dim(note)));
const Model = classifierIn(await import(pathToFileURL(join(out, `${options.model}.js`)).href));
const model: Classifier = await Model.create({ ...(await deviceOptions(options.device)), seed: options.seed });
await train(model, options.limit === undefined ? data : limited(data, options.limit), options);

step('Save and freeze');
await saveSafetensors(weights, await model.stateDict());
kilnn('freeze', source, '--weights', weights, '--out', join(out, 'frozen'));

step('The frozen module on ten test images');
const Frozen = classifierIn(await import(pathToFileURL(join(out, 'frozen', `${options.model}.js`)).href));
const frozen = await Frozen.create(await deviceOptions(options.device));
await showPredictions(frozen, data, options.model);

step('Bytes to a browser');
await showSizes([join(out, `${options.model}.js`), join(out, 'frozen', `${options.model}.js`)], root);
