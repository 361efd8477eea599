/** Loops written out. */

import type { GraphBuilder } from '../../ir/build.js';
import { loopOf } from '../../ir/control.js';
import type { Node, Value } from '../../ir/graph.js';
import type { Copy } from '../rewrite.js';

/** Emits the turns of a loop that takes so many, one after the other, and gives its outputs. The size that it binds becomes a number. */
export function unroll(builder: GraphBuilder, node: Node, turns: number, copy: Copy): readonly Value[] {
  const loop = loopOf(node);
  const { tape } = loop;
  let carried = loop.initial.map((value) => copy.valueOf(value));
  const rows: Value[][] = [];
  for (let turn = 0; turn < turns; turn++) {
    const results = copy.block(loop.body, carried);
    carried = results.slice(0, carried.length);
    rows.push(results.slice(carried.length));
  }
  if (!tape) return carried;
  builder.span = node.span;
  if (tape.dim !== undefined) copy.dims.set(tape.dim, turns);
  if (tape.reversed) rows.reverse();
  const stacks = tape.taped.map((value, i) => {
    const { dtype, shape } = copy.typeOf(value.type);
    if (turns === 0) return builder.emit('constant', [], { value: 0, dtype, shape: [0, ...shape] });
    const parts = rows.map((row) => builder.emit('reshape', [row[i]!], { shape: [1, ...shape] }));
    return parts.length === 1 ? parts[0]! : builder.emit('concat', parts, { dim: 0 });
  });
  return [...carried, builder.emit('constant', [], { value: turns, dtype: 'i32', shape: [] }), ...stacks];
}
