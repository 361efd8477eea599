import { expect, test } from 'vitest';
import { splitting } from '../../runtime/devices/wasm/record.js';
import { tensor } from '../../runtime/index.js';
import { uniforms } from '../helpers/tensors.js';
import { wasmWorker } from '../helpers/wasm-worker.js';
import { buildAndImport, sourceFile } from './built.js';

const text = `import { F, loss, model, nn, optim, type Tensor } from 'kilnn';

@model({ optimizer: new optim.SGD({ lr: 0.01 }) })
export class Shrink extends nn.Module {
  hidden = new nn.Linear(20, 20);
  output = new nn.Linear(20, 1);

  forward(x: Tensor<['batch', 20]>): Tensor<['batch', 1]> {
    let y = F.relu(this.hidden.forward(x));
    while (y.norm().item() > 1) y = y.mul(0.8).add(F.sigmoid(this.hidden.forward(y)).mul(0.001));
    return this.output.forward(y);
  }

  @loss
  objective(x: Tensor<['batch', 20]>, y: Tensor<['batch', 1]>) {
    return F.mseLoss(this.forward(x), y);
  }
}
`;

test('a loop whose tapes grow has the same bits on any number of threads', async () => {
  const { Model } = await buildAndImport(sourceFile(text));
  const { leastWork } = splitting;
  splitting.leastWork = 0;
  try {
    const worker = await wasmWorker();
    const next = uniforms(5);
    const batches = [3, 64, 200, 64].map((count) => [
      tensor(
        Float32Array.from({ length: 20 * count }, () => 40 * next()),
        { shape: [count, 20] },
      ),
      tensor(Float32Array.from({ length: count }, next), { shape: [count, 1] }),
    ]);
    let expected: string[] | undefined;
    for (const threads of [1, 2, 3, 4]) {
      const net = await Model.create({ device: 'wasm', seed: 1, threads, worker });
      expect(net.threads).toEqual({ count: threads });
      const found: string[] = [];
      for (const [x, y] of batches) {
        const { loss, gradients } = await net.gradients.objective!(x, y);
        await net.train.objective!(x, y);
        for (const one of [loss, ...Object.values(gradients), await net.forward!(x), ...Object.values(await net.stateDict())])
          found.push(Buffer.from((await one.data()).buffer).toString('base64'));
      }
      expected ??= found;
      expect(found).toEqual(expected);
      expect(net.threads).toEqual({ count: threads });
      net.dispose();
    }
  } finally {
    splitting.leastWork = leastWork;
  }
});
