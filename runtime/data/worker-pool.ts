import { dataError } from '../errors.js';
import { unpack } from './packing.js';
import type { BatchAnswer, BatchRequest, BatchWorkers, WebWorker, WorkerModule } from './served.js';
import { workerThreads } from './worker-threads.js';

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly number: number;
  readonly waiting: Map<number, Waiting>;
  post(request: BatchRequest): void;
  /** In Node: whether the process waits for it. */
  hold(held: boolean): void;
  terminate(): void;
}

/** Worker threads that make batches. */
export class WorkerPool implements BatchWorkers {
  private readonly threads: Promise<Thread[]>;
  private next = 0;
  private closed = false;
  private broken: Error | undefined;

  constructor(
    count: number,
    private readonly module: WorkerModule,
  ) {
    this.threads = Promise.all(Array.from({ length: count }, (_, number) => this.start(number)));
    this.threads.catch(() => {});
  }

  /** By the worker with the least to do. */
  async batch(name: string, indices: Int32Array, raw: boolean): Promise<unknown> {
    const threads = await this.threads;
    if (this.broken) throw this.broken;
    if (this.closed) throw dataError('the workers were stopped');
    const thread = threads.reduce((a, b) => (b.waiting.size < a.waiting.size ? b : a));
    const id = this.next++;
    return new Promise((resolve, reject) => {
      thread.waiting.set(id, { resolve, reject });
      thread.hold(true);
      thread.post({ kilnn: 'batch', id, name, indices, raw });
    });
  }

  close(): void {
    this.closed = true;
    this.threads.then(
      (threads) => {
        for (const thread of threads) {
          thread.terminate();
          for (const { reject } of thread.waiting.values()) reject(dataError('the workers were stopped'));
        }
      },
      () => {},
    );
  }

  private async start(number: number): Promise<Thread> {
    const { module } = this;
    const waiting = new Map<number, Waiting>();
    const failed = (message: string): void => {
      if (this.closed) return;
      this.broken ??= dataError(`worker ${number}${typeof module === 'function' ? '' : ` (${module})`}: ${message}`);
      for (const { reject } of waiting.values()) reject(this.broken);
      waiting.clear();
    };
    if (typeof module === 'function' || typeof process !== 'object' || process.versions?.node === undefined) {
      const worker = typeof module === 'function' ? module() : (new Worker(module, { type: 'module' }) as WebWorker);
      const thread: Thread = {
        number,
        waiting,
        post: (request) => worker.postMessage(request),
        hold: () => {},
        terminate: () => worker.terminate(),
      };
      worker.addEventListener('message', ({ data }: { data: BatchAnswer }) => receive(thread, data));
      worker.addEventListener('error', ({ message }: { message?: string }) => failed(message ?? 'its module cannot be loaded'));
      worker.addEventListener('messageerror', () => failed('it sent what cannot be read'));
      return thread;
    }
    const { Worker: NodeWorker } = await workerThreads();
    const file = typeof module === 'string' && /^[a-z]{2,}:/i.test(module) ? new URL(module) : module;
    const worker = new NodeWorker(file, { workerData: { kilnn: 'dataset' } });
    const thread: Thread = {
      number,
      waiting,
      post: (request) => worker.postMessage(request),
      hold: (held) => (held ? worker.ref() : worker.unref()),
      terminate: () => void worker.terminate(),
    };
    let ready = false;
    worker.on('message', (message: BatchAnswer) => {
      ready ||= message.kilnn === 'ready';
      receive(thread, message);
    });
    worker.on('error', (error: Error) => failed(error.message));
    worker.on('messageerror', (error: Error) => failed(`it sent what cannot be read: ${error.message}`));
    worker.on('exit', (code) => failed(ready ? `it ended with code ${code}` : 'it ended at once: does its module call serveDatasets?'));
    // Nothing asked for: the process may end.
    if (!waiting.size) worker.unref();
    return thread;
  }
}

function receive(thread: Thread, answer: BatchAnswer): void {
  if (answer.kilnn === 'ready') return;
  const waiting = thread.waiting.get(answer.id);
  thread.waiting.delete(answer.id);
  if (!thread.waiting.size) thread.hold(false);
  if (answer.kilnn === 'answer') waiting?.resolve(unpack(answer.value));
  else {
    const error = dataError(`worker ${thread.number}: ${answer.message}`);
    if (answer.stack !== undefined) error.stack = `${error.name}: ${error.message}\n  in the worker:\n${answer.stack}`;
    waiting?.reject(error);
  }
}
