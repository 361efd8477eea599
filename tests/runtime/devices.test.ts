import { describe, expect, test } from 'vitest';
import type { Device, Executor, Target, TypedArray } from '../../runtime/devices/device.js';
import { deviceError } from '../../runtime/errors.js';
import { defineModel, tensor } from '../../runtime/index.js';
import { js } from '../../runtime/js.js';
import { HandMlp, spec, target } from './hand-mlp.js';

/** Memory that only its device can read. */
class Remote {
  constructor(readonly data: TypedArray) {}
}

/**
 * The js device behind a wall: its memory is opaque, everything takes time, and it fails loudly when two runs overlap, which is what a
 * model must never let happen.
 */
function remoteTarget(available = true): Target & { readonly log: string[] } {
  const log: string[] = [];
  const local = js(target);
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const device: Device<Remote> = {
    kind: 'webgpu',
    write: (memory, data) => memory.data.set(data),
    read: async (memories) => {
      await pause(1);
      return memories.map(({ data }) => data.slice());
    },
  };
  return {
    kind: 'webgpu',
    programs: local.programs,
    log,
    open: async (model, options) => {
      await pause(1);
      if (!available) throw deviceError('WebGPU is not available here: no adapter');
      const inner = (await local.open(model, options)) as Executor<TypedArray>;
      let running = '';
      const executor: Executor<Remote> = {
        device,
        state: new Map([...inner.state].map(([name, data]) => [name, new Remote(data)])),
        run: async (program, dims, args, hyper, rng) => {
          if (running) throw new Error(`${program} while ${running} runs`);
          running = program;
          await pause(Math.random() * 4);
          const results = await inner.run(
            program,
            dims,
            args.map((arg) => (arg instanceof Remote ? arg.data : arg)),
            hyper,
            rng,
          );
          running = '';
          log.push(program);
          return results.map((data) => new Remote(data));
        },
        dispose: () => void log.push('dispose'),
      };
      return executor;
    },
  };
}

const x = [
  [0.5, -1, 2],
  [1, 0.25, -0.75],
  [-2, 1, 0.5],
];
const y = [0, 1, 1];

describe('a device that takes its time', () => {
  const make = () => {
    const remote = remoteTarget();
    return { remote, Mlp: defineModel<HandMlp>(spec, [js(target), remote]) };
  };

  test('runs calls in their order, whatever else is called meanwhile', async () => {
    const { remote, Mlp } = make();
    const mlp = await Mlp.create({ device: 'webgpu', seed: 3 });
    const plain = await HandMlp.create({ seed: 3 });
    const lrs = [0.1, 0.05, 0.2];
    const jobs: Promise<unknown>[] = [];
    for (const lr of lrs) {
      mlp.optimizer.lr = lr;
      jobs.push(mlp.train.objective(x, y), mlp.forward(x), mlp.stateDict());
    }
    // What is set now is not for the calls made before.
    mlp.optimizer.lr = 100;
    await Promise.all(jobs);
    expect(remote.log.filter((name) => name !== 'init')).toEqual(lrs.flatMap(() => ['train.objective', 'forward']));
    for (const lr of lrs) {
      plain.optimizer.lr = lr;
      await plain.train.objective(x, y);
    }
    const values = async (model: HandMlp) => Promise.all(Object.values(await model.stateDict()).map((value) => value.toArray()));
    expect(await values(mlp)).toEqual(await values(plain));
  });

  test('a call that fails does not hold up the next', async () => {
    const { Mlp } = make();
    const mlp = await Mlp.create({ device: 'webgpu' });
    const [bad, good] = await Promise.allSettled([mlp.forward([[1]]), mlp.forward(x)]);
    expect([bad.status, good.status]).toEqual(['rejected', 'fulfilled']);
  });

  test('its results stay there until they are read, and are arguments there', async () => {
    const { Mlp } = make();
    const mlp = await Mlp.create({ device: 'webgpu' });
    const logits = await mlp.forward(x);
    expect([logits.device, String(logits)]).toEqual(['webgpu', 'Tensor(f32[3, 2] on webgpu)']);
    const plain = await HandMlp.create();
    await expect(plain.forward(logits as never)).rejects.toThrow('got the shape [3, 2]');
    const weight = mlp.parameter('output.weight');
    expect(weight.device).toBe('webgpu');
    expect((await weight.cpu()).device).toBe('js');
    const rows = tensor([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ]);
    const here = await mlp.forward(rows);
    const hidden = mlp.parameter('hidden.weight');
    expect((await mlp.forward(hidden)).shape).toEqual([4, 2]);
    expect(here.shape).toEqual([3, 2]);
    // hidden.weight is f32[4, 3]: of the right shape, but on another device.
    await expect(plain.forward(hidden)).rejects.toMatchObject({
      code: 'KN5003',
      message: 'forward: x is on webgpu, the model on js: give await tensor.cpu(), or move the model with to()',
    });
  });

  test('a model moves there and back in mid-training', async () => {
    const { remote, Mlp } = make();
    const [moved, stayed] = [await Mlp.create({ seed: 5 }), await HandMlp.create({ seed: 5 })];
    expect(moved.device).toBe('js');
    for (const device of ['webgpu', 'js', 'auto'] as const) {
      // The call after `to` is made before the move is done.
      const moving = moved.to(device);
      await moving;
      await moved.train.objective(x, y);
      await stayed.train.objective(x, y);
    }
    expect(moved.device).toBe('webgpu');
    expect(remote.log).toContain('dispose');
    expect(await (await moved.forward(x)).toArray()).toEqual(await (await stayed.forward(x)).toArray());
    expect(await (await moved.optimizer.stateDict())['output.bias.momentum_buffer']!.toArray()).toEqual(
      await (await stayed.optimizer.stateDict())['output.bias.momentum_buffer']!.toArray(),
    );
  });
});

describe('auto', () => {
  test('takes webgpu when it is there and says nothing', async () => {
    const notes: string[] = [];
    const mlp = await defineModel(spec, [js(target), remoteTarget()]).create({ device: 'auto', onNote: (note) => notes.push(note) });
    expect([mlp.device, notes]).toEqual(['webgpu', []]);
  });

  test('takes js when it is not, and says why', async () => {
    const notes: string[] = [];
    const mlp = await defineModel(spec, [js(target), remoteTarget(false)]).create({ device: 'auto', onNote: (note) => notes.push(note) });
    expect([mlp.device, notes]).toEqual(['js', ['HandMlp runs on js: WebGPU is not available here: no adapter']]);
  });

  test('fails when nothing is there; what was asked for by name is never replaced', async () => {
    const Mlp = defineModel(spec, [remoteTarget(false)]);
    await expect(Mlp.create({ device: 'auto' })).rejects.toThrow('WebGPU is not available here: no adapter');
    await expect(defineModel(spec, [js(target), remoteTarget(false)]).create({ device: 'webgpu' })).rejects.toMatchObject({
      code: 'KN5001',
    });
  });
});

describe('the js device', () => {
  test('an argument that is the state itself is read as it was before the step', async () => {
    const [a, b] = [await HandMlp.create({ seed: 2 }), await HandMlp.create({ seed: 2 })];
    const copy = tensor(await a.parameter('hidden.weight').toArray());
    const labels = [0, 1, 0, 1];
    for (const [model, input] of [
      [a, a.parameter('hidden.weight')],
      [b, copy],
    ] as const)
      await model.train.objective(input, labels);
    expect(await a.parameter('hidden.weight').toArray()).toEqual(await b.parameter('hidden.weight').toArray());
  });

  test('many batch sizes in turn, larger and smaller, with as many plans as it keeps and more', async () => {
    const mlp = await HandMlp.create({ seed: 2 });
    const row = [0.5, -1, 2];
    const [expected] = (await (await mlp.forward([row])).toArray()) as number[][];
    for (const size of [...Array.from({ length: 40 }, (_, i) => i + 1), 1, 100, 7, 100]) {
      const logits = (await (await mlp.forward(Array.from({ length: size }, () => row))).toArray()) as number[][];
      expect(logits).toEqual(Array.from({ length: size }, () => expected));
    }
  });

  test('after the first step a step makes nothing but its result', async () => {
    const mlp = await HandMlp.create({ seed: 2 });
    const rows = 4096;
    const input = Float32Array.from({ length: rows * 3 }, (_, i) => Math.sin(i));
    const labels = Int32Array.from({ length: rows }, (_, i) => i & 1);
    await mlp.train.objective(input, labels);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 200; i++) await mlp.train.objective(input, labels);
    // The arena of a step is 224 KB, a loss four bytes.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000);
  });
});
