import type { TypedArray } from '../devices/device.js';
import { type BatchedDataset, collate, type Dataset, TensorDataset } from './dataset.js';
import { pack } from './packing.js';
import { type BatchAnswer, type BatchRequest, served } from './served.js';
import { WorkerPool } from './worker-pool.js';
import { workerThreads } from './worker-threads.js';

type Post = (answer: BatchAnswer, transfer: ArrayBuffer[]) => void;

/** What this thread serves, by name. */
const offered = new Map<string, Dataset<unknown>>();
let listening = false;

/**
 * Offers data sets, by name, to the DataLoader's workers: a module of data sets calls it once and is the module that the workers run.
 *
 *     export const { pictures } = serveDatasets({ pictures: new Pictures() });
 *
 * Gives the same data sets back; on the main thread that is all it does.
 */
export function serveDatasets<T extends Readonly<Record<string, Dataset<unknown>>>>(datasets: T): T {
  for (const [name, dataset] of Object.entries(datasets)) {
    offered.set(name, dataset);
    served.set(dataset, { name, start: (count, module) => new WorkerPool(count, module) });
  }
  if (!listening) {
    listening = true;
    void listen();
  }
  return datasets;
}

/** In Node only threads that a DataLoader started listen: a listener would keep any other from ending. */
async function listen(): Promise<void> {
  if (typeof process === 'object' && process.versions?.node !== undefined) {
    const { parentPort, workerData } = await workerThreads();
    if (!parentPort || (workerData as { kilnn?: unknown } | null)?.kilnn !== 'dataset') return;
    const post: Post = (answer, transfer) => parentPort.postMessage(answer, transfer);
    parentPort.on('message', (request: BatchRequest) => void answer(request, post));
    post({ kilnn: 'ready' }, []);
  } else if ('importScripts' in globalThis) {
    const scope = globalThis as unknown as WorkerScope;
    const post: Post = (answer, transfer) => scope.postMessage(answer, transfer);
    scope.addEventListener('message', ({ data }) => {
      // Others may talk to this worker too.
      if ((data as Partial<BatchRequest> | null)?.kilnn === 'batch') void answer(data as BatchRequest, post);
    });
    post({ kilnn: 'ready' }, []);
  }
}

interface WorkerScope {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

async function answer(request: BatchRequest, post: Post): Promise<void> {
  const { id } = request;
  try {
    const { value, own } = await makeBatch(request);
    const memories: TypedArray[] = [];
    const packed = pack(value, memories);
    // What a data set gives may be its own memory, which must stay; what collate makes is not needed here any more.
    const transfer = own ? new Set(memories.map(({ buffer }) => buffer as ArrayBuffer)) : [];
    post({ kilnn: 'answer', id, value: packed }, [...transfer]);
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined };
    post({ kilnn: 'failure', id, message, stack }, []);
  }
}

async function makeBatch({ name, indices, raw }: BatchRequest): Promise<{ value: unknown; own: boolean }> {
  const dataset = offered.get(name) as Partial<BatchedDataset<unknown, unknown>> & Dataset<unknown>;
  if (!dataset) throw new Error(`the worker's module serves ${[...offered.keys()].join(', ')}, but no '${name}'`);
  if (!raw && dataset.getBatch) return { value: await dataset.getBatch(indices), own: dataset instanceof TensorDataset };
  const samples = await Promise.all(
    Array.from(indices, async (index) => {
      try {
        return await dataset.get(index);
      } catch (error) {
        throw new Error(`sample ${index}: ${error instanceof Error ? error.message : error}`, { cause: error });
      }
    }),
  );
  return raw ? { value: samples, own: false } : { value: collate(samples), own: true };
}
