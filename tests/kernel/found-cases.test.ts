/** Graphs that random tests found to be lowered wrongly once. */
import { describe, expect, test } from 'vitest';
import { parseGraph } from '../../compiler/ir/parse.js';
import { launchesIn, lowerGraph } from '../../compiler/kernel/index.js';
import { optimize } from '../../compiler/passes/index.js';
import { tensor } from '../helpers/tensors.js';
import { affineTarget, expectSame, targets } from './lowered-run.js';

describe.each(targets.map((target) => [target.name, target] as const))('on the %s target', (_, target) => {
  test('a value that reads its operands again beside what is stored of them', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const graph = parseGraph(`graph again(
${names.map((name) => `  %${name}: f32[3] argument,`).join('\n')}
) {
  %0: f32[3] = mul(%a, %b)
  %1: f32[3] = mul(%c, %d)
  %2: f32[3] = add(%0, %1)
  %3: f32[3] = sub(%a, %b)
  %4: f32[3] = sub(%c, %d)
  %5: f32[3] = mul(%3, %4)
  %6: f32[3] = mul(%2, %5)
  %7: f32[3] = add(%e, %f)
  %8: f32[3] = sub(%2, %7)
  return first: result %6, second: result %8
}
`);
    const inputs = new Map(names.map((name, i) => [name, tensor('f32', [3], [i + 1, i - 2, 2 * i - 5])]));
    expectSame(graph, inputs, target);
  });

  test('a literal without elements that two contractions read', () => {
    const graph = parseGraph(`graph empty(
  %a: f32[3, 2] argument,
) {
  %0: f32[2, 0] = literal() {dtype = "f32", shape = [2, 0], values = []}
  %1: f32[3, 0] = contract(%a, %0) {equation = "ij,jk->ik"}
  %2: f32[0, 2] = permute(%0) {permutation = [1, 0]}
  %3: f32[0, 3] = contract(%2, %a) {equation = "ij,kj->ik"}
  return first: result %1, second: result %3
}
`);
    const inputs = new Map([['a', tensor('f32', [3, 2], [1, 2, 3, 4, 5, 6])]]);
    expectSame(graph, inputs, target);
    expectSame(optimize(graph), inputs, target);
  });

  test('a literal of equal elements that a contraction reads', () => {
    const graph = parseGraph(`graph equal(
  %a: f32[3, 2] argument,
) {
  %0: f32[2, 2] = literal() {dtype = "f32", shape = [2, 2], values = [2, 2, 2, 2]}
  %1: f32[3, 2] = contract(%a, %0) {equation = "ij,jk->ik"}
  return result: result %1
}
`);
    expectSame(graph, new Map([['a', tensor('f32', [3, 2], [1, 2, 3, 4, 5, 6])]]), target);
  });
});

test('results take the memory of temporary tensors that nobody reads later', () => {
  const graph = parseGraph(`graph chain(
  %a: f32[n, 40] argument,
  %b: f32[40, 40] argument,
) {
  %0: f32[n, 40] = contract(%a, %b) {equation = "ik,kj->ij"}
  %1: f32[n, 40] = contract(%0, %b) {equation = "ik,kj->ij"}
  %2: f32[n, 40] = mul(%1, %0)
  %3: f32[n, 40] = contract(%2, %b) {equation = "ik,kj->ij"}
  return result: result %3
}
`);
  const program = lowerGraph(graph, affineTarget);
  // The first product is an operand of the second: what is read many times cannot be written over.
  const launches = [...launchesIn(program.launches)];
  expect(launches.map(({ kernel }) => kernel.tensors.map(({ access }) => access))).toEqual([
    ['read', 'read', 'write'],
    ['read', 'read', 'write'],
    ['read', 'read', 'write'],
  ]);
  const apart = parseGraph(`graph apart(
  %a: f32[n, 40] argument,
  %b: f32[40, 40] argument,
) {
  %0: f32[n, 40] = contract(%a, %b) {equation = "ik,kj->ij"}
  %1: f32[40, 40] = contract(%b, %b) {equation = "ik,kj->ij"}
  %2: f32[n, 40] = contract(%a, %1) {equation = "ik,kj->ij"}
  %3: f32[n, 40] = mul(%2, %0)
  %4: f32[n, 40] = contract(%3, %b) {equation = "ik,kj->ij"}
  return result: result %4
}
`);
  const kernels = [...launchesIn(lowerGraph(apart, affineTarget).launches)].map(({ kernel }) => kernel.tensors.map(({ access }) => access));
  expect(kernels).toContainEqual(['read', 'read', 'readwrite']);
});
