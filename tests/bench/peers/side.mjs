// The process of one side: it prepares a work when it is told to, gives samples of what it computes, and measures itself for a while.
//   node side.mjs MODULE THREADS FOLDER [DEVICE]
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize } from 'node:v8';

const [module, threads, folder, device] = process.argv.slice(2);
const { open } = await import(new URL(`./${module}.mjs`, import.meta.url).href);
const side = await open({ threads: Number(threads), folder, device });

/** As many as tell results apart, from all over them. */
const samples = 4096;
let run;

async function prepare(work) {
  run = undefined;
  const problem = deserialize(readFileSync(join(folder, `${work.id}.bin`)));
  run = await side.prepare(work, problem);
  if (run === undefined) return { offered: false };
  // Of a training step a few: the losses show the updates before them.
  const outputs = [];
  let cost = 0;
  for (let turn = 0; turn < (work.kind === 'training' ? 3 : 1) && (turn < 2 || cost < 5000); turn++) {
    const start = performance.now();
    const data = await run();
    cost = performance.now() - start;
    const stride = Math.max(1, Math.floor(data.length / samples));
    outputs.push({ length: data.length, data: Float32Array.from({ length: Math.ceil(data.length / stride) }, (_, i) => data[i * stride]) });
  }
  return { offered: true, outputs, cost };
}

/** Milliseconds of each run in `window` milliseconds, of at least one. Runs too short for the clock are timed together. */
async function measure(window, least) {
  const times = [];
  const start = performance.now();
  let together = 1;
  do {
    const before = performance.now();
    for (let i = 0; i < together; i++) await run();
    const elapsed = performance.now() - before;
    times.push(elapsed / together);
    if (elapsed < least) together = Math.ceil((together * least) / Math.max(elapsed, 0.01));
  } while (performance.now() - start < window);
  return { times };
}

const requests = { prepare: ({ work }) => prepare(work), measure: ({ window }) => measure(window, 0.2) };

process.on('message', async (request) => {
  try {
    process.send({ ok: true, ...(await requests[request.kind](request)) });
  } catch (error) {
    process.send({ ok: false, message: String(error?.message ?? error) });
  }
});
process.send({ ok: true, version: side.version });
