import type { ts } from 'ts-morph';
import * as messages from '../diagnostics/messages.js';
import { GraphBuilder } from '../ir/build.js';
import type { Value } from '../ir/graph.js';
import { isFloat, sameType, type TensorType, typeText } from '../ir/types.js';
import type { EvaluatedOptimizer, OptimizerStateEntry } from './evaluated-model.js';
import { explained } from './late-evaluation.js';
import type { ModelClass } from './model.js';
import { evaluateSchedule } from './schedule.js';
import type { Session } from './session.js';
import type { StateSlot } from './state.js';
import { type TensorInstance, Trace } from './tensors.js';
import { describe, isCallable, isObject } from './values.js';

/** The model whose constructor was evaluated: what an optimizer may be a function of. */
interface Instance {
  readonly instance: object;
  readonly slots: readonly StateSlot[];
}

/** A parameter group of the evaluated optimizer, as the library keeps it. */
type Group = Readonly<Record<string, unknown>> & { readonly params: readonly unknown[] };

/** A parameter that is trained, and its group. */
interface Trained {
  readonly slot: StateSlot;
  readonly group: Group;
  /** Names of the group's run-time scalars in the module, by their names in the group. */
  readonly hyper: Readonly<Record<string, string>>;
}

/**
 * Evaluates `@model({ optimizer })`: its parameter groups, its run-time scalars, its state, and its update rule in the library's
 * source. The optimizer may be a function of the net; one that was given no parameters trains them all.
 */
export function evaluateOptimizer(session: Session, model: ModelClass, built: Instance): EvaluatedOptimizer | undefined {
  const { machine, tensors } = session;
  const site = model.decoration.node;
  machine.restart();
  const options = model.decoration.options && session.atTopLevel(model.decoration.options);
  if (options === undefined) return undefined;
  if (!isObject(options)) throw machine.abort(messages.wrongOptimizer(describe(options)), site);
  const given = options as { optimizer?: unknown; gradients?: unknown; schedule?: unknown; scheduleEvery?: unknown };
  const optimizer = isCallable(given.optimizer)
    ? tensors.within(new Trace(new GraphBuilder('optimizer'), 'in the optimizer'), () =>
        machine.call(given.optimizer as never, undefined, [built.instance], site),
      )
    : given.optimizer;
  if (optimizer === undefined && !isCallable(given.optimizer)) return undefined;
  if (!isObject(optimizer) || !(optimizer instanceof session.library.Optimizer))
    throw machine.abort(messages.wrongOptimizer(describe(optimizer)), site);
  const read = <T>(name: string) => machine.enter(site, () => (optimizer as Record<string, unknown>)[name] as T);
  const { trained, hyper } = readGroups(session, read('paramGroups'), read('hyper'), built.slots, site);
  const scalars = [...read<readonly string[]>('scalars')];
  const entries = trained.flatMap(({ slot, group }): OptimizerStateEntry[] => {
    const trace = new Trace(new GraphBuilder('update'), 'in the optimizer');
    const tensor = tensors.wrap(trace, new GraphBuilder('update').input(slot.name, 'parameter', slot.type));
    const initial = tensors.within(trace, () => session.invoke(optimizer, 'initialState', [tensor, group], site));
    return Object.entries(initial as Record<string, number | null>).flatMap(([key, value]) => {
      if (value === null) return [];
      const type: TensorType = { dtype: 'f32', shape: scalars.includes(key) ? [] : slot.type.shape };
      return { name: `${slot.name}.${key}`, parameter: slot.name, key, dtype: 'f32', type, initial: value };
    });
  });
  // Made last: a schedule sets the rates of the first epoch, but the module's scalars are those that it starts from.
  const rates = Object.keys(hyper).filter((name) => name === 'lr' || name.endsWith('.lr'));
  const schedule = isCallable(given.schedule)
    ? evaluateSchedule(session, given.schedule, given.scheduleEvery, optimizer, rates, site)
    : undefined;
  const counter = schedule?.counter ?? '';
  const counted: OptimizerStateEntry = {
    name: counter,
    parameter: '',
    key: counter,
    dtype: 'i32',
    type: { dtype: 'i32', shape: [] },
    initial: 0,
  };
  return {
    className: optimizer.constructor.name,
    hyper: schedule?.every === 'epoch' ? { ...hyper, [counter]: 0 } : hyper,
    parameters: trained.map(({ slot }) => slot.name),
    state: schedule?.every === 'step' ? [...entries, counted] : entries,
    ...(schedule && { schedule }),
    update(builder, parameter, inputs) {
      const { group, hyper: names } = trained.find(({ slot }) => slot.name === parameter.name)!;
      const keys = entries.filter((entry) => entry.parameter === parameter.name).map((entry) => entry.key);
      return explained(session, () => {
        const trace = new Trace(builder, 'in the optimizer');
        const wrap = (value: Value) => tensors.wrap(trace, value);
        return tensors.within(trace, () => {
          const returned = session.invoke(
            optimizer,
            'update',
            [
              wrap(parameter.value),
              wrap(parameter.gradient),
              lazyRecord(keys, (key) => wrap(inputs.state(key))),
              lazyRecord(Object.keys(names), (name) => wrap(inputs.hyper(names[name]!))),
              group,
            ],
            site,
          );
          return readUpdate(session, returned, parameter.value.type, site);
        });
      });
    },
    ...(isCallable(given.gradients) && { gradients: gradientHook(session, given.gradients as never, site) }),
  };
}

/** The parameters to train in the model's order, and the run-time scalars: `lr`, or `paramGroups.<i>.lr` of several groups. */
function readGroups(
  session: Session,
  groups: readonly Group[],
  names: readonly string[],
  slots: readonly StateSlot[],
  site: ts.Node,
): { trained: Trained[]; hyper: Record<string, number> } {
  const { machine } = session;
  const hyper: Record<string, number> = {};
  const trained: Trained[] = [];
  const owners = slots.filter(({ kind, alias }) => kind === 'parameter' && alias === undefined);
  groups.forEach((group, at) => {
    const own: Record<string, string> = {};
    for (const name of names) {
      const value = group[name];
      if (typeof value !== 'number') throw machine.abort(messages.wrongOptimizer(`wrong: its '${name}' is ${describe(value)}`), site);
      own[name] = groups.length === 1 ? name : `paramGroups.${at}.${name}`;
      hyper[own[name]!] = value;
    }
    const all = groups.length === 1 && group.params.length === 0;
    for (const parameter of all ? owners.map(({ tensor }) => tensor) : group.params) {
      const slot = owners.find(({ tensor }) => tensor === parameter);
      if (slot === undefined) {
        const place = groups.length === 1 ? 'it' : `its group ${at}`;
        throw machine.abort(messages.wrongOptimizer(`wrong: ${place} holds a parameter that is none of the model's`), site);
      }
      if (slot.requiresGrad && isFloat(slot.type.dtype)) trained.push({ slot, group, hyper: own });
    }
  });
  return { trained: trained.sort((a, b) => slots.indexOf(a.slot) - slots.indexOf(b.slot)), hyper };
}

/** `gradients` of `@model`: a function from the gradients by name to those that the updates take. */
function gradientHook(session: Session, hook: never, site: ts.Node): NonNullable<EvaluatedOptimizer['gradients']> {
  const { machine, tensors } = session;
  return (builder, gradients) =>
    explained(session, () => {
      const trace = new Trace(builder, "in 'gradients'");
      return tensors.within(trace, () => {
        const given = Object.fromEntries([...gradients].map(([name, value]) => [name, tensors.wrap(trace, value)]));
        const returned = machine.call(hook, undefined, [given], site);
        const wrong = (found: string) => machine.abort(messages.wrongGradients(found), site);
        if (!isObject(returned)) throw wrong(describe(returned));
        const record = returned as Readonly<Record<string, unknown>>;
        const extra = Object.keys(record).filter((name) => !gradients.has(name));
        if (extra.length > 0) throw wrong(`an object with '${extra[0]}', which is not among the gradients`);
        return new Map(
          [...gradients].map(([name, { type }]) => {
            const tensor = record[name];
            if (!tensors.isTensor(tensor)) throw wrong(`${describe(tensor)} as the gradient of '${name}'`);
            const value = tensors.valueOf(tensor);
            if (!sameType(value.type, type))
              throw wrong(`${typeText(value.type)} as the gradient of '${name}', which is ${typeText(type)}`);
            return [name, value] as const;
          }),
        );
      });
    });
}

/** An object whose members come into being when they are read: only what an update reads becomes an input. */
function lazyRecord(names: readonly string[], read: (name: string) => TensorInstance): object {
  const record = {};
  for (const name of names) {
    let made: TensorInstance | undefined;
    const get = () => {
      made ??= read(name);
      return made;
    };
    Object.defineProperty(record, name, { get, enumerable: true });
  }
  return record;
}

function readUpdate(session: Session, returned: unknown, type: TensorType, site: ts.Node): ReturnType<EvaluatedOptimizer['update']> {
  const { machine, tensors } = session;
  const { parameter, state } = (isObject(returned) ? returned : {}) as { parameter?: unknown; state?: unknown };
  if (!tensors.isTensor(parameter) || !isObject(state)) {
    throw machine.abort(messages.wrongOptimizer(`wrong: update returns ${describe(returned)}, not { parameter, state }`), site);
  }
  const value = tensors.valueOf(parameter);
  if (!sameType(value.type, type))
    throw machine.abort(messages.wrongOptimizer(`wrong: update makes ${typeText(value.type)} of ${typeText(type)}`), site);
  const next: Record<string, Value> = {};
  for (const [key, tensor] of Object.entries(state)) {
    if (!tensors.isTensor(tensor))
      throw machine.abort(messages.wrongOptimizer(`wrong: update returns ${describe(tensor)} as the state '${key}'`), site);
    next[key] = tensors.valueOf(tensor);
  }
  return { parameter: value, state: next };
}
