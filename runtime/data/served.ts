/** What the main thread and the workers of a DataLoader say to each other, and which data sets workers can make. */

/** A Worker of browsers, as far as it is used here. */
export interface WebWorker {
  postMessage(message: unknown): void;
  terminate(): void;
  addEventListener(type: string, listener: (event: never) => void): void;
}

/** The module that workers run: its URL, its path (Node), or how to start one (for bundlers, which look for `new Worker(new URL(...))`). */
export type WorkerModule = URL | string | (() => WebWorker);

/** What the main thread asks a worker. */
export interface BatchRequest {
  readonly kilnn: 'batch';
  readonly id: number;
  /** The data set's name in `serveDatasets`. */
  readonly name: string;
  readonly indices: Int32Array;
  /** The samples themselves: the main thread collates them. */
  readonly raw: boolean;
}

/** What it answers. */
export type BatchAnswer =
  | { readonly kilnn: 'ready' }
  | { readonly kilnn: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kilnn: 'failure'; readonly id: number; readonly message: string; readonly stack: string | undefined };

/** Threads that make batches of one module's data sets. */
export interface BatchWorkers {
  /** Rejects with KN5006, which says the sample and the worker, when it fails. `raw`: the samples, not collated. */
  batch(name: string, indices: Int32Array, raw: boolean): Promise<unknown>;
  /** Ends the workers at once; batches under way are dropped. */
  close(): void;
}

/** A data set that was passed to `serveDatasets`. It brings the workers along, so that a DataLoader without them carries none of it. */
export interface Served {
  readonly name: string;
  start(count: number, module: WorkerModule): BatchWorkers;
}

export const served = new WeakMap<object, Served>();
