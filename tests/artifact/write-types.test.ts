import { fileURLToPath } from 'node:url';
import { Project, ts } from 'ts-morph';
import { describe, expect, test } from 'vitest';
import { writeTypes } from '../../compiler/artifact/write-types.js';
import { namedDim } from '../../compiler/ir/dim.js';
import { tensorType } from '../../compiler/ir/types.js';
import { handModel } from './hand-compiled.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const project = new Project({
  compilerOptions: {
    strict: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    types: ['node', '@webgpu/types'],
    typeRoots: [`${root}node_modules/@types`, `${root}node_modules`],
    skipLibCheck: false,
    noEmit: true,
    baseUrl: root,
    paths: { 'kilnn/runtime': ['./runtime/index.ts'] },
  },
});

/** What the type checker says of a user's file beside the declarations. */
function errorsOf(declarations: string, use: string): string[] {
  project.createSourceFile(`${root}tests/artifact/virtual/model.d.ts`, declarations, { overwrite: true });
  const file = project.createSourceFile(`${root}tests/artifact/virtual/use.ts`, use, { overwrite: true });
  const found = project.getProgram().compilerObject;
  return [...found.getSemanticDiagnostics(file.compilerNode), ...found.getSyntacticDiagnostics(file.compilerNode)]
    .concat(found.getSemanticDiagnostics(project.getSourceFileOrThrow(`${root}tests/artifact/virtual/model.d.ts`).compilerNode))
    .map(({ messageText }) => (typeof messageText === 'string' ? messageText : messageText.messageText));
}

describe('the declarations of a built model', () => {
  const declarations = writeTypes(handModel, { targets: ['js'] });

  test('read like the source', () => {
    expect(declarations).toBe(`// Made by kilnn. Changes belong into the source that this was built from.
import type { CreateOptions, Model, Tensor, TensorLike } from 'kilnn/runtime';

/** Parameters and buffers by name. */
export type HandMlpState = {
  'hidden.weight': Tensor<[4, 3]>;
  'hidden.bias': Tensor<[4]>;
  'output.weight': Tensor<[2, 4]>;
  'output.bias': Tensor<[2]>;
};

/** Gradients by the names of parameters; one that a loss does not read has none. */
export type HandMlpGradients = {
  'hidden.weight': Tensor<[4, 3]>;
  'hidden.bias': Tensor<[4]>;
  'output.weight': Tensor<[2, 4]>;
  'output.bias': Tensor<[2]>;
};

export declare class HandMlp extends Model<HandMlpState, { lr: number; momentum: number }> {
  private constructor();
  /** Opens the device and computes the initial values there. */
  static create(options?: CreateOptions<'js'>): Promise<HandMlp>;

  /** x: f32[batch, 3] -> f32[batch, 2] */
  forward(x: TensorLike<['batch', 3]>): Promise<Tensor<['batch', 2]>>;
  /** x: f32[batch, 3], y: i32[batch] -> f32[] */
  objective(x: TensorLike<['batch', 3]>, y: TensorLike<['batch'], 'i32'>): Promise<Tensor<[]>>;

  /** The loss in training mode and its gradients. Parameters stay as they are. */
  readonly gradients: {
    /** x: f32[batch, 3], y: i32[batch] -> f32[] */
    objective(x: TensorLike<['batch', 3]>, y: TensorLike<['batch'], 'i32'>): Promise<{ loss: Tensor<[]>; gradients: HandMlpGradients }>;
  };

  /** One training step: forward, gradients and update. */
  readonly train: {
    /** x: f32[batch, 3], y: i32[batch] -> f32[] */
    objective(x: TensorLike<['batch', 3]>, y: TensorLike<['batch'], 'i32'>): Promise<{ loss: Tensor<[]> }>;
  };
}
`);
  });

  test('allow what works and refuse what would fail', () => {
    const errors = errorsOf(
      declarations,
      `
      import { HandMlp } from './model.js';
      import { DataLoader, TensorDataset, saveSafetensors, tensor, zeros, type Tensor } from 'kilnn/runtime';

      const mlp = await HandMlp.create({ device: 'js', seed: 0 });
      const data = new TensorDataset(zeros([10, 3]), zeros([10], { dtype: 'i32' }));
      for await (const [x, y] of new DataLoader(data, { batchSize: 2, shuffle: true })) {
        const { loss } = await mlp.train.objective(x, y);
        const value: number = await loss.item();
        console.log(value);
      }
      const logits: Tensor<['batch', 2]> = await mlp.forward([[1, 2, 3]]);
      const floats: Float32Array = await logits.data();
      mlp.optimizer.lr *= 0.5;
      await saveSafetensors('a.safetensors', await mlp.stateDict());
      await mlp.loadStateDict(await mlp.stateDict());
      const bias: Tensor<[4]> = mlp.parameter('hidden.bias');
      const { gradients } = await mlp.gradients.objective(floats, Int32Array.of(1));
      const g: Tensor<[2]> = gradients['output.bias'];
      await mlp.setParameter('output.bias', tensor([1, 2]));
      for (const [name, value] of mlp.namedParameters()) console.log(name, value.shape, bias, g);

      // @ts-expect-error: labels are integers
      await mlp.objective(zeros([2, 3]), zeros([2]));
      // @ts-expect-error: there is no such device in this build
      await HandMlp.create({ device: 'webgpu' });
      // @ts-expect-error: there is no such parameter
      mlp.parameter('hidden.wieght');
      // @ts-expect-error: there is no such scalar
      mlp.optimizer.learningRate = 1;
      // @ts-expect-error: another shape
      await mlp.forward(logits);
      // @ts-expect-error: there is no such loss
      mlp.train.loss(zeros([2, 3]));
      // @ts-expect-error: models are made by create
      new HandMlp();
      `,
    );
    expect(errors).toEqual([]);
  });

  test('of several results, odd names, other dtypes, no optimizer, no losses', () => {
    const entry = handModel.entries[0]!;
    const output = (name: string, id: number, type = tensorType('f32', [namedDim('batch')])) => ({
      name,
      role: 'result' as const,
      value: { id, type },
    });
    const { optimizer: _, ...rest } = handModel;
    const text = writeTypes({
      ...rest,
      name: 'Several',
      state: [],
      entries: [
        {
          ...entry,
          name: 'both',
          result: { 'the mask': 'mask', pair: ['a', 'b'] },
          graph: {
            ...entry.graph,
            outputs: [output('mask', 0, tensorType('bool', [2])), output('a', 1), output('b', 2, tensorType('i32', []))],
          },
        },
      ],
    });
    expect(text).toContain(
      "both(x: TensorLike<['batch', 3]>): Promise<{ 'the mask': Tensor<[2], 'bool'>; pair: [Tensor<['batch']>, Tensor<[], 'i32'>] }>;",
    );
    expect(text).not.toContain('gradients:');
    const use = `
      import { Several } from './model.js';
      const model = await Several.create();
      const { pair: [, count], 'the mask': mask } = await model.both(new Float32Array(3));
      const n: number = await count.item();
      const some: boolean = await mask.item();
      console.log(n, some);
      // @ts-expect-error: there is nothing to train
      model.train.both;
    `;
    expect(errorsOf(text, use)).toEqual([]);
  });

  test('of a frozen model import nothing', () => {
    const text = writeTypes({ ...handModel, entries: handModel.entries.slice(0, 1) }, { targets: ['js', 'webgpu'], frozen: true });
    expect(text).not.toContain('import');
    const use = `
      import { HandMlp, type Tensor } from './model.js';
      import { zeros } from 'kilnn/runtime';
      const mlp = await HandMlp.create({ device: 'auto' });
      const logits: Tensor<['batch', 2]> = await mlp.forward(zeros([4, 3]));
      const floats: Float32Array = await logits.data();
      console.log(floats, await mlp.forward([[1, 2, 3]]), await mlp.forward(floats));
      // @ts-expect-error: not integers
      await mlp.forward(Int32Array.of(1));
      // @ts-expect-error: nothing to train
      mlp.train;
    `;
    expect(errorsOf(text, use)).toEqual([]);
  });
});
