/** Gradients through `if` and `loop`, shape by shape. */
import { describe, expect, test } from 'vitest';
import { interpret } from '../../compiler/interpreter/index.js';
import { GraphBuilder } from '../../compiler/ir/build.js';
import type { Graph, Node, Value } from '../../compiler/ir/graph.js';
import { typeText } from '../../compiler/ir/types.js';
import { verifyGraph } from '../../compiler/ir/verify.js';
import { nodesOf } from '../../compiler/ir/walk.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { differentiate, differentiateWithReport } from '../../compiler/passes/differentiate/index.js';
import { optimize } from '../../compiler/passes/index.js';
import { checkGradient } from '../helpers/finite-differences.js';
import { expectClose, inFloat64, tensor } from '../helpers/tensors.js';

/** Shorthand for graphs over vectors of 3. */
class Sketch {
  readonly b = new GraphBuilder('f');
  readonly x = this.b.input('x', 'argument', { dtype: 'f32', shape: [3] });
  readonly w = this.b.input('w', 'parameter', { dtype: 'f32', shape: [3] });
  readonly n = this.b.input('n', 'argument', { dtype: 'i32', shape: [] });
  readonly flag = this.b.input('flag', 'argument', { dtype: 'bool', shape: [] });

  op = (name: string, ...inputs: Value[]) => this.b.emit(name, inputs);
  integer = (value: number) => this.b.emit('constant', [], { value, dtype: 'i32', shape: [] });
  filled = (value: number) => this.b.emit('constant', [], { value, dtype: 'f32', shape: [3] });
  scalar = (value: number) => this.b.emit('constant', [], { value, dtype: 'f32', shape: [] });
  sum = (x: Value) => this.b.emit('reduceSum', [x], { dims: x.type.shape.map((_, axis) => axis) });

  /** `turns` times from 0 on (n times unless given); the last values of what is carried. */
  repeat(initial: readonly Value[], body: (counter: Value, carried: readonly Value[]) => readonly Value[], turns = this.n): Value[] {
    const [, ...carries] = this.b.loop(
      [this.integer(0), ...initial],
      ([counter]) => this.op('lt', counter!, turns),
      ([counter, ...carried]) => [this.op('add', counter!, this.integer(1)), ...body(counter!, carried)],
    );
    return carries;
  }

  loss(value: Value): Graph {
    this.b.output('loss', 'result', this.sum(value));
    return verifyGraph(this.b.finish());
  }
}

const names = ['x', 'w'];

function inputsOf(turns: number, flag = true): Map<string, TensorData> {
  return new Map([
    ['x', tensor('f32', [3], [1.25, -0.5, 0.75])],
    ['w', tensor('f32', [3], [0.5, 1.5, -1.25])],
    ['n', tensor('i32', [], [turns])],
    ['flag', tensor('bool', [], [flag ? 1 : 0])],
  ]);
}

function gradientsOf(graph: Graph, inputs: ReadonlyMap<string, TensorData>): Record<string, number[]> {
  const results = interpret(verifyGraph(differentiate(graph, { loss: 'loss', withRespectTo: names })), inputs);
  return Object.fromEntries(names.map((name) => [name, [...results.get(name)!.data]]));
}

function loopsOf(graph: Graph): Node[] {
  return [...nodesOf(graph.body)].filter((node) => node.op === 'loop');
}

const shapes: Record<string, (s: Sketch) => Value> = {
  'a carry is multiplied by a parameter': (s) => s.repeat([s.x], (_, [y]) => [s.op('mul', y!, s.w)])[0]!,
  'an elementwise chain': (s) =>
    s.repeat([s.x], (_, [y]) => [s.op('sin', s.op('add', s.op('mul', y!, s.w), s.op('exp', s.op('sin', y!))))])[0]!,
  'two carries change places': (s) => {
    const [y, z] = s.repeat([s.x, s.w], (_, [a, b]) => [b!, s.op('mul', a!, b!)]);
    return s.op('sub', y!, z!);
  },
  'a carry is overwritten without being read': (s) => s.repeat([s.x], () => [s.op('sin', s.w)])[0]!,
  'a carry does not change': (s) => {
    const [y, z] = s.repeat([s.x, s.w], (_, [a, b]) => [s.op('mul', a!, b!), b!]);
    return s.op('mul', y!, z!);
  },
  'a row is read by the counter': (s) => {
    const rows = s.b.emit('broadcast', [s.b.emit('reshape', [s.w], { shape: [1, 3] })], { shape: [4, 3] });
    const table = s.op('mul', rows, s.b.emit('iota', [], { shape: [4, 3], dim: 0, dtype: 'f32' }));
    return s.repeat([s.x], (counter, [y]) => [s.op('sin', s.op('mul', y!, s.op('index', table, counter)))])[0]!;
  },
  'rows of a large table are read, one of them twice a turn': (s) => {
    const rows = s.b.emit('broadcast', [s.b.emit('reshape', [s.w], { shape: [1, 3] })], { shape: [20, 3] });
    const table = s.op('mul', rows, s.b.emit('iota', [], { shape: [20, 3], dim: 0, dtype: 'f32' }));
    return s.repeat([s.x, s.integer(1)], (counter, [y, k]) => [
      s.op(
        'add',
        s.op('sin', s.op('mul', y!, s.op('index', table, counter))),
        s.op('mul', s.op('index', table, k!), s.op('index', table, k!)),
      ),
      s.op('mul', s.op('add', k!, k!), k!),
    ])[0]!;
  },
  'an integer carry is read': (s) => {
    const [y] = s.repeat([s.x, s.integer(1)], (_, [a, k]) => {
      const factor = s.b.emit('broadcast', [s.b.emit('reshape', [s.b.emit('cast', [k!], { dtype: 'f32' })], { shape: [1] })], {
        shape: [3],
      });
      return [s.op('mul', s.op('sin', a!), s.op('mul', factor, s.w)), s.op('add', s.op('mul', k!, s.integer(-2)), s.integer(3))];
    });
    return y!;
  },
  'a contraction and a reduction': (s) =>
    s.repeat([s.x], (_, [y]) => {
      const outer = s.b.emit('contract', [y!, s.w], { equation: 'i,j->ij' });
      return [s.op('sin', s.op('add', s.b.emit('reduceSum', [s.op('exp', s.op('sin', outer))], { dims: [0] }), y!))];
    })[0]!,
  'a branch': (s) =>
    s.b.branch(
      s.flag,
      () => [s.op('mul', s.x, s.op('exp', s.w))],
      () => [s.op('sin', s.x)],
    )[0]!,
  'a branch that saves a contraction': (s) => {
    const [y] = s.b.branch(
      s.flag,
      () => [
        s.op(
          'sin',
          s.b.emit('contract', [s.b.emit('contract', [s.x, s.w], { equation: 'i,j->ij' }), s.op('exp', s.x)], { equation: 'ij,j->i' }),
        ),
      ],
      () => [s.w],
    );
    return s.op('mul', y!, s.x);
  },
  'a branch in a loop': (s) =>
    s.repeat([s.x], (counter, [y]) =>
      s.b.branch(
        s.op('eq', counter, s.integer(1)),
        () => [s.op('mul', y!, s.op('exp', s.op('sin', y!)))],
        () => [s.op('sin', s.op('mul', y!, s.w))],
      ),
    )[0]!,
  'a loop in a branch': (s) =>
    s.b.branch(
      s.flag,
      () => s.repeat([s.x], (_, [y]) => [s.op('sin', s.op('mul', y!, s.w))]),
      () => [s.op('mul', s.w, s.w)],
    )[0]!,
  'a loop in a loop, as many turns as the outer counter': (s) =>
    s.repeat([s.x], (counter, [y]) =>
      s.repeat(
        [s.op('mul', y!, s.w)],
        (inner, [z]) => {
          const by = s.b.emit('broadcast', [s.b.emit('reshape', [s.b.emit('cast', [inner], { dtype: 'f32' })], { shape: [1] })], {
            shape: [3],
          });
          return [s.op('sin', s.op('add', s.op('mul', z!, y!), s.op('mul', by, s.w)))];
        },
        counter,
      ),
    )[0]!,
  'a loop in a branch in a loop': (s) =>
    s.repeat([s.x, s.w], (counter, [y, v]) =>
      s.b.branch(
        s.op('ne', counter, s.integer(1)),
        () => s.repeat([y!, v!], (_, [a, c]) => [s.op('sin', s.op('mul', a!, c!)), s.op('add', c!, a!)], s.integer(2)),
        () => [v!, s.op('cos', y!)],
      ),
    )[0]!,
  'one loop after another': (s) => {
    const [y] = s.repeat([s.x], (_, [a]) => [s.op('sin', s.op('mul', a!, s.w))]);
    return s.repeat([y!], (_, [a]) => [s.op('mul', a!, s.op('add', y!, s.op('sin', a!)))])[0]!;
  },
  'a tape that the graph itself reads': (s) => {
    const { carries, stacks } = s.b.tapedLoop(
      [s.integer(0), s.x],
      ([counter]) => s.op('lt', counter!, s.n),
      ([counter, y]) => {
        const next = s.op('sin', s.op('mul', y!, s.w));
        return { next: [s.op('add', counter!, s.integer(1)), next], taped: [s.op('mul', next, y!)] };
      },
    );
    return s.op('add', carries[1]!, s.b.emit('reduceSum', [s.op('exp', stacks[0]!)], { dims: [0] }));
  },
};

describe('gradients through control flow agree with central differences', () => {
  for (const [name, build] of Object.entries(shapes)) {
    const s = new Sketch();
    const graph = s.loss(build(s));
    const gradients = verifyGraph(differentiate(graph, { loss: 'loss', withRespectTo: names }));
    /** The sum of the sines of all gradients. */
    const slope = (() => {
      const b = GraphBuilder.from(gradients, 'slope');
      const terms = gradients.outputs.slice(-2).map(({ value }) => b.emit('reduceSum', [b.emit('sin', [value])], { dims: [0] }));
      b.output('loss', 'result', b.emit('add', terms));
      return b.finish();
    })();
    test.each([
      [0, true],
      [1, false],
      [3, true],
    ])(`${name}: %i turns, flag %s`, (turns, flag) => {
      const inputs = inputsOf(turns, flag);
      for (const check of [checkGradient(graph, inputs, names, 5), checkGradient(slope, inputs, names, 6)]) {
        expect(Math.abs(check.computed - check.measured)).toBeLessThanOrEqual(check.tolerance * 10);
      }
      const exact = new Map([...inputs].map(([key, value]) => [key, inFloat64(value)]));
      const optimized = interpret(verifyGraph(optimize(gradients)), exact);
      for (const [key, value] of interpret(gradients, exact)) expectClose(optimized.get(key)!, value, { rtol: 1e-6, atol: 1e-7 }, key);
    });
  }
});

describe('a loop that data ends', () => {
  /** x = x / 2 until its norm is at most 1, then times w; ten times as much if it is below 0.8. */
  function halving(): Graph {
    const s = new Sketch();
    const norm = (x: Value) => s.op('sqrt', s.sum(s.op('mul', x, x)));
    const [y] = s.b.loop(
      [s.op('mul', s.x, s.w)],
      ([x]) => s.op('gt', norm(x!), s.scalar(1)),
      ([x]) => [s.op('div', x!, s.filled(2))],
    );
    const [z] = s.b.branch(
      s.op('lt', norm(y!), s.scalar(0.8)),
      () => [s.op('mul', y!, s.filled(10))],
      () => [y!],
    );
    return s.loss(z!);
  }

  // w x has the norm 1.58 times the scale.
  test.each([
    ['half of the way', 0.25, 10],
    ['no turn', 0.5625, 1],
    ['one turn', 0.75, 10 / 2],
    ['one turn, then neither', 1.25, 1 / 2],
    ['four turns', 8, 10 / 16],
  ])('%s', (_name, scale, factor) => {
    const inputs = new Map([...inputsOf(0), ['x', tensor('f32', [3], [scale, -scale, 0])]]);
    expect(gradientsOf(halving(), inputs)).toEqual({
      x: [0.5, 1.5, -1.25].map((value) => value * factor),
      w: [scale * factor, -scale * factor, 0],
    });
  });

  test('keeps no tape of what the way back does not read', () => {
    const gradients = differentiate(halving(), { loss: 'loss', withRespectTo: ['x'] });
    expect(loopsOf(gradients).map(({ attributes }) => attributes.tape)).toEqual([0, undefined]);
  });
});

describe('what is kept of a turn', () => {
  function tapes(build: (s: Sketch) => Value): (number | string)[] {
    const s = new Sketch();
    const gradients = differentiate(s.loss(build(s)), { loss: 'loss', withRespectTo: names });
    const [forward] = loopsOf(gradients);
    return forward!.outputs.slice(forward!.inputs.length + 1).map(({ type }) => `${type.dtype}[${type.shape.join(', ')}]`);
  }

  test('nothing for what is linear in the carry alone', () => {
    expect(tapes((s) => s.repeat([s.x], (_, [y]) => [s.op('add', s.op('neg', y!), s.w)])[0]!)).toEqual([]);
  });

  test('one tensor for a chain of cheap ops', () => {
    const chain = (s: Sketch) =>
      s.repeat([s.x], (_, [y]) => {
        const square = s.op('mul', y!, y!);
        return [s.op('mul', s.op('neg', square), s.op('sub', square, y!))];
      })[0]!;
    expect(tapes(chain)).toEqual(['f32[turns0, 3]']);
  });

  test('the result of a contraction, which is not computed again', () => {
    const contracted = (s: Sketch) =>
      s.repeat([s.x], (_, [y]) => {
        const product = s.b.emit('contract', [y!, s.op('exp', y!)], { equation: 'i,j->ij' });
        return [s.b.emit('reduceSum', [s.op('sin', product)], { dims: [0] })];
      })[0]!;
    expect(tapes(contracted).sort()).toEqual(['f32[turns0, 3, 3]', 'f32[turns0, 3]']);
  });

  test('cotangents of rows of a large tensor, which are added up after the loop', () => {
    const s = new Sketch();
    const table = s.b.input('table', 'parameter', { dtype: 'f32', shape: [1000, 3] });
    const [y] = s.repeat([s.x], (counter, [a]) => [s.op('mul', a!, s.op('index', table, counter))]);
    const gradients = differentiate(s.loss(y!), { loss: 'loss', withRespectTo: ['table'] });
    const [forward, backward] = loopsOf(gradients);
    expect(forward!.attributes.tape).toBe(1);
    expect(backward!.outputs.map(({ type }) => typeText(type))).toEqual(['i32[]', 'f32[3]', 'i32[]', 'f32[turns0, 3]', 'i32[turns0]']);
  });

  test('no counters', () => {
    const counted = (s: Sketch) => {
      const table = s.b.emit('broadcast', [s.b.emit('reshape', [s.w], { shape: [1, 3] })], { shape: [4, 3] });
      return s.repeat([s.x], (counter, [y]) => [s.op('add', y!, s.op('index', table, counter))])[0]!;
    };
    expect(tapes(counted)).toEqual([]);
  });

  test('an integer that is no counter', () => {
    const picked = (s: Sketch) => {
      const table = s.b.emit('broadcast', [s.b.emit('reshape', [s.w], { shape: [1, 3] })], { shape: [4, 3] });
      return s.repeat([s.x, s.integer(1)], (_, [y, k]) => [s.op('add', y!, s.op('index', table, k!)), s.op('mul', k!, k!)])[0]!;
    };
    expect(tapes(picked)).toEqual(['i32[turns0]']);
  });
});

describe('what the gradient does not reach', () => {
  test('is reported where the loop does not depend on it, and no loop is differentiated', () => {
    const s = new Sketch();
    const [y] = s.repeat([s.filled(1)], (_, [a]) => [s.op('mul', a!, s.filled(2))]);
    const { graph, unreached } = differentiateWithReport(s.loss(s.op('mul', y!, s.w)), { loss: 'loss', withRespectTo: names });
    expect(unreached).toEqual(['x']);
    expect(loopsOf(graph)).toHaveLength(1);
    expect([...interpret(graph, inputsOf(3)).get('w')!.data]).toEqual([8, 8, 8]);
  });

  test('is reported where a stopGradient in a body or a branch is in the way', () => {
    const s = new Sketch();
    const [y] = s.repeat([s.x], (_, [a]) => [s.op('mul', a!, s.op('stopGradient', s.w))]);
    const [z] = s.b.branch(
      s.flag,
      () => [s.op('mul', y!, s.op('stopGradient', s.w))],
      () => [y!],
    );
    const graph = s.loss(z!);
    const { unreached } = differentiateWithReport(graph, { loss: 'loss', withRespectTo: names });
    expect(unreached).toEqual(['w']);
    expect(gradientsOf(graph, inputsOf(2))).toEqual({ x: [0.125, 3.375, -1.953125], w: [0, 0, 0] });
  });

  test('an integer carry, a bool carry and the condition take no part', () => {
    const s = new Sketch();
    const [y] = s.repeat([s.x, s.flag], (_, [a, on]) => {
      const [next] = s.b.branch(
        on!,
        () => [s.op('mul', a!, s.w)],
        () => [a!],
      );
      return [next!, s.op('not', on!)];
    });
    expect(gradientsOf(s.loss(y!), inputsOf(3)).x).toEqual([0.25, 2.25, 1.5625]);
  });
});

describe('random draws in a loop', () => {
  test('are the same bits on the way back', () => {
    const s = new Sketch();
    const rng = s.b.input('rng', 'rng', { dtype: 'i32', shape: [2] });
    const step = s.b.emit('literal', [], { values: [0, 1], dtype: 'i32', shape: [2] });
    const [y] = s.repeat([s.filled(0), rng], (_, [a, key]) => {
      const drawn = s.b.emit('random', [key!], { shape: [3], stream: 4 });
      return [s.op('add', a!, s.op('mul', drawn, s.w)), s.op('add', key!, step)];
    });
    const graph = s.loss(y!);
    const inputs = new Map([...inputsOf(5), ['rng', tensor('i32', [2], [7, 0])]]);
    const loss = interpret(graph, inputs).get('loss')!.data[0]!;
    const { w } = gradientsOf(graph, inputs);
    expect(new Set(w).size).toBe(3);
    expect(w!.reduce((sum, slope, i) => sum + slope * [0.5, 1.5, -1.25][i]!, 0)).toBeCloseTo(loss, 12);
  });
});

test('the loop on the way back has the limit and the place of the loop', () => {
  const s = new Sketch();
  const span = { file: 'mlp.ts', start: 10, end: 20 };
  const [, y] = s.b.loop(
    [s.integer(0), s.x],
    ([counter]) => s.op('lt', counter!, s.n),
    ([counter, a]) => [s.op('add', counter!, s.integer(1)), s.op('mul', a!, s.w)],
    { limit: 7, span },
  );
  const gradients = differentiate(s.loss(y!), { loss: 'loss', withRespectTo: names });
  expect(loopsOf(gradients).map(({ attributes, span: place }) => [attributes.limit, place])).toEqual([
    [7, span],
    [7, span],
  ]);
  expect(() => interpret(gradients, inputsOf(8))).toThrow('the loop at mlp.ts:10-20 did not end within 7 turns');
});
