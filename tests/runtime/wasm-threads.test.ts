import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type AnyTensor, type CreateOptions, defineModel, type Model, type Tensor, tensor } from '../../runtime/index.js';
import { wasmTarget } from '../helpers/hand-wasm.js';
import { usualThreads } from '../helpers/usual-threads.js';
import { wasmWorker } from '../helpers/wasm-worker.js';
import { handKernels, handPrograms, handSpec } from './hand-wasm-model.js';

interface Hand extends Model {
  forward(x: AnyTensor): Promise<Tensor>;
  halve(x: AnyTensor): Promise<[Tensor, Tensor, Tensor]>;
  shrink(x: AnyTensor): Promise<[Tensor, Tensor]>;
  readonly train: { objective(x: AnyTensor): Promise<{ loss: Tensor }> };
}

const define = (kernels = handKernels) => defineModel<Hand>(handSpec, [wasmTarget(handPrograms, kernels, 64)]);
const Hand = define();
let worker: URL;
beforeAll(async () => {
  worker = await wasmWorker();
});
beforeEach(usualThreads);
afterEach(() => vi.unstubAllGlobals());

const create = (options: CreateOptions) => Hand.create({ device: 'wasm', worker, ...options });

function rows(count: number, first = 37): AnyTensor {
  const data = Float32Array.from({ length: 3 * count }, (_, i) => Math.sin(i) * 100);
  data[0] = first;
  return tensor(data, { shape: [count, 3] });
}

/** All results as bytes. */
async function everything(model: Hand): Promise<string[]> {
  const found: AnyTensor[] = [];
  for (const count of [1, 7, 2000, 5003, 0, 2000]) {
    found.push(await model.forward(rows(count)));
    if (count > 0) {
      found.push(...(await model.halve(rows(count))), ...(await model.shrink(rows(count, 40))), ...(await model.shrink(rows(count, 60))));
      found.push((await model.train.objective(rows(count))).loss);
    }
  }
  found.push((await model.stateDict()).scale!);
  return Promise.all(found.map(async (one) => Buffer.from((await one.data()).buffer).toString('base64')));
}

describe('threads', () => {
  test('give the same bits, however many', async () => {
    const one = await create({});
    expect(one.threads).toEqual({ count: 1 });
    const expected = await everything(one);
    for (const threads of [2, 3, 5]) {
      const model = await create({ threads });
      expect(model.threads).toEqual({ count: threads });
      expect(await everything(model)).toEqual(expected);
      model.dispose();
    }
  });

  test('are shared by the models of a process, calls in turn', async () => {
    const models = await Promise.all([2, 3, 2].map((threads) => create({ threads })));
    const expected = await (await (await create({})).forward(rows(4000))).data();
    for (let i = 0; i < 30; i++) {
      const results = await Promise.all(models.map(async (model) => (await model.forward(rows(4000))).data()));
      for (const result of results) expect(Buffer.compare(Buffer.from(result.buffer), Buffer.from(expected.buffer))).toBe(0);
    }
    models[1]!.dispose();
    // One of the others has left; these go on.
    expect(await (await models[0]!.forward(rows(4000))).data()).toEqual(expected);
    expect(models[0]!.threads).toEqual({ count: 2 });
    for (const model of models) model.dispose();
    const again = await create({ threads: 2 });
    expect(await (await again.forward(rows(4000))).data()).toEqual(expected);
    expect(again.threads).toEqual({ count: 2 });
    again.dispose();
  });

  test('memory grows while workers have it', async () => {
    const model = await create({ threads: 2 });
    for (const count of [2000, 40_000, 2000, 90_000]) {
      const result = await (await model.forward(rows(count))).data();
      const x = await rows(count).data();
      expect(result.length).toBe(3 * count);
      for (const at of [0, 1, 3 * count - 2, 3 * count - 1])
        expect(result[at]).toBe(Math.fround(Math.fround(x[at]! * ((at % 3) + 1)) + x[at]!));
    }
    model.dispose();
  });

  test('a loop without an end is the same error', async () => {
    const model = await create({ threads: 2 });
    for (const count of [1, 3000]) {
      await expect(model.shrink(rows(count, Number.POSITIVE_INFINITY))).rejects.toMatchObject({
        code: 'KN5009',
        message: expect.stringMatching(/^shrink\.ts:3: /),
      });
    }
    expect(model.threads).toEqual({ count: 2 });
    expect(await (await model.forward(rows(3000))).data()).toHaveLength(9000);
    model.dispose();
  });
});

describe('where there can be no threads a model runs on one and says why', () => {
  test('no shared memory', async () => {
    vi.stubGlobal('SharedArrayBuffer', undefined);
    const { threads } = await create({ threads: 4 });
    expect(threads).toEqual({ count: 1, note: expect.stringContaining('Cross-Origin-Opener-Policy: same-origin') });
  });

  test('a page that is not isolated', async () => {
    vi.stubGlobal('crossOriginIsolated', false);
    expect((await create({ threads: 'auto' })).threads.note).toContain('Cross-Origin-Embedder-Policy: require-corp');
  });

  test('one core', async () => {
    vi.stubGlobal('navigator', { hardwareConcurrency: 1 });
    expect((await create({ threads: 'auto' })).threads).toEqual({ count: 1, note: 'there is one processor core' });
  });

  test('no module for the workers', async () => {
    const missing = new URL('missing.mjs', worker);
    const model = await create({ threads: 2, worker: missing });
    expect(model.threads).toEqual({ count: 1, note: expect.stringMatching(/^workers cannot be started: .*missing\.mjs/) });
    expect(await (await model.forward(rows(3000))).data()).toHaveLength(9000);
  });

  test('a number that is none', async () => {
    for (const threads of [0, -1, 1.5, Number.NaN]) await expect(create({ threads })).rejects.toMatchObject({ code: 'KN5007' });
  });
});

describe('a worker that fails', () => {
  test('when the model is loaded: one thread', async () => {
    const file = fileURLToPath(new URL('refuses.mjs', worker));
    writeFileSync(
      file,
      `import { parentPort } from 'node:worker_threads';
      parentPort.on('message', ({ kilnn }) => {
        parentPort.postMessage(kilnn === 'wasm-model' ? { kilnn: 'failed', message: 'no room' } : { kilnn: 'ready' });
      });`,
    );
    const model = await create({ threads: 2, worker: new URL('refuses.mjs', worker) });
    expect(model.threads).toEqual({ count: 1, note: 'a worker failed: no room' });
    expect(await (await model.forward(rows(3000))).data()).toHaveLength(9000);
    model.dispose();
  });

  test('in a call: an error, and the next call runs on one thread', async () => {
    // Only a worker's part of the rows traps.
    const sum = handKernels.sum!.replace(
      '(block $end',
      '(if (i32.gt_s (local.get $from) (i32.const 0)) (then (unreachable)))\n  (block $end',
    );
    const model = await define({ ...handKernels, sum }).create({ device: 'wasm', threads: 2, worker });
    expect(model.threads).toEqual({ count: 2 });
    await expect(model.forward(rows(3000))).rejects.toMatchObject({
      code: 'KN5008',
      message: expect.stringMatching(/^a thread failed: .*forward was given up.*calls go on in one thread$/),
    });
    expect(model.threads).toMatchObject({ count: 1, note: expect.stringContaining('a thread failed') });
    expect(await (await model.forward(rows(3000))).data()).toHaveLength(9000);
    model.dispose();
  });

  test('in a call that changes state: the model is lost, also on one thread', async () => {
    const total = handKernels.total!.replace(/\)\s*$/, '(unreachable))');
    for (const threads of [1, 2]) {
      const model = await define({ ...handKernels, total }).create({ device: 'wasm', threads, worker });
      const lost = {
        code: 'KN5008',
        message: expect.stringMatching(
          /^train\.objective failed: .*may have changed in part: make the model anew, and load what was saved$/,
        ),
      };
      await expect(model.train.objective(rows(3))).rejects.toMatchObject(lost);
      await expect(model.forward(rows(3))).rejects.toMatchObject(lost);
      model.dispose();
    }
  });

  test('in a call on one thread that changes nothing: the next one runs', async () => {
    const sum = handKernels.sum!.replace('(block $end', '(if (i32.eq (local.get $to) (i32.const 21)) (then (unreachable)))\n  (block $end');
    const model = await define({ ...handKernels, sum }).create({ device: 'wasm' });
    await expect(model.forward(rows(7))).rejects.toMatchObject({ code: 'KN5008', message: expect.stringMatching(/^forward failed: /) });
    expect(await (await model.forward(rows(5))).data()).toHaveLength(15);
    model.dispose();
  });

  test('between calls: the next call runs on one thread', async () => {
    const model = await create({ threads: 2 });
    await model.forward(rows(3000));
    // Another model asks for the workers in vain, and they are stopped.
    const other = await define({ ...handKernels, sum: handKernels.sum!.replace('(block $end', '(unreachable)\n  (block $end') }).create({
      device: 'wasm',
      threads: 2,
      worker,
    });
    await expect(other.forward(rows(3000))).rejects.toMatchObject({ code: 'KN5008' });
    expect(await (await model.forward(rows(3000))).data()).toHaveLength(9000);
    expect(model.threads).toMatchObject({ count: 1, note: expect.stringContaining('a worker failed') });
    other.dispose();
    model.dispose();
  });
});
