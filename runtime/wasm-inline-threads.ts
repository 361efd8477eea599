/** `kilnn/runtime/wasm-inline-threads`: threads of the wasm device in frozen modules that have them, whose workers run a text. */
import type { WorkerModule } from './data/served.js';
import type { WasmTarget } from './devices/wasm/executor.js';
import { openThreads } from './devices/wasm/threads.js';
import { textWorker } from './devices/wasm/worker-modules.js';

/** `text`: the module `kilnn/runtime/wasm-worker` and all that it imports. */
export function inlineThreads(text: string): NonNullable<WasmTarget['threads']> {
  let own: WorkerModule | undefined;
  return async () => ({
    openThreads(options) {
      own ??= textWorker(text);
      return openThreads(options, own);
    },
  });
}
