import type { Entry, EvaluatedModel, ResultTree } from '../frontend/evaluated-model.js';
import { dimText } from '../ir/dim.js';
import { type TensorType, typeText } from '../ir/types.js';
import { keyText, stringText } from './literal.js';

export interface TypesOptions {
  /** Names of the targets that the module was built for: what `create({ device })` accepts. */
  readonly targets?: readonly string[];
  /** For a frozen module, which imports nothing: neither do its types, and there are only methods. */
  readonly frozen?: boolean;
  /** Whether a frozen module can run on several threads. */
  readonly threads?: boolean;
}

/**
 * The type declarations of a built model: methods and arguments as in the source, results with their shapes, names of parameters and
 * of the optimizer's scalars.
 */
export function writeTypes(model: EvaluatedModel, options: TypesOptions = {}): string {
  const devices = (options.targets ?? ['js', 'wasm', 'webgpu']).map(stringText).join(' | ');
  const methods = model.entries.map((entry) => method(entry, resultText(entry, entry.result), 2));
  const lines = options.frozen
    ? [frozenTypes, ...frozenClass(model, devices, options.threads), '', ...methods, '  dispose(): void;', '}']
    : [...builtHead(model), ...builtClass(model, devices), '', ...methods, ...lossMethods(model), '}'];
  return `// Made by kilnn. Changes belong into the source that this was built from.\n${lines.join('\n')}\n`;
}

function builtHead(model: EvaluatedModel): string[] {
  const { name, state, optimizer } = model;
  const trained = state.filter(({ kind, requiresGrad, alias }) => kind === 'parameter' && requiresGrad && alias === undefined);
  return [
    `import type { CreateOptions, Model, ${optimizer?.schedule?.every === 'epoch' ? 'Schedule, ' : ''}Tensor, TensorLike } from 'kilnn/runtime';`,
    '',
    '/** Parameters and buffers by name. */',
    `export type ${name}State = ${tensorsText(state.filter(({ persistent }) => persistent))};`,
    '',
    '/** Gradients by the names of parameters; one that a loss does not read has none. */',
    `export type ${name}Gradients = ${tensorsText(trained)};`,
    '',
  ];
}

function builtClass({ name, optimizer }: EvaluatedModel, devices: string): string[] {
  // Every group has the same scalars; the counter of a schedule is none of them.
  const names = Object.keys(optimizer?.hyper ?? {}).filter((key) => key !== optimizer?.schedule?.counter);
  const scalars = [...new Set(names.map((key) => key.replace(/^paramGroups\.\d+\./, '')))].map((key) => `${keyText(key)}: number`);
  const hyper = scalars.length > 0 ? `{ ${scalars.join('; ')} }` : 'Record<never, number>';
  const schedule =
    optimizer?.schedule?.every === 'epoch'
      ? ['  /** The learning rates go on to the next epoch by `schedule.step()`. */', '  readonly schedule: Schedule;']
      : [];
  return [
    `export declare class ${name} extends Model<${name}State, ${hyper}> {`,
    '  private constructor();',
    '  /** Opens the device and computes the initial values there. */',
    `  static create(options?: CreateOptions<${devices}>): Promise<${name}>;`,
    ...schedule,
  ];
}

/** The objects `gradients` and `train`. */
function lossMethods(model: EvaluatedModel): string[] {
  const losses = model.entries.filter(({ kind }) => kind === 'loss');
  const group = (name: string, about: string, more?: (entry: Entry) => string): string[] => [
    '',
    `  /** ${about} */`,
    `  readonly ${name}: {`,
    ...losses.map((entry) => method(entry, lossText(entry, more?.(entry)), 4)),
    '  };',
  ];
  if (losses.length === 0) return [];
  const gradients = group(
    'gradients',
    'The loss in training mode and its gradients. Parameters stay as they are.',
    (entry) => `gradients: ${[`${model.name}Gradients`, ...argumentGradients(entry)].join(' & ')}`,
  );
  return model.optimizer ? [...gradients, ...group('train', 'One training step: forward, gradients and update.')] : gradients;
}

/** The gradients of the arguments that a loss asks for. */
function argumentGradients({ arguments: all, differentiated = [] }: Entry): string[] {
  const asked = all.filter(({ name }) => differentiated.includes(name));
  return asked.length === 0 ? [] : [`{ ${asked.map(({ name, type }) => `readonly ${keyText(name)}: ${tensorText(type)}`).join('; ')} }`];
}

function method(entry: Entry, result: string, indent: number): string {
  const pad = ' '.repeat(indent);
  const types = entry.arguments.map(({ name, type }) => `${name}: ${typeText(type)}`).join(', ');
  const outputs = entry.graph.outputs.filter(({ role }) => role === 'result').map(({ value }) => typeText(value.type));
  const parameters = entry.arguments.map(({ name, type }) => `${name}: ${argumentText(type)}`).join(', ');
  return `${pad}/** ${types} -> ${outputs.join(', ')} */\n${pad}${keyText(entry.name)}(${parameters}): Promise<${result}>;`;
}

/** The loss, and the method's whole value as `result` when it is more than the loss. */
function lossText(entry: Entry, more?: string): string {
  const loss = entry.graph.outputs.find(({ role }) => role === 'result')!.value.type;
  const result = typeof entry.result === 'string' ? [] : [`result: ${resultText(entry, entry.result)}`];
  return `{ ${[`loss: ${tensorText(loss)}`, ...result, ...(more === undefined ? [] : [more])].join('; ')} }`;
}

function resultText(entry: Entry, tree: ResultTree): string {
  if (typeof tree === 'string') {
    const output = entry.graph.outputs.find(({ name }) => name === tree);
    if (!output) throw new Error(`the entry '${entry.name}' has no output '${tree}'`);
    return tensorText(output.value.type);
  }
  if (Array.isArray(tree)) return `[${tree.map((part: ResultTree) => resultText(entry, part)).join(', ')}]`;
  const parts = Object.entries(tree).map(([key, part]) => `${keyText(key)}: ${resultText(entry, part as ResultTree)}`);
  return parts.length > 0 ? `{ ${parts.join('; ')} }` : 'Record<never, never>';
}

function tensorsText(entries: readonly { readonly name: string; readonly type: TensorType }[]): string {
  if (entries.length === 0) return 'Record<never, Tensor>';
  return `{\n${entries.map(({ name, type }) => `  ${keyText(name)}: ${tensorText(type)};\n`).join('')}}`;
}

const tensorText = (type: TensorType): string => `Tensor<${shapeAndType(type)}>`;
const argumentText = (type: TensorType): string => `TensorLike<${shapeAndType(type)}>`;

/** Sizes that are not just numbers are named by their text. */
function shapeAndType({ shape, dtype }: TensorType): string {
  const sizes = shape.map((dim) => (typeof dim === 'number' ? String(dim) : stringText(dimText(dim))));
  return `[${sizes.join(', ')}]${dtype === 'f32' ? '' : `, '${dtype}'`}`;
}

function frozenClass({ name }: EvaluatedModel, devices: string, threads = false): string[] {
  const workers = threads ? "; threads?: number | 'auto'; worker?: URL | string | (() => object)" : '';
  return [
    `export declare class ${name} {`,
    '  private constructor();',
    `  static create(options?: { device?: ${devices} | 'auto'; gpu?: object; seed?: number; onNote?: (note: string) => void${workers} }): Promise<${name}>;`,
    '  readonly device: string;',
    ...(threads ? ['  readonly threads: { readonly count: number; readonly note?: string };'] : []),
  ];
}

const frozenTypes = `interface Arrays {
  f32: Float32Array;
  i32: Int32Array;
  bool: Uint8Array;
}

type Nested = number | boolean | readonly Nested[];
type Shape = readonly (number | string)[];

/** A result, on the device until it is read. */
export interface Tensor<S extends Shape = Shape, D extends keyof Arrays = 'f32'> {
  readonly declared?: S;
  readonly shape: readonly number[];
  readonly dtype: D;
  readonly device: string;
  readonly size: number;
  data(): Promise<Arrays[D]>;
  item(): Promise<D extends 'bool' ? boolean : number>;
  toArray(): Promise<Nested>;
}

/** What an argument may be: nested arrays, a flat typed array if one size at most is unknown, or a tensor. */
export type TensorLike<_S extends Shape, D extends keyof Arrays = 'f32'> = Nested | Arrays[D] | { readonly shape: readonly number[]; readonly dtype: D };
`;
