/** The computation of a case of a single call, a snippet, a layer or a loss. */
import * as kilnn from 'kilnn';
import { nn, type Tensor } from 'kilnn';
import { setExecutor } from '../../dsl/op.js';
import { callTorch, camelCase, decode, NotThere, nameOutputs } from './calls.js';
import { fromRecord, type Spec, type TensorRecord, type TorchCase } from './cases.js';
import { parsePythonCall } from './python-call.js';
import type { Computation } from './run-case.js';
import { snippets } from './snippets.js';

function differentiable(torchCase: TorchCase): string[] {
  return Object.keys(torchCase.grads ?? {});
}

/** The names on the left of a line `y, indices = ...`. */
function assigned(line: string): string[] {
  return line
    .slice(0, line.indexOf('='))
    .split(',')
    .map((name) => name.trim());
}

export function opComputation(torchCase: TorchCase): Computation {
  const { spec, inputs, code } = torchCase;
  const cotangents = torchCase.cotangents ?? {};
  const differentiate = differentiable(torchCase);
  const snippet = snippets[torchCase.name];
  if (snippet !== undefined) return { inputs, differentiate, cotangents, compute: snippet };
  if (spec?.call === undefined) throw new NotThere('the snippet is not written in Kilnn');
  const call = { ...spec, call: spec.call };
  return { inputs, differentiate, cotangents, compute: (tensors) => nameOutputs(callTorch(call, tensors), assigned(code)) };
}

/** A loss as a module: the call's options are the constructor's. */
export function lossComputation(torchCase: TorchCase): Computation {
  const { spec, inputs } = torchCase;
  if (spec?.loss === undefined) throw new NotThere('not a single loss');
  const { loss, args, kwargs } = spec;
  return {
    inputs,
    differentiate: differentiable(torchCase),
    cotangents: torchCase.cotangents ?? {},
    compute(tensors) {
      const made = (nn as unknown as Record<string, unknown>)[loss];
      if (typeof made !== 'function') throw new NotThere(`there is no nn.${loss}`);
      const options = Object.fromEntries(Object.entries(kwargs).map(([name, value]) => [camelCase(name), resolve(value, tensors)]));
      const module = new (made as new (options: object) => { forward(...args: unknown[]): Tensor })(options);
      return { y: module.forward(...args.map((value) => resolve(value, tensors))) };
    },
  };
}

function resolve(value: unknown, tensors: Readonly<Record<string, Tensor>>): unknown {
  return typeof value === 'string' && value.startsWith('$') ? tensors[value.slice(1)] : decode(value);
}

/** The layer of a case. */
export function buildLayer(torchCase: TorchCase): nn.Module {
  const made = (nn as unknown as Record<string, unknown>)[torchCase.spec?.module ?? ''];
  if (torchCase.spec === undefined || typeof made !== 'function') throw new NotThere(`there is no nn.${torchCase.spec?.module}`);
  return new (made as new (...args: unknown[]) => nn.Module)(...layerArguments(torchCase.spec));
}

/** What a layer's constructor is given: arguments past the first two, and keywords, are options. */
export function layerArguments(spec: Spec): unknown[] {
  const options = Object.fromEntries(Object.entries(spec.kwargs).map(([name, value]) => [camelCase(name), decode(value)]));
  const names = laterParameters[spec.module!];
  const args = names === undefined ? [...spec.args] : spec.args.slice(0, 2);
  names?.forEach((name, at) => {
    if (spec.args.length > at + 2) options[name] = spec.args[at + 2];
  });
  for (const name of firstParameters[spec.module!] ?? []) {
    if (!(name in options)) continue;
    args.push(options[name]);
    delete options[name];
  }
  if (Object.keys(options).length > 0) args.push(options);
  return args;
}

/** Arguments past the first two that may be given by position in PyTorch and are options here. */
const laterParameters: Readonly<Record<string, readonly string[]>> = {
  AvgPool2d: ['padding'],
  MaxPool2d: ['padding'],
  TransformerEncoderLayer: ['dimFeedforward'],
};

/** Arguments that PyTorch's calls give as keywords and Kilnn takes by position, being among the first two. */
const firstParameters: Readonly<Record<string, readonly string[]>> = {
  Softmax: ['dim'],
  LogSoftmax: ['dim'],
  LeakyReLU: ['negativeSlope'],
  Hardtanh: ['minVal', 'maxVal'],
};

/** Puts the recorded parameters and buffers into a net, and returns the parameters by name. */
export function fillState(net: nn.Module, torchCase: TorchCase): void {
  const own: Record<string, Tensor> = net.stateDict();
  for (const [name, record] of Object.entries({ ...torchCase.params, ...torchCase.buffers })) {
    const tensor = own[name];
    if (tensor === undefined) throw new Error(`the net has no ${name}`);
    kilnn.noGrad(() => tensor.copy_(fromRecord(record)));
  }
}

/** The lines of `forward` as code of our own, by what they are. */
type Forward = (net: nn.Module, inputs: Readonly<Record<string, Tensor>>) => Record<string, Tensor>;

interface Callable {
  forward(...inputs: readonly Tensor[]): unknown;
}

/** `y, (h, c) = net(x, (h0, c0), flag=True)` and its like, after lines that go before it. */
function plainForward(code: string): Forward | undefined {
  const lines = code.split('\n');
  const match = /^([\w, ()]+) = (net\(.*\))$/.exec(lines.pop()!);
  if (match === null || lines.some((line) => !(line in preparations))) return undefined;
  const { args, kwargs } = parsePythonCall(match[2]!);
  return (net, tensors) => {
    const named: Record<string, Tensor> = { ...tensors };
    for (const line of lines) preparations[line]!(net, named);
    const resolveName = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(resolveName);
      return typeof value === 'object' && value !== null && 'name' in value ? named[String(value.name)] : value;
    };
    const inputs = args.map(resolveName);
    const options = Object.entries(kwargs).map(([name, value]) => [camelCase(name), resolveName(value)]);
    if (options.length > 0) inputs.push(Object.fromEntries(options));
    const result = (net as unknown as { forward(...inputs: unknown[]): unknown }).forward(...inputs);
    const names = match[1]!.split(',').map((name) => name.replace(/[() ]/g, ''));
    return nameOutputs(Array.isArray(result) ? result.flat() : result, names);
  };
}

/** Lines before the call, by their text. */
const preparations: Readonly<Record<string, (net: nn.Module, tensors: Record<string, Tensor>) => void>> = {
  'net.eval()': (net) => {
    net.eval();
  },
  'mask = torch.triu(torch.ones(4, 4, dtype=torch.bool), 1)': (_net, tensors) => {
    tensors.mask = kilnn.triu(kilnn.ones([4, 4]), 1).bool();
  },
};

const batchNormForward: Forward = (net, tensors) => {
  const outputs: Record<string, Tensor> = {};
  const call = (name: string) => (net as unknown as Callable).forward(tensors[name]!) as Tensor;
  net.train();
  for (const name of ['1', '2', '3']) if (`x${name}` in tensors) outputs[`y${name}`] = call(`x${name}`);
  for (const [name, value] of Object.entries(net.stateDict())) {
    if (name !== 'weight' && name !== 'bias') outputs[`state.${name}`] = value.clone();
  }
  net.eval();
  outputs.ye = call('xe');
  return outputs;
};

/** A layer: its parameters are inputs of the computation too. */
export function layerComputation(torchCase: TorchCase): Computation {
  const { spec, params = {} } = torchCase;
  if (spec?.call !== undefined) return opComputation(torchCase);
  const code = torchCase.forward ?? '';
  const forward = plainForward(code) ?? (code.includes('net.eval()\nye = net(xe)') ? batchNormForward : dropoutOr(torchCase));
  if (forward === undefined) throw new NotThere('the forward lines are not written in Kilnn');
  const inputs: Record<string, TensorRecord> = { ...torchCase.inputs, ...params };
  return {
    inputs,
    differentiate: differentiable(torchCase),
    cotangents: torchCase.cotangents ?? {},
    compute(tensors) {
      const net = buildLayer(torchCase);
      fillState(net, torchCase);
      for (const [name, parameter] of net.namedParameters()) {
        const given = tensors[name];
        if (given === undefined) continue;
        replaceParameter(parameter, given);
      }
      return forward(net, tensors);
    },
  };
}

/** The net computes with the case's own tensor, whose gradient is asked for; what shares the parameter does too. */
export function replaceParameter(parameter: nn.Parameter, given: Tensor): void {
  parameter.requiresGrad_(false).copy_(given.clone());
}

/** Training with the recorded mask in the place of random numbers: 1 where an element is kept. */
function dropoutOr(torchCase: TorchCase): Forward | undefined {
  const mask = torchCase.outputs?.mask;
  return torchCase.name.startsWith('layers-dropout-train') && mask !== undefined ? dropoutForward(mask) : special[torchCase.name];
}

const dropoutForward =
  (mask: TensorRecord): Forward =>
  (net, { x }) => {
    net.train();
    const y = withRandom(fromRecord(mask), () => (net as nn.Dropout).forward(x!));
    return { y, mask: y.ne(0).float() };
  };

/** Runs with every random draw giving `numbers`. */
function withRandom<T>(numbers: Tensor, run: () => T): T {
  const eager = setExecutor(undefined)!;
  setExecutor({
    execute: (name, inputs, attributes) => (name === 'random' ? numbers : eager.execute(name, inputs, attributes)),
    read: (handle) => eager.read(handle),
    backward: (x, options) => eager.backward(x, options),
    held: (x) => eager.held(x),
    writeAlternatives: (x, handle) => eager.writeAlternatives(x, handle),
    shown: (view, root) => eager.shown(view, root),
    noteShown: (view, root, shown) => eager.noteShown(view, root, shown),
    written: (before, after, change) => eager.written(before, after, change),
    gradientMode: (next) => eager.gradientMode(next),
    surelyOutside: (x, low, high) => eager.surelyOutside(x, low, high),
    withRule: (result, inputs, rule) => eager.withRule(result, inputs, rule),
    text: (x) => eager.text(x),
  });
  try {
    return run();
  } finally {
    setExecutor(eager);
  }
}

const special: Readonly<Record<string, Forward>> = {
  'layers-dropout-eval': (net, { x }) => {
    net.eval();
    return { y: (net as nn.Dropout).forward(x!) };
  },
};
