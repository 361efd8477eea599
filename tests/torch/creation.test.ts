/** What PyTorch recorded of creation and of dtype promotion, entry by entry: all but what needs dtypes that Kilnn does not have. */
import { arange, cat, diag, eye, F, full, linspace, logspace, ones, onesLike, remainder, type Tensor, tril, zeros, zerosLike } from 'kilnn';
import { tensor } from 'kilnn/eager';
import { expect, test } from 'vitest';
import { casesOf, defaultTolerance, differs, figuresOf } from './cases.js';

const i32 = { dtype: 'i32' } as const;

/** JavaScript has one kind of number: whole ones are integers where their dtype is given. */
const created: Readonly<Record<string, () => Tensor>> = {
  arange4: () => arange(4),
  arange_f: () => arange(4).float(),
  arange_step: () => arange(1, 10, { step: 3 }),
  arange_neg: () => arange(5, 0, { step: -2 }),
  arange_01: () => arange(0, 1, { step: 0.1 }),
  zeros: () => zeros([2, 3]),
  ones_int: () => ones([3], i32),
  full: () => full([2, 2], 2.5),
  full_int: () => full([2], 7, i32),
  linspace: () => linspace(-1, 1, { steps: 5 }),
  linspace1: () => linspace(3, 9, { steps: 1 }),
  logspace: () => logspace(0, 2, { steps: 3 }),
  eye: () => eye(3),
  eye_rect: () => eye(2, 4),
  float_tensor: () => tensor([1, 2, 3]),
  from_ints: () => tensor([1, 2], i32),
  from_mixed: () => tensor([1, 2.5]),
  from_bool: () => tensor([true, false]),
  scalar: () => tensor(3.5),
  empty: () => tensor([]),
  zeros_like: () => zerosLike(tensor([1, 2], i32)),
  ones_like_double: () => onesLike(zeros([2]), { dtype: 'f64' }),
  diag: () => diag(tensor([1, 2, 3])),
  tril_ones: () => tril(ones([3, 3])),
  one_hot: () => F.oneHot(tensor([0, 2, 1], i32), 4),
};

const i = tensor([7, -7, 2], i32);
const f = tensor([1.5, -2.5, 0.5]);
const b = tensor([true, false, true]);
const d = tensor([1.5, 2.5, -3.5], { dtype: 'f64' });

/** There are no uint8 and float16: integers are i32, and half precision is a way to store f32. */
const absent = ['u+10', 'u+i', 'u*u', 'u.sum', 'h+h', 'h+f', 'f.half'];

const promoted: Readonly<Record<string, () => Tensor>> = {
  'i+f': () => i.add(f),
  'i/2': () => i.div(2),
  'i//2': () => i.floorDivide(2),
  'i%3': () => i.remainder(3),
  'f//2': () => f.floorDivide(2),
  'f%2': () => f.remainder(2),
  'i*b': () => i.mul(b),
  'b+b': () => b.add(b),
  'i+1.5': () => i.add(1.5),
  'f+d': () => f.add(d),
  'f+scalar_d': () => f.add(tensor(1, { dtype: 'f64' })),
  'i.mean': () => i.float().mean(),
  'b.sum': () => b.sum(),
  'i.sum': () => i.sum(),
  'i**2': () => i.pow(2),
  '2**f': () => full([], 2).pow(f),
  '1/i': () => full([], 1).div(i),
  '-i': () => i.neg(),
  '~b': () => b.logicalNot(),
  'i>f': () => i.gt(f),
  'b&b': () => b.logicalAnd(b.logicalNot()),
  'b|b': () => b.logicalOr(b.logicalNot()),
  'b^b': () => b.logicalXor(b),
  'exp(i)': () => i.exp(),
  'i.to_bool': () => i.bool(),
  'f.long': () => f.long(),
  'f.int': () => f.int(),
  remainder: () => remainder(f, -2),
  fmod: () => f.fmod(2),
  'i.true_divide': () => i.div(2),
};

function checkAll(name: string, made: Readonly<Record<string, () => Tensor>>, left: readonly string[]): void {
  const { outputs = {} } = casesOf('autograd').find((torchCase) => torchCase.name === name)!;
  for (const [entry, want] of Object.entries(outputs)) {
    const key = entry.slice('t.'.length);
    if (!left.includes(key))
      test(`${name}: ${key}`, () => expect(differs(key, figuresOf(made[key]!()), want, defaultTolerance)).toBe(undefined));
  }
}

checkAll('tensor-creation', created, []);
checkAll('tensor-dtype-promotion', promoted, absent);

test('tensors of several dtypes join as the largest of them', () => {
  expect(cat([b, i]).dtype).toBe('i32');
  expect(cat([b, i, f]).dtype).toBe('f32');
  expect(cat([f, d]).dtype).toBe('f64');
});
