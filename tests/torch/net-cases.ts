/** What the cases of nets record beside figures: parameters, constants, names and text. */
import type { nn, Tensor } from 'kilnn';
import { camelCase } from './calls.js';
import { fromRecord, type TorchCase } from './cases.js';
import { fillState, replaceParameter } from './computations.js';
import type { ModuleNet } from './module-nets.js';
import type { Computation } from './run-case.js';

/** The net with the recorded parameters, buffers and constants. */
export function filledNet(torchCase: TorchCase, make: () => nn.Module): nn.Module {
  const net = make();
  fillState(net, torchCase);
  for (const [path, record] of Object.entries(torchCase.constants ?? {})) {
    const at = path.lastIndexOf('.');
    const owner = net.getSubmodule(at < 0 ? '' : path.slice(0, at)) as unknown as Record<string, Tensor>;
    owner[camelCase(path.slice(at + 1))]!.copy_(fromRecord(record));
  }
  return net;
}

interface Callable {
  forward(x: Tensor): Tensor;
}

/** The forward pass and the loss as a function of the inputs and of the parameters. */
export function netComputation(torchCase: TorchCase, { make, forward, loss }: ModuleNet): Computation {
  return {
    inputs: { ...torchCase.inputs, ...torchCase.params },
    differentiate: Object.keys(torchCase.grads ?? {}),
    cotangents: torchCase.loss === undefined ? {} : { loss: { shape: [], dtype: 'float32', data: [1] } },
    compute(tensors) {
      const net = filledNet(torchCase, make);
      for (const [name, parameter] of net.namedParameters()) replaceParameter(parameter, tensors[name]!);
      const x = tensors.X!;
      const y = forward === undefined ? (net as unknown as Callable).forward(x) : forward(net as never, x);
      return { y, loss: loss === undefined ? y.sum() : loss(y) };
    },
  };
}

/** What names and order of a net are, and how it prints. */
export interface NetText {
  readonly text: string;
  /** Names and shapes. */
  readonly state: readonly (readonly [string, readonly number[]])[];
  readonly parameters: readonly (readonly [string, readonly number[]])[];
}

/** How names, order and text of the net differ from the recorded ones. */
export function netProblems(torchCase: TorchCase, net: nn.Module): string[] {
  return textProblems(torchCase, {
    text: String(net),
    state: Object.entries(net.stateDict()).map(([name, { shape }]) => [name, shape]),
    parameters: net.namedParameters().map(([name, { shape }]) => [name, shape]),
  });
}

export function textProblems(torchCase: TorchCase, own: NetText): string[] {
  const problems: string[] = [];
  if (torchCase.print !== undefined && own.text !== torchCase.print) problems.push(`prints ${own.text}, not ${torchCase.print}`);
  const shapes = (entries: NetText['state']) => entries.map(([name, shape]) => `${name} [${shape}]`).join();
  const state = shapes(own.state);
  if (torchCase.state_dict !== undefined) {
    const wanted = shapes(torchCase.state_dict.map(([name, shape]) => [name, shape]));
    if (state !== wanted) problems.push(`the state is ${state}, not ${wanted}`);
  }
  const parameters = shapes(own.parameters);
  const wanted = shapes(Object.entries(torchCase.params ?? {}).map(([name, { shape }]) => [name, shape]));
  if (torchCase.params !== undefined && parameters !== wanted) problems.push(`the parameters are ${parameters}, not ${wanted}`);
  return problems;
}

/** How recorded plain values differ: numbers within the tolerance, the rest exactly. */
export function valueProblems(torchCase: TorchCase, own: Readonly<Record<string, unknown>>): string[] {
  const tol = torchCase.tol ?? { rtol: 1e-5, atol: 1e-6 };
  const alike = (got: unknown, want: unknown): boolean => {
    if (Array.isArray(want)) return Array.isArray(got) && got.length === want.length && want.every((item, at) => alike(got[at], item));
    if (want === 'NaN') return Number.isNaN(got);
    if (typeof want === 'number' && typeof got === 'number') {
      return Number.isInteger(want) ? got === want : Math.abs(got - want) <= tol.atol + tol.rtol * Math.abs(want);
    }
    return JSON.stringify(got) === JSON.stringify(want);
  };
  return Object.entries(torchCase.values ?? {}).flatMap(([name, want]) =>
    alike(own[name], want) ? [] : [`${name} is ${JSON.stringify(own[name])}, not ${JSON.stringify(want)}`],
  );
}
