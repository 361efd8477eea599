/** Finds what a name of Kilnn stands for, and all names that Kilnn offers. */
import * as eager from 'kilnn/eager';
import * as runtime from 'kilnn/runtime';
import * as kilnn from '../../dsl/index.js';

const roots: Readonly<Record<string, unknown>> = { ...kilnn, eager, runtime };

/** Fields that a tensor gets when it is made. */
const tensorFields = Object.keys(new kilnn.Tensor({}, [], 'f32')).filter((name) => name !== 'handle');

/** The value of `nn.Linear`, `Tensor.add` (a method), `F.relu`, `eager.manualSeed`, `runtime.DataLoader`; undefined when there is none. */
export function resolve(path: string): unknown {
  return path.split('.').reduce<unknown>((from, name, at) => (at === 0 ? member(roots, name) : member(from, name)), undefined);
}

function member(from: unknown, name: string): unknown {
  if (from === kilnn.Tensor && tensorFields.includes(name)) return true;
  if (typeof from === 'function' && 'prototype' in from && isObject(from.prototype) && name in from.prototype) {
    // A getter of a class has no value without an instance; that it is there is enough.
    return Object.getOwnPropertyDescriptor(ownerOf(from.prototype, name), name)?.value ?? true;
  }
  return isObject(from) && Object.hasOwn(from, name) ? (from as Record<string, unknown>)[name] : undefined;
}

function ownerOf(prototype: object, name: string): object {
  return Object.hasOwn(prototype, name) ? prototype : ownerOf(Object.getPrototypeOf(prototype) as object, name);
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** `masked_fill_` in camelCase: `maskedFill_`. */
export function camelCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])_([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase());
}

/** Members that TypeScript protects: they are there for subclasses of the library. */
const protectedMembers = new Set(
  ['fieldNames', 'field', 'setField', 'registeredChildren', 'ownParameters', 'ownBuffers', 'checkFree', 'checkName'].map(
    (name) => `nn.Module.${name}`,
  ),
);

/** Every public value of the DSL by its path, classes and functions alike. */
export function publicNames(): string[] {
  const names: string[] = [];
  const visit = (prefix: string, members: object): void => {
    for (const [name, value] of Object.entries(members)) {
      const path = prefix === '' ? name : `${prefix}.${name}`;
      if (isNamespace(value)) visit(path, value);
      else names.push(path);
    }
  };
  visit('', kilnn);
  for (const name of Object.getOwnPropertyNames(kilnn.Tensor.prototype)) if (name !== 'constructor') names.push(`Tensor.${name}`);
  for (const name of Object.getOwnPropertyNames(kilnn.nn.Module.prototype)) if (name !== 'constructor') names.push(`nn.Module.${name}`);
  return names.filter((name) => !protectedMembers.has(name)).sort();
}

function isNamespace(value: unknown): value is object {
  return isObject(value) && Object.prototype.toString.call(value) === '[object Module]';
}
