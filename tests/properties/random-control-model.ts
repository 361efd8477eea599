/** Random models whose forward is control flow on the values of tensors, as the source text of classes. */
import fc from 'fast-check';
import { Draw, drawNumbers } from '../helpers/draw.js';
import { ClassWriter } from './class-writer.js';
import { ControlFlow } from './control-flow.js';
import { writeStep } from './model-steps.js';

export interface ControlModel {
  /** The class, of the name given. */
  text(name: string): string;
  /** Whether all that the loss depends on is followed by its gradient. */
  readonly followed: boolean;
}

const optimizers = [
  'new optim.SGD({ lr: 0.1 })',
  'new optim.SGD({ lr: 0.05, momentum: 0.9, weightDecay: 0.01 })',
  'new optim.Adam({ lr: 0.01, eps: 0.1 })',
];

function modelOf(first: readonly number[], genes: readonly (readonly number[])[]): ControlModel {
  const draw = new Draw(first);
  const detached = draw.oneIn(3);
  const width = draw.pick([3, 1, 4]);
  const writer = new ClassWriter({ declarations: [], names: 0 }, ['batch', width], 0);
  writer.fields.push(
    `cell = new nn.Linear(${width}, ${width});`,
    `gain = new nn.Parameter(rand([${width}]));`,
    'seen = new nn.Buffer(zeros([]));',
  );
  writer.line('let x: Tensor = given;');
  let layerText = '';
  // A layer as other models have it, before the rest: something that is not a value of the loop.
  if (draw.oneIn(3)) {
    const layer = new ClassWriter({ declarations: [], names: 0 }, [...writer.shape], 0);
    writeStep(layer, new Draw(first.slice(4)));
    const outside = [...layer.file.declarations, ...layer.members, ...layer.constructorLines];
    if (layer.shape.join() === writer.shape.join() && outside.length === 0) {
      writer.fields.push(...layer.fields);
      layerText = layer.body('').trimStart();
      writer.line(layerText);
    }
  }
  for (const line of [
    'let a = x, b = x.tanh(), k = 1, n = 0.3, flag = false;',
    'let o: { t: Tensor; v: number } = { t: x.mul(0.5), v: 2 };',
    'const list = [x.add(0.1), b];',
    'const bump = () => { k = (k + 1) % 6; if (k > 3) { a = a.mul(0.9); return 2; } return k; };',
    'const blend = (t: Tensor) => { for (let i = 0; i < Math.abs(k) % 3; i++) { if (t.mean().item() > 0.213) return t.mul(0.8); t = t.add(b).mul(0.5); } return t; };',
  ])
    writer.line(line);
  for (const gene of genes) writer.line(new ControlFlow(writer, new Draw(gene), { detached }).statements(1));
  writer.line('x = [a, b, o.t, ...list].reduce((first, second) => first.add(second)).mul(0.2).add((k + o.v) * 0.01).add(flag ? 0.1 : 0);');
  writer.members.push(
    `  mix(t: Tensor, times: number): Tensor {
    if (t.norm().item() > 1.713) return t.mul(0.5);
    for (let i = 0; i < Math.abs(times) % 3; i++) t = this.cell.forward(t).tanh().add(i * 0.1);
    return t;
  }`,
  );
  const optimizer = draw.pick(optimizers);
  return {
    followed: !detached && !/noGrad|detach/.test(layerText),
    text: (name) =>
      [
        `@model({ optimizer: ${optimizer}, loopLimit: 50 })`,
        writer.text(`export class ${name} extends nn.Module`, `forward(given: Tensor<['batch', ${width}]>): Tensor`),
        '',
        '  @loss',
        `  objective(given: Tensor<['batch', ${width}]>) {`,
        // Every parameter has a gradient, whichever way is taken.
        '    const size = this.parameters().map((p) => p.pow(2).sum()).reduce((a, b) => a.add(b));',
        '    return this.forward(given).pow(2).mean().add(size.mul(0.01));',
        '  }',
        '}',
      ].join('\n'),
  };
}

export const controlImports =
  "// @ts-nocheck\nimport { cat, einsum, F, full, loss, matmul, model, nn, noGrad, ones, optim, rand, randn, stack, type Tensor, where, zeros } from 'kilnn';";

/** Models of up to `most` statements, each with what is nested in it. Smaller numbers make simpler models. */
export function randomControlModel(most = 4): fc.Arbitrary<ControlModel> {
  return fc
    .tuple(drawNumbers(16), fc.array(drawNumbers(48), { minLength: 1, maxLength: most, size: 'max' }))
    .map(([first, genes]) => modelOf(first, genes));
}
