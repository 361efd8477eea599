import { describe, expect, test } from 'vitest';
import type { Entry, EvaluatedModel, EvaluatedOptimizer, StateEntry } from '../../compiler/frontend/evaluated-model.js';
import { interpret } from '../../compiler/interpreter/index.js';
import { GraphBuilder } from '../../compiler/ir/build.js';
import type { Value } from '../../compiler/ir/graph.js';
import type { TensorType } from '../../compiler/ir/types.js';
import { verifyGraph } from '../../compiler/ir/verify.js';
import { optimize } from '../../compiler/passes/index.js';
import { gradientGraph, gradientGraphWithReport, trainableParameters, trainingGraph } from '../../compiler/training-step.js';
import { tensor } from '../helpers/tensors.js';

const vector: TensorType = { dtype: 'f32', shape: [2] };

function parameter(name: string, extra: Partial<StateEntry> = {}): StateEntry {
  return { name, kind: 'parameter', type: vector, requiresGrad: true, persistent: true, ...extra };
}

const state: readonly StateEntry[] = [
  parameter('w'),
  parameter('frozen', { requiresGrad: false }),
  parameter('tied', { alias: 'w' }),
  parameter('b'),
  parameter('untouched'),
  parameter('unread'),
  parameter('running', { kind: 'buffer', requiresGrad: false }),
];

/** loss = sum(lr * w * w * frozen + b + stopGradient(untouched)); the argument is called as the learning rate is. */
function lossEntry(): Entry {
  const build = () => {
    const b = new GraphBuilder('objective');
    const lr = b.input('lr', 'argument', vector);
    const [w, frozen, bias, untouched, running] = ['w', 'frozen', 'b', 'untouched']
      .map((name) => b.input(name, 'parameter', vector))
      .concat(b.input('running', 'buffer', vector));
    const product = b.emit('mul', [b.emit('mul', [lr, b.emit('mul', [w!, w!])]), frozen!]);
    const sum = b.emit('add', [b.emit('add', [product, bias!]), b.emit('stopGradient', [untouched!])]);
    b.output('loss', 'result', b.emit('reduceSum', [sum], { dims: [0] }));
    b.output('running', 'buffer', b.emit('add', [running!, lr]));
    return b.finish();
  };
  const span = { file: 'm.ts', start: 0, end: 0 };
  return {
    name: 'objective',
    kind: 'loss',
    span,
    arguments: [{ name: 'lr', type: vector }],
    result: 'loss',
    graph: build(),
    training: build(),
  };
}

/** SGD with momentum 0.5: buffer = 0.5 buffer + gradient, parameter = parameter - lr buffer. */
const sgd: EvaluatedOptimizer = {
  className: 'SGD',
  hyper: { lr: 0.1 },
  parameters: ['w', 'b', 'untouched', 'unread'],
  state: ['w', 'b', 'untouched', 'unread'].map((name) => ({
    name: `${name}.momentum_buffer`,
    parameter: name,
    key: 'momentum_buffer',
    dtype: 'f32',
    type: vector,
    initial: 0,
  })),
  update(builder, { value, gradient }, read) {
    const { shape } = value.type;
    const half = builder.emit('constant', [], { value: 0.5, dtype: 'f32', shape });
    const buffer = builder.emit('add', [builder.emit('mul', [half, read.state('momentum_buffer')]), gradient]);
    const lr = builder.emit('broadcast', [builder.emit('reshape', [read.hyper('lr')], { shape: [1] })], { shape });
    return { parameter: builder.emit('sub', [value, builder.emit('mul', [lr, buffer])]), state: { momentum_buffer: buffer } };
  },
};

const model: Pick<EvaluatedModel, 'state' | 'optimizer'> = { state, optimizer: sgd };

const inputs = new Map([
  ['lr', tensor('f32', [2], [1, 2])],
  ['w', tensor('f32', [2], [3, 4])],
  ['frozen', tensor('f32', [2], [1, -1])],
  ['b', tensor('f32', [2], [0, 0])],
  ['untouched', tensor('f32', [2], [7, 7])],
  ['running', tensor('f32', [2], [10, 10])],
]);

describe('the programs of a loss', () => {
  test('train the parameters that require gradients, tied ones once', () => {
    expect(trainableParameters(model)).toEqual(['w', 'b', 'untouched', 'unread']);
  });

  test('gradients: loss first, then buffers, then the parameters that the loss reads', () => {
    const { graph, unreached } = gradientGraphWithReport(lossEntry(), model);
    verifyGraph(graph);
    expect(unreached).toEqual(['untouched']);
    expect(graph.outputs.map(({ role, name }) => `${role} ${name}`)).toEqual([
      'result loss',
      'buffer running',
      'gradient w',
      'gradient b',
      'gradient untouched',
    ]);
    const results = interpret(graph, inputs);
    expect([...results.get('w')!.data]).toEqual([6, -16]);
    expect([...results.get('b')!.data]).toEqual([1, 1]);
    expect([...results.get('untouched')!.data]).toEqual([0, 0]);
    expect([...results.get('running')!.data]).toEqual([11, 12]);
  });

  test('a step: loss, buffers, then each parameter with its state; what no gradient reaches is left alone', () => {
    const graph = verifyGraph(trainingGraph(lossEntry(), model));
    expect(graph.outputs.map(({ role, name }) => `${role} ${name}`)).toEqual([
      'result loss',
      'buffer running',
      'parameter w',
      'optimizer w.momentum_buffer',
      'parameter b',
      'optimizer b.momentum_buffer',
    ]);
    expect(graph.inputs.filter(({ role }) => role === 'hyper').map(({ name }) => name)).toEqual(['lr']);
    const { lr: argument, ...rest } = Object.fromEntries(inputs);
    const all = new Map([
      ...Object.entries(rest),
      ['argument:lr', argument!],
      ['hyper:lr', tensor('f32', [], [0.5])],
      ['w.momentum_buffer', tensor('f32', [2], [2, 0])],
      ['b.momentum_buffer', tensor('f32', [2], [0, 0])],
    ]);
    for (const step of [graph, verifyGraph(optimize(graph))]) {
      const results = interpret(step, all);
      expect([...results.get('loss')!.data]).toEqual([9 - 32 + 14]);
      expect([...results.get('w.momentum_buffer')!.data]).toEqual([7, -16]);
      expect([...results.get('w')!.data]).toEqual([3 - 3.5, 4 + 8]);
      expect([...results.get('b')!.data]).toEqual([-0.5, -0.5]);
    }
  });

  test('control flow: parameters that a loop and a branch use are trained; one behind a branch that is never taken is not', () => {
    const build = () => {
      const b = new GraphBuilder('objective');
      const [w, bias] = ['w', 'b'].map((name) => b.input(name, 'parameter', vector)) as [Value, Value];
      const untouched = b.input('untouched', 'parameter', vector);
      const turns = b.input('turns', 'argument', { dtype: 'i32', shape: [] });
      const integer = (value: number) => b.emit('constant', [], { value, dtype: 'i32', shape: [] });
      const [, power] = b.loop(
        [integer(0), bias],
        ([i]) => b.emit('lt', [i!, turns]),
        ([i, x]) => [b.emit('add', [i!, integer(1)]), b.emit('mul', [x!, w])],
      );
      const never = b.emit('constant', [], { value: 0, dtype: 'bool', shape: [] });
      const [result] = b.branch(
        never,
        () => [untouched],
        () => [power!],
      );
      b.output('loss', 'result', b.emit('reduceSum', [result!], { dims: [0] }));
      return b.finish();
    };
    const entry = { ...lossEntry(), graph: build(), training: build() };
    const step = verifyGraph(trainingGraph(entry, model));
    expect(step.outputs.map(({ role, name }) => `${role} ${name}`)).toEqual([
      'result loss',
      'parameter w',
      'optimizer w.momentum_buffer',
      'parameter b',
      'optimizer b.momentum_buffer',
    ]);
    const given = new Map([
      ['w', tensor('f32', [2], [3, -2])],
      ['b', tensor('f32', [2], [1, 5])],
      ['untouched', tensor('f32', [2], [7, 7])],
      ['turns', tensor('i32', [], [3])],
      ['lr', tensor('f32', [], [0.5])],
      ['w.momentum_buffer', tensor('f32', [2], [0, 0])],
      ['b.momentum_buffer', tensor('f32', [2], [0, 0])],
    ]);
    for (const graph of [step, verifyGraph(optimize(step))]) {
      const results = interpret(graph, given);
      // b w^3 has the gradients 3 b w^2 and w^3.
      expect([...results.get('loss')!.data]).toEqual([27 - 40]);
      expect([...results.get('w')!.data]).toEqual([3 - 27 / 2, -2 - 60 / 2]);
      expect([...results.get('b')!.data]).toEqual([1 - 27 / 2, 5 + 8 / 2]);
    }
  });

  test('an entry without a training graph, or a model without an optimizer, is refused', () => {
    const { training: _, ...method } = lossEntry();
    expect(() => gradientGraph({ ...method, kind: 'method' }, model)).toThrow("the entry 'objective' is no loss");
    expect(() => trainingGraph(lossEntry(), { state })).toThrow('the model has no optimizer');
  });
});
