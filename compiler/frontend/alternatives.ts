/**
 * Tensors that are one of several, which one depends on the values of tensors: `const t = c ? a : b`. Such a tensor is a function of the
 * others, as a view is one of its root: it is read again where one of them was written since, and a write to it is one to each of them,
 * where it is that one. Methods are evaluated with these relations where one needs them, and without them at first.
 */
import type { Value } from '../ir/graph.js';
import type { Scalars } from './scalars.js';
import type { TensorScalar } from './symbolic.js';
import type { TensorInstance, Tensors } from './tensors.js';

/** What a tensor may be. */
export interface Alternative {
  readonly tensors: readonly TensorInstance[];
  /** The one among them that nobody else can reach: made where the ways part, or the turn before. */
  readonly own: TensorInstance | undefined;
  /** The number of the one that it is. */
  readonly which: TensorScalar;
}

interface Reading {
  readonly stamp: readonly object[];
  readonly handle: object;
}

export class Alternatives {
  /** Whether merged tensors remember what they may be. */
  tracked = false;
  private readonly known = new WeakMap<object, Alternative>();
  /** What a tensor was found to hold, by what the others held. */
  private readonly readings = new WeakMap<object, Reading[]>();
  private readonly numbers = new WeakMap<object, number>();
  private count = 0;

  constructor(
    private readonly parts: { readonly tensors: Tensors; readonly scalars: Scalars },
    private readonly program: {
      /** The library's function of that name. */
      overwrite(tensor: TensorInstance, value: TensorInstance): void;
      checkUse(tensor: TensorInstance): void;
      onRollBack(action: () => void): void;
    },
  ) {}

  of(tensor: object): Alternative | undefined {
    return this.known.get(tensor);
  }

  /** A number for an object, the same one each time. */
  numberOf(object: object): number {
    const known = this.numbers.get(object) ?? ++this.count;
    this.numbers.set(object, known);
    return known;
  }

  /** Says what a merged tensor may be. `settle` is to follow, when all that the ways have changed is merged. */
  note(tensor: TensorInstance, alternative: Alternative): void {
    this.known.set(tensor, alternative);
  }

  /** The handle of a merged tensor is its value for what the others hold now. */
  settle(tensor: TensorInstance): void {
    this.remember(tensor, tensor.handle);
  }

  /** What a tensor that is no view holds now. */
  held(tensor: TensorInstance): object {
    const alternative = this.known.get(tensor);
    if (alternative === undefined) return tensor.handle;
    for (const each of alternative.tensors) this.program.checkUse(each);
    const stamp = this.stamp(tensor);
    const found = this.readings.get(tensor)?.find((reading) => same(reading.stamp, stamp) && this.parts.tensors.isVisible(reading.handle));
    if (found !== undefined) return found.handle;
    const values = alternative.tensors.map((each) => this.parts.tensors.valueOf(each));
    const value = values.reduceRight((rest, each, index) => this.select(alternative, index, each, rest));
    const handle = this.parts.tensors.handleOf(value);
    this.remember(tensor, handle);
    return handle;
  }

  /** Writes to all that a tensor may be. False where it is no such tensor. */
  write(tensor: TensorInstance, handle: object): boolean {
    const alternative = this.known.get(tensor);
    if (alternative === undefined) return false;
    const value = this.parts.tensors.valueOfHandle(handle);
    alternative.tensors.forEach((each, index) => {
      const next = each === alternative.own ? value : this.select(alternative, index, value, this.parts.tensors.valueOf(each));
      this.program.overwrite(each, this.parts.tensors.tensorOf(next));
    });
    this.remember(tensor, handle);
    return true;
  }

  /** The tensors that have memory, of all that a tensor depends on. */
  rootsOf(tensor: TensorInstance): readonly TensorInstance[] {
    if (tensor.alias !== undefined) return this.rootsOf(tensor.alias.root);
    return this.known.get(tensor)?.tensors.flatMap((each) => this.rootsOf(each)) ?? [tensor];
  }

  private select({ which }: Alternative, index: number, chosen: Value, rest: Value): Value {
    if (chosen === rest) return chosen;
    const { scalars } = this.parts;
    const flag = scalars.emit('eq', [scalars.valueOf(which), scalars.constant(index, 'i32')]);
    const { shape } = chosen.type;
    if (shape.length === 0) return scalars.emit('select', [flag, chosen, rest]);
    const ones = scalars.emit('reshape', [flag], { shape: shape.map(() => 1) });
    return scalars.emit('select', [scalars.emit('broadcast', [ones], { shape }), chosen, rest]);
  }

  private stamp(tensor: TensorInstance): object[] {
    return this.rootsOf(tensor).map(({ handle }) => handle);
  }

  private remember(tensor: TensorInstance, handle: object): void {
    const known = this.readings.get(tensor) ?? [];
    const reading = { stamp: this.stamp(tensor), handle };
    this.readings.set(tensor, known);
    known.unshift(reading);
    this.program.onRollBack(() => known.splice(known.indexOf(reading), 1));
  }
}

function same(a: readonly object[], b: readonly object[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}
