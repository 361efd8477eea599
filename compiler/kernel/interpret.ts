/** The plain interpreter of lowered programs, in float64: what kernels mean. Parts run as their types say, one turn after the other. */
import { dimNames, dimText, evaluateDim } from '../ir/dim.js';
import type { DType } from '../ir/types.js';
import { compareNumbers } from '../ops/line.js';
import type { TensorData } from '../ops/op.js';
import { op as lookUp } from '../ops/registry.js';
import { threefry2x32 } from '../ops/threefry.js';
import { axisSize, conditionHolds, evaluateIndex, type IndexEnvironment } from './evaluate-index.js';
import type { Axis, ScalarExpr } from './expr.js';
import type { Combine, ContractPart, Kernel, LineMethod, LinePart, Part, RowsPart, ScatterPart, Store } from './kernel.js';
import { arenaFor } from './plan-memory.js';
import type { LoweredBuffer, LoweredLoop, LoweredProgram, LoweredStep } from './program.js';

type Elements = TensorData['data'];

/** What a program runs on: arguments in order, state and hyper values by name (state is written), the pair (seed, step). */
export interface ProgramInputs {
  readonly arguments: readonly TensorData[];
  readonly state: ReadonlyMap<string, TensorData>;
  readonly hyper: ReadonlyMap<string, TensorData>;
  readonly rng?: TensorData;
  readonly dims: ReadonlyMap<string, number>;
}

const inElements = { bytes: { f32: 1, f64: 1, i32: 1, bool: 1 }, alignment: 1 };

/**
 * Runs a program; state entries are written in place (an entry that the program makes is added). Returns all outputs by name.
 * Temporary memory starts as NaN (-1 for integers), and the arena is really shared, so that a wrong plan shows.
 */
export function interpretProgram(program: LoweredProgram, inputs: ProgramInputs): Map<string, TensorData> {
  const dims = new Map(inputs.dims);
  const sizeOf = (buffer: LoweredBuffer): number => evaluateDim(buffer.size, dims);
  const { offsets, bytes } = arenaFor(program, inputs.dims, inElements);
  const arena = new Float64Array(bytes).fill(Number.NaN);
  const made = new Map<string, Elements>();
  const memory = program.buffers.map((buffer, i): Elements => {
    switch (buffer.place) {
      case 'argument':
        return inputs.arguments[buffer.index!]!.data;
      case 'constant':
        return program.constants[buffer.index!]!.data;
      case 'hyper':
        return inputs.hyper.get(buffer.name!)!.data;
      case 'rng':
        return inputs.rng!.data;
      case 'arena':
        return arena.subarray(offsets[i], offsets[i]! + sizeOf(buffer));
      case 'state': {
        const given = inputs.state.get(buffer.name!)?.data ?? new Float64Array(sizeOf(buffer)).fill(Number.NaN);
        made.set(buffer.name!, given);
        return given;
      }
      case 'tape':
        return new Float64Array(0);
      default:
        return new Float64Array(sizeOf(buffer)).fill(Number.NaN);
    }
  });
  const run = (steps: readonly LoweredStep[]): void => {
    for (const step of steps) {
      if ('kernel' in step) {
        runKernel(
          step.kernel,
          step.buffers.map((buffer) => memory[buffer]!),
          dims,
        );
      } else if ('if' in step) run(memory[step.if]![0] ? step.body : step.else);
      else loop(step);
    }
  };
  const loop = ({ while: flag, body, limit, count, turns, trips, tapes }: LoweredLoop): void => {
    let turn = 0;
    for (; memory[flag]![0]; turn++) {
      if (turn >= limit) throw new Error(`${program.name}: more than ${limit} turns`);
      if (count !== undefined) memory[count]![0] = turn;
      if (turns !== undefined) {
        dims.set(turns, turn + 1);
        for (const { buffer } of tapes) memory[buffer] = resized(memory[buffer]!, sizeOf(program.buffers[buffer]!), turn > 0);
      }
      run(body);
    }
    if (count !== undefined) memory[count]![0] = turn;
    if (trips !== undefined && evaluateDim(trips, dims) !== turn)
      throw new Error(`${program.name}: ${turn} turns of a loop of ${dimText(trips)}`);
    if (turns === undefined) return;
    dims.set(turns, turn);
    program.buffers.forEach((buffer, i) => {
      if (buffer.place === 'tape' && dimNames(buffer.size).has(turns))
        memory[i] = resized(memory[i]!, sizeOf(buffer), turn > 0 && tapes.some((tape) => tape.buffer === i));
    });
  };
  run(program.launches);
  return new Map(
    program.outputs.map(({ name, dtype, shape, buffer }) => [
      name,
      { dtype, shape: shape.map((dim) => evaluateDim(dim, dims)), data: memory[buffer]! },
    ]),
  );
}

/** Runs one kernel on memory for each of its tensors. Throws when an index lies outside. */
export function runKernel(kernel: Kernel, memory: readonly Elements[], dims: ReadonlyMap<string, number>): void {
  for (const part of kernel.parts) new PartRun(kernel, part, memory, dims).run();
}

const noAttributes = {};

class PartRun {
  private readonly axes = new Map<Axis, number>();
  private readonly locals = new Map<string, number>();
  /** Operations already computed in this turn: an expression may share its parts. */
  private readonly known = new Map<ScalarExpr, number>();
  private readonly environment: IndexEnvironment;

  constructor(
    private readonly kernel: Kernel,
    private readonly part: Part,
    private readonly memory: readonly Elements[],
    private readonly dims: ReadonlyMap<string, number>,
  ) {
    this.environment = { axes: this.axes, dims, value: (expr) => this.scalar(expr) };
  }

  run(): void {
    if (this.part.kind === 'rows') this.rows(this.part);
    else if (this.part.kind === 'contract') this.contract(this.part);
    else if (this.part.kind === 'line') this.line(this.part);
    else this.scatter(this.part);
  }

  private loop(axes: readonly Axis[], body: () => void): void {
    const [axis, ...rest] = axes;
    if (!axis) {
      body();
      return;
    }
    const size = axisSize(axis, this.dims);
    for (let turn = 0; turn < size; turn++) {
      this.axes.set(axis, turn);
      this.loop(rest, body);
    }
  }

  private rows(part: RowsPart): void {
    this.loop(part.rows, () => {
      for (const step of part.steps) {
        if (step.kind === 'reduce') this.locals.set(step.name, this.reduce(step.combine, step.dtype, part.inner, step.value));
        else if (step.kind === 'let') this.locals.set(step.name, this.evaluate(step.value));
      }
      this.storeAll(part.steps.filter((step) => step.kind === 'storeRow'));
      const elements = part.steps.filter((step) => step.kind === 'storeElement');
      if (elements.length === 0) return;
      this.loop(part.inner, () => {
        for (const step of elements) this.storeAll([step]);
      });
    });
  }

  private reduce(combine: Combine, dtype: DType, inner: readonly Axis[], value: ScalarExpr): number {
    let result = identity(combine, dtype);
    let best = Number.NaN;
    let turn = 0;
    this.loop(inner, () => {
      const element = this.evaluate(value);
      if (combine === 'argmax' || combine === 'argmin') {
        const wins = combine === 'argmax' ? element > best : element < best;
        if (turn === 0 || (!Number.isNaN(best) && (wins || Number.isNaN(element)))) [best, result] = [element, turn];
      } else result = combined(combine, dtype, result, element);
      turn++;
    });
    return result;
  }

  private contract(part: ContractPart): void {
    const dtype = part.a.dtype;
    this.loop([...part.batch, ...part.m, ...part.n], () => {
      let sum = 0;
      this.loop(part.k, () => {
        const [a, b] = [this.evaluate(part.a), this.evaluate(part.b)];
        sum = dtype === 'i32' ? (sum + Math.imul(a, b)) | 0 : sum + a * b;
      });
      this.locals.set('acc', sum);
      this.storeAll(part.stores);
    });
  }

  private scatter(part: ScatterPart): void {
    this.loop(part.updates, () => {
      this.known.clear();
      if (!part.conditions.every((condition) => conditionHolds(condition, this.environment))) return;
      const at = this.position(part.store.tensor, evaluateIndex(part.store.index, this.environment));
      const data = this.memory[part.store.tensor]!;
      const value = this.scalar(part.store.value);
      data[at] = combined(part.combine, part.store.value.dtype, data[at]!, value);
    });
  }

  private line(part: LinePart): void {
    this.loop(part.rows, () => {
      const values: number[] = [];
      this.loop([part.axis], () => values.push(this.evaluate(part.value)));
      const results = lineResults(part.method, part.value.dtype, values);
      results.forEach((result, at) => {
        this.axes.set(part.axis, at);
        this.locals.set('acc', result);
        this.storeAll([part.store]);
      });
    });
  }

  /** The stores of a point, one after the other; operations that they have in common are computed once. */
  private storeAll(stores: readonly Store[]): void {
    this.known.clear();
    for (const { tensor, index, value } of stores) {
      const result = this.scalar(value);
      this.memory[tensor]![this.position(tensor, evaluateIndex(index, this.environment))] = result;
    }
  }

  private position(tensor: number, index: number): number {
    const size = evaluateDim(this.kernel.tensors[tensor]!.size, this.dims);
    if (!Number.isInteger(index) || index < 0 || index >= size) {
      throw new Error(`${this.kernel.name}: element ${index} of ${this.kernel.tensors[tensor]!.name}, which has ${size}`);
    }
    return index;
  }

  /** The value of a step's expression. */
  private evaluate(expr: ScalarExpr): number {
    this.known.clear();
    return this.scalar(expr);
  }

  private scalar(expr: ScalarExpr): number {
    switch (expr.kind) {
      case 'constant':
        return expr.value;
      case 'load':
        return this.memory[expr.tensor]![this.position(expr.tensor, evaluateIndex(expr.index, this.environment))]!;
      case 'index':
        return evaluateIndex(expr.index, this.environment);
      case 'local':
        return this.locals.get(expr.name)!;
      case 'guard':
        return this.scalar(expr.conditions.every((condition) => conditionHolds(condition, this.environment)) ? expr.value : expr.otherwise);
      case 'random': {
        const words = new Uint32Array(2);
        const key = this.memory[expr.rng]!;
        threefry2x32(key[0]!, key[1]!, evaluateIndex(expr.index, this.environment), evaluateIndex(expr.stream, this.environment), words);
        return (words[0]! >>> 8) * 2 ** -24;
      }
      case 'apply': {
        const known = this.known.get(expr);
        if (known !== undefined) return known;
        const value = applyOp(
          expr,
          expr.args.map((arg) => this.scalar(arg)),
        );
        this.known.set(expr, value);
        return value;
      }
    }
  }
}

/** One element by the op table's own evaluation. */
function applyOp(expr: Extract<ScalarExpr, { kind: 'apply' }>, args: readonly number[]): number {
  const inputs = args.map((value, i): TensorData => scalarTensor(expr.args[i]!.dtype, value));
  const type = { dtype: expr.dtype, shape: [] };
  return lookUp(expr.op).evaluate(inputs, expr.op === 'cast' ? { dtype: expr.dtype } : noAttributes, type).data[0]!;
}

function scalarTensor(dtype: DType, value: number): TensorData {
  const data = dtype === 'i32' ? Int32Array.of(value) : dtype === 'bool' ? Uint8Array.of(value) : Float64Array.of(value);
  return { dtype, shape: [], data };
}

/** The results of a line part's method for one line. */
function lineResults(method: LineMethod, dtype: DType, values: readonly number[]): number[] {
  if (method === 'ascending' || method === 'descending') {
    const sign = method === 'ascending' ? 1 : -1;
    return [...values.keys()].sort((i, j) => sign * compareNumbers(values[i]!, values[j]!));
  }
  if (method === 'argmax') {
    let best = 0;
    return values.map((value, at) => {
      if (compareNumbers(value, values[best]!) >= 0) best = at;
      return best;
    });
  }
  let total = identity(method, dtype);
  return values.map((value) => {
    total = combined(method, dtype, total, value);
    return total;
  });
}

/** What a reduction of nothing gives. */
export function identity(combine: Combine, dtype: DType): number {
  if (combine === 'prod') return 1;
  if (combine === 'max') return dtype === 'i32' ? -(2 ** 31) : Number.NEGATIVE_INFINITY;
  if (combine === 'min') return dtype === 'i32' ? 2 ** 31 - 1 : Number.POSITIVE_INFINITY;
  return 0;
}

function combined(combine: Combine, dtype: DType, a: number, b: number): number {
  if (combine === 'sum') return dtype === 'i32' ? (a + b) | 0 : a + b;
  if (combine === 'prod') return dtype === 'i32' ? Math.imul(a, b) : a * b;
  return combine === 'max' ? Math.max(a, b) : Math.min(a, b);
}

/** Memory of another size, with the old elements where they are `kept`. */
function resized(elements: Elements, size: number, kept: boolean): Elements {
  const made = new Float64Array(size).fill(Number.NaN);
  if (kept) made.set(elements.subarray(0, size));
  return made;
}
