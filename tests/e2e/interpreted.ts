import type { EvaluatedModel } from '../../compiler/frontend/evaluated-model.js';
import { inputKey } from '../../compiler/interpreter/bind-dims.js';
import { interpret } from '../../compiler/interpreter/index.js';
import type { Graph, GraphInput } from '../../compiler/ir/graph.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { gradientGraph, trainingGraph } from '../../compiler/training-step.js';

/** A model run by the reference interpreter in float64, with state of its own: what a built module is judged by. */
export class InterpretedModel {
  readonly state = new Map<string, TensorData>();
  private step = 0;

  constructor(
    private readonly model: EvaluatedModel,
    private readonly seed: number,
  ) {
    for (const { name, type, initial } of model.optimizer?.state ?? []) {
      const shape = type.shape as readonly number[];
      this.state.set(name, { dtype: type.dtype, shape, data: new Float64Array(shape.reduce((a, b) => a * b, 1)).fill(initial) });
    }
    this.run(model.init, []);
  }

  call(entry: string, args: readonly TensorData[]): Map<string, TensorData> {
    return this.run(this.entry(entry).graph, args);
  }

  gradients(loss: string, args: readonly TensorData[]): Map<string, TensorData> {
    return this.run(gradientGraph(this.entry(loss), this.model), args);
  }

  /** The outputs of a training step; the state is replaced by its outputs of state roles. */
  train(loss: string, args: readonly TensorData[]): Map<string, TensorData> {
    return this.run(trainingGraph(this.entry(loss), this.model), args);
  }

  private entry(name: string) {
    return this.model.entries.find((entry) => entry.name === name)!;
  }

  private run(graph: Graph, args: readonly TensorData[]): Map<string, TensorData> {
    const draws = graph.inputs.some(({ role }) => role === 'rng');
    if (draws && graph !== this.model.init) this.step++;
    let argument = 0;
    const value = ({ name, role }: GraphInput): TensorData => {
      if (role === 'argument') return args[argument++]!;
      if (role === 'rng') return { dtype: 'i32', shape: [2], data: Int32Array.of(this.seed, graph === this.model.init ? 0 : this.step) };
      if (role === 'hyper') return { dtype: 'f32', shape: [], data: Float32Array.of(this.model.optimizer!.hyper[name]!) };
      return this.state.get(name)!;
    };
    const outputs = interpret(graph, new Map(graph.inputs.map((input) => [inputKey(graph, input), value(input)])));
    for (const { name, role } of graph.outputs) {
      if (role !== 'result' && role !== 'gradient') this.state.set(name, outputs.get(name)!);
    }
    return outputs;
  }
}
