/**
 * The one tensor operation. Everything in the DSL bottoms out here: when a model is compiled, the frontend replaces `op`
 * by a node in the graph; in eager use an executor computes it at once.
 */
import { type DType, Tensor } from './tensor.js';

export type Attribute = number | string | boolean | readonly Attribute[];
export type Attributes = Readonly<Record<string, Attribute>>;

/** What stands behind a tensor: opaque to the DSL. */
export type Handle = object;

export interface Executor {
  execute(name: string, inputs: readonly Handle[], attributes: Attributes): { handle: Handle; shape: readonly number[]; dtype: DType };
}

let executor: Executor | undefined;

/** Installs what computes `op` in eager use (`kilnn/eager` does). Returns the one before. */
export function setExecutor(next: Executor | undefined): Executor | undefined {
  const before = executor;
  executor = next;
  return before;
}

/** Applies the primitive `name` of the compiler's op table. */
export function op(name: string, inputs: readonly Tensor[], attributes: Attributes = {}): Tensor {
  if (executor === undefined) {
    throw new Error("tensors are computed by a compiled module, or eagerly: import 'kilnn/eager' before the first operation");
  }
  const result = executor.execute(
    name,
    inputs.map((input) => input.handle),
    attributes,
  );
  return new Tensor(result.handle, result.shape, result.dtype);
}
