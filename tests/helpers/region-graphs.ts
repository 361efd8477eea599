/** Graphs with loops and branches, built by hand, with inputs. */
import { GraphBuilder } from '../../compiler/ir/build.js';
import type { Graph, Value } from '../../compiler/ir/graph.js';
import type { TensorType } from '../../compiler/ir/types.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { tensor } from './tensors.js';

export type Inputs = ReadonlyMap<string, TensorData>;

export const f32 = (...shape: number[]): TensorType => ({ dtype: 'f32', shape });
export const i32: TensorType = { dtype: 'i32', shape: [] };

export const turnsOf = (n: number): TensorData => tensor('i32', [], [n]);
export const sines = (shape: readonly number[], seed = 1, size = 1): TensorData =>
  tensor(
    'f32',
    shape,
    Array.from({ length: shape.reduce((product, n) => product * n, 1) }, (_, i) => size * Math.sin(seed * (i + 1))),
  );

export class Regions extends GraphBuilder {
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

  float(x: Value): Value {
    return this.emit('cast', [x], { dtype: 'f32' });
  }

  next(i: Value): Value {
    return this.emit('add', [i, this.constant(1, i.type)]);
  }

  /** i runs from 0 to n. Gives the other carries. */
  counted(
    n: Value,
    start: readonly Value[],
    body: (i: Value, carries: readonly Value[]) => readonly Value[],
    limit?: number,
  ): readonly Value[] {
    return this.loop(
      [this.constant(0, i32), ...start],
      ([i]) => this.emit('lt', [i!, n]),
      ([i, ...carries]) => [this.next(i!), ...body(i!, carries)],
      limit === undefined ? {} : { limit },
    ).slice(1);
  }

  results(values: readonly Value[]): Graph {
    values.forEach((value, k) => {
      this.output(`out${k}`, 'result', value);
    });
    return this.finish();
  }
}

/** Halved until its norm is at most 1, then enlarged when that is less than 0.8; the sum. */
export function halving(): Graph {
  const b = new Regions('halving');
  const x = b.input('x', 'argument', f32(3, 4));
  const [y] = b.loop(
    [x],
    ([x]) => b.emit('gt', [b.norm(x!), b.constant(1)]),
    ([x]) => [b.scaled(x!, 0.5)],
  );
  const [z] = b.branch(
    b.emit('lt', [b.norm(y!), b.constant(0.8)]),
    () => [b.scaled(y!, 10)],
    () => [y!],
  );
  return b.results([b.emit('reduceSum', [z!], { dims: [0, 1] })]);
}

/** Carries that change places. */
export function swap(): Graph {
  const b = new Regions('swap');
  const n = b.input('n', 'argument', i32);
  const start = [b.input('x', 'argument', f32(5)), b.input('y', 'argument', f32(5))];
  return b.results(b.counted(n, start, (_, [x, y]) => [y!, b.scaled(x!, 2)]));
}

/** A carry that is read at other elements than are written, and a product. */
export function mixed(): Graph {
  const b = new Regions('mixed');
  const n = b.input('n', 'argument', i32);
  const start = [b.input('x', 'argument', f32(4)), b.input('m', 'argument', f32(4, 4))];
  return b.results(
    b.counted(n, start, (i, [x, m]) => {
      const turned = b.emit('add', [x!, b.emit('flip', [x!], { dims: [0] })]);
      const product = b.emit('contract', [m!, m!], { equation: 'ij,jk->ik' });
      return [b.scaled(turned, 0.5), b.emit('tanh', [b.emit('add', [product, b.over(b.float(i), [4, 4])])])];
    }),
  );
}

/** Carries that begin as one value, one of which never changes and one in some turns only. */
export function alike(): Graph {
  const b = new Regions('alike');
  const n = b.input('n', 'argument', i32);
  const x = b.emit('exp', [b.input('x', 'argument', f32(4))]);
  return b.results(
    b.counted(n, [x, x, x], (i, [x, y, z]) => {
      const isEven = b.emit('eq', [b.emit('remainder', [i, b.constant(2, i32)]), b.constant(0, i32)]);
      const [own] = b.branch(
        isEven,
        () => [b.scaled(y!, 3)],
        () => [y!],
      );
      return [b.emit('add', [x!, z!]), own!, z!];
    }),
  );
}

/** A loop in a loop, and a branch with a loop in it. */
export function nested(): Graph {
  const b = new Regions('nested');
  const [outer, inner] = [b.input('n', 'argument', i32), b.input('m', 'argument', i32)];
  const x = b.input('x', 'argument', f32(6));
  const grown = (x: Value, i: Value, n: Value): Value =>
    b.counted(n, [x], (_, [z]) => [b.emit('sin', [b.emit('add', [z!, b.over(b.float(i), [6])])])])[0]!;
  const results = b.counted(outer, [x, b.constant(0)], (i, [x, sum]) => {
    const z = grown(x!, i, inner);
    const [w] = b.branch(
      b.emit('gt', [b.norm(z), b.constant(1.5)]),
      () => [grown(z, i, b.constant(2, i32))],
      () => [b.scaled(z, 0.5)],
    );
    return [b.emit('sub', [w!, b.scaled(x!, 0.25)]), b.emit('add', [sum!, b.norm(w!)])];
  });
  return b.results(results);
}

/** Tapes of several sizes and types, read backwards and as a whole. */
export function taped(): Graph {
  const b = new Regions('taped');
  const n = b.input('n', 'argument', i32);
  const x = b.input('x', 'argument', f32(3));
  const none = b.input('none', 'argument', f32(0, 2));
  const { carries, turns, stacks } = b.tapedLoop(
    [b.constant(0, i32), x],
    ([i]) => b.emit('lt', [i!, n]),
    ([i, x]) => {
      const y = b.scaled(b.emit('sin', [b.emit('add', [x!, b.over(b.norm(x!), [3])])]), 0.3);
      return { next: [b.next(i!), y], taped: [x!, b.norm(y), b.emit('gt', [y, b.constant(0, f32(3))]), i!, none] };
    },
  );
  const one = b.constant(1, i32);
  const back = b.loop(
    [b.emit('sub', [turns, one]), b.constant(0, f32(3)), b.constant(0, i32)],
    ([i]) => b.emit('ge', [i!, b.constant(0, i32)]),
    ([i, sum, places]) => {
      const [row, norm, positive, at] = stacks.slice(0, 4).map((stack) => b.emit('index', [stack, i!]));
      const term = b.emit('select', [positive!, row!, b.over(norm!, [3])]);
      const seen = b.emit('add', [b.emit('mul', [places!, b.constant(3, i32)]), at!]);
      return [b.emit('sub', [i!, one]), b.emit('add', [b.scaled(sum!, 0.5), term]), seen];
    },
  );
  const squares = b.emit('mul', [stacks[0]!, stacks[0]!]);
  return b.results([
    carries[1]!,
    back[1]!,
    back[2]!,
    turns,
    b.emit('reduceSum', [stacks[0]!], { dims: [0] }),
    b.emit('contract', [b.emit('cumsum', [squares], { dim: 0 }), stacks[0]!], { equation: 'ti,tj->ij' }),
    b.emit('reduceSum', [stacks[4]!], { dims: [0] }),
  ]);
}

/** State that a loop of at most 10 turns reads and that is replaced after it. */
export function stateful(): Graph {
  const b = new Regions('stateful');
  const n = b.input('n', 'argument', i32);
  const w = b.input('w', 'parameter', f32(4));
  const mean = b.input('mean', 'buffer', f32(4));
  const [y] = b.counted(n, [w], (_, [y]) => [b.emit('add', [y!, mean])], 10);
  b.output('y', 'result', b.norm(y!));
  b.output('mean', 'buffer', b.scaled(mean, 2));
  b.output('w', 'parameter', y!);
  return b.finish();
}

/** Random numbers, other ones in each turn. */
export function drawing(): Graph {
  const b = new Regions('drawing');
  const n = b.input('n', 'argument', i32);
  const rng = b.input('rng', 'rng', { dtype: 'i32', shape: [2] });
  const start = [b.emit('random', [rng], { shape: [2, 3], stream: 0 }), b.constant(1, i32)];
  return b.results(
    b.counted(n, start, (_, [x, stream]) => {
      const more = b.emit('random', [rng, stream!], { shape: [2, 3] });
      return [b.emit('add', [b.scaled(x!, 0.5), more]), b.next(stream!)];
    }),
  );
}

/** Branches in branches in a loop, the inner conditions of which are known in the one branch only. */
export function branches(): Graph {
  const b = new Regions('branches');
  const n = b.input('n', 'argument', i32);
  const x = b.input('x', 'argument', f32(70));
  const isMultiple = (i: Value, of: number): Value => b.emit('eq', [b.emit('remainder', [i, b.constant(of, i32)]), b.constant(0, i32)]);
  return b.results(
    b.counted(n, [x, x], (i, [x, y]) =>
      b.branch(
        isMultiple(i, 2),
        () => {
          const sum = b.emit('add', [x!, y!]);
          const [z] = b.branch(
            b.emit('and', [isMultiple(i, 3), b.emit('gt', [b.norm(sum), b.constant(0.1)])]),
            () => [b.emit('sin', [sum])],
            () => [b.scaled(sum, 0.25)],
          );
          return [z!, x!];
        },
        () => [y!, b.emit('cos', [x!])],
      ),
    ),
  );
}

export interface Example {
  readonly name: string;
  readonly graph: Graph;
  readonly inputs: Inputs;
}

/** Each graph with several numbers of turns. */
export const examples: readonly Example[] = [
  ...[0, 0.1, 1, 5, 1000].map((size) => ({ name: `halving ${size}`, graph: halving(), inputs: new Map([['x', sines([3, 4], 1, size)]]) })),
  ...[0, 1, 2, 7].map((n) => withTurns(swap(), n, { x: sines([5]), y: sines([5], 2) })),
  ...[0, 1, 4].map((n) => withTurns(mixed(), n, { x: sines([4]), m: sines([4, 4]) })),
  ...[0, 1, 5].map((n) => withTurns(alike(), n, { x: sines([4]) })),
  ...[0, 3, 4].map((n) => withTurns(nested(), n, { x: sines([6]), m: turnsOf(n && 6 - n) })),
  ...[0, 1, 4].map((n) => withTurns(drawing(), n, { rng: tensor('i32', [2], [7, 3]) })),
  ...[1, 8].map((n) => withTurns(branches(), n, { x: sines([70]) })),
  withTurns(nested(), 2, { x: sines([6]), m: turnsOf(0) }),
  ...[0, 1, 2, 9, 100].map((n) => withTurns(taped(), n, { x: sines([3]), none: tensor('f32', [0, 2], []) })),
  ...[0, 1, 10].map((n) => withTurns(stateful(), n, { w: sines([4]), mean: sines([4], 2) })),
];

export function withTurns(graph: Graph, n: number, inputs: Readonly<Record<string, TensorData>>): Example {
  return { name: `${graph.name}, ${n} turns`, graph, inputs: new Map([['n', turnsOf(n)], ...Object.entries(inputs)]) };
}
