import { describe, expect, test } from 'vitest';
import { jsBackend } from '../../compiler/backends/js/index.js';
import { interpret } from '../../compiler/interpreter/index.js';
import { GraphBuilder } from '../../compiler/ir/build.js';
import type { Graph, Value } from '../../compiler/ir/graph.js';
import type { TensorType } from '../../compiler/ir/types.js';
import { verifyGraph } from '../../compiler/ir/verify.js';
import { lowerGraph, printKernels } from '../../compiler/kernel/index.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { openOnJs } from '../helpers/js-program.js';
import { difference, expectClose, tensor } from '../helpers/tensors.js';
import { expectSame, targets } from './lowered-run.js';

const f32 = (...shape: number[]): TensorType => ({ dtype: 'f32', shape });

class Regions extends GraphBuilder {
  constant(value: number, type: TensorType = f32()): Value {
    return this.emit('constant', [], { value, dtype: type.dtype, shape: type.shape });
  }

  over(x: Value, shape: readonly number[]): Value {
    return this.emit('broadcast', [this.emit('reshape', [x], { shape: shape.map(() => 1) })], { shape });
  }

  scaled(x: Value, by: number): Value {
    return this.emit('mul', [x, this.constant(by, x.type)]);
  }

  norm(x: Value): Value {
    return this.emit('sqrt', [this.emit('reduceSum', [this.emit('mul', [x, x])], { dims: x.type.shape.map((_, i) => i) })]);
  }
}

/** Kernels of three targets and the js device against the graph interpreter. */
async function check(graph: Graph, inputs: ReadonlyMap<string, TensorData>): Promise<void> {
  verifyGraph(graph);
  for (const target of targets) expectSame(graph, inputs, target);
  const program = lowerGraph(graph, jsBackend.traits);
  const { run } = await openOnJs(graph, program, inputs);
  const expected = interpret(graph, inputs);
  for (let call = 0; call < 2; call++) {
    const actual = await run(inputs);
    for (const [name, want] of expected) {
      const found = difference(actual.get(name)!, want, { rtol: 1e-5, atol: 1e-6 });
      if (found !== undefined) throw new Error(`${name}: ${found}\n${printKernels(program)}`);
    }
  }
}

describe('loops and branches', () => {
  const halving = (): Graph => {
    const b = new Regions('halving');
    const x = b.input('x', 'argument', f32(3, 4));
    const [y] = b.loop(
      [x],
      ([x]) => b.emit('gt', [b.norm(x!), b.constant(1)]),
      ([x]) => [b.scaled(x!, 0.5)],
    );
    const small = b.emit('lt', [b.norm(y!), b.constant(0.8)]);
    const [z] = b.branch(
      small,
      () => [b.scaled(y!, 10)],
      () => [y!],
    );
    b.output('sum', 'result', b.emit('reduceSum', [z!], { dims: [0, 1] }));
    return b.finish();
  };

  test.each([0, 0.1, 1, 5, 1000])('halved until small, then enlarged when too small: %d', async (size) => {
    await check(
      halving(),
      new Map([
        [
          'x',
          tensor(
            'f32',
            [3, 4],
            Array.from({ length: 12 }, (_, i) => size * Math.sin(i + 1)),
          ),
        ],
      ]),
    );
  });

  test('one kernel a turn', () => {
    expect(printKernels(lowerGraph(halving(), jsBackend.traits))).toMatchInlineSnapshot(`
      "program halving(x: f32[3, 4])
        slot 0: 256 bytes
        slot 1: 256 bytes
        buffer 0: f32[12] argument 0 x
        buffer 1: bool[1] arena 0
        buffer 2: f32[12] arena 1
        buffer 3: bool[1] arena 0
        buffer 4: f32[1] result
        launch reduce_map_7edb9b5d1e(0, 1, 2)
        while 1, at most 1048576 turns
          launch reduce_538a65adf4(2, 1)
        launch reduce_f9968e815f(2, 3)
        if 3
          launch map_3ccf83e1e0(2)
        launch reduce_00aebd0df0(2, 4)
        result sum: f32[] = buffer 4

      kernel reduce_map_7edb9b5d1e(read x: f32[12], write t1: bool[1], write t2: f32[12]) {
        rows inner j0<12
          sum0: f32 = sum (x[j0] * x[j0])
          row t1[0] = (sqrt(sum0) > 1.0)
        rows over i0<12
          row t2[i0] = x[i0]
      }

      kernel reduce_538a65adf4(readwrite t0: f32[12], write t1: bool[1]) {
        rows inner j0<12
          $0 = (t0[j0] * 0.5)
          sum0: f32 = sum ($0 * $0)
          element t0[j0] = (t0[j0] * 0.5)
          row t1[0] = (sqrt(sum0) > 1.0)
      }

      kernel reduce_f9968e815f(read t0: f32[12], write t1: bool[1]) {
        rows inner j0<12
          sum0: f32 = sum (t0[j0] * t0[j0])
          row t1[0] = (sqrt(sum0) < 0.8)
      }

      kernel map_3ccf83e1e0(readwrite t0: f32[12]) {
        rows over i0<12
          row t0[i0] = (t0[i0] * 10.0)
      }

      kernel reduce_00aebd0df0(read t0: f32[12], write sum: f32[1]) {
        rows inner j0<12
          sum0: f32 = sum t0[j0]
          row sum[0] = sum0
      }
      "
    `);
  });

  const exampleOf = (n: number, seed = 1): TensorData =>
    tensor(
      'f32',
      [n],
      Array.from({ length: n }, (_, i) => Math.sin(seed * (i + 1))),
    );
  const turnsOf = (n: number): TensorData => tensor('i32', [], [n]);
  const below = (b: Regions, i: Value, n: Value): Value => b.emit('lt', [i, n]);
  const next = (b: Regions, i: Value): Value => b.emit('add', [i, b.constant(1, i.type)]);
  const i32: TensorType = { dtype: 'i32', shape: [] };

  /** i runs from 0 to the argument n; `body` gives the other carries. */
  function counted(
    name: string,
    start: (b: Regions) => readonly Value[],
    body: (b: Regions, i: Value, carries: readonly Value[]) => readonly Value[],
    limit?: number,
  ): Graph {
    const b = new Regions(name);
    const n = b.input('n', 'argument', i32);
    const [, ...results] = b.loop(
      [b.constant(0, i32), ...start(b)],
      ([i]) => below(b, i!, n),
      ([i, ...carries]) => [next(b, i!), ...body(b, i!, carries)],
      limit === undefined ? {} : { limit },
    );
    results.forEach((result, k) => {
      b.output(`out${k}`, 'result', result);
    });
    return b.finish();
  }

  test.each([0, 1, 2, 7])('carries that change places, %d turns', async (n) => {
    const graph = counted(
      'swap',
      (b) => [b.input('x', 'argument', f32(5)), b.input('y', 'argument', f32(5))],
      (b, _, [x, y]) => [y!, b.scaled(x!, 2)],
    );
    await check(
      graph,
      new Map([
        ['n', turnsOf(n)],
        ['x', exampleOf(5)],
        ['y', exampleOf(5, 2)],
      ]),
    );
  });

  test.each([0, 1, 4])('a carry read at other elements than are written, and a product, %d turns', async (n) => {
    const graph = counted(
      'mixed',
      (b) => [b.input('x', 'argument', f32(4)), b.input('m', 'argument', f32(4, 4))],
      (b, i, [x, m]) => {
        const turned = b.emit('add', [x!, b.emit('flip', [x!], { dims: [0] })]);
        const product = b.emit('contract', [m!, m!], { equation: 'ij,jk->ik' });
        const shifted = b.emit('add', [product, b.over(b.emit('cast', [i], { dtype: 'f32' }), [4, 4])]);
        return [b.scaled(turned, 0.5), b.emit('tanh', [shifted])];
      },
    );
    await check(
      graph,
      new Map([
        ['n', turnsOf(n)],
        ['x', exampleOf(4)],
        ['m', { ...exampleOf(16), shape: [4, 4] }],
      ]),
    );
  });

  test.each([0, 1, 5])('carries that are handed on, that begin alike, and that nothing changes, %d turns', async (n) => {
    const graph = counted(
      'alike',
      (b) => {
        const x = b.emit('exp', [b.input('x', 'argument', f32(4))]);
        return [x, x, x];
      },
      (b, i, [x, y, z]) => [
        b.emit('add', [x!, z!]),
        b.branch(
          b.emit('eq', [b.emit('remainder', [i, b.constant(2, i32)]), b.constant(0, i32)]),
          () => [b.scaled(y!, 3)],
          () => [y!],
        )[0]!,
        z!,
      ],
    );
    await check(
      graph,
      new Map([
        ['n', turnsOf(n)],
        ['x', exampleOf(4)],
      ]),
    );
  });

  test.each([
    [0, 3],
    [3, 0],
    [4, 5],
  ])('a loop in a loop, %d times %d turns', async (n, m) => {
    const b = new Regions('nested');
    const [outer, inner] = [b.input('n', 'argument', i32), b.input('m', 'argument', i32)];
    const x = b.input('x', 'argument', f32(6));
    const zero = b.constant(0, i32);
    const [, y, sum] = b.loop(
      [zero, x, b.emit('constant', [], { value: 0, dtype: 'f32', shape: [] })],
      ([i]) => below(b, i!, outer),
      ([i, x, sum]) => {
        const [, z] = b.loop(
          [zero, x!],
          ([j]) => below(b, j!, inner),
          ([j, z]) => [next(b, j!), b.emit('sin', [b.emit('add', [z!, b.over(b.emit('cast', [i!], { dtype: 'f32' }), [6])])])],
        );
        return [next(b, i!), b.emit('sub', [z!, b.scaled(x!, 0.25)]), b.emit('add', [sum!, b.norm(z!)])];
      },
    );
    b.output('y', 'result', y!);
    b.output('sum', 'result', sum!);
    await check(
      b.finish(),
      new Map([
        ['n', turnsOf(n)],
        ['m', turnsOf(m)],
        ['x', exampleOf(6)],
      ]),
    );
  });

  test.each([0, 1, 2, 9, 100])('a tape of several sizes, read backwards, %d turns', async (n) => {
    const b = new Regions('taped');
    const count = b.input('n', 'argument', i32);
    const x = b.input('x', 'argument', f32(3));
    const none = b.input('none', 'argument', f32(0, 2));
    const { carries, turns, stacks } = b.tapedLoop(
      [b.constant(0, i32), x],
      ([i]) => below(b, i!, count),
      ([i, x]) => {
        const y = b.scaled(b.emit('sin', [b.emit('add', [x!, b.over(b.norm(x!), [3])])]), 0.3);
        return { next: [next(b, i!), y], taped: [x!, b.norm(y), b.emit('gt', [y, b.constant(0, f32(3))]), i!, none] };
      },
    );
    const one = b.constant(1, i32);
    const back = b.loop(
      [b.emit('sub', [turns, one]), b.constant(0, f32(3)), b.constant(0, i32)],
      ([i]) => b.emit('ge', [i!, b.constant(0, i32)]),
      ([i, sum, places]) => {
        const [row, norm, positive, at] = stacks.map((stack) => (stack.type.shape.includes(0) ? stack : b.emit('index', [stack, i!])));
        const term = b.emit('select', [positive!, row!, b.over(norm!, [3])]);
        return [
          b.emit('sub', [i!, one]),
          b.emit('add', [b.scaled(sum!, 0.5), term]),
          b.emit('add', [b.emit('mul', [places!, b.constant(3, i32)]), at!]),
        ];
      },
    );
    b.output('last', 'result', carries[1]!);
    b.output('sum', 'result', back[1]!);
    b.output('places', 'result', back[2]!);
    b.output('turns', 'result', turns);
    b.output('total', 'result', b.emit('reduceSum', [stacks[0]!], { dims: [0] }));
    const squares = b.emit('mul', [stacks[0]!, stacks[0]!]);
    b.output('gram', 'result', b.emit('contract', [b.emit('cumsum', [squares], { dim: 0 }), stacks[0]!], { equation: 'ti,tj->ij' }));
    b.output('nothing', 'result', b.emit('reduceSum', [stacks[4]!], { dims: [0] }));
    await check(
      b.finish(),
      new Map([
        ['n', turnsOf(n)],
        ['x', exampleOf(3)],
        ['none', tensor('f32', [0, 2], [])],
      ]),
    );
  });

  test('state is replaced after the loops, and stays when a loop has too many turns', async () => {
    const b = new Regions('stateful');
    const n = b.input('n', 'argument', i32);
    const w = b.input('w', 'parameter', f32(4));
    const mean = b.input('mean', 'buffer', f32(4));
    const [, y] = b.loop(
      [b.constant(0, i32), w],
      ([i]) => below(b, i!, n),
      ([i, y]) => [next(b, i!), b.emit('add', [y!, mean])],
      { limit: 10 },
    );
    b.output('y', 'result', b.norm(y!));
    b.output('mean', 'buffer', b.scaled(mean, 2));
    b.output('w', 'parameter', y!);
    const graph = b.finish();
    const inputs = (turns: number) =>
      new Map([
        ['n', turnsOf(turns)],
        ['w', exampleOf(4)],
        ['mean', exampleOf(4, 2)],
      ]);
    for (const turns of [0, 1, 10]) await check(graph, inputs(turns));
    const { run, executor } = await openOnJs(graph, lowerGraph(graph, jsBackend.traits), inputs(1));
    await expect(run(inputs(11))).rejects.toThrow(/stateful: .*10 turns/);
    for (const name of ['w', 'mean']) {
      const [data] = await executor.device.read([executor.state.get(name)!]);
      expect(data).toEqual(Float32Array.from(inputs(1).get(name)!.data));
    }
    expectClose((await run(inputs(3))).get('y')!, interpret(graph, inputs(3)).get('y')!);
  });
});
