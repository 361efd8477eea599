/** Random models that once did one thing eagerly and another one built. */
import { test } from 'vitest';
import { compareExecutions } from './eager-and-compiled.js';

test('the gradient of a maximum reaches it where the elements are computed twice', async () => {
  const source = `
import { F, loss, model, nn, optim, type Tensor } from 'kilnn';

@model({ optimizer: new optim.SGD({ lr: 0.1 }) })
export class Net extends nn.Module {
  first = new nn.Linear(3, 3);
  second = new nn.Linear(3, 3);
  head = new nn.Linear(3, 4);

  forward(given: Tensor<['batch', 'time', 3]>) {
    const x = this.first.forward(given);
    return this.head.forward(this.second.forward(x.tanh().add(x.mul(0.5)).amax([1])));
  }

  @loss
  objective(given: Tensor<['batch', 'time', 3]>, y: Tensor<['batch'], 'i32'>) {
    return F.crossEntropy(this.forward(given), y);
  }
}
`;
  const input = { dtype: 'f32', shape: ['batch', 'time', 3] } as const;
  const targets = [{ dtype: 'i32', shape: ['batch'], below: 4 }] as const;
  for (const seed of [0, 1, 2]) await compareExecutions({ source, dims: { batch: 3, time: 3 }, input, targets, seed });
});
