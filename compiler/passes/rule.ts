/** Rewriting by rules: local equations between small pieces of graph, applied as the graph is rebuilt. */
import type { GraphBuilder } from '../ir/build.js';
import type { Attributes, Graph, Node, Span, Value } from '../ir/graph.js';
import type { TensorType } from '../ir/types.js';
import type { Emitter } from '../ops/op.js';
import { op as lookUp } from '../ops/registry.js';
import { copyBody, withOutputs } from './rewrite.js';

/** A node about to be emitted. */
export interface Draft {
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  readonly type: TensorType;
}

/** What rules see and use: what is emitted here is simplified at once. */
export interface Rewriter extends Emitter {
  /** The node that made a value of the new graph; undefined for parameters of blocks. */
  definition(value: Value): Node | undefined;
}

/** `equation` names it. Gives a value equal to the draft's result for all inputs, or undefined where it does not apply. */
export interface Rule {
  readonly equation: string;
  /** The ops that it applies to. */
  readonly ops: readonly string[];
  rewrite(rewriter: Rewriter, draft: Draft): Value | undefined;
}

class RuleRewriter implements Rewriter {
  private readonly defined = new Map<Value, Node>();
  applied = 0;

  constructor(
    private readonly builder: GraphBuilder,
    private readonly rules: ReadonlyMap<string, readonly Rule[]>,
  ) {}

  definition(value: Value): Node | undefined {
    return this.defined.get(value);
  }

  emit(op: string, inputs: readonly Value[], attributes: Attributes = {}, span: Span | undefined = this.builder.span): Value {
    const type = lookUp(op).type(
      inputs.map((input) => input.type),
      attributes,
    );
    const draft: Draft = { op, inputs, attributes, type };
    for (const rule of this.rules.get(op) ?? []) {
      const value = rule.rewrite(this, draft);
      if (!value) continue;
      this.applied++;
      return value;
    }
    const value = this.builder.emit(op, inputs, attributes, span);
    this.defined.set(value, { op, inputs, attributes, outputs: [value], regions: [], ...(span && { span }) });
    return value;
  }
}

/** Rebuilds the graph with the first rule that applies at every node. The same graph when none does. */
export function applyRules(graph: Graph, rules: readonly Rule[]): Graph {
  const byOp = new Map<string, Rule[]>();
  for (const rule of rules) {
    for (const op of rule.ops) byOp.set(op, [...(byOp.get(op) ?? []), rule]);
  }
  let rewriter: RuleRewriter | undefined;
  const { builder, values } = copyBody(graph, (target, node, inputs) => {
    rewriter ??= new RuleRewriter(target, byOp);
    return node.regions.length > 0 ? undefined : [rewriter.emit(node.op, inputs, node.attributes, node.span)];
  });
  if (!rewriter || rewriter.applied === 0) return graph;
  return withOutputs(graph, builder, values);
}
