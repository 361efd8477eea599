/** The libraries, each with its number of threads and its kind of code. A side has a process, or in Chromium a page, of its own. */
export interface Side {
  readonly id: string;
  readonly title: string;
  /** The module of `peers/` that runs works by it. */
  readonly module: string;
  /** What it is installed as; Kilnn and the gauges are this checkout's. */
  readonly library?: string;
  readonly threads: number;
  readonly code: 'js' | 'wasm' | 'native';
  /** What of a module that has several: a device of Kilnn's, or what a gauge measures. */
  readonly device?: string;
  /** Measured only when `--peers` names it: it takes too long. */
  readonly slow?: boolean;
}

const side = (id: string, title: string, module: string, code: Side['code'], more: Partial<Side> = {}): readonly Side[] => [
  { id, title, module, code, threads: 1, ...more },
];
/** On one thread and on two. */
const pair = (id: string, title: string, module: string, code: Side['code'], more: Partial<Side> = {}): readonly Side[] => [
  { id, title: `${title} 1T`, module, code, threads: 1, ...more },
  { id: `${id}-2`, title: `${title} 2T`, module, code, threads: 2, ...more },
];

export const sides: readonly Side[] = [
  ...side('kilnn-js', 'Kilnn js', 'kilnn', 'js', { device: 'js' }),
  ...pair('kilnn-wasm', 'Kilnn wasm', 'kilnn', 'wasm', { device: 'wasm' }),
  ...pair('ort-node', 'ort-node', 'ort-node', 'native', { library: 'onnxruntime-node' }),
  ...pair('ort-web', 'ort-web', 'ort-web', 'wasm', { library: 'onnxruntime-web' }),
  ...side('tfjs-wasm', 'tfjs-wasm 1T', 'tfjs-wasm', 'wasm', { library: '@tensorflow/tfjs' }),
  ...pair('jax', 'jax-js', 'jax', 'wasm', { library: '@jax-js/jax' }),
  ...side('tfjs-cpu', 'tfjs-cpu', 'tfjs-cpu', 'js', { library: '@tensorflow/tfjs', slow: true }),
];

/** What the machine can do at that moment: measured in turn with the sides, by loops of nothing but multiplications and additions, or by copying. */
export const gauges: readonly Side[] = [
  ...pair('peak-simd', 'f32x4.mul and f32x4.add', 'peak', 'wasm', { device: 'simd' }),
  ...pair('peak-relaxed', 'f32x4.relaxed_madd', 'peak', 'wasm', { device: 'relaxed' }),
  ...side('peak-js', 'doubles in js', 'peak', 'js', { device: 'js' }),
  ...side('copy', 'copying in and out', 'copy', 'wasm'),
];

export const isGauge = ({ id }: Side): boolean => gauges.some((gauge) => gauge.id === id);

/** The gauges that say something about those sides. */
export function gaugesFor(chosen: readonly Side[]): readonly Side[] {
  return gauges.filter(({ code, threads }) => chosen.some((side) => side.code === code && side.threads === threads));
}

/** What pages can run: not what is native, nor what is too slow to ask for twice. */
export const runsInBrowser = ({ code, module }: Side): boolean => code !== 'native' && module !== 'tfjs-cpu';

/** Sides by their ids, or by the beginnings of them: `ort` means all of onnxruntime's. Throws for a name of none. */
export function chosenSides(names: string, inBrowser: boolean): readonly Side[] {
  const offered = inBrowser ? sides.filter(runsInBrowser) : sides;
  if (names === '') return offered.filter(({ slow }) => !slow);
  const wanted = names.split(',');
  for (const name of wanted) {
    if (!offered.some(({ id }) => id.startsWith(name))) {
      throw new Error(`'${name}' is nobody to compare with; there are ${offered.map(({ id }) => id).join(', ')}`);
    }
  }
  return offered.filter(({ id }) => wanted.some((name) => (offered.some((side) => side.id === name) ? id === name : id.startsWith(name))));
}
