import { describe, expect, test } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.js';
import { kernelsIn, lowerGraph } from '../../compiler/kernel/index.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { Builder, batch, inputsFor } from './build-graphs.js';
import { expectSame, targets, tiledTarget } from './lowered-run.js';

const f32 = (...shape: number[]) => ({ dtype: 'f32', shape }) as const;

function check(graph: Graph, inputs: ReadonlyMap<string, TensorData> = inputsFor(graph, 3)): void {
  for (const target of targets) expectSame(graph, inputs, target);
}

describe('outputs', () => {
  test('an input handed on, under two names, and a constant', () => {
    const b = new Builder('handed');
    const x = b.input('x', 'argument', { dtype: 'f32', shape: [batch, 2] });
    b.output('same', 'result', x);
    b.output('again', 'result', x);
    b.output('seven', 'result', b.emit('constant', [], { value: 7, dtype: 'i32', shape: [2, 2] }));
    b.output('given', 'result', b.emit('literal', [], { values: [1, 2, 3], dtype: 'f32', shape: [3] }));
    check(b.finish());
  });

  test('one value under two names has two buffers', () => {
    const b = new Builder('twice');
    const x = b.input('x', 'argument', { dtype: 'f32', shape: [batch, 2] });
    const y = b.emit('exp', [x]);
    b.output('one', 'result', y);
    b.output('two', 'result', y);
    b.output('three', 'result', b.emit('neg', [y]));
    const program = lowerGraph(b.finish(), tiledTarget);
    expect(new Set(program.outputs.map(({ buffer }) => buffer)).size).toBe(3);
    expect(program.launches).toHaveLength(1);
    check(b.finish());
  });

  test('tensors without elements, and reductions of nothing', () => {
    const b = new Builder('empty');
    const x = b.input('x', 'argument', { dtype: 'f32', shape: [batch, 2] });
    b.output('sum', 'result', b.emit('reduceSum', [x], { dims: [0] }));
    b.output('product', 'result', b.emit('reduceProd', [x], { dims: [0] }));
    b.output('mapped', 'result', b.emit('exp', [x]));
    b.output('gram', 'result', b.emit('contract', [x, x], { equation: 'bi,bj->ij' }));
    check(b.finish(), inputsFor(b.finish(), 0));
  });
});

describe('state', () => {
  test('two entries exchanged', () => {
    const b = new Builder('exchange');
    const p = b.input('p', 'buffer', f32(4));
    const q = b.input('q', 'buffer', f32(4));
    b.output('p', 'buffer', q);
    b.output('q', 'buffer', p);
    check(b.finish());
  });

  test('two entries, each made of both', () => {
    const b = new Builder('mixed');
    const p = b.input('p', 'buffer', f32(4));
    const q = b.input('q', 'buffer', f32(4));
    b.output('p', 'buffer', b.emit('add', [p, q]));
    b.output('q', 'buffer', b.emit('sub', [p, q]));
    check(b.finish());
  });

  test('an entry read at other elements than are written', () => {
    const b = new Builder('shifted');
    const p = b.input('p', 'parameter', f32(5));
    b.output('p', 'parameter', b.emit('add', [p, b.emit('flip', [p], { dims: [0] })]));
    check(b.finish());
  });

  test('an entry divided by its own norm', () => {
    const b = new Builder('normalised');
    const p = b.input('p', 'parameter', f32(3, 4));
    const norm = b.emit('sqrt', [b.emit('reduceSum', [b.emit('mul', [p, p])], { dims: [1] })]);
    b.output('p', 'parameter', b.emit('div', [p, b.over(norm, [3, 4], [0])]));
    const total = b.emit('sqrt', [b.emit('reduceSum', [b.emit('mul', [p, p])], { dims: [0, 1] })]);
    b.output('total', 'result', total);
    check(b.finish());
  });

  test('the old value is a result beside the new one', () => {
    const b = new Builder('old');
    const p = b.input('p', 'parameter', f32(3));
    const next = b.emit('exp', [p]);
    b.output('before', 'result', p);
    b.output('after', 'result', next);
    b.output('p', 'parameter', next);
    b.output('matrix', 'result', b.emit('mul', [b.over(p, [3, 3]), b.over(next, [3, 3], [0])]));
    check(b.finish());
  });

  test('the old value is needed after the new one is known', () => {
    const b = new Builder('late');
    const p = b.input('p', 'parameter', f32(3, 3));
    const next = b.emit('contract', [p, p], { equation: 'ij,jk->ik' });
    b.output('p', 'parameter', next);
    b.output('late', 'result', b.emit('contract', [next, p], { equation: 'ij,jk->ik' }));
    check(b.finish());
  });

  test('an entry that keeps its value, and one that is set to a constant', () => {
    const b = new Builder('kept');
    const p = b.input('p', 'parameter', f32(3));
    b.input('q', 'buffer', f32(2));
    b.output('p', 'parameter', p);
    b.output('q', 'buffer', b.emit('constant', [], { value: 2, dtype: 'f32', shape: [2] }));
    const program = lowerGraph(b.finish(), tiledTarget);
    expect(program.launches).toHaveLength(1);
    check(b.finish());
  });

  test('an entry made from nothing, as by initialisation', () => {
    const b = new Builder('init');
    const rng = b.input('rng', 'rng', { dtype: 'i32', shape: [2] });
    for (let i = 0; i < 12; i++) b.output(`p${i}`, 'parameter', b.emit('random', [rng], { shape: [i, 2], stream: i }));
    const program = lowerGraph(b.finish(), tiledTarget);
    expect(program.launches.length).toBeLessThanOrEqual(3);
    check(b.finish());
  });

  test('rows added to a table, some of them twice, some outside', () => {
    const b = new Builder('embedding');
    const table = b.input('table', 'parameter', f32(4, 3));
    const index = b.emit('literal', [], { values: [0, 2, 2, 9, -1, 1, 0], dtype: 'i32', shape: [7] });
    const updates = b.input('updates', 'argument', f32(7, 3));
    const next = b.emit('scatterAdd', [table, b.over(index, [7, 3], [0]), updates], { dim: 0 });
    b.output('table', 'parameter', next);
    b.output('sum', 'result', b.emit('reduceSum', [next], { dims: [0] }));
    check(b.finish());
  });
});

describe('many tensors', () => {
  test('a sum of twelve and a concatenation of twenty', () => {
    const b = new Builder('many');
    const inputs = Array.from({ length: 20 }, (_, i) => b.input(`x${i}`, 'argument', f32(2, 2)));
    b.output(
      'sum',
      'result',
      inputs.slice(0, 12).reduce((sum, x) => b.emit('add', [sum, x])),
    );
    b.output('all', 'result', b.emit('concat', inputs, { dim: 1 }));
    check(b.finish());
  });

  test('equal kernels are one object', () => {
    const b = new Builder('layers');
    let x = b.input('x', 'argument', { dtype: 'f32', shape: [batch, 4] });
    for (let i = 0; i < 3; i++) x = b.relu(b.linear(x, b.input(`w${i}`, 'parameter', f32(4, 4)), b.input(`b${i}`, 'parameter', f32(4))));
    b.output('y', 'result', b.emit('exp', [x]));
    for (const target of targets) {
      const kernels = kernelsIn(lowerGraph(b.finish(), target));
      expect(kernels.length).toBeLessThanOrEqual(3);
    }
    check(b.finish());
  });

  test('an expression shared by many is not written out many times', () => {
    const b = new Builder('shared');
    let x = b.input('x', 'argument', { dtype: 'f32', shape: [batch] });
    for (let i = 0; i < 60; i++) x = b.emit('add', [x, x]);
    b.output('y', 'result', b.emit('mul', [x, b.scalar(2 ** -60, x)]));
    check(b.finish());
  });
});
