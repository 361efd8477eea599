// The first result of the MLP, by any side.
import { decodeProblem } from './problem.mjs';

export async function firstResult(open, options) {
  const { prepare } = await open(options);
  const problem = decodeProblem(await options.read('mlp-1.bin'));
  const { run } = await prepare({ id: 'mlp-1', model: 'mlp', kind: 'inference', size: 1 }, problem);
  return run(problem.turns[0]);
}
