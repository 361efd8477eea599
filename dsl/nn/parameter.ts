/** The tensors that a module owns. */
import { filled } from '../promotion.js';
import { type DType, type Shape, Tensor } from '../tensor.js';
import { currentHandle } from '../views.js';

/** A tensor that training changes. A module registers the parameters among its fields. */
export class Parameter<S extends Shape = Shape, D extends DType = 'f32'> extends Tensor<S, D> {
  constructor(data: Tensor, options: { requiresGrad?: boolean } = {}) {
    super(currentHandle(data), data.shape, data.dtype);
    this.requiresGrad = options.requiresGrad ?? true;
  }
}

/** A tensor that belongs to a module's state but that no optimizer changes, such as a running mean. */
export class Buffer<S extends Shape = Shape, D extends DType = 'f32'> extends Tensor<S, D> {
  /** Whether the state dictionary holds it. */
  readonly persistent: boolean;

  constructor(data: Tensor, options: { persistent?: boolean } = {}) {
    super(currentHandle(data), data.shape, data.dtype);
    this.persistent = options.persistent ?? true;
  }
}

/** Forgets the gradient that `backward` has left, or sets it to 0 if there is one (eager use). */
export function clearGradient(parameter: Parameter, setToNone: boolean): void {
  const { grad } = parameter;
  parameter.grad = setToNone || grad === undefined ? undefined : filled(0, grad.shape, grad.dtype);
}
