import { ts } from 'ts-morph';
import * as messages from '../diagnostics/messages.js';
import type { Env, Execute, Run } from './env.js';
import { propertyKey } from './names.js';
import { StaticScope } from './scope.js';

/** `enum`: an object with the members, and with the names of number members by their value. */
export function compileEnum(node: ts.EnumDeclaration, env: Env): Execute {
  const { machine } = env;
  const { slot } = env.scope.own(node.name.text)!;
  // Initialisers see the earlier members by their names.
  const scope = new StaticScope(env.scope);
  for (const member of node.members) if (!ts.isComputedPropertyName(member.name)) scope.declare(member.name.text, 'const');
  const inner = env.within(scope);
  const members = node.members.map((member) => ({
    member,
    key: propertyKey(member.name, inner),
    value: member.initializer === undefined ? undefined : (inner.expression(member.initializer) as Run),
  }));
  return (outer) => {
    const frame = scope.create(outer);
    // Declarations of the same enum add to it.
    const object = (outer.values[slot] ?? {}) as Record<string, unknown>;
    let next: unknown = 0;
    for (const { member, key, value } of members) {
      const name = String(key(frame));
      const content = value === undefined ? next : value(frame);
      if (typeof content !== 'number' && typeof content !== 'string') {
        throw machine.abort(messages.unsupportedSyntax('an enum member that is neither a number nor a string'), member);
      }
      object[name] = content;
      if (typeof content === 'number') object[String(content)] = name;
      frame.values[scope.declare(name, 'const').slot] = content;
      next = typeof content === 'number' ? content + 1 : undefined;
    }
    outer.values[slot] = object;
    return undefined;
  };
}
