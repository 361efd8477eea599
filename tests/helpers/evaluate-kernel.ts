import { evaluateDim } from '../../compiler/ir/dim.js';
import type { Attributes } from '../../compiler/ir/graph.js';
import { axisSize, conditionHolds, evaluateIndex, type IndexEnvironment } from '../../compiler/kernel/evaluate-index.js';
import type { Axis, ScalarExpr } from '../../compiler/kernel/expr.js';
import type { Combine, Kernel, Part, Store } from '../../compiler/kernel/kernel.js';
import { op } from '../../compiler/ops/registry.js';
import { threefry2x32 } from '../../compiler/ops/threefry.js';
import type { Elements } from './gpu-kernel.js';

/**
 * What a kernel's tensors hold after it ran, computed point by point in float64 by the definition of kernel.ts. Scalars come from
 * the op table. Slow and plain: what the backends are held against.
 */
export function evaluateKernel(kernel: Kernel, tensors: readonly Elements[], dims: ReadonlyMap<string, number>): Elements[] {
  const memory = tensors.map((elements) => elements.slice());
  for (const part of kernel.parts) new PartEvaluation(kernel, memory, dims).run(part);
  return memory;
}

class PartEvaluation implements IndexEnvironment {
  readonly axes = new Map<Axis, number>();
  private readonly locals = new Map<string, number>();

  constructor(
    private readonly kernel: Kernel,
    private readonly memory: readonly Elements[],
    readonly dims: ReadonlyMap<string, number>,
  ) {}

  run(part: Part): void {
    if (part.kind === 'rows') {
      this.over(part.rows, () => {
        for (const step of part.steps) {
          if (step.kind === 'storeRow') this.store(step);
          else if (step.kind === 'storeElement') this.over(part.inner, () => this.store(step));
          else if (step.kind === 'let') this.locals.set(step.name, this.value(step.value));
          else this.locals.set(step.name, this.reduce(step.combine, part.inner, step.value));
        }
      });
    } else if (part.kind === 'contract') {
      this.over([...part.batch, ...part.m, ...part.n], () => {
        let sum = 0;
        this.over(part.k, () => {
          sum += this.value(part.a) * this.value(part.b);
        });
        this.locals.set('acc', sum);
        for (const store of part.stores) this.store(store);
      });
    } else throw new Error(`no evaluation of a ${part.kind} part`);
  }

  private reduce(combine: Combine, inner: readonly Axis[], expr: ScalarExpr): number {
    const values: number[] = [];
    this.over(inner, () => values.push(this.value(expr)));
    const better = (wins: (x: number, y: number) => boolean) => {
      let best = -1;
      values.forEach((x, i) => {
        const y = values[best];
        if (y === undefined || (!Number.isNaN(y) && (Number.isNaN(x) || wins(x, y)))) best = i;
      });
      return best;
    };
    switch (combine) {
      case 'sum':
        return values.reduce((a, b) => a + b, 0);
      case 'prod':
        return values.reduce(expr.dtype === 'i32' ? Math.imul : (a, b) => a * b, 1);
      case 'max':
        return values.reduce((a, b) => Math.max(a, b), expr.dtype === 'i32' ? -(2 ** 31) : -Infinity);
      case 'min':
        return values.reduce((a, b) => Math.min(a, b), expr.dtype === 'i32' ? 2 ** 31 - 1 : Infinity);
      case 'argmax':
        return better((x, y) => x > y);
      case 'argmin':
        return better((x, y) => x < y);
    }
  }

  private over(axes: readonly Axis[], visit: () => void): void {
    const [first, ...rest] = axes;
    if (first === undefined) {
      visit();
      return;
    }
    const size = axisSize(first, this.dims);
    for (let turn = 0; turn < size; turn++) {
      this.axes.set(first, turn);
      this.over(rest, visit);
    }
  }

  private store(store: Store): void {
    const at = evaluateIndex(store.index, this);
    const { name, size } = this.kernel.tensors[store.tensor]!;
    const limit = evaluateDim(size, this.dims);
    if (at < 0 || at >= limit) throw new Error(`${this.kernel.name} writes ${name}[${at}] of ${limit}`);
    this.memory[store.tensor]![at] = this.value(store.value);
  }

  value(expr: ScalarExpr): number {
    switch (expr.kind) {
      case 'constant':
        return expr.value;
      case 'load': {
        const at = evaluateIndex(expr.index, this);
        const element = this.memory[expr.tensor]![at];
        if (element === undefined) throw new Error(`${this.kernel.name} reads ${this.kernel.tensors[expr.tensor]!.name}[${at}]`);
        return element;
      }
      case 'index':
        return evaluateIndex(expr.index, this);
      case 'local': {
        const value = this.locals.get(expr.name);
        if (value === undefined) throw new Error(`no local ${expr.name}`);
        return value;
      }
      case 'guard':
        return this.value(expr.conditions.every((condition) => conditionHolds(condition, this)) ? expr.value : expr.otherwise);
      case 'random': {
        const key = this.memory[expr.rng]!;
        const words = new Uint32Array(2);
        threefry2x32(key[0]!, key[1]!, evaluateIndex(expr.index, this), evaluateIndex(expr.stream, this), words);
        return (words[0]! >>> 8) * 2 ** -24;
      }
      case 'apply': {
        const inputs = expr.args.map((arg) => {
          const value = this.value(arg);
          const data = arg.dtype === 'i32' ? Int32Array.of(value) : arg.dtype === 'bool' ? Uint8Array.of(value) : Float64Array.of(value);
          return { dtype: arg.dtype, shape: [], data };
        });
        const attributes: Attributes = expr.op === 'cast' ? { dtype: expr.dtype } : {};
        return op(expr.op).evaluate(inputs, attributes, { dtype: expr.dtype, shape: [] }).data[0]!;
      }
    }
  }
}
