/** Reverse accumulation over a straight line of nodes. */
import type { GraphBuilder } from '../../ir/build.js';
import type { Node, Value } from '../../ir/graph.js';
import { isFloat } from '../../ir/types.js';
import { op as lookUp } from '../../ops/registry.js';
import { Copy } from '../rewrite.js';
import { pullBackBranch } from './branch.js';
import type { Context, Cotangents } from './cotangents.js';
import { DifferentiationError } from './error.js';
import { pullBackLoop } from './loop.js';

/** See `Context.pullBack`. */
export function pullBackNodes(context: Context, nodes: Node[], cotangents: Cotangents): void {
  const { builder, active, rows } = context;
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    if (!node.outputs.some((output) => active.has(output))) continue;
    const arrived = node.outputs.map((output) => cotangents.get(output));
    if (arrived.every((cotangent) => cotangent === undefined)) continue;
    builder.span = node.span;
    if (node.op === 'if') nodes[i] = pullBackBranch(context, node, arrived, cotangents);
    else if (node.op === 'loop') nodes[i] = pullBackLoop(context, node, arrived, cotangents);
    else if (node.op === 'customGradient') pullBackByRule(builder, node, arrived[0]!, cotangents);
    else if (!rows?.take(node, arrived[0]!) && !addToRow(builder, node, arrived[0]!, cotangents)) {
      vjpOf(builder, node, arrived[0]!).forEach((cotangent, input) => {
        if (cotangent) cotangents.add(node.inputs[input]!, cotangent);
      });
    }
  }
}

/** Adds the cotangent of a row that was read to that row of the cotangent that is there: the other rows stay where they are. */
function addToRow(builder: GraphBuilder, node: Node, cotangent: Value, cotangents: Cotangents): boolean {
  if (node.op !== 'index') return false;
  const [tensor, position] = node.inputs as readonly [Value, Value];
  const before = cotangents.get(tensor);
  if (before === undefined) return false;
  const row = builder.emit('add', [builder.emit('index', [before, position]), cotangent]);
  cotangents.replace(tensor, builder.emit('writeRow', [before, position, row], { dim: 0 }));
  return true;
}

/** The user's own rule: the region of the node, for the cotangent that has arrived. The value itself is outside of the gradient. */
function pullBackByRule(builder: GraphBuilder, node: Node, cotangent: Value, cotangents: Cotangents): void {
  const given = new Copy(builder, new Map(), undefined, true).block(node.regions[0]!, [cotangent]);
  given.forEach((result, i) => {
    const input = node.inputs[i + 1]!;
    if (isFloat(input.type.dtype)) cotangents.add(input, result);
  });
}

function vjpOf(builder: GraphBuilder, node: Node, cotangent: Value): readonly (Value | undefined)[] {
  const { vjp, name } = lookUp(node.op);
  if (!vjp) throw new DifferentiationError(`the op '${name}' has no gradient`);
  return vjp(builder, node, cotangent);
}
