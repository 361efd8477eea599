import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Host, Readiness } from './host.js';
import type { Side } from './sides.js';
import type { Work } from './works.js';

type Answer = { readonly ok: false; readonly message: string } | ({ readonly ok: true } & Record<string, unknown>);

/** One side in a process of its own: what it compiles, collects and keeps disturbs nobody else. */
export class SideProcess implements Host {
  private constructor(
    readonly side: Side,
    private readonly child: ChildProcess,
  ) {}

  /** `node`: the program that runs it. */
  static async start(side: Side, folder: string, node: string): Promise<SideProcess> {
    const child = fork(
      fileURLToPath(new URL('peers/side.mjs', import.meta.url)),
      [side.module, String(side.threads), folder, side.device ?? ''],
      {
        execPath: node,
        execArgv: [],
        serialization: 'advanced',
        // onnxruntime-web and others write notices.
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      },
    );
    await answerOf(child, side);
    return new SideProcess(side, child);
  }

  prepare(work: Work): Promise<Readiness> {
    return this.ask({ kind: 'prepare', work }) as unknown as Promise<Readiness>;
  }

  async measure(window: number): Promise<readonly number[]> {
    const { times } = await this.ask({ kind: 'measure', window });
    return times as readonly number[];
  }

  stop(): void {
    this.child.kill();
  }

  private ask(request: object): Promise<Record<string, unknown>> {
    const answer = answerOf(this.child, this.side);
    this.child.send(request);
    return answer;
  }
}

function answerOf(child: ChildProcess, { title }: Side): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const clean = () => child.off('message', receive).off('exit', end);
    const receive = (answer: Answer) => {
      clean();
      if (answer.ok) resolve(answer);
      else reject(new Error(`${title}: ${answer.message}`));
    };
    const end = (code: number | null) => {
      clean();
      reject(new Error(`the process of ${title} ended (${code ?? 'by a signal'})`));
    };
    child.once('message', receive).once('exit', end);
  });
}
