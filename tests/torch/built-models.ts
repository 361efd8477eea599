/** Models of PyTorch's cases through the whole compiler: built together, imported, filled with the recorded state, and called. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import pc from 'picocolors';
import { beforeAll, describe } from 'vitest';
import { reportText } from '../../compiler/cli/inspect.js';
import type { Compilation } from '../../compiler/compilation.js';
import { formatDiagnostics } from '../../compiler/diagnostics/format.js';
import { build, type Diagnostic, type ModuleReport } from '../../compiler/index.js';
import { reportOf } from '../../compiler/inspect.js';
import { type AnyTensor, type CreateOptions, type ModelClass, tensor } from '../../runtime/index.js';
import { type AnyModel, temporaryFolder } from '../e2e/built.js';
import { openGpu } from '../helpers/gpu.js';
import { NotThere } from './calls.js';
import { type Category, casesOf, dtypeOf, type Figures, type TensorRecord, type TorchCase } from './cases.js';
import { type Execution, testCategory } from './listed.js';
import type { NetText } from './net-cases.js';
import type { Results } from './run-case.js';

export interface BuiltModel {
  readonly compilation: Compilation;
  readonly Model: ModelClass<AnyModel>;
}

/** A case as a model of its own. */
export interface ModelPlan {
  /** What `@model` is given; `$` stands for the class. */
  readonly options?: string;
  /** What stands after the class's name. */
  readonly body: string;
  /** What is wrong with the built model. */
  problems(built: BuiltModel, device: CreateOptions): readonly string[] | Promise<readonly string[]>;
}

/** What all files of models import. */
const imports = `import { entry, F, loss, model, nn, ones, optim, type Tensor, zeros } from 'kilnn';
import { derivations, functions } from './autograd-functions.js';
import { moduleNets } from './module-nets.js';
import { applyOrder, changes } from './parameter-changes.js';
import {
  ChangedModel, DerivedModel, FittedModel, FunctionModel, NamedModel, NetModel, ParametersAndTensors, TrainedModel, WeighedModel,
} from './torch-models.js';
import { trainings } from './trainings.js';`;

/** Models that are built together; each text of a class once. */
export class ModelFile {
  private readonly names = new Map<string, string>();
  private built: Promise<BuiltModels> | undefined;

  /** The executions are targets; each case is run on all of them. */
  constructor(readonly targets: readonly Exclude<Execution, 'eager'>[]) {}

  /** Gives the name of the class. */
  add({ options = '', body }: ModelPlan): string {
    const text = `@model(${options}) export class $ ${body.replaceAll('\n', ' ')}`;
    const name = this.names.get(text) ?? `Case${this.names.size}`;
    this.names.set(text, name);
    return name;
  }

  /** Builds all that was added. */
  build(): Promise<BuiltModels> {
    const classes = [...this.names].map(([text, name]) => text.replaceAll('$', name));
    this.built ??= buildTogether(classes, this.targets);
    return this.built;
  }
}

/**
 * One test for each case of a category as `testCategory` has them, or for the named ones. `plan` throws where a case has no model.
 */
export function testBuilt(category: Category, plan: (torchCase: TorchCase) => ModelPlan, file: ModelFile, only?: readonly string[]): void {
  const plans = new Map<string, { plan: ModelPlan; name: string }>();
  for (const torchCase of casesOf(category)) {
    if (only?.includes(torchCase.name) === false) continue;
    const made = planOf(torchCase, plan);
    if (made !== undefined) plans.set(torchCase.name, { plan: made, name: file.add(made) });
  }
  let built: BuiltModels;
  beforeAll(async () => {
    built = await file.build();
  }, 300_000);
  const problems = async (torchCase: TorchCase, target: Exclude<Execution, 'eager'>) => {
    const found = plans.get(torchCase.name);
    // To say why there is none.
    if (found === undefined) return plan(torchCase) && [];
    const device: CreateOptions = target === 'webgpu' ? { device: target, gpu: await openGpu() } : { device: target };
    return found.plan.problems(await built.get(found.name), device);
  };
  for (const target of file.targets) {
    describe(target, () =>
      testCategory(category, (torchCase) => problems(torchCase, target), { execution: target, ...(only && { only }) }),
    );
  }
}

function planOf(torchCase: TorchCase, plan: (torchCase: TorchCase) => ModelPlan): ModelPlan | undefined {
  try {
    return plan(torchCase);
  } catch (error) {
    if (error instanceof NotThere) return undefined;
    throw error;
  }
}

async function buildTogether(classes: readonly string[], targets: readonly string[]): Promise<BuiltModels> {
  const here = fileURLToPath(new URL('.', import.meta.url));
  const source = [imports.replaceAll("'./", `'${here}`), ...classes].join('\n');
  const folder = temporaryFolder();
  const file = join(folder, 'cases.ts');
  writeFileSync(file, source);
  const { diagnostics, models } = await build([file], { targets });
  return new BuiltModels(folder, source, models, diagnostics);
}

class BuiltModels {
  constructor(
    private readonly folder: string,
    private readonly source: string,
    private readonly models: readonly Compilation[],
    private readonly diagnostics: readonly Diagnostic[],
  ) {}

  /** The class of that name. Throws what is wrong with its line, or with none in particular. */
  async get(name: string): Promise<BuiltModel> {
    const line = this.source.split('\n').findIndex((text) => text.includes(`class ${name} `));
    const errors = this.diagnostics.filter((diagnostic) => {
      const lines = this.linesOf(diagnostic);
      return diagnostic.severity === 'error' && (lines.length === 0 || lines.includes(line));
    });
    const compilation = this.models.find(({ model }) => model.name === name);
    if (errors.length > 0 || compilation === undefined || compilation.files.length === 0) {
      const source = (file: string) => (file.startsWith(this.folder) ? this.source : undefined);
      throw new Error(`${name} is not built: ${formatDiagnostics(errors, { source })}`);
    }
    for (const { path, text } of compilation.files) writeFileSync(join(this.folder, path), text);
    const module = (await import(/* @vite-ignore */ pathToFileURL(join(this.folder, compilation.files[0]!.path)).href)) as Record<
      string,
      ModelClass<AnyModel>
    >;
    return { compilation, Model: module[name]! };
  }

  /** The lines of the file that a diagnostic speaks of. */
  private linesOf({ span, notes }: Diagnostic): number[] {
    return [span, ...notes.map((note) => note.span)].flatMap((each) =>
      each?.file.startsWith(this.folder) ? [this.source.slice(0, each.start).split('\n').length - 1] : [],
    );
  }
}

/** A model on its device with the given state; what is not given stays as it was made. */
export async function openModel(
  { Model }: BuiltModel,
  options: CreateOptions,
  state: Readonly<Record<string, TensorRecord>>,
): Promise<AnyModel> {
  const model = await Model.create({ seed: 0, ...options });
  const given = Object.fromEntries(Object.entries(state).map(([name, record]) => [name, onDevice(record)]));
  const { unexpectedKeys } = await model.loadStateDict(given, { strict: false });
  if (unexpectedKeys.length > 0) throw new Error(`the model has no ${unexpectedKeys}`);
  return model;
}

export function onDevice(record: TensorRecord): AnyTensor {
  const dtype = dtypeOf(record);
  const data = record.data.map(Number);
  const { shape } = record;
  if (dtype === 'i32') return tensor(Int32Array.from(data), { shape });
  return dtype === 'bool' ? tensor(Uint8Array.from(data), { shape }) : tensor(Float32Array.from(data), { shape });
}

export async function figures(value: AnyTensor): Promise<Figures> {
  return { shape: value.shape, dtype: value.dtype, data: await value.data() };
}

/** The loss with its gradients, and the other results of a loss method, under the names of the case: `prefix` goes from names of state. */
export async function gradientsOf(model: AnyModel, prefixes: readonly string[]): Promise<Results> {
  const { result, gradients } = (await model.gradients.objective!()) as unknown as {
    readonly result: Readonly<Record<string, AnyTensor>>;
    readonly gradients: Readonly<Record<string, AnyTensor>>;
  };
  const outputs: Record<string, Figures> = {};
  for (const [name, value] of Object.entries(result)) outputs[name] = await figures(value);
  const found: Record<string, Figures> = {};
  for (const [name, value] of Object.entries(gradients)) {
    const prefix = prefixes.find((each) => name.startsWith(each)) ?? '';
    found[name.slice(prefix.length)] = await figures(value);
  }
  return { outputs, gradients: found };
}

/** Names, order and text of the module `child` of a model, as `inspect` and the built model show them. */
export async function textOf({ compilation }: BuiltModel, model: AnyModel, child: string): Promise<NetText> {
  const own = (entries: readonly (readonly [string, AnyTensor])[]) =>
    entries
      .filter(([name]) => name.startsWith(`${child}.`))
      .map(([name, { shape }]): [string, readonly number[]] => [name.slice(child.length + 1), shape]);
  const report = reportOf(compilation);
  const start = report.modules.findIndex(({ depth, name }) => depth === 1 && name === child);
  const after = report.modules.findIndex(({ depth }, i) => i > start && depth < 2);
  const modules = report.modules
    .slice(start, after < 0 ? undefined : after)
    .map(({ depth, name, className, extraRepr }): ModuleReport => ({ depth: depth - 1, name, className, extraRepr, parameters: 0 }));
  const lines = reportText({ ...report, modules }, pc.createColors(false)).split('\n');
  return {
    text: lines
      .slice(1, lines.indexOf(''))
      .map((line) => line.trimEnd())
      .join('\n'),
    state: own(Object.entries(await model.stateDict())),
    parameters: own(model.namedParameters() as [string, AnyTensor][]),
  };
}
