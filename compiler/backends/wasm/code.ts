import { type Atom, type Dim, dimNames, isSymbolic, mulDims, namedDim } from '../../ir/dim.js';
import type { Helper } from '../backend.js';
import { Block, multipleKey, type Running } from './block.js';
import { Names } from './names.js';
import { get, i32, indented, isPlain, minus, operation, plus, type Text, times, type ValueType } from './text.js';

/** Statements in nested blocks, locals, sizes. */
export class Code {
  readonly names = new Names();
  /** Names of dims that the function takes, in order of first use. */
  readonly dims: string[] = [];
  readonly helpers = new Map<string, Helper>();
  block = new Block('plain');
  /** Of the whole function: sizes are computed here, once. */
  protected readonly root = this.block;
  /** Of the part that is being printed: what does not change in any of its loops is computed here. */
  protected base = this.block;
  /** Whether something is printed before what was printed already. */
  private isHoisting = false;
  private readonly localDims = new Map<string, Text>();
  private readonly dimTexts = new Map<string, Text>();

  /** Notes helpers (functions, globals) that the text refers to, each after those it needs. */
  use(helpers: readonly Helper[]): void {
    for (const helper of helpers) this.helpers.set(helper.name, helper);
  }

  /** A new local whose scope is the current block. */
  fresh(wanted: string, type: ValueType): string {
    return this.names.local(wanted, type, this.block, this.isHoisting);
  }

  line(code: string): void {
    this.block.lines.push(code);
  }

  set(name: string, text: Text): void {
    this.line(`(local.set $${name} ${text.code})`);
  }

  /** Makes a local of `text` in the current block and gives it. */
  constant(wanted: string, text: Text): Text {
    if (isPlain(text)) return text;
    const name = this.fresh(wanted, text.type);
    this.set(name, text);
    return { ...get(name, text.type), ...(text.mask && { mask: true }) };
  }

  /** The lines that `body` prints in a block of its own; their locals end with it. */
  inside(kind: 'loop' | 'branch', body: (block: Block) => void): string[] {
    const outer = this.block;
    const inner = new Block(kind, outer);
    this.block = inner;
    body(inner);
    this.block = outer;
    outer.release(inner);
    return inner.lines;
  }

  /** `if (test) { then } else { otherwise }`. */
  choice(test: Text, then: () => void, otherwise?: () => void): void {
    const yes = this.inside('branch', then);
    const no = otherwise ? this.inside('branch', otherwise) : [];
    if (yes.length === 0 && no.length === 0) return;
    const lines = ['(then', ...indented(yes), ')', ...(no.length > 0 ? ['(else', ...indented(no), ')'] : [])];
    this.block.lines.push(`(if ${test.code}`, ...indented(lines), ')');
  }

  /** Prints `body` in a block that shows nowhere: what it binds ends with it. `branch`: what it reads stays inside. */
  copy<T>(bind: (block: Block) => void, body: () => T, kind: 'plain' | 'branch' = 'plain'): T {
    const outer = this.block;
    const inner = new Block(kind, outer);
    bind(inner);
    this.block = inner;
    const result = body();
    this.block = outer;
    outer.lines.push(...inner.lines);
    outer.declared.push(...inner.declared);
    for (const name of inner.free) outer.free.add(name);
    return result;
  }

  /** Prints one part of the kernel: invariants of the whole part come before its loops. */
  section(body: () => void): string[] {
    const [outer, base] = [this.block, this.base];
    const inner = new Block('plain', outer);
    this.block = inner;
    this.base = inner;
    body();
    this.block = outer;
    this.base = base;
    outer.release(inner);
    return inner.lines;
  }

  within<T>(place: Block, print: () => T): T {
    const [outer, isHoisting] = [this.block, this.isHoisting];
    if (place !== outer) this.isHoisting = true;
    this.block = place;
    const result = print();
    this.block = outer;
    this.isHoisting = isHoisting;
    return result;
  }

  /** A size that only this function knows (the length of a block's last chunk), as a dim that expressions may mention. */
  localDim(name: string, text: Text): Dim {
    const key = `local$${name}`;
    this.localDims.set(key, text);
    this.block.introduced.add(key);
    return namedDim(key);
  }

  /** An i32. */
  dim(dim: Dim): Text {
    if (!isSymbolic(dim)) return i32(dim);
    const known = this.dimTexts.get(dim.key);
    if (known) return known;
    const text = this.polynomial(dim);
    if (isPlain(text) || [...dimNames(dim)].some((name) => this.localDims.has(name))) return text;
    const name = this.within(this.root, () => this.constant('size', text));
    this.dimTexts.set(dim.key, name);
    return name;
  }

  /** A size to divide by: where it is 0 nothing is divided in earnest, but a division would trap. */
  divisor(dim: Dim): Text {
    const text = this.dim(dim);
    if (text.number !== undefined) return i32(text.number || 1);
    return operation('i32', 'select', text, i32(1), text);
  }

  private polynomial(dim: Exclude<Dim, number>): Text {
    let sum: Text | undefined;
    for (const { coefficient, factors } of dim.terms) {
      let product = i32(Math.abs(coefficient));
      for (const factor of factors) product = times(product, this.factor(factor));
      sum = coefficient < 0 ? minus(sum, product) : plus(sum, product);
    }
    return sum ?? i32(0);
  }

  private factor(factor: Atom): Text {
    if (factor.kind === 'name') {
      const known = this.localDims.get(factor.name) ?? this.dimTexts.get(factor.name);
      if (known) return known;
      const name = get(this.names.parameter(factor.name), 'i32');
      this.dims.push(factor.name);
      this.dimTexts.set(factor.name, name);
      return name;
    }
    const operator = factor.kind === 'floorDiv' ? 'i32.div_s' : 'i32.rem_s';
    return operation('i32', operator, this.dim(factor.numerator), this.divisor(factor.denominator));
  }

  /** The turn of a running loop, or a multiple of it. */
  turn(running: Running, coefficient = 1): Text {
    return this.multiple(running, coefficient);
  }

  /** Runs `body` again and again until what it gives is true; not at all where `size` is 0. */
  until(body: () => Text, size: Dim): void {
    const again = (): void => {
      const outer = this.block;
      const inner = new Block('loop', outer);
      this.block = inner;
      const isOver = body();
      this.block = outer;
      const label = this.names.label('round');
      const lines = [...inner.lines, `(br_if $${label} (i32.eqz ${isOver.code}))`];
      outer.lines.push(`(loop $${label}`, ...indented(lines), ')');
      outer.release(inner);
    };
    if (typeof size === 'number') again();
    else this.choice(this.dim(size), again);
  }

  /** The local that holds `coefficient` times the loop's turn; the loop advances it. */
  protected multiple({ block, name, multiples }: Running, coefficient: Dim): Text {
    const key = multipleKey(coefficient);
    const known = multiples.get(key);
    if (known) return known.text;
    const local = this.names.local(coefficient === 1 ? name : `${name}At`, 'i32', block.parent!, true);
    const text = get(local, 'i32');
    multiples.set(key, { coefficient, text });
    return text;
  }

  /**
   * A loop from turn `start` to `end` in steps of `step` turns, which divides their distance. Its body is printed first: that tells which
   * multiples of the turn it needs; the test is made on one of them. `sure`: there is at least one turn.
   */
  loop(name: string, range: Range, body: (running: Running) => void): void {
    const { start, end, step, sure } = range;
    if (!sure) {
      const text = this.constant('end', end);
      this.choice(operation('i32', 'i32.lt_s', start, text), () => this.loop(name, { ...range, end: text, sure: true }, body));
      return;
    }
    const outer = this.block;
    const inner = new Block('loop', outer);
    const running: Running = { block: inner, name, multiples: new Map() };
    this.block = inner;
    body(running);
    this.block = outer;
    const { lines } = inner;
    const multiples = [...running.multiples.values()];
    const counter = multiples.find(({ coefficient }) => typeof coefficient === 'number' && coefficient > 0) ?? {
      coefficient: 1,
      text: get(this.fresh(name, 'i32'), 'i32'),
    };
    const label = this.names.label(name);
    for (const { coefficient, text } of new Set([...multiples, counter])) {
      this.line(assigned(text, times(start, this.dim(coefficient))));
      if (text !== counter.text) lines.push(assigned(text, plus(text, this.dim(mulDims(coefficient, step)))));
    }
    const bound = this.constant('end', times(end, i32(counter.coefficient as number)));
    const next = plus(counter.text, i32((counter.coefficient as number) * step));
    lines.push(`(br_if $${label} (i32.lt_s (local.tee ${nameOf(counter.text)} ${next.code}) ${bound.code}))`);
    outer.lines.push(`(loop $${label}`, ...indented(lines), ')');
    // Only now: the loop's own locals must not be overwritten in its body.
    outer.release(inner);
  }
}

export interface Range {
  readonly start: Text;
  readonly end: Text;
  readonly step: number;
  readonly sure: boolean;
}

const nameOf = (local: Text): string => local.code.slice('(local.get '.length, -1);

const assigned = (local: Text, value: Text): string => `(local.set ${nameOf(local)} ${value.code})`;
