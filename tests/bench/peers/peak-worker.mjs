// A helper of peak.mjs: runs its loop each time that it is asked to, for good.
const nodes = globalThis.postMessage ? undefined : await import('node:worker_threads');

function help({ module, turns, flags, helper }, tell) {
  const { run } = new WebAssembly.Instance(module).exports;
  run(turns);
  tell('ready');
  for (let number = 0; ; ) {
    Atomics.wait(flags, 0, number);
    number = Atomics.load(flags, 0);
    run(turns);
    Atomics.store(flags, helper, number);
  }
}

if (nodes) help(nodes.workerData, (message) => nodes.parentPort.postMessage(message));
else globalThis.onmessage = ({ data }) => help(data, (message) => globalThis.postMessage(message));
