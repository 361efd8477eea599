/** Equations of gather and scatter. */

import { sameDim } from '../../ir/dim.js';
import type { Value } from '../../ir/graph.js';
import type { Rule } from '../rule.js';

const oneUpdate: Rule = {
  equation: 'scatterAdd(x, i, u) = select(iota = i, x + u, x) for one update along the axis',
  ops: ['scatterAdd'],
  rewrite(rewriter, { inputs, attributes, type }) {
    const [base, index, updates] = inputs as readonly [Value, Value, Value];
    const dim = attributes.dim as number;
    const fits = index.type.shape.every((size, axis) => (axis === dim ? size === 1 : sameDim(size, type.shape[axis]!)));
    if (!fits) return undefined;
    const { shape } = type;
    const position = rewriter.emit('iota', [], { shape, dim, dtype: 'i32' });
    const here = rewriter.emit('eq', [position, rewriter.emit('broadcast', [index], { shape })]);
    const sum = rewriter.emit('add', [base, rewriter.emit('broadcast', [updates], { shape })]);
    return rewriter.emit('select', [here, sum, base]);
  },
};

export const indexingRules: readonly Rule[] = [oneUpdate];
