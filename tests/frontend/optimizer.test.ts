import { describe, expect, it } from 'vitest';
import { writeTypes } from '../../compiler/artifact/write-types.js';
import { DiagnosticError } from '../../compiler/diagnostics/diagnostic.js';
import { interpret } from '../../compiler/interpreter/index.js';
import { printGraph } from '../../compiler/ir/print.js';
import { verifyGraph } from '../../compiler/ir/verify.js';
import { optimize } from '../../compiler/passes/index.js';
import { gradientGraph, trainingGraph } from '../../compiler/training-step.js';
import { tensor } from '../helpers/tensors.js';
import { evaluateOne, messagesOf } from './evaluate.js';

/** A net of two layers with the options of `@model`. */
const source = (options: string, extra = '') => `
  import { F, loss, model, nn, optim, ones, type Tensor } from 'kilnn';
  @model(${options})
  export class Net extends nn.Module {
    hidden = new nn.Linear(2, 3);
    output = new nn.Linear(3, 1);
    constructor() { super(); ${extra} }
    @loss objective(x: Tensor<['n', 2]>) { return this.output.forward(F.tanh(this.hidden.forward(x))).sum(); }
  }`;

function stepOf(text: string) {
  const model = evaluateOne(text);
  const loss = model.entries.find(({ kind }) => kind === 'loss')!;
  return { model, gradients: gradientGraph(loss, model), step: verifyGraph(optimize(trainingGraph(loss, model))) };
}

const outputs = (graph: { outputs: readonly { role: string; name: string }[] }, role: string) =>
  graph.outputs.filter((output) => output.role === role).map(({ name }) => name);
const inputs = (graph: { inputs: readonly { role: string; name: string }[] }, role: string) =>
  graph.inputs.filter((input) => input.role === role).map(({ name }) => name);
const ops = (graph: ReturnType<typeof optimize>) => graph.body.nodes.map(({ op }) => op);

describe('the optimizer as a function of the net', () => {
  it('trains what it is given, in groups with scalars of their own', () => {
    const { model, step } = stepOf(
      source(`{ optimizer: (net: Net) => new optim.SGD([
        { params: net.namedParameters().filter(([name]) => name.endsWith('bias')), lr: 0.5 },
        { params: [net.hidden.weight, net.output.weight], momentum: 0.9 },
      ], { lr: 0.1 }) }`),
    );
    expect(model.optimizer!.hyper).toEqual({ 'paramGroups.0.lr': 0.5, 'paramGroups.1.lr': 0.1 });
    expect(model.optimizer!.parameters).toEqual(['hidden.weight', 'hidden.bias', 'output.weight', 'output.bias']);
    expect(outputs(step, 'optimizer')).toEqual(['hidden.weight.momentum_buffer', 'output.weight.momentum_buffer']);
    expect(inputs(step, 'hyper').sort()).toEqual(['paramGroups.0.lr', 'paramGroups.1.lr']);
    expect(writeTypes(model)).toContain('extends Model<NetState, { lr: number }>');
  });

  it('computes no gradient of what it is not given', () => {
    const all = stepOf(source('{ optimizer: new optim.SGD({ lr: 0.1 }) }'));
    const last = stepOf(source('{ optimizer: (net: Net) => new optim.SGD(net.output.parameters(), { lr: 0.1 }) }'));
    expect(outputs(last.step, 'parameter')).toEqual(['output.weight', 'output.bias']);
    expect(outputs(last.gradients, 'gradient')).toEqual(['hidden.weight', 'hidden.bias', 'output.weight', 'output.bias']);
    expect(ops(all.step).filter((op) => op === 'contract').length).toBe(5);
    expect(ops(last.step).filter((op) => op === 'contract').length).toBe(3);
  });

  it('gives the same step as the plain form when it is given all parameters', () => {
    const plain = stepOf(source('{ optimizer: new optim.Adam({ lr: 0.1 }) }'));
    const given = stepOf(source('{ optimizer: (net: Net) => new optim.Adam(net.parameters(), { lr: 0.1 }) }'));
    const neither = stepOf(source('{ optimizer: () => new optim.Adam({ lr: 0.1 }) }'));
    expect(printGraph(given.step)).toBe(printGraph(plain.step));
    expect(printGraph(neither.step)).toBe(printGraph(plain.step));
  });
});

describe('parameters that are not trained', () => {
  it('frozen ones have no gradient and no state', () => {
    const { model, gradients, step } = stepOf(
      source(
        '{ optimizer: new optim.SGD({ lr: 0.1, momentum: 0.9 }) }',
        'this.hidden.requiresGrad_(false); this.output.bias!.requiresGrad = false;',
      ),
    );
    expect(outputs(gradients, 'gradient')).toEqual(['output.weight']);
    expect(outputs(step, 'parameter')).toEqual(['output.weight']);
    expect(model.optimizer!.state.map(({ name }) => name)).toEqual(['output.weight.momentum_buffer']);
    expect(ops(optimize(gradients)).filter((op) => op === 'contract').length).toBe(3);
  });

  it('frozen ones may be given to the optimizer, as in PyTorch', () => {
    const { model } = stepOf(
      source(
        '{ optimizer: (net: Net) => new optim.SGD(net.parameters(), { lr: 0.1, momentum: 0.9 }) }',
        'this.hidden.requiresGrad_(false);',
      ),
    );
    expect(model.optimizer!.parameters).toEqual(['output.weight', 'output.bias']);
  });

  it('those that a loss freezes while it uses them are not trained by it', () => {
    const { model } = stepOf(`
      import { loss, model, nn, optim, type Tensor } from 'kilnn';
      @model({ optimizer: new optim.Adam({ lr: 0.1, weightDecay: 0.5 }) })
      export class Gan extends nn.Module {
        generator = new nn.Linear(2, 3);
        judge = new nn.Linear(3, 1);
        @loss fool(z: Tensor<['n', 2]>) {
          this.judge.requiresGrad_(false);
          const value = this.judge.forward(this.generator.forward(z)).sum();
          this.judge.requiresGrad_(true);
          return value.neg();
        }
        @loss tell(z: Tensor<['n', 2]>) { return this.judge.forward(this.generator.forward(z).detach()).sum(); }
        @loss both(z: Tensor<['n', 2]>) { return this.judge.forward(this.generator.forward(z)).sum(); }
      }`);
    const trained = model.entries.map((entry) => outputs(optimize(trainingGraph(entry, model)), 'parameter'));
    const [generator, judge] = [
      ['generator.weight', 'generator.bias'],
      ['judge.weight', 'judge.bias'],
    ];
    expect(trained).toEqual([generator, judge, [...generator!, ...judge!]]);
  });

  it('tied ones are counted once, under their first name', () => {
    const text = `
      import { loss, model, nn, optim, type Tensor } from 'kilnn';
      @model({ optimizer: (net: Net) => new optim.Adam([{ params: net.parameters() }]) })
      export class Net extends nn.Module {
        first = new nn.Linear(2, 2);
        second = new nn.Linear(2, 2);
        constructor() { super(); this.second.weight = this.first.weight; }
        @loss objective(x: Tensor<['n', 2]>) { return this.second.forward(this.first.forward(x)).sum(); }
      }`;
    const { model, step } = stepOf(text);
    expect(model.optimizer!.parameters).toEqual(['first.weight', 'first.bias', 'second.bias']);
    expect(outputs(step, 'parameter')).toEqual(['first.weight', 'first.bias', 'second.bias']);
  });
});

describe('a function of the gradients', () => {
  it('stands between gradients and updates, and not in the gradients', () => {
    const { gradients, step } = stepOf(
      source('{ optimizer: new optim.SGD({ lr: 1 }), gradients: (gradients) => nn.utils.clipGradValue(gradients, 0.25) }'),
    );
    expect(ops(optimize(gradients))).not.toContain('select');
    const given = new Map([
      ['x', tensor('f32', [1, 2], [1, -1])],
      ['hidden.weight', tensor('f32', [3, 2], [0, 0, 0, 0, 0, 0])],
      ['hidden.bias', tensor('f32', [3], [0, 0, 0])],
      ['output.weight', tensor('f32', [1, 3], [0.5, 0.125, -4])],
      ['output.bias', tensor('f32', [1], [0])],
      ['lr', tensor('f32', [], [1])],
    ]);
    const results = interpret(step, given);
    expect([...results.get('hidden.weight')!.data]).toEqual([-0.25, 0.25, -0.125, 0.125, 0.25, -0.25]);
    expect([...results.get('output.bias')!.data]).toEqual([-0.25]);
  });

  it.each([
    ['the norm of all together', 'nn.utils.clipGradNorm(gradients, 1)', 2],
    ['the largest element', 'nn.utils.clipGradNorm(gradients, 1, { normType: Infinity })', Number.POSITIVE_INFINITY],
    ['the sum', 'nn.utils.clipGradNorm(gradients, 1, { normType: 1 })', 1],
  ])('clips by %s', (_, call, p) => {
    const { gradients, step } = stepOf(source(`{ optimizer: new optim.SGD({ lr: 1 }), gradients: (gradients) => ${call} }`));
    const given = new Map([
      ['x', tensor('f32', [2, 2], [1, -1, 2, 0.5])],
      ['hidden.weight', tensor('f32', [3, 2], [0.1, 0.2, -0.3, 0.1, 0.5, 0.2])],
      ['hidden.bias', tensor('f32', [3], [0.1, 0, -0.2])],
      ['output.weight', tensor('f32', [1, 3], [0.5, 1.5, -4])],
      ['output.bias', tensor('f32', [1], [0])],
      ['lr', tensor('f32', [], [1])],
    ]);
    const raw = interpret(gradients, given);
    const names = outputs(gradients, 'gradient');
    const all = names.flatMap((name) => [...raw.get(name)!.data]).map(Math.abs);
    const norm = p === Number.POSITIVE_INFINITY ? Math.max(...all) : all.reduce((sum, value) => sum + value ** p, 0) ** (1 / p);
    expect(norm).toBeGreaterThan(1);
    const results = interpret(step, given);
    for (const name of names) {
      [...results.get(name)!.data].forEach((value, i) => {
        expect(value).toBeCloseTo(given.get(name)!.data[i]! - raw.get(name)!.data[i]! / (norm + 1e-6), 6);
      });
    }
  });
});

describe('a schedule', () => {
  it('of steps counts in the state of the optimizer', () => {
    const { model, step } = stepOf(
      source(
        "{ optimizer: new optim.SGD({ lr: 1 }), schedule: (optimizer) => new optim.lrScheduler.StepLR(optimizer, 2), scheduleEvery: 'step' }",
      ),
    );
    expect(model.optimizer!.hyper).toEqual({ lr: 1 });
    expect(model.optimizer!.state.map(({ name, dtype }) => [name, dtype])).toEqual([['schedule.lastEpoch', 'i32']]);
    expect(outputs(step, 'optimizer')).toEqual(['schedule.lastEpoch']);
    expect(writeTypes(model)).not.toContain('Schedule');
  });

  it('of epochs counts in a run-time scalar; lr is that of the first epoch, unchanged by the schedule', () => {
    const { model, step } = stepOf(
      source('{ optimizer: new optim.SGD({ lr: 1 }), schedule: (optimizer) => new optim.lrScheduler.LinearLR(optimizer) }'),
    );
    expect(model.optimizer!.hyper).toEqual({ lr: 1, 'schedule.lastEpoch': 0 });
    expect(inputs(step, 'hyper').sort()).toEqual(['lr', 'schedule.lastEpoch']);
    expect(writeTypes(model)).toMatch(/Model<NetState, \{ lr: number \}>[\s\S]*readonly schedule: Schedule;/);
  });
});

describe("LambdaLR with a function of the user's", () => {
  const functions: Readonly<Record<string, (epoch: number) => number>> = {
    'a power': (epoch) => 0.95 ** epoch,
    'a quotient': (epoch) => 1 / (1 + epoch),
    'built-ins of Math': (epoch) => Math.min(1, epoch / 4) * Math.cos(epoch / 10) + Math.sqrt(epoch),
    'a choice': (epoch) => (epoch < 3 ? epoch / 3 : 1),
    'a constant': () => 0.5,
    'an early return': (epoch) => {
      if (epoch < 2) return 0.1;
      const rest = epoch - 2;
      return 1 - rest / 20;
    },
  };

  it.each(Object.keys(functions))('of %s', (name) => {
    const factor = functions[name]!;
    const { step } = stepOf(
      source(`{ optimizer: new optim.SGD({ lr: 0.5 }), schedule: (optimizer) => new optim.lrScheduler.LambdaLR(optimizer, ${factor}) }`),
    );
    for (let epoch = 0; epoch < 7; epoch++) {
      const given = new Map([
        ['x', tensor('f32', [1, 2], [1, -1])],
        ['hidden.weight', tensor('f32', [3, 2], [0, 0, 0, 0, 0, 0])],
        ['hidden.bias', tensor('f32', [3], [0, 0, 0])],
        ['output.weight', tensor('f32', [1, 3], [0, 0, 0])],
        ['output.bias', tensor('f32', [1], [0])],
        ['lr', tensor('f32', [], [0.5])],
        ['schedule.lastEpoch', tensor('f32', [], [epoch])],
      ]);
      // The gradient of the last bias is 1.
      const results = interpret(step, new Map([...given].filter(([key]) => step.inputs.some((input) => input.name === key))));
      expect(results.get('output.bias')!.data[0]).toBeCloseTo(-0.5 * factor(epoch), 6);
    }
  });
});

describe('mistakes', () => {
  const messages: readonly (readonly [string, string, string])[] = [
    ['an optimizer that is none', '{ optimizer: (() => 7) as never }', 'KN2015'],
    ['no optimizer from the function', '{ optimizer: (() => undefined) as never }', 'KN2015'],
    [
      'a parameter of another net',
      '{ optimizer: () => new optim.SGD(new nn.Linear(1, 1).parameters(), { lr: 1 }) }',
      "none of the model's",
    ],
    [
      'a parameter in two groups',
      '{ optimizer: (net: Net) => new optim.SGD([{ params: net.parameters() }, { params: [net.hidden.weight] }], { lr: 1 }) }',
      'more than one parameter group',
    ],
    ['a rate that is no number', "{ optimizer: new optim.SGD({ lr: '1' as never }) }", "its 'lr' is the string"],
    ['a schedule that is none', '{ optimizer: new optim.SGD({ lr: 1 }), schedule: (() => 1) as never }', 'KN2027'],
    [
      'an unknown pace',
      "{ optimizer: new optim.SGD({ lr: 1 }), schedule: (o) => new optim.lrScheduler.ConstantLR(o), scheduleEvery: 'batch' as never }",
      'KN2028',
    ],
  ];
  it.each(messages)('%s', (_, options, message) => {
    expect(messagesOf(source(options))).toContain(message);
  });

  /** What goes wrong when the step is made. */
  const later = (options: string) => {
    const model = evaluateOne(source(options));
    try {
      trainingGraph(model.entries.find(({ kind }) => kind === 'loss')!, model);
    } catch (error) {
      if (error instanceof DiagnosticError) return error.diagnostics.map(({ code, message }) => `${code} ${message}`).join();
      throw error;
    }
    return '';
  };
  it.each([
    ['nothing', '(gradients) => undefined as never', "KN2026 the function 'gradients' of @model returns undefined"],
    ['less', "(gradients) => ({ 'hidden.bias': gradients['hidden.bias']! })", "returns undefined as the gradient of 'hidden.weight'"],
    ['more', '(gradients) => ({ ...gradients, more: ones([1]) })', "returns an object with 'more'"],
    [
      'another shape',
      "(gradients) => ({ ...gradients, 'hidden.bias': ones([7]) })",
      "returns f32[7] as the gradient of 'hidden.bias', which is f32[3]",
    ],
  ])('a function of the gradients that returns %s', (_, hook, message) => {
    expect(later(`{ optimizer: new optim.SGD({ lr: 1 }), gradients: ${hook} }`)).toContain(message);
  });

  it('MultiplicativeLR says what to use', () => {
    const schedule = '(optimizer) => new optim.lrScheduler.MultiplicativeLR(optimizer, () => 0.5)';
    expect(later(`{ optimizer: new optim.SGD({ lr: 1 }), schedule: ${schedule} }`)).toContain('cannot be compiled');
  });
});
