import type { Axis, IndexExpr, ScalarExpr } from '../../kernel/expr.js';
import { provablyNonNegative } from '../../kernel/index-math.js';
import type { Store } from '../../kernel/kernel.js';
import { ExpressionDag, type Value, type Variable } from './dag.js';
import type { ModuleWriter } from './module.js';
import { Names } from './names.js';
import { applyText, constantText } from './operators.js';
import { both, call, comparison, Level, primary, product, sum, type Text, valueType } from './text.js';

/** A pair of braces. What does not depend on the variables of a loop is computed before it; what a guard protects stays inside. */
interface Scope {
  readonly kind: 'function' | 'loop' | 'guard';
  readonly outer: Scope | undefined;
  readonly lines: string[];
  /** Axes and locals that get their values in this scope. */
  readonly symbols: Set<Variable>;
  /** Names of the values computed here. */
  readonly names: Map<Value, string>;
}

const widest = 96;

/**
 * The body of one WGSL function: statements, and expressions whose common parts get names. Enter every expression with
 * `enter` first, then open blocks and write statements.
 */
export class Body {
  readonly names: Names;
  private readonly dag = new ExpressionDag();
  private readonly variables = new Map<Variable, Text>();
  private scope: Scope;

  /** `stored`: tensors that the function writes; what reads them is not computed ahead of time. */
  constructor(
    readonly module: ModuleWriter,
    private readonly stored: ReadonlySet<number> = new Set(),
  ) {
    this.names = new Names(module.names);
    this.scope = { kind: 'function', outer: undefined, lines: [], symbols: new Set(), names: new Map() };
  }

  /** Announces an expression that a statement will use. */
  enter(expr: ScalarExpr): void {
    this.dag.scalar(expr).uses++;
  }

  enterIndex(expr: IndexExpr): void {
    this.dag.index(expr).uses++;
  }

  enterStore(store: Store): void {
    this.enter(store.value);
    this.enterIndex(store.index);
  }

  /** Says what an axis or a local is from here on, in the innermost block. */
  define(symbol: Variable, text: Text): void {
    this.variables.set(symbol, text);
    this.scope.symbols.add(symbol);
  }

  line(text: string): void {
    this.scope.lines.push(text);
  }

  comment(text: string): void {
    this.line(`// ${text}`);
  }

  /** `header {`, what `fill` writes, `}`. A loop may leave out of its block what does not depend on the symbols defined in it. */
  block(kind: 'loop' | 'guard', header: string, fill: () => void): void {
    const outer = this.scope;
    this.scope = { kind, outer, lines: [], symbols: new Set(), names: new Map() };
    try {
      fill();
    } finally {
      const { lines } = this.scope;
      this.scope = outer;
      outer.lines.push(header === '' ? '{' : `${header} {`, ...lines.map(indent), '}');
    }
  }

  /** `for (var i = 0; i < size; i++)` over an axis; nothing for an axis of size 1. */
  forAxis(axis: Axis, fill: () => void): void {
    if (axis.size === 1) {
      this.define(axis, primary('0'));
      fill();
      return;
    }
    const name = this.names.unique(axis.name);
    this.block('loop', `for (var ${name} = 0; ${name} < ${this.module.size(axis.size).text}; ${name}++)`, () => {
      this.define(axis, primary(name));
      fill();
    });
  }

  /** Loops over all axes, the first outermost. */
  forAxes(axes: readonly Axis[], fill: () => void): void {
    const [first, ...rest] = axes;
    if (first === undefined) fill();
    else this.forAxis(first, () => this.forAxes(rest, fill));
  }

  /** `let name = value;`, and the local of that name from here on. */
  bind(local: string, expr: ScalarExpr): void {
    const value = this.value(expr);
    const name = this.names.unique(local);
    this.line(`let ${name} = ${value.text};`);
    this.define(local, primary(name));
  }

  value(expr: ScalarExpr): Text {
    return this.emit(this.dag.scalar(expr));
  }

  index(expr: IndexExpr): Text {
    return this.emit(this.dag.index(expr));
  }

  /** `tensor[index] = value;` */
  store(store: Store): void {
    const value = this.value(store.value);
    const index = this.index(store.index);
    const isBool = this.module.dtypeOf(store.tensor) === 'bool';
    const stored = isBool ? call('select', primary('0u'), primary('1u'), value) : value;
    this.line(`${this.module.tensors[store.tensor]}[${index.text}] = ${stored.text};`);
    // What was read from this tensor before is not what it holds now; a later store may still need what was computed from that.
    for (let scope: Scope | undefined = this.scope; scope; scope = scope.outer) {
      for (const known of [...scope.names.keys()])
        if (known.reads.has(store.tensor) && known.of.kind !== 'apply') scope.names.delete(known);
    }
  }

  /** The function's lines, indented by one step. */
  lines(): string[] {
    return this.scope.lines.map(indent);
  }

  /** The same without the step. */
  unindentedLines(): readonly string[] {
    return this.scope.lines;
  }

  private emit(value: Value): Text {
    const known = this.nameOf(value);
    if (known) return known;
    const plain = this.plain(value);
    if (plain) return plain;
    const home = this.home(value);
    const before = this.scope;
    this.scope = home;
    try {
      if (value.of.kind === 'guard' && !isCheap(value)) return this.guard(value);
      const text = this.operation(value);
      const isShared = value.uses > 1 && value.cost > 1;
      if (!isShared && home === before && text.text.length <= widest) return text;
      return this.name(value, text);
    } finally {
      this.scope = before;
    }
  }

  private nameOf(value: Value): Text | undefined {
    for (let scope: Scope | undefined = this.scope; scope; scope = scope.outer) {
      const name = scope.names.get(value);
      if (name !== undefined) return primary(name);
    }
    return undefined;
  }

  /** Constants, sizes and variables are written where they are used. */
  private plain(value: Value): Text | undefined {
    const { of } = value;
    switch (of.kind) {
      case 'constant':
        return constantText(this.module, of.dtype, of.value);
      case 'number':
        return { text: String(of.value), level: of.value < 0 ? Level.Unary : Level.Primary };
      case 'size':
        return this.module.size(of.dim);
      case 'axis':
        return this.variable(of.axis, of.axis.name);
      case 'local':
        return this.variable(of.name, of.name);
      default:
        return undefined;
    }
  }

  private variable(symbol: Variable, name: string): Text {
    const text = this.variables.get(symbol);
    if (!text) throw new Error(`'${name}' is used where it has no value in kernel '${this.module.kernel.name}'`);
    return text;
  }

  /** The outermost scope where the value can be computed: out of the loops whose symbols it does not need. */
  private home(value: Value): Scope {
    let home = this.scope;
    for (const tensor of value.reads) if (this.stored.has(tensor)) return home;
    while (home.kind === 'loop' && home.outer && !intersects(value.symbols, home.symbols)) home = home.outer;
    return home;
  }

  private name(value: Value, text: Text): Text {
    const name = this.nameFor(value);
    this.line(`let ${name} = ${text.text};`);
    this.scope.names.set(value, name);
    return primary(name);
  }

  private nameFor(value: Value): string {
    const { of } = value;
    switch (of.kind) {
      case 'load':
        return this.names.unique(`${this.module.tensors[of.tensor]}_at`);
      case 'inRange':
      case 'divisible':
        return this.names.next('inside');
      case 'add':
      case 'mul':
      case 'floorDiv':
      case 'mod':
        return this.names.next('i');
      case 'random':
        return this.names.next('u');
      default:
        return this.names.next('v');
    }
  }

  private operation(value: Value): Text {
    const { of, args } = value;
    switch (of.kind) {
      case 'load': {
        const element = `${this.module.tensors[of.tensor]}[${this.emit(args[0]!).text}]`;
        return of.dtype === 'bool' ? comparison('!=', primary(element), primary('0u')) : primary(element);
      }
      case 'apply':
        return this.apply(value);
      case 'guard': {
        const [conditions, inside, otherwise] = guardParts(value);
        return call('select', this.emit(otherwise), this.emit(inside), this.conjunction(conditions));
      }
      case 'random': {
        const key = this.module.tensors[of.rng]!;
        const index = this.emit(args[0]!).text;
        const stream = of.stream.kind === 'number' ? `${of.stream.value}u` : `bitcast<u32>(${this.emit(args[1]!).text})`;
        return primary(`${this.module.function('uniform_random')}(vec2(${key}[0], ${key}[1]), ${index}, ${stream})`);
      }
      case 'add':
        return sum(this.emit(args[0]!), this.emit(args[1]!));
      case 'mul':
        return product('*', this.emit(args[0]!), this.emit(args[1]!));
      case 'floorDiv':
      case 'mod':
        return this.division(of, args);
      case 'inRange':
        return this.inRange(of, args);
      case 'divisible':
        return comparison('==', product('%', this.emit(args[0]!), primary(String(of.by))), primary('0'));
      default:
        throw new Error(`${of.kind} is no operation`);
    }
  }

  private apply(value: Value): Text {
    const of = value.of as ScalarExpr & { kind: 'apply' };
    const args = value.args.map((arg) => this.emit(arg));
    // An expression of constants alone would be evaluated, and rejected where it overflows, by the WGSL compiler.
    const isConstant = args.length > 0 && value.args.every((arg) => arg.of.kind === 'constant' || arg.of.kind === 'number');
    const isSquare = of.op === 'pow' && args[0]!.level !== Level.Primary;
    if (isConstant || isSquare) {
      const name = this.names.next('v');
      this.line(`let ${name}: ${valueType(of.args[0]!.dtype)} = ${args[0]!.text};`);
      args[0] = primary(name);
    }
    return applyText(of.op, { module: this.module, dtype: of.dtype, args, exprs: of.args });
  }

  /** WGSL divides with truncation, which is the floor where nothing is negative. */
  private division(of: Extract<IndexExpr, { left: IndexExpr }>, args: readonly Value[]): Text {
    const [left, right] = [this.emit(args[0]!), this.emit(args[1]!)];
    // Only where there are no elements; WGSL rejects the division.
    if (right.text === '0') return primary('0');
    if (provablyNonNegative(of.left)) return product(of.kind === 'mod' ? '%' : '/', left, right);
    return call(this.module.function(of.kind === 'mod' ? 'remainder_int' : 'floor_divide_int'), left, right);
  }

  private inRange(of: { index: IndexExpr; low: IndexExpr; high: IndexExpr }, args: readonly Value[]): Text {
    const index = this.emit(args[0]!);
    const high = this.emit(args[2]!);
    const fromZero = of.low.kind === 'number' && of.low.value === 0;
    if (fromZero && provablyNonNegative(of.index)) return comparison('<', index, high);
    // A negative number is a large one without its sign.
    if (fromZero) return comparison('<', call('u32', index), of.high.kind === 'number' ? primary(`${high.text}u`) : call('u32', high));
    const name = this.named(args[0]!, index);
    return both(comparison('>=', name, this.emit(args[1]!)), comparison('<', name, high));
  }

  /** The same value under a name, unless it is a name already. */
  private named(value: Value, text: Text): Text {
    return /^[\w.]+$/.test(text.text) ? text : this.name(value, text);
  }

  private conjunction(conditions: readonly Value[]): Text {
    return conditions.map((condition) => this.emit(condition)).reduce(both);
  }

  private guard(value: Value): Text {
    const [conditions, inside, otherwise] = guardParts(value);
    const name = this.names.next('v');
    const type = valueType((value.of as ScalarExpr).dtype);
    this.line(`var ${name}: ${type} = ${this.emit(otherwise).text};`);
    this.block('guard', `if (${this.conjunction(conditions).text})`, () => this.line(`${name} = ${this.emit(inside).text};`));
    this.scope.names.set(value, name);
    return primary(name);
  }
}

function guardParts(value: Value): [conditions: readonly Value[], inside: Value, otherwise: Value] {
  const count = value.args.length - 2;
  return [value.args.slice(0, count), value.args[count]!, value.args[count + 1]!];
}

const cheapOperators = new Set([
  'add',
  'sub',
  'mul',
  'neg',
  'cast',
  'select',
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
  'and',
  'or',
  'not',
  'stopGradient',
]);

/**
 * Whether both sides of a guard may as well be computed, without a branch. Reading out of bounds is harmless in WebGPU: the
 * implementation keeps every access inside its buffer.
 */
function isCheap(value: Value): boolean {
  if (value.cost > 24) return false;
  const { of } = value;
  if (of.kind === 'random' || (of.kind === 'apply' && !cheapOperators.has(of.op))) return false;
  return value.args.every(isCheap);
}

function intersects<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean {
  for (const item of a) if (b.has(item)) return true;
  return false;
}

function indent(line: string): string {
  return line === '' ? line : `  ${line}`;
}
