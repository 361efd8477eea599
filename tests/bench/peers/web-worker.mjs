// The workers of web pages, on Node's, as far as jax-js uses them: a script of a blob that sets `onmessage` and posts messages.
import { resolveObjectURL } from 'node:buffer';
import { Worker } from 'node:worker_threads';

const prelude = `
const { parentPort } = require('node:worker_threads');
globalThis.self = globalThis;
globalThis.postMessage = (message) => parentPort.postMessage(message);
parentPort.on('message', (data) => globalThis.onmessage({ data }));
`;

export class WebWorker {
  /** Set before the script runs. */
  onmessage = null;
  onerror = null;
  #waiting = [];
  #worker;

  constructor(url) {
    resolveObjectURL(url)
      .text()
      .then((script) => {
        this.#worker = new Worker(prelude + script, { eval: true });
        this.#worker.on('message', (data) => this.onmessage?.({ data }));
        this.#worker.on('error', (error) => this.onerror?.({ message: error.message }));
        for (const message of this.#waiting) this.#worker.postMessage(message);
      });
  }

  postMessage(message) {
    if (this.#worker) this.#worker.postMessage(message);
    else this.#waiting.push(message);
  }
}
