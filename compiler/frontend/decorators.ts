import { ts } from 'ts-morph';
import * as messages from '../diagnostics/messages.js';
import type { Env } from './env.js';
import type { Machine } from './machine.js';
import type { Scope } from './scope.js';
import type { Callable } from './values.js';

/** What `@model`, `@loss` and `@entry` say of a class or method. */
export interface Decoration {
  readonly kind: 'model' | 'loss' | 'entry';
  readonly node: ts.Decorator;
  /** Evaluates the argument of `@model(...)`. */
  readonly options: (() => unknown) | undefined;
}

/** The decorations of a class and its members, by declaration. */
export type Decorations = Map<ts.Node, Decoration>;

/** Compiles the decorators of a class: the result notes them when the class is evaluated. They are read, never called. */
export function readDecorators(node: ts.ClassLikeDeclaration, env: Env): (scope: Scope, value: Callable) => void {
  const owners: ts.Node[] = [node, ...node.members];
  const found = owners.flatMap((owner) =>
    ((ts.canHaveDecorators(owner) && ts.getDecorators(owner)) || []).map((decorator) => {
      const call = ts.isCallExpression(decorator.expression) ? decorator.expression : undefined;
      const callee = call?.expression ?? decorator.expression;
      const argument = call?.arguments[0];
      return { owner, decorator, callee: env.expression(callee), text: callee.getText(), options: argument && env.expression(argument) };
    }),
  );
  return (scope) => {
    for (const { owner, decorator, callee, text, options } of found) {
      const kind = decoratorKind(env.machine, callee(scope));
      if (kind === undefined) throw env.machine.abort(messages.unknownDecorator(text), decorator);
      env.machine.decorations.set(owner, { kind, node: decorator, options: options && (() => options(scope)) });
    }
  };
}

/** Which of the library's decorators a value is. */
function decoratorKind(machine: Machine, value: unknown): Decoration['kind'] | undefined {
  const declaration = machine.declarationOf(value);
  if (declaration === undefined || !ts.isFunctionDeclaration(declaration)) return undefined;
  if (
    !/[/\\]decorators\.ts$/.test(declaration.getSourceFile().fileName) ||
    !machine.options.isLibrary(declaration.getSourceFile().fileName)
  )
    return undefined;
  const name = declaration.name?.text;
  return name === 'model' || name === 'loss' || name === 'entry' ? name : undefined;
}
