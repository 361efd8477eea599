import type { ts } from 'ts-morph';
import type { Env, Execute } from './env.js';
import { declareNames } from './functions.js';
import { bindingTarget } from './patterns.js';
import { type Scope, StaticScope } from './scope.js';
import { type Completion, Thrown } from './values.js';

/** The scope that a `catch` clause gives its block, and how an error gets there. */
export interface Handler {
  readonly inner: Env;
  begin(outer: Scope, thrown: Thrown): Scope;
}

export function compileHandler(clause: ts.CatchClause, env: Env): Handler {
  const name = clause.variableDeclaration?.name;
  if (name === undefined) return { inner: env, begin: (outer) => outer };
  const scope = new StaticScope(env.scope);
  declareNames(name, scope, 'let');
  const inner = env.within(scope);
  const store = bindingTarget(name, inner);
  return {
    inner,
    begin(outer, thrown) {
      const frame = scope.create(outer);
      store(frame, thrown.value);
      return frame;
    },
  };
}

/** `try`: handlers and `finally` see what interpreted code throws, not what ends the evaluation. */
export function compileTry(node: ts.TryStatement, env: Env): Execute {
  const block = env.statement(node.tryBlock);
  const handler = node.catchClause && compileHandler(node.catchClause, env);
  const handle = node.catchClause && handler?.inner.statement(node.catchClause.block);
  const guarded: Execute = (scope) => {
    if (handler === undefined || handle === undefined) return block(scope);
    try {
      return block(scope);
    } catch (error) {
      if (!(error instanceof Thrown)) throw error;
      return handle(handler.begin(scope, error));
    }
  };
  if (node.finallyBlock === undefined) return guarded;
  const finish = env.statement(node.finallyBlock);
  return (scope) => {
    let completion: Completion | undefined;
    try {
      completion = guarded(scope);
    } catch (error) {
      if (!(error instanceof Thrown)) throw error;
      const override = finish(scope);
      if (override !== undefined) return override;
      throw error;
    }
    const override = finish(scope);
    if (override?.kind !== 'mixed') return override ?? completion;
    return env.machine.control.regions.goOn(override, node, () => completion);
  };
}
