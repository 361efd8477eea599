/** Random models as TypeScript: the text of a file with one @model class, and what to call it with. */
import fc from 'fast-check';
import { Draw, drawNumbers } from '../helpers/draw.js';
import { ClassWriter, type Size } from './class-writer.js';
import { steps, writeStep } from './model-steps.js';

export interface ModelArgument {
  readonly dtype: 'f32' | 'i32';
  readonly shape: readonly Size[];
  /** Integers are drawn below this. */
  readonly below?: number;
}

export interface RandomModel {
  readonly source: string;
  readonly dims: Readonly<Record<string, number>>;
  readonly input: ModelArgument;
  /** The loss's arguments after the input. */
  readonly targets: readonly ModelArgument[];
  readonly seed: number;
}

const inputs: readonly ModelArgument[] = [
  { dtype: 'f32', shape: ['batch', 4] },
  { dtype: 'f32', shape: ['batch', 2, 5, 4] },
  { dtype: 'f32', shape: ['batch', 'time', 3] },
  { dtype: 'f32', shape: ['batch', 5, 4] },
  { dtype: 'i32', shape: ['batch', 'time'], below: 7 },
];

const optimizers = [
  'new optim.SGD({ lr: 0.1 })',
  'new optim.SGD({ lr: 0.05, momentum: 0.9, nesterov: true })',
  'new optim.SGD({ lr: 0.1, momentum: 0.5, dampening: 0.1, weightDecay: 0.01 })',
  // A large eps: the first step of Adam divides each gradient by its own size, even where that is rounding alone.
  'new optim.Adam({ lr: 0.01, eps: 0.1 })',
  'new optim.AdamW({ lr: 0.01, eps: 0.1, weightDecay: 0.1 })',
  'new optim.RMSprop({ lr: 0.01, eps: 0.1, momentum: 0.5, centered: true })',
  'new optim.Adagrad({ lr: 0.05, initialAccumulatorValue: 0.1 })',
  // The first parameter has options of its own; the last one is not trained.
  '(net: Net) => new optim.SGD([{ params: net.parameters().slice(0, 1), lr: 0.01 }, ...net.parameters().slice(1, -1).map((each) => ({ params: each }))], { lr: 0.1, momentum: 0.5 })',
];

function typeText({ dtype, shape }: ModelArgument): string {
  const sizes = shape.map((size) => (typeof size === 'number' ? size : `'${size}'`)).join(', ');
  return `Tensor<[${sizes}]${dtype === 'f32' ? '' : `, '${dtype}'`}>`;
}

function modelOf(first: readonly number[], genes: readonly (readonly number[])[], last: readonly number[], seed: number): RandomModel {
  const draw = new Draw(first);
  const input = draw.pick(inputs);
  const dims = { batch: draw.pick([3, 2, 5]), time: draw.pick([3, 1, 4]) };
  const file = { declarations: [] as string[], names: 0 };
  const writer = new ClassWriter(file, [...input.shape], 2);
  if (input.dtype === 'i32') {
    writer.line(`let x: Tensor = ${writer.field('embedding', 'new nn.Embedding(7, 4)')}.forward(given);`);
    writer.shape.push(4);
  } else writer.line('let x: Tensor = given;');
  for (const gene of genes) writeStep(writer, new Draw(gene));
  const end = new Draw(last);
  // There is something to train in every model.
  const outputs = end.pick([4, 1, 3]);
  writer.set(`${writer.field('head', `new nn.Linear(${writer.width}, ${outputs})`)}.forward(x)`);
  writer.shape = writer.withLast(outputs);

  const { loss, targets } = lossOf(writer, end);
  const parameters = ['given', ...targets.map((_, i) => `y${i}`)];
  const types = [input, ...targets].map(typeText);
  const result = end.oneIn(2) ? `: ${typeText({ dtype: 'f32', shape: writer.shape })}` : '';
  const text = [
    "import { cat, einsum, F, full, loss, matmul, model, nn, noGrad, ones, optim, rand, randn, stack, type Tensor, where, zeros } from 'kilnn';",
    '',
    ...file.declarations.flatMap((declaration) => [declaration, '']),
    `@model({ optimizer: ${end.pick(optimizers)} })`,
    writer.text('export class Net extends nn.Module', `forward(given: ${types[0]})${result}`),
    '',
    '  @loss',
    `  objective(${parameters.map((name, i) => `${name}: ${types[i]}`).join(', ')}) {`,
    '    const out = this.forward(given);',
    `    return ${loss};`,
    '  }',
    '}',
    '',
  ].join('\n');
  return { source: text, dims, input, targets, seed };
}

function lossOf(writer: ClassWriter, draw: Draw): { loss: string; targets: readonly ModelArgument[] } {
  const same: ModelArgument = { dtype: 'f32', shape: [...writer.shape] };
  const choices: { loss: string; targets: readonly ModelArgument[] }[] = [
    { loss: 'F.mseLoss(out, y0)', targets: [same] },
    { loss: 'out.pow(2).mean()', targets: [] },
    { loss: "F.smoothL1Loss(out, y0, { reduction: 'sum' })", targets: [same] },
    { loss: 'F.binaryCrossEntropyWithLogits(out, y0.sigmoid())', targets: [same] },
    { loss: 'out.sub(y0).pow(2).sum().div(out.shape[0]!)', targets: [same] },
  ];
  if (writer.rank === 2 && writer.width > 1) {
    const labels: ModelArgument = { dtype: 'i32', shape: [writer.shape[0]!], below: writer.width };
    choices.unshift(
      { loss: 'F.crossEntropy(out, y0)', targets: [labels] },
      { loss: 'F.crossEntropy(out, y0, { labelSmoothing: 0.1 })', targets: [labels] },
      { loss: `F.mseLoss(out, F.oneHot(y0, ${writer.width}).float())`, targets: [labels] },
    );
  }
  const { loss, targets } = draw.pick(choices);
  const penalty = 'this.parameters().map((p) => p.pow(2).sum()).reduce((a, b) => a.add(b))';
  return {
    loss: draw.oneIn(4) && writer.fields.some((field) => field.includes('nn.Linear')) ? `${loss}.add(${penalty}.mul(0.01))` : loss,
    targets,
  };
}

/** Models of up to `most` steps. Fewer steps and smaller numbers make simpler models. */
export function randomModel(most = 7): fc.Arbitrary<RandomModel> {
  return fc
    .tuple(drawNumbers(3), fc.array(drawNumbers(14), { minLength: 1, maxLength: most, size: 'max' }), drawNumbers(5), fc.nat({ max: 9999 }))
    .map(([first, genes, last, seed]) => modelOf(first, genes, last, seed));
}

export const stepNames: readonly string[] = steps.map(({ name }) => name);
