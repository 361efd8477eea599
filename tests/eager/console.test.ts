import { inspect } from 'node:util';
import { nn } from 'kilnn';
import { tensor, text } from 'kilnn/eager';
import { expect, test } from 'vitest';

test('operators do not compute with tensors; texts show them', () => {
  const x = tensor([2, 3]) as unknown as number;
  const error = { code: 'KN3004', message: 'a tensor is not a number: operators do not compute with tensors' };
  for (const compute of [() => -x, () => x * 2, () => 1 / x, () => x < 3, () => Math.max(x, 1), () => Number(x)]) {
    expect(compute).toThrow(expect.objectContaining(error));
  }
  expect(`${x} and ${String(x)}`).toBe('tensor([2., 3.]) and tensor([2., 3.])');
});

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
