import type { ts } from 'ts-morph';
import * as messages from '../diagnostics/messages.js';
import { nearest } from '../diagnostics/suggest.js';
import type { Env, Run, Store } from './env.js';
import { Conflict } from './merge.js';
import { ancestor, type Binding, type Scope, UNINITIALISED } from './scope.js';

/** Reads a name that the program declares; undefined when it declares none. */
export function readName(name: string, env: Env): Run | undefined {
  const found = env.scope.resolve(name);
  if (found === undefined) return undefined;
  const { depth, binding } = found;
  if (binding.read !== undefined) return binding.read;
  const { slot } = binding;
  switch (depth) {
    case 0:
      return (scope) => scope.values[slot];
    case 1:
      return (scope) => scope.parent!.values[slot];
    case 2:
      return (scope) => scope.parent!.parent!.values[slot];
    default:
      return (scope) => ancestor(scope, depth).values[slot];
  }
}

export function compileIdentifier(node: ts.Identifier, env: Env): Run {
  const { machine } = env;
  const name = node.text;
  const read = readName(name, env);
  if (read !== undefined) {
    return (scope) => {
      const value = read(scope);
      if (value === UNINITIALISED) throw machine.thrown(new ReferenceError(`Cannot access '${name}' before initialization`), node);
      if (value instanceof Conflict) value.refuse();
      return value;
    };
  }
  const { builtins } = machine;
  if (builtins.globals.has(name)) {
    const value = builtins.globals.get(name);
    const substitute = builtins.substitutes.get(value) ?? value;
    return () => substitute;
  }
  const refusal = builtins.refusal(name);
  return () => {
    const message = refusal ?? messages.unknownName(name, nearest(name, [...env.scope.visibleNames(), ...builtins.globals.keys()]));
    if (refusal !== undefined) throw machine.abort(message, node);
    throw machine.thrown(new ReferenceError(`${name} is not defined`), node, message);
  };
}

export function compileThis(node: ts.Node, env: Env): Run {
  const { machine } = env;
  const read = readName('this', env);
  if (read === undefined) return () => undefined;
  return (scope) => {
    const value = read(scope);
    if (value === UNINITIALISED) {
      throw machine.thrown(new ReferenceError("Must call super constructor in derived class before accessing 'this'"), node);
    }
    return value;
  };
}

/** Assigns to a declared name. */
export function storeName(node: ts.Identifier, env: Env): Store {
  const { machine } = env;
  const found = env.scope.resolve(node.text);
  if (found === undefined) {
    return () => {
      throw machine.thrown(
        new ReferenceError(`${node.text} is not defined`),
        node,
        messages.unknownName(node.text, nearest(node.text, env.scope.visibleNames())),
      );
    };
  }
  const { depth, binding } = found;
  if (binding.kind === 'const' || binding.kind === 'import') {
    return () => {
      throw machine.thrown(new TypeError('Assignment to constant variable.'), node);
    };
  }
  // A class may not be assigned through the name that its own body sees.
  return (scope, value) => {
    const owner = ancestor(scope, depth);
    if (machine.journal.active) machine.journal.touch(owner, binding.slot, machine.site(node));
    const { values } = owner;
    if (values[binding.slot] === UNINITIALISED)
      throw machine.thrown(new ReferenceError(`Cannot access '${node.text}' before initialization`), node);
    values[binding.slot] = value;
  };
}

/** Gives a declared name its first value. */
export function initialise(scope: Scope, binding: Binding, value: unknown): void {
  scope.values[binding.slot] = value;
}
