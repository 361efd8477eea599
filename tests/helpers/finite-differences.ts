/** Central differences in float64, one random direction at a time. */
import { interpret } from '../../compiler/interpreter/index.js';
import type { Graph } from '../../compiler/ir/graph.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { cotangentName, differentiateWithReport, vjpGraph } from '../../compiler/passes/differentiate/index.js';
import { inFloat64, uniforms } from './tensors.js';

export type Inputs = ReadonlyMap<string, TensorData>;

export function floatInputs(graph: Graph): string[] {
  return graph.inputs.filter((input) => input.value.type.dtype === 'f32').map((input) => input.name);
}

export function dot(a: TensorData, b: TensorData): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += a.data[i]! * b.data[i]!;
  return sum;
}

/** A direction with elements in (-1, 1), for each of the named inputs. */
export function direction(inputs: Inputs, names: readonly string[], seed: number): Map<string, TensorData> {
  const uniform = uniforms(seed);
  return new Map(names.map((name) => [name, like(inputs.get(name)!, () => uniform() * 2 - 1)]));
}

export function like(tensor: TensorData, element: () => number): TensorData {
  return { ...tensor, data: Float64Array.from({ length: tensor.data.length }, element) };
}

/** inputs + step * direction */
export function moved(inputs: Inputs, along: ReadonlyMap<string, TensorData>, step: number): Inputs {
  return new Map(
    [...inputs].map(([name, tensor]) => {
      const by = along.get(name);
      const data = by && Float64Array.from(tensor.data, (value, i) => value + step * by.data[i]!);
      return [name, data ? { ...tensor, data } : inFloat64(tensor)];
    }),
  );
}

/** The derivative of the output along the direction by central differences of two step sizes, extrapolated (Richardson). */
export function directionalDerivative(
  graph: Graph,
  inputs: Inputs,
  output: string,
  along: ReadonlyMap<string, TensorData>,
  step = 2e-4,
): TensorData {
  const at = (h: number) => interpret(graph, moved(inputs, along, h)).get(output)!;
  const central = (h: number) => {
    const [ahead, behind] = [at(h), at(-h)];
    return Float64Array.from(ahead.data, (value, i) => (value - behind.data[i]!) / (2 * h));
  };
  const [coarse, fine] = [central(step), central(step / 2)];
  return { ...at(0), data: fine.map((value, i) => (4 * value - coarse[i]!) / 3) };
}

export interface GradientCheck {
  /** <gradient, direction> as the gradient graph computes it. */
  readonly computed: number;
  /** The same by finite differences. */
  readonly measured: number;
  readonly tolerance: number;
}

/** Compares the gradient of the scalar output `loss` with finite differences along one random direction. */
export function checkGradient(graph: Graph, inputs: Inputs, names: readonly string[], seed: number): GradientCheck {
  const along = direction(inputs, names, seed);
  const { graph: gradients } = differentiateWithReport(graph, { loss: 'loss', withRespectTo: names });
  const results = interpret(gradients, moved(inputs, along, 0));
  let computed = 0;
  let scale = Math.abs(results.get('loss')!.data[0]!);
  for (const name of names) {
    computed += dot(results.get(name)!, along.get(name)!);
    scale += Math.sqrt(dot(results.get(name)!, results.get(name)!));
  }
  const measured = directionalDerivative(graph, inputs, 'loss', along).data[0]!;
  return { computed, measured, tolerance: 1e-6 * Math.max(1, scale) };
}

/** Compares <u, J v> by finite differences with <J^T u, v> by the graph of vector-Jacobian products, for the output named. */
export function checkProducts(graph: Graph, inputs: Inputs, output: string, names: readonly string[], seed: number): GradientCheck {
  const along = direction(inputs, names, seed);
  const jv = directionalDerivative(graph, inputs, output, along);
  const uniform = uniforms(seed + 1);
  const u = like(jv, () => uniform() * 2 - 1);
  const { graph: products } = vjpGraph(graph, { outputs: [output], withRespectTo: names });
  const results = interpret(products, new Map([...moved(inputs, along, 0), [cotangentName(output), u]]));
  let computed = 0;
  let scale = 0;
  for (const name of names) {
    computed += dot(results.get(name)!, along.get(name)!);
    scale += Math.sqrt(dot(results.get(name)!, results.get(name)!));
  }
  return { computed, measured: dot(u, jv), tolerance: 1e-6 * Math.max(1, scale, Math.sqrt(dot(jv, jv))) };
}
