/**
 * Sums over the turns of a loop that are had in one go after it: where every turn adds a product to the cotangent of a weight, the turns'
 * factors are stacked, and one contraction over the stacks gives the sum.
 */
import type { GraphBuilder } from '../../ir/build.js';
import type { Node, Value } from '../../ir/graph.js';
import { byteSize } from './byte-size.js';

/** A sum over turns as a function of stacks, [turns, ...shape of the value], of some values of the turn. */
export interface DeferredSum {
  readonly leaves: readonly Value[];
  readonly emit: (stackOf: (value: Value) => Value) => Value;
}

/** How much larger than the sum may be what has to be kept of a turn for its sake. */
const mostGrowth = 2;

export class DeferredSums {
  private readonly definition: ReadonlyMap<Value, Node>;
  /** Values of the way back that are kept of every turn. */
  private readonly kept: Set<Value>;

  constructor(
    private readonly builder: GraphBuilder,
    /** The nodes of one turn backwards. */
    emitted: readonly Node[],
    /** The values of the loop's body. */
    private readonly own: ReadonlySet<Value>,
    /** What else is a turn's own: cotangents that arrive. */
    private readonly arriving: ReadonlySet<Value>,
    kept: Iterable<Value>,
  ) {
    this.definition = new Map(emitted.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
    this.kept = new Set(kept);
  }

  /** For each of the values that are summed, the terms of it that are deferred, and those that every turn has to add. */
  split(summed: readonly Value[]): { readonly deferred: readonly DeferredSum[]; readonly carried: readonly Value[] }[] {
    const parts = summed.map((value) => this.terms(value).map((term) => ({ term, sum: this.sumOf(term), accepted: false })));
    // What is kept for one sum may serve another.
    for (let found = true; found; ) {
      found = false;
      for (const part of parts.flat()) {
        if (part.accepted || part.sum === undefined) continue;
        const added = part.sum.leaves.filter((leaf) => !this.own.has(leaf) && !this.kept.has(leaf));
        if (added.reduce((bytes, leaf) => bytes + byteSize(leaf.type), 0) > mostGrowth * byteSize(part.term.type)) continue;
        for (const leaf of added) this.kept.add(leaf);
        part.accepted = true;
        found = true;
      }
    }
    return parts.map((own) => ({
      deferred: own.flatMap(({ accepted, sum }) => (accepted && sum ? [sum] : [])),
      carried: own.flatMap(({ accepted, term }) => (accepted ? [] : [term])),
    }));
  }

  private terms(value: Value): Value[] {
    const node = this.definition.get(value);
    return node?.op === 'add' ? node.inputs.flatMap((input) => this.terms(input)) : [value];
  }

  private varies(value: Value): boolean {
    return this.own.has(value) || this.definition.has(value) || this.arriving.has(value);
  }

  private sumOf(value: Value): DeferredSum | undefined {
    const node = this.definition.get(value);
    const [x, y] = node?.inputs ?? [];
    switch (node?.op) {
      case 'permute':
      case 'reshape':
      case 'neg':
        return this.linear(this.sumOf(x!), node);
      case 'add': {
        const [a, b] = [this.sumOf(x!), this.sumOf(y!)];
        return (
          a && b && { leaves: [...a.leaves, ...b.leaves], emit: (stackOf) => this.builder.emit('add', [a.emit(stackOf), b.emit(stackOf)]) }
        );
      }
      case 'reduceSum':
        return (
          this.linear(this.sumOf(x!), node) ?? (this.varies(x!) ? this.reduced(x!, node.attributes.dims as readonly number[]) : undefined)
        );
      case 'contract':
        return this.contracted(node, x!, y!);
      default:
        return undefined;
    }
  }

  private linear(sum: DeferredSum | undefined, node: Node): DeferredSum | undefined {
    return sum && { leaves: sum.leaves, emit: (stackOf) => this.builder.emit(node.op, [sum.emit(stackOf)], node.attributes) };
  }

  private reduced(x: Value, dims: readonly number[]): DeferredSum {
    return { leaves: [x], emit: (stackOf) => this.builder.emit('reduceSum', [stackOf(x)], { dims: [0, ...dims.map((dim) => dim + 1)] }) };
  }

  /** sum over t of a_t b_t is a contraction over t, too. */
  private contracted(node: Node, x: Value, y: Value): DeferredSum | undefined {
    const equation = String(node.attributes.equation);
    const [left, right, result] = equation.split(/,|->/) as [string, string, string];
    const turn = [...'tuvwabcdefghijklmnopqrsxyzTUVW'].find((letter) => !equation.includes(letter));
    if (turn === undefined) return undefined;
    const whole = (value: Value, stackOf: (value: Value) => Value) =>
      this.varies(value) ? this.builder.emit('reduceSum', [stackOf(value)], { dims: [0] }) : value;
    const both = this.varies(x) && this.varies(y);
    return {
      leaves: [x, y].filter((value) => this.varies(value)),
      emit: (stackOf) =>
        both
          ? this.builder.emit('contract', [stackOf(x), stackOf(y)], { equation: `${turn}${left},${turn}${right}->${result}` })
          : this.builder.emit('contract', [whole(x, stackOf), whole(y, stackOf)], node.attributes),
    };
  }
}
