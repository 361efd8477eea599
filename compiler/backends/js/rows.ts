import { namedDim } from '../../ir/dim.js';
import type { DType } from '../../ir/types.js';
import type { Axis, IndexExpr, ScalarExpr } from '../../kernel/expr.js';
import { children, indicesOf, Substitution, strideAlong, valueNeeds, weight } from '../../kernel/expressions.js';
import { add, axisIndex } from '../../kernel/index-math.js';
import type { RowStep, RowsPart } from '../../kernel/kernel.js';
import { columnsSize } from './contraction-helpers.js';
import { flatPosition, type Kept, keptValues } from './kept-values.js';
import { bindAxes, bindLoop, type Loop, mergeAxes, runLoops, worthCopies } from './loops.js';
import type { Printer } from './printer.js';
import { scalarOps } from './scalar-ops.js';
import { asNumber, atom, binary, call, numberText, type Text } from './text.js';

type Reduce = Extract<RowStep, { kind: 'reduce' }>;

/** Rows kernels: pointwise nests, row reductions with their stores, reductions over outer axes. */
export function emitRows(printer: Printer, part: RowsPart): void {
  const columnAxis = columnReduction(part);
  if (columnAxis) {
    emitColumns(printer, part, columnAxis);
    return;
  }
  const rowIndices = indicesOf(part.steps.flatMap(stepRoots));
  const copies = part.inner.length === 0 ? worthCopies(part.steps.map(({ value }) => value)) : 1;
  const kept = keptValues(printer, part);
  runLoops(printer, mergeAxes(part.rows, rowIndices), () => emitSteps(printer, kept, part.inner), copies);
}

/** The values that a step computes and the indices that it stores at, as values. */
function stepRoots(step: RowStep): ScalarExpr[] {
  const isStore = step.kind === 'storeRow' || step.kind === 'storeElement';
  return isStore ? [step.value, { kind: 'index', dtype: 'i32', index: step.index }] : [step.value];
}

/** Steps in order; neighbouring reductions that do not need each other share a loop, and so do neighbouring element stores. */
function emitSteps(printer: Printer, kept: Kept, inner: readonly Axis[]): void {
  const { steps } = kept;
  let position = 0;
  while (position < steps.length) {
    const group = groupAt(steps, position);
    position += group.length;
    const first = group[0]!;
    if (first.kind === 'reduce') emitReduces(printer, group as Reduce[], inner, kept);
    else if (first.kind === 'storeElement') emitElements(printer, group, inner);
    else emitStraight(printer, group);
  }
}

/** The longest run of steps from `start` that can be printed together. */
function groupAt(steps: readonly RowStep[], start: number): RowStep[] {
  const first = steps[start]!;
  const straight = first.kind === 'let' || first.kind === 'storeRow';
  const group = [first];
  for (const step of steps.slice(start + 1)) {
    const fits = straight ? step.kind === 'let' || step.kind === 'storeRow' : step.kind === first.kind;
    const needsGroup = !straight && group.some((other) => other.kind === 'reduce' && valueNeeds(step.value).has(`local ${other.name}`));
    if (!fits || needsGroup) break;
    group.push(step);
  }
  return group;
}

function emitStraight(printer: Printer, steps: readonly RowStep[]): void {
  printer.countUses(steps.flatMap(stepRoots));
  for (const step of steps) {
    if (step.kind === 'let') printer.local(step.name, printer.constant(step.name, printer.value(step.value)));
    else if (step.kind === 'storeRow') printer.store(step);
  }
}

function emitElements(printer: Printer, steps: readonly RowStep[], inner: readonly Axis[]): void {
  const roots = steps.flatMap(stepRoots);
  runLoops(
    printer,
    mergeAxes(inner, indicesOf(roots)),
    () => {
      printer.countUses(roots);
      for (const step of steps) if (step.kind === 'storeElement') printer.store(step);
    },
    worthCopies(roots),
  );
}

/** Start value of a reduction: what the combination leaves alone. */
function neutral(reduce: Reduce): number {
  const least = reduce.value.dtype === 'i32' ? -2147483648 : Number.NEGATIVE_INFINITY;
  const greatest = reduce.value.dtype === 'i32' ? 2147483647 : Number.POSITIVE_INFINITY;
  return { sum: 0, prod: 1, max: least, argmax: least, min: greatest, argmin: greatest }[reduce.combine];
}

/** `total` combined with `value`, for all but argmax and argmin. */
function combined(reduce: Reduce, total: Text, value: Text): Text {
  const dtypes: DType[] = [reduce.dtype, reduce.dtype];
  const op = { sum: 'add', prod: 'mul', max: 'maximum', min: 'minimum', argmax: '', argmin: '' }[reduce.combine];
  return scalarOps[op]!([total, value], dtypes, (name) => name);
}

const isPosition = (reduce: Reduce): boolean => reduce.combine === 'argmax' || reduce.combine === 'argmin';

/** The loop over `inner` that computes `reduces`; afterwards their names are known. */
function emitReduces(printer: Printer, reduces: readonly Reduce[], inner: readonly Axis[], kept: Kept): void {
  const roots = reduces.map(({ value }) => value);
  const position = reduces.some(isPosition) ? flatPosition(inner) : undefined;
  const place = kept.store !== undefined && reduces.some((reduce) => reduce === kept.reduce) ? kept.store : undefined;
  const indices = [...indicesOf(roots), ...(position ? [position] : []), ...(place ? [place.index] : [])];
  const loops = mergeAxes(inner, indices);
  const ways = reduces.length === 1 ? accumulators(reduces[0]!, loops) : 1;
  const totals = reduces.map((reduce) =>
    [...Array(ways).keys()].map((way) => printer.fresh(ways > 1 ? `${reduce.name}${way}` : reduce.name)),
  );
  const positions = reduces.map((reduce) => (isPosition(reduce) ? printer.fresh(`${reduce.name}At`) : ''));
  for (const [i, reduce] of reduces.entries()) {
    for (const total of totals[i]!) printer.line(`let ${total} = ${numberText(neutral(reduce)).code};`);
    if (positions[i]) printer.line(`let ${positions[i]} = 0;`);
  }
  const accumulate = (way: number): void => {
    printer.countUses(place ? [...roots, place.value] : roots, position ? [position] : []);
    for (const [i, reduce] of reduces.entries()) {
      const total = totals[i]![way]!;
      if (place !== undefined && reduce === kept.reduce) printer.store(place);
      const value = asNumber(printer.value(reduce.value));
      if (isPosition(reduce)) takeExtreme(printer, reduce, total, positions[i]!, value, position!);
      else assignCombined(printer, reduce, total, value);
    }
  };
  if (ways > 1) unrolled(printer, loops, ways, accumulate);
  else runLoops(printer, loops, () => accumulate(0), reduces.some(isPosition) ? 1 : worthCopies(roots));
  for (const [i, reduce] of reduces.entries()) {
    if (isPosition(reduce)) {
      printer.local(reduce.name, atom(positions[i]!));
      continue;
    }
    const [first, ...others] = totals[i]!.map(atom);
    const total = others.reduce((sum, other) => combined(reduce, sum, other), first!);
    printer.local(reduce.name, others.length > 0 ? printer.constant(reduce.name, total) : total);
  }
}

function assignCombined(printer: Printer, reduce: Reduce, total: string, value: Text): void {
  const isPlainSum = reduce.combine === 'sum' && reduce.dtype !== 'i32';
  if (isPlainSum) printer.line(`${total} += ${value.code};`);
  else printer.line(`${total} = ${combined(reduce, atom(total), value).code};`);
}

/** The first extreme wins, and the first NaN over everything. */
function takeExtreme(printer: Printer, reduce: Reduce, total: string, position: string, value: Text, at: IndexExpr): void {
  const candidate = printer.constant('candidate', value);
  const better = binary(candidate, reduce.combine === 'argmax' ? '>' : '<', atom(total));
  const isNan = `(${candidate.code} !== ${candidate.code} && ${total} === ${total})`;
  const test = reduce.value.dtype === 'i32' ? better.code : `${better.code} || ${isNan}`;
  const where = printer.index(at).code;
  printer.line(`if (${test}) {`);
  printer.line(`  ${total} = ${candidate.code};`);
  printer.line(`  ${position} = ${where};`);
  printer.line('}');
}

/**
 * Independent sums that hide the latency of addition: four where the summand is cheap and the innermost loop long, else one (a costly
 * summand hides it itself).
 */
function accumulators(reduce: Reduce, loops: readonly Loop[]): number {
  const innermost = loops.at(-1);
  if (innermost === undefined || isPosition(reduce) || weight(reduce.value) > 6) return 1;
  return typeof innermost.size === 'number' && innermost.size < 16 ? 1 : 4;
}

/** The innermost loop takes `ways` turns at once, and a second loop those that are left. */
function unrolled(printer: Printer, loops: readonly Loop[], ways: number, body: (way: number) => void): void {
  const innermost = loops.at(-1)!;
  const { size } = innermost;
  const isWhole = typeof size === 'number' && size % ways === 0;
  runLoops(printer, loops.slice(0, -1), () => {
    const bound = printer.dim(size);
    const outer = printer.block;
    const name = printer.fresh(innermost.axes.length === 1 ? innermost.axes[0]!.name : 'i');
    if (!isWhole) printer.line(`let ${name} = 0;`);
    printer.nested('loop', (block) => {
      bindAxes(block, innermost.axes, name, 0);
      for (let way = 0; way < ways; way++) {
        printer.copy(
          (copy) => bindAxes(copy, innermost.axes, name, way),
          () => body(way),
        );
      }
      const start = isWhole ? `let ${name} = 0` : '';
      const end = typeof size === 'number' ? numberText(size - ways + 1).code : binary(bound, '-', numberText(ways - 1)).code;
      return `for (${start}; ${name} < ${end}; ${name} += ${ways})`;
    });
    if (!isWhole) {
      printer.nested('loop', (block) => {
        bindAxes(block, innermost.axes, name, 0);
        body(0);
        return `for (; ${name} < ${bound.code}; ${name}++)`;
      });
    }
    // A whole loop's variable ends with the loop.
    if (isWhole) printer.names.release(outer.declared.splice(outer.declared.indexOf(name), 1));
  });
}

/**
 * The row axis along which memory is contiguous where the inner axes are not: sums over a batch. Reading row after row and adding into
 * many sums at once follows memory.
 */
function columnReduction(part: RowsPart): Axis | undefined {
  const axis = part.rows.filter((row) => row.size !== 1).at(-1);
  const innermost = part.inner.filter((inner) => inner.size !== 1).at(-1);
  const reduces = part.steps.filter((step): step is Reduce => step.kind === 'reduce');
  if (!axis || !innermost || reduces.length !== 1 || reduces[0]!.dtype !== 'f32' || isPosition(reduces[0]!)) return undefined;
  if (part.steps[0] !== reduces[0] || part.steps.some((step) => step.kind === 'storeElement')) return undefined;
  const loads = loadIndices(reduces[0]!.value);
  const along = loads.filter((index) => strideAlong(index, axis) === 1).length;
  const across = loads.filter((index) => strideAlong(index, innermost) === 1).length;
  return along > across ? axis : undefined;
}

function loadIndices(expr: ScalarExpr): IndexExpr[] {
  const own = expr.kind === 'load' ? [expr.index] : [];
  return [...own, ...children(expr).flatMap(loadIndices)];
}

/** For chunks of columns: clear the sums, add the rows up, then the other steps column by column. */
function emitColumns(printer: Printer, part: RowsPart, axis: Axis): void {
  const reduce = part.steps.find((step): step is Reduce => step.kind === 'reduce')!;
  const others = part.steps.filter((step) => step !== reduce);
  const scratch = printer.scratchTensor('columns');
  const isShort = typeof axis.size === 'number' && axis.size <= columnsSize;
  const start: Axis = { name: 'start', size: axis.size };
  const outerRows = part.rows.filter((row) => row !== axis);
  const column: Axis = { name: axis.name, size: isShort ? axis.size : namedDim('local$chunk') };
  const position = isShort ? axisIndex(column) : add(axisIndex(start), axisIndex(column));
  const sum: ScalarExpr = { kind: 'load', dtype: 'f32', tensor: scratch, index: axisIndex(column) };
  const moved = new Substitution(new Map([[axis, position]]), (expr) =>
    expr.kind === 'local' && expr.name === reduce.name ? sum : undefined,
  );
  const summand = moved.value(reduce.value);
  const steps = others.map((step): RowStep => {
    const value = moved.value(step.value);
    return step.kind === 'storeRow' ? { ...step, value, index: moved.index(step.index) } : { ...step, value };
  });
  const body = (): void => {
    const bound = printer.dim(column.size);
    printer.line(`${printer.arrays[scratch]!.name}.fill(${numberText(neutral(reduce)).code}, 0, ${bound.code});`);
    const inner = mergeAxes(part.inner, indicesOf([summand]));
    runLoops(printer, [...inner, { axes: [column], size: column.size }], () => {
      printer.countUses([summand]);
      const cell = printer.index(axisIndex(column));
      const value = printer.value(summand);
      assignCombined(printer, reduce, `${printer.arrays[scratch]!.name}[${cell.code}]`, value);
    });
    runLoops(printer, [{ axes: [column], size: column.size }], () => emitStraight(printer, steps));
  };
  runLoops(printer, mergeAxes(outerRows, indicesOf([summand, ...steps.flatMap(stepRoots)])), () => {
    if (isShort) {
      body();
      return;
    }
    const bound = printer.dim(axis.size);
    printer.nested('loop', (block) => {
      const name = bindLoop(printer, block, { axes: [start], size: axis.size });
      const chunk = printer.constant('count', call('Math.min', numberText(columnsSize), binary(bound, '-', atom(name))));
      printer.localDim('chunk', chunk);
      body();
      return `for (let ${name} = 0; ${name} < ${bound.code}; ${name} += ${columnsSize})`;
    });
  });
}
