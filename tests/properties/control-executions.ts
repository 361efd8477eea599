/** Runs classes with control flow eagerly, built for js and wasm and in the interpreter, and compares all that comes out. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { nn, Tensor } from 'kilnn';
import { tensor as eagerTensor, grad, manualSeed } from 'kilnn/eager';
import type { Compilation } from '../../compiler/compilation.js';
import { formatDiagnostics } from '../../compiler/diagnostics/format.js';
import type { Entry } from '../../compiler/frontend/evaluated-model.js';
import { build } from '../../compiler/index.js';
import { interpret } from '../../compiler/interpreter/index.js';
import type { Graph } from '../../compiler/ir/graph.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { differentiateWithReport } from '../../compiler/passes/differentiate/index.js';
import type { ModelClass } from '../../runtime/index.js';
import { type AnyModel, sourceFile, temporaryFolder } from '../e2e/built.js';
import { compare, compareWithEager, dataOf } from '../e2e/eager-twin.js';
import { direction, directionalDerivative, dot, type Inputs } from '../helpers/finite-differences.js';
import { inFloat64, uniforms } from '../helpers/tensors.js';
import { wasmDevices } from '../helpers/wasm-devices.js';
import { type ControlModel, controlImports } from './random-control-model.js';

const seed = 5;

/** Builds the models as classes of one file. Gives the message for each that differs somewhere, with its source. */
export async function compareControlFlow(models: readonly ControlModel[]): Promise<string[]> {
  const texts = models.map((model, index) => model.text(`Net${index}`));
  const text = [controlImports, ...texts].join('\n\n');
  const file = sourceFile(text, 'nets.ts');
  const out = temporaryFolder();
  const { diagnostics, models: compilations } = await build([file], { out, targets: ['js', 'wasm'] });
  if (diagnostics.length > 0) return [formatDiagnostics(diagnostics, { source: () => text })];
  const classes = (await import(/* @vite-ignore */ file)) as Record<string, new () => nn.Module>;
  const failures: string[] = [];
  const also = await wasmDevices();
  for (const [index, model] of models.entries()) {
    const name = `Net${index}`;
    const compilation = compilations.find((candidate) => candidate.model.name === name)!;
    const built = (await import(/* @vite-ignore */ pathToFileURL(join(out, `${compilation.module}.js`)).href)) as Record<
      string,
      ModelClass<AnyModel>
    >;
    try {
      await compareWithEager(compilation, classes[name]!, built[name]!, { device: { device: 'js' }, also, steps: 2 });
      await compareInputGradients(compilation, classes[name]!, built[name]!, model.followed);
    } catch (error) {
      failures.push(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n\n${texts[index]}\n`);
    }
  }
  return failures;
}

/** Gradients of the arguments and of all parameters, in training mode: eagerly, by the interpreter, and by differences. */
async function compareInputGradients(
  { model }: Compilation,
  Eager: new () => nn.Module,
  Built: ModelClass<AnyModel>,
  followed: boolean,
): Promise<void> {
  const entry = model.entries.find(({ kind }) => kind === 'loss')!;
  const graph = lossGraph(entry);
  // Statistics of one row are refused.
  const normalised = model.state.some(({ name }) => /running/.test(name));
  for (const batch of normalised ? [2] : [2, 1]) {
    manualSeed(seed);
    const net = new Eager() as nn.Module & { objective(x: Tensor): Tensor };
    net.train();
    const built = await Built.create({ device: 'js', seed });
    const uniform = uniforms(batch);
    const width = entry.arguments[0]!.type.shape[1] as number;
    const data = Float32Array.from({ length: batch * width }, () => 2 * uniform() - 1);
    const inputs = new Map<string, TensorData>([['given', { dtype: 'f32', shape: [batch, width], data }]]);
    for (const [name, value] of Object.entries(await built.stateDict())) inputs.set(name, await dataOf(value));
    for (const { name, role } of graph.inputs) {
      if (role === 'rng') inputs.set(name, { dtype: 'i32', shape: [2], data: Int32Array.of(seed, 1) });
    }
    const given = eagerTensor(data, { shape: [batch, width] }).requiresGrad_();
    manualSeed(seed, { step: 1 });
    const eager = grad(net.objective(given), [given])[0];
    const names = graph.inputs.filter(({ role }) => role === 'argument' || role === 'parameter').map(({ name }) => name);
    const { graph: gradients } = differentiateWithReport(graph, { loss: 'loss', withRespectTo: names });
    const found = interpret(gradients, in64(inputs));
    const want = eager?.data() ?? new Float32Array(data.length);
    compare(
      { ...found.get('given')!, dtype: 'f32' },
      { dtype: 'f32', shape: [batch, width], data: want as Float32Array },
      'gradient of given',
      0.1,
    );
    if (followed) compareWithDifferences(graph, in64(inputs), found, names);
  }
}

/** Where differences of two step sizes agree; near a jump, or at a kink, they do not. */
function compareWithDifferences(graph: Graph, inputs: Inputs, found: ReadonlyMap<string, TensorData>, names: readonly string[]): void {
  const along = direction(inputs, names, seed);
  const [coarse, fine] = [2e-4, 5e-5].map((step) => directionalDerivative(graph, inputs, 'loss', along, step).data[0]!);
  const computed = names.reduce((sum, name) => sum + dot(found.get(name)!, along.get(name)!), 0);
  if (Math.abs(coarse! - fine!) > 1e-6 * Math.max(1, Math.abs(fine!))) return;
  if (Math.abs(computed - fine!) > 1e-5 * Math.max(1, Math.abs(fine!))) {
    throw new Error(`the gradient along a direction is ${computed}, by differences ${fine}`);
  }
}

function in64(inputs: Inputs): Inputs {
  return new Map([...inputs].map(([name, value]) => [name, inFloat64(value)]));
}

/** The loss alone, in training mode. */
function lossGraph(entry: Entry): Graph {
  const graph = entry.training!;
  const [loss] = graph.outputs;
  return { ...graph, outputs: [{ ...loss!, name: 'loss' }], body: { ...graph.body, results: [loss!.value] } };
}
