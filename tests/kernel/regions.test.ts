import { describe, expect, test } from 'vitest';
import { jsBackend } from '../../compiler/backends/js/index.js';
import { interpret } from '../../compiler/interpreter/index.js';
import { verifyGraph } from '../../compiler/ir/verify.js';
import { lowerGraph, printProgram } from '../../compiler/kernel/index.js';
import { openOnJs } from '../helpers/js-program.js';
import { examples, halving, mixed, sines, stateful, taped, withTurns } from '../helpers/region-graphs.js';
import { expectClose } from '../helpers/tensors.js';
import { expectSame, targets } from './lowered-run.js';

describe('kernels of loops and branches', () => {
  test.each(examples.map((example) => [example.name, example] as const))('%s', async (_, { graph, inputs }) => {
    verifyGraph(graph);
    for (const target of targets) expectSame(graph, inputs, target);
    const { run } = await openOnJs(graph, lowerGraph(graph, jsBackend.traits), inputs);
    const expected = interpret(graph, inputs);
    for (let call = 0; call < 2; call++) {
      const actual = await run(inputs);
      for (const [name, want] of expected) expectClose(actual.get(name)!, want, {}, `${name} in call ${call}`);
    }
  });

  test('a program whose turns change from call to call', async () => {
    const graph = taped();
    const of = (n: number) => withTurns(graph, n, { x: sines([3]), none: sines([0, 2]) }).inputs;
    const { run } = await openOnJs(graph, lowerGraph(graph, jsBackend.traits), of(0));
    for (const n of [3, 0, 40, 1, 39, 90]) {
      const actual = await run(of(n));
      for (const [name, want] of interpret(graph, of(n))) expectClose(actual.get(name)!, want, {}, `${name} of ${n} turns`);
    }
  });

  test('too many turns are an error with the place of the loop, state stays and the model goes on', async () => {
    const graph = stateful();
    const of = (n: number) => withTurns(graph, n, { w: sines([4]), mean: sines([4], 2) }).inputs;
    const { run, executor } = await openOnJs(graph, lowerGraph(graph, jsBackend.traits), of(1));
    await expect(run(of(11))).rejects.toThrow(/^stateful: .* 10 turns/);
    for (const name of ['w', 'mean']) {
      const [data] = await executor.device.read([executor.state.get(name)!]);
      expect(data).toEqual(Float32Array.from(of(1).get(name)!.data));
    }
    expectClose((await run(of(3))).get('y')!, interpret(graph, of(3)).get('y')!);
  });
});

describe('the plan of loops and branches', () => {
  test('a turn is one kernel, which computes the next condition, too, and writes over the carry', () => {
    expect(printProgram(lowerGraph(halving(), jsBackend.traits))).toMatchInlineSnapshot(`
      "program halving(x: f32[3, 4])
        buffer 0: f32[12] argument 0 x
        buffer 1: bool[1] arena from 1 to 4
        buffer 2: f32[12] arena from 1 to 8
        buffer 3: bool[1] arena from 5 to 6
        buffer 4: f32[1] result
        launch reduce_map_7edb9b5d1e(0, 1, 2)
        while 1, at most 1048576 turns
          launch reduce_4026d37b49(2, 1)
        launch reduce_f9968e815f(2, 3)
        if 3
          launch map_3ccf83e1e0(2)
        launch reduce_00aebd0df0(2, 4)
        result out0: f32[] = buffer 4
      "
    `);
  });

  test('what cannot be written over is copied at the end of the turn', () => {
    expect(printProgram(lowerGraph(mixed(), jsBackend.traits))).toMatchInlineSnapshot(`
      "program mixed(n: i32[], x: f32[4], m: f32[4, 4])
        buffer 0: i32[1] argument 0 n
        buffer 1: f32[4] argument 1 x
        buffer 2: f32[16] argument 2 m
        buffer 3: i32[1] arena from 1 to 7
        buffer 4: bool[1] arena from 1 to 7
        buffer 5: f32[4] result
        buffer 6: f32[16] result
        buffer 7: f32[16] arena from 3 to 4
        buffer 8: f32[4] arena from 5 to 6
        launch map_6fe818ef11(0, 1, 2, 3, 4, 5, 6)
        while 4, at most 1048576 turns
          launch contract_9fecb7b2fe(6, 7)
          launch map_65ed19ae65(7, 3, 6)
          launch map_1d398d465c(0, 5, 3, 4, 8)
          launch map_a453ea9a8e(8, 5)
        result out0: f32[4] = buffer 5
        result out1: f32[4, 4] = buffer 6
      "
    `);
  });

  test('tapes', () => {
    expect(printProgram(lowerGraph(taped(), jsBackend.traits))).toMatchInlineSnapshot(`
      "program taped(n: i32[], x: f32[3], none: f32[0, 2])
        buffer 0: i32[1] argument 0 n
        buffer 1: f32[3] argument 1 x
        buffer 2: i32[1] arena from 1 to 5
        buffer 3: bool[1] arena from 1 to 5
        buffer 4: f32[3] result
        buffer 5: i32[1] result
        buffer 6: f32[0] argument 2 none
        buffer 7: f32[3*turns0] tape
        buffer 8: f32[0] arena from 2 to 11
        buffer 9: f32[turns0] tape
        buffer 10: bool[3*turns0] tape
        buffer 11: i32[turns0] tape
        buffer 12: i32[1] arena from 6 to 10
        buffer 13: bool[1] arena from 6 to 10
        buffer 14: f32[3] result
        buffer 15: i32[1] result
        buffer 16: f32[3*turns0] tape
        buffer 17: f32[3] result
        buffer 18: f32[0] result
        buffer 19: f32[3*turns0] tape
        buffer 20: f32[9] result
        launch map_cccd82026e(0, 1, 2, 3, 4)
        while 3, at most 1048576 turns, turns turns0 in 5: 23 bytes of tape per turn
          tape 7: 12 bytes per turn
          tape 9: 4 bytes per turn
          tape 10: 3 bytes per turn
          tape 11: 4 bytes per turn
          tape 8: 0 bytes per turn
          launch map_3fa2f96fdc(4, 5, 6, 7, 8)
          launch reduce_map_08135002ad(5, 0, 4, 9, 10, 2, 3, 11)
        launch map_31c6f65c92(5, 12, 13, 14, 15)
        while 13, at most 1048576 turns
          launch map_268493fc03(12, 10, 7, 9, 14)
          launch map_1ed07cc4d7(11, 15, 12, 13)
        launch map_reduce_421d6cac54(7, 8, 16, 17, 18)
        launch line_852cbe88f3(16, 19)
        launch contract_970017b5bc(19, 7, 20)
        result out0: f32[3] = buffer 4
        result out1: f32[3] = buffer 14
        result out2: i32[] = buffer 15
        result out3: i32[] = buffer 5
        result out4: f32[3] = buffer 17
        result out5: f32[3, 3] = buffer 20
        result out6: f32[0, 2] = buffer 18
      "
    `);
  });
});
