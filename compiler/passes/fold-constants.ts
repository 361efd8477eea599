import type { Graph, Value } from '../ir/graph.js';
import type { TensorData } from '../ops/op.js';
import { op as lookUp, ops } from '../ops/registry.js';
import { elementOf } from '../ops/source.js';
import { sizeOf } from '../ops/tensor-data.js';
import { applyRules, type Draft, type Rewriter, type Rule } from './rule.js';
import { ofConstants } from './rules/arithmetic.js';

/** Results of more elements are left to be computed: they would make the module larger, not faster. */
const mostElements = 64;

/** The elements of a value that is known when compiling. */
function knownData(rewriter: Rewriter, value: Value): TensorData | undefined {
  const node = rewriter.definition(value);
  if (!node || (node.op !== 'constant' && node.op !== 'literal')) return undefined;
  if (!isSmall(value.type.shape)) return undefined;
  return lookUp(node.op).evaluate([], node.attributes, value.type);
}

function isSmall(shape: readonly unknown[]): boolean {
  const sizes = shape.filter((size) => typeof size === 'number');
  return sizes.length === shape.length && sizeOf(sizes) <= mostElements;
}

const ofLiterals: Rule = {
  equation: 'f(literal, literal) = literal',
  ops: [...ops.values()].filter((op) => op.kind !== 'source' && op.kind !== 'random' && op.kind !== 'control').map((op) => op.name),
  rewrite(rewriter, draft) {
    if (!isSmall(draft.type.shape)) return undefined;
    const inputs: TensorData[] = [];
    for (const input of draft.inputs) {
      const data = knownData(rewriter, input);
      if (!data) return undefined;
      inputs.push(data);
    }
    return asLiteral(rewriter, draft, lookUp(draft.op).evaluate(inputs, draft.attributes, draft.type));
  },
};

function asLiteral(rewriter: Rewriter, { type }: Draft, { data }: TensorData): Value {
  const values = Array.from(data, (value) => elementOf(type.dtype, value));
  if (values.every((value) => Object.is(value, values[0]))) {
    return rewriter.emit('constant', [], { value: values[0] ?? 0, dtype: type.dtype, shape: type.shape });
  }
  return rewriter.emit('literal', [], { values, dtype: type.dtype, shape: type.shape });
}

export const foldRules: readonly Rule[] = [ofConstants, ofLiterals];

/** Computes what depends on constants only, if it is small. Results are computed in float64 and rounded once. */
export function foldConstants(graph: Graph): Graph {
  return applyRules(graph, foldRules);
}
