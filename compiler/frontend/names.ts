import { ts } from 'ts-morph';
import { compileSubject } from './either.js';
import type { Env, Run } from './env.js';

/** Compiles the value of a named place: an anonymous function or class takes the place's name, as in JavaScript. */
export function nameOfAnonymous(node: ts.Expression, name: string, env: Env): Run {
  let value = node;
  while (ts.isAsExpression(value) || ts.isSatisfiesExpression(value) || ts.isParenthesizedExpression(value)) value = value.expression;
  if (ts.isArrowFunction(value)) return env.machine.compilers.closure(value, env, name);
  if (ts.isFunctionExpression(value) && value.name === undefined) return env.machine.compilers.closure(value, env, name);
  if (ts.isClassExpression(value) && value.name === undefined) return env.machine.compilers.classValue(value, env, name);
  return compileSubject(node, env);
}

/** The key of a member of a class or object literal, as a closure. */
export function propertyKey(name: ts.PropertyName, env: Env): Run {
  if (ts.isComputedPropertyName(name)) {
    const { machine } = env;
    const key = env.expression(name.expression);
    return (scope) => {
      const value = key(scope);
      return typeof value === 'symbol' || typeof value === 'string' ? value : machine.guard(name, () => String(value));
    };
  }
  const text = ts.isNumericLiteral(name) ? String(Number(name.text)) : name.text;
  return () => text;
}
