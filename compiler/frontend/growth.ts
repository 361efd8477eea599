/**
 * Arrays that grow by as many tensors in every turn of a loop of the graph: what the turns have added is one tensor, their stack. Such an
 * array holds `Rows` in the place of its tensors; what can be done with it is answered here, all else ends the evaluation.
 */
import * as messages from '../diagnostics/messages.js';
import { addDims, type Dim, lowerBound, mulDims, sameDim, subDims } from '../ir/dim.js';
import type { Value } from '../ir/graph.js';
import { sameType, type TensorType, typeText } from '../ir/types.js';
import { type Change, MISSING } from './journal.js';
import type { Machine } from './machine.js';
import type { Conflict } from './merge.js';
import type { Scalars } from './scalars.js';
import { isSize, Refusal, TensorScalar } from './symbolic.js';
import type { TensorInstance, Tensors } from './tensors.js';

/** Tensors of one type, `count` of them, as their stack. */
export class Rows {
  constructor(
    readonly stack: TensorInstance,
    readonly count: Dim,
  ) {}
}

/** What a turn adds to an array. */
export interface Grown {
  readonly array: unknown[];
  /** How many items there were before the loop, and how many a turn adds. */
  readonly from: number;
  readonly added: number;
  /** The type of a row. */
  readonly row: TensorType;
  /** Rows that a turn adds. */
  readonly rows: Dim;
  /** What the array is where it is used otherwise, or the number of turns is not known. */
  readonly conflict: Conflict;
  /** What it is after the loop, where it is used in a way that takes its items one by one. */
  readonly wholeOnly: Conflict;
}

export class Growth {
  /** Arrays that may hold `Rows`, or are about to in the turn that is evaluated. */
  private readonly arrays = new WeakSet<object>();
  /** Functions that may be given such arrays. */
  private readonly readers = new WeakSet<object>();
  /** Numbers that the graph computes though they are known. */
  private readonly numbers = new WeakMap<Value, Dim>();

  constructor(
    private readonly machine: Machine,
    private readonly tensors: Tensors,
    private readonly scalars: Scalars,
  ) {}

  /** How an array has grown by the changes of a turn; undefined where it has changed otherwise. */
  grown(object: object, changes: readonly Change[], conflicts: Pick<Grown, 'conflict' | 'wholeOnly'>): Grown | undefined {
    if (!Array.isArray(object)) return undefined;
    const own = changes.filter(({ location }) => location.object === object);
    const length = own.find(({ location }) => location.key === 'length');
    const [from, to] = [length?.before, length?.after] as (number | undefined)[];
    if (from === undefined || to === undefined || own.length !== to - from + 1) return undefined;
    if (own.some((change) => change !== length && (change.before !== MISSING || Number(change.location.key) < from))) return undefined;
    const items = object.slice(from);
    const types = items.map((item) => this.rowType(item));
    const [row] = types;
    if (row === undefined || types.some((type) => type === undefined || !sameType(type, row))) return undefined;
    return { array: object, from, added: items.length, row, rows: lengthOf(items), ...conflicts };
  }

  /** A text that differs where the growth does. */
  text({ from, added, row, rows }: Grown): string {
    return `${from} + ${added}: ${typeText(row)} by ${String(rows)}`;
  }

  private rowType(item: unknown): TensorType | undefined {
    if (item instanceof Rows) {
      const type = this.tensors.typeOf(item.stack.handle)!;
      return { ...type, shape: type.shape.slice(1) };
    }
    return this.tensors.isTensor(item) ? this.tensors.typeOf(item.handle) : undefined;
  }

  /** Forbids all uses of an array but adding to it, until the present path is taken back. */
  begin({ array, conflict }: Grown): void {
    this.arrays.add(array);
    this.machine.spoil(array, conflict);
  }

  /** The items that the turn has added, as values of the turn. Refuses those whose memory is written in another turn. */
  added({ array, from, added, conflict }: Grown, isWritten: (tensor: object) => boolean): Value[] {
    return array.slice(from, from + added).map((item) => {
      const tensor = item instanceof Rows ? item.stack : (item as TensorInstance);
      if (isWritten(tensor) || (tensor.alias !== undefined && isWritten(tensor.alias.root))) conflict.refuse();
      this.machine.checkUse(tensor);
      return this.tensors.valueOf(tensor);
    });
  }

  /** Adds what all turns have added: a stack, [turns, ...], of each item. */
  finish({ array, from, row, rows, wholeOnly }: Grown, turns: Dim, stacks: readonly Value[]): void {
    const perTurn = stacks.map((stack) => {
      const count = stack.type.shape.length === row.shape.length + 1 ? 1 : stack.type.shape[1]!;
      return this.reshape(this.tensors.tensorOf(stack), [turns, count, ...row.shape]);
    });
    const together = perTurn.length === 1 ? perTurn[0]! : this.tensors.apply('concat', perTurn, { dim: 1 });
    const count = mulDims(turns, rows);
    array.length = from;
    array.push(new Rows(this.reshape(together, [count, ...row.shape]), count));
    this.arrays.add(array);
    this.machine.spoil(array, wholeOnly);
  }

  /** Whether an array may hold rows, or is about to. */
  has(array: unknown): array is unknown[] {
    return Array.isArray(array) && this.arrays.has(array);
  }

  /** Whether a function may be given an array of rows. */
  reads(callee: object): boolean {
    return this.readers.has(callee);
  }

  reader<T extends object>(callee: T): T {
    this.readers.add(callee);
    return callee;
  }

  private isGrown(array: readonly unknown[]): boolean {
    return array.some((item) => item instanceof Rows);
  }

  /** What a property of an array of rows is; undefined where it is as that of any other array. */
  property(array: readonly unknown[], key: unknown): { readonly value: unknown } | undefined {
    if (key === 'push' || (key === 'at' && this.isGrown(array))) return { value: Reflect.get(Array.prototype, key as string) };
    if (!this.isGrown(array)) return undefined;
    if (key === 'length') return { value: this.machine.intern(lengthOf(array)) };
    if (typeof key === 'number' && key < 0) return { value: undefined };
    return isSize(key) || key instanceof TensorScalar ? { value: this.item(array, key) } : undefined;
  }

  /** What calling a method of an array of rows gives; undefined where that is refused. */
  method(array: unknown[], callee: unknown, args: readonly unknown[]): { readonly value: unknown } | undefined {
    if (callee === Array.prototype.push) {
      const length = array.push(...args);
      // In a turn how long it is has no number.
      return { value: this.isGrown(array) ? this.machine.intern(lengthOf(array)) : (this.machine.conflictOf(array) ?? length) };
    }
    if (callee !== Array.prototype.at || !this.isGrown(array)) return undefined;
    const [position] = args;
    if (!isSize(position)) return undefined;
    return { value: this.item(array, lowerBound(position) < 0 ? addDims(lengthOf(array), position) : position) };
  }

  private item(array: readonly unknown[], position: Dim | TensorScalar): TensorInstance {
    if (position instanceof TensorScalar) {
      const at = this.tensors.tensorOf(this.scalars.number(position, 'i32'));
      return this.share(this.tensors.apply('index', [this.whole(array)!, at], {}), array);
    }
    let start: Dim = 0;
    for (const item of array) {
      const end = addDims(start, countOf(item));
      // Not surely after it.
      if (lowerBound(subDims(position, end)) < 0) {
        if (!(item instanceof Rows)) return item as TensorInstance;
        return this.share(this.row(item, subDims(position, start)), array);
      }
      start = end;
    }
    throw new Refusal(messages.outsideOfRows(String(position), String(start)));
  }

  private row({ stack }: Rows, position: Dim): TensorInstance {
    const [, ...shape] = stack.shape as readonly Dim[];
    const none = shape.map(() => 0);
    const part = this.tensors.apply('slice', [stack], {
      start: [position, ...none],
      size: [1, ...shape],
      step: [1, ...shape.map(() => 1)],
    });
    return this.reshape(part, shape);
  }

  /** A change of the item is a change of the array's: which is refused. */
  private share(item: TensorInstance, array: readonly unknown[]): TensorInstance {
    this.machine.standsFor(
      item,
      array.map((other) => (other instanceof Rows ? other.stack : (other as object))),
    );
    return item;
  }

  /** The stack of all tensors of an array of rows; undefined for any other value. Throws Refusal where their types differ. */
  whole(array: unknown): TensorInstance | undefined {
    if (!this.has(array) || !this.isGrown(array)) return undefined;
    const types = array.map((item) => this.rowType(item));
    const [first] = types;
    if (types.some((type) => type === undefined || !sameType(type, first!))) throw new Refusal(messages.rowsDiffer());
    const parts = array.map((item) => {
      const tensor = item instanceof Rows ? item.stack : (item as TensorInstance);
      this.machine.checkUse(tensor);
      return item instanceof Rows ? tensor : this.reshape(tensor, [1, ...first!.shape]);
    });
    return parts.length === 1 ? this.tensors.tensorOf(this.tensors.valueOf(parts[0]!)) : this.tensors.apply('concat', parts, { dim: 0 });
  }

  private reshape(tensor: TensorInstance, shape: readonly Dim[]): TensorInstance {
    const before = tensor.shape as readonly Dim[];
    if (before.length === shape.length && before.every((size, axis) => sameDim(size, shape[axis]!))) return tensor;
    return this.tensors.apply('reshape', [tensor], { shape });
  }

  /** A known number of turns as one that a loop of the graph may have. */
  counted(turns: Dim): TensorScalar {
    const value = this.scalars.number(turns, 'i32');
    this.numbers.set(value, turns);
    return this.scalars.wrap(value, 'number');
  }

  /** The size that a value is known to be. */
  sizeOf(value: Value): Dim | undefined {
    return this.numbers.get(value);
  }
}

function countOf(item: unknown): Dim {
  return item instanceof Rows ? item.count : 1;
}

function lengthOf(array: readonly unknown[]): Dim {
  return array.reduce((sum: Dim, item) => addDims(sum, countOf(item)), 0);
}
