import { ts } from 'ts-morph';
import * as messages from '../diagnostics/messages.js';
import { readDecorators } from './decorators.js';
import type { Env, Execute, Run } from './env.js';
import { hasModifier } from './expressions.js';
import { type Body, compileBody, type FunctionNode, lengthOf } from './functions.js';
import { compileIdentifier } from './identifiers.js';
import { defineMethod } from './literals.js';
import { nameOfAnonymous, propertyKey } from './names.js';
import { addPrivateMember, createPrivateSlot } from './private-names.js';
import { type Scope, StaticScope, UNINITIALISED } from './scope.js';
import { type Callable, isObject } from './values.js';

const { SyntaxKind } = ts;

type Method = ts.MethodDeclaration | ts.AccessorDeclaration;

/** The parts of a class in the order of its text. */
interface Members {
  readonly constructorNode: (ts.ConstructorDeclaration & { readonly body: ts.Block }) | undefined;
  readonly methods: readonly Method[];
  readonly fields: readonly ts.PropertyDeclaration[];
  /** Static fields and static blocks, which run in their order. */
  readonly statics: readonly (ts.PropertyDeclaration | ts.ClassStaticBlockDeclaration)[];
}

function isStatic(member: ts.ClassElement): boolean {
  return hasModifier(member, SyntaxKind.StaticKeyword);
}

function sortMembers(node: ts.ClassLikeDeclaration, env: Env): Members {
  const methods: Method[] = [];
  const fields: ts.PropertyDeclaration[] = [];
  const statics: (ts.PropertyDeclaration | ts.ClassStaticBlockDeclaration)[] = [];
  let constructorNode: Members['constructorNode'];
  for (const member of node.members) {
    if (hasModifier(member, SyntaxKind.DeclareKeyword) || hasModifier(member, SyntaxKind.AbstractKeyword)) continue;
    if (ts.isConstructorDeclaration(member)) {
      if (member.body !== undefined) constructorNode = member as typeof member & { body: ts.Block };
    } else if (ts.isMethodDeclaration(member) || ts.isAccessor(member)) {
      if (member.body !== undefined) methods.push(member);
    } else if (ts.isPropertyDeclaration(member)) {
      if (hasModifier(member, SyntaxKind.AccessorKeyword)) {
        throw env.machine.abort(messages.unsupportedSyntax("an 'accessor' field", 'write a getter and a setter'), member);
      }
      (isStatic(member) ? statics : fields).push(member);
    } else if (ts.isClassStaticBlockDeclaration(member)) statics.push(member);
  }
  return { constructorNode, methods, fields, statics };
}

/** Compiles a class to a closure that makes the class value: a real constructor function with a real prototype. */
export function compileClass(node: ts.ClassLikeDeclaration, outerEnv: Env, name?: string): Run {
  const { machine } = outerEnv;
  const scope = new StaticScope(outerEnv.scope);
  const env = outerEnv.within(scope);
  const ownSlot = node.name === undefined ? undefined : scope.declare(node.name.text, 'const').slot;
  const classSlot = scope.declare('%class', 'var').slot;
  const prototypeSlot = scope.declare('%prototype', 'var').slot;
  const privateNames = new Map<string, { slot: number; label: string }>();
  for (const member of node.members) {
    if (member.name !== undefined && ts.isPrivateIdentifier(member.name)) {
      privateNames.set(member.name.text, { slot: scope.declare(member.name.text, 'var').slot, label: member.name.text });
    }
  }
  const heritage = node.heritageClauses?.find((clause) => clause.token === SyntaxKind.ExtendsKeyword)?.types[0]?.expression;
  const parentRun = heritage === undefined ? undefined : env.expression(heritage);
  const members = sortMembers(node, env);
  const className = node.name?.text ?? name ?? '';
  const methods = members.methods.map((member) => ({ member, closure: machine.compilers.closure(member, env) }));
  const fieldKeys = new Map([...members.fields, ...members.statics].flatMap((field) => keyOfField(field, env)));
  const decorators = readDecorators(node, outerEnv);
  const initialise = lazily(() => compileFields(members.fields, env));
  const initialiseStatics = lazily(() => compileStatics(members.statics, env));
  const constructorBody = lazily(() => compileConstructor(members.constructorNode, heritage !== undefined, env));
  const length = members.constructorNode === undefined ? 0 : lengthOf(members.constructorNode.parameters);

  return (outer) => {
    const frame = scope.create(outer);
    const parent = parentRun?.(frame);
    if (parentRun !== undefined && parent !== null && typeof parent !== 'function') {
      throw machine.thrown(new TypeError(`Class extends value ${String(parent)} is not a constructor or null`), heritage!);
    }
    const keys: Keys = new Map();
    const instances: Instances = { made: (self) => machine.journal.made(self), initialise: (self) => initialise()(frame, self, keys) };
    const value = classFunction(className, (args, newTarget) => {
      return construct(constructorBody(), frame, value, args, newTarget, instances);
    });
    const prototype = Object.create(
      parent === null ? null : parent === undefined ? Object.prototype : (parent as { prototype: object }).prototype,
    ) as object;
    if (typeof parent === 'function') Object.setPrototypeOf(value, parent);
    Object.defineProperty(value, 'prototype', { value: prototype, writable: false, enumerable: false, configurable: false });
    Object.defineProperty(value, 'length', { value: length, configurable: true });
    Object.defineProperty(value, 'name', { value: className, configurable: true });
    Object.defineProperty(prototype, 'constructor', { value, writable: true, enumerable: false, configurable: true });
    machine.register(value, node);
    frame.values[classSlot] = value;
    frame.values[prototypeSlot] = prototype;
    for (const { slot, label } of privateNames.values()) frame.values[slot] = createPrivateSlot(label, machine);
    const privateMethods: { member: Method; method: Callable }[] = [];
    for (const { member, closure } of methods) {
      const method = closure(frame) as Callable;
      if (ts.isPrivateIdentifier(member.name)) privateMethods.push({ member, method });
      else defineMethod(isStatic(member) ? value : prototype, propertyKey(member.name, env)(frame) as PropertyKey, method, member, false);
    }
    for (const [field, key] of fieldKeys) keys.set(field, key(frame) as PropertyKey);
    instances.privateMethods = privateMethods
      .filter(({ member }) => !isStatic(member))
      .map(
        ({ member, method }) =>
          (self) =>
            addPrivateMember(frame.values[privateNames.get(member.name.getText())!.slot], self, member, method),
      );
    for (const { member, method } of privateMethods) {
      if (isStatic(member)) addPrivateMember(frame.values[privateNames.get(member.name.getText())!.slot], value, member, method);
    }
    if (ownSlot !== undefined) frame.values[ownSlot] = value;
    decorators(outer, value);
    initialiseStatics()(frame, value, keys);
    return value;
  };
}

/** Property keys of fields, evaluated once when the class is. */
type Keys = Map<ts.Node, PropertyKey>;

interface Instances {
  readonly made: (self: object) => void;
  readonly initialise: (self: object) => void;
  privateMethods?: readonly ((self: object) => void)[];
}

function keyOfField(field: ts.PropertyDeclaration | ts.ClassStaticBlockDeclaration, env: Env): [ts.Node, Run][] {
  return ts.isPropertyDeclaration(field) && !ts.isPrivateIdentifier(field.name) ? [[field, propertyKey(field.name, env)]] : [];
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function classFunction(name: string, construct: (args: readonly unknown[], newTarget: Callable) => object): Callable {
  return function (this: unknown, ...args: unknown[]) {
    if (new.target === undefined) throw new TypeError(`Class constructor ${name} cannot be invoked without 'new'`);
    return construct(args, new.target as unknown as Callable);
  };
}

type InitialiseFields = (frame: Scope, self: object, keys: Keys) => void;

/** Fields run as one function whose `this` is the instance. */
function compileFields(fields: readonly ts.PropertyDeclaration[], env: Env): InitialiseFields {
  const scope = new StaticScope(env.scope);
  const self = scope.declare('this', 'var').slot;
  scope.declare('new.target', 'var');
  const inner = env.within(scope);
  const defines = fields.map((field) => compileField(field, inner));
  return (frame, instance, keys) => {
    const inside = scope.create(frame);
    inside.values[self] = instance;
    for (const define of defines) define(inside, instance, keys);
  };
}

function compileField(field: ts.PropertyDeclaration, env: Env): (scope: Scope, self: object, keys: Keys) => void {
  const label = ts.isComputedPropertyName(field.name) ? undefined : field.name.text;
  const initialiser = field.initializer;
  const value: Run =
    initialiser === undefined
      ? () => undefined
      : label === undefined
        ? env.expression(initialiser)
        : nameOfAnonymous(initialiser, label, env);
  if (ts.isPrivateIdentifier(field.name)) {
    const slot = env.scope.resolve(field.name.text)!;
    return (scope, self) => {
      let at = scope;
      for (let step = 0; step < slot.depth; step++) at = at.parent!;
      addPrivateMember(at.values[slot.binding.slot], self, field, value(scope));
    };
  }
  return (scope, self, keys) => {
    const result = value(scope);
    env.machine.guard(field, () =>
      Object.defineProperty(self, keys.get(field)!, { value: result, writable: true, enumerable: true, configurable: true }),
    );
  };
}

function compileStatics(members: Members['statics'], env: Env): InitialiseFields {
  const scope = new StaticScope(env.scope);
  const self = scope.declare('this', 'var').slot;
  scope.declare('new.target', 'var');
  const inner = env.within(scope);
  const steps = members.map((member) => {
    if (ts.isPropertyDeclaration(member)) return compileField(member, inner);
    const block: Execute = inner.statement(member.body);
    return (frame: Scope) => void block(frame);
  });
  return (frame, value, keys) => {
    const inside = scope.create(frame);
    inside.values[self] = value;
    for (const step of steps) step(inside, value, keys);
  };
}

interface ConstructorBody {
  readonly derived: boolean;
  /** Absent for the constructor that JavaScript supplies. */
  readonly body: Body | undefined;
  /** `constructor(private x)` declares x before the other fields, and assigns it after them. */
  readonly declareProperties: (self: object) => void;
  readonly assignProperties: (frame: Scope, self: object) => void;
}

function compileConstructor(node: Members['constructorNode'], derived: boolean, env: Env): ConstructorBody {
  if (node === undefined) return { derived, body: undefined, declareProperties: () => {}, assignProperties: () => {} };
  const properties = node.parameters
    .filter((parameter) => ts.isParameterPropertyDeclaration(parameter, node))
    .map((parameter) => parameter.name as ts.Identifier);
  const body = compileBody(node as FunctionNode, env, { arrow: false, derived });
  const inside = env.within(body.scope);
  const reads = properties.map((name) => ({ name: name.text, read: compileIdentifier(name, inside) }));
  return {
    derived,
    body,
    declareProperties(self) {
      for (const { name } of reads)
        Object.defineProperty(self, name, { value: undefined, writable: true, enumerable: true, configurable: true });
    },
    assignProperties(frame, self) {
      for (const { name, read } of reads) (self as Record<string, unknown>)[name] = read(frame);
    },
  };
}

function construct(
  { derived, body, declareProperties, assignProperties }: ConstructorBody,
  classFrame: Scope,
  value: Callable,
  args: readonly unknown[],
  newTarget: Callable,
  instances: Instances,
): object {
  const frame = body?.scope.create(classFrame);
  const begin = (self: object) => {
    instances.made(self);
    for (const add of instances.privateMethods ?? []) add(self);
    declareProperties(self);
    instances.initialise(self);
  };
  if (!derived) {
    const self = Object.create(newTarget.prototype as object) as object;
    begin(self);
    if (body === undefined || frame === undefined) return self;
    frame.values[body.slots.self] = self;
    frame.values[body.slots.newTarget] = newTarget;
    const result = body.run(frame, args, () => assignProperties(frame, self));
    return isObject(result) ? result : self;
  }
  const callSuper = (values: readonly unknown[]): object => {
    const parent: unknown = Object.getPrototypeOf(value);
    if (typeof parent !== 'function') throw new TypeError('Super constructor is not a constructor');
    const self = Reflect.construct(parent, values, newTarget) as object;
    if (frame !== undefined && body !== undefined) {
      if (frame.values[body.slots.self] !== UNINITIALISED) throw new ReferenceError('Super constructor may only be called once');
      frame.values[body.slots.self] = self;
    }
    begin(self);
    if (frame !== undefined) assignProperties(frame, self);
    return self;
  };
  if (body === undefined || frame === undefined) return callSuper(args);
  frame.values[body.slots.newTarget] = newTarget;
  frame.values[body.slots.superCall] = callSuper;
  const result = body.run(frame, args);
  if (isObject(result)) return result;
  const self = frame.values[body.slots.self];
  if (self === UNINITIALISED)
    throw new ReferenceError("Must call super constructor in derived class before accessing 'this' or returning from derived constructor");
  return self as object;
}
