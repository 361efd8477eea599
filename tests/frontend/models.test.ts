import { describe, expect, it } from 'vitest';
import type { EvaluatedModel } from '../../compiler/frontend/evaluated-model.js';
import { interpret } from '../../compiler/interpreter/index.js';
import type { Graph } from '../../compiler/ir/graph.js';
import { printGraph } from '../../compiler/ir/print.js';
import { typeText } from '../../compiler/ir/types.js';
import { verifyGraph } from '../../compiler/ir/verify.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { evaluateOne, messagesOf } from './evaluate.js';

const HEAD = "import { entry, F, loss, model, nn, ones, optim, rand, randn, tensor, zeros, type Tensor } from 'kilnn';\n";

function net(body: string, options = ''): string {
  return `${HEAD}@model(${options})\nexport class Net extends nn.Module {\n${body}\n}\n`;
}

function floats(values: readonly number[], shape: readonly number[] = [values.length]): TensorData {
  return { dtype: 'f32', shape, data: Float32Array.from(values) };
}

function graphs(model: EvaluatedModel): Graph[] {
  return [model.init, ...model.entries.flatMap((entry) => [entry.graph, ...(entry.training ? [entry.training] : [])])];
}

function state(model: EvaluatedModel): string[] {
  return model.state.map(({ name, kind, type, alias, requiresGrad, persistent }) => {
    const marks = [alias && `= ${alias}`, requiresGrad ? 'trained' : '', persistent ? '' : 'not persistent'].filter(Boolean);
    return `${kind} ${name} ${typeText(type)} ${marks.join(' ')}`.trim();
  });
}

describe('contracts', () => {
  it('come from aliases, imported aliases, generics and inherited methods', () => {
    const model = evaluateOne({
      'net.ts': `${HEAD}import type { Images, Shape } from './types.js';
        class Base<S extends readonly (string | number)[]> extends nn.Module { forward(x: Tensor<S>): Tensor { return x; } }
        @model() export class Net extends Base<['n', 4]> {
          @entry images(x: Images, y: Tensor<Shape>, mask: Tensor<[], 'bool'>, scale = 2) { return [x.mul(scale), y] as const; }
        }`,
      'types.ts':
        "import type { Tensor } from 'kilnn'; export type Shape = ['batch', 1, 28]; export type Images = Tensor<[...Shape, 28], 'i32'>;",
    });
    const contracts = model.entries.map(
      (entry) => `${entry.name}(${entry.arguments.map(({ name, type }) => `${name}: ${typeText(type)}`).join(', ')})`,
    );
    expect(contracts).toEqual(['forward(x: f32[n, 4])', 'images(x: i32[batch, 1, 28, 28], y: f32[batch, 1, 28], mask: bool[])']);
    expect(model.entries[1]!.result).toEqual(['0', '1']);
  });

  it('keep unused arguments as inputs, in order, before the state that is read', () => {
    const model = evaluateOne(
      net(
        "a = new nn.Linear(2, 2); b = new nn.Linear(2, 2); forward(x: Tensor<['n', 2]>, unused: Tensor<['n']>) { return this.b.forward(x); }",
      ),
    );
    expect(model.entries[0]!.graph.inputs.map((input) => `${input.role} ${input.name}`)).toEqual([
      'argument x',
      'argument unused',
      'parameter b.weight',
      'parameter b.bias',
    ]);
  });

  it('order state inputs as the state dictionary, whatever the order of use', () => {
    const model = evaluateOne(
      net(
        "a = new nn.Linear(2, 2); b = new nn.Linear(2, 2); forward(x: Tensor<['n', 2]>) { return this.a.forward(this.b.forward(x).add(rand([2]))); }",
      ),
    );
    expect(model.entries[0]!.graph.inputs.map((input) => input.name)).toEqual(['x', 'a.weight', 'a.bias', 'b.weight', 'b.bias', 'rng']);
  });

  it('accept zero-sized, one-sized and scalar shapes', () => {
    const model = evaluateOne(net('forward(x: Tensor<[0, 1]>, y: Tensor<[]>) { return { sum: x.sum(), y: y.mul(2) }; }'));
    expect(model.entries[0]!.result).toEqual({ sum: 'sum', y: 'y' });
    expect(model.entries[0]!.graph.outputs.map((output) => typeText(output.value.type))).toEqual(['f32[]', 'f32[]']);
  });
});

describe('the state', () => {
  it('is in the order of PyTorch, aliases under every name', () => {
    const model = evaluateOne(
      net(`
        embed = new nn.Linear(3, 3, { bias: false });
        shared: nn.Linear;
        scale = new nn.Parameter(ones([3]), { requiresGrad: false });
        constructor() {
          super();
          this.shared = new nn.Linear(3, 3);
          this.shared.weight = this.embed.weight;
          this.registerBuffer('steps', zeros([]));
          this.registerBuffer('scratch', zeros([2]), { persistent: false });
        }
        forward(x: Tensor<['n', 3]>) { return this.shared.forward(this.embed.forward(x)); }`),
    );
    expect(state(model)).toEqual([
      'parameter scale f32[3]',
      'buffer steps f32[]',
      'buffer scratch f32[2] not persistent',
      'parameter embed.weight f32[3, 3] trained',
      'parameter shared.weight f32[3, 3] = embed.weight trained',
      'parameter shared.bias f32[3] trained',
    ]);
    expect(model.init.outputs.map((output) => output.name)).toEqual(['scale', 'steps', 'scratch', 'embed.weight', 'shared.bias']);
    // Both uses of the tied weight are one input.
    expect(model.entries[0]!.graph.inputs.map((input) => input.name)).toEqual(['x', 'embed.weight', 'shared.bias']);
  });

  it('draws initial values in the order of the source, each from a stream of its own', () => {
    const model = evaluateOne(
      net(
        'a = new nn.Linear(2, 2); b = new nn.Linear(2, 1, { bias: false }); forward(x: Tensor<[1, 2]>) { return this.b.forward(this.a.forward(x)); }',
      ),
    );
    const streams = model.init.body.nodes.filter((node) => node.op === 'random').map((node) => node.attributes.stream);
    expect(streams).toEqual([0, 1, 2]);
    const rng: TensorData = { dtype: 'i32', shape: [2], data: Int32Array.from([7, 0]) };
    const values = interpret(model.init, new Map([['rng', rng]]));
    const bound = 1 / Math.sqrt(2);
    for (const name of ['a.weight', 'a.bias', 'b.weight']) {
      for (const value of values.get(name)!.data) expect(Math.abs(value)).toBeLessThanOrEqual(bound);
    }
    expect(new Set([...values.values()].flatMap(({ data }) => [...data])).size).toBe(8);
  });

  it('may be rewritten in the constructor', () => {
    const model = evaluateOne(
      net(
        'w = new nn.Parameter(zeros([2])); constructor() { super(); nn.init.constant_(this.w, 3); } forward(x: Tensor<[2]>) { return x.add(this.w); }',
      ),
    );
    expect([...interpret(model.init, new Map()).get('w')!.data]).toEqual([3, 3]);
  });

  it('names modules as the tree says', () => {
    const model = evaluateOne(
      net("net = new nn.Sequential(new nn.Linear(2, 2), new nn.ReLU()); forward(x: Tensor<['n', 2]>) { return this.net.forward(x); }"),
    );
    expect(model.modules.children[0]!.children.map(({ path, className }) => `${path}: ${className}`)).toEqual([
      'net.0: Linear',
      'net.1: ReLU',
    ]);
    expect(model.modules.children[0]!.children[0]).toMatchObject({
      parameters: ['weight', 'bias'],
      extraRepr: 'in_features=2, out_features=2, bias=True',
    });
  });
});

describe('sizes', () => {
  const forward = (body: string, type = "Tensor<['batch', 3, 4]>") => {
    const { graph } = evaluateOne(net(`forward(x: ${type}) { const [b] = x.shape as [number]; ${body} }`)).entries[0]!;
    return typeText(graph.outputs[0]!.value.type);
  };

  it('of named dims take part in arithmetic and shapes', () => {
    expect(forward('return x.reshape([b, -1]);')).toBe('f32[batch, 12]');
    expect(forward('return x.reshape([b * 3, 4]);')).toBe('f32[3*batch, 4]');
    expect(forward('return x.reshape([x.numel() / 4, 4]);')).toBe('f32[3*batch, 4]');
    expect(forward('return zeros([b + 1, Math.floor(b / 2), (b * 6) / 2 - b]);')).toBe('f32[batch + 1, floordiv(batch, 2), 2*batch]');
    expect(forward('return zeros([Math.ceil(b / 2), b % 2, Math.max(b, 0), Math.min(-b, b)].slice(0, 3));')).toBe(
      'f32[-floordiv(-batch, 2), mod(batch, 2), batch]',
    );
    expect(forward('let n = b; n += 2; n++; return zeros([n, [1, 2].reduce((p, q) => p * q * b, 1)]);')).toBe(
      'f32[batch + 3, 2*batch*batch]',
    );
  });

  it('compare where that holds for every size', () => {
    expect(forward('return b >= 0 && b / 2 >= 0 && b + 1 > 0 && b === x.shape[0] && b !== 10.5 && [b].includes(b) ? x : zeros([1]);')).toBe(
      'f32[batch, 3, 4]',
    );
    expect(
      forward('return typeof b === "number" && Number.isInteger(b) && String(b) === "batch" && `${b}!` === "batch!" ? x : zeros([1]);'),
    ).toBe('f32[batch, 3, 4]');
    expect(forward('return b + 1 ? x : zeros([1]);')).toBe('f32[batch, 3, 4]');
    expect(forward('return new Map([[b, x]]).get(x.shape[0]!)!;')).toBe('f32[batch, 3, 4]');
  });

  it('may be equal though their names differ', () => {
    const body = (result: string) => `forward(x: Tensor<['rows', 'columns']>) { const [p, q] = x.shape; return ${result}; }`;
    expect(messagesOf(net(body('p === q ? x : x.reshape([p! * q!])')))).toContain('error[KN1205]');
    const [entry] = evaluateOne(net(body('p === q ? x : x.mul(2)'))).entries;
    expect(entry!.graph.body.nodes.map(({ op }) => op)).toContain('if');
  });

  it.each([
    ['b / 2 + 1', 'KN1204', 'batch / 2'],
    ['[1, 2, 3][b]', 'KN1202', 'batch'],
    ['"x".repeat(b)', 'KN1202', 'batch'],
    ['new Array(b)', 'KN1202', 'batch'],
    ['Array.from({ length: b })', 'KN1202', 'batch'],
    ['b & 1', 'KN1202', 'batch'],
    ['Math.sqrt(b)', 'KN1202', 'batch'],
    ['Math.max(b, 3)', 'KN1201', 'batch'],
    ['b.toFixed(2)', 'KN1202', 'batch'],
  ])('refuse %s', (expression, code, dim) => {
    const text = messagesOf(net(`forward(x: Tensor<['batch']>) { const b = x.shape[0]!; void (${expression}); return x; }`));
    expect(text).toContain(`error[${code}]`);
    expect(text).toContain(`'${dim}'`);
  });

  it('become tensors where a tensor operation takes a number', () => {
    const { graph } = evaluateOne(net("forward(x: Tensor<['n']>) { return x.sum().div(x.shape[0]!).add(x.sum().mul(x.shape[0]! / 4)); }"))
      .entries[0]!;
    verifyGraph(graph);
    const x = floats([1, 2, 3, 4, 5, 6]);
    expect(interpret(graph, new Map([['x', x]])).get('result')!.data[0]).toBeCloseTo(21 / 6 + (21 * 6) / 4, 4);
  });

  it('and values of tensors do so too', () => {
    const { graph } = evaluateOne(net('forward(x: Tensor<[3]>) { return x.mul(x.max().item()); }')).entries[0]!;
    expect([...interpret(graph, new Map([['x', floats([1, 2, 3])]])).get('result')!.data]).toEqual([3, 6, 9]);
  });
});

describe('entries', () => {
  it('see the constants of the constructor and of the file', () => {
    const model = evaluateOne(`${HEAD}const MEAN = tensor([1, 2]).mul(2);
      @model() export class Net extends nn.Module { scale = ones([2]).mul(3); forward(x: Tensor<[2]>) { return x.sub(MEAN).mul(this.scale); } }`);
    expect([...interpret(model.entries[0]!.graph, new Map([['x', floats([5, 5])]])).get('result')!.data]).toEqual([9, 3]);
  });

  it('start from the same instance each: what one does to a field is unseen by the other', () => {
    const files = net(
      'n = 1; forward(x: Tensor<[2]>) { this.n += 1; return x.mul(this.n); } @entry again(x: Tensor<[2]>) { return x.mul(this.n); }',
    );
    const text = messagesOf(files);
    expect(text).toContain("warning[KN2019]: 'forward' assigns 'n'");
    expect(text).not.toContain('error');
  });

  it('return tensors, tuples and objects, nested', () => {
    const { result, graph } = evaluateOne(net('forward(x: Tensor<[2]>) { return { a: x, b: [x.neg(), { c: x.abs() }] }; }')).entries[0]!;
    expect(result).toEqual({ a: 'a', b: ['b.0', { c: 'b.1.c' }] });
    expect(graph.outputs.map((output) => output.name)).toEqual(['a', 'b.0', 'b.1.c']);
  });

  it('that are losses put the loss first and name it so', () => {
    const model = evaluateOne(
      net(
        "fc = new nn.Linear(2, 2); @loss one(x: Tensor<['n', 2]>) { return this.fc.forward(x).sum(); } @loss two(x: Tensor<['n', 2]>) { const y = this.fc.forward(x); return { y, loss: y.mean() }; }",
      ),
    );
    const [one, two] = model.entries;
    expect([one!.kind, one!.result, one!.graph.outputs.map((output) => output.name)]).toEqual(['loss', 'loss', ['loss']]);
    expect([two!.result, two!.training!.outputs.map((output) => output.name)]).toEqual([{ y: 'y', loss: 'loss' }, ['loss', 'y']]);
  });

  it('are evaluated for training and for use apart', () => {
    const model = evaluateOne(
      net("drop = new nn.Dropout(0.5); @loss objective(x: Tensor<['n', 2]>) { return this.drop.forward(x).sum(); }"),
    );
    const uses = (graph: Graph) => graph.body.nodes.some((node) => node.op === 'random');
    expect([uses(model.entries[0]!.graph), uses(model.entries[0]!.training!)]).toEqual([false, true]);
  });

  it('give the buffers that training changes', () => {
    const model = evaluateOne(
      net(`declare mean: nn.Buffer; constructor() { super(); this.registerBuffer('mean', zeros([2])); }
        @loss objective(x: Tensor<[2]>) { if (this.training) this.mean.copy_(this.mean.mul(0.9).add(x.mul(0.1))); return x.sub(this.mean).sum(); }`),
    );
    const { graph, training } = model.entries[0]!;
    expect(graph.outputs.map((output) => `${output.role} ${output.name}`)).toEqual(['result loss']);
    expect(training!.outputs.map((output) => `${output.role} ${output.name}`)).toEqual(['result loss', 'buffer mean']);
    const out = interpret(
      training!,
      new Map([
        ['x', floats([10, 20])],
        ['mean', floats([1, 1])],
      ]),
    );
    expect([...out.get('mean')!.data].map((x) => Math.round(x * 100) / 100)).toEqual([1.9, 2.9]);
  });

  it('all verify, and carry the spans of the user', () => {
    const model = evaluateOne(
      net(
        "fc = new nn.Linear(2, 2); forward(x: Tensor<['n', 2]>) { return F.relu(this.fc.forward(x)); } @loss objective(x: Tensor<['n', 2]>) { return this.forward(x).mean(); }",
      ),
    );
    for (const graph of graphs(model)) {
      verifyGraph(graph);
      for (const node of graph.body.nodes) expect(node.span?.file).toBe('/models/net.ts');
    }
    const [, objective] = model.entries;
    // Within forward, called from objective: the chain leads there.
    expect(objective!.graph.body.nodes[0]!.span!.via?.file).toBe('/models/net.ts');
  });

  it('come out the same each time', () => {
    const source = net("fc = new nn.Linear(2, 2); forward(x: Tensor<['n', 2]>) { return this.fc.forward(x); }");
    expect(graphs(evaluateOne(source)).map((graph) => printGraph(graph))).toEqual(
      graphs(evaluateOne(source)).map((graph) => printGraph(graph)),
    );
  });
});

describe('optimizers', () => {
  it('are evaluated with their scalars and state', () => {
    const model = evaluateOne(
      net(
        "fc = new nn.Linear(2, 1); frozen = new nn.Parameter(ones([2]), { requiresGrad: false }); @loss objective(x: Tensor<['n', 2]>) { return this.fc.forward(x.mul(this.frozen)).sum(); }",
        '{ optimizer: new optim.SGD({ lr: 0.25, momentum: 0.5 }) }',
      ),
    );
    const optimizer = model.optimizer!;
    expect([optimizer.className, optimizer.hyper]).toEqual(['SGD', { lr: 0.25 }]);
    expect(optimizer.state.map(({ name, type, initial }) => [name, typeText(type), initial])).toEqual([
      ['fc.weight.momentum_buffer', 'f32[1, 2]', 0],
      ['fc.bias.momentum_buffer', 'f32[1]', 0],
    ]);
  });

  it('of the user are evaluated from their source', () => {
    const model = evaluateOne(`${HEAD}
      class Sign extends optim.Optimizer {
        constructor() { super(undefined, undefined, { lr: 0.5 }); }
        override initialState(): Record<string, number> { return { steps: 7 }; }
        override get scalars() { return ['steps']; }
        update(parameter: Tensor, gradient: Tensor, state: Readonly<Record<string, Tensor>>, hyper: Readonly<Record<string, Tensor>>) {
          return { parameter: parameter.sub(gradient.sign().mul(hyper.lr!)), state: { steps: state.steps!.add(1) } };
        }
      }
      @model({ optimizer: new Sign() }) export class Net extends nn.Module { w = new nn.Parameter(zeros([2])); @loss objective(x: Tensor<[2]>) { return x.mul(this.w).sum(); } }`);
    expect(model.optimizer!.state.map(({ name, type, initial }) => [name, typeText(type), initial])).toEqual([['w.steps', 'f32[]', 7]]);
  });
});
