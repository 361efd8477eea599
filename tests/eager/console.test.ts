import { inspect } from 'node:util';
import { nn } from 'kilnn';
import { tensor, text } from 'kilnn/eager';
import { expect, test } from 'vitest';

test('the console shows tensors and nets as they are printed', () => {
  const x = tensor([
    [1, 2],
    [3, 4.5],
  ]);
  const net = new nn.Sequential(new nn.Linear(2, 1));
  expect(inspect(x)).toBe(text(x));
  expect(inspect(net)).toBe('Sequential(\n  (0): Linear(in_features=2, out_features=1, bias=True)\n)');
  expect(inspect(new nn.Parameter(tensor([1])))).toBe('Parameter containing:\ntensor([1.], requires_grad=True)');
  expect(inspect({ y: tensor([1]) })).toBe('{ y: tensor([1.]) }');
});
