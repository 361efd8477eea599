// Not a library: what the engine can do at most, by loops of nothing but multiplications and additions that do not wait for each other.
import { startWorker } from './start-worker.mjs';

/** @param {{ device: 'simd' | 'relaxed' | 'js', threads: number, read: Function, locate: Function }} options */
export async function open({ device, threads, read, locate }) {
  const job =
    device === 'js'
      ? doubles()
      : await vectors(await read(`peak-${device}.wasm`), JSON.parse(textOf(await read('peak.json'))), threads, locate);
  return { prepare: ({ flops }) => (flops > 0 ? job : undefined) };
}

const textOf = (bytes) => new TextDecoder().decode(bytes);

async function vectors(binary, { flopsOfTurn, turns: least }, threads, locate) {
  if (!WebAssembly.validate(binary)) return undefined;
  const module = await WebAssembly.compile(binary);
  const { run } = new WebAssembly.Instance(module).exports;
  // A millisecond, and longer where threads have to meet, which takes some microseconds.
  const turns = threads * least;
  const flops = threads * turns * flopsOfTurn;
  if (threads === 1) return { flops, run: () => Float32Array.of(run(turns)) };
  // [the number of the run that was asked for, those that are done by each helper]
  const flags = new Int32Array(new SharedArrayBuffer(4 * threads));
  for (let helper = 1; helper < threads; helper++) {
    await startWorker(locate('peak-worker.mjs'), { module, turns, flags, helper });
  }
  let number = 0;
  return {
    flops,
    run() {
      Atomics.store(flags, 0, ++number);
      Atomics.notify(flags, 0);
      const result = run(turns);
      for (let helper = 1; helper < threads; helper++) while (Atomics.load(flags, helper) !== number);
      return Float32Array.of(result);
    },
  };
}

/** Twelve chains in locals, as the tiles of Kilnn's js kernels have them. */
function doubles() {
  const turns = 200_000;
  const run = (x, y) => {
    let a = x + 1;
    let b = x + 2;
    let c = x + 3;
    let d = x + 4;
    let e = x + 5;
    let f = x + 6;
    let g = x + 7;
    let h = x + 8;
    let i = x + 9;
    let j = x + 10;
    let k = x + 11;
    let l = x + 12;
    for (let turn = 0; turn < turns; turn++) {
      a = a * x + y;
      b = b * x + y;
      c = c * x + y;
      d = d * x + y;
      e = e * x + y;
      f = f * x + y;
      g = g * x + y;
      h = h * x + y;
      i = i * x + y;
      j = j * x + y;
      k = k * x + y;
      l = l * x + y;
    }
    return a + b + c + d + e + f + g + h + i + j + k + l;
  };
  return { flops: turns * 24, run: () => Float32Array.of(run(0.5, 0.5)) };
}
