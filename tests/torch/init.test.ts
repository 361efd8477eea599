import 'kilnn/eager';
import { nn, ones, type Tensor, zeros } from 'kilnn';
import { NotThere } from './calls.js';
import { defaultTolerance, differs, figuresOf, type TorchCase } from './cases.js';
import { buildLayer } from './computations.js';
import { calls, type Default, type DrawnCall, defaultProblems, gramProblems, nonlinearityOf } from './init-calls.js';
import { testCategory } from './listed.js';
import { parsePythonCall } from './python-call.js';

const checks: Readonly<Record<string, (torchCase: TorchCase) => string[]>> = {
  'init-default-layers': (torchCase) =>
    Object.entries((torchCase.values as { entries: Record<string, Default[]> }).entries).flatMap(([expression, entries]) =>
      startProblems(expression, entries),
    ),
  'init-calculate_gain': (torchCase) =>
    (torchCase.values as { entries: readonly [string, number | null, number][] }).entries.flatMap(([name, parameter, want]) => {
      const got = nn.init.calculateGain(nonlinearityOf(name), parameter ?? undefined);
      return Math.abs(got - want) <= 1e-12 ? [] : [`${name}(${parameter}) is ${got}, not ${want}`];
    }),
};

/** Calls until as many numbers are seen as each wants. */
function drawnProblems(torchCase: TorchCase, list: readonly DrawnCall[]): string[] {
  return list.flatMap(({ fn, shape, args, from = 'zeros', numbers, output, gain, problems }) => {
    const fill = (nn.init as unknown as Record<string, (x: Tensor, ...args: readonly unknown[]) => Tensor>)[fn];
    if (fill === undefined) throw new NotThere(`there is no init.${fn}`);
    const make = () => fill(from === 'ones' ? ones(shape) : zeros(shape), ...args);
    if (output !== undefined) return differs(output, figuresOf(make()), torchCase.outputs![output]!, defaultTolerance) ?? [];
    if (gain !== undefined) return gramProblems(fn, make(), gain);
    const seen: number[] = [];
    while (seen.length < numbers) for (const value of Array.from(make().data())) seen.push(value);
    return problems(seen);
  });
}

testCategory('init', (torchCase) => {
  const list = calls[torchCase.name]?.(torchCase);
  if (list !== undefined) return drawnProblems(torchCase, list);
  const run = checks[torchCase.name];
  if (run === undefined) throw new NotThere('the snippet is not written in Kilnn');
  return run(torchCase);
});

/** What differs from how PyTorch's layer starts. */
function startProblems(expression: string, entries: readonly Default[]): string[] {
  const { name, args, kwargs } = parsePythonCall(expression);
  const make = () => buildLayer({ name, what: '', code: '', inputs: {}, spec: { module: name.replace('nn.', ''), args, kwargs } });
  return entries.flatMap((entry) => {
    const { param, shape, zero_row: zeroRow } = entry;
    const found = make().getParameter(param).shape;
    if (found.join() !== shape.join()) return [`${expression}: ${param} has shape [${found}]`];
    const seen: number[] = [];
    for (let copy = 0; copy < 200 && seen.length < 8192; copy++) {
      const own = Array.from(make().getParameter(param).data());
      if (zeroRow !== undefined && own.splice(zeroRow * shape[1]!, shape[1]!).some((each) => each !== 0))
        return [`${expression}: row ${zeroRow}`];
      for (const each of own) seen.push(each);
    }
    return defaultProblems(expression, entry, seen);
  });
}
