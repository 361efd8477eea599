import type { ModelSpec } from '../../runtime/program.js';
import type { EmittedKernel } from '../backends/backend.js';
import type { EvaluatedModel } from '../frontend/evaluated-model.js';
import type { TensorData } from '../ops/op.js';
import { keyText, type Literal, literalText, stringText, templateText } from './literal.js';
import { ConstantPool, type ModuleTarget, modelSpec, type SourcePlace, type TargetPlan, targetPlan } from './plan.js';
import { assembleTarget, packTarget } from './wasm-code.js';

/** A file that the module loads, beside it. */
export interface BinaryFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A built module. */
export interface WrittenModule {
  readonly text: string;
  readonly binaries: readonly BinaryFile[];
}

export interface ModuleOptions {
  /** State that is constant, by name: the module has it inside, and `create` and methods only. See freeze.ts. */
  readonly frozen?: ReadonlyMap<string, TensorData>;
  /** Of a frozen module that can run on several threads: the module that its workers run, as a text. */
  readonly worker?: string;
  readonly place?: SourcePlace;
  /** Where the binary of the wasm target is kept: in the text, unless given, or in files beside the module, `mlp.wasm` and `mlp.relaxed.wasm`. */
  readonly wasm?: 'inline' | 'file';
  /** The module's own name, of which those of its binaries are made: `mlp`. */
  readonly module?: string;
}

/**
 * A built model: an ES module that exports the model's class. It holds the plan as literals and the kernels of each target as functions,
 * strings or a binary module; only `kilnn/runtime` and the devices of its targets are imported. Every declaration is free of side
 * effects, so a bundler drops models that are not used. The same model and targets give the same bytes.
 */
export function writeModule(model: EvaluatedModel, targets: readonly ModuleTarget[], options: ModuleOptions = {}): WrittenModule {
  const frozen = options.frozen ?? new Map<string, TensorData>();
  const pool = new ConstantPool();
  const plans = targets.map(({ programs, ...target }) =>
    targetPlan(
      model,
      { ...target, programs: options.frozen ? programs.filter(({ name }) => name !== 'init') : programs },
      pool,
      frozen,
      options,
    ),
  );
  const spec = modelSpec(model, pool.constants, frozen);
  const define = options.frozen ? 'defineFrozen' : 'defineModel';
  const names = plans.map(({ target }) => target);
  const texts = plans.map((plan) => targetText(plan, options));
  const parts = ['Kernels', 'Programs', 'Target', 'Regions'];
  const taken = ['spec', define, 'inlineThreads', ...names.flatMap((target) => [target, ...parts.map((part) => `${target}${part}`)])];
  for (const { kernels } of plans) for (const { helpers = [] } of kernels.values()) taken.push(...helpers.map(({ name }) => name));
  taken.push(...texts.flatMap(({ imported }) => imported));
  const local = taken.includes(model.name) ? `${model.name}Model` : model.name;
  const built = `/* @__PURE__ */ ${define}(spec, [${names.map((target) => `${target}Target`).join(', ')}]);`;
  const text = [
    '// Made by kilnn. Changes belong into the source that this was built from.',
    `import { ${define} } from 'kilnn/runtime${options.frozen ? '/frozen' : ''}';`,
    ...texts.map(({ imported }, i) => `import { ${imported.join(', ')} } from 'kilnn/runtime/${names[i]}';`),
    ...(inlinesThreads(plans, options) ? ["import { inlineThreads } from 'kilnn/runtime/wasm-inline-threads';"] : []),
    ...plans.filter(hasRegions).map(({ target }) => `import { regions as ${target}Regions } from 'kilnn/runtime/${target}-regions';`),
    '',
    specText(spec),
    ...texts.flatMap(({ declarations }) => declarations),
    ...texts.map(({ made }, i) => `const ${names[i]}Target = /* @__PURE__ */ ${made};`),
    '',
    ...(local === model.name
      ? [`export const ${local} = ${built}`]
      : [`const ${local} = ${built}`, `export { ${local} as ${model.name} };`]),
    '',
  ].join('\n');
  return { text, binaries: texts.flatMap(({ binaries }) => binaries) };
}

const inlinesThreads = (plans: readonly TargetPlan[], { worker }: ModuleOptions): boolean =>
  worker !== undefined && plans.some(({ linker }) => linker !== undefined);

/** Only programs with loops and branches need what runs them. */
function hasRegions({ programs }: TargetPlan): boolean {
  return programs.some(({ launches }) => launches.some((step) => !('kernel' in step)));
}

function specText(spec: ModelSpec): string {
  return `const spec = ${literalText(spec as unknown as Literal)};\n`;
}

/** What a target adds to the module. */
interface TargetText {
  /** Names from `kilnn/runtime/<target>`. */
  readonly imported: readonly string[];
  readonly declarations: readonly string[];
  /** The expression that makes the target. */
  readonly made: string;
  readonly binaries: readonly BinaryFile[];
}

function targetText(plan: TargetPlan, options: ModuleOptions): TargetText {
  const { target, programs, kernels, linker, compact } = plan;
  const table = Object.fromEntries(programs.map((program) => [program.name, program]));
  const declared = `const ${target}Programs = ${literalText(table as unknown as Literal)};\n`;
  const regions = hasRegions(plan) ? `, ${target}Regions` : '';
  if (linker) {
    const { binaries, ...code } = codeText(plan, options);
    const threads = threadsText(options);
    const scratch = Math.max(0, ...Array.from(kernels.values(), (kernel) => kernel.scratch ?? 0));
    const made = `${target}({ programs: ${target}Programs, code: ${code.made}, scratch: ${scratch}, shared: ${code.shared}${threads && `, threads: ${threads}`} }${regions})`;
    return { imported: [target, code.name], declarations: [declared], made, binaries };
  }
  const sources = compact?.([...kernels.values()].map(({ source }) => source));
  const entries = [...kernels].map(([name, { source }], i) =>
    sources ? `${keyText(name)}: ${templateText(sources[i]!)}` : kernelText(name, source),
  );
  const list = `{\n${entries.map((entry) => `  ${entry},\n`).join('')}}`;
  return {
    imported: [target],
    declarations: [`const ${target}Kernels = ${withHelpers(list, kernels)};\n`, declared],
    made: `${target}({ programs: ${target}Programs, kernels: ${target}Kernels }${regions})`,
    binaries: [],
  };
}

/** How threads are loaded: workers need a module of their own, and a frozen module imports nothing. */
function threadsText({ frozen, worker }: ModuleOptions): string {
  if (!frozen) return "() => import('kilnn/runtime/wasm-threads')";
  return worker === undefined ? '' : `inlineThreads(${stringText(worker)})`;
}

/** The call that says where the binary is, and the files that it needs. */
function codeText(
  plan: TargetPlan,
  { wasm = 'inline', module = 'model' }: ModuleOptions,
): { name: string; made: string; shared: number; binaries: readonly BinaryFile[] } {
  if (wasm === 'inline') {
    const { text, choice, shared } = packTarget(plan);
    return { name: 'wasmInline', made: `wasmInline(${stringText(text)}, ${choice})`, shared, binaries: [] };
  }
  const code = assembleTarget(plan);
  const binaries = [
    { name: `${module}.wasm`, bytes: code.simd },
    { name: `${module}.relaxed.wasm`, bytes: code.relaxed },
  ];
  // Bundlers know files by this very form.
  const [simd, relaxed] = binaries.map(({ name }) => `new URL(${stringText(`./${name}`)}, import.meta.url)`);
  return { name: 'wasmFiles', made: `wasmFiles((relaxed) => (relaxed ? ${relaxed} : ${simd}))`, shared: code.shared, binaries };
}

/**
 * The kernels after the declarations that they share, each once and after those that it needs. They are in a function of their own
 * because bundlers make variables of the constants at a module's top level: here they stay constant, and engines fold what they hold
 * (the scratch panels of contractions) into the code, which then runs twice as fast.
 */
function withHelpers(list: string, kernels: ReadonlyMap<string, EmittedKernel>): string {
  const declared = new Map<string, string>();
  for (const { helpers = [] } of kernels.values()) for (const { name, source } of helpers) declared.set(name, source);
  if (declared.size === 0) return list;
  const body = [...declared.values(), `return ${list};`].join('\n').replace(/^(?=.)/gm, '  ');
  return `/* @__PURE__ */ (() => {\n${body}\n})()`;
}

/** A property of the target's kernels: JavaScript is the function itself. */
function kernelText(name: string, source: string): string {
  const method = source.trim().replace(/^function\s*[\w$]*\s*\(/, `${keyText(name)}(`);
  return method.replaceAll('\n', '\n  ');
}
