/** Cotangents of single rows: what a loop reads of a tensor from outside, a row a turn. */
import type { GraphBuilder } from '../../ir/build.js';
import { type Dim, lowerBound, sameDim, subDims } from '../../ir/dim.js';
import type { Node, Value } from '../../ir/graph.js';
import type { TurnNumbers } from '../../ir/turn-numbers.js';
import { reshape, zerosOf } from '../../ops/emit.js';

/** Below this many rows a sum of whole tensors is carried; it is as good, and does not grow with the turns. */
const fewRows = 16;

/** `cotangent` belongs to the row `position` of `tensor`. */
export interface RowCotangent {
  readonly tensor: Value;
  readonly position: Value;
  readonly cotangent: Value;
  readonly run: RowRun | undefined;
}

/** The turns read rows one after the other, `low` of them left out before and `high` after, upwards or downwards. */
export interface RowRun {
  readonly low: Dim;
  readonly high: Dim;
  readonly down: boolean;
}

/**
 * The rows that the body of one loop sends cotangents to. A sum carried from turn to turn would be as large as the tensor, and be touched
 * as a whole in every turn; instead the loop keeps each turn's row on a tape, and all are added up in one go after it. Where the turns go
 * through the rows in order, the tape is the sum.
 */
export class RowCotangents {
  readonly rows: RowCotangent[] = [];

  constructor(
    /** The values of the loop's body. */
    private readonly own: ReadonlySet<Value>,
    private readonly numbers: TurnNumbers,
    private readonly trips: Dim | undefined,
  ) {}

  /** Takes over the cotangent of an `index` if it is one of these. */
  take(node: Node, cotangent: Value): boolean {
    if (node.op !== 'index') return false;
    const [tensor, position] = node.inputs as readonly [Value, Value];
    if (this.own.has(tensor)) return false;
    const [count] = tensor.type.shape;
    const run = this.runOf(count!, position);
    if (run === undefined && typeof count === 'number' && count <= fewRows) return false;
    this.rows.push({ tensor, position, cotangent, run });
    return true;
  }

  /** The rows of a tensor from outside that the turns read one after the other, where the value is one of these. */
  source(node: Node | undefined): { readonly tensor: Value; readonly run: RowRun } | undefined {
    const [tensor, position] = node?.inputs ?? [];
    if (node?.op !== 'index' || this.own.has(tensor!)) return undefined;
    const run = this.runOf(tensor!.type.shape[0]!, position!);
    return run && { tensor: tensor!, run };
  }

  private runOf(count: Dim, position: Value): RowRun | undefined {
    const counted = this.numbers.of(position);
    if (this.trips === undefined || counted === undefined || Math.abs(counted.step) !== 1) return undefined;
    const down = counted.step < 0;
    const low = down ? subDims(counted.offset, subDims(this.trips, 1)) : counted.offset;
    const high = subDims(subDims(count, low), this.trips);
    return lowerBound(low) >= 0 && lowerBound(high) >= 0 ? { low, high, down } : undefined;
  }
}

/** The stack of the rows of a tensor, in their order or, `flipped`, the other way round. */
export function stackedRows(builder: GraphBuilder, { low }: RowRun, tensor: Value, count: Dim, flipped: boolean): Value {
  const [all, ...shape] = tensor.type.shape as readonly [Dim, ...Dim[]];
  const none = shape.map(() => 0);
  const rows =
    sameDim(low, 0) && sameDim(count, all)
      ? tensor
      : builder.emit('slice', [tensor], { start: [low, ...none], size: [count, ...shape], step: [1, ...shape.map(() => 1)] });
  return flipped ? builder.emit('flip', [rows], { dims: [0] }) : rows;
}

/** The cotangent of a tensor from the stack of those of its rows, which lie in their order or, `flipped`, the other way round. */
export function placeRows(builder: GraphBuilder, { low, high }: RowRun, rows: Value, flipped: boolean): Value {
  const inOrder = flipped ? builder.emit('flip', [rows], { dims: [0] }) : rows;
  if (sameDim(low, 0) && sameDim(high, 0)) return inOrder;
  const none = rows.type.shape.slice(1).map(() => 0);
  return builder.emit('pad', [inOrder], { low: [low, ...none], high: [high, ...none], interior: [0, ...none], value: 0 });
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
