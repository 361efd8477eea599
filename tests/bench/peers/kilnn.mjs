// Kilnn: modules that the bench has built and bundled.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** @param {{ threads: number, folder: string, device: string }} options */
export async function open({ threads, folder, device }) {
  return {
    version: 'this checkout',
    async prepare({ model, kind }, { weights, inputs }) {
      const file = join(folder, `${model}-${device}.mjs`);
      if (!existsSync(file)) return undefined;
      const { Model, tensor } = await import(pathToFileURL(file).href);
      const worker = pathToFileURL(join(folder, 'wasm-worker.mjs'));
      const net = await Model.create({ device, seed: 1, ...(device === 'wasm' && { threads, worker }) });
      const used = net.threads?.count ?? 1;
      if (device === 'wasm' && used !== threads) throw new Error(`asked for ${threads} threads, has ${used}: ${net.threads.note}`);
      const state = await net.stateDict();
      for (const [name, { shape, data }] of Object.entries(weights)) state[name] = tensor(data, { shape });
      await net.loadStateDict(state);
      const args = inputs.map(({ shape, data }) => tensor(data, { shape }));
      if (kind === 'inference') return async () => (await net.forward(...args)).data();
      return async () => (await net.train.objective(...args)).loss.data();
    },
  };
}
