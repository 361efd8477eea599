/** New values of state that are computed from each other's old ones: momentum with weight decay, and whatever else takes turns. */
import { describe, expect, test } from 'vitest';
import { jsBackend } from '../../compiler/backends/js/index.js';
import { wasmBackend } from '../../compiler/backends/wasm/index.js';
import { interpret } from '../../compiler/interpreter/index.js';
import type { Graph, Value } from '../../compiler/ir/graph.js';
import { type LoweredProgram, launchesIn, lowerGraph } from '../../compiler/kernel/index.js';
import type { Kernel } from '../../compiler/kernel/kernel.js';
import { storesOf } from '../../compiler/kernel/part.js';
import { runOnGpu } from '../helpers/gpu-program.js';
import { runJsProgram } from '../helpers/js-program.js';
import { expectClose } from '../helpers/tensors.js';
import { runWasmProgram } from '../helpers/wasm-program.js';
import { Builder, batch, inputsFor } from './build-graphs.js';
import { expectSame, targets } from './lowered-run.js';

/** w' = w - lr*v', v' = 0.9*v + (gradient + 0.01*w), with a gradient that `build` makes of x and w. */
function decayed(shape: readonly number[], build: (b: Builder, x: Value, w: Value) => Value, readers = false): Graph {
  const b = new Builder('decayed');
  const x = b.input('x', 'argument', { dtype: 'f32', shape: [batch, shape[0]!] });
  const w = b.input('w', 'parameter', { dtype: 'f32', shape });
  const v = b.input('v', 'optimizer', { dtype: 'f32', shape });
  const lr = b.input('lr', 'hyper', { dtype: 'f32', shape: [] });
  const gradient = build(b, x, w);
  const direction = b.emit('add', [gradient, b.emit('mul', [w, b.scalar(0.01, w)])]);
  const momentum = b.emit('add', [b.emit('mul', [v, b.scalar(0.9, v)]), direction]);
  const step = b.emit('mul', [momentum, b.over(lr, shape)]);
  const next = b.emit('sub', [w, step]);
  // What needs the gradient and the old weight cannot run before the one is known nor after the other is gone.
  if (readers)
    b.output(
      'y',
      'result',
      b.emit('reduceSum', [b.emit('mul', [b.over(gradient, [7, ...shape]), b.over(w, [7, ...shape])])], { dims: [1] }),
    );
  b.output('w', 'parameter', next);
  b.output('v', 'optimizer', momentum);
  return b.finish();
}

const sums = (b: Builder, x: Value): Value => b.emit('reduceSum', [x], { dims: [0] });
const products = (b: Builder, x: Value): Value => b.emit('contract', [x, x], { equation: 'bi,bj->ij' });
const pointwise = (b: Builder, _: Value, w: Value): Value => b.emit('exp', [w]);

/** Three entries, each computed from itself and the next; the last one from the first, so that no order of stores is safe. */
function circle(): Graph {
  const b = new Builder('circle');
  const entries = ['p', 'q', 'r'].map((name) => b.input(name, 'parameter', { dtype: 'f32', shape: [6] }));
  for (const [i, name] of ['p', 'q', 'r'].entries()) b.output(name, 'parameter', b.emit('add', [entries[i]!, entries[(i + 1) % 3]!]));
  return b.finish();
}

/** q' is what p' is made of, but only where a condition holds: it is not known to have been computed. */
function guarded(): Graph {
  const b = new Builder('guarded');
  const p = b.input('p', 'parameter', { dtype: 'f32', shape: [6] });
  const q = b.input('q', 'parameter', { dtype: 'f32', shape: [6] });
  const sum = b.emit('add', [p, q]);
  const cut = b.emit('slice', [sum], { start: [0], size: [4], step: [1] });
  const padded = b.emit('pad', [cut], { low: [0], high: [2], interior: [0], value: 0 });
  b.output('p', 'parameter', b.emit('mul', [b.emit('add', [padded, p]), q]));
  b.output('q', 'parameter', sum);
  return b.finish();
}

const graphs: Readonly<Record<string, Graph>> = {
  'a sum over a batch': decayed([5], sums),
  'a matrix product': decayed([6, 6], products),
  'elements alone': decayed([6, 6], pointwise),
  'a gradient that is read with the old weight': decayed([5], sums, true),
  'a circle': circle(),
  'a value under a condition': guarded(),
};

describe.each(Object.entries(graphs))('%s', (_, graph) => {
  const inputs = inputsFor(graph, 4);

  test.each(targets.map((target) => [target.name, target] as const))('on the %s target', (_, target) => {
    expectSame(graph, inputs, target);
  });

  test.each([
    ['js', () => runJsProgram(graph, lowerGraph(graph, jsBackend.traits), inputs)],
    ['wasm', () => runWasmProgram(graph, lowerGraph(graph, wasmBackend.traits), inputs)],
    ['webgpu', () => runOnGpu(graph, inputs)],
  ] as const)('as %s runs it', async (_, run) => {
    const actual = await run();
    for (const [name, want] of interpret(graph, inputs)) expectClose(actual.get(name)!, want, {}, name);
  });
});

function isCopy({ parts }: Kernel): boolean {
  return parts.flatMap(storesOf).every(({ value }) => value.kind === 'load');
}

const kernelsOf = (program: LoweredProgram): Kernel[] => Array.from(launchesIn(program.launches), ({ kernel }) => kernel);

test('momentum with weight decay is one kernel, that of the gradient, and none copies', () => {
  for (const gradient of [sums, products, pointwise]) {
    expect(kernelsOf(lowerGraph(decayed([6, ...(gradient === sums ? [] : [6])], gradient), jsBackend.traits))).toHaveLength(1);
  }
  const late = kernelsOf(lowerGraph(decayed([5], sums, true), jsBackend.traits));
  expect(late.filter(isCopy)).toEqual([]);
});
