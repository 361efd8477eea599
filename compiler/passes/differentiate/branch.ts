/** The way back through an `if`: an `if` on the same condition, each branch of which recomputes what it needs and pulls back. */
import { branchOf } from '../../ir/control.js';
import type { Block, Node, Value } from '../../ir/graph.js';
import { valuesOf } from '../../ir/walk.js';
import { zerosOf } from '../../ops/emit.js';
import { pruneBlock } from '../eliminate-dead.js';
import { Copy } from '../rewrite.js';
import { type Context, Cotangents } from './cotangents.js';
import { replayOf } from './replay.js';

interface Side {
  readonly block: Block;
  /** The nodes of the branch; those replaced that the way back needs more of. */
  readonly nodes: Node[];
  readonly emitted: readonly Node[];
  readonly cotangents: Cotangents;
}

/**
 * Adds the cotangents of the values that the branches use. Expensive values that a branch needs on the way back come out of it as further
 * results (zeros where the other branch runs); the node that gives these is returned.
 */
export function pullBackBranch(context: Context, node: Node, arrived: readonly (Value | undefined)[], cotangents: Cotangents): Node {
  const { builder } = context;
  const { condition, taken, otherwise } = branchOf(node);
  const sides = [taken, otherwise].map((block) => pullBackSide(context, block, arrived));
  const targets = [...new Set(sides.flatMap(({ block, cotangents: inner }) => inner.outside(new Set(valuesOf(block)))))];
  if (targets.length === 0) return node;

  const saved: { readonly value: Value; readonly side: Side; readonly output: Value }[] = [];
  const regions = sides.map((side) => {
    let results: readonly Value[] = [];
    const filled = builder.collect(() => {
      results = targets.map((target) => side.cotangents.get(target) ?? zerosOf(builder, target.type));
    });
    const back = pruneBlock({ parameters: [], nodes: [...side.emitted, ...filled], results });
    const replay = replayOf({ ...side.block, nodes: side.nodes }, back);
    const values = new Map<Value, Value>();
    for (const value of replay.saved) {
      const output = builder.value(value.type);
      saved.push({ value, side, output });
      values.set(value, output);
    }
    return builder.block([], () => {
      const copy = new Copy(builder, values, undefined, true);
      copy.nodes(replay.nodes);
      return copy.block(back);
    });
  });
  const types = targets.map((target) => target.type);
  const outputs = builder.append('if', [condition], {}, types, regions, node.span);
  targets.forEach((target, i) => {
    cotangents.add(target, outputs[i]!);
  });
  const augmented = sides.map((side): Block => {
    let results: readonly Value[] = [];
    const fill = builder.collect(() => {
      results = saved.map(({ value, side: own }) => (own === side ? value : zerosOf(builder, value.type)));
    });
    return { parameters: [], nodes: [...side.nodes, ...fill], results: [...side.block.results, ...results] };
  });
  return { ...node, outputs: [...node.outputs, ...saved.map(({ output }) => output)], regions: augmented };
}

function pullBackSide(context: Context, block: Block, arrived: readonly (Value | undefined)[]): Side {
  const nodes = [...block.nodes];
  const cotangents = new Cotangents(context);
  const emitted = context.builder.collect(() => {
    block.results.forEach((result, i) => {
      if (arrived[i]) cotangents.add(result, arrived[i]);
    });
    context.pullBack({ ...context, rows: undefined }, nodes, cotangents);
  });
  return { block, nodes, emitted, cotangents };
}
