// The process of one side: it prepares a work when it is told to, gives samples of what it computes, and measures itself for a while.
//   node side.mjs MODULE THREADS FOLDER [DEVICE]
import { fileSurroundings } from './files.mjs';
import { Trial } from './trial.mjs';

const [module, threads, folder, device] = process.argv.slice(2);
const { open } = await import(new URL(`./${module}.mjs`, import.meta.url).href);
const trial = new Trial(await open({ threads: Number(threads), device, ...fileSurroundings(folder) }), fileSurroundings(folder));

const requests = { prepare: ({ work }) => trial.prepare(work), measure: ({ window }) => trial.measure(window, 0.2) };

process.on('message', async (request) => {
  try {
    process.send({ ok: true, ...(await requests[request.kind](request)) });
  } catch (error) {
    process.send({ ok: false, message: String(error?.message ?? error) });
  }
});
// Workers of a side would keep it alive when the bench has been interrupted.
process.on('disconnect', () => process.exit());
process.send({ ok: true });
