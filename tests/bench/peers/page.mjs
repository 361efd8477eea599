// The page of one side, as its address says: `window.bench` prepares works and measures, or has the time of the first result.
import { firstResult } from './first.mjs';
import { Trial } from './trial.mjs';

export async function host(open) {
  const query = new URLSearchParams(location.search);
  const locate = (name) => new URL(`/files/${name}`, location.href).href;
  const read = async (name) => {
    const response = await fetch(locate(name));
    if (!response.ok) throw new Error(`${name}: ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  };
  const options = { threads: Number(query.get('threads')), device: query.get('device'), read, locate };
  try {
    if (query.get('task') === 'first') {
      await firstResult(open, options);
      window.bench = { elapsed: performance.now() };
      return;
    }
    const trial = new Trial(await open(options), options);
    window.bench = {
      async prepare(work) {
        const { outputs, ...rest } = await trial.prepare(work);
        return { ...rest, outputs: outputs?.map(({ length, data }) => ({ length, data: [...data] })) };
      },
      // The clock of a page is coarser than that of a process.
      measure: async (window) => (await trial.measure(window, 0.5)).times,
    };
  } catch (error) {
    window.bench = { failure: String(error?.stack ?? error) };
  }
}
