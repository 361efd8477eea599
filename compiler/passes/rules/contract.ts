/** Equations of contractions and convolutions. */
import { addDims, type Dim } from '../../ir/dim.js';
import type { Attribute, Value } from '../../ir/graph.js';
import { equationOf } from '../../ops/contraction.js';
import type { Rewriter, Rule } from '../rule.js';
import { allEqual, dims, integers, madeBy } from './match.js';

const ofPermutation: Rule = {
  equation: 'contract(permute(a), b) = contract(a, b) with the letters of a in their old order',
  ops: ['contract'],
  rewrite(rewriter, { inputs, attributes }) {
    const equation = equationOf(attributes);
    const a = unpermuted(rewriter, inputs[0]!, equation.a);
    const b = unpermuted(rewriter, inputs[1]!, equation.b);
    if (a.value === inputs[0] && b.value === inputs[1]) return undefined;
    return rewriter.emit('contract', [a.value, b.value], { equation: `${a.letters},${b.letters}->${equation.result.join('')}` });
  },
};

function unpermuted(rewriter: Rewriter, value: Value, letters: readonly string[]): { value: Value; letters: string } {
  const moved = madeBy(rewriter, value, 'permute');
  if (!moved) return { value, letters: letters.join('') };
  const permutation = integers(moved.attributes.permutation);
  return { value: moved.inputs[0]!, letters: permutation.map((_, axis) => letters[permutation.indexOf(axis)]).join('') };
}

const convOfPad: Rule = {
  equation: 'conv(pad(x, 0)) = conv(x) with more padding',
  ops: ['conv'],
  rewrite(rewriter, { inputs, attributes }) {
    const pad = madeBy(rewriter, inputs[0]!, 'pad');
    if (pad?.attributes.value !== 0 || !allEqual(dims(pad.attributes.interior), 0)) return undefined;
    const [low, high] = [dims(pad.attributes.low), dims(pad.attributes.high)];
    if (!allEqual([...low.slice(0, 2), ...high.slice(0, 2)], 0)) return undefined;
    const padding = (attributes.padding as readonly (readonly [Dim, Dim])[]).map(
      (pair, i): Attribute => [addDims(pair[0], low[i + 2]!), addDims(pair[1], high[i + 2]!)],
    );
    return rewriter.emit('conv', [pad.inputs[0]!, inputs[1]!], { ...attributes, padding });
  },
};

const pointwiseConv: Rule = {
  equation: 'conv(x, w) = contract(x, w) for a kernel of size 1',
  ops: ['conv'],
  rewrite(rewriter, { inputs, attributes }) {
    const [x, w] = inputs as readonly [Value, Value];
    const plain =
      attributes.groups === 1 &&
      allEqual(w.type.shape.slice(2), 1) &&
      allEqual(integers(attributes.stride), 1) &&
      (attributes.padding as readonly (readonly Dim[])[]).every((pair) => allEqual(pair, 0));
    if (!plain) return undefined;
    const spatial = 'pqrstuvw'.slice(0, w.type.shape.length - 2);
    if (spatial.length !== w.type.shape.length - 2) return undefined;
    const matrix = rewriter.emit('reshape', [w], { shape: w.type.shape.slice(0, 2) });
    return rewriter.emit('contract', [x, matrix], { equation: `nc${spatial},oc->no${spatial}` });
  },
};

export const contractRules: readonly Rule[] = [ofPermutation, convOfPad, pointwiseConv];
