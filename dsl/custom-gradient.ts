/** Functions with a gradient rule of their own. */
import { gradientError, shapeError } from './errors.js';
import { noGrad } from './gradient-mode.js';
import { eagerExecutor } from './op.js';
import { sameShape, shapeText } from './shape.js';
import { Tensor } from './tensor.js';

/** The cotangents of the inputs, in their order, for the cotangent of the result; alone where there is one input. */
export type GradientRule = (cotangent: Tensor, ...inputs: Tensor[]) => Tensor | readonly Tensor[];

/**
 * A function that computes `forward` and whose gradient is what `backward` says: `backward(cotangent, ...inputs)` gives a tensor of
 * each input's shape. The gradient can be differentiated again: what `backward` computes of the cotangent and the inputs is followed
 * as any computation is. Throws where the rule gives another number of tensors or other shapes.
 *
 *     const straightThrough = customGradient((x) => x.round(), (cotangent) => cotangent);
 */
export function customGradient(forward: (...inputs: Tensor[]) => Tensor, backward: GradientRule): (...inputs: Tensor[]) => Tensor {
  return (...inputs) => {
    const result = noGrad(() => forward(...inputs));
    const rule = (cotangent: Tensor): readonly Tensor[] => {
      const given = backward(cotangent, ...inputs);
      return checked(given instanceof Tensor ? [given] : given, inputs);
    };
    return new Tensor(eagerExecutor().withRule(result, inputs, rule), result.shape, result.dtype);
  };
}

function checked(given: readonly Tensor[], inputs: readonly Tensor[]): readonly Tensor[] {
  if (given.length !== inputs.length) {
    throw gradientError(
      `a gradient rule gave ${given.length} tensors for ${inputs.length} inputs`,
      'return one for each input, in their order',
    );
  }
  given.forEach((tensor, i) => {
    const { shape } = inputs[i]!;
    if (!sameShape(tensor.shape, shape)) {
      throw shapeError(`a gradient rule gave a tensor of shape ${shapeText(tensor.shape)} for an input of shape ${shapeText(shape)}`);
    }
  });
  return given;
}
