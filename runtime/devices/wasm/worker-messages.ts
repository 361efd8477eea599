/** What the threads of the wasm device say to each other. */

/** What the calling thread posts to a worker, which answers each with `{ kilnn: 'ready' }` or `{ kilnn: 'failed', message }`. */
export type WorkerRequest =
  /** The words by which jobs are given, below. */
  | { readonly kilnn: 'wasm-start'; readonly words: Int32Array }
  /** A model to run: its functions by number, its memory, where the worker's own scratch memory begins. */
  | {
      readonly kilnn: 'wasm-model';
      readonly id: number;
      readonly module: WebAssembly.Module;
      readonly memory: WebAssembly.Memory;
      readonly programs: readonly string[];
      readonly scratch: number;
    }
  | { readonly kilnn: 'wasm-forget'; readonly id: number };

export type WorkerAnswer = { readonly kilnn: 'ready' } | { readonly kilnn: 'failed'; readonly message: string };

/**
 * The words that a worker and the calling thread share. A job is there when `ticket` changes and is over when `done` is the same: `model` and
 * `program` say what runs, `record` is the address of the worker's plan record. Model 0: there is a message to read.
 */
export const ticket = 0;
export const model = 1;
export const program = 2;
export const record = 3;
export const done = 4;
/** Whether the job failed. */
export const failed = 5;
export const wordCount = 6;

/** Words of a model's own memory, in 32-bit words: the number of the meeting, and whether to give up. See compiler/backends/wasm/module.ts. */
export const meeting = 1;
export const abort = 2;
