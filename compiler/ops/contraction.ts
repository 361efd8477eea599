import { type Dim, dimText, sameDim } from '../ir/dim.js';
import type { Attributes } from '../ir/graph.js';
import { isFloat, type TensorType, typeText } from '../ir/types.js';
import { stringAttribute } from './attributes.js';
import { checkArity } from './elementwise.js';
import { type Op, OpError } from './op.js';
import { allocate, offsetsOf, stridesOf } from './tensor-data.js';

/** 'bmk,bkn->bmn' taken apart: one letter an axis. */
export interface Equation {
  readonly a: readonly string[];
  readonly b: readonly string[];
  readonly result: readonly string[];
}

/** Throws OpError unless letters are distinct within each operand, results occur in an operand and summed letters in both. */
export function parseEquation(text: string): Equation {
  const match = /^([A-Za-z]*),([A-Za-z]*)->([A-Za-z]*)$/.exec(text);
  if (!match) throw new OpError(`contract: '${text}' is not an equation of two operands like 'bmk,bkn->bmn'`);
  const [a, b, result] = match.slice(1).map((letters) => [...letters]) as [string[], string[], string[]];
  for (const letters of [a, b, result]) {
    if (new Set(letters).size !== letters.length)
      throw new OpError(`contract: a letter occurs twice in '${letters.join('')}' of '${text}'`);
  }
  for (const letter of result) {
    if (!a.includes(letter) && !b.includes(letter))
      throw new OpError(`contract: '${letter}' of the result occurs in no operand of '${text}'`);
  }
  for (const letter of [...a, ...b]) {
    if (!result.includes(letter) && !(a.includes(letter) && b.includes(letter))) {
      throw new OpError(`contract: '${letter}' of '${text}' is summed, but occurs in one operand only`);
    }
  }
  return { a, b, result };
}

export function equationOf(attributes: Attributes): Equation {
  return parseEquation(stringAttribute('contract', attributes, 'equation'));
}

function letterSizes(equation: Equation, a: TensorType, b: TensorType): Map<string, Dim> {
  const sizes = new Map<string, Dim>();
  const bind = (letters: readonly string[], type: TensorType, which: string) => {
    if (letters.length !== type.shape.length) {
      throw new OpError(`contract: '${letters.join('')}' names ${letters.length} axes, but the ${which} operand is ${typeText(type)}`);
    }
    letters.forEach((letter, axis) => {
      const size = type.shape[axis]!;
      const before = sizes.get(letter);
      if (before !== undefined && !sameDim(before, size)) {
        throw new OpError(`contract: '${letter}' is ${dimText(before)} in ${typeText(a)} and ${dimText(size)} in ${typeText(b)}`);
      }
      sizes.set(letter, size);
    });
  };
  bind(equation.a, a, 'first');
  bind(equation.b, b, 'second');
  return sizes;
}

const contract: Op = {
  name: 'contract',
  kind: 'contract',
  arity: 2,
  type(inputs, attributes) {
    checkArity('contract', inputs, 2);
    const [a, b] = inputs as readonly [TensorType, TensorType];
    if (a.dtype !== b.dtype || a.dtype === 'bool') {
      throw new OpError(`contract takes two tensors of one number type, found ${typeText(a)} and ${typeText(b)}`);
    }
    const equation = equationOf(attributes);
    const sizes = letterSizes(equation, a, b);
    return { dtype: a.dtype, shape: equation.result.map((letter) => sizes.get(letter)!) };
  },
  evaluate([a, b], attributes, type) {
    const result = allocate(type);
    const equation = equationOf(attributes);
    const sizes = letterSizes(equation, a!, b!);
    const pick = (inA: boolean, inB: boolean, inResult: boolean) =>
      [...sizes.keys()].filter(
        (letter) =>
          equation.a.includes(letter) === inA && equation.b.includes(letter) === inB && equation.result.includes(letter) === inResult,
      );
    const strides = { a: stridesOf(a!.shape), b: stridesOf(b!.shape), result: stridesOf(result.shape) };
    /** Offsets in one of the tensors of all points of the box that the letters span. */
    const offsets = (letters: readonly string[], of: keyof Equation) =>
      offsetsOf(
        letters.map((letter) => sizes.get(letter) as number),
        letters.map((letter) => (equation[of].includes(letter) ? strides[of][equation[of].indexOf(letter)]! : 0)),
      );
    const batch = pick(true, true, true);
    const rows = pick(true, false, true);
    const columns = pick(false, true, true);
    const summed = pick(true, true, false);
    const [batchA, batchB, batchR] = [offsets(batch, 'a'), offsets(batch, 'b'), offsets(batch, 'result')];
    const [rowA, rowR] = [offsets(rows, 'a'), offsets(rows, 'result')];
    const [columnB, columnR] = [offsets(columns, 'b'), offsets(columns, 'result')];
    const [summedA, summedB] = [offsets(summed, 'a'), offsets(summed, 'b')];
    const integer = type.dtype === 'i32';
    const left = a!.data;
    const right = b!.data;
    const sums = new Float64Array(columnB.length);
    for (let p = 0; p < batchA.length; p++) {
      for (let m = 0; m < rowA.length; m++) {
        sums.fill(0);
        for (let k = 0; k < summedA.length; k++) {
          const x = left[batchA[p]! + rowA[m]! + summedA[k]!]!;
          const start = batchB[p]! + summedB[k]!;
          if (integer) for (let n = 0; n < sums.length; n++) sums[n] = (sums[n]! + Math.imul(x, right[start + columnB[n]!]!)) | 0;
          else for (let n = 0; n < sums.length; n++) sums[n] = sums[n]! + x * right[start + columnB[n]!]!;
        }
        const target = batchR[p]! + rowR[m]!;
        for (let n = 0; n < sums.length; n++) result.data[target + columnR[n]!] = sums[n]!;
      }
    }
    return result;
  },
  /** With r = sum a b: da sums g b over the letters that a lacks, db sums a g. */
  vjp(builder, node, g) {
    if (!isFloat(g.type.dtype)) return [undefined, undefined];
    const [a, b] = node.inputs;
    const equation = equationOf(node.attributes);
    const [la, lb, lr] = [equation.a.join(''), equation.b.join(''), equation.result.join('')];
    return [
      builder.emit('contract', [g, b!], { equation: `${lr},${lb}->${la}` }),
      builder.emit('contract', [a!, g], { equation: `${la},${lr}->${lb}` }),
    ];
  },
};

export const contractionOps: readonly Op[] = [contract];
