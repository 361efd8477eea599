import type { GraphBuilder } from '../../ir/build.js';
import type { Node, Value } from '../../ir/graph.js';
import type { DefinitionOf } from '../../ir/turn-numbers.js';
import type { RowCotangents } from './rows.js';

/** What is known all the way back. */
export interface Context {
  readonly builder: GraphBuilder;
  /** The values that depend on what is differentiated by. */
  readonly active: ReadonlySet<Value>;
  /** The nodes of the graph that is differentiated. */
  readonly definitionOf: DefinitionOf;
  /** In the body of a loop: where cotangents of rows go. Not in a branch of it, which may not run. */
  readonly rows?: RowCotangents | undefined;
  /**
   * Visits the nodes backwards and adds up the cotangents of every value. Where the way back through an `if` or a loop needs values
   * from inside it, the node in the list is replaced by one that gives them as well.
   */
  readonly pullBack: (context: Context, nodes: Node[], cotangents: Cotangents) => void;
}

/** The cotangents of values, added up as they arrive. */
export class Cotangents {
  private readonly sums = new Map<Value, Value>();

  constructor(private readonly context: Context) {}

  /** Those of values that depend on nothing of interest are dropped. */
  add(value: Value, cotangent: Value): void {
    const { builder, active } = this.context;
    if (!active.has(value)) return;
    const before = this.sums.get(value);
    this.sums.set(value, before ? builder.emit('add', [before, cotangent]) : cotangent);
  }

  /** Gives a value that has a cotangent another one, to which more was added. */
  replace(value: Value, cotangent: Value): void {
    this.sums.set(value, cotangent);
  }

  get(value: Value): Value | undefined {
    return this.sums.get(value);
  }

  /** The values that have one and are not in `own`, in the order in which the first arrived. */
  outside(own: ReadonlySet<Value>): Value[] {
    return [...this.sums.keys()].filter((value) => !own.has(value));
  }
}
