/** Small graphs for the kernel phase's tests, built by hand. */
import { GraphBuilder } from '../../compiler/ir/build.js';
import { type Dim, namedDim } from '../../compiler/ir/dim.js';
import type { Graph, Value } from '../../compiler/ir/graph.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { differentiate } from '../../compiler/passes/differentiate/index.js';
import { optimize } from '../../compiler/passes/index.js';
import { copyBody, mapped } from '../../compiler/passes/rewrite.js';
import { tensor, uniforms } from '../helpers/tensors.js';

export const batch = namedDim('batch');

/** Short names for what the graphs below are made of. */
export class Builder extends GraphBuilder {
  scalar(value: number, like: Value): Value {
    return this.emit('constant', [], { value, dtype: like.type.dtype, shape: like.type.shape });
  }

  /** x over `shape`; its axes are the last ones of the shape unless `at` says otherwise. */
  over(x: Value, shape: readonly Dim[], at: readonly number[] = x.type.shape.map((_, i) => shape.length - x.type.shape.length + i)): Value {
    const spread = this.emit('reshape', [x], { shape: shape.map((_, axis) => (at.includes(axis) ? x.type.shape[at.indexOf(axis)]! : 1)) });
    return this.emit('broadcast', [spread], { shape });
  }

  linear(x: Value, weight: Value, bias: Value): Value {
    const product = this.emit('contract', [x, weight], { equation: 'bi,oi->bo' });
    return this.emit('add', [product, this.over(bias, product.type.shape)]);
  }

  relu(x: Value): Value {
    const zero = this.scalar(0, x);
    return this.emit('select', [this.emit('le', [x, zero]), zero, x]);
  }

  /** log softmax along the last of two axes. */
  logSoftmax(x: Value): Value {
    const { shape } = x.type;
    const max = this.emit('stopGradient', [this.emit('reduceMax', [x], { dims: [1], ties: 'even' })]);
    const shifted = this.emit('sub', [x, this.over(max, shape, [0])]);
    const sum = this.emit('reduceSum', [this.emit('exp', [shifted])], { dims: [1] });
    return this.emit('sub', [shifted, this.over(this.emit('log', [sum]), shape, [0])]);
  }

  /** Mean cross entropy of logits [batch, classes] and labels [batch]. */
  crossEntropy(logits: Value, labels: Value): Value {
    const rows = logits.type.shape[0]!;
    const index = this.emit('reshape', [labels], { shape: [rows, 1] });
    const picked = this.emit('reshape', [this.emit('gather', [this.logSoftmax(logits), index], { dim: 1 })], { shape: [rows] });
    const sum = this.emit('reduceSum', [this.emit('neg', [picked])], { dims: [0] });
    return this.emit('div', [sum, this.emit('cast', [this.emit('dimension', [], { size: rows })], { dtype: 'f32' })]);
  }

  mean(x: Value, dims: readonly number[], count: number): Value {
    const sum = this.emit('reduceSum', [x], { dims });
    return this.emit('mul', [sum, this.scalar(1 / count, sum)]);
  }
}

/** The step of gradient descent: the loss, and every parameter moved against its gradient, with or without momentum. */
export function sgdStep(graph: Graph, momentum = 0): Graph {
  const parameters = graph.inputs.filter(({ role }) => role === 'parameter').map(({ name }) => name);
  const gradients = differentiate(graph, { loss: 'loss', withRespectTo: parameters });
  const { builder, values } = copyBody(gradients, undefined, 'step');
  const lr = builder.input('lr', 'hyper', { dtype: 'f32', shape: [] });
  for (const output of gradients.outputs) {
    if (output.role !== 'gradient') builder.output(output.name, output.role, mapped(values, output.value));
  }
  for (const output of gradients.outputs.filter(({ role }) => role === 'gradient')) {
    const old = mapped(values, gradients.inputs.find(({ name }) => name === output.name)!.value);
    let gradient = mapped(values, output.value);
    const { shape } = old.type;
    const spread = (x: Value): Value => builder.emit('broadcast', [builder.emit('reshape', [x], { shape: shape.map(() => 1) })], { shape });
    if (momentum > 0) {
      const buffer = builder.input(`${output.name}.momentum_buffer`, 'optimizer', old.type);
      const factor = builder.emit('constant', [], { value: momentum, dtype: 'f32', shape });
      gradient = builder.emit('add', [builder.emit('mul', [buffer, factor]), gradient]);
      builder.output(`${output.name}.momentum_buffer`, 'optimizer', gradient);
    }
    builder.output(output.name, 'parameter', builder.emit('sub', [old, builder.emit('mul', [gradient, spread(lr)])]));
  }
  return optimize(builder.finish());
}

export function mlpLoss(input: number, hidden: number, classes: number): Graph {
  const b = new Builder('mlp');
  const x = b.input('x', 'argument', { dtype: 'f32', shape: [batch, input] });
  const y = b.input('y', 'argument', { dtype: 'i32', shape: [batch] });
  const parameter = (name: string, shape: readonly number[]): Value => b.input(name, 'parameter', { dtype: 'f32', shape });
  const h = b.relu(b.linear(x, parameter('hidden.weight', [hidden, input]), parameter('hidden.bias', [hidden])));
  const logits = b.linear(h, parameter('output.weight', [classes, hidden]), parameter('output.bias', [classes]));
  b.output('loss', 'result', b.crossEntropy(logits, y));
  return b.finish();
}

/** Inputs for a graph, drawn from (-1, 1); integers below `classes`; the named dim `batch` has the given size. */
export function inputsFor(graph: Graph, size: number, classes = 3, seed = 1): Map<string, TensorData> {
  const next = uniforms(seed);
  return new Map(
    graph.inputs.map(({ name, value: { type } }) => {
      const shape = type.shape.map((dim) => (typeof dim === 'number' ? dim : size));
      const count = shape.reduce((product, n) => product * n, 1);
      const element = (): number => (type.dtype === 'f32' ? next() * 2 - 1 : Math.floor(next() * (type.dtype === 'bool' ? 2 : classes)));
      return [name, tensor(type.dtype, shape, Array.from({ length: count }, element))];
    }),
  );
}
