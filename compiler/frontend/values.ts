/**
 * Host values are plain JavaScript values: a number is a number, an array an array, an interpreted function a real function
 * whose body is interpreted. What JavaScript does with them is therefore what JavaScript does. This file holds what is not
 * a value: how evaluation is left.
 */
import type { ts } from 'ts-morph';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import type { Message } from '../diagnostics/messages.js';
import type { TensorScalar } from './symbolic.js';

/** A call in progress; `site` is the syntax that called. */
export interface Frame {
  readonly site: ts.Node;
  readonly parent: Frame | undefined;
}

/** A value thrown by interpreted code, or by JavaScript on its behalf: interpreted `catch` sees it. */
export class Thrown {
  constructor(
    readonly value: unknown,
    readonly node: ts.Node | undefined,
    readonly frame: Frame | undefined,
    /** Says more than the thrown value does. */
    readonly message?: Message,
  ) {}
}

/** Ends the evaluation of an entry; interpreted code cannot catch it. */
export class Abort {
  constructor(readonly diagnostic: Diagnostic) {}
}

/** Ends an evaluation that is to be begun again, this time with what merged tensors may be (alternatives.ts). */
export class NeedsAlternatives extends Abort {}

/** How a statement ended, when not normally. */
export type Completion = Definite | Mixed;

export type Definite =
  | { readonly kind: 'return'; readonly value: unknown }
  | { readonly kind: 'break' | 'continue'; readonly label: string | undefined };

/** One of several ends, which one depends on the values of tensors. */
export interface Mixed {
  readonly kind: 'mixed';
  /** At least two; no completion is the normal end. */
  readonly exits: readonly { readonly completion: Definite | undefined; readonly index: number }[];
  /** The index of the exit; or a boolean, which is true for index 0 and false for 1. */
  readonly which: TensorScalar;
}

export const BREAK: Definite = { kind: 'break', label: undefined };
export const CONTINUE: Definite = { kind: 'continue', label: undefined };

export type Callable = (this: unknown, ...args: never[]) => unknown;
export type Constructor = abstract new (...args: never[]) => object;

export function isCallable(value: unknown): value is Callable {
  return typeof value === 'function';
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** What a value is, in a few words for messages. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  switch (typeof value) {
    case 'string':
      return value.length > 40 ? 'a string' : `the string ${JSON.stringify(value)}`;
    case 'number':
      return `the number ${value}`;
    case 'bigint':
    case 'boolean':
      return `the ${typeof value} ${value}`;
    case 'symbol':
      return 'a symbol';
    case 'function':
      return /^[A-Z]/.test(value.name) ? `the class ${value.name}` : `the function '${value.name}'`;
    default: {
      if (Array.isArray(value)) return 'an array';
      const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
      return typeof name !== 'string' || name === 'Object' || name === '' ? 'an object' : `an instance of ${name}`;
    }
  }
}
