/**
 * Sizes of tensor dimensions: a plain non-negative integer, or a polynomial with integer coefficients over named dims
 * (`batch`, `2*batch + 1`) whose atoms may also be floor divisions and remainders that do not simplify.
 * Polynomials are kept in a canonical order, so two equal polynomials have the same `key`.
 */
export type Dim = number | SymbolicDim;

/** A factor of a term: a named dim, or `floor(numerator / denominator)`, or `numerator mod denominator`. */
export type Atom =
  | { readonly kind: 'name'; readonly name: string; readonly key: string }
  | { readonly kind: 'floorDiv' | 'mod'; readonly numerator: Dim; readonly denominator: Dim; readonly key: string };

/** `coefficient * factors[0] * factors[1] * ...`; the constant term has no factors. */
export interface Term {
  readonly coefficient: number;
  readonly factors: readonly Atom[];
}

export class SymbolicDim {
  readonly key: string;
  constructor(readonly terms: readonly Term[]) {
    this.key = terms.map(termText).join(' + ').replaceAll('+ -', '- ');
  }
  toString(): string {
    return this.key;
  }
  toJSON(): string {
    return this.key;
  }
  /** A symbolic size prints as its formula, and never turns into NaN unnoticed. */
  [Symbol.toPrimitive](hint: 'number' | 'string' | 'default'): string {
    if (hint === 'number') throw new SizeUnknownError(this);
    return this.key;
  }
}

/** Thrown where JavaScript itself asks for the number behind a symbolic size. */
export class SizeUnknownError extends TypeError {
  constructor(readonly dim: SymbolicDim) {
    super(`the size '${dim.key}' is known at run time only`);
    this.name = 'SizeUnknownError';
  }
}

function termText(term: Term): string {
  if (term.factors.length === 0) return String(term.coefficient);
  const product = term.factors.map((factor) => factor.key).join('*');
  if (term.coefficient === 1) return product;
  return term.coefficient === -1 ? `-${product}` : `${term.coefficient}*${product}`;
}

/** The size named `name`, an identifier; it is bound when an entry is called. */
export function namedDim(name: string): Dim {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) throw new RangeError(`the name of a size must be an identifier like 'batch', found '${name}'`);
  return new SymbolicDim([{ coefficient: 1, factors: [{ kind: 'name', name, key: name }] }]);
}

export function isSymbolic(dim: unknown): dim is SymbolicDim {
  return dim instanceof SymbolicDim;
}

export function dimText(dim: Dim): string {
  return typeof dim === 'number' ? String(dim) : dim.key;
}

/** Whether two sizes are equal for every binding of the named dims. */
export function sameDim(a: Dim, b: Dim): boolean {
  return a === b || (isSymbolic(a) && isSymbolic(b) && a.key === b.key);
}

export function sameShape(a: readonly Dim[], b: readonly Dim[]): boolean {
  return a.length === b.length && a.every((dim, axis) => sameDim(dim, b[axis]!));
}

function terms(dim: Dim): readonly Term[] {
  if (typeof dim !== 'number') return dim.terms;
  return dim === 0 ? [] : [{ coefficient: dim, factors: [] }];
}

function factorsKey(factors: readonly Atom[]): string {
  return factors.map((factor) => factor.key).join('*');
}

function fromTerms(list: readonly Term[]): Dim {
  const merged = new Map<string, Term>();
  for (const term of list) {
    const key = factorsKey(term.factors);
    const before = merged.get(key);
    merged.set(key, before ? { ...before, coefficient: before.coefficient + term.coefficient } : term);
  }
  const kept = [...merged.entries()].filter(([, term]) => term.coefficient !== 0);
  // Highest degree first, the constant last: `batch*seq + 2*batch + 1`.
  kept.sort(([ka, a], [kb, b]) => b.factors.length - a.factors.length || (ka < kb ? -1 : ka > kb ? 1 : 0));
  const sorted = kept.map(([, term]) => term);
  if (sorted.length === 0) return 0;
  if (sorted.length === 1 && sorted[0]!.factors.length === 0) return sorted[0]!.coefficient;
  return new SymbolicDim(sorted);
}

export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  return fromTerms([...terms(a), ...terms(b)]);
}

export function subDims(a: Dim, b: Dim): Dim {
  return addDims(a, mulDims(b, -1));
}

export function mulDims(a: Dim, b: Dim): Dim {
  // + 0: there is no size -0.
  if (typeof a === 'number' && typeof b === 'number') return a * b + 0;
  const product: Term[] = [];
  for (const x of terms(a)) {
    for (const y of terms(b)) {
      const factors = [...x.factors, ...y.factors].sort((p, q) => (p.key < q.key ? -1 : p.key > q.key ? 1 : 0));
      product.push({ coefficient: x.coefficient * y.coefficient, factors });
    }
  }
  return fromTerms(product);
}

export function productOf(dims: readonly Dim[]): Dim {
  return dims.reduce<Dim>((product, dim) => mulDims(product, dim), 1);
}

/** `a / b` when the division is exact for every binding, else undefined. `b` must be a single term. */
export function exactDiv(a: Dim, b: Dim): Dim | undefined {
  if (b === 0) return undefined;
  if (sameDim(a, b)) return 1;
  if (typeof a === 'number' && typeof b === 'number') return a % b === 0 ? a / b + 0 : undefined;
  const divisor = terms(b);
  if (divisor.length !== 1) return undefined;
  const { coefficient, factors } = divisor[0]!;
  const quotient: Term[] = [];
  for (const term of terms(a)) {
    if (term.coefficient % coefficient !== 0) return undefined;
    const rest = [...term.factors];
    for (const factor of factors) {
      const at = rest.findIndex((candidate) => candidate.key === factor.key);
      if (at < 0) return undefined;
      rest.splice(at, 1);
    }
    quotient.push({ coefficient: term.coefficient / coefficient, factors: rest });
  }
  return fromTerms(quotient);
}

/** `floor(a / b)`. */
export function floorDivDims(a: Dim, b: Dim): Dim {
  if (b === 1) return a;
  const exact = exactDiv(a, b);
  if (exact !== undefined) return exact;
  if (typeof a === 'number' && typeof b === 'number') return Math.floor(a / b);
  if (typeof b === 'number' && b > 0) {
    // floor((b*q + r) / b) = q + floor(r / b): take out the terms that divide.
    const whole = terms(a).filter((term) => term.factors.length > 0 && term.coefficient % b === 0);
    const rest = fromTerms(terms(a).filter((term) => !whole.includes(term)));
    if (whole.length > 0) {
      const quotient = fromTerms(whole.map((term) => ({ ...term, coefficient: term.coefficient / b })));
      return addDims(quotient, floorDivDims(rest, b));
    }
    if (isSymbolic(rest)) {
      const constant = rest.terms.find((term) => term.factors.length === 0)?.coefficient ?? 0;
      const carried = Math.floor(constant / b);
      if (carried !== 0) return addDims(floorDivDims(subDims(rest, carried * b), b), carried);
    }
  }
  const key = `floordiv(${dimText(a)}, ${dimText(b)})`;
  return fromTerms([{ coefficient: 1, factors: [{ kind: 'floorDiv', numerator: a, denominator: b, key }] }]);
}

/** `a - b * floor(a / b)`, with the sign of `b`. */
export function modDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a - b * Math.floor(a / b);
  if (exactDiv(a, b) !== undefined) return 0;
  const key = `mod(${dimText(a)}, ${dimText(b)})`;
  return fromTerms([{ coefficient: 1, factors: [{ kind: 'mod', numerator: a, denominator: b, key }] }]);
}

/** The size for given values of the named dims. Throws when one is not bound. */
export function evaluateDim(dim: Dim, bindings: ReadonlyMap<string, number>): number {
  if (typeof dim === 'number') return dim;
  let sum = 0;
  for (const term of dim.terms) {
    let product = term.coefficient;
    for (const factor of term.factors) product *= evaluateAtom(factor, bindings);
    sum += product;
  }
  return sum + 0;
}

function evaluateAtom(atom: Atom, bindings: ReadonlyMap<string, number>): number {
  if (atom.kind === 'name') {
    const value = bindings.get(atom.name);
    if (value === undefined) throw new Error(`the dim '${atom.name}' is not bound`);
    return value;
  }
  const a = evaluateDim(atom.numerator, bindings);
  const b = evaluateDim(atom.denominator, bindings);
  return atom.kind === 'floorDiv' ? Math.floor(a / b) : a - b * Math.floor(a / b);
}

/** The names that a size depends on, in order of first use. */
export function dimNames(dim: Dim, into: Set<string> = new Set()): Set<string> {
  if (typeof dim === 'number') return into;
  for (const term of dim.terms) {
    for (const factor of term.factors) {
      if (factor.kind === 'name') into.add(factor.name);
      else {
        dimNames(factor.numerator, into);
        dimNames(factor.denominator, into);
      }
    }
  }
  return into;
}

/** The least value a size can take when every named dim is at least 0, or -Infinity when that is not known. */
export function lowerBound(dim: Dim): number {
  const below = withoutNegativeFloors(dim);
  if (typeof below === 'number') return below;
  let sum = 0;
  for (const term of below.terms) {
    const floor = constantFloor(term);
    if (term.factors.length === 0) sum += term.coefficient;
    else if (floor !== undefined && term.coefficient > 0) sum += term.coefficient * Math.floor(lowerBound(floor.numerator) / floor.by);
    else if (term.coefficient < 0 || !term.factors.every(atomIsNonNegative)) return -Infinity;
  }
  return sum;
}

/** The term's only factor where that is floor(numerator / by) for a number `by` above 0. */
function constantFloor(term: Term): { numerator: Dim; by: number } | undefined {
  const [atom] = term.factors;
  if (term.factors.length !== 1 || atom!.kind !== 'floorDiv') return undefined;
  return typeof atom!.denominator === 'number' && atom!.denominator > 0 ? { numerator: atom!.numerator, by: atom!.denominator } : undefined;
}

/** At most `dim`: -k floor(n / d) >= -(k / d) n, so that `h - 2*floordiv(h, 2)` is found to be at least 0. */
function withoutNegativeFloors(dim: Dim): Dim {
  if (typeof dim === 'number') return dim;
  let result: Dim = dim;
  for (const term of dim.terms) {
    const floor = constantFloor(term);
    if (floor === undefined || term.coefficient >= 0 || term.coefficient % floor.by !== 0) continue;
    const above = mulDims(floor.numerator, term.coefficient / floor.by);
    result = addDims(subDims(result, fromTerms([term])), above);
  }
  return result === dim ? dim : withoutNegativeFloors(result);
}

function atomIsNonNegative(atom: Atom): boolean {
  if (atom.kind === 'name') return true;
  return typeof atom.denominator === 'number' && atom.denominator > 0 && (atom.kind === 'mod' || lowerBound(atom.numerator) >= 0);
}

/** The size with names replaced by other sizes; names that are not in the map stay. */
export function replaceNames(dim: Dim, names: ReadonlyMap<string, Dim>): Dim {
  if (typeof dim === 'number' || ![...dimNames(dim)].some((name) => names.has(name))) return dim;
  let sum: Dim = 0;
  for (const term of dim.terms) {
    let product: Dim = term.coefficient;
    for (const factor of term.factors) product = mulDims(product, replaceInAtom(factor, names));
    sum = addDims(sum, product);
  }
  return sum;
}

function replaceInAtom(atom: Atom, names: ReadonlyMap<string, Dim>): Dim {
  if (atom.kind === 'name') return names.get(atom.name) ?? fromTerms([{ coefficient: 1, factors: [atom] }]);
  const numerator = replaceNames(atom.numerator, names);
  const denominator = replaceNames(atom.denominator, names);
  return atom.kind === 'floorDiv' ? floorDivDims(numerator, denominator) : modDims(numerator, denominator);
}
