/** The state dictionary of an optimizer in eager use, with PyTorch's structure. */
import { stateError } from '../errors.js';
import type { Parameter } from '../nn/parameter.js';
import { filled } from '../promotion.js';
import { sameShape, shapeText } from '../shape.js';
import { Tensor } from '../tensor.js';
import { withoutGradient } from '../views.js';

export interface OptimizerStateDict {
  /** State tensors by the number of their parameter, counted through all groups. */
  readonly state: Readonly<Record<number, Readonly<Record<string, Tensor | null>>>>;
  /** The options of each group, and the numbers of its parameters as `params`. */
  readonly paramGroups: readonly Readonly<Record<string, unknown>>[];
}

type Group = { params: Parameter[] };
type Records = Map<Parameter, Record<string, Tensor | null>>;

export function readOptimizerState(groups: readonly Group[], states: Records): OptimizerStateDict {
  const state: Record<number, Record<string, Tensor | null>> = {};
  let number = 0;
  const paramGroups = groups.map((group) => {
    const { params, ...options } = group;
    const numbers = params.map((parameter) => {
      const record = states.get(parameter);
      if (record !== undefined) state[number] = record;
      return number++;
    });
    return { ...options, params: numbers };
  });
  return { state, paramGroups };
}

/** Checks the whole dictionary, then takes it over. `expected` gives the state that a parameter has under some options. */
export function loadOptimizerState(
  name: string,
  dict: OptimizerStateDict,
  groups: readonly Group[],
  states: Records,
  expected: (parameter: Parameter, options: object) => Readonly<Record<string, Tensor | null>>,
): void {
  const problems: string[] = [];
  const refuse = () => {
    throw stateError(
      `the state dictionary does not fit ${name}; nothing was loaded: ${problems.join('; ')}`,
      'compare it with stateDict() of the optimizer',
    );
  };
  if (!isRecord(dict) || !isRecord(dict.state) || !Array.isArray(dict.paramGroups)) {
    problems.push('it must have the members state and paramGroups');
    refuse();
  }
  if (dict.paramGroups.length !== groups.length) {
    problems.push(`it has ${dict.paramGroups.length} parameter groups, but the optimizer has ${groups.length}`);
    refuse();
  }
  const loaded: Records = new Map();
  const known: string[] = [];
  groups.forEach((group, at) => {
    const saved = dict.paramGroups[at]!;
    const numbers = isRecord(saved) && Array.isArray(saved.params) ? (saved.params as readonly unknown[]) : [];
    if (numbers.length !== group.params.length) {
      problems.push(`group ${at} has ${numbers.length} parameters, but the optimizer's has ${group.params.length}`);
      return;
    }
    problems.push(...optionProblems(at, group, saved));
    group.params.forEach((parameter, i) => {
      const key = `${numbers[i]}`;
      known.push(key);
      const record = (dict.state as Readonly<Record<string, unknown>>)[key];
      if (record === undefined) return;
      const wanted = expected(parameter, { ...group, ...saved });
      loaded.set(parameter, takeRecord(key, record, wanted, problems));
    });
  });
  for (const key of Object.keys(dict.state)) if (!known.includes(key)) problems.push(`state ${key} belongs to no group`);
  if (problems.length > 0) refuse();
  groups.forEach((group, at) => {
    const { params: _, ...options } = dict.paramGroups[at]!;
    Object.assign(group, options);
  });
  states.clear();
  for (const [parameter, record] of loaded) states.set(parameter, record);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function optionProblems(at: number, group: Group, saved: Readonly<Record<string, unknown>>): string[] {
  const problems: string[] = [];
  for (const [key, value] of Object.entries(group)) {
    if (key === 'params') continue;
    if (!(key in saved)) problems.push(`group ${at} has no ${key}`);
    else if (typeof saved[key] !== typeof value || Array.isArray(saved[key]) !== Array.isArray(value)) {
      problems.push(`${key} of group ${at} is ${kindOf(saved[key])}, not ${kindOf(value)}`);
    }
  }
  for (const key of Object.keys(saved)) if (!(key in group)) problems.push(`group ${at} has the unknown option ${key}`);
  return problems;
}

function takeRecord(
  key: string,
  record: unknown,
  wanted: Readonly<Record<string, Tensor | null>>,
  problems: string[],
): Record<string, Tensor | null> {
  const taken: Record<string, Tensor | null> = {};
  if (!isRecord(record)) {
    problems.push(`state ${key} is ${kindOf(record)}`);
    return taken;
  }
  for (const name of Object.keys(record)) if (!(name in wanted)) problems.push(`state ${key} has the unknown entry ${name}`);
  for (const [name, like] of Object.entries(wanted)) {
    const value = record[name];
    if (like === null) taken[name] = null;
    else if (value === undefined) problems.push(`state ${key} has no ${name}`);
    else if (typeof value === 'number' && like.shape.length === 0) taken[name] = filled(value, [], like.dtype);
    else if (!(value instanceof Tensor)) problems.push(`${name} of state ${key} is ${kindOf(value)}, not a tensor`);
    else if (!sameShape(value.shape, like.shape)) {
      problems.push(`${name} of state ${key} has shape ${shapeText(value.shape)}, not ${shapeText(like.shape)}`);
    } else taken[name] = withoutGradient(value);
  }
  return taken;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return `${value}`;
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
