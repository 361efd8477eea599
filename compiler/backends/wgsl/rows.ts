import type { Dim } from '../../ir/dim.js';
import { productOf } from '../../ir/dim.js';
import type { DType } from '../../ir/types.js';
import type { Axis, ScalarExpr } from '../../kernel/expr.js';
import { axisIndex, flatten, linearForm } from '../../kernel/index-math.js';
import type { Combine, RowStep, RowsPart } from '../../kernel/kernel.js';
import type { Body } from './body.js';
import { FlatAxes } from './flatten-axes.js';
import { ceilDiv, type Launch, nextPowerOfTwo } from './launch.js';
import type { ModuleWriter } from './module.js';
import { primary, type Text, valueType } from './text.js';
import { loadsOf } from './walk.js';

type Reduce = RowStep & { kind: 'reduce' };

/** Rows with fewer inner elements than this are one invocation's work. */
const smallInner = 32;

/**
 * A part of rows. `slices` invocations share one row: 1 where rows are short, else they take turns along it and combine what
 * they found in a tree. Where neighbouring rows are neighbours in memory (a sum over the leading axis), neighbouring
 * invocations take neighbouring rows, so that a workgroup reads whole lines of memory either way.
 */
export function launchRows(module: ModuleWriter, part: RowsPart, width: number): Launch {
  const flat = new FlatAxes();
  const row = flat.merge(part.rows, 'row');
  const innerCount = productOf(part.inner.map((axis) => axis.size));
  const hasReduce = part.steps.some((step) => step.kind === 'reduce');
  const short = !hasReduce || (typeof innerCount === 'number' && innerCount <= smallInner);
  if (short) {
    const steps = part.steps.map((step) => rewrite(step, flat));
    const inner = hasReduce || part.steps.some((step) => step.kind === 'storeElement') ? part.inner : [];
    return new ShortRows(module, { row, inner, steps }, width);
  }
  const inner = flat.merge(part.inner, 'i');
  const steps = part.steps.map((step) => rewrite(step, flat));
  return new SharedRows(module, { row, inner: [inner], steps }, width, neighboursInMemory(steps, row, inner));
}

interface FlatRows {
  readonly row: Axis;
  readonly inner: readonly Axis[];
  readonly steps: readonly RowStep[];
}

function rewrite(step: RowStep, flat: FlatAxes): RowStep {
  if (step.kind === 'reduce' || step.kind === 'let') return { ...step, value: flat.scalar(step.value) };
  return { ...step, value: flat.scalar(step.value), index: flat.index(step.index) };
}

/** Whether most reads run along memory with the rows rather than with the inner axis. */
function neighboursInMemory(steps: readonly RowStep[], row: Axis, inner: Axis): boolean {
  let alongRows = 0;
  let alongInner = 0;
  for (const step of steps) {
    if (step.kind !== 'reduce') continue;
    for (const load of loadsOf(step.value)) {
      for (const { atom, coefficient } of linearForm(load.index).terms) {
        if (coefficient !== 1) continue;
        if (mentions(atom, row)) alongRows++;
        if (mentions(atom, inner)) alongInner++;
      }
    }
  }
  return alongRows > alongInner;
}

function mentions(atom: ReturnType<typeof axisIndex>, axis: Axis): boolean {
  if (atom.kind === 'axis') return atom.axis === axis;
  return atom.kind === 'mod' || atom.kind === 'floorDiv' ? mentions(atom.left, axis) : false;
}

/** One invocation a row. */
class ShortRows implements Launch {
  readonly groups: Dim;

  constructor(
    private readonly module: ModuleWriter,
    private readonly rows: FlatRows,
    private readonly width: number,
  ) {
    this.groups = ceilDiv(rows.row.size, width);
  }

  enter(body: Body): void {
    enterSteps(body, this.rows);
  }

  print(body: Body): void {
    const { row, inner, steps } = this.rows;
    const name = body.names.unique(row.name);
    body.line(`let ${name} = group * ${this.width} + lane;`);
    body.define(row, primary(name));
    body.block('guard', `if (${name} < ${this.module.size(row.size).text})`, () => {
      for (const phase of phasesOf(steps)) {
        if (phase[0]!.kind === 'let') {
          for (const step of phase) if (step.kind === 'let') body.bind(step.name, step.value);
        } else if (phase[0]!.kind === 'storeRow') {
          for (const step of phase) if (step.kind === 'storeRow') body.store(step);
        } else if (phase[0]!.kind === 'storeElement') {
          body.forAxes(inner, () => {
            for (const step of phase) if (step.kind === 'storeElement') body.store(step);
          });
        } else {
          const found = phase.filter((step) => step.kind === 'reduce').map((step) => new Accumulator(this.module, body, step));
          for (const accumulator of found) accumulator.declare();
          body.forAxes(inner, () => {
            for (const accumulator of found) accumulator.take(this.position(body));
          });
          for (const accumulator of found) accumulator.publish();
        }
      }
    });
  }

  private position(body: Body): Text {
    const { inner } = this.rows;
    return body.index(positionOf(inner));
  }
}

/** Where in the flattened inner axes the loops are: what argmax and argmin answer. */
function positionOf(inner: readonly Axis[]) {
  return flatten(
    inner.map(axisIndex),
    inner.map((axis) => axis.size),
  );
}

function enterSteps(body: Body, { inner, steps }: FlatRows): void {
  for (const step of steps) {
    if (step.kind === 'reduce' || step.kind === 'let') body.enter(step.value);
    else body.enterStore(step);
    if (step.kind === 'reduce' && isPosition(step.combine)) body.enterIndex(positionOf(inner));
  }
}

/** Several invocations a row. */
class SharedRows implements Launch {
  readonly groups: Dim;
  private readonly perGroup: number;
  private readonly slices: number;

  constructor(
    private readonly module: ModuleWriter,
    private readonly rows: FlatRows,
    private readonly width: number,
    private readonly alongRows: boolean,
  ) {
    const count = rows.row.size;
    const length = rows.inner[0]!.size;
    // Lines of memory are 32 rows wide; otherwise an invocation should have some eight elements to itself.
    const wanted = alongRows ? 32 : typeof length === 'number' ? Math.floor(width / nextPowerOfTwo(length / 8)) : 4;
    const limit = typeof count === 'number' ? nextPowerOfTwo(count) : width;
    this.perGroup = Math.max(1, Math.min(wanted, limit, width / 2));
    this.slices = width / this.perGroup;
    this.groups = ceilDiv(count, this.perGroup);
  }

  enter(body: Body): void {
    enterSteps(body, this.rows);
  }

  print(body: Body): void {
    const { row, steps } = this.rows;
    const { perGroup, slices } = this;
    const rowName = body.names.unique(row.name);
    const slice = perGroup === 1 ? 'lane' : body.names.unique('slice');
    const count = this.module.size(row.size).text;
    let live: string | undefined;
    if (perGroup === 1) {
      body.line(`let ${rowName} = group;`);
    } else {
      const within = this.alongRows ? `lane % ${perGroup}` : `lane / ${slices}`;
      const turn = this.alongRows ? `lane / ${perGroup}` : `lane % ${slices}`;
      const at = body.names.unique('at');
      body.comment(`${perGroup} rows a workgroup, ${slices} invocations a row; past the end the last row is computed again.`);
      body.line(`let ${at} = group * ${perGroup} + ${within};`);
      body.line(`let ${rowName} = min(${at}, ${count} - 1);`);
      body.line(`let ${slice} = ${turn};`);
      if (!(typeof row.size === 'number' && row.size % perGroup === 0)) live = `${at} < ${count}`;
    }
    body.define(row, primary(rowName));
    const written = new Set<number>();
    for (const phase of phasesOf(steps)) {
      if (phase.some((step) => loadsOf(step.value).some((load) => written.has(load.tensor)))) body.line('storageBarrier();');
      this.printPhase(body, phase, slice, live);
      for (const step of phase) if (step.kind === 'storeRow' || step.kind === 'storeElement') written.add(step.tensor);
    }
  }

  private printPhase(body: Body, phase: readonly RowStep[], slice: string, live: string | undefined): void {
    const only = (condition: string | undefined, fill: () => void) => {
      if (condition === undefined) fill();
      else body.block('guard', `if (${condition})`, fill);
    };
    const inner = this.rows.inner[0]!;
    const { kind } = phase[0]!;
    if (kind === 'let') {
      for (const step of phase) if (step.kind === 'let') body.bind(step.name, step.value);
    } else if (kind === 'storeRow') {
      only([`${slice} == 0`, ...(live ? [live] : [])].join(' && '), () => {
        for (const step of phase) if (step.kind === 'storeRow') body.store(step);
      });
    } else if (kind === 'storeElement') {
      only(live, () =>
        this.alongRow(body, inner, slice, () => {
          for (const step of phase) if (step.kind === 'storeElement') body.store(step);
        }),
      );
    } else {
      const found = phase.filter((step) => step.kind === 'reduce').map((step) => new Accumulator(this.module, body, step));
      for (const accumulator of found) accumulator.declare();
      this.alongRow(body, inner, slice, () => {
        for (const accumulator of found) accumulator.take(body.index(axisIndex(inner)));
      });
      for (const accumulator of found) {
        accumulator.share({ width: this.width, slices: this.slices, slice, step: this.alongRows ? this.perGroup : 1 });
        accumulator.publish();
      }
    }
  }

  private alongRow(body: Body, inner: Axis, slice: string, fill: () => void): void {
    const name = body.names.unique(inner.name);
    const end = this.module.size(inner.size).text;
    body.block('loop', `for (var ${name} = ${slice}; ${name} < ${end}; ${name} += ${this.slices})`, () => {
      body.define(inner, primary(name));
      fill();
    });
  }
}

/** Steps that share a loop: reductions that do not read each other's results, stores that do not touch what another one reads or writes. */
function phasesOf(steps: readonly RowStep[]): RowStep[][] {
  const phases: RowStep[][] = [];
  for (const step of steps) {
    const last = phases.at(-1);
    if (last && last[0]!.kind === step.kind && last.every((earlier) => isIndependent(earlier, step))) last.push(step);
    else phases.push([step]);
  }
  return phases;
}

function isIndependent(earlier: RowStep, later: RowStep): boolean {
  if (earlier.kind === 'reduce') return !localsOf(later.value).has(earlier.name);
  if (earlier.kind === 'let' || later.kind === 'let' || later.kind === 'reduce') return earlier.kind === later.kind;
  if (earlier.kind === 'storeRow') return true;
  const touches = (value: ScalarExpr, tensor: number) => loadsOf(value).some((load) => load.tensor === tensor);
  return earlier.tensor !== later.tensor && !touches(later.value, earlier.tensor) && !touches(earlier.value, later.tensor);
}

function localsOf(expr: ScalarExpr, into: Set<string> = new Set(), seen: Set<ScalarExpr> = new Set()): Set<string> {
  if (seen.has(expr)) return into;
  seen.add(expr);
  if (expr.kind === 'local') into.add(expr.name);
  if (expr.kind === 'apply') for (const arg of expr.args) localsOf(arg, into, seen);
  if (expr.kind === 'guard') {
    localsOf(expr.value, into, seen);
    localsOf(expr.otherwise, into, seen);
  }
  return into;
}

function isPosition(combine: Combine): boolean {
  return combine === 'argmax' || combine === 'argmin';
}

interface Sharing {
  readonly width: number;
  readonly slices: number;
  readonly slice: string;
  /** Distance in lanes between two slices of a row. */
  readonly step: number;
}

/** The running result of a reduction. */
class Accumulator {
  private readonly name: string;
  private readonly at: string | undefined;
  /** dtype of the elements compared or added. */
  private readonly dtype: DType;

  constructor(
    private readonly module: ModuleWriter,
    private readonly body: Body,
    private readonly step: Reduce,
  ) {
    this.name = body.names.unique(step.name);
    this.at = isPosition(step.combine) ? body.names.unique(`${step.name}_at`) : undefined;
    this.dtype = step.value.dtype;
  }

  declare(): void {
    this.body.line(`var ${this.name}: ${valueType(this.dtype)} = ${this.neutral()};`);
    // -1: no element yet.
    if (this.at) this.body.line(`var ${this.at} = -1;`);
  }

  take(position: Text): void {
    const value = this.body.value(this.step.value).text;
    if (!this.at) {
      this.body.line(`${this.combined(this.name, value)};`);
      return;
    }
    const candidate = this.body.names.next('v');
    this.body.line(`let ${candidate} = ${value};`);
    const wins = `${this.module.function(this.winner())}(${candidate}, ${position.text}, ${this.name}, ${this.at})`;
    this.body.block('guard', `if (${wins})`, () => {
      this.body.line(`${this.name} = ${candidate};`);
      this.body.line(`${this.at} = ${position.text};`);
    });
  }

  /** Combines what the slices of a row found: halves the number of candidates until one is left. */
  share({ width, slices, slice, step }: Sharing): void {
    const { body, module, name, at } = this;
    const type = valueType(this.dtype);
    const memory = module.workgroupMemory(`partial_${type}`, type, width);
    const places = at && module.workgroupMemory('partial_at', 'i32', width);
    body.line(`${memory}[lane] = ${name};`);
    if (at) body.line(`${places}[lane] = ${at};`);
    body.line('workgroupBarrier();');
    body.block('guard', `for (var half = ${slices / 2}; half > 0; half /= 2)`, () => {
      const other = step === 1 ? 'lane + half' : `lane + half * ${step}`;
      body.block('guard', `if (${slice} < half)`, () => {
        if (!at) {
          body.line(`${this.combined(`${memory}[lane]`, `${memory}[${other}]`)};`);
          return;
        }
        const wins = `${module.function(this.winner())}(${memory}[${other}], ${places}[${other}], ${memory}[lane], ${places}[lane])`;
        body.block('guard', `if (${wins})`, () => {
          body.line(`${memory}[lane] = ${memory}[${other}];`);
          body.line(`${places}[lane] = ${places}[${other}];`);
        });
      });
      body.line('workgroupBarrier();');
    });
    const first = slices === width ? '0' : step === 1 ? `lane - ${slice}` : `lane % ${step}`;
    body.line(at ? `${at} = ${places}[${first}];` : `${name} = ${memory}[${first}];`);
    body.line('workgroupBarrier();');
  }

  /** From here on the result may be read. */
  publish(): void {
    this.body.define(this.step.name, primary(this.at ?? this.name));
  }

  private winner(): string {
    return `${this.step.combine}_wins_${valueType(this.dtype)}`;
  }

  private neutral(): string {
    const { combine } = this.step;
    const isInt = this.dtype !== 'f32';
    switch (combine) {
      case 'sum':
        return isInt ? '0' : '0.0';
      case 'prod':
        return isInt ? '1' : '1.0';
      case 'max':
      case 'argmax':
        return isInt ? '-2147483648' : `-${this.module.function('inf')}()`;
      case 'min':
      case 'argmin':
        return isInt ? '2147483647' : `${this.module.function('inf')}()`;
    }
  }

  private combined(into: string, value: string): string {
    const isInt = this.dtype !== 'f32';
    switch (this.step.combine) {
      case 'sum':
        return `${into} += ${value}`;
      case 'prod':
        return `${into} *= ${value}`;
      case 'max':
        return `${into} = ${isInt ? 'max' : this.module.function('maximum')}(${into}, ${value})`;
      default:
        return `${into} = ${isInt ? 'min' : this.module.function('minimum')}(${into}, ${value})`;
    }
  }
}
