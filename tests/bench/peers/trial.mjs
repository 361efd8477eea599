// What a process or a page does with its side: prepares a work, gives samples of what comes out, measures for a while.
import { decodeProblem } from './problem.mjs';

/** As many as tell results apart, from all over them. */
const samples = 4096;
/** Outputs that are compared: of a training step a few, for the losses show the updates before them. */
const compared = 4;
/**
 * Training starts anew after so many steps, between what is timed. All sides do the same steps, however fast they are: far on, where
 * velocities that decay have become subnormal, the same step takes ten times as long.
 */
const longest = 40;

/**
 * `side.prepare(work, problem)` gives nothing when the side does not offer the work, or `run`, which takes inputs as typed arrays and gives
 * a typed array, and for training `restart`, which brings back the first weights and no momentum.
 */
export class Trial {
  constructor(side, { read }) {
    this.side = side;
    this.read = read;
  }

  async prepare(work) {
    this.job = undefined;
    const problem = decodeProblem(await this.read(`${work.id}.bin`));
    this.turns = problem.turns;
    this.job = await this.side.prepare(work, problem);
    if (this.job === undefined) return { offered: false };
    const outputs = [];
    let cost = 0;
    await this.restart();
    for (let turn = 0; turn < (work.kind === 'training' ? compared : 1) && (turn < 2 || cost < 1000); turn++) {
      const start = performance.now();
      const data = await this.step();
      cost = performance.now() - start;
      const stride = Math.max(1, Math.floor(data.length / samples));
      outputs.push({
        length: data.length,
        data: Float32Array.from({ length: Math.ceil(data.length / stride) }, (_, i) => data[i * stride]),
      });
    }
    return { offered: true, outputs, cost, flops: this.job.flops };
  }

  /** Milliseconds of each run in `window` milliseconds, of at least one. Runs shorter than `least` are timed together. */
  async measure(window, least) {
    const times = [];
    const start = performance.now();
    let together = 1;
    do {
      if (this.count + together > longest) await this.restart();
      const before = performance.now();
      for (let i = 0; i < together; i++) await this.step();
      const elapsed = performance.now() - before;
      times.push(elapsed / together);
      if (elapsed < least) together = Math.ceil((together * least) / Math.max(elapsed, least / 20));
      if (this.job.restart) together = Math.min(together, longest);
    } while (performance.now() - start < window);
    return { times };
  }

  async restart() {
    this.count = 0;
    await this.job.restart?.();
  }

  step() {
    return this.job.run(this.turns[this.count++ % this.turns.length]);
  }
}
