import { optim } from 'kilnn';
import { manualSeed, tensor, text } from 'kilnn/eager';
import { expect, test } from 'vitest';
import { Mlp } from '../../golden/models/mlp.js';

test('the class of a model runs as it is: loss falls over steps of SGD', () => {
  manualSeed(0);
  const net = new Mlp();
  expect(text(net)).toBe(`Mlp(
  (flatten): Flatten(start_dim=1, end_dim=-1)
  (hidden): Linear(in_features=784, out_features=256, bias=True)
  (output): Linear(in_features=256, out_features=10, bias=True)
)`);
  const x = tensor(
    Float32Array.from({ length: 4 * 784 }, (_, i) => Math.sin(i * i)),
    { shape: [4, 28, 28] },
  );
  const y = tensor([1, 2, 3, 9], { dtype: 'i32' });
  const sgd = new optim.SGD({ lr: 0.1, momentum: 0.9 }).attach(net.parameters());
  const losses: number[] = [];
  for (let step = 0; step < 4; step++) {
    sgd.zeroGrad();
    const loss = net.objective(x, y);
    loss.backward();
    sgd.step();
    losses.push(loss.item());
  }
  expect(losses[0]).toBeGreaterThan(2);
  expect(losses[3]).toBeLessThan(0.5 * losses[0]!);
});
