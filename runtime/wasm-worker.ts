/** `kilnn/runtime/wasm-worker`: the module that the workers of the wasm device run. */
import { workerThreads } from './data/worker-threads.js';
import { WasmWorker } from './devices/wasm/worker.js';
import type { WorkerAnswer, WorkerRequest } from './devices/wasm/worker-messages.js';

interface WorkerScope {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

const isRequest = (data: unknown): data is WorkerRequest =>
  typeof data === 'object' && data !== null && String((data as Partial<WorkerRequest>).kilnn).startsWith('wasm-');

async function listen(): Promise<void> {
  if ('importScripts' in globalThis || !globalThis.process?.versions?.node) {
    const scope = globalThis as unknown as WorkerScope;
    const worker = new WasmWorker((answer: WorkerAnswer) => scope.postMessage(answer));
    scope.addEventListener('message', ({ data }) => {
      if (isRequest(data)) worker.receive(data);
    });
    return;
  }
  const { parentPort } = await workerThreads();
  const worker = new WasmWorker((answer) => parentPort?.postMessage(answer));
  parentPort?.on('message', (data: unknown) => {
    if (isRequest(data)) worker.receive(data);
  });
}

void listen();
