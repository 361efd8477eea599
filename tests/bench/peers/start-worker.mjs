/** A worker of a page or of Node that runs a module and has been given a message; resolves when it has answered. */
export async function startWorker(url, message) {
  if (globalThis.Worker) {
    const worker = new Worker(url, { type: 'module' });
    await new Promise((resolve, reject) => {
      worker.onmessage = resolve;
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage(message);
    });
  } else {
    const { Worker } = await import('node:worker_threads');
    const worker = new Worker(new URL(url), { workerData: message });
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  }
}
