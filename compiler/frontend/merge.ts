/**
 * What a place holds where two ways through the program meet: the same host value, a tensor or a number that depends on the
 * way, arrays and objects of these; anything else is a conflict, which is an error for whoever reads it.
 */
import type { Value } from '../ir/graph.js';
import { sameType, type TensorType, typeText } from '../ir/types.js';
import { type Change, MISSING } from './journal.js';
import type { Machine } from './machine.js';
import type { Scalars } from './scalars.js';
import { isHostSymbolic, TensorScalar } from './symbolic.js';
import type { TensorInstance, Tensors } from './tensors.js';
import { describe, isObject } from './values.js';

/** Stands for the value of a place on a way that does not need it. */
export const ABSENT: unique symbol = Symbol('absent');

/** Found in place of a value that two ways disagree on. */
export class Conflict {
  constructor(
    /** Ends the evaluation with what is wrong; `use` is where the value is needed. */
    readonly refuse: () => never,
  ) {}
  [Symbol.toPrimitive](): never {
    return this.refuse();
  }
}

/** A value that is computed when the way it belongs to is known: as the last part of that way. */
export class Computed {
  constructor(readonly compute: () => Value) {}
}

/** A value that a region yields. */
export interface Leaf {
  readonly make: 'tensor' | 'handle' | 'number' | 'boolean';
  readonly type: TensorType;
  /** What it is on each way. */
  readonly values: readonly unknown[];
}

export type Plan =
  | { readonly kind: 'same'; readonly value: unknown }
  | { readonly kind: 'leaf'; readonly index: number }
  | {
      readonly kind: 'container';
      readonly like: object;
      readonly parts: readonly (readonly [PropertyKey, Plan])[];
      /** The objects that it stands for. */
      readonly from: readonly object[];
    }
  | { readonly kind: 'conflict'; readonly conflict: Conflict };

/** Says that the values of a place disagree, in a few words for each. */
export type Disagree = (first: string, second: string) => Conflict;

/** The objects of the program as one way leaves them, though their changes are taken back, or the other way about. */
export class View {
  private readonly values = new Map<object, Map<unknown, unknown>>();

  constructor(changes: readonly Change[], which: 'before' | 'after') {
    for (const change of changes) {
      const { object, key } = change.location;
      const row = this.values.get(object) ?? new Map<unknown, unknown>();
      this.values.set(object, row.set(key, change[which]));
    }
  }

  get(object: object, key: PropertyKey): unknown {
    const row = this.values.get(object);
    return row?.has(key) ? row.get(key) : (object as Record<PropertyKey, unknown>)[key];
  }

  keys(object: object): PropertyKey[] {
    const keys = Reflect.ownKeys(object);
    const row = this.values.get(object);
    if (row === undefined) return keys;
    const added = [...row.keys()].filter((key): key is string | symbol => row.get(key) !== MISSING && !keys.includes(key as string));
    return [...keys.filter((key) => row.get(key) !== MISSING), ...added];
  }
}

/** A tensor and what stood behind it. */
interface Held {
  readonly tensor: TensorInstance;
  readonly handle: object;
  /** What stood behind the root of a view. */
  readonly root: object | undefined;
}

/** Containers within containers. */
const DEPTH_LIMIT = 32;

export class Merger {
  readonly leaves: Leaf[] = [];
  /** Plans of pairs of objects: places that held one object hold one object again. */
  private readonly known = new Map<unknown, Map<unknown, Plan>>();

  constructor(
    private readonly tensors: Tensors,
    private readonly scalars: Scalars,
    private readonly machine: Machine,
    /** How each way sees objects. */
    private readonly views: readonly [View, View],
  ) {}

  /** How the values of a place on two ways become one. */
  plan(first: unknown, second: unknown, disagree: Disagree, depth = 0): Plan {
    if (first === ABSENT && second === ABSENT) return { kind: 'same', value: undefined };
    if (Object.is(first, second)) return { kind: 'same', value: first };
    const found = this.known.get(first)?.get(second);
    if (found !== undefined) return found;
    const plan = this.merge(first, second, disagree, depth);
    if (isObject(first) || isObject(second)) {
      const row = this.known.get(first) ?? new Map<unknown, Plan>();
      this.known.set(first, row.set(second, plan));
    }
    return plan;
  }

  /** A value of a given type that each way computes. */
  leaf(make: Leaf['make'], type: TensorType, values: readonly unknown[]): number {
    this.leaves.push({ make, type, values });
    return this.leaves.length - 1;
  }

  private merge(first: unknown, second: unknown, disagree: Disagree, depth: number): Plan {
    const conflict = (): Plan => ({ kind: 'conflict', conflict: disagree(this.describe(first), this.describe(second)) });
    if (first instanceof Conflict) return { kind: 'conflict', conflict: first };
    if (second instanceof Conflict) return { kind: 'conflict', conflict: second };
    const present = first === ABSENT ? [second] : second === ABSENT ? [first] : [first, second];
    const types = present.map((value) => this.typeOf(value));
    const [type, other] = types;
    if (type !== undefined && types.every((each) => each !== undefined)) {
      const make = this.makeOf(present[0])!;
      if (present.some((value) => this.makeOf(value) !== make)) return conflict();
      if (make === 'tensor' || make === 'handle') {
        if (other !== undefined && !sameType(type, other)) return conflict();
        const values = make === 'handle' ? [first, second] : [first, second].map((value, way) => this.held(value, way));
        return { kind: 'leaf', index: this.leaf(make, type, values) };
      }
      if (present.length === 1 && !(present[0] instanceof TensorScalar)) return { kind: 'same', value: present[0] };
      const dtype = make === 'boolean' ? 'bool' : types.every((each) => each?.dtype !== 'f32') ? 'i32' : 'f32';
      return { kind: 'leaf', index: this.leaf(make, { dtype, shape: [] }, [first, second]) };
    }
    const views = first === ABSENT ? [this.views[1]] : this.views;
    const keys = containerKeys(present, views);
    if (keys !== undefined && depth < DEPTH_LIMIT) {
      const of = (value: unknown, key: PropertyKey, way: 0 | 1) => (value === ABSENT ? ABSENT : this.views[way].get(value as object, key));
      const parts = keys.map((key) => [key, this.plan(of(first, key, 0), of(second, key, 1), disagree, depth + 1)] as const);
      if (present.length === 1 && parts.every(([, part]) => part.kind === 'same')) return { kind: 'same', value: present[0] };
      return { kind: 'container', like: present[0] as object, parts, from: present as object[] };
    }
    return present.length === 1 ? { kind: 'same', value: present[0] } : conflict();
  }

  private held(value: unknown, way: number): unknown {
    if (value === ABSENT) return ABSENT;
    const view = this.views[way]!;
    const tensor = value as TensorInstance;
    const root = tensor.alias && (view.get(tensor.alias.root, 'handle') as object);
    return { tensor, handle: view.get(tensor, 'handle') as object, root } satisfies Held;
  }

  /** What a value is to a region; undefined where it is no tensor and no number. */
  private typeOf(value: unknown): TensorType | undefined {
    const make = this.makeOf(value);
    if (make === undefined) return undefined;
    if (make === 'tensor') return tensorType(this.tensors, (value as { handle: object }).handle);
    if (make === 'handle') return tensorType(this.tensors, value as object);
    return { dtype: make === 'boolean' ? 'bool' : this.scalars.typeOf(value), shape: [] };
  }

  private makeOf(value: unknown): Leaf['make'] | undefined {
    if (value instanceof TensorScalar) return value.type;
    if (isHostSymbolic(value)) return 'number';
    if (typeof value === 'number' || typeof value === 'boolean') return typeof value as 'number' | 'boolean';
    if (this.tensors.isTensor(value)) return 'tensor';
    return isObject(value) && this.tensors.typeOf(value) !== undefined ? 'handle' : undefined;
  }

  /** The value of a leaf on one way, computed there. */
  materialise(leaf: Leaf, way: number): Value {
    const value = leaf.values[way];
    const { tensors, scalars } = this;
    if (value instanceof Computed) return value.compute();
    if (value === ABSENT) return tensors.compute('constant', [], { value: 0, dtype: leaf.type.dtype, shape: leaf.type.shape });
    switch (leaf.make) {
      case 'tensor': {
        const { tensor, handle, root } = value as Held;
        if (root !== undefined) return tensors.valueOfView(tensor, root);
        return tensor.handle === handle ? tensors.valueOf(tensor) : tensors.valueOfHandle(handle);
      }
      case 'handle':
        return tensors.valueOfHandle(value as object);
      default:
        return scalars.number(value, leaf.type.dtype);
    }
  }

  /** The host values of plans, given the value of each leaf. */
  builder(values: readonly Value[]): (plan: Plan) => unknown {
    const leaves = this.leaves.map((leaf, index) => lazily(() => this.wrap(leaf, values[index]!)));
    const made = new Map<Plan, unknown>();
    const build = (plan: Plan): unknown => {
      switch (plan.kind) {
        case 'same':
          return plan.value;
        case 'conflict':
          return plan.conflict;
        case 'leaf':
          return leaves[plan.index]!();
        case 'container': {
          if (made.has(plan)) return made.get(plan);
          const object: object = Array.isArray(plan.like) ? [] : Object.create(Object.getPrototypeOf(plan.like) as object | null);
          made.set(plan, object);
          this.machine.journal.made(object);
          this.machine.standsFor(object, plan.from);
          for (const [key, part] of plan.parts) {
            Object.defineProperty(object, key, { value: build(part), writable: true, enumerable: true, configurable: true });
          }
          return object;
        }
      }
    };
    return build;
  }

  private wrap({ make, values }: Leaf, value: Value): unknown {
    if (make === 'tensor') {
      const tensor = this.tensors.tensorOf(value);
      this.machine.standsFor(
        tensor,
        values.flatMap((value) => {
          if (value === ABSENT) return [];
          const { tensor: source } = value as Held;
          return source.alias === undefined ? [source] : [source, source.alias.root];
        }),
      );
      return tensor;
    }
    return make === 'handle' ? this.tensors.handleOf(value) : this.scalars.wrap(value, make);
  }

  /** A value in a few words. */
  describe(value: unknown): string {
    const type = this.typeOf(value);
    const make = this.makeOf(value);
    if (type !== undefined && (make === 'tensor' || make === 'handle')) return `a tensor ${typeText(type)}`;
    if (value instanceof TensorScalar) return `a ${value.type} that depends on a tensor`;
    if (typeof value === 'symbol') return 'nothing';
    if (Array.isArray(value)) return `an array of ${value.length}`;
    return isHostSymbolic(value) ? `the size ${String(value)}` : describe(value);
  }
}

/** Texts that differ exactly where plans have different leaves. */
export function planText(plans: readonly Plan[], leaves: readonly Leaf[]): string {
  const text = (plan: Plan): string => {
    switch (plan.kind) {
      case 'leaf':
        return `%${plan.index}`;
      case 'container':
        return `{${plan.parts.map(([key, part]) => `${String(key)}: ${text(part)}`).join(', ')}}`;
      default:
        return plan.kind;
    }
  };
  return `${plans.map(text).join('; ')} | ${leaves.map((leaf) => `${leaf.make} ${typeText(leaf.type)}`).join(', ')}`;
}

function tensorType(tensors: Tensors, handle: object): TensorType {
  const type = tensors.typeOf(handle);
  if (type === undefined) throw new TypeError('a tensor has no value: tensors are made by operations, not by new Tensor');
  return type;
}

/** The keys of objects that can be taken apart and put together again, where they are the same for all of them. */
function containerKeys(values: readonly unknown[], views: readonly View[]): readonly PropertyKey[] | undefined {
  const [first] = values;
  if (!values.every(isContainer)) return undefined;
  const prototype: unknown = Object.getPrototypeOf(first);
  const ownKeys = (value: object, way: number) => views[way]!.keys(value).filter((key) => !(Array.isArray(value) && key === 'length'));
  const keys = ownKeys(first as object, 0);
  const alike = values.every((value, way) => {
    const others = ownKeys(value as object, way);
    return Object.getPrototypeOf(value) === prototype && others.length === keys.length && others.every((key, i) => key === keys[i]);
  });
  return alike ? keys : undefined;
}

function isContainer(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === Object.keys(value).length;
  if (!isObject(value) || typeof value === 'function') return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Reflect.ownKeys(value).every((key) => {
    const descriptor = Reflect.getOwnPropertyDescriptor(value, key)!;
    return descriptor.get === undefined && descriptor.set === undefined && descriptor.enumerable === true;
  });
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
