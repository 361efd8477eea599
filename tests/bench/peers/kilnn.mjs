// Kilnn: modules that the bench has built and bundled.

/** @param {{ threads: number, device: string, locate: (name: string) => string }} options */
export async function open({ threads, device, locate }) {
  return { prepare: (work, problem) => prepare(work, problem, { threads, device, locate }) };
}

async function prepare({ model, kind }, { weights }, { threads, device, locate }) {
  const { Model, tensor } = await import(locate(`${model}-${device}.mjs`));
  const worker = new URL(locate('wasm-worker.mjs'));
  const net = await Model.create({ device, seed: 1, ...(device === 'wasm' && { threads, worker }) });
  const used = net.threads.count;
  if (device === 'wasm' && used !== threads) throw new Error(`asked for ${threads} threads, has ${used}: ${net.threads.note}`);
  const given = ({ shape, data }) => tensor(data, { shape });
  const state = await net.stateDict();
  for (const [name, values] of Object.entries(weights)) state[name] = given(values);
  await net.loadStateDict(state);
  if (kind === 'inference') return { run: async (inputs) => (await net.forward(...inputs.map(given))).data() };
  const fresh = await net.optimizer.stateDict();
  return {
    run: async (inputs) => (await net.train.objective(...inputs.map(given))).loss.data(),
    async restart() {
      await net.loadStateDict(state);
      await net.optimizer.loadStateDict(fresh);
    },
  };
}
