/** The libraries, each with its number of threads and its kind of code. A side has a process of its own. */
export interface Side {
  readonly id: string;
  readonly title: string;
  /** The module of `peers/` that runs works by it. */
  readonly module: string;
  readonly threads: number;
  readonly device?: 'js' | 'wasm';
  /** Takes so long that it is measured only when `--peers` names it. */
  readonly slow?: boolean;
}

export const sides: readonly Side[] = [
  { id: 'kilnn-js', title: 'Kilnn js', module: 'kilnn', device: 'js', threads: 1 },
  { id: 'kilnn-wasm', title: 'Kilnn wasm 1T', module: 'kilnn', device: 'wasm', threads: 1 },
  { id: 'kilnn-wasm-2', title: 'Kilnn wasm 2T', module: 'kilnn', device: 'wasm', threads: 2 },
  { id: 'ort-node', title: 'ort-node 1T', module: 'ort-node', threads: 1 },
  { id: 'ort-node-2', title: 'ort-node 2T', module: 'ort-node', threads: 2 },
  { id: 'ort-web', title: 'ort-web 1T', module: 'ort-web', threads: 1 },
  { id: 'ort-web-2', title: 'ort-web 2T', module: 'ort-web', threads: 2 },
  { id: 'tfjs-wasm', title: 'tfjs-wasm 1T', module: 'tfjs-wasm', threads: 1 },
  { id: 'jax', title: 'jax-js 1T', module: 'jax', threads: 1 },
  { id: 'jax-2', title: 'jax-js 2T', module: 'jax', threads: 2 },
  { id: 'tfjs-cpu', title: 'tfjs-cpu', module: 'tfjs-cpu', threads: 1, slow: true },
];

/** Sides by their ids, or by the beginnings of them: `ort` means all of onnxruntime's. Throws for a name of none. */
export function chosenSides(names: string): readonly Side[] {
  if (names === '') return sides.filter(({ slow }) => !slow);
  const wanted = names.split(',');
  for (const name of wanted) {
    if (!sides.some(({ id }) => id.startsWith(name))) {
      throw new Error(`'${name}' is nobody to compare with; there are ${sides.map(({ id }) => id).join(', ')}`);
    }
  }
  return sides.filter(({ id }) => wanted.some((name) => (sides.some((side) => side.id === name) ? id === name : id.startsWith(name))));
}
