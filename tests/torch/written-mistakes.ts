/** Snippets whose mistake a build finds: the same mistake in Kilnn's source, and what must be said of it. */
import { formatDiagnostic } from '../../compiler/diagnostics/format.js';
import { type Evaluation, evaluateModels } from '../../compiler/frontend/index.js';

interface Written {
  /** Declarations before the model. */
  readonly before?: string;
  /** The body of `forward(x: Tensor<[2, 4]>)` up to its return. */
  readonly forward: string;
  /** The expected code, and the text that is marked. */
  readonly code: string;
  readonly at: string;
}

const keyedByModules = (base: string, added: string, use: string): Written => ({
  before: `class Keyed extends ${base} {\n  constructor(...blocks: nn.Layer[]) {\n    super();\n    for (const block of blocks) ${added}\n  }\n}`,
  forward: use,
  code: 'TS2345',
  at: 'block',
});

const keyedModule = (use: string) => keyedByModules('nn.Module', 'this.addModule(block, block);', use);
const keyedSequential = (use: string) => keyedByModules('nn.Sequential', 'this.addModule(block, block);', use);
const made = 'new Keyed(new nn.Linear(4, 4), new nn.ReLU())';

/** By the name of PyTorch's case. */
const written: Readonly<Record<string, Written>> = {
  'errors-bool-many': { forward: 'if (x.gt(0)) return x.neg();', code: 'KN1212', at: 'x.gt(0)' },
  'errors-cuda-missing': { forward: 'x.cuda();', code: 'TS2339', at: 'cuda' },
  'errors-module-kwargs': {
    before: 'class Other extends nn.Module {\n  constructor(options: object) {\n    super(options);\n  }\n}',
    forward: 'new Other({ params: 1 });',
    code: 'TS2554',
    at: 'options',
  },
  'errors-moduledict-call': {
    forward: 'new nn.ModuleDict({ a: new nn.Linear(4, 2) }).forward(x);',
    code: 'TS2339',
    at: 'forward',
  },
  'errors-modulelist-call': {
    forward: 'new nn.ModuleList([new nn.Linear(4, 2), new nn.ReLU()]).forward(x);',
    code: 'TS2339',
    at: 'forward',
  },
  'errors-mysequential-module-keys-parameters': keyedModule(`${made}.parameters();`),
  'errors-mysequential-module-keys-print': keyedModule(`String(${made});`),
  'errors-mysequential-module-keys-state_dict': keyedModule(`${made}.stateDict();`),
  'errors-mysequential1-one-module': {
    before:
      'class MySequential1 extends nn.Module {\n  constructor(...layers: nn.Layer[]) {\n    super();\n    if (layers.length === 1 && layers[0] instanceof OrderedDict) return;\n  }\n}',
    forward: 'new MySequential1(new nn.Linear(2, 2));',
    code: 'TS2304',
    at: 'OrderedDict',
  },
  'errors-mysequential2-module-keys-parameters': keyedSequential(`${made}.parameters();`),
  'errors-mysequential2-module-keys-print': keyedSequential(`String(${made});`),
  'errors-mysequential2-module-keys-state_dict': keyedSequential(`${made}.stateDict();`),
  'errors-no-forward': { forward: 'new nn.Module().forward(x);', code: 'TS2339', at: 'forward' },
  'errors-no-super-init': {
    before: 'class Other extends nn.Module {\n  lin: nn.Linear;\n  constructor() {\n    this.lin = new nn.Linear(2, 2);\n  }\n}',
    forward: 'new Other();',
    code: 'TS17009',
    at: 'this',
  },
  'errors-numpy-grad': { forward: 'x.numpy();', code: 'TS2339', at: 'numpy' },
  'errors-parameter-wrong-type': {
    forward: 'const m = new nn.Linear(2, 2);\nm.weight = ones([2, 2]);',
    code: 'KN2034',
    at: 'ones([2, 2])',
  },
  'errors-unknown-attribute': { forward: 'new nn.Sequential(new nn.ReLU()).missing;', code: 'TS2339', at: 'missing' },
};

export const isWritten = (name: string): boolean => Object.hasOwn(written, name);

const fileOf = (name: string) => `/cases/${name}.ts`;

function sourceOf({ before = '', forward }: Written): string {
  const body = forward.replaceAll('\n', '\n    ');
  return `import { model, nn, ones, type Tensor } from 'kilnn';\nvoid ones;\n${before}\n@model()\nexport class Net extends nn.Module {\n  forward(x: Tensor<[2, 4]>) {\n    ${body}\n    return x;\n  }\n}\n`;
}

let evaluation: Evaluation | undefined;

/** What is wrong with what the build says of the case: one project has all of them. */
export function writtenProblems(name: string): string[] {
  const sources = new Map(Object.entries(written).map(([key, value]) => [fileOf(key), sourceOf(value)]));
  evaluation ??= evaluateModels([...sources.keys()], { sources });
  const { code, at } = written[name]!;
  const source = sources.get(fileOf(name))!;
  const own = evaluation.diagnostics.filter(({ span }) => span?.file === fileOf(name));
  const found = own.find(({ code: other, span }) => other === code && source.slice(span!.start, span!.end) === at);
  if (found === undefined) return [`the build says ${own.map((other) => `${other.code} ${other.message}`).join('; ') || 'nothing'}`];
  const text = formatDiagnostic(found, { source: (file) => sources.get(file) });
  const framed = found.severity === 'error' && text.includes('^'.repeat(at.length)) && /\.ts:\d+:\d+/.test(text);
  return framed ? [] : [`the message has no place:\n${text}`];
}
