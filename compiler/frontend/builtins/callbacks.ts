/** Built-ins that ask whether something holds of elements, of elements and answers that are known at run time only. */
import type { ts } from 'ts-morph';
import * as messages from '../../diagnostics/messages.js';
import { condition } from '../access.js';
import type { Machine } from '../machine.js';
import { Refusal, TensorScalar } from '../symbolic.js';
import type { Callable } from '../values.js';

type Predicate = (...args: unknown[]) => unknown;

/** The machine, once it is there: built-ins are made before it. */
export type MachineOf = () => Machine;

const typedArray = Object.getPrototypeOf(Float32Array.prototype) as Float32Array;

/** Stand-ins, by the function of JavaScript that they stand in for. */
export function symbolicCallbacks(machineOf: MachineOf): readonly [unknown, Callable][] {
  return [
    ...[Array.prototype, typedArray].flatMap((prototype) => [
      quantifier(machineOf, prototype.some, 'or'),
      quantifier(machineOf, prototype.every, 'and'),
      ...[prototype.filter, prototype.find, prototype.findIndex, prototype.findLast, prototype.findLastIndex].map((native) =>
        choosing(machineOf, native),
      ),
    ]),
    includes(machineOf),
    ...[
      Array.prototype.indexOf,
      Array.prototype.lastIndexOf,
      Map.prototype.get,
      Map.prototype.has,
      Map.prototype.set,
      Map.prototype.delete,
      Set.prototype.add,
      Set.prototype.has,
      Set.prototype.delete,
    ].map(byIdentity),
  ];
}

function method(native: { readonly name: string; readonly length: number }, substitute: (this: unknown, ...args: unknown[]) => unknown) {
  Object.defineProperty(substitute, 'name', { value: native.name });
  Object.defineProperty(substitute, 'length', { value: native.length });
  return [native, substitute] as [unknown, Callable];
}

function present(machine: Machine): ts.Node {
  return machine.frame!.site;
}

/** `some` and `every`: one condition of all elements. */
function quantifier(machineOf: MachineOf, native: (...args: never[]) => unknown, op: 'and' | 'or'): [unknown, Callable] {
  return method(native, function (this: unknown, ...args: unknown[]) {
    const [predicate, self] = args;
    if (typeof predicate !== 'function' || !Array.isArray(this)) return Reflect.apply(native, this, args);
    const machine = machineOf();
    const node = present(machine);
    const items = this as unknown[];
    const from = (index: number): unknown => {
      for (let at = index; at < items.length; at++) {
        if (!(at in items)) continue;
        const holds = condition(machine, Reflect.apply(predicate, self, [items[at], at, items]), node);
        if (typeof holds !== 'boolean') {
          return machine.control.regions.logical(op, { value: holds, truth: holds }, node, () => from(at + 1));
        }
        if (holds === (op === 'or')) return holds;
      }
      return op === 'and';
    };
    return from(0);
  });
}

/** Which elements there are, and which one is found, is decided while the model is built. */
function choosing(machineOf: MachineOf, native: { readonly name: string; readonly length: number }): [unknown, Callable] {
  return method(native, function (this: unknown, ...args: unknown[]) {
    const [predicate, ...rest] = args;
    if (typeof predicate !== 'function') return Reflect.apply(native as Callable, this, args as never[]);
    const machine = machineOf();
    const decided: Predicate = function (this: unknown, ...items) {
      const holds = condition(machine, Reflect.apply(predicate, this, items), present(machine));
      if (typeof holds !== 'boolean') throw new Refusal(messages.tensorCondition(`the answer of the function given to '${native.name}'`));
      return holds;
    };
    return Reflect.apply(native as Callable, this, [decided, ...rest] as never[]);
  });
}

function includes(machineOf: MachineOf): [unknown, Callable] {
  const native = Array.prototype.includes;
  return method(native, function (this: unknown, ...args: unknown[]) {
    const [value] = args;
    if (!Array.isArray(this) || !(value instanceof TensorScalar || this.some((item) => item instanceof TensorScalar))) {
      return Reflect.apply(native, this, args as [unknown, number?]);
    }
    const { scalars } = machineOf().control;
    return this.reduce<boolean | TensorScalar>((found, item) => {
      const equal =
        value instanceof TensorScalar || item instanceof TensorScalar ? scalars.binary('===', item, value) : Object.is(item, value);
      if (found === true || equal === true) return true;
      if (found === false) return equal as boolean | TensorScalar;
      return equal === false ? found : scalars.both(found, equal as TensorScalar, 'or');
    }, false);
  });
}

/** Functions that look for the very same value. */
function byIdentity(native: (...args: never[]) => unknown): [unknown, Callable] {
  return method(native, function (this: unknown, ...args: unknown[]) {
    if (args[0] instanceof TensorScalar) throw new Refusal(messages.tensorCondition(`'${native.name}' of a Map, a Set or an array`));
    return Reflect.apply(native, this, args as never[]);
  });
}
