/** State dictionaries of optimizers next to PyTorch's: structure, names and order, and the numbers within the tolerance. */
import { type optim, Tensor } from 'kilnn';
import { camelCase } from './calls.js';
import { defaultTolerance, differs, figuresOf, isClose, type TensorRecord, type TorchCase } from './cases.js';

/** Options that say how PyTorch computes on a device, not what. */
const howToCompute = ['foreach', 'capturable', 'differentiable', 'fused'];

type Entries = Readonly<Record<string, unknown>>;

export function stateDictProblems(name: string, got: optim.OptimizerStateDict, torchCase: TorchCase): string[] {
  return problems(name, got, torchCase.values![name], torchCase.tol ?? defaultTolerance);
}

function problems(at: string, got: unknown, want: unknown, tol: { rtol: number; atol: number }): string[] {
  const wrong = (what: unknown) => [`${at} is ${JSON.stringify(what)}, not ${JSON.stringify(want)}`];
  if (got instanceof Tensor) {
    // PyTorch counts the steps of some optimizers in a plain number.
    const record = typeof want === 'number' ? { shape: [], dtype: 'float32', data: [want] } : (want as TensorRecord);
    return [differs(at, figuresOf(got), record, tol)].filter((problem) => problem !== undefined);
  }
  if (typeof want === 'number') return typeof got === 'number' && isClose(got, want, tol) ? [] : wrong(got);
  if (want === null || typeof want !== 'object') return got === want ? [] : wrong(got);
  if (got === null || typeof got !== 'object') return wrong(got);
  const wanted = Object.entries(want).filter(([key]) => Array.isArray(want) || !howToCompute.includes(key));
  const own = new Map(Object.entries(got as Entries));
  const state = /\.state\.\d+$/.test(at);
  const names = wanted.map(([key]) => (state ? key : camelCase(key)));
  if ([...own.keys()].join() !== names.join()) return [`${at} has ${[...own.keys()]}, not ${names}`];
  return wanted.flatMap(([, value], i) => problems(`${at}.${names[i]}`, own.get(names[i]!), value, tol));
}
