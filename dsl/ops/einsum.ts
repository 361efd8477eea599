/** Einstein's summation. https://pytorch.org/docs/stable/generated/torch.einsum.html */
import { KilnnError } from '../errors.js';
import { op } from '../op.js';
import { broadcastTo } from '../promotion.js';
import { range, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { diagonal, permute } from './movement.js';
import { sum } from './reduction.js';

function equationError(message: string, hint?: string): KilnnError {
  return new KilnnError('KN3008', message, hint);
}

/** An operand and the label of each of its dims. */
interface Labelled {
  readonly tensor: Tensor;
  readonly labels: readonly string[];
}

/** Dims under `...` are labelled by numbers counted from the last, which no letter is. */
function labelsOf(term: string, tensor: Tensor, equation: string): string[] {
  const dots = term.indexOf('...');
  const letters = term.replace('...', '');
  for (const letter of letters) {
    if (letter.toLowerCase() === letter.toUpperCase()) throw equationError(`einsum: '${letter}' in '${equation}' is no letter`);
  }
  const covered = tensor.shape.length - letters.length;
  if (covered < 0 || (dots < 0 && covered > 0)) {
    throw equationError(
      `einsum: '${term}' in '${equation}' names ${letters.length} dims, but the operand has shape ${shapeText(tensor.shape)}`,
    );
  }
  if (dots < 0) return [...letters];
  const under = range(covered).map((at) => `${covered - at}`);
  return [...letters.slice(0, dots), ...under, ...letters.slice(dots)];
}

/** Dims of one label within an operand become their diagonal. */
function withoutRepeats(operand: Labelled, equation: string): Labelled {
  let { tensor } = operand;
  let labels = [...operand.labels];
  for (let at = 0; at < labels.length; at++) {
    const again = labels.indexOf(labels[at]!, at + 1);
    if (again < 0) continue;
    if (tensor.shape[at] !== tensor.shape[again]) {
      throw equationError(
        `einsum: '${labels[at]}' stands for sizes ${tensor.shape[at]} and ${tensor.shape[again]} within an operand of '${equation}'`,
      );
    }
    const label = labels[at]!;
    tensor = diagonal(tensor, 0, { dim1: at, dim2: again });
    labels = [...labels.filter((_, i) => i !== at && i !== again), label];
    at = -1;
  }
  return { tensor, labels };
}

/** The labels of the result when none are given: those under `...`, then letters that appear once, in alphabetical order. */
function implicitResult(all: readonly string[]): string[] {
  const once = all.filter((label) => !isNumber(label) && all.indexOf(label) === all.lastIndexOf(label)).sort();
  return [...underDots(all), ...once];
}

function isNumber(label: string): boolean {
  return label >= '0' && label <= '9';
}

function underDots(all: readonly string[]): string[] {
  return [...new Set(all.filter(isNumber))].sort((a, b) => Number(b) - Number(a));
}

function resultLabels(text: string, all: readonly string[], equation: string): string[] {
  const dots = text.indexOf('...');
  const letters = text.replace('...', '');
  for (const letter of letters) {
    if (!all.includes(letter)) throw equationError(`einsum: '${letter}' of the result of '${equation}' is in no operand`);
    if (letters.indexOf(letter) !== letters.lastIndexOf(letter))
      throw equationError(`einsum: '${letter}' is twice in the result of '${equation}'`);
  }
  return dots < 0 ? [...letters] : [...letters.slice(0, dots), ...underDots(all), ...letters.slice(dots)];
}

/** Sums over the labels that nobody needs any more. */
function sumOut(operand: Labelled, needed: readonly string[]): Labelled {
  const dims = range(operand.labels.length).filter((at) => !needed.includes(operand.labels[at]!));
  if (dims.length === 0) return operand;
  return { tensor: sum(operand.tensor, dims), labels: operand.labels.filter((label) => needed.includes(label)) };
}

const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** The product of two operands, summed over what they share and nobody needs. */
function contractPair(left: Labelled, right: Labelled, needed: readonly string[], equation: string): Labelled {
  let a = sumOut(left, [...needed, ...right.labels]);
  let b = sumOut(right, [...needed, ...left.labels]);
  const shared = a.labels.filter((label) => b.labels.includes(label));
  for (const label of shared) {
    const sizeA = a.tensor.shape[a.labels.indexOf(label)]!;
    const sizeB = b.tensor.shape[b.labels.indexOf(label)]!;
    if (sizeA === sizeB) continue;
    if (sizeA !== 1 && sizeB !== 1) {
      throw equationError(
        `einsum: '${label}' stands for sizes ${sizeA} and ${sizeB} in '${equation}' (operands ${shapeText(left.tensor.shape)} and ${shapeText(right.tensor.shape)})`,
      );
    }
    if (sizeA === 1) a = stretch(a, label, sizeB);
    else b = stretch(b, label, sizeA);
  }
  const labels = [...a.labels, ...b.labels.filter((label) => !a.labels.includes(label))].filter((label) => needed.includes(label));
  const names = [...new Set([...a.labels, ...b.labels])];
  const text = (list: readonly string[]) => list.map((label) => alphabet[names.indexOf(label)]!).join('');
  const tensor = op('contract', [a.tensor, b.tensor], { equation: `${text(a.labels)},${text(b.labels)}->${text(labels)}` });
  return { tensor, labels };
}

function stretch(operand: Labelled, label: string, size: number): Labelled {
  const at = operand.labels.indexOf(label);
  return {
    tensor: broadcastTo(
      operand.tensor,
      operand.tensor.shape.map((own, axis) => (axis === at ? size : own)),
    ),
    labels: operand.labels,
  };
}

/**
 * Products of the operands' elements, summed over the labels that are not in the result: `einsum('bij,bjk->bik', a, b)`. A
 * label twice in an operand takes its diagonal, `...` stands for dims that broadcast, and without `->` the result has the
 * labels that appear once. Any number of operands, taken together from the left.
 */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  const text = equation.replaceAll(' ', '');
  const arrow = text.indexOf('->');
  const terms = (arrow < 0 ? text : text.slice(0, arrow)).split(',');
  if (terms.length !== operands.length) {
    throw equationError(`einsum: '${equation}' describes ${terms.length} operands, but ${operands.length} are given`);
  }
  const given = terms.map((term, at) => ({ tensor: operands[at]!, labels: labelsOf(term, operands[at]!, equation) }));
  const all = given.flatMap((operand) => operand.labels);
  const labelled = given.map((operand) => withoutRepeats(operand, equation));
  const result = arrow < 0 ? implicitResult(all) : resultLabels(text.slice(arrow + 2), all, equation);
  let done = labelled[0]!;
  for (let at = 1; at < labelled.length; at++) {
    const later = labelled.slice(at + 1).flatMap((operand) => [...operand.labels]);
    done = contractPair(done, labelled[at]!, [...result, ...later], equation);
  }
  done = sumOut(done, result);
  return permute(
    done.tensor,
    result.map((label) => done.labels.indexOf(label)),
  );
}
