/** Turns a call that PyTorch recorded as data into one of Kilnn's, by rule: camelCase, arguments past the first two as options. */
import * as kilnn from 'kilnn';
import { F, Tensor } from 'kilnn';

type Callable = (...args: readonly unknown[]) => unknown;

/** PyTorch's positional arguments by name, where more than two are passed, or where a keyword names the second. */
const parameters: Readonly<Record<string, readonly string[]>> = {
  'torch.addmm': ['input', 'mat1', 'mat2', 'beta', 'alpha'],
  'torch.baddbmm': ['input', 'batch1', 'batch2'],
  'torch.addcdiv': ['input', 'tensor1', 'tensor2'],
  'torch.addcmul': ['input', 'tensor1', 'tensor2'],
  'torch.lerp': ['input', 'end', 'weight'],
  'torch.pow': ['input', 'exponent'],
  'torch.norm': ['input', 'p'],
  'torch.clamp': ['input', 'min', 'max'],
  'torch.where': ['condition', 'input', 'other'],
  'F.leaky_relu': ['input', 'negative_slope'],
  'F.elu': ['input', 'alpha'],
  'F.celu': ['input', 'alpha'],
  'F.layer_norm': ['input', 'normalized_shape', 'weight', 'bias'],
  'F.batch_norm': ['input', 'running_mean', 'running_var', 'weight', 'bias', 'training', 'momentum', 'eps'],
  'F.embedding': ['input', 'weight'],
  'F.gelu': ['input'],
  'F.softplus': ['input'],
  'torch.nan_to_num': ['input'],
};

/** Functions that take more than two arguments by position, as their sense does not need names. */
const positional: Readonly<Record<string, number>> = { clamp: 3, where: 3, maskedFill: 3, einsum: Number.POSITIVE_INFINITY };

/** Kilnn's names where they are not PyTorch's in camelCase. */
const renamed: Readonly<Record<string, string>> = { 'torch.var': 'variance' };

export function camelCase(name: string): string {
  return name.replace(/(?<=.)_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function find(call: string): { name: string; callable: Callable } | undefined {
  const name = renamed[call] ?? camelCase(call.slice(call.indexOf('.') + 1));
  const home: Readonly<Record<string, unknown>> = call.startsWith('F.') ? F : kilnn;
  const method: unknown = (Tensor.prototype as unknown as Record<string, unknown>)[name];
  const found =
    home[name] ?? (typeof method === 'function' ? (self: never, ...args: never[]) => (method as Callable).apply(self, args) : undefined);
  return typeof found === 'function' ? { name, callable: found as Callable } : undefined;
}

/** A number that JSON cannot hold, and lists of such. */
export function decode(value: unknown): unknown {
  if (value === 'Infinity' || value === '-Infinity' || value === 'NaN') return Number(value);
  return value;
}

export class NotThere extends Error {}

/** Calls the function. `$x` in the arguments stands for the input x. */
export function callTorch(
  spec: { readonly call: string; readonly args: readonly unknown[]; readonly kwargs: Readonly<Record<string, unknown>> },
  inputs: Readonly<Record<string, Tensor>>,
): unknown {
  const found = find(spec.call);
  if (found === undefined) throw new NotThere(`there is no ${spec.call}`);
  const resolve = (value: unknown) => (typeof value === 'string' && value.startsWith('$') ? inputs[value.slice(1)] : decode(value));
  const names = parameters[spec.call] ?? ['input', 'dim'];
  const limit = positional[found.name] ?? Math.min(2, names.length);
  const args: unknown[] = spec.args.slice(0, limit).map(resolve);
  const options: Record<string, unknown> = {};
  spec.args.slice(limit).forEach((value, at) => {
    options[camelCase(names[limit + at]!)] = resolve(value);
  });
  for (const [name, value] of Object.entries(spec.kwargs)) {
    const at = names.indexOf(name);
    if (at >= 0 && at < limit) args[at] = resolve(value);
    else options[camelCase(name)] = resolve(value);
  }
  if (Object.keys(options).length === 0) return found.callable(...args);
  while (args.length < Math.min(limit, 2)) args.push(undefined);
  return found.callable(...args, options);
}

/** The results under the names that the snippet gives them: `y, indices = torch.max(x, dim=1)`. */
export function nameOutputs(result: unknown, names: readonly string[]): Record<string, Tensor> {
  if (result instanceof Tensor) return { [names[0] ?? 'y']: result };
  const outputs: Record<string, Tensor> = {};
  Object.values(result as object).forEach((value, at) => {
    if (value instanceof Tensor) outputs[names[at]!] = value;
  });
  return outputs;
}
