import { type Dim, mulDims } from '../../ir/dim.js';
import type { Axis, IndexExpr, ScalarExpr } from '../../kernel/expr.js';
import { axisIndex } from '../../kernel/index-math.js';
import type { LinePart } from '../../kernel/kernel.js';
import { ScalarBuilder } from '../../kernel/scalar.js';
import { axisChange } from '../../kernel/substitute.js';
import type { Body } from './body.js';
import { FlatAxes } from './flatten-axes.js';
import { ceilDiv, type Launch } from './launch.js';
import type { ModuleWriter } from './module.js';
import { primary } from './text.js';

/** A part of lines: an invocation for each element finds the element's rank; a running result takes an invocation for each line. */
export function launchLine(module: ModuleWriter, part: LinePart, width: number): Launch {
  const flat = new FlatAxes();
  const row = flat.merge(part.rows, 'row');
  const { axis, method } = part;
  const line: FlatLine = {
    row,
    axis,
    method,
    value: flat.scalar(part.value),
    index: flat.index(part.store.index),
    tensor: part.store.tensor,
  };
  return method === 'ascending' || method === 'descending' ? new RankLaunch(module, line, width) : new RunningLaunch(module, line, width);
}

interface FlatLine {
  readonly row: Axis;
  readonly axis: Axis;
  readonly method: LinePart['method'];
  readonly value: ScalarExpr;
  readonly index: IndexExpr;
  readonly tensor: number;
}

/** An element as an i32 that compares as the elements do: -0 as 0, a NaN above all numbers. */
function keyOf(module: ModuleWriter, dtype: ScalarExpr['dtype'], text: string): string {
  return dtype === 'i32' ? text : `${module.function('order_key')}(${text})`;
}

/**
 * An element's rank is how many elements of its line come before it: equal ones by position, so that every rank is taken once.
 * n^2 comparisons a line, all lines and elements at once.
 */
class RankLaunch implements Launch {
  readonly groups: Dim;
  private readonly total: Dim;
  private readonly other: Axis;
  private readonly rank: Axis;
  private readonly otherValue: ScalarExpr;
  private readonly target: IndexExpr;

  constructor(
    private readonly module: ModuleWriter,
    private readonly line: FlatLine,
    private readonly width: number,
  ) {
    const { axis, row } = line;
    this.total = mulDims(row.size, axis.size);
    this.groups = ceilDiv(this.total, width);
    this.other = { name: 'other', size: axis.size };
    this.rank = { name: 'rank', size: axis.size };
    const build = new ScalarBuilder();
    this.otherValue = build.rebuild(line.value, axisChange(new Map([[axis, axisIndex(this.other)]])));
    const stored: ScalarExpr = { kind: 'index', dtype: 'i32', index: line.index };
    const moved = build.rebuild(stored, axisChange(new Map([[axis, axisIndex(this.rank)]])));
    this.target = moved.kind === 'index' ? moved.index : { kind: 'number', value: moved.kind === 'constant' ? moved.value : 0 };
  }

  enter(body: Body): void {
    body.enter(this.line.value);
    body.enter(this.otherValue);
    body.enterIndex(this.target);
  }

  print(body: Body): void {
    const { module, line, width } = this;
    const { row, axis, value } = line;
    const name = (wanted: string) => body.names.unique(wanted);
    const [point, at, own, rank] = [name('point'), name('at'), name('key'), name('rank')];
    const size = module.size(axis.size).text;
    // Of a line without elements nothing runs, and shaders may not divide by 0.
    const length = size === '0' ? '1' : size;
    body.line(`let ${point} = group * ${width} + lane;`);
    body.block('guard', `if (${point} < ${module.size(this.total).text})`, () => {
      body.line(`let ${at} = ${point} % ${length};`);
      if (row.size !== 1) {
        const rowName = name(row.name);
        body.line(`let ${rowName} = ${point} / ${length};`);
        body.define(row, primary(rowName));
      } else body.define(row, primary('0'));
      body.define(axis, primary(at));
      body.line(`let ${own} = ${keyOf(module, value.dtype, body.value(value).text)};`);
      body.line(`var ${rank} = 0;`);
      body.forAxis(this.other, () => {
        const other = name('other_key');
        const otherAt = body.index(axisIndex(this.other)).text;
        body.line(`let ${other} = ${keyOf(module, value.dtype, body.value(this.otherValue).text)};`);
        const before = `${other} ${line.method === 'ascending' ? '<' : '>'} ${own}`;
        body.line(`if (${before} || (${other} == ${own} && ${otherAt} < ${at})) { ${rank}++; }`);
      });
      body.define(this.rank, primary(rank));
      body.line(`${module.tensors[line.tensor]}[${body.index(this.target).text}] = ${at};`);
    });
  }
}

/** One invocation a line. */
class RunningLaunch implements Launch {
  readonly groups: Dim;

  constructor(
    private readonly module: ModuleWriter,
    private readonly line: FlatLine,
    private readonly width: number,
  ) {
    this.groups = ceilDiv(line.row.size, width);
  }

  enter(body: Body): void {
    body.enter(this.line.value);
    body.enterIndex(this.line.index);
    if (this.line.method === 'argmax') body.enterIndex(axisIndex(this.line.axis));
  }

  print(body: Body): void {
    const { module, line, width } = this;
    const { row, axis, value, method } = line;
    const isInt = value.dtype === 'i32';
    const rowName = body.names.unique(row.name);
    const total = body.names.unique(method);
    body.line(`let ${rowName} = group * ${width} + lane;`);
    body.define(row, primary(rowName));
    body.block('guard', `if (${rowName} < ${module.size(row.size).text})`, () => {
      const key = method === 'argmax' ? body.names.unique('largest') : '';
      if (key) {
        body.line(`var ${key} = -2147483648;`);
        body.line(`var ${total} = 0;`);
      } else {
        const start = method === 'prod' ? '1' : '0';
        body.line(`var ${total} = ${isInt ? start : `${start}.0`};`);
      }
      body.forAxis(axis, () => {
        const next = body.value(value).text;
        if (key) {
          const candidate = body.names.unique('candidate');
          body.line(`let ${candidate} = ${keyOf(module, value.dtype, next)};`);
          const at = body.index(axisIndex(axis)).text;
          body.line(`if (${candidate} >= ${key}) { ${key} = ${candidate}; ${total} = ${at}; }`);
        } else body.line(`${total} ${method === 'prod' ? '*=' : '+='} ${next};`);
        body.line(`${module.tensors[line.tensor]}[${body.index(line.index).text}] = ${total};`);
      });
    });
  }
}
