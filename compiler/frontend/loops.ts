import { ts } from 'ts-morph';
import { assignTo } from './assignments.js';
import { compileCondition, type Holds, isPure } from './conditions.js';
import type { Env, Execute, Run, Store } from './env.js';
import { isMixed } from './exits.js';
import { refuse } from './expressions.js';
import { bindingTarget, closeQuietly, iterate } from './patterns.js';
import type { Scope, StaticScope } from './scope.js';
import { compileTurn, compileVariables, labelsOf, loopScope } from './statements.js';
import { type Completion, type Definite, Thrown } from './values.js';

/** What a loop does after a turn that ended with `completion`: goes on, stops, or stops and hands it on. */
export function afterTurn(completion: Definite | undefined, labels: readonly string[]): 'next' | 'stop' | 'leave' {
  if (completion === undefined) return 'next';
  if (completion.kind === 'continue') return completion.label === undefined || labels.includes(completion.label) ? 'next' : 'leave';
  return completion.kind === 'break' && completion.label === undefined ? 'stop' : 'leave';
}

export function compileWhile(node: ts.WhileStatement | ts.DoStatement, env: Env): Execute {
  const { machine } = env;
  const test = compileCondition(node.expression, env);
  const testIsPure = isPure(node.expression);
  const body = compileTurn(node.statement, env);
  const labels = labelsOf(node);
  const after = (way: Definite | undefined) => afterTurn(way, labels);
  const testsFirst = ts.isWhileStatement(node);
  return (scope) => machine.control.loops.run({ node, test, testIsPure, body, advance: (frame) => frame, after, testsFirst, frame: scope });
}

/** The head of a `for`: `let` variables are fresh in every turn, so that closures keep the turn's values. */
export interface ForHead {
  begin(outer: Scope): Scope;
  readonly holds: Holds;
  /** Whether evaluating the condition changes nothing. */
  readonly testIsPure: boolean;
  /** Goes on to the next turn: its scope is the same one again where that is asked for. */
  advance(scope: Scope, inPlace?: boolean): Scope;
  readonly inner: Env;
}

export function compileForHead(node: ts.ForStatement, env: Env): ForHead {
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
  const condition = node.condition === undefined ? undefined : compileCondition(node.condition, inner);
  const increment = node.incrementor === undefined ? undefined : inner.expression(node.incrementor);
  return {
    inner,
    begin(outer) {
      const frame = fresh ? scope.create(outer) : outer;
      initialise?.(frame);
      return frame;
    },
    holds: condition ?? (() => true),
    testIsPure: node.condition === undefined || isPure(node.condition),
    advance(frame, inPlace = false) {
      const next = fresh && !inPlace ? frame.copy() : frame;
      increment?.(next);
      return next;
    },
  };
}

export function compileFor(node: ts.ForStatement, env: Env): Execute {
  const { machine } = env;
  const head = compileForHead(node, env);
  const body = compileTurn(node.statement, head.inner);
  const labels = labelsOf(node);
  const after = (way: Definite | undefined) => afterTurn(way, labels);
  return (outer) => {
    const { holds: test, testIsPure, advance } = head;
    return machine.control.loops.run({ node, test, testIsPure, body, advance, after, testsFirst: true, frame: head.begin(outer) });
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
  const body = compileTurn(node.statement, head.inner);
  const labels = labelsOf(node);
  const after = (way: Definite | undefined) => afterTurn(way, labels);
  const turns = (iterator: Iterator<unknown>, outer: Scope): Completion | undefined => {
    const close = () => machine.guard(node, () => iterator.return?.());
    for (let result = nextItem(env, iterator, node); !result.done; result = nextItem(env, iterator, node)) {
      let completion: Completion | undefined;
      try {
        completion = body(head.begin(outer, result.value));
      } catch (error) {
        if (error instanceof Thrown) closeQuietly(iterator);
        throw error;
      }
      if (isMixed(completion)) return machine.control.loops.unroll({ node, after }, completion, () => turns(iterator, outer));
      const next = after(completion);
      if (next !== 'next') {
        close();
        return next === 'stop' ? undefined : completion;
      }
    }
    return undefined;
  };
  return (outer) => turns(iterate(env, head.iterable(outer), node.expression), outer);
}

export function nextItem(env: Env, iterator: Iterator<unknown>, node: ts.ForOfStatement): IteratorResult<unknown> {
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
  const body = compileTurn(node.statement, head.inner);
  const labels = labelsOf(node);
  const after = (way: Definite | undefined) => afterTurn(way, labels);
  const turns = (object: unknown, keys: readonly string[], outer: Scope): Completion | undefined => {
    for (const [index, key] of keys.entries()) {
      if (!(key in Object(object))) continue;
      machine.step(node);
      const completion = body(head.begin(outer, key));
      if (isMixed(completion)) {
        return machine.control.loops.unroll({ node, after }, completion, () => turns(object, keys.slice(index + 1), outer));
      }
      const next = after(completion);
      if (next === 'stop') return undefined;
      if (next === 'leave') return completion;
    }
    return undefined;
  };
  return (outer) => {
    const object = head.iterable(outer);
    return turns(object, enumerableKeys(object), outer);
  };
}
