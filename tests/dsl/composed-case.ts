/** A computation, what it should give by a formula of its own, and whether its gradients can be measured. */
import type { Tensor } from 'kilnn';
import { grad, tensor } from 'kilnn/eager';
import { expect } from 'vitest';
import { executeJs, executeWebgpu } from '../torch/execute-compiled.js';
import { type Computation, type Execute, executeEagerly } from '../torch/run-case.js';

/** Numbers with their shape: floats, or integers. */
export interface Given {
  readonly shape: readonly number[];
  readonly data: readonly number[];
  readonly dtype?: 'float32' | 'int32' | 'bool';
}

export interface ComposedCase {
  readonly inputs: Readonly<Record<string, Given>>;
  compute(inputs: Readonly<Record<string, Tensor>>): Tensor | Readonly<Record<string, Tensor>>;
  /** The elements of each output, by definition; of a single one `y`. */
  readonly expected?: Readonly<Record<string, readonly number[]>>;
  /** Whether central differences measure the gradient: the inputs lie away from kinks. */
  readonly smooth?: boolean;
}

/** Floats between -2 and 2 that differ from each other. */
export function floats(shape: readonly number[], seed = 1): Given {
  const size = shape.reduce((product, n) => product * n, 1);
  const data = Array.from({ length: size }, (_, i) => Math.fround(2 * Math.sin((i + 1) * (seed + 0.7) * 1.9 + seed)));
  return { shape, data };
}

export function given(data: readonly number[], shape: readonly number[] = [data.length]): Given {
  return { shape, data };
}

export function integers(data: readonly number[], shape: readonly number[] = [data.length]): Given {
  return { shape, data, dtype: 'int32' };
}

export function booleans(data: readonly number[], shape: readonly number[] = [data.length]): Given {
  return { shape, data, dtype: 'bool' };
}

function isFloat({ dtype }: Given): boolean {
  return dtype === undefined || dtype === 'float32';
}

/** What both executors are asked: all outputs, and the gradients of all floats where there are any. */
function computationOf({ inputs, compute }: ComposedCase, outputs: Readonly<Record<string, Tensor>>): Computation {
  const record = ({ shape, data, dtype = 'float32' }: Given) => ({
    shape,
    dtype,
    data: data.map((value) => (Number.isFinite(value) ? value : String(value))),
  });
  const floatOutputs = Object.entries(outputs).filter(([, output]) => output.dtype === 'f32');
  const cotangents = floatOutputs.map(([name, output]) => [
    name,
    { shape: output.shape, dtype: 'float32', data: Array.from({ length: output.numel() }, (_, i) => Math.cos(i + 1)) },
  ]);
  return {
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, record(input)])),
    differentiate: Object.keys(inputs).filter((name) => isFloat(inputs[name]!)),
    cotangents: Object.fromEntries(cotangents),
    compute: (tensors) => named(compute(tensors)),
  };
}

function named(result: ReturnType<ComposedCase['compute']>): Readonly<Record<string, Tensor>> {
  return typeof (result as Tensor).dtype === 'string' ? { y: result as Tensor } : (result as Readonly<Record<string, Tensor>>);
}

function eagerInputs(inputs: ComposedCase['inputs'], double: boolean): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => {
      const dtype = isFloat(input) ? (double ? 'f64' : 'f32') : input.dtype === 'bool' ? 'bool' : 'i32';
      return [name, tensor(Float64Array.from(input.data), { shape: input.shape, dtype })];
    }),
  );
}

const near = (value: number, scale = 1) => (Number.isFinite(value) ? expect.closeTo(value, scale) : value);

export function meetsFormula(composed: ComposedCase): void {
  const outputs = named(composed.compute(eagerInputs(composed.inputs, false)));
  for (const [name, want] of Object.entries(composed.expected ?? {})) {
    expect(Array.from(outputs[name]!.data()), name).toEqual(want.map((value) => near(value, 4)));
  }
}

/** Central differences in float64 against the gradient that is computed. */
export function meetsDifferences(composed: ComposedCase): void {
  const start = eagerInputs(composed.inputs, true);
  const weighted = (tensors: Readonly<Record<string, Tensor>>): Tensor => {
    const floatsOut = Object.values(named(composed.compute(tensors))).filter(({ dtype }) => dtype === 'f64' || dtype === 'f32');
    const sums = floatsOut.map((y) =>
      y
        .double()
        .mul(
          tensor(
            Float64Array.from({ length: y.numel() }, (_, i) => Math.cos(i + 1)),
            { shape: y.shape },
          ),
        )
        .sum(),
    );
    return sums.reduce((total, sum) => total.add(sum));
  };
  for (const [name, input] of Object.entries(composed.inputs)) {
    if (!isFloat(input)) continue;
    const leaf = start[name]!.clone().requiresGrad_();
    const [computed] = grad(weighted({ ...start, [name]: leaf }), [leaf]);
    const step = 1e-5;
    const measured = input.data.map((_, at) => {
      const moved = (by: number) => {
        const data = Float64Array.from(input.data);
        data[at] = data[at]! + by;
        return weighted({ ...start, [name]: tensor(data, { shape: input.shape }) }).item();
      };
      return (moved(step) - moved(-step)) / (2 * step);
    });
    expect(Array.from(computed?.data() ?? measured.map(() => 0)), `gradient of ${name}`).toEqual(measured.map((value) => near(value, 4)));
  }
}

async function agrees(composed: ComposedCase, execute: Execute, digits: number): Promise<void> {
  const outputs = named(composed.compute(eagerInputs(composed.inputs, false)));
  const computation = computationOf(composed, outputs);
  const [eager, compiled] = [executeEagerly(computation), await execute(computation)];
  for (const kind of ['outputs', 'gradients'] as const) {
    for (const [name, want] of Object.entries(eager[kind])) {
      const got = compiled[kind][name];
      expect(got?.shape ?? want.shape, `${kind} ${name}`).toEqual(want.shape);
      const found = got ? Array.from(got.data) : Array.from(want.data, () => 0);
      expect(found, `${kind} ${name}`).toEqual(Array.from(want.data, (value) => near(value, digits)));
    }
  }
}

/** Compiled to JavaScript, the same outputs and gradients as in eager use. */
export const agreesOnJs = (composed: ComposedCase): Promise<void> => agrees(composed, executeJs, 4);

/** Compiled to WGSL, the same outputs and gradients as in eager use. */
export const agreesOnWebgpu = (composed: ComposedCase): Promise<void> => agrees(composed, executeWebgpu, 3);
