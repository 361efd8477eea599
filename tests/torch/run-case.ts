/** Runs the computation of a case: its outputs, and the gradients of sum(output * cotangent). */
import type { Tensor } from 'kilnn';
import { grad } from 'kilnn/eager';
import { defaultTolerance, differs, type Figures, figuresOf, fromRecord, isClose, type TensorRecord, type TorchCase } from './cases.js';

/** A case as a function of tensors: it is run eagerly here, and can be traced into a graph and compiled. */
export interface Computation {
  readonly inputs: Readonly<Record<string, TensorRecord>>;
  /** Names of the inputs whose gradients are wanted. */
  readonly differentiate: readonly string[];
  readonly cotangents: Readonly<Record<string, TensorRecord>>;
  compute(inputs: Readonly<Record<string, Tensor>>): Readonly<Record<string, Tensor>>;
}

export interface Results {
  readonly outputs: Readonly<Record<string, Figures>>;
  /** Absent where nothing depends on the input. */
  readonly gradients: Readonly<Record<string, Figures>>;
}

/** How a computation is carried out. */
export type Execute = (computation: Computation) => Results | Promise<Results>;

export const executeEagerly = ({ inputs, differentiate, cotangents, compute }: Computation): Results => {
  const tensors: Record<string, Tensor> = {};
  for (const [name, record] of Object.entries(inputs)) tensors[name] = fromRecord(record, { requiresGrad: differentiate.includes(name) });
  const outputs = compute(tensors);
  const gradients: Record<string, Figures> = {};
  const names = Object.keys(cotangents);
  if (names.length > 0 && differentiate.length > 0) {
    for (const name of names) {
      // Not the product with the cotangent: an infinite output times 0 would make a NaN of the whole.
      const found = gradientsOfOutput(
        outputs[name]!,
        cotangents[name]!,
        differentiate.map((input) => tensors[input]!),
      );
      found.forEach((gradient, at) => {
        const input = differentiate[at]!;
        if (gradient !== undefined) gradients[input] = sum(gradients[input], figuresOf(gradient));
      });
    }
  }
  return { outputs: Object.fromEntries(Object.entries(outputs).map(([name, output]) => [name, figuresOf(output)])), gradients };
};

function gradientsOfOutput(output: Tensor, cotangent: TensorRecord, by: readonly Tensor[]): readonly (Tensor | undefined)[] {
  try {
    return grad(output, by, { cotangent: fromRecord(cotangent), retainGraph: true });
  } catch (error) {
    // An output that depends on no input that requires a gradient.
    if (error instanceof Error && 'code' in error && error.code === 'KN3007') return by.map(() => undefined);
    throw error;
  }
}

function sum(a: Figures | undefined, b: Figures): Figures {
  return a === undefined ? b : { ...b, data: Float64Array.from(b.data, (value, at) => value + a.data[at]!) };
}

/** What is wrong with the results of a case; empty when it passes. `either` are other results that an element may agree with. */
export async function check(torchCase: TorchCase, computation: Computation, execute: Execute, either?: Results): Promise<string[]> {
  const tol = torchCase.tol ?? defaultTolerance;
  const results = await execute(computation);
  const problems: (string | undefined)[] = [];
  for (const [name, want] of Object.entries(torchCase.outputs ?? {})) {
    const got = results.outputs[name];
    const other = either?.outputs[name];
    const skip = (at: number) => other !== undefined && isClose(got!.data[at]!, other.data[at]!, tol);
    problems.push(got === undefined ? `there is no output ${name}` : differs(name, got, want, tol, skip));
  }
  const edge = torchCase.name.includes('-edge-');
  for (const [name, want] of Object.entries(torchCase.grads ?? {})) {
    const got = results.gradients[name];
    if (want === null) {
      if (got !== undefined && Array.from(got.data).some((value) => value !== 0)) problems.push(`${name} has a gradient`);
      continue;
    }
    const input = computation.inputs[name]!;
    // In the edge cases gradients where the input, the output or the gradient is NaN are not compared.
    const other = either?.gradients[name];
    const skip = (at: number) =>
      (got !== undefined && other !== undefined && isClose(got.data[at]!, other.data[at]!, tol)) ||
      (edge && (isNan(want, at) || isNan(input, at) || Object.values(torchCase.outputs ?? {}).some((output) => isNan(output, at))));
    const figures = got ?? {
      shape: want.shape,
      dtype: input.dtype === 'float64' ? 'f64' : 'f32',
      data: new Float64Array(want.data.length),
    };
    problems.push(differs(`gradient of ${name}`, figures, want, tol, skip));
  }
  return problems.filter((problem) => problem !== undefined);
}

function isNan(record: TensorRecord, at: number): boolean {
  return record.data[at] === 'NaN';
}
