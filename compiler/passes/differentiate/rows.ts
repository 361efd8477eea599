/** Cotangents of single rows: what a loop reads of a tensor from outside, a row a turn. */
import type { GraphBuilder } from '../../ir/build.js';
import type { Node, Value } from '../../ir/graph.js';
import { reshape, zerosOf } from '../../ops/emit.js';

/** Below this many rows a sum of whole tensors is carried; it is as good, and does not grow with the turns. */
const fewRows = 16;

/** `cotangent` belongs to the row `position` of `tensor`. */
export interface RowCotangent {
  readonly tensor: Value;
  readonly position: Value;
  readonly cotangent: Value;
}

/**
 * The rows that the body of one loop sends cotangents to. A sum carried from turn to turn would be as large as the tensor, and be touched
 * as a whole in every turn; instead the loop keeps each turn's row on a tape, and all are added up in one go after it.
 */
export class RowCotangents {
  readonly rows: RowCotangent[] = [];

  constructor(
    /** The values of the loop's body. */
    private readonly own: ReadonlySet<Value>,
  ) {}

  /** Takes over the cotangent of an `index` if it is one of these. */
  take(node: Node, cotangent: Value): boolean {
    const [tensor, position] = node.inputs as readonly [Value, Value];
    const [count] = tensor.type.shape;
    if (node.op !== 'index' || this.own.has(tensor) || (typeof count === 'number' && count <= fewRows)) return false;
    this.rows.push({ tensor, position, cotangent });
    return true;
  }
}

/** The cotangent of a tensor from stacks of positions, [turns], and of cotangents of rows, [turns, ...row]. */
export function sumRows(builder: GraphBuilder, tensor: Value, positions: Value, cotangents: Value): Value {
  const { shape } = cotangents.type;
  const column = reshape(
    builder,
    positions,
    shape.map((size, axis) => (axis === 0 ? size : 1)),
  );
  const index = builder.emit('broadcast', [column], { shape });
  return builder.emit('scatterAdd', [zerosOf(builder, tensor.type), index, cotangents], { dim: 0 });
}
