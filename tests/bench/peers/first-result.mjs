// A process from its start to the first result of the MLP: what a user waits for. Without a module: an empty process.
//   node first-result.mjs [MODULE THREADS FOLDER DEVICE]
const [module, threads, folder, device] = process.argv.slice(2);
if (module !== undefined) {
  const { readFileSync } = await import('node:fs');
  const { deserialize } = await import('node:v8');
  const { open } = await import(new URL(`./${module}.mjs`, import.meta.url).href);
  const { prepare } = await open({ threads: Number(threads), folder, device });
  const run = await prepare({ id: 'mlp-1', model: 'mlp', kind: 'inference', size: 1 }, deserialize(readFileSync(`${folder}/mlp-1.bin`)));
  await run();
}
process.stdout.write('done');
process.exit(0);
