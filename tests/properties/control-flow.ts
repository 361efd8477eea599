/**
 * Statements with control flow that depends on the values of tensors, nested in each other, for a method of a random model.
 *
 * The variables: tensors `a`, `b`, `o.t`, `list[0]`, `list[1]` of the shape of `x`; whole numbers `k`, `o.v`; `n`, a number of
 * any size; `flag`. What is compared is always off by an odd amount, so that rounding does not decide; values stay small.
 */
import type { Draw } from '../helpers/draw.js';
import type { ClassWriter } from './class-writer.js';

/** What a method may do besides. */
export interface Kinds {
  /** Parts without gradient: what is measured by differences is another thing then. */
  readonly detached: boolean;
}

type Kind = 'named' | 'detached';

interface Choice {
  readonly write: (flow: ControlFlow) => string;
  /** Needs an axis of a named size, or a model that may have parts without gradient. */
  readonly only?: Kind;
}

const tensorNames = ['a', 'b', 'x', 'o.t', 'list[0]!', 'list[1]!'];
const places = ['a', 'b', 'o.t', 'list[0]', 'list[1]'];
const odd = ['0.137', '-0.0731', '0.4177', '0.0291', '0.8713', '-0.3119'];

const tensors: readonly Choice[] = [
  { write: (flow) => `${flow.tensor()}.add(${flow.tensor()}).mul(0.5)` },
  { write: (flow) => `this.cell.forward(${flow.tensor()}).tanh()` },
  { write: (flow) => `${flow.tensor()}.mul(this.gain).sin()` },
  { write: (flow) => `${flow.tensor()}.mul(${flow.pick(['0.7', '-0.9'])}).add(${flow.pick(odd)})` },
  { write: (flow) => `${flow.tensor()}.sub(${flow.tensor()}).atan()` },
  { write: (flow) => `(${flow.condition()} ? ${flow.tensor()} : ${flow.tensor()})` },
  { write: (flow) => `this.mix(${flow.tensor()}, ${flow.whole()})` },
  { write: (flow) => `${flow.tensor()}.mul(${flow.whole()} % 3 - 0.5)` },
  { write: (flow) => `blend(${flow.tensor()})` },
  { write: (flow) => `F.dropout(${flow.tensor()}, 0.3, { training: this.training })` },
  { write: (flow) => `${flow.tensor()}.add(x.select(0, Math.abs(${flow.whole()}) % x.shape[0]!)).tanh()`, only: 'named' },
  { write: (flow) => `${flow.tensor()}.cumsum(-1).tanh()` },
  { write: (flow) => `${flow.tensor()}.sub(${flow.tensor()}.mean(-1, { keepdim: true }))` },
  {
    write: (flow) => `F.relu(${flow.condition()} ? ${flow.tensor()} : ${flow.tensor()}).add(${flow.condition()} ? 0.1 : n)`,
    only: 'detached',
  },
  { write: (flow) => `(o?.t ?? ${flow.tensor()}).mul(list.at(${flow.pick(['0', '1', '2'])})?.mean() ?? 0.3)` },
  { write: (flow) => `{ ...o, t: ${flow.tensor()} }.t.tanh()`.replace(/^(.*)\.t\.tanh\(\)$/, '($1).t.tanh()') },
  { write: (flow) => `${flow.tensor()}.detach()`, only: 'detached' },
  { write: (flow) => `${flow.tensor()}.mul(n).tanh()`, only: 'detached' },
  { write: (flow) => `noGrad(() => ${flow.tensor()})`, only: 'detached' },
];

const wholes: readonly Choice[] = [
  { write: (flow) => `Math.floor(${flow.tensor()}.mean().item() * 4 + 0.317)` },
  { write: (flow) => `(${flow.whole()} + ${flow.whole()}) % 7` },
  { write: (flow) => `(${flow.condition()} ? ${flow.whole()} : ${flow.whole()})` },
  { write: (flow) => `Math.max(${flow.whole()}, ${flow.whole()} - 1)` },
  { write: () => 'bump()' },
];

const numbers: readonly Choice[] = [
  { write: (flow) => `${flow.tensor()}.mean().item()` },
  { write: (flow) => `${flow.tensor()}.norm().item()` },
  { write: (flow) => `${flow.tensor()}.max().item()` },
  { write: (flow) => `(${flow.number()} * 0.7 + 0.1)` },
  { write: (flow) => `Math.abs(${flow.number()})` },
  { write: (flow) => `Math.min(${flow.number()}, ${flow.number()})` },
];

const conditions: readonly Choice[] = [
  { write: (flow) => `${flow.number()} > ${flow.pick(odd)}` },
  { write: (flow) => `${flow.number()} < ${flow.number()} + ${flow.pick(odd)}` },
  { write: (flow) => `${flow.whole()} % 3 === ${flow.pick(['1', '0', '2'])}` },
  { write: (flow) => `!(${flow.condition()})` },
  { write: (flow) => `(${flow.condition()} && ${flow.condition()})` },
  { write: (flow) => `(${flow.condition()} || ${flow.condition()})` },
  { write: () => 'flag' },
];

const statements: readonly Choice[] = [
  { write: (flow) => `${flow.pick(places)} = ${flow.tensor()};` },
  { write: (flow) => `${flow.pick(['k', 'o.v'])} = ${flow.whole()};` },
  { write: (flow) => `n = ${flow.number()};` },
  { write: (flow) => `flag = ${flow.condition()};` },
  { write: (flow) => `if (${flow.condition()}) ${flow.block()}` },
  { write: (flow) => `if (${flow.condition()}) ${flow.block()} else ${flow.block()}` },
  {
    write(flow) {
      const i = flow.name('i');
      return `let ${i} = 0; while (${flow.condition()} && ${i} < 4) { ${i}++; ${flow.inLoop(i)} }`;
    },
  },
  {
    write(flow) {
      const i = flow.name('i');
      return `for (let ${i} = 0; ${i} < Math.abs(${flow.whole()}) % 5; ${i}++) { ${flow.inLoop(i)} }`;
    },
  },
  {
    write(flow) {
      const i = flow.name('i');
      return `for (let ${i} = 0; ${i} < x.shape[0]!; ${i}++) { a = a.add(x.select(0, ${i})).mul(0.5); ${flow.inLoop(i)} }`;
    },
    only: 'named',
  },
  {
    write(flow) {
      const i = flow.name('i');
      return `let ${i} = 0; do { ${i}++; ${flow.inLoop(i)} } while (${flow.condition()} && ${i} < 3);`;
    },
  },
  {
    write(flow) {
      const i = flow.name('i');
      const [first, second] = [flow.condition(), flow.condition()];
      return `for (let ${i} = 0; ${i} < 4; ${i}++) { if (${first}) break; ${flow.inLoop(i)} if (${second}) continue; ${flow.inLoop(i)} }`;
    },
  },
  {
    write(flow) {
      const [outer, i, j] = [flow.name('outer'), flow.name('i'), flow.name('j')];
      const jump = flow.pick([`break ${outer};`, `continue ${outer};`]);
      return `${outer}: for (let ${i} = 0; ${i} < 3; ${i}++) { for (let ${j} = 0; ${j} < Math.abs(${flow.whole()}) % 3 + 1; ${j}++) { if (${flow.condition()}) ${jump} ${flow.inLoop(j)} } ${flow.inLoop(i)} }`;
    },
  },
  {
    write(flow) {
      const i = flow.name('i');
      return `for (let ${i} = Math.abs(${flow.whole()}) % 5; ${i} > 0; ${i}--) { ${flow.inLoop(i)} }`;
    },
  },
  {
    write(flow) {
      const i = flow.name('i');
      return `let ${i} = 0; while ((a = a.mul(${flow.pick(['0.7', '-0.9'])})).mean().item() > ${flow.pick(odd)} && ++${i} < 4) { ${flow.inLoop(i)} }`;
    },
  },
  {
    write(flow) {
      const i = flow.name('i');
      const [first, second] = [flow.condition(), flow.condition()];
      return `let ${i} = 0; do { ${i}++; if (${first}) continue; ${flow.inLoop(i)} } while (${second} && ${i} < 3);`;
    },
  },
  {
    write(flow) {
      const [u, w] = [flow.name('u'), flow.name('w')];
      return `{ const [${u}, { v: ${w} }] = ${flow.condition()} ? [a, o] as const : [b, { t: a, v: k }] as const; a = ${u}.mul(0.9); k = ${w}; }`;
    },
  },
  { write: (flow) => `[a, b] = [${flow.tensor()}, ${flow.tensor()}];` },
  { write: (flow) => `[o.t, list[0], k] = [${flow.tensor()}, ${flow.tensor()}, ${flow.whole()}];` },
  { write: (flow) => `${flow.condition()} && (b = ${flow.tensor()}); flag ||= ${flow.condition()};` },
  {
    // Several names for one tensor that is written: all reads are linear.
    write(flow) {
      const i = flow.name('i');
      const place = () => flow.pick(['a', 'o.t', 'list[1]!']);
      const change = () => flow.change().replace(/\ba\b/, place());
      return `{ const v = ${flow.tensor()}.mul(1), m = ${flow.whole()}; a = v.mul(0.5); o.t = a; list[1] = ${flow.condition()} ? a : v.mul(0.3); for (let ${i} = 0; ${i} < 2; ${i}++) { ${change()} if (${place()}.mean().item() > ${flow.pick(odd)}) { ${change()} o.t = ${place()}; } } b = a.add(o.t).add(list[1]!).mul(0.4); }`;
    },
  },
  { write: (flow) => `for (const part of [a, b]) { a = a.add(part).mul(0.5); ${flow.block()} }` },
  {
    write: (flow) =>
      `switch (Math.abs(${flow.whole()}) % 3) { case 0: ${flow.block()} case 1: ${flow.block()} break; default: ${flow.block()} }`,
  },
  {
    write: (flow) =>
      `{ const v = ${flow.tensor()}; a = ${flow.tensor()}.clone(); a.mul_(0.9); a.add_(v); if (a.mean().item() > ${flow.pick(odd)}) a.mul_(0.5); }`,
  },
  {
    write(flow) {
      const i = flow.name('i');
      const change = () => flow.change();
      const test = () => `a.mean().item() > ${flow.pick(odd)}`;
      // The operands are there before: what a write changes is needed by no gradient.
      return `{ const v = ${flow.tensor()}.mul(1), m = ${flow.whole()}; a = ${flow.tensor()}.mul(1); ${change()} for (let ${i} = 0; ${i} < 3 && ${test()}; ${i}++) { ${change()} if (${test()}) { ${change()} } } }`;
    },
  },
  { write: () => 'if (this.training) noGrad(() => this.seen.copy_(this.seen.mul(0.9).add(a.mean())));' },
  { write: (flow) => `if (this.training && ${flow.condition()}) b = b.add(rand([${flow.writer.width}])).mul(0.5);` },
  { write: (flow) => `o = ${flow.condition()} ? { t: ${flow.tensor()}, v: o.v } : { ...o, v: 1 };` },
  { write: (flow) => `if (${flow.condition()}) return ${flow.tensor()};` },
];

/** Writes in place, of whole tensors and of what views show of them. */
const writes: readonly ((flow: ControlFlow) => string)[] = [
  (flow) => `a.mul_(${flow.pick(['0.9', '-0.7'])});`,
  () => 'a.copy_(v);',
  () => 'a.zero_();',
  (flow) => `a.fill_(${flow.pick(odd)});`,
  () => 'a.sub_(v); a.div_(2);',
  (flow) => `a.select(-1, 0).mul_(${flow.pick(['0.9', '-0.7'])});`,
  (flow) => `a.slice(0, { start: 1 }).add_(${flow.pick(odd)});`,
  () => 'a.t().select(0, 0).copy_(v.select(-1, 0));',
  () => 'a.slice(0, { start: 1 }).slice(-1, { end: 2 }).mul_(0.8);',
  () => 'a.unsqueeze(0).select(1, 0).add_(v.select(0, 0));',
  (flow) => `a.select(0, Math.abs(m) % x.shape[0]!).fill_(${flow.pick(odd)});`,
];

/** Deeper than this, only the simplest is written. */
const expressionDepth = 3;
const statementDepth = 3;

/** Writes the statements of one method by what is drawn. */
export class ControlFlow {
  private expressions = 0;
  private nesting = 0;
  private readonly counters: string[] = [];

  constructor(
    readonly writer: ClassWriter,
    private readonly draw: Draw,
    private readonly kinds: Kinds,
  ) {}

  pick(list: readonly string[]): string {
    return this.draw.pick(list);
  }

  name(word: string): string {
    return this.writer.name(word);
  }

  tensor(): string {
    return this.expression(tensors, () => this.pick(tensorNames));
  }

  whole(): string {
    return this.expression(wholes, () => this.pick(['k', '2', 'o.v', '1', '3', ...this.counters]));
  }

  number(): string {
    return this.expression(numbers, () => this.pick(['n', 'a.mean().item()', 'x.norm().item()']));
  }

  condition(): string {
    return this.expression(conditions, () => `${this.pick(['a', 'b', 'x'])}.mean().item() > ${this.pick(odd)}`);
  }

  /** A write in place to `a`, which is a tensor of its own. */
  change(): string {
    return writes[this.draw.below(writes.length)]!(this);
  }

  block(): string {
    return `{ ${this.statements(this.draw.below(3))} }`;
  }

  /** Statements that may use the loop's counter. */
  inLoop(counter: string): string {
    this.counters.push(counter);
    const text = this.statements(this.draw.between(1, 2));
    this.counters.pop();
    return text;
  }

  statements(count: number): string {
    return Array.from({ length: count }, () => this.statement()).join(' ');
  }

  private statement(): string {
    if (this.nesting >= statementDepth) return `a = ${this.tensor()};`;
    this.nesting++;
    const text = this.choose(statements);
    this.nesting--;
    return text;
  }

  private expression(choices: readonly Choice[], simplest: () => string): string {
    if (this.expressions >= expressionDepth || this.draw.below(3) === 0) return simplest();
    this.expressions++;
    const text = this.choose(choices);
    this.expressions--;
    return text;
  }

  private choose(choices: readonly Choice[]): string {
    const named = typeof this.writer.shape[0] === 'string' && this.writer.rank === 2;
    const has: Record<Kind, boolean> = { named, detached: this.kinds.detached };
    return this.draw.pick(choices.filter(({ only }) => only === undefined || has[only])).write(this);
  }
}
