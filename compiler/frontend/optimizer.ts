import type { ts } from 'ts-morph';
import { DiagnosticError } from '../diagnostics/diagnostic.js';
import * as messages from '../diagnostics/messages.js';
import { GraphBuilder } from '../ir/build.js';
import type { Value } from '../ir/graph.js';
import { isFloat, sameType, type TensorType, typeText } from '../ir/types.js';
import type { EvaluatedOptimizer, OptimizerStateEntry, StateEntry } from './evaluated-model.js';
import type { ModelClass } from './model.js';
import type { Session } from './session.js';
import { type TensorInstance, Trace } from './tensors.js';
import { describe, isObject } from './values.js';

/** Evaluates `@model({ optimizer })`: its run-time scalars, its state, and its update rule in the library's source. */
export function evaluateOptimizer(session: Session, model: ModelClass, state: readonly StateEntry[]): EvaluatedOptimizer | undefined {
  const { machine, tensors } = session;
  const site = model.decoration.node;
  machine.restart();
  const options = model.decoration.options && session.atTopLevel(model.decoration.options);
  if (options === undefined) return undefined;
  const optimizer = isObject(options) ? (options as { optimizer?: unknown }).optimizer : options;
  if (optimizer === undefined) return undefined;
  if (!isObject(optimizer) || !(optimizer instanceof session.library.Optimizer))
    throw machine.abort(messages.wrongOptimizer(describe(optimizer)), site);
  const read = <T>(name: string) => machine.enter(site, () => (optimizer as Record<string, unknown>)[name] as T);
  const hyper = { ...read<Record<string, number>>('hyper') };
  for (const [name, value] of Object.entries(hyper)) {
    if (typeof value !== 'number') throw machine.abort(messages.wrongOptimizer(`wrong: its '${name}' is ${describe(value)}`), site);
  }
  const scalars = [...read<readonly string[]>('scalars')];
  const entries: OptimizerStateEntry[] = [];
  const trainable = state.filter(
    (entry) => entry.kind === 'parameter' && entry.alias === undefined && entry.requiresGrad && isFloat(entry.type.dtype),
  );
  for (const parameter of trainable) {
    const trace = new Trace(new GraphBuilder('update'), 'in the optimizer');
    const tensor = tensors.wrap(trace, new GraphBuilder('update').input(parameter.name, 'parameter', parameter.type));
    const initial = tensors.within(trace, () => session.invoke(optimizer, 'initialState', [tensor], site)) as Record<string, number>;
    for (const [key, value] of Object.entries(initial)) {
      const type: TensorType = { dtype: 'f32', shape: scalars.includes(key) ? [] : parameter.type.shape };
      entries.push({ name: `${parameter.name}.${key}`, parameter: parameter.name, key, dtype: 'f32', type, initial: value });
    }
  }
  return {
    className: optimizer.constructor.name,
    hyper,
    state: entries,
    update(builder, parameter, inputs) {
      const trace = new Trace(builder, 'in the optimizer');
      const keys = entries.filter((entry) => entry.parameter === parameter.name).map((entry) => entry.key);
      const wrap = (value: Value) => tensors.wrap(trace, value);
      try {
        machine.restart();
        return tensors.within(trace, () => {
          const returned = session.invoke(
            optimizer,
            'update',
            [
              wrap(parameter.value),
              wrap(parameter.gradient),
              lazyRecord(keys, (key) => wrap(inputs.state(key))),
              lazyRecord(Object.keys(hyper), (name) => wrap(inputs.hyper(name))),
            ],
            site,
          );
          return readUpdate(session, returned, parameter.value.type, site);
        });
      } catch (error) {
        throw new DiagnosticError([session.explain(error)]);
      }
    },
  };
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
