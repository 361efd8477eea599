import { ts } from 'ts-morph';
import { truth } from './access.js';
import { assignTo } from './assignments.js';
import type { Env, Execute, Run, Store } from './env.js';
import { refuse } from './expressions.js';
import { bindingTarget, closeQuietly, iterate } from './patterns.js';
import { Scope, type StaticScope } from './scope.js';
import { compileVariables, labelsOf, loopScope } from './statements.js';
import { type Completion, Thrown } from './values.js';

/** What a loop does after a turn that ended with `completion`: goes on, stops, or stops and hands it on. */
export function afterTurn(completion: Completion | undefined, labels: readonly string[]): 'next' | 'stop' | 'leave' {
  if (completion === undefined) return 'next';
  if (completion.kind === 'continue') return completion.label === undefined || labels.includes(completion.label) ? 'next' : 'leave';
  return completion.kind === 'break' && completion.label === undefined ? 'stop' : 'leave';
}

export function compileWhile(node: ts.WhileStatement | ts.DoStatement, env: Env): Execute {
  const { machine } = env;
  const condition = env.expression(node.expression);
  const body = env.statement(node.statement);
  const labels = labelsOf(node);
  const first = ts.isDoStatement(node);
  return (scope) => {
    for (let unconditional = first; unconditional || truth(machine, condition(scope), node.expression); unconditional = false) {
      machine.step(node);
      const completion = body(scope);
      const next = afterTurn(completion, labels);
      if (next === 'stop') return undefined;
      if (next === 'leave') return completion;
    }
    return undefined;
  };
}

/** The head of a `for`: `let` variables are fresh in every turn, so that closures keep the turn's values. */
export interface ForHead {
  begin(outer: Scope): Scope;
  holds(scope: Scope): boolean;
  advance(scope: Scope): Scope;
  readonly inner: Env;
}

export function compileForHead(node: ts.ForStatement, env: Env): ForHead {
  const { machine } = env;
  const { initializer } = node;
  const scope: StaticScope = loopScope(initializer, env);
  const fresh = !scope.isEmpty;
  const inner = fresh ? env.within(scope) : env;
  const initialise: Execute | Run | undefined =
    initializer === undefined
      ? undefined
      : ts.isVariableDeclarationList(initializer)
        ? compileVariables(initializer, inner)
        : inner.expression(initializer);
  const condition = node.condition === undefined ? undefined : inner.expression(node.condition);
  const increment = node.incrementor === undefined ? undefined : inner.expression(node.incrementor);
  return {
    inner,
    begin(outer) {
      const frame = fresh ? scope.create(outer) : outer;
      initialise?.(frame);
      return frame;
    },
    holds: (frame) => condition === undefined || truth(machine, condition(frame), node.condition!),
    advance(frame) {
      const next = fresh ? new Scope(frame.values.slice(), frame.parent) : frame;
      increment?.(next);
      return next;
    },
  };
}

export function compileFor(node: ts.ForStatement, env: Env): Execute {
  const { machine } = env;
  const head = compileForHead(node, env);
  const body = head.inner.statement(node.statement);
  const labels = labelsOf(node);
  return (outer) => {
    for (let frame = head.begin(outer); head.holds(frame); frame = head.advance(frame)) {
      machine.step(node);
      const completion = body(frame);
      const next = afterTurn(completion, labels);
      if (next === 'stop') return undefined;
      if (next === 'leave') return completion;
    }
    return undefined;
  };
}

/** What `for (const x of ...)` does with an item: makes the turn's scope. */
export interface EachHead {
  readonly inner: Env;
  readonly iterable: Run;
  begin(outer: Scope, item: unknown): Scope;
}

export function compileEachHead(node: ts.ForOfStatement | ts.ForInStatement, env: Env): EachHead {
  const { initializer } = node;
  const scope = loopScope(initializer, env);
  const fresh = !scope.isEmpty;
  const inner = fresh ? env.within(scope) : env;
  const store: Store = ts.isVariableDeclarationList(initializer)
    ? bindingTarget(initializer.declarations[0]!.name, inner)
    : assignTo(initializer, inner);
  return {
    inner,
    iterable: env.expression(node.expression),
    begin(outer, item) {
      const frame = fresh ? scope.create(outer) : outer;
      store(frame, item);
      return frame;
    },
  };
}

export function compileForOf(node: ts.ForOfStatement, env: Env): Execute {
  const { machine } = env;
  if (node.awaitModifier !== undefined) return refuse(node, env, "'for await'", 'models are built synchronously');
  const head = compileEachHead(node, env);
  const body = head.inner.statement(node.statement);
  const labels = labelsOf(node);
  return (outer) => {
    const iterator = iterate(env, head.iterable(outer), node.expression);
    const close = () => machine.guard(node, () => iterator.return?.());
    for (let result = next(env, iterator, node); !result.done; result = next(env, iterator, node)) {
      let completion: Completion | undefined;
      try {
        completion = body(head.begin(outer, result.value));
      } catch (error) {
        if (error instanceof Thrown) closeQuietly(iterator);
        throw error;
      }
      const after = afterTurn(completion, labels);
      if (after !== 'next') {
        close();
        return after === 'stop' ? undefined : completion;
      }
    }
    return undefined;
  };
}

export function next(env: Env, iterator: Iterator<unknown>, node: ts.ForOfStatement): IteratorResult<unknown> {
  env.machine.step(node);
  return env.machine.guard(node.expression, () => iterator.next());
}

/** The keys of `for (const key in object)`: own and inherited enumerable strings, in JavaScript's order. */
export function enumerableKeys(object: unknown): string[] {
  const keys: string[] = [];
  if (object === undefined || object === null) return keys;
  for (const key in Object(object)) keys.push(key);
  return keys;
}

export function compileForIn(node: ts.ForInStatement, env: Env): Execute {
  const { machine } = env;
  const head = compileEachHead(node, env);
  const body = head.inner.statement(node.statement);
  const labels = labelsOf(node);
  return (outer) => {
    const object = head.iterable(outer);
    for (const key of enumerableKeys(object)) {
      if (!(key in Object(object))) continue;
      machine.step(node);
      const completion = body(head.begin(outer, key));
      const after = afterTurn(completion, labels);
      if (after === 'stop') return undefined;
      if (after === 'leave') return completion;
    }
    return undefined;
  };
}
