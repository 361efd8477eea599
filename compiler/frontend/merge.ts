/**
 * What a place holds where two ways through the program meet: the same host value, a tensor or a number that depends on the
 * way, arrays and objects of these; anything else is a conflict, which is an error for whoever reads it.
 */
import type { ts } from 'ts-morph';
import type { Value } from '../ir/graph.js';
import { sameType, type TensorType, typeText } from '../ir/types.js';
import type { Alternative } from './alternatives.js';
import { type Change, MISSING } from './journal.js';
import type { Machine } from './machine.js';
import type { Scalars } from './scalars.js';
import { isHostSymbolic, TensorScalar } from './symbolic.js';
import type { TensorInstance, Tensors } from './tensors.js';
import { describe, isObject } from './values.js';

/** Stands for the value of a place on a way that does not need it. */
export const ABSENT: unique symbol = Symbol('absent');

/** One of two objects or functions. */
export interface Either {
  readonly condition: TensorScalar;
  readonly values: readonly [unknown, unknown];
}

/** Found in place of a value that two ways disagree on. */
export class Conflict {
  constructor(
    /** Ends the evaluation with what is wrong. */
    readonly refuse: () => never,
    /** The two values, and when it is the first one. */
    readonly either?: Either,
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
  | { readonly kind: 'leaf'; readonly index: number; readonly choice?: TensorChoice }
  | {
      readonly kind: 'container';
      readonly like: object;
      readonly parts: readonly (readonly [PropertyKey, Plan])[];
      /** The objects that it stands for. */
      readonly from: readonly object[];
    }
  | { readonly kind: 'conflict'; readonly conflict: Conflict; readonly parts?: readonly [Part, Part] };

/** A value that cannot be merged: an object or a function, or again one of two. */
type Part = { readonly plan: Plan } | { readonly conflict: Conflict; readonly condition: number; readonly parts: readonly [Part, Part] };

/** What a merged tensor may be: itself where `own`, or one that was there before. */
export interface TensorChoice {
  readonly entries: readonly ('own' | Candidate)[];
  /** The leaf that says which. */
  readonly which: number;
}

/** A tensor from before the ways parted, or a view of such a one. */
interface Candidate {
  readonly root: TensorInstance;
  readonly view: TensorInstance | undefined;
}

/** The two ways. */
export interface Ways {
  /** Whether an object was made on a way. */
  isFresh(object: object, way: 0 | 1): boolean;
  /** Whether they are turns of a loop, the second one after the first. */
  readonly turns: boolean;
  /** The statement or the condition where they part. */
  readonly node: ts.Node;
  /** When the first one is taken; not of turns. */
  readonly condition?: TensorScalar;
}

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
  /** What tensors that it depends on held. */
  readonly held: readonly (readonly [TensorInstance, object])[];
}

/** Places that hold a tensor from before. */
const OTHERS = -1;

/** Containers within containers. */
const DEPTH_LIMIT = 32;

export class Merger {
  readonly leaves: Leaf[] = [];
  /** Plans of pairs of objects: places that held one object hold one object again. */
  private readonly known = new Map<unknown, Map<unknown, Plan>>();
  /** The leaves that tensors made on a way are in. */
  private readonly owners = new Map<object, Set<number>>();
  private readonly unsettled: TensorInstance[] = [];

  constructor(
    private readonly tensors: Tensors,
    private readonly scalars: Scalars,
    private readonly machine: Machine,
    /** How each way sees objects. */
    private readonly views: readonly [View, View],
    private readonly ways: Ways,
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
    const conflict = (): Plan => {
      const known = [first, second].find((value) => value instanceof Conflict);
      const parts = this.ways.condition === undefined ? [] : [this.part(first, 0, disagree), this.part(second, 1, disagree)];
      const [one, other] = parts;
      const both = one === undefined || other === undefined ? undefined : ([one, other] as const);
      const found = known ?? disagree(this.describe(first), this.describe(second));
      return { kind: 'conflict', conflict: found, ...(both && { parts: both }) };
    };
    if (first instanceof Conflict || second instanceof Conflict) return conflict();
    const present = first === ABSENT ? [second] : second === ABSENT ? [first] : [first, second];
    const types = present.map((value) => this.typeOf(value));
    const [type, other] = types;
    if (type !== undefined && types.every((each) => each !== undefined)) {
      const make = this.makeOf(present[0])!;
      if (present.some((value) => this.makeOf(value) !== make)) return conflict();
      if (make === 'tensor' || make === 'handle') {
        if (other !== undefined && !sameType(type, other)) return conflict();
        if (make === 'handle') return { kind: 'leaf', index: this.leaf(make, type, [first, second]) };
        const { tracked } = this.tensors.alternatives;
        const way = first === ABSENT ? 1 : 0;
        if (tracked && present.length === 1 && !this.ways.isFresh(present[0] as object, way)) return { kind: 'same', value: present[0] };
        const values = [first, second].map((value, way) => this.held(value, way));
        const index = this.leaf(make, type, values);
        const choice = tracked ? this.choice([first, second], index) : undefined;
        return { kind: 'leaf', index, ...(choice && { choice }) };
      }
      if (present.length === 1 && !(present[0] instanceof TensorScalar)) return { kind: 'same', value: present[0] };
      const dtype = make === 'boolean' ? 'bool' : types.every((each) => each?.dtype !== 'f32') ? 'i32' : 'f32';
      return { kind: 'leaf', index: this.leaf(make, { dtype, shape: [] }, [first, second]) };
    }
    const views = first === ABSENT ? [this.views[1]] : this.views;
    const keys = this.keysOf(present, views, first === ABSENT ? 1 : 0);
    if (keys !== undefined && depth < DEPTH_LIMIT) {
      const of = (value: unknown, key: PropertyKey, way: 0 | 1) => (value === ABSENT ? ABSENT : this.views[way].get(value as object, key));
      const parts = keys.map((key) => [key, this.plan(of(first, key, 0), of(second, key, 1), disagree, depth + 1)] as const);
      if (present.length === 1 && parts.every(([, part]) => part.kind === 'same')) return { kind: 'same', value: present[0] };
      return { kind: 'container', like: present[0] as object, parts, from: present as object[] };
    }
    return present.length === 1 ? { kind: 'same', value: present[0] } : conflict();
  }

  /** The keys of what can be taken apart: containers, and instances of one class of which one was made on its way. */
  private keysOf(present: readonly unknown[], views: readonly View[], way: 0 | 1): readonly PropertyKey[] | undefined {
    const made = present.some((value, at) => isObject(value) && this.ways.isFresh(value, present.length === 1 ? way : (at as 0 | 1)));
    const isInstance = (value: unknown) => made && isObject(value) && this.machine.isPlainInstance(value);
    return containerKeys(present, views, (value) => isContainer(value) || isInstance(value));
  }

  /** A part of a value that is one of two. */
  private part(value: unknown, way: 0 | 1, disagree: Disagree): Part | undefined {
    if (!(value instanceof Conflict)) {
      if (!isObject(value) || isHostSymbolic(value)) return undefined;
      const made = this.ways.isFresh(value, way);
      return { plan: made ? this.plan(way === 0 ? value : ABSENT, way === 0 ? ABSENT : value, disagree) : { kind: 'same', value } };
    }
    const { either } = value;
    if (either === undefined) return undefined;
    const [first, second] = either.values.map((each) => this.part(each, way, disagree));
    if (first === undefined || second === undefined) return undefined;
    const given = way === 0 ? [either.condition, ABSENT] : [ABSENT, either.condition];
    return { conflict: value, condition: this.leaf('boolean', { dtype: 'bool', shape: [] }, given), parts: [first, second] };
  }

  private held(value: unknown, way: number): unknown {
    if (value === ABSENT) return ABSENT;
    const view = this.views[way]!;
    const tensor = value as TensorInstance;
    const roots = this.tensors.alternatives.rootsOf(tensor);
    return { tensor, held: roots.map((root) => [root, view.get(root, 'handle') as object] as const) } satisfies Held;
  }

  /** What the tensor of a leaf may be, besides one of its own. */
  private choice(values: readonly unknown[], index: number): TensorChoice | undefined {
    const entries: ('own' | Candidate)[] = [];
    const keys: unknown[] = [];
    const numberOf = (tensor: TensorInstance, way: 0 | 1): number => {
      const candidate = this.candidate(tensor, way, index);
      const key = candidate === 'own' ? 'own' : (candidate.view ?? candidate.root);
      const known = keys.indexOf(key);
      if (known >= 0) return known;
      entries.push(candidate);
      return keys.push(key) - 1;
    };
    const whiches = ([0, 1] as const).map((way) => {
      const value = values[way];
      if (value === ABSENT) return new Computed(() => this.scalars.constant(0, 'i32'));
      const alternative = this.tensors.alternatives.of(value as object);
      const tensors = alternative?.tensors ?? [value as TensorInstance];
      const numbers = tensors.map((tensor) => numberOf(tensor, way));
      return new Computed(() => this.renumbered(alternative, numbers));
    });
    if (entries.every((entry) => entry === 'own')) return undefined;
    return { entries, which: this.leaf('number', { dtype: 'i32', shape: [] }, whiches) };
  }

  /** The number of the tensor that an alternative is, by the numbers that its tensors have from now on. */
  private renumbered(alternative: Alternative | undefined, numbers: readonly number[]): Value {
    const { scalars } = this;
    if (alternative === undefined) return scalars.constant(numbers[0]!, 'i32');
    const which = scalars.valueOf(alternative.which);
    if (numbers.every((number, at) => number === at)) return which;
    const values = numbers.map((number) => scalars.constant(number, 'i32'));
    return values.reduceRight((rest, value, at) =>
      scalars.emit('select', [scalars.emit('eq', [which, scalars.constant(at, 'i32')]), value, rest]),
    );
  }

  private candidate(tensor: TensorInstance, way: 0 | 1, index: number): 'own' | Candidate {
    const { ways, owners } = this;
    if (!ways.isFresh(tensor, way)) return { root: tensor, view: undefined };
    const root = tensor.alias?.root;
    if (root !== undefined && !ways.isFresh(root, way) && !ways.turns) return { root, view: tensor };
    for (const each of this.tensors.alternatives.rootsOf(tensor)) {
      const known = owners.get(each) ?? new Set(ways.isFresh(each, way) ? [] : [OTHERS]);
      owners.set(each, known.add(index));
    }
    return 'own';
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
        const { tensor, held } = value as Held;
        return tensors.valueWhere(tensor, held);
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
    const seen = new Set<Plan>();
    const eitherOf = (conflict: Conflict, condition: TensorScalar, [first, second]: readonly [Part, Part]): Conflict =>
      new Conflict(conflict.refuse, { condition, values: [built(first), built(second)] });
    const built = (part: Part): unknown =>
      'plan' in part ? build(part.plan) : eitherOf(part.conflict, leaves[part.condition]!() as TensorScalar, part.parts);
    const build = (plan: Plan): unknown => {
      switch (plan.kind) {
        case 'same':
          return plan.value;
        case 'conflict': {
          const { condition } = this.ways;
          const { conflict, parts } = plan;
          return parts === undefined || condition === undefined ? conflict : eitherOf(conflict, condition, parts);
        }
        case 'leaf': {
          const value = leaves[plan.index]!();
          if (this.tensors.alternatives.tracked && !seen.has(plan)) this.noteSharing(value as TensorInstance, plan, values);
          seen.add(plan);
          return value;
        }
        case 'container': {
          if (made.has(plan)) return made.get(plan);
          const object: object = Array.isArray(plan.like) ? [] : Object.create(Object.getPrototypeOf(plan.like) as object | null);
          made.set(plan, object);
          this.machine.journal.made(object);
          this.machine.standsFor(object, plan.from, this.ways.node);
          for (const [key, part] of plan.parts) {
            Object.defineProperty(object, key, { value: build(part), writable: true, enumerable: true, configurable: true });
          }
          return object;
        }
      }
    };
    return build;
  }

  /** Notes what the memory of a merged tensor may be. */
  private noteSharing(tensor: TensorInstance, { index, choice }: Plan & { readonly kind: 'leaf' }, values: readonly Value[]): void {
    const { tensors, machine } = this;
    let own: TensorInstance | undefined;
    if (choice === undefined) own = tensor;
    else {
      const made = choice.entries.map((entry) => {
        if (entry !== 'own') return entry.view === undefined ? entry.root : tensors.viewLike(entry.view, entry.root, tensor.handle);
        own = tensors.tensorOf(tensors.valueOfHandle(tensor.handle));
        return own;
      });
      const which = this.scalars.wrap(values[choice.which]!, 'number');
      tensors.alternatives.note(tensor, { tensors: made, own, which });
      this.unsettled.push(tensor);
    }
    // What several places hold and was made on a way: a change of one cannot be followed to the others.
    const shared = [...this.owners]
      .filter(([object, places]) => places.has(index) && (places.size > 1 || machine.standsForOthers(object)))
      .map(([object]) => object);
    if (own !== undefined && shared.length > 0) machine.standsFor(own, shared, this.ways.node);
  }

  /** To be called when all that the ways have changed is written: merged tensors hold what the others hold now. */
  settle(): void {
    for (const tensor of this.unsettled.splice(0)) this.tensors.alternatives.settle(tensor);
  }

  private wrap({ make, values }: Leaf, value: Value): unknown {
    if (make === 'tensor') {
      const tensor = this.tensors.tensorOf(value);
      const sources = values.flatMap((value) => (value === ABSENT ? [] : [(value as Held).tensor]));
      if (!this.tensors.alternatives.tracked) this.machine.standsFor(tensor, sources.flatMap(withRoot), this.ways.node);
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

function withRoot(tensor: TensorInstance): TensorInstance[] {
  return tensor.alias === undefined ? [tensor] : [tensor, tensor.alias.root];
}

/** Texts that differ exactly where plans have different leaves. */
export function planText(plans: readonly Plan[], leaves: readonly Leaf[], numberOf: (object: object) => number): string {
  const text = (plan: Plan): string => {
    switch (plan.kind) {
      case 'leaf': {
        const entries = plan.choice?.entries.map((entry) => (entry === 'own' ? entry : numberOf(entry.view ?? entry.root)));
        return entries === undefined ? `%${plan.index}` : `%${plan.index} of ${entries.join(' ')}`;
      }
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
function containerKeys(
  values: readonly unknown[],
  views: readonly View[],
  isKnown: (value: unknown) => boolean,
): readonly PropertyKey[] | undefined {
  const [first] = values;
  if (!values.every(isKnown)) return undefined;
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
  return (prototype === Object.prototype || prototype === null) && hasPlainData(value);
}

/** Whether an object is no more than the values of its properties. */
export function hasPlainData(value: object): boolean {
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
