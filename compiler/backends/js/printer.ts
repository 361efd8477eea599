import { type Atom, type Dim, dimNames, dimText, isSymbolic, namedDim } from '../../ir/dim.js';
import type { DType } from '../../ir/types.js';
import type { IndexCondition, IndexExpr, ScalarExpr } from '../../kernel/expr.js';
import {
  children,
  conditionIndices,
  conditionKey,
  conditionNeeds,
  eachUse,
  indexNeeds,
  indexReads,
  reads,
  valueKey,
  valueNeeds,
} from '../../kernel/expressions.js';
import { indexKey, linearForm, provablyNonNegative } from '../../kernel/index-math.js';
import type { Kernel, Store } from '../../kernel/kernel.js';
import { wantedName } from '../../kernel/value-name.js';
import { Block } from './block.js';
import type { Panel } from './contraction-helpers.js';
import { Names } from './names.js';
import { castText, scalarOps } from './scalar-ops.js';
import { asNumber, atom, binary, call, conditional, element, isPlain, numberText, plus, prefix, type Text, times } from './text.js';

/** A tensor as the printer sees it; scratch panels of the module take part like tensors of the kernel. */
interface Array {
  readonly name: string;
  readonly dtype: DType;
  readonly isWritten: boolean;
}

/**
 * Writes statements into nested blocks. An expression is named once, in the outermost block where all it needs is known: that
 * hoists invariants and merges common subexpressions in one step.
 */
export class Printer {
  readonly names: Names;
  readonly arrays: Array[];
  /** Names of dims that the function takes, in order of first use. */
  readonly dims: string[] = [];
  readonly helpers = new Set<string>();
  block = new Block('plain');
  private readonly localDims = new Map<string, Text>();
  private readonly dimTexts = new Map<string, Text>();
  private readonly root = this.block;
  private readonly scratch = new Map<string, number>();
  private uses = new Map<string, number>();
  private readonly mutable = new WeakMap<ScalarExpr, boolean>();

  constructor(kernel: Kernel, reserved: Iterable<string>) {
    this.names = new Names(reserved);
    this.arrays = kernel.tensors.map(({ name, dtype, access }) => ({ name: this.names.fresh(name), dtype, isWritten: access !== 'read' }));
  }

  /** Whether a loop runs around the current place. */
  get isInLoop(): boolean {
    for (let block: Block | undefined = this.block; block !== undefined; block = block.parent) if (block.kind === 'loop') return true;
    return false;
  }

  /**
   * The number under which a panel, a Float64Array of the module, is loaded and stored like a tensor. The kernel takes it as a local before
   * all loops (see `panelsAhead` of the helpers).
   */
  scratchTensor(panel: Panel): number {
    let index = this.scratch.get(panel);
    if (index === undefined) {
      index = this.arrays.length;
      const name = this.names.fresh(panel);
      this.root.lines.push(`const ${name} = ${this.helper(`${panel}Panel`)};`);
      this.arrays.push({ name, dtype: 'f32', isWritten: true });
      this.scratch.set(panel, index);
    }
    return index;
  }

  helper(name: string): string {
    this.helpers.add(name);
    return name;
  }

  /** A new identifier whose scope is the current block. */
  fresh(wanted: string): string {
    const name = this.names.fresh(wanted);
    this.block.declared.push(name);
    return name;
  }

  line(code: string): void {
    this.block.lines.push(code);
  }

  /** Prints `body` as a nested block; it gives the line that opens the block. */
  nested(kind: 'loop' | 'branch', body: (block: Block) => string): void {
    const outer = this.block;
    const inner = new Block(kind, outer);
    this.block = inner;
    const head = body(inner);
    this.block = outer;
    this.names.release(inner.declared);
    if (inner.lines.length > 0) outer.lines.push(`${head} {`, ...inner.lines.map((line) => `  ${line}`), '}');
  }

  /** `if (test) { then } else { otherwise }`. */
  choice(test: Text, then: () => void, otherwise: () => void): void {
    const outer = this.block;
    const branch = (body: () => void): string[] => {
      this.block = new Block('branch', outer);
      body();
      this.names.release(this.block.declared);
      return this.block.lines.map((line) => `  ${line}`);
    };
    const [yes, no] = [branch(then), branch(otherwise)];
    this.block = outer;
    outer.lines.push(`if (${test.code}) {`, ...yes, '} else {', ...no, '}');
  }

  /** Prints `body` in a block without braces: what it binds ends with it. */
  copy<T>(bind: (block: Block) => void, body: () => T): T {
    const outer = this.block;
    const inner = new Block('plain', outer);
    bind(inner);
    this.block = inner;
    const result = body();
    this.block = outer;
    outer.lines.push(...inner.lines);
    outer.declared.push(...inner.declared);
    return result;
  }

  /** Prints one part of the kernel: invariants of the whole part come before its loops. */
  section(body: () => void): string[] {
    const outer = this.block;
    const inner = new Block('plain', outer);
    this.block = inner;
    body();
    this.block = outer;
    return inner.lines;
  }

  /** Makes `const name = text` in the current block and gives the name. */
  constant(wanted: string, text: Text): Text {
    if (isPlain(text)) return text;
    const name = this.fresh(wanted);
    this.line(`const ${name} = ${text.code};`);
    return { ...atom(name), ...(text.truth && { truth: true }) };
  }

  /** A size that only this function knows (the length of a block's last chunk), as a dim that expressions may mention. */
  localDim(name: string, text: Text): Dim {
    const key = `local$${name}`;
    this.localDims.set(key, text);
    this.block.introduced.add(key);
    return namedDim(key);
  }

  local(name: string, text: Text): void {
    this.block.named.set(`local ${name}`, text);
    this.block.introduced.add(`local ${name}`);
  }

  /** Counts how often each expression occurs in `roots`, to name those that occur twice; holds until the next call. */
  countUses(roots: readonly ScalarExpr[], indices: readonly IndexExpr[] = []): void {
    this.uses = new Map();
    const add = (key: string): boolean => {
      const count = (this.uses.get(key) ?? 0) + 1;
      this.uses.set(key, count);
      return count === 1;
    };
    eachUse(
      roots,
      (expr) => add(valueKey(expr)),
      (index) => add(`i${indexKey(index)}`),
    );
    for (const index of indices) add(`i${indexKey(index)}`);
  }

  dim(dim: Dim): Text {
    if (!isSymbolic(dim)) return numberText(dim);
    const known = this.dimTexts.get(dim.key);
    if (known) return known;
    const text = this.dimPolynomial(dim);
    const names = [...dimNames(dim)];
    if (isPlain(text) || names.some((name) => this.localDims.has(name))) return text;
    const outer = this.block;
    this.block = this.root;
    const name = this.constant('size', text);
    this.block = outer;
    this.dimTexts.set(dim.key, name);
    return name;
  }

  private dimPolynomial(dim: Dim): Text {
    if (!isSymbolic(dim)) return numberText(dim);
    let sum: Text | undefined;
    for (const { coefficient, factors } of dim.terms) {
      let product = numberText(Math.abs(coefficient));
      for (const factor of factors) product = times(product, this.dimAtom(factor));
      if (coefficient < 0) sum = sum === undefined ? prefix('-', product) : binary(sum, '-', product);
      else sum = plus(sum, product);
    }
    return sum ?? numberText(0);
  }

  private dimAtom(factor: Atom): Text {
    if (factor.kind === 'name') {
      const local = this.localDims.get(factor.name);
      if (local) return local;
      const known = this.dimTexts.get(factor.name);
      if (known) return known;
      const name = atom(this.names.fresh(factor.name));
      this.dims.push(factor.name);
      this.dimTexts.set(factor.name, name);
      return name;
    }
    const quotient = call('Math.floor', binary(this.dim(factor.numerator), '/', this.dim(factor.denominator)));
    if (factor.kind === 'floorDiv') return quotient;
    const multiple = times(this.dim(factor.denominator), quotient);
    return { ...binary(this.dim(factor.numerator), '-', multiple), precedence: 0 };
  }

  /** `name = text`, when the text is worth a name: it is not plain, and is invariant here or used more than once. */
  private named(key: string, wanted: string, place: Block, text: Text, worth: boolean): Text {
    if (isPlain(text) || (place === this.block && !worth)) return text;
    const outer = this.block;
    this.block = place;
    const name = this.constant(wanted, text);
    this.block = outer;
    place.named.set(key, name);
    return name;
  }

  private within<T>(place: Block, print: () => T): T {
    const outer = this.block;
    this.block = place;
    const result = print();
    this.block = outer;
    return result;
  }

  index(expr: IndexExpr, wanted = 'at'): Text {
    const key = `i${indexKey(expr)}`;
    const known = this.block.find(key);
    if (known) return known;
    const form = linearForm(expr);
    const groups = new Map<Block, { text: Text | undefined; key: string }>();
    let offset = 0;
    const entries = form.terms.map(({ atom: term, coefficient }) => {
      const binding = term.kind === 'axis' ? this.block.binding(term.axis) : undefined;
      const needs = new Set([...indexNeeds(term), ...(typeof coefficient === 'number' ? [] : dimNames(coefficient))]);
      return { term, coefficient, binding, place: this.block.placeOf(needs, indexReads(term)) };
    });
    entries.sort((a, b) => a.place.depth - b.place.depth);
    for (const { term, coefficient, binding, place } of entries) {
      if (binding?.absorbed) continue;
      if (binding && typeof coefficient === 'number') offset += binding.offset * coefficient;
      const shifted = binding && binding.offset !== 0 && typeof coefficient !== 'number';
      const factor = binding
        ? shifted
          ? plus(binding.text, numberText(binding.offset))
          : binding.text
        : this.within(place, () => this.indexAtom(term));
      const group = groups.get(place) ?? { text: undefined, key: '' };
      const negative = typeof coefficient === 'number' && coefficient < 0;
      const product = times(factor, this.dim(negative ? -coefficient : coefficient));
      const text = !negative
        ? plus(group.text, product)
        : group.text === undefined
          ? prefix('-', product)
          : binary(group.text, '-', product);
      groups.set(place, { text, key: `${group.key} + ${dimText(coefficient)}*${indexKey(term)}` });
    }
    return this.sumOfGroups(groups, form.constant, offset, key, wanted);
  }

  /** Adds up parts from the outermost block inwards; each partial sum gets a name in its block. */
  private sumOfGroups(
    groups: Map<Block, { text: Text | undefined; key: string }>,
    constant: Dim,
    offset: number,
    key: string,
    wanted: string,
  ): Text {
    const symbolic = isSymbolic(constant);
    let sum: Text | undefined = symbolic ? this.dim(constant) : undefined;
    let rest = (symbolic ? 0 : constant) + offset;
    const ordered = [...groups];
    let partial = symbolic ? constant.key : '';
    let place: Block | undefined;
    for (const [position, [block, group]] of ordered.entries()) {
      place = block;
      partial += group.key;
      const last = position === ordered.length - 1;
      const total = plus(sum, group.text!);
      // The numeric part goes where the last part goes, or into the first named sum: `const row = i * 8 + 3`.
      const withRest = !last && rest !== 0 && offset === 0 ? plus(total, numberText(rest)) : total;
      if (withRest !== total) {
        partial += ` + ${rest}`;
        rest = 0;
      }
      if (last) sum = withRest;
      else {
        const known = this.block.find(`p${partial}`);
        sum = known ?? this.named(`p${partial}`, wanted, block, withRest, true);
      }
    }
    const text = rest === 0 ? (sum ?? numberText(0)) : plus(sum, numberText(rest));
    if (place === undefined) return text;
    const whole = rest === 0 ? `p${partial}` : `p${partial} + ${rest}`;
    const known = this.block.find(whole);
    if (known) return known;
    const name = this.named(key, wanted, place, text, (this.uses.get(key) ?? 0) > 1);
    if (name !== text) place.named.set(whole, name);
    return name;
  }

  private indexAtom(expr: IndexExpr): Text {
    const key = `a${indexKey(expr)}`;
    const known = this.block.find(key);
    if (known) return known;
    const place = this.block.placeOf(indexNeeds(expr), indexReads(expr));
    return this.within(place, () => {
      const text = this.plainIndexAtom(expr);
      const worth = expr.kind === 'floorDiv' || expr.kind === 'mod';
      const name = worth || (expr.kind === 'value' && !isPlain(text)) ? this.constant('part', text) : text;
      place.named.set(key, name);
      return name;
    });
  }

  private plainIndexAtom(expr: IndexExpr): Text {
    switch (expr.kind) {
      case 'axis': {
        const { text, offset } = this.block.binding(expr.axis);
        return plus(text, numberText(offset));
      }
      case 'value':
        return this.value(expr.value);
      case 'mul':
        return times(this.index(expr.left), this.index(expr.right));
      case 'floorDiv':
        return this.quotient(expr.left, expr.right);
      case 'mod':
        return this.remainder(expr.left, expr.right);
      default:
        return this.index(expr);
    }
  }

  private quotient(left: IndexExpr, right: IndexExpr): Text {
    const [a, b] = [this.index(left), this.index(right)];
    const by = linearForm(right).constant;
    if (!provablyNonNegative(left)) return call('Math.floor', binary(a, '/', b));
    if (typeof by === 'number' && isPowerOfTwo(by)) return binary(a, '>>', numberText(Math.log2(by)));
    return binary(binary(a, '/', b), '|', numberText(0));
  }

  private remainder(left: IndexExpr, right: IndexExpr): Text {
    const [a, b] = [this.index(left), this.index(right)];
    const by = linearForm(right).constant;
    if (typeof by === 'number' && isPowerOfTwo(by)) return binary(a, '&', numberText(by - 1));
    if (provablyNonNegative(left)) return binary(a, '%', b);
    return binary(a, '-', times(b, call('Math.floor', binary(a, '/', b))));
  }

  condition(condition: IndexCondition): Text {
    const key = `c${conditionKey(condition)}`;
    const known = this.block.find(key);
    if (known) return known;
    const isRead = conditionIndices(condition).some(indexReads);
    const place = this.block.placeOf(conditionNeeds(condition), isRead);
    const text = this.within(place, () => this.plainCondition(condition));
    return this.named(key, 'inside', place, text, (this.uses.get(key) ?? 0) > 1);
  }

  private plainCondition(condition: IndexCondition): Text {
    if (condition.kind === 'divisible') {
      const { by, index } = condition;
      const rest = isPowerOfTwo(by) ? binary(this.index(index), '&', numberText(by - 1)) : binary(this.index(index), '%', numberText(by));
      return binary(rest, '===', numberText(0));
    }
    const index = this.index(condition.index);
    const least = this.index(condition.low);
    const below = binary(index, '<', this.index(condition.high));
    if (least.code === '0' && provablyNonNegative(condition.index)) return below;
    return { ...binary(binary(index, '>=', least), '&&', below), truth: true };
  }

  conditions(conditions: readonly IndexCondition[]): Text {
    const texts = conditions.map((condition) => this.condition(condition));
    if (texts.length === 0) return { ...atom('true'), truth: true };
    return texts.reduce((all, text) => ({ ...binary(all, '&&', text), truth: true }));
  }

  value(expr: ScalarExpr): Text {
    if (expr.kind === 'constant') return constantText(expr.dtype, expr.value);
    const key = expr.kind === 'local' ? `local ${expr.name}` : valueKey(expr);
    const known = this.block.find(key);
    if (known) return known;
    if (expr.kind === 'local') throw new Error(`the local ${expr.name} has no value here`);
    const place = this.isMutable(expr) ? this.block : this.block.placeOf(valueNeeds(expr), reads(expr));
    const text = this.within(place, () => this.plainValue(expr));
    return this.named(key, wantedName(expr, this.arrays), place, text, (this.uses.get(key) ?? 0) > 1);
  }

  /** Whether the value may differ between two places of the same turn because the kernel writes what it reads. */
  private isMutable(expr: ScalarExpr): boolean {
    let known = this.mutable.get(expr);
    if (known === undefined) {
      known = (expr.kind === 'load' && this.arrays[expr.tensor]!.isWritten) || children(expr).some((child) => this.isMutable(child));
      this.mutable.set(expr, known);
    }
    return known;
  }

  private plainValue(expr: Exclude<ScalarExpr, { kind: 'constant' | 'local' }>): Text {
    switch (expr.kind) {
      case 'load': {
        const { name } = this.arrays[expr.tensor]!;
        return element(name, this.index(expr.index, `${name}At`));
      }
      case 'index':
        return this.index(expr.index);
      case 'random':
        return call(this.helper('random'), atom(this.arrays[expr.rng]!.name), this.index(expr.index), this.index(expr.stream));
      case 'guard':
        return this.guard(expr);
      case 'apply': {
        const args = expr.args.map((arg) => this.value(arg));
        const dtypes = expr.args.map((arg) => arg.dtype);
        if (expr.op === 'cast') return castText(args[0]!, dtypes[0]!, expr.dtype, (name) => this.helper(name));
        const print = scalarOps[expr.op];
        if (print === undefined) throw new Error(`the js backend has no text for the op '${expr.op}'`);
        return print(args, dtypes, (name) => this.helper(name));
      }
    }
  }

  /** `conditions ? value : otherwise`, as statements where a side needs names of its own. Neither side's reads happen elsewhere. */
  private guard(expr: Extract<ScalarExpr, { kind: 'guard' }>): Text {
    const test = this.conditions(expr.conditions);
    const then = this.inBranch(expr.value);
    const otherwise = this.inBranch(expr.otherwise);
    const mixed = then.text.truth !== otherwise.text.truth;
    const [yes, no] = mixed ? [asNumber(then.text), asNumber(otherwise.text)] : [then.text, otherwise.text];
    if (then.lines.length === 0 && otherwise.lines.length === 0) return conditional(test, yes, no);
    const name = this.fresh('value');
    // Only now may others take the names of the branches: they must not hide this one.
    this.names.release([...then.declared, ...otherwise.declared]);
    const isFree = otherwise.lines.length === 0 && !reads(expr.otherwise);
    this.line(isFree ? `let ${name} = ${no.code};` : `let ${name};`);
    this.line(`if (${test.code}) {`);
    for (const line of then.lines) this.line(`  ${line}`);
    this.line(`  ${name} = ${yes.code};`);
    if (!isFree) {
      this.line('} else {');
      for (const line of otherwise.lines) this.line(`  ${line}`);
      this.line(`  ${name} = ${no.code};`);
    }
    this.line('}');
    return { ...atom(name), ...(yes.truth && { truth: true }) };
  }

  /** A value as it reads inside a branch of its own, and the statements that it needs there. */
  private inBranch(expr: ScalarExpr): { text: Text; lines: readonly string[]; declared: readonly string[] } {
    const outer = this.block;
    const inner = new Block('branch', outer);
    this.block = inner;
    const text = this.value(expr);
    this.block = outer;
    return { text, lines: inner.lines, declared: inner.declared };
  }

  store(store: Store, operator = '='): void {
    const { name } = this.arrays[store.tensor]!;
    const value = asNumber(this.value(store.value));
    this.line(`${element(name, this.index(store.index, `${name}At`)).code} ${operator} ${value.code};`);
  }
}

const isPowerOfTwo = (n: number): boolean => Number.isInteger(n) && n > 0 && n <= 2 ** 30 && (n & (n - 1)) === 0;

function constantText(dtype: DType, value: number): Text {
  return dtype === 'bool' ? { ...atom(value !== 0 ? 'true' : 'false'), truth: true } : numberText(value);
}
