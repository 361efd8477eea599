/**
 * Parameter groups: lists of parameters with options of their own, the optimizer's defaults for the rest.
 * https://pytorch.org/docs/stable/optim.html#per-parameter-options
 */
import { valueError } from '../errors.js';
import { Parameter } from '../nn/parameter.js';

/** Parameters, or what `net.namedParameters()` gives. */
export type ParameterList = readonly (Parameter | readonly [name: string, parameter: Parameter])[];

/** What one group is given: its parameters, and the options in which it differs from the others. */
export type GroupOptions<Options> = Partial<Options> & { readonly params: Parameter | ParameterList };

/** The first argument of an optimizer: parameters, or groups of them. */
export type ParameterSource<Options> = ParameterList | readonly GroupOptions<Options>[];

/** A group as the optimizer keeps it: all options have values, which may change between steps. */
export type ParamGroup<Options> = { -readonly [Name in keyof Options]-?: Options[Name] } & { params: Parameter[] };

type Values = Readonly<Record<string, unknown>>;

/** The groups that are given, with `defaults` for the options that they leave open. A default that is undefined must be given. */
export function makeGroups<Options>(source: ParameterSource<Options>, defaults: Values, name: string): ParamGroup<Options>[] {
  if (!Array.isArray(source)) {
    throw valueError(`${name}: the parameters must be an array, or an array of groups`, 'give it net.parameters()');
  }
  if (source.length === 0) throw valueError(`${name}: the optimizer was given no parameters`);
  const groups: ParamGroup<Options>[] = [];
  for (const given of isGroupList(source) ? source : [{ params: source }]) {
    groups.push(makeGroup(given as Values, defaults, name, groups) as ParamGroup<Options>);
  }
  return groups;
}

function isGroupList<Options>(source: ParameterSource<Options>): source is readonly GroupOptions<Options>[] {
  const first: unknown = source[0];
  return typeof first === 'object' && first !== null && 'params' in first;
}

/** One more group beside `others`, which must not share a parameter with it. */
export function makeGroup(given: Values, defaults: Values, name: string, others: readonly { params: Parameter[] }[]): Values {
  if (typeof given !== 'object' || given === null || !('params' in given)) {
    throw valueError(`${name}: a parameter group has no 'params'`, 'write { params: [...], lr: 0.01 } for each group');
  }
  const list = Array.isArray(given.params) ? given.params : [given.params];
  if (list.length === 0) throw valueError(`${name}: a parameter group has no parameters`);
  const params: Parameter[] = [];
  for (const item of list as ParameterList) {
    const parameter = item instanceof Parameter ? item : Array.isArray(item) ? (item[1] as unknown) : undefined;
    if (!(parameter instanceof Parameter)) {
      throw valueError(`${name}: the optimizer takes parameters, not ${whatIs(item)}`, 'give it net.parameters()');
    }
    if (params.includes(parameter)) throw valueError(`${name}: the optimizer was given a parameter twice`);
    if (others.some((other) => other.params.includes(parameter))) {
      throw valueError(`${name}: a parameter appears in more than one parameter group`);
    }
    params.push(parameter);
  }
  const { params: _, ...options } = given;
  return { ...withDefaults(options, defaults, name), params };
}

function whatIs(value: unknown): string {
  if (value === undefined || value === null) return `${value}`;
  return typeof value === 'object' ? 'results of operations' : `a ${typeof value}`;
}

/** `given` with `defaults` in the place of what is absent. Throws for options that there are not, and for those that must be given. */
export function withDefaults(given: Values, defaults: Values, name: string, required = true): Values {
  const known = Object.keys(defaults);
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) throw valueError(`${name} has no option '${key}'`, `its options are ${known.join(', ')}`);
  }
  const options: Record<string, unknown> = {};
  for (const key of known) {
    const value = given[key] ?? defaults[key];
    if (value === undefined && required)
      throw valueError(`${name} must be given the option '${key}'`, `write { ${key}: 0.1 }, for instance`);
    options[key] = value;
  }
  return options;
}
