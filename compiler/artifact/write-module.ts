import type { ModelSpec, Program } from '../../runtime/program.js';
import type { EmittedKernel } from '../backends/backend.js';
import type { EvaluatedModel } from '../frontend/evaluated-model.js';
import type { TensorData } from '../ops/op.js';
import { keyText, type Literal, literalText, templateText } from './literal.js';
import { ConstantPool, type ModuleTarget, modelSpec, type SourcePlace, type TargetPlan, targetPlan } from './plan.js';

export interface ModuleOptions {
  /** State that is constant, by name: the module has it inside, and `create` and methods only. See freeze.ts. */
  readonly frozen?: ReadonlyMap<string, TensorData>;
  readonly place?: SourcePlace;
}

/**
 * The source of a built model: an ES module that exports the model's class. It holds the plan as literals and the kernels of each
 * target as functions or strings; only `kilnn/runtime` and the devices of its targets are imported. Every declaration is free of side
 * effects, so a bundler drops models that are not used. The same model and targets give the same bytes.
 */
export function writeModule(model: EvaluatedModel, targets: readonly ModuleTarget[], options: ModuleOptions = {}): string {
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
  // Only programs with loops and branches need what runs them.
  const withRegions = plans.filter(({ programs }) => programs.some(hasRegions)).map(({ target }) => target);
  const parts = ['Kernels', 'Programs', 'Target', 'Regions'];
  const taken = ['spec', define, ...names.flatMap((target) => [target, ...parts.map((part) => `${target}${part}`)])];
  for (const { kernels } of plans) for (const { helpers = [] } of kernels.values()) taken.push(...helpers.map(({ name }) => name));
  const local = taken.includes(model.name) ? `${model.name}Model` : model.name;
  const built = `/* @__PURE__ */ ${define}(spec, [${names.map((target) => `${target}Target`).join(', ')}]);`;
  return [
    '// Made by kilnn. Changes belong into the source that this was built from.',
    `import { ${define} } from 'kilnn/runtime${options.frozen ? '/frozen' : ''}';`,
    ...names.map((target) => `import { ${target} } from 'kilnn/runtime/${target}';`),
    ...withRegions.map((target) => `import { regions as ${target}Regions } from 'kilnn/runtime/${target}-regions';`),
    '',
    specText(spec),
    ...plans.flatMap(targetText),
    ...plans.map(
      ({ target }) =>
        `const ${target}Target = /* @__PURE__ */ ${target}({ programs: ${target}Programs, kernels: ${target}Kernels }${withRegions.includes(target) ? `, ${target}Regions` : ''});`,
    ),
    '',
    ...(local === model.name
      ? [`export const ${local} = ${built}`]
      : [`const ${local} = ${built}`, `export { ${local} as ${model.name} };`]),
    '',
  ].join('\n');
}

function hasRegions({ launches }: Program): boolean {
  return launches.some((step) => !('kernel' in step));
}

function specText(spec: ModelSpec): string {
  return `const spec = ${literalText(spec as unknown as Literal)};\n`;
}

function targetText({ target, programs, kernels }: TargetPlan): string[] {
  const plan = Object.fromEntries(programs.map((program) => [program.name, program]));
  const list = `{\n${[...kernels].map(([name, kernel]) => `  ${kernelText(name, kernel)},\n`).join('')}}`;
  return [
    `const ${target}Kernels = ${withHelpers(list, kernels)};\n`,
    `const ${target}Programs = ${literalText(plan as unknown as Literal)};\n`,
  ];
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

/** A property of the target's kernels: WGSL is text with a note of what is written, JavaScript the function itself. */
function kernelText(name: string, { source, access }: EmittedKernel): string {
  if (access) return `${keyText(name)}: {\n    access: ${literalText(access)},\n    code: ${templateText(source)},\n  }`;
  const method = source.trim().replace(/^function\s*[\w$]*\s*\(/, `${keyText(name)}(`);
  return method.replaceAll('\n', '\n  ');
}
