/** What holds for every op of the table, drawn from the table itself. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../compiler/ir/build.js';
import { type Dim, evaluateDim, isSymbolic } from '../../compiler/ir/dim.js';
import type { Attributes, Graph } from '../../compiler/ir/graph.js';
import { isFloat } from '../../compiler/ir/types.js';
import { mapDims } from '../../compiler/ir/walk.js';
import { type Op, OpError, type TensorData } from '../../compiler/ops/op.js';
import { ops } from '../../compiler/ops/registry.js';
import { cotangentName, vjpGraph } from '../../compiler/passes/differentiate/index.js';
import { checkProducts } from '../helpers/finite-differences.js';
import { exampleOps, type OpExample, opExample } from '../helpers/op-examples.js';
import { randomGraph } from '../helpers/random-graph.js';

function typesOf(inputs: readonly TensorData[]) {
  return inputs.map(({ dtype, shape }) => ({ dtype, shape }));
}

/** y = op(x0, x1, ...) */
function graphOf({ op, inputs, attributes }: OpExample): { graph: Graph; inputs: Map<string, TensorData>; floats: string[] } {
  const b = new GraphBuilder(op);
  const values = inputs.map(({ dtype, shape }, i) => b.input(`x${i}`, 'argument', { dtype, shape }));
  b.output('y', 'result', b.emit(op, values, attributes));
  const named = new Map(inputs.map((input, i) => [`x${i}`, input]));
  return { graph: b.finish(), inputs: named, floats: [...named].filter(([, { dtype }]) => isFloat(dtype)).map(([name]) => name) };
}

const arrays: Readonly<Record<string, readonly unknown[]>> = {
  f32: [Float32Array, Float64Array],
  f64: [Float64Array],
  i32: [Int32Array],
  bool: [Uint8Array],
};

test('every op of the table has examples, and no others do', () => {
  expect([...exampleOps].sort()).toEqual([...ops.keys()].sort());
});

describe.each([...ops.values()])('$name', (op: Op) => {
  test('evaluation gives what the type rule says, and leaves its inputs alone', () => {
    fc.assert(
      fc.property(opExample(op.name), ({ inputs, attributes }) => {
        const before = inputs.map((input) => [...input.data]);
        const type = op.type(typesOf(inputs), attributes);
        const result = op.evaluate(inputs, attributes, type);
        expect(result.dtype).toBe(type.dtype);
        expect(result.shape).toEqual(type.shape);
        expect(result.data.length).toBe(result.shape.reduce((product, n) => product * n, 1));
        expect(arrays[type.dtype]).toContain(result.data.constructor);
        expect(inputs.map((input) => [...input.data])).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });

  test('a wrong number of inputs is refused', () => {
    fc.assert(
      fc.property(opExample(op.name), ({ inputs, attributes }) => {
        const wrong = op.arity === 'many' ? [] : [...typesOf(inputs), { dtype: 'f32' as const, shape: [] }];
        expect(() => op.type(wrong, attributes)).toThrow(OpError);
      }),
      { numRuns: 5 },
    );
  });

  test('a missing attribute is refused by name', () => {
    fc.assert(
      fc.property(opExample(op.name), ({ inputs, attributes }) => {
        for (const name of Object.keys(attributes)) {
          const { [name]: _, ...rest } = attributes;
          expect(() => op.type(typesOf(inputs), rest)).toThrow(new RegExp(`${op.name}: the attribute '${name}' must be .*, found nothing`));
        }
      }),
      { numRuns: 5 },
    );
  });

  if (!op.vjp || op.name === 'random' || op.name === 'stopGradient') return;

  test('<u, J v> = <J^T u, v>', () => {
    fc.assert(
      fc.property(opExample(op.name), fc.nat({ max: 999 }), (example, seed) => {
        const { graph, inputs, floats } = graphOf(example);
        if (floats.length === 0 || !isFloat(graph.outputs[0]!.value.type.dtype)) return;
        const { computed, measured, tolerance } = checkProducts(graph, inputs, 'y', floats, seed);
        expect(Math.abs(computed - measured)).toBeLessThanOrEqual(tolerance);
      }),
      { numRuns: 100 },
    );
  });

  test('the gradient has a gradient', () => {
    fc.assert(
      fc.property(opExample(op.name), fc.nat({ max: 999 }), (example, seed) => {
        const { graph, inputs, floats } = graphOf(example);
        const y = graph.outputs[0]!.value.type;
        if (floats.length === 0 || !isFloat(y.dtype)) return;
        const { graph: products } = vjpGraph(graph, { outputs: ['y'], withRespectTo: floats });
        const shape = y.shape as readonly number[];
        const cotangent: TensorData = {
          dtype: y.dtype,
          shape,
          data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i + 1)),
        };
        const all = new Map([...inputs, [cotangentName('y'), cotangent]]);
        for (const name of floats) {
          const gradient = {
            ...products,
            outputs: products.outputs.filter((output) => output.role === 'gradient' && output.name === name),
          };
          const renamed: Graph = {
            ...gradient,
            outputs: gradient.outputs.map((output) => ({ ...output, name: 'gradient', role: 'result' })),
          };
          const { computed, measured, tolerance } = checkProducts(renamed, all, 'gradient', [...floats, cotangentName('y')], seed);
          expect(Math.abs(computed - measured)).toBeLessThanOrEqual(tolerance * 100);
        }
      }),
      { numRuns: 30 },
    );
  });
});

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

describe('symbolic sizes', () => {
  test('a type rule says of named sizes what it says of their values', () => {
    fc.assert(
      fc.property(randomGraph({ symbolic: true, maxSteps: 10 }), ({ graph, inputs }) => {
        const n = [...inputs].find(([name]) => name === graph.inputs[0]!.name)![1].shape[0]!;
        const concrete = (dim: Dim) => evaluateDim(dim, new Map([['n', n]]));
        for (const node of graph.body.nodes) {
          const types = node.inputs.map(({ type }) => ({ ...type, shape: type.shape.map(concrete) }));
          const attributes: Attributes = Object.fromEntries(
            Object.entries(node.attributes).map(([name, value]) => [name, mapDims(value, concrete)]),
          );
          const expected = node.outputs[0]!.type;
          expect(ops.get(node.op)!.type(types, attributes)).toEqual({ ...expected, shape: expected.shape.map(concrete) });
        }
      }),
      { numRuns: 300 },
    );
  });

  test('named sizes do reach most ops', () => {
    const reached = new Set<string>();
    for (const { graph } of fc.sample(randomGraph({ symbolic: true, maxSteps: 10 }), { numRuns: 1500, seed: 7 })) {
      for (const node of graph.body.nodes) if (node.outputs[0]!.type.shape.some(isSymbolic)) reached.add(node.op);
    }
    // Literals and sizes are never symbolic themselves.
    const missing = [...ops.keys()].filter((name) => !reached.has(name) && name !== 'literal' && name !== 'dimension');
    expect(missing).toEqual([]);
  });
});
