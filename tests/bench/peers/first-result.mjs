// A process from its start to the first result of the MLP: what a user waits for. Without a module: an empty process.
//   node first-result.mjs [MODULE THREADS FOLDER DEVICE]
const [module, threads, folder, device] = process.argv.slice(2);
if (module !== undefined) {
  const [{ fileSurroundings }, { firstResult }] = await Promise.all([import('./files.mjs'), import('./first.mjs')]);
  const { open } = await import(new URL(`./${module}.mjs`, import.meta.url).href);
  await firstResult(open, { threads: Number(threads), device, ...fileSurroundings(folder) });
}
process.stdout.write('done');
process.exit(0);
