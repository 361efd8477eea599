/** Node's threads. In a file of its own, so that no declaration that users see asks for Node's types. */

/** The name is kept from bundlers: a browser never comes here. */
export async function workerThreads(): Promise<typeof import('node:worker_threads')> {
  const name = 'node:worker_threads';
  return import(/* @vite-ignore */ /* webpackIgnore: true */ name);
}
