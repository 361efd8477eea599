import type { Dim } from '../ir/dim.js';
import type { Node, Value } from '../ir/graph.js';
import { equationOf } from '../ops/contraction.js';

/** A letter of an equation: one axis. */
export interface Letter {
  readonly letter: string;
  readonly size: Dim;
}

export interface ContractionAxes {
  readonly left: readonly string[];
  readonly right: readonly string[];
  readonly result: readonly string[];
  /** In both operands and the result; in the left one; in the right one; in both operands alone. */
  readonly batch: readonly Letter[];
  readonly m: readonly Letter[];
  readonly n: readonly Letter[];
  readonly k: readonly Letter[];
}

export function contractionAxes(node: Node): ContractionAxes {
  const { a: left, b: right, result } = equationOf(node.attributes);
  const [x, y] = node.inputs as readonly [Value, Value];
  const sized = (letters: readonly string[]): Letter[] =>
    letters.map((letter) => ({
      letter,
      size: left.includes(letter) ? x.type.shape[left.indexOf(letter)]! : y.type.shape[right.indexOf(letter)]!,
    }));
  return {
    left,
    right,
    result,
    batch: sized(result.filter((letter) => left.includes(letter) && right.includes(letter))),
    m: sized(result.filter((letter) => !right.includes(letter))),
    n: sized(result.filter((letter) => !left.includes(letter))),
    k: sized(left.filter((letter) => !result.includes(letter))),
  };
}
