import type { ts } from 'ts-morph';
import type { Choice } from './conditions.js';
import type { Machine } from './machine.js';
import type { ModuleRecord } from './modules.js';
import type { Scope, StaticScope } from './scope.js';
import type { Completion, Definite } from './values.js';

/** A compiled expression. Syntax is compiled to closures once and run as often as needed. */
export type Run = (scope: Scope) => unknown;
/** A compiled statement. */
export interface Execute {
  (scope: Scope): Completion | undefined;
  /** There where the statement is an `if`. */
  readonly choice?: Choice;
}
/** A compiled statement of a generator function. */
export type Resume = (scope: Scope) => Generator<unknown, Definite | undefined, unknown>;
/** A compiled expression that contains `yield`. */
export type ResumeValue = (scope: Scope) => Generator<unknown, unknown, unknown>;
/** Stores a value in what a pattern or target names. */
export type Store = (scope: Scope, value: unknown) => void;

/** The compilers of the kinds of syntax; they call each other through here. */
export interface Compilers {
  expression(node: ts.Expression, env: Env): Run;
  statement(node: ts.Statement, env: Env): Execute;
  resumable(node: ts.Statement, env: Env): Resume;
  /** Makes a function value of a function-like node. `self` names a function expression in its own scope. */
  closure(node: ts.SignatureDeclaration & { body?: ts.Node }, env: Env, name?: string): Run;
  classValue(node: ts.ClassLikeDeclaration, env: Env, name?: string): Run;
}

/** What the compilation of a node depends on. */
export class Env {
  constructor(
    readonly machine: Machine,
    readonly module: ModuleRecord,
    readonly scope: StaticScope,
  ) {}

  within(scope: StaticScope): Env {
    return new Env(this.machine, this.module, scope);
  }

  expression(node: ts.Expression): Run {
    return this.machine.compilers.expression(node, this);
  }

  statement(node: ts.Statement): Execute {
    return this.machine.compilers.statement(node, this);
  }
}
