import type { WorkerModule } from '../../data/served.js';
import { workerThreads } from '../../data/worker-threads.js';
import { KilnnError, lostError } from '../../errors.js';
import type { DeviceOptions, ThreadUse } from '../device.js';
import {
  abort,
  done,
  failed,
  meeting,
  model as modelWord,
  program as programWord,
  record as recordWord,
  ticket,
  type WorkerAnswer,
  type WorkerRequest,
  wordCount,
} from './worker-messages.js';

/** A model's part in the threads. */
export interface Team {
  readonly use: ThreadUse;
  /** Whether the calling thread may sleep while it waits. */
  readonly sleeps: boolean;
  /** Whether all threads wait for something to do. */
  isReady(): boolean;
  /** Runs a program on all of them, each with its own record. `own` is the calling thread's part. Throws KN5008 when a thread fails. */
  run(program: string, records: number, stride: number, own: () => number): number;
  dispose(): void;
}

/** What a team needs of its model. */
export interface TeamModel {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly programs: readonly string[];
  /** Address of each thread's scratch memory. */
  readonly scratch: readonly number[];
}

/** The threads that can be had: workers beside the caller's own thread, or none and the reason. */
export interface Crew {
  readonly use: ThreadUse;
  join(model: TeamModel): Promise<Team>;
}

/** More are seldom of use: threads of one core share its multipliers. */
const mostUnasked = 8;
/** How long a worker may take to answer a message; a call waits for the others longer than for anything that they may still compute. */
const answerMs = 15_000;
const patienceMs = 30_000;

/** The workers of this thread of the page or process, for all of its models. */
const workers: Promise<PoolWorker>[] = [];
let models = 0;
let nextModel = 1;

/** Starts workers, as far as they are not there: `own` unless another module is given. */
export async function openThreads({ threads = 'auto', worker }: DeviceOptions, own: WorkerModule): Promise<Crew> {
  const wanted = threads === 'auto' ? Math.min(mostUnasked, await coreCount()) : threads;
  const alone = (note?: string): Crew => ({ use: { count: 1, ...(note !== undefined && { note }) }, join: () => Promise.reject(note) });
  if (wanted <= 1) return alone(threads === 'auto' ? 'there is one processor core' : undefined);
  if (typeof SharedArrayBuffer !== 'function' || (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === false) {
    return alone(
      'threads need shared memory, which a page has when it is served with the headers Cross-Origin-Opener-Policy: same-origin and ' +
        'Cross-Origin-Embedder-Policy: require-corp',
    );
  }
  try {
    while (workers.length < wanted - 1) workers.push(PoolWorker.start(worker ?? own));
    const crew = await Promise.all(workers.slice(0, wanted - 1));
    return { use: { count: wanted }, join: (model) => WorkerTeam.join(crew, model) };
  } catch (error) {
    stopAll();
    return alone(`workers cannot be started: ${(error as Error).message}`);
  }
}

async function coreCount(): Promise<number> {
  const own = (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator?.hardwareConcurrency;
  if (own) return own;
  const name = 'node:os';
  return ((await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as typeof import('node:os')).availableParallelism();
}

/** Ends the workers: who needs some again starts others. */
export function stopAll(): void {
  for (const worker of workers.splice(0)) worker.then((one) => one.stop('it was stopped')).catch(() => {});
}

/** Waiting sleeps where that is allowed: not on a page's main thread. */
function maySleep(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}

/** A worker of browsers or of Node. */
interface AnyWorker {
  postMessage(message: unknown): void;
  terminate(): unknown;
  addEventListener?(type: string, listener: (event: never) => void): void;
  on?(type: string, listener: (value: never) => void): unknown;
  ref?(): void;
  unref?(): void;
}

class PoolWorker {
  readonly words = new Int32Array(new SharedArrayBuffer(4 * wordCount));
  /** Why it is of no use any more. */
  broken: string | undefined;
  /** Messages that it has not answered. */
  #underWay = 0;
  #last: Promise<unknown> = Promise.resolve();
  #answered: ((answer: WorkerAnswer) => void) | undefined;

  readonly #worker: AnyWorker;

  private constructor(worker: AnyWorker) {
    this.#worker = worker;
    const receive = (answer: WorkerAnswer): void => this.#answered?.(answer);
    const end = (message: string): void => this.stop(message);
    if (worker.on) {
      worker.on('message', receive);
      worker.on('error', (error: Error) => end(error.message));
      worker.on('exit', (code: number) => end(`it ended with code ${code}`));
    } else {
      worker.addEventListener!('message', ({ data }: { data: WorkerAnswer }) => receive(data));
      worker.addEventListener!('error', ({ message }: { message?: string }) => end(message ?? 'its module cannot be loaded'));
    }
  }

  static async start(module: WorkerModule): Promise<PoolWorker> {
    const worker = new PoolWorker(await startWorker(module));
    await worker.ask({ kilnn: 'wasm-start', words: worker.words });
    return worker;
  }

  get isIdle(): boolean {
    return this.#underWay === 0 && this.broken === undefined;
  }

  /** One message after the other: the worker is woken to read each. Rejects when it fails or does not answer. */
  ask(request: WorkerRequest): Promise<void> {
    this.#underWay++;
    const task = this.#last.then(() => this.#exchange(request)).finally(() => this.#underWay--);
    this.#last = task.catch(() => {});
    return task;
  }

  #exchange(request: WorkerRequest): Promise<void> {
    const { words } = this;
    const worker = this.#worker;
    return new Promise<void>((resolve, reject) => {
      if (this.broken !== undefined) return reject(new Error(this.broken));
      const late = setTimeout(() => this.stop('it does not answer'), answerMs);
      // A process may end while its workers wait, but not while it waits for them.
      worker.ref?.();
      this.#answered = (answer) => {
        clearTimeout(late);
        worker.unref?.();
        if (answer.kilnn === 'ready') resolve();
        else reject(new Error(answer.message));
      };
      if (request.kilnn !== 'wasm-start') {
        words[modelWord] = 0;
        Atomics.add(words, ticket, 1);
        Atomics.notify(words, ticket);
      }
      worker.postMessage(request);
    });
  }

  /** Hands over a job. */
  give(model: number, program: number, record: number): void {
    const { words } = this;
    words[modelWord] = model;
    words[programWord] = program;
    words[recordWord] = record;
    Atomics.add(words, ticket, 1);
    Atomics.notify(words, ticket);
  }

  /** Waits for its end until then. Gives false when it failed or is not over. */
  finish(until: number, sleep: boolean): boolean {
    const { words } = this;
    const wanted = Atomics.load(words, ticket);
    for (let i = 0; ; i++) {
      const now = Atomics.load(words, done);
      if (now === wanted) return !words[failed];
      if (i > 4000) {
        if (performance.now() > until) return false;
        if (sleep) Atomics.wait(words, done, now, 100);
      }
    }
  }

  /** Whether it is done and nothing is the matter with it but that its job was given up. */
  recover(): boolean {
    const { words } = this;
    if (this.broken !== undefined || Atomics.load(words, done) !== Atomics.load(words, ticket)) return false;
    words[failed] = 0;
    return true;
  }

  stop(reason: string): void {
    this.broken ??= reason;
    this.#answered?.({ kilnn: 'failed', message: this.broken });
    void this.#worker.terminate();
  }
}

async function startWorker(module: WorkerModule): Promise<AnyWorker> {
  if (typeof module === 'function') return module() as AnyWorker;
  if (globalThis.process?.versions?.node === undefined) return new Worker(module, { type: 'module' }) as AnyWorker;
  const { Worker: NodeWorker } = await workerThreads();
  return new NodeWorker(typeof module === 'string' && /^[a-z]{2,}:/i.test(module) ? new URL(module) : module) as unknown as AnyWorker;
}

class WorkerTeam implements Team {
  use: ThreadUse;
  readonly #id = nextModel++;
  readonly #control: Int32Array;
  readonly sleeps = maySleep();
  #joined = true;

  readonly #crew: readonly PoolWorker[];
  readonly #model: TeamModel;

  private constructor(crew: readonly PoolWorker[], model: TeamModel) {
    this.#crew = crew;
    this.#model = model;
    this.use = { count: crew.length + 1 };
    this.#control = new Int32Array(model.memory.buffer, 0, 16);
    models++;
  }

  static async join(crew: readonly PoolWorker[], model: TeamModel): Promise<Team> {
    const { module, memory, programs, scratch } = model;
    const team = new WorkerTeam(crew, model);
    try {
      await Promise.all(
        crew.map((worker, i) => worker.ask({ kilnn: 'wasm-model', id: team.#id, module, memory, programs, scratch: scratch[i + 1]! })),
      );
    } catch (error) {
      team.use = { count: 1, note: `a worker failed: ${(error as Error).message}` };
    }
    return team;
  }

  isReady(): boolean {
    if (this.use.count === 1) return false;
    const broken = this.#crew.find((worker) => worker.broken !== undefined);
    if (broken) this.use = { count: 1, note: `a worker failed: ${broken.broken}` };
    return this.#crew.every((worker) => worker.isIdle);
  }

  run(program: string, records: number, stride: number, own: () => number): number {
    const number = this.#model.programs.indexOf(program);
    this.#crew.forEach((worker, i) => {
      worker.give(this.#id, number, records + (i + 1) * stride);
    });
    let result = 0;
    let failure: unknown;
    try {
      result = own();
    } catch (error) {
      failure = error;
      Atomics.store(this.#control, abort, 1);
      Atomics.notify(this.#control, meeting);
    }
    const until = performance.now() + (failure ? 1000 : patienceMs);
    const finished = this.#crew.map((worker) => worker.finish(until, this.sleeps));
    if (!failure && finished.every((ok) => ok)) return result;
    // What is no thread's fault (memory for a loop's turns ended): all have given up, and may be asked again.
    if (failure instanceof KilnnError && this.#crew.every((worker) => worker.recover())) {
      this.#control.fill(0);
      throw failure;
    }
    this.use = { count: 1, note: `a thread failed: ${failure ? (failure as Error).message : 'it does not answer'}` };
    stopAll();
    this.#control.fill(0);
    throw lostError(`${this.use.note}: ${program} was given up`);
  }

  dispose(): void {
    if (!this.#joined) return;
    this.#joined = false;
    if (--models === 0) stopAll();
    else for (const worker of this.#crew) worker.ask({ kilnn: 'wasm-forget', id: this.#id }).catch(() => {});
  }
}
