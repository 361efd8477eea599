import { ts } from 'ts-morph';
import type { PrivateSlot } from './expressions.js';
import type { Machine } from './machine.js';
import { type Callable, isObject } from './values.js';

type Member =
  | { readonly kind: 'field'; value: unknown }
  | { readonly kind: 'method'; readonly method: Callable }
  | { readonly kind: 'accessor'; get: Callable | undefined; set: Callable | undefined };

class PrivateMembers implements PrivateSlot {
  private readonly members = new WeakMap<object, Member>();

  constructor(
    private readonly name: string,
    private readonly machine: Machine,
  ) {}

  has(object: unknown): boolean {
    if (!isObject(object)) throw new TypeError("Cannot use 'in' operator to search for '#name' in a value that is not an object");
    return this.members.has(object);
  }

  get(object: unknown, node: ts.Node): unknown {
    const member = this.member(object, node, 'read');
    if (member.kind === 'field') return member.value;
    if (member.kind === 'method') return member.method;
    if (member.get === undefined) throw this.machine.thrown(new TypeError(`'${this.name}' was defined without a getter`), node);
    return this.machine.call(member.get, object, [], node);
  }

  set(object: unknown, value: unknown, node: ts.Node): void {
    const member = this.member(object, node, 'write');
    if (member.kind === 'field') {
      this.machine.journal.touch(member, 'value', this.machine.site(node));
      member.value = value;
    } else if (member.kind === 'method') throw this.machine.thrown(new TypeError(`Private method '${this.name}' is not writable`), node);
    else if (member.set === undefined) throw this.machine.thrown(new TypeError(`'${this.name}' was defined without a setter`), node);
    else this.machine.call(member.set, object, [value], node);
  }

  add(object: object, node: ts.Node, value: unknown): void {
    const before = this.members.get(object);
    if (ts.isGetAccessor(node) || ts.isSetAccessor(node)) {
      const accessor = before?.kind === 'accessor' ? before : { kind: 'accessor' as const, get: undefined, set: undefined };
      this.members.set(object, { ...accessor, [ts.isGetAccessor(node) ? 'get' : 'set']: value as Callable });
    } else if (before !== undefined) {
      throw new TypeError(`Cannot initialize ${this.name} twice on the same object`);
    } else if (ts.isMethodDeclaration(node)) this.members.set(object, { kind: 'method', method: value as Callable });
    else this.members.set(object, { kind: 'field', value });
  }

  private member(object: unknown, node: ts.Node, action: string): Member {
    const member = isObject(object) ? this.members.get(object) : undefined;
    if (member === undefined) {
      throw this.machine.thrown(
        new TypeError(`Cannot ${action} private member ${this.name} of an object whose class did not declare it`),
        node,
      );
    }
    return member;
  }
}

/** What one evaluation of a class keeps under the private name `name`. */
export function createPrivateSlot(name: string, machine: Machine): PrivateSlot {
  return new PrivateMembers(name, machine);
}

/** Gives `object` the private member that `node` declares. */
export function addPrivateMember(slot: unknown, object: object, node: ts.Node, value: unknown): void {
  (slot as PrivateMembers).add(object, node, value);
}
