/**
 * Arithmetic on indices. Every IndexExpr is built by these functions and is therefore in normal form: a sum of distinct atoms with
 * coefficients that are sizes, then a constant. An atom is an axis, a gathered value, or a quotient or remainder that ranges
 * could not resolve. What makes reshapes free: floorDiv and mod by a size take out the terms that it divides, vanish when
 * the rest is provably smaller, and `s*floorDiv(x, s) + mod(x, s)` is put together to `x` again.
 */
import { addDims, type Dim, dimText, exactDiv, floorDivDims, lowerBound, mulDims, sameDim, subDims } from '../ir/dim.js';
import type { Axis, IndexExpr, ScalarExpr } from './expr.js';

/** `coefficient * atom`. */
export interface IndexTerm {
  readonly atom: IndexExpr;
  readonly coefficient: Dim;
}

export interface LinearForm {
  readonly terms: readonly IndexTerm[];
  readonly constant: Dim;
}

const linearForms = new WeakMap<IndexExpr, LinearForm>();
const keys = new WeakMap<IndexExpr, string>();
const serials = new WeakMap<object, number>();
const axisNodes = new WeakMap<Axis, IndexExpr>();
let nextSerial = 0;

/** A text that is equal for two expressions exactly when they are the same expression of the same axes. */
export function indexKey(expr: IndexExpr): string {
  const known = keys.get(expr);
  if (known !== undefined) return known;
  const key = computeKey(expr);
  keys.set(expr, key);
  return key;
}

function computeKey(expr: IndexExpr): string {
  switch (expr.kind) {
    case 'number':
      return String(expr.value);
    case 'size':
      return `{${dimText(expr.dim)}}`;
    case 'axis':
      return `x${serial(expr.axis)}`;
    case 'value':
      return `v${serial(expr.value)}`;
    default:
      return `${expr.kind}(${indexKey(expr.left)},${indexKey(expr.right)})`;
  }
}

/** A number of its own for each axis and value, in the order in which they are first seen. */
function serial(object: Axis | ScalarExpr): number {
  let number = serials.get(object);
  if (number === undefined) {
    number = nextSerial++;
    serials.set(object, number);
  }
  return number;
}

/** Whether two positions are a fixed step from each other at every turn. */
export function areApart(a: IndexExpr, b: IndexExpr): boolean {
  const step = linearForm(sub(a, b));
  return step.terms.length === 0 && (typeof step.constant === 'number' ? step.constant !== 0 : provablyDistinct(step.constant));
}

function provablyDistinct(step: Dim): boolean {
  return lowerBound(step) > 0 || lowerBound(mulDims(step, -1)) > 0;
}

export function sameIndex(a: IndexExpr, b: IndexExpr): boolean {
  return a === b || indexKey(a) === indexKey(b);
}

/** A size as an index expression. */
export function sizeIndex(dim: Dim): IndexExpr {
  return typeof dim === 'number' ? { kind: 'number', value: dim } : { kind: 'size', dim };
}

export const zero: IndexExpr = { kind: 'number', value: 0 };

/** The loop variable itself; an axis of size 1 is always at 0. */
export function axisIndex(axis: Axis): IndexExpr {
  if (axis.size === 1) return zero;
  let node = axisNodes.get(axis);
  if (node === undefined) {
    node = { kind: 'axis', axis };
    axisNodes.set(axis, node);
  }
  return node;
}

/** The sum of atoms with coefficients that an expression is. */
export function linearForm(expr: IndexExpr): LinearForm {
  const known = linearForms.get(expr);
  if (known !== undefined) return known;
  const form = computeLinearForm(expr);
  linearForms.set(expr, form);
  return form;
}

function computeLinearForm(expr: IndexExpr): LinearForm {
  switch (expr.kind) {
    case 'number':
      return { terms: [], constant: expr.value };
    case 'size':
      return { terms: [], constant: expr.dim };
    case 'add':
      return sumForms(linearForm(expr.left), linearForm(expr.right));
    case 'mul': {
      const left = linearForm(expr.left);
      const right = linearForm(expr.right);
      if (right.terms.length === 0) return scaleForm(left, right.constant);
      if (left.terms.length === 0) return scaleForm(right, left.constant);
      return { terms: [{ atom: expr, coefficient: 1 }], constant: 0 };
    }
    default:
      return { terms: [{ atom: expr, coefficient: 1 }], constant: 0 };
  }
}

function scaleForm(form: LinearForm, factor: Dim): LinearForm {
  if (factor === 0) return { terms: [], constant: 0 };
  return {
    terms: form.terms.map(({ atom, coefficient }) => ({ atom, coefficient: mulDims(coefficient, factor) })),
    constant: mulDims(form.constant, factor),
  };
}

function sumForms(...forms: readonly LinearForm[]): LinearForm {
  const merged = new Map<string, IndexTerm>();
  let constant: Dim = 0;
  for (const form of forms) {
    constant = addDims(constant, form.constant);
    for (const term of form.terms) {
      const key = indexKey(term.atom);
      const before = merged.get(key);
      const coefficient = before ? addDims(before.coefficient, term.coefficient) : term.coefficient;
      merged.set(key, { atom: term.atom, coefficient });
    }
  }
  return { terms: [...merged.values()].filter((term) => term.coefficient !== 0), constant };
}

/** The expression of a linear form: quotients and remainders that belong together are joined, terms put in order. */
function fromForm(form: LinearForm): IndexExpr {
  const joined = joinQuotients(form);
  const terms = [...joined.terms].sort(compareTerms);
  let expr: IndexExpr | undefined;
  for (const { atom, coefficient } of terms) {
    const product: IndexExpr = coefficient === 1 ? atom : { kind: 'mul', left: atom, right: sizeIndex(coefficient) };
    expr = expr === undefined ? product : { kind: 'add', left: expr, right: product };
  }
  if (expr === undefined) return sizeIndex(joined.constant);
  if (joined.constant !== 0) expr = { kind: 'add', left: expr, right: sizeIndex(joined.constant) };
  linearForms.set(expr, { terms, constant: joined.constant });
  return expr;
}

function compareTerms(a: IndexTerm, b: IndexTerm): number {
  const weight = (dim: Dim): number => (typeof dim === 'number' ? dim : Number.POSITIVE_INFINITY);
  const x = weight(a.coefficient);
  const y = weight(b.coefficient);
  if (x !== y) return x > y ? -1 : 1;
  return compareExpressions(a.atom, b.atom);
}

const kinds: readonly IndexExpr['kind'][] = ['axis', 'value', 'mod', 'floorDiv', 'mul', 'add', 'size', 'number'];

/** An order that depends on the expressions and on which axes were made first, on nothing else: equal sources give equal kernels. */
function compareExpressions(a: IndexExpr, b: IndexExpr): number {
  if (a.kind !== b.kind) return kinds.indexOf(a.kind) - kinds.indexOf(b.kind);
  switch (a.kind) {
    case 'number':
      return a.value - (b as typeof a).value;
    case 'size': {
      const [p, q] = [dimText(a.dim), dimText((b as typeof a).dim)];
      return p < q ? -1 : p > q ? 1 : 0;
    }
    case 'axis':
      return serial(a.axis) - serial((b as typeof a).axis);
    case 'value':
      return serial(a.value) - serial((b as typeof a).value);
    default: {
      const other = b as typeof a;
      return compareExpressions(a.left, other.left) || compareExpressions(a.right, other.right);
    }
  }
}

/** An atom as mod(floorDiv(x, by), modulus); without a modulus it is the quotient alone. */
interface Quotient {
  readonly x: IndexExpr;
  readonly by: Dim;
  readonly modulus?: Dim;
}

function asQuotient(atom: IndexExpr): Quotient {
  if (atom.kind === 'mod') {
    const inner = asQuotient(atom.left);
    if (inner.modulus === undefined) return { ...inner, modulus: constantOf(atom.right) };
    return { x: atom.left, by: 1, modulus: constantOf(atom.right) };
  }
  if (atom.kind === 'floorDiv') return { x: atom.left, by: constantOf(atom.right) };
  return { x: atom, by: 1 };
}

function constantOf(expr: IndexExpr): Dim {
  return linearForm(expr).constant;
}

/** c*m*mod(floorDiv(x, s*m), n) + c*mod(floorDiv(x, s), m) = c*mod(floorDiv(x, s), m*n), and the same without the outer mod. */
function joinQuotients(form: LinearForm): LinearForm {
  if (!form.terms.some(({ atom }) => atom.kind === 'mod')) return form;
  for (const low of form.terms) {
    if (low.atom.kind !== 'mod') continue;
    const lower = asQuotient(low.atom);
    const modulus = lower.modulus!;
    const joint = mulDims(lower.by, modulus);
    const expected = mulDims(low.coefficient, modulus);
    for (const high of form.terms) {
      if (high === low || !sameDim(high.coefficient, expected)) continue;
      const upper = asQuotient(high.atom);
      if (!sameDim(upper.by, joint) || !sameIndex(upper.x, lower.x)) continue;
      const quotient = floorDiv(lower.x, lower.by);
      const whole = upper.modulus === undefined ? quotient : mod(quotient, mulDims(upper.modulus, modulus));
      const rest = { terms: form.terms.filter((term) => term !== low && term !== high), constant: form.constant };
      return joinQuotients(sumForms(rest, scaleForm(linearForm(whole), low.coefficient)));
    }
  }
  return form;
}

export function add(...parts: readonly IndexExpr[]): IndexExpr {
  const terms = parts.filter((part) => !(part.kind === 'number' && part.value === 0));
  if (terms.length === 0) return zero;
  return terms.length === 1 ? terms[0]! : fromForm(sumForms(...terms.map(linearForm)));
}

export function mul(expr: IndexExpr, factor: Dim): IndexExpr {
  return factor === 1 ? expr : fromForm(scaleForm(linearForm(expr), factor));
}

export function sub(a: IndexExpr, b: IndexExpr): IndexExpr {
  return add(a, mul(b, -1));
}

/** The least and greatest value, both reached at most; a bound that is not known is left out. */
export interface Range {
  readonly low?: Dim;
  readonly high?: Dim;
}

const ranges = new WeakMap<IndexExpr, Range>();

/** Bounds of an expression while its axes run (each has at least one turn, or nothing is evaluated). */
export function rangeOf(expr: IndexExpr): Range {
  let range = ranges.get(expr);
  if (range === undefined) {
    range = computeRange(expr);
    ranges.set(expr, range);
  }
  return range;
}

function computeRange(expr: IndexExpr): Range {
  const form = linearForm(expr);
  let low: Dim | undefined = form.constant;
  let high: Dim | undefined = form.constant;
  for (const { atom, coefficient } of form.terms) {
    const range = atomRange(atom);
    const positive = lowerBound(coefficient) >= 0;
    const negative = lowerBound(mulDims(coefficient, -1)) >= 0;
    const [least, most] = positive ? [range.low, range.high] : negative ? [range.high, range.low] : [undefined, undefined];
    low = low === undefined || least === undefined ? undefined : addDims(low, mulDims(least, coefficient));
    high = high === undefined || most === undefined ? undefined : addDims(high, mulDims(most, coefficient));
  }
  return { ...(low !== undefined && { low }), ...(high !== undefined && { high }) };
}

function atomRange(atom: IndexExpr): Range {
  switch (atom.kind) {
    case 'axis':
      return { low: 0, high: subDims(atom.axis.size, 1) };
    case 'mod':
      return { low: 0, high: subDims(constantOf(atom.right), 1) };
    case 'floorDiv': {
      const { low, high } = rangeOf(atom.left);
      const by = constantOf(atom.right);
      const positive = lowerBound(by) >= 1 || (low !== undefined && lowerBound(low) >= 0);
      if (!positive) return {};
      const least = low === undefined ? undefined : typeof low === 'number' && typeof by === 'number' ? Math.floor(low / by) : 0;
      const known = low !== undefined && lowerBound(low) >= 0;
      return { ...(known && least !== undefined && { low: least }), ...(high !== undefined && { high: floorDivDims(high, by) }) };
    }
    case 'value':
      return clampRange(atom.value);
    case 'mul': {
      const [a, b] = [rangeOf(atom.left), rangeOf(atom.right)];
      const nonNegative = a.low !== undefined && b.low !== undefined && lowerBound(a.low) >= 0 && lowerBound(b.low) >= 0;
      return nonNegative ? { low: 0, ...(a.high !== undefined && b.high !== undefined && { high: mulDims(a.high, b.high) }) } : {};
    }
    default:
      return {};
  }
}

/** Gathered indices are clamped by `minimum(maximum(x, 0), n - 1)`. */
function clampRange(value: ScalarExpr): Range {
  if (value.kind !== 'apply' || value.op !== 'minimum') return {};
  const [inner, limit] = value.args;
  const low = inner?.kind === 'apply' && inner.op === 'maximum' ? inner.args[1] : undefined;
  return { ...(low?.kind === 'constant' && { low: low.value }), ...upperLimit(limit) };
}

function upperLimit(limit: ScalarExpr | undefined): Range {
  if (limit?.kind === 'constant') return { high: limit.value };
  if (limit?.kind === 'index') return { high: constantOf(limit.index) };
  return {};
}

/** Whether the expression is at least 0 for every turn of its axes. */
export function provablyNonNegative(expr: IndexExpr): boolean {
  const { low } = rangeOf(expr);
  return low !== undefined && lowerBound(low) >= 0;
}

/** Whether the expression is below `limit` for every turn of its axes. */
export function provablyBelow(expr: IndexExpr, limit: Dim): boolean {
  const { high } = rangeOf(expr);
  return high !== undefined && lowerBound(subDims(subDims(limit, 1), high)) >= 0;
}

function within(form: LinearForm, limit: Dim): boolean {
  const expr = fromForm(form);
  return provablyNonNegative(expr) && provablyBelow(expr, limit);
}

/** The terms that `by` divides, divided; and the others. */
function splitBy(form: LinearForm, by: Dim): { quotient: LinearForm; rest: LinearForm } {
  const quotient: IndexTerm[] = [];
  const rest: IndexTerm[] = [];
  for (const term of form.terms) {
    const divided = exactDiv(term.coefficient, by);
    if (divided !== undefined) quotient.push({ atom: term.atom, coefficient: divided });
    else rest.push(term);
  }
  const whole = exactDiv(form.constant, by);
  if (whole !== undefined) return { quotient: { terms: quotient, constant: whole }, rest: { terms: rest, constant: 0 } };
  const kept = { terms: rest, constant: form.constant };
  if (typeof form.constant === 'number' && typeof by === 'number') {
    const carried = Math.floor(form.constant / by);
    const reduced = { terms: rest, constant: form.constant - carried * by };
    // Targets divide with truncation: never make a numerator negative that was not.
    if (provablyNonNegative(fromForm(reduced)) || !provablyNonNegative(fromForm(kept))) {
      return { quotient: { terms: quotient, constant: carried }, rest: reduced };
    }
  }
  return { quotient: { terms: quotient, constant: 0 }, rest: kept };
}

/** A size g that divides `by` such that `form` is g times something plus a rest below g. */
function commonFactor(form: LinearForm, by: Dim): { factor: Dim; scaled: LinearForm; rest: LinearForm } | undefined {
  for (const { coefficient } of form.terms) {
    if (coefficient === 1 || exactDiv(by, coefficient) === undefined || lowerBound(coefficient) < 1) continue;
    const { quotient, rest } = splitBy(form, coefficient);
    if (within(rest, coefficient)) return { factor: coefficient, scaled: quotient, rest };
  }
  return undefined;
}

/** `floor(expr / by)`; `by` is at least 1 wherever this is evaluated. */
export function floorDiv(expr: IndexExpr, by: Dim): IndexExpr {
  if (by === 1) return expr;
  const { quotient, rest } = splitBy(linearForm(expr), by);
  if (within(rest, by)) return fromForm(quotient);
  return add(fromForm(quotient), divideRest(rest, by));
}

function divideRest(rest: LinearForm, by: Dim): IndexExpr {
  const common = commonFactor(rest, by);
  if (common) return floorDiv(fromForm(common.scaled), exactDiv(by, common.factor)!);
  if (rest.terms.length === 1 && rest.terms[0]!.coefficient === 1 && rest.constant === 0) {
    const { atom } = rest.terms[0]!;
    if (atom.kind === 'floorDiv') return floorDiv(atom.left, mulDims(constantOf(atom.right), by));
    if (atom.kind === 'mod') {
      const modulus = exactDiv(constantOf(atom.right), by);
      if (modulus !== undefined) return mod(floorDiv(atom.left, by), modulus);
    }
  }
  return { kind: 'floorDiv', left: fromForm(rest), right: sizeIndex(by) };
}

/** `expr - by * floor(expr / by)`. */
export function mod(expr: IndexExpr, by: Dim): IndexExpr {
  if (by === 1) return zero;
  const { rest } = splitBy(linearForm(expr), by);
  if (within(rest, by)) return fromForm(rest);
  const common = commonFactor(rest, by);
  if (common) {
    const high = mod(fromForm(common.scaled), exactDiv(by, common.factor)!);
    return add(mul(high, common.factor), fromForm(common.rest));
  }
  if (rest.terms.length === 1 && rest.terms[0]!.coefficient === 1 && rest.constant === 0) {
    const { atom } = rest.terms[0]!;
    // Taking the larger remainder first changes nothing.
    if (atom.kind === 'mod' && exactDiv(constantOf(atom.right), by) !== undefined) return mod(atom.left, by);
  }
  return { kind: 'mod', left: fromForm(rest), right: sizeIndex(by) };
}

const shapeStrides = new WeakMap<readonly Dim[], readonly Dim[]>();

/** Row-major strides of a shape. */
export function stridesOf(shape: readonly Dim[]): readonly Dim[] {
  let strides = shapeStrides.get(shape);
  if (strides === undefined) {
    const made = new Array<Dim>(shape.length).fill(1);
    for (let axis = shape.length - 2; axis >= 0; axis--) made[axis] = mulDims(made[axis + 1]!, shape[axis + 1]!);
    strides = made;
    shapeStrides.set(shape, strides);
  }
  return strides;
}

/** The position of an element in row-major memory. */
export function flatten(indices: readonly IndexExpr[], shape: readonly Dim[]): IndexExpr {
  const strides = stridesOf(shape);
  return add(...indices.map((index, axis) => mul(index, strides[axis]!)));
}

/** The indices of the element at position `linear` (which lies inside) of row-major memory. */
export function unflatten(linear: IndexExpr, shape: readonly Dim[]): IndexExpr[] {
  const strides = stridesOf(shape);
  const first = shape.findIndex((size) => size !== 1);
  return shape.map((size, axis) => {
    if (size === 1) return zero;
    const quotient = floorDiv(linear, strides[axis]!);
    return axis === first ? quotient : mod(quotient, size);
  });
}

/** Strides per axis when the expression is linear in axes alone, else undefined. */
export function affineForm(expr: IndexExpr): { strides: ReadonlyMap<Axis, Dim>; offset: Dim } | undefined {
  const form = linearForm(expr);
  const strides = new Map<Axis, Dim>();
  for (const { atom, coefficient } of form.terms) {
    if (atom.kind !== 'axis') return undefined;
    strides.set(atom.axis, coefficient);
  }
  return { strides, offset: form.constant };
}
