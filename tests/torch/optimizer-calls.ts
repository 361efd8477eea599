/** Optimizers and schedules of the cases, read from PyTorch's text, with Kilnn's names. */
import { camelCase } from './calls.js';
import { parsePythonCall } from './python-call.js';

type Options = Readonly<Record<string, unknown>>;

export interface OptimizerCall {
  readonly name: string;
  /** Names of parameters, and options of their own. */
  readonly groups: readonly ({ readonly params: readonly string[] } & Options)[];
  readonly options: Options;
}

export function camelKeys(options: Options): Options {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [camelCase(name), value]));
}

/** `SGD([w, b], lr=0.1)` or `SGD([{'params': [w]}, ...], lr=0.1)` */
export function optimizerIn(text: string): OptimizerCall {
  const { name, args, kwargs } = parsePythonCall(text);
  const [list] = args as [readonly Options[]];
  const named = (items: unknown) => (items as readonly { readonly name: string }[]).map((item) => item.name);
  const groups =
    'params' in list[0]! ? list.map((group) => ({ ...camelKeys(group), params: named(group.params) })) : [{ params: named(list) }];
  return { name, groups, options: camelKeys(kwargs) };
}

/** The call that makes the optimizer of a snippet. */
export function optimizerText(code: string): string {
  return /torch\.optim\.(\w+\(.*\))$/m.exec(code)![1]!;
}

export interface ScheduleCall {
  readonly name: string;
  /** What follows the optimizer. */
  readonly args: readonly unknown[];
  /** How often `step` is called. */
  readonly epochs: number;
}

/** `StepLR(opt, step_size=3, gamma=0.1)` */
export function scheduleIn(code: string): ScheduleCall {
  const text = /lr_scheduler\.(.*)$/m.exec(code)![1]!;
  const { name, args: given, kwargs } = parsePythonCall(text);
  const options = Object.fromEntries(
    Object.entries(kwargs).map(([key, value]) => [camelCase(key[0]!.toLowerCase() + key.slice(1)), value]),
  );
  const args: unknown[] = text.includes('lambda e: 0.95 ** e') ? [(epoch: number) => 0.95 ** epoch] : given.slice(1);
  for (const second of ['stepSize', 'milestones', 'tMax', 't0', 'maxLr', ...(name === 'ExponentialLR' ? ['gamma'] : [])]) {
    if (!(second in options)) continue;
    args.push(options[second]);
    delete options[second];
  }
  if (Object.keys(options).length > 0) args.push(options);
  return { name, args, epochs: Number(/range\((\d+)\)/.exec(code)![1]) };
}

/** What the snippets of clip_grad_norm_ pass. */
export const normLimits: Readonly<Record<string, { readonly maxNorm: number; readonly normType: number }>> = {
  'optim-clip-norm-1': { maxNorm: 2, normType: 1 },
  'optim-clip-norm-2': { maxNorm: 1, normType: 2 },
  'optim-clip-norm-inf': { maxNorm: 0.5, normType: Number.POSITIVE_INFINITY },
  'optim-clip-norm-not-needed': { maxNorm: 1000, normType: 2 },
};
