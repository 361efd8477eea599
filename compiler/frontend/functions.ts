import { ts } from 'ts-morph';
import { hoistStatements, hoistVariables } from './declarations.js';
import type { Compilers, Env, Resume, Run, Store } from './env.js';
import { endedAs } from './exits.js';
import { hasModifier, refuse } from './expressions.js';
import type { Machine } from './machine.js';
import { bindingTarget } from './patterns.js';
import { type Scope, StaticScope } from './scope.js';
import { compileList } from './statements.js';
import type { TensorScalar } from './symbolic.js';
import type { Callable, Completion } from './values.js';

const { SyntaxKind } = ts;

export type FunctionNode = Parameters<Compilers['closure']>[0];

/** A function's parameters and body, compiled when it is first called. */
export interface Body {
  readonly scope: StaticScope;
  readonly slots: { readonly self: number; readonly newTarget: number; readonly superCall: number; readonly args: number };
  /** `before` runs after the parameters are bound and before the first statement. */
  run(scope: Scope, args: readonly unknown[], before?: () => void): unknown;
}

export interface BodyOptions {
  /** Arrow functions see the `this` of where they stand. */
  readonly arrow: boolean;
  /** Constructors of derived classes have `super()`. */
  readonly derived: boolean;
}

/** Compiles a function-like node's body. */
export function compileBody(node: FunctionNode, env: Env, options: BodyOptions): Body {
  const scope = new StaticScope(env.scope);
  const slots = {
    self: options.arrow ? -1 : scope.declare('this', 'let').slot,
    newTarget: options.arrow ? -1 : scope.declare('new.target', 'var').slot,
    superCall: options.derived ? scope.declare('%super', 'var').slot : -1,
    args: !options.arrow && node.body !== undefined && mentionsArguments(node) ? scope.declare('arguments', 'var').slot : -1,
  };
  const inner = env.within(scope);
  for (const parameter of node.parameters) declareNames(parameter.name, scope);
  const parameters = node.parameters
    .filter((parameter) => !isThisParameter(parameter))
    .map((parameter) => compileParameter(parameter, inner));
  const { body } = node;
  if (body === undefined) throw new Error('a function without a body was called');
  const bind = (frame: Scope, args: readonly unknown[]) => {
    for (let index = 0; index < parameters.length; index++) parameters[index]!(frame, args, index);
  };
  if (!ts.isBlock(body)) {
    const value = inner.expression(body as ts.Expression);
    return {
      scope,
      slots,
      run(frame, args) {
        bind(frame, args);
        return value(frame);
      },
    };
  }
  hoistVariables(body, scope);
  const hoisted = hoistStatements(body.statements, inner);
  if (isGenerator(node)) {
    const statements = body.statements.map((statement): Resume => env.machine.compilers.resumable(statement, inner));
    return {
      scope,
      slots,
      run(frame, args) {
        bind(frame, args);
        hoisted(frame);
        const generator = resumeAll(statements, frame);
        env.machine.journal.made(generator);
        return generator;
      },
    };
  }
  const statements = compileList(body.statements, inner);
  return {
    scope,
    slots,
    run(frame, args, before) {
      bind(frame, args);
      hoisted(frame);
      before?.();
      return returned(statements(frame), env, node);
    },
  };
}

/** What a function gives whose body has ended. */
export function returned(completion: Completion | undefined, env: Env, node: ts.Node): unknown {
  if (completion === undefined) return undefined;
  if (completion.kind !== 'mixed') return completion.kind === 'return' ? completion.value : undefined;
  const { scalars, regions } = env.machine.control;
  const value = completion.exits.find((exit) => exit.completion?.kind === 'return')?.completion;
  const holds = endedAs(scalars, completion, (way) => way?.kind === 'return') as TensorScalar;
  return regions.value(
    holds,
    node,
    () => (value?.kind === 'return' ? value.value : undefined),
    () => undefined,
  );
}

function* resumeAll(statements: readonly Resume[], frame: Scope): Generator<unknown, unknown, unknown> {
  for (const statement of statements) {
    const completion = yield* statement(frame);
    if (completion !== undefined) return completion.kind === 'return' ? completion.value : undefined;
  }
  return undefined;
}

export function isGenerator(node: ts.Node): boolean {
  return (
    (ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node) || ts.isMethodDeclaration(node)) && node.asteriskToken !== undefined
  );
}

export function isThisParameter(parameter: ts.ParameterDeclaration): boolean {
  return ts.isIdentifier(parameter.name) && parameter.name.text === 'this';
}

function mentionsArguments(node: ts.Node): boolean {
  const visit = (at: ts.Node): boolean => {
    if (ts.isIdentifier(at) && at.text === 'arguments') return true;
    if (at !== node && (ts.isFunctionDeclaration(at) || ts.isFunctionExpression(at) || ts.isMethodDeclaration(at) || ts.isClassLike(at)))
      return false;
    return ts.forEachChild(at, visit) ?? false;
  };
  return visit(node);
}

export function declareNames(name: ts.BindingName, scope: StaticScope, kind: 'parameter' | 'var' | 'let' | 'const' = 'parameter'): void {
  if (ts.isIdentifier(name)) scope.declare(name.text, kind);
  else for (const element of name.elements) if (!ts.isOmittedExpression(element)) declareNames(element.name, scope, kind);
}

type BindParameter = (scope: Scope, args: readonly unknown[], index: number) => void;

function compileParameter(node: ts.ParameterDeclaration, env: Env): BindParameter {
  const store: Store = bindingTarget(node.name, env);
  if (node.dotDotDotToken !== undefined) {
    return (scope, args, index) => {
      const rest = args.slice(index);
      env.machine.journal.made(rest);
      store(scope, rest);
    };
  }
  if (node.initializer === undefined) return (scope, args, index) => store(scope, args[index]);
  const initialiser: Run = env.expression(node.initializer);
  return (scope, args, index) => {
    const value = args[index];
    store(scope, value === undefined ? initialiser(scope) : value);
  };
}

/** Number of parameters before the first with a default or rest: a function's `length`. */
export function lengthOf(parameters: readonly ts.ParameterDeclaration[]): number {
  const real = parameters.filter((parameter) => !isThisParameter(parameter));
  const end = real.findIndex((parameter) => parameter.initializer !== undefined || parameter.dotDotDotToken !== undefined);
  return end < 0 ? real.length : end;
}

/** Compiles a function, method or accessor to a closure that makes the function value. */
export function compileClosure(node: FunctionNode, env: Env, name?: string): Run {
  const { machine } = env;
  if (hasModifier(node, SyntaxKind.AsyncKeyword))
    return refuse(node, env, 'an async function', 'models are built synchronously; load data outside of the model');
  const arrow = ts.isArrowFunction(node);
  // A named function expression sees its own name.
  const own = ts.isFunctionExpression(node) && node.name !== undefined ? new StaticScope(env.scope) : undefined;
  const ownSlot = own?.declare((node as ts.FunctionExpression).name!.text, 'class').slot;
  const inside = own === undefined ? env : env.within(own);
  let body: Body | undefined;
  const compiled = () => {
    body ??= compileBody(node, inside, { arrow, derived: false });
    return body;
  };
  const label = name ?? (node.name !== undefined && ts.isIdentifier(node.name) ? node.name.text : '');
  const length = lengthOf(node.parameters);
  const constructible = ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node);
  return (outer) => {
    const scope = own === undefined ? outer : own.create(outer);
    const invoke = (self: unknown, args: readonly unknown[], newTarget: unknown): unknown => {
      const { scope: shape, slots, run } = compiled();
      const frame = shape.create(scope);
      if (slots.self >= 0) {
        frame.values[slots.self] = self;
        frame.values[slots.newTarget] = newTarget;
      }
      if (slots.args >= 0) frame.values[slots.args] = argumentsObject(args);
      return run(frame, args);
    };
    const value = arrow
      ? arrowFunction(invoke)
      : constructible && !isGenerator(node)
        ? plainFunction(invoke, machine)
        : methodFunction(invoke);
    Object.defineProperty(value, 'name', { value: label, configurable: true });
    Object.defineProperty(value, 'length', { value: length, configurable: true });
    machine.register(value, node);
    if (ownSlot !== undefined) scope.values[ownSlot] = value;
    return value;
  };
}

type Invoke = (self: unknown, args: readonly unknown[], newTarget: unknown) => unknown;

function arrowFunction(invoke: Invoke): Callable {
  return (...args: unknown[]) => invoke(undefined, args, undefined);
}

/** Methods cannot be constructed. */
function methodFunction(invoke: Invoke): Callable {
  return {
    method(this: unknown, ...args: unknown[]) {
      return invoke(this, args, undefined);
    },
  }.method;
}

function plainFunction(invoke: Invoke, machine: Machine): Callable {
  return function (this: unknown, ...args: unknown[]) {
    if (new.target !== undefined) machine.journal.made(this as object);
    return invoke(this, args, new.target);
  };
}

function argumentsObject(args: readonly unknown[]): unknown {
  const capture = function () {
    // biome-ignore lint/complexity/noArguments: this makes the arguments object itself
    return arguments;
  };
  return Reflect.apply(capture, undefined, args);
}
