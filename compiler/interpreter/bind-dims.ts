import { dimNames, dimText, evaluateDim } from '../ir/dim.js';
import type { Graph, GraphInput } from '../ir/graph.js';
import { shapeText, typeText } from '../ir/types.js';
import type { TensorData } from '../ops/op.js';

/** Thrown when the tensors given to a graph do not fit its inputs. */
export class InputError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InputError';
  }
}

/** Under which name an input is given: its own, or `role:name` where several inputs have that name. */
export function inputKey(graph: Graph, input: GraphInput): string {
  const shared = graph.inputs.some((other) => other !== input && other.name === input.name);
  return shared ? `${input.role}:${input.name}` : input.name;
}

/**
 * The values of the named dims for one call: each is read off the first input axis that is just that name. Throws
 * InputError when an input is missing, when shapes or dtypes do not fit, or when a name has no value.
 */
export function bindDims(graph: Graph, inputs: ReadonlyMap<string, TensorData>): Map<string, number> {
  const bindings = new Map<string, { size: number; from: string }>();
  const sizes = new Map<string, number>();
  for (const input of graph.inputs) {
    const given = checkRank(graph, input, inputs.get(inputKey(graph, input)));
    input.value.type.shape.forEach((dim, axis) => {
      if (typeof dim === 'number' || bindings.has(dim.key)) return;
      const [name] = dimNames(dim);
      if (name !== dim.key) return;
      bindings.set(name, { size: given.shape[axis]!, from: `axis ${axis} of '${input.name}'` });
      sizes.set(name, given.shape[axis]!);
    });
  }
  for (const input of graph.inputs) {
    const given = inputs.get(inputKey(graph, input))!;
    input.value.type.shape.forEach((dim, axis) => {
      for (const name of dimNames(dim)) {
        if (!sizes.has(name)) throw new InputError(`${graph.name}: no input has an axis that is just '${name}', so its size is not known`);
      }
      const expected = evaluateDim(dim, sizes);
      const found = given.shape[axis];
      if (expected === found) return;
      const binding = typeof dim === 'number' ? undefined : bindings.get(dim.key);
      const why = binding
        ? `'${dimText(dim)}' is ${expected} in ${binding.from}`
        : `${dimText(dim)}${typeof dim === 'number' ? '' : ` = ${expected}`}`;
      throw new InputError(
        `${graph.name}: '${input.name}' is declared as ${typeText(input.value.type)}, found ${shapeText(given.shape)}: axis ${axis} is ${found}, but ${why}`,
      );
    });
  }
  return sizes;
}

function checkRank(graph: Graph, input: GraphInput, given: TensorData | undefined): TensorData {
  const { type } = input.value;
  if (!given) throw new InputError(`${graph.name}: the input '${inputKey(graph, input)}' (${typeText(type)}) is missing`);
  if (given.dtype !== type.dtype || given.shape.length !== type.shape.length) {
    throw new InputError(
      `${graph.name}: '${input.name}' is declared as ${typeText(type)}, found ${typeText({ dtype: given.dtype, shape: given.shape })}`,
    );
  }
  const size = given.shape.reduce((product, n) => product * n, 1);
  if (given.data.length !== size) {
    throw new InputError(
      `${graph.name}: '${input.name}' of shape ${shapeText(given.shape)} needs ${size} elements, found ${given.data.length}`,
    );
  }
  return given;
}
