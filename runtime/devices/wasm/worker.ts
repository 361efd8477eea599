import type { WasmExports } from './executor.js';
import { abort, done, failed, meeting, model, program, record, ticket, type WorkerAnswer, type WorkerRequest } from './worker-messages.js';

interface LoadedModel {
  readonly programs: readonly ((plan: number) => number)[];
  readonly control: Int32Array;
}

/** Looks at the words so often before it sleeps: calls that follow each other at once need nobody to be woken. */
const spins = 20_000;

/** Runs jobs for as long as there are no messages to read; then the event loop has to go on. */
export class WasmWorker {
  private readonly models = new Map<number, LoadedModel>();
  private words: Int32Array = new Int32Array();

  constructor(private readonly post: (answer: WorkerAnswer) => void) {}

  receive(request: WorkerRequest): void {
    try {
      if (request.kilnn === 'wasm-start') this.words = request.words;
      else if (request.kilnn === 'wasm-forget') this.models.delete(request.id);
      else this.models.set(request.id, load(request));
      Atomics.store(this.words, done, Atomics.load(this.words, ticket));
      this.post({ kilnn: 'ready' });
    } catch (error) {
      this.post({ kilnn: 'failed', message: (error as Error).message });
    }
    this.serve();
  }

  private serve(): void {
    const { words } = this;
    for (;;) {
      const seen = Atomics.load(words, done);
      for (let i = 0; Atomics.load(words, ticket) === seen; i++) if (i > spins) Atomics.wait(words, ticket, seen);
      const job = this.models.get(words[model]!);
      if (!job) return;
      try {
        job.programs[words[program]!]!(words[record]!);
      } catch {
        words[failed] = 1;
        Atomics.store(job.control, abort, 1);
        Atomics.notify(job.control, meeting);
      }
      Atomics.store(words, done, seen + 1);
      Atomics.notify(words, done);
    }
  }
}

function load({ module, memory, programs, scratch }: Extract<WorkerRequest, { kilnn: 'wasm-model' }>): LoadedModel {
  const nothing = (): void => {};
  const { exports } = new WebAssembly.Instance(module, {
    kilnn: { memory, grow: nothing, turns: nothing },
    Math: Math as unknown as WebAssembly.ModuleImports,
  });
  const own = exports as unknown as WasmExports;
  own.scratch.value = scratch;
  own.sleeps.value = 1;
  return { programs: programs.map((name) => own[name] as (plan: number) => number), control: new Int32Array(memory.buffer, 0, 16) };
}
