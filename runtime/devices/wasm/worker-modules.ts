import type { WorkerModule } from '../../data/served.js';

const isNode = (): boolean => globalThis.process?.versions?.node !== undefined;

/** The module of the workers that lies beside this one. */
export function ownWorker(): WorkerModule {
  if (isNode()) return new URL('../../wasm-worker.js', import.meta.url);
  // Bundlers know the worker's module by this very form.
  return (() => new Worker(new URL('../../wasm-worker.js', import.meta.url), { type: 'module' })) as WorkerModule;
}

/** A module of which there is only the text. */
export function textWorker(text: string): WorkerModule {
  // Memory can only be shared with what is of a page's own origin, which a data URL is not.
  return isNode() ? `data:text/javascript,${encodeURIComponent(text)}` : URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
}
