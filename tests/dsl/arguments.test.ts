/** Arguments in the places and under the names that PyTorch gives them, where these can be given in more than one way. */
import { nn, randint } from 'kilnn';
import { manualSeed } from 'kilnn/eager';
import { expect, test } from 'vitest';

test.each([
  ['ConvTranspose1d', new nn.ConvTranspose1d(2, 4, 3, { stride: 2 }), new nn.ConvTranspose1d(2, 4, { kernelSize: 3, stride: 2 })],
  [
    'ConvTranspose2d',
    new nn.ConvTranspose2d(2, 4, [3, 2], { bias: false }),
    new nn.ConvTranspose2d(2, 4, { kernelSize: [3, 2], bias: false }),
  ],
  ['Conv2d', new nn.Conv2d(2, 4, 3, { padding: 1 }), new nn.Conv2d(2, 4, { kernelSize: 3, padding: 1 })],
])('%s takes the size of its kernel as an argument or as an option', (_, given, named) => {
  expect(String(named)).toBe(String(given));
  expect(named.weight.shape).toEqual(given.weight.shape);
});

test('randint takes the size of its result, as normal does', () => {
  manualSeed(3);
  const drawn = randint(-2, 3, { size: [50, 4] });
  expect([drawn.shape, drawn.dtype]).toEqual([[50, 4], 'i32']);
  expect([...new Set(Array.from(drawn.data()))].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
  expect(() => randint(3, 3, { size: [1] })).toThrow('no integer is at least 3 and below 3');
});
