import { expect, test } from 'vitest';
import { commandText } from './command-text.js';
import type { Host, Readiness } from './host.js';
import { type Figure, measureWork } from './measure.js';
import { flopsOfTurn, peakModule } from './peaks.js';
import { reportText } from './report.js';
import { gauges, type Side, sides } from './sides.js';
import { type Problem, works } from './works.js';

const { encodeProblem, decodeProblem } = (await import(new URL('./peers/problem.mjs', import.meta.url).href)) as {
  encodeProblem(problem: Problem): Uint8Array;
  decodeProblem(bytes: Uint8Array): Problem;
};
const { Trial } = (await import(new URL('./peers/trial.mjs', import.meta.url).href)) as {
  Trial: new (
    side: object,
    surroundings: { read(name: string): Promise<Uint8Array> },
  ) => { prepare(work: object): Promise<Readiness>; measure(window: number, least: number): Promise<{ times: number[] }> };
};

test('a command is shown without the place of a Node', () => {
  const args = ['--node', '/home/me/node', '--save', 'node24', '--node=/x/y'];
  expect(commandText(args, 'v24.21.0')).toBe('npm run bench -- --node path/to/node24 --save node24 --node=path/to/node24');
  expect(commandText([], 'v20.1.0')).toBe('npm run bench');
});

test('a problem is the same after its journey, wherever its bytes lie', () => {
  const values = (data: Float32Array | Int32Array) => ({ shape: [data.length], data });
  const problem = {
    weights: { 'a.weight': values(Float32Array.of(1, -2.5)), empty: values(new Float32Array()) },
    turns: [[values(Float32Array.of(3))], [values(Float32Array.of(4)), values(Int32Array.of(-7, 8))]],
  };
  const bytes = encodeProblem(problem);
  const moved = new Uint8Array(bytes.length + 3);
  moved.set(bytes, 3);
  expect(decodeProblem(moved.subarray(3))).toEqual(problem);
});

test('training starts anew before steps become many, with the first batch', async () => {
  const problem = { weights: {}, turns: [0, 1, 2].map((i) => [{ shape: [1], data: Float32Array.of(i) }]) };
  const seen: (number | string)[] = [];
  const side = {
    prepare: () => ({
      run([input]: [{ data: Float32Array }]) {
        seen.push(input.data[0]!);
        return input.data;
      },
      restart: () => void seen.push('restart'),
    }),
  };
  const trial = new Trial(side, { read: async () => encodeProblem(problem) });
  const readiness = await trial.prepare({ id: 'some', kind: 'training' });
  expect(readiness).toMatchObject({ offered: true, outputs: [0, 1, 2, 0].map((value) => ({ data: Float32Array.of(value) })) });
  const { times } = await trial.measure(30, 0.1);
  expect(times.length).toBeGreaterThan(1);
  const stretches = seen.join().split('restart').slice(1);
  expect(stretches.length).toBeGreaterThan(2);
  for (const stretch of stretches) {
    const batches = stretch.split(',').filter((text) => text !== '');
    expect(batches.length).toBeLessThanOrEqual(40);
    expect(batches).toEqual(batches.map((_, i) => String(i % 3)));
  }
});

/** A side that takes so many milliseconds and gives those values. */
function host(side: Side, time: number, values: readonly number[], flops?: number): Host {
  const outputs = [{ length: values.length, data: Float32Array.from(values) }];
  return {
    side,
    prepare: async () => ({ offered: true, outputs, cost: time, ...(flops !== undefined && { flops }) }),
    measure: async () => [time],
    stop() {},
  };
}

const sideOf = (id: string) => [...sides, ...gauges].find((side) => side.id === id)!;

test('who computes something else is not timed; rates are held against the peak of the same rounds', async () => {
  const work = { ...works[0]!, flops: 3e6 };
  const chosen = ['kilnn-wasm', 'ort-web', 'jax'].map(sideOf);
  const hosts = [
    host(chosen[0]!, 0.5, [1, 2, 3]),
    host(chosen[1]!, 1, [1, 2, 3.0001]),
    host(chosen[2]!, 1, [1, 2, Number.NaN]),
    host(sideOf('peak-simd'), 1, [9], 6e6),
    host(sideOf('peak-relaxed'), 1, [9], 12e6),
  ];
  const outcomes = Object.fromEntries(await measureWork(work, hosts, 0.01));
  expect((outcomes['kilnn-wasm'] as Figure).median).toBe(0.5);
  expect(outcomes.jax).toEqual({ failed: expect.stringContaining('disagree') });
  const text = reportText({
    date: '',
    command: '',
    machine: '',
    engine: '',
    versions: {},
    sides: chosen,
    works: [{ work, outcomes }],
  });
  expect(text).toContain(`| ${work.name} | 50% | 25% |  | 6.00 | 12.0 |`);
});

test('the loop of the peak multiplies and adds as often as it says, and its numbers stay ordinary', () => {
  expect(flopsOfTurn).toBe(384);
  const { run } = new WebAssembly.Instance(new WebAssembly.Module(peakModule('simd'))).exports as { run(turns: number): number };
  expect(run(1000)).toBeCloseTo(12, 4);
});
