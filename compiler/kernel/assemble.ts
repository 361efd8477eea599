/** Parts become kernels: tensors are numbered and named, axes and locals get names that depend on the kernel's content alone. */
import { productOf } from '../ir/dim.js';
import type { Value } from '../ir/graph.js';
import type { Axis, IndexExpr, ScalarExpr } from './expr.js';
import { axisIndex } from './index-math.js';
import type { Kernel, KernelTensor, Part } from './kernel.js';
import { axesOf, expressionsOf, indicesOf, mapPart, storesOf } from './part.js';
import { kernelKey } from './print.js';
import { ScalarBuilder, visitIndexValues, visitScalar } from './scalar.js';
import { substituteIndex } from './substitute.js';

/** What the ids of values in parts stand for. */
export interface Memory {
  value(id: number): Value;
  /** A text that is the same for values in the same memory. */
  place(value: Value): string;
  /** What a reader would call the memory: `weight`. */
  label(value: Value): string | undefined;
}

export interface Assembled {
  readonly kernel: Kernel;
  /** The memory behind each tensor of the kernel. */
  readonly places: readonly string[];
}

/** Makes kernels, one object for all that are equal. */
export class Assembler {
  private readonly kernels = new Map<string, Kernel>();

  assemble(parts: readonly Part[], memory: Memory): Assembled {
    const build = new ScalarBuilder();
    const tensors = new Tensors(memory);
    for (const part of parts) tensors.collect(part);
    const names = new Names();
    const named = parts.map((part) => rename(part, build, names, (id) => tensors.number(id)));
    const kernel: Kernel = { name: '', tensors: tensors.list(), parts: named };
    const key = kernelKey(kernel);
    let shared = this.kernels.get(key);
    if (!shared) {
      shared = { ...kernel, name: `${kindOf(named)}_${hashText(key)}` };
      this.kernels.set(key, shared);
    }
    return { kernel: shared, places: tensors.places() };
  }
}

function kindOf(parts: readonly Part[]): string {
  const kinds = parts.map((part) =>
    part.kind === 'rows' ? (part.steps.some((step) => step.kind === 'reduce') ? 'reduce' : 'map') : part.kind,
  );
  return [...new Set(kinds)].join('_');
}

/** FNV-1a over the text, twice with different seeds: ten hex digits. */
export function hashText(text: string): string {
  const run = (seed: number): number => {
    let hash = seed;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
    return hash;
  };
  const digits = (value: number): string => value.toString(16).padStart(8, '0');
  return (digits(run(0x811c9dc5)) + digits(run(0x2c1b3c6d))).slice(0, 10);
}

/** The tensors of a kernel, numbered by first use; what is written comes after what is only read. */
class Tensors {
  private readonly entries = new Map<string, { value: Value; reads: boolean; writes: boolean }>();
  private order: string[] | undefined;

  constructor(private readonly memory: Memory) {}

  collect(part: Part): void {
    const seen = new Set<ScalarExpr>();
    const visit = (expr: ScalarExpr): void =>
      visitScalar(
        expr,
        (inner) => {
          if (inner.kind === 'load') this.use(inner.tensor, 'reads');
          if (inner.kind === 'random') this.use(inner.rng, 'reads');
        },
        seen,
      );
    for (const expr of expressionsOf(part)) visit(expr);
    for (const index of indicesOf(part)) visitIndexValues(index, visit);
    for (const store of storesOf(part)) {
      this.use(store.tensor, 'writes');
      if (part.kind === 'scatter') this.use(store.tensor, 'reads');
    }
  }

  private use(id: number, how: 'reads' | 'writes'): void {
    const value = this.memory.value(id);
    const place = this.memory.place(value);
    const entry = this.entries.get(place) ?? { value, reads: false, writes: false };
    entry[how] = true;
    this.entries.set(place, entry);
  }

  places(): string[] {
    this.order ??= [...this.entries.keys()].sort((a, b) => Number(this.entries.get(a)!.writes) - Number(this.entries.get(b)!.writes));
    return this.order;
  }

  number(id: number): number {
    return this.places().indexOf(this.memory.place(this.memory.value(id)));
  }

  list(): KernelTensor[] {
    const taken = new Set<string>();
    return this.places().map((place, i) => {
      const { value, reads, writes } = this.entries.get(place)!;
      const access = writes ? (reads ? 'readwrite' : 'write') : 'read';
      return { name: uniqueName(this.memory.label(value), i, taken), dtype: value.type.dtype, size: productOf(value.type.shape), access };
    });
  }
}

/** The last word of a label as an identifier, numbered where it is taken; `t3` without a label. */
function uniqueName(label: string | undefined, number: number, taken: Set<string>): string {
  const word = label?.split('.').at(-1)?.replace(/\W/g, '_');
  let name = word && /^[A-Za-z]/.test(word) ? word : `t${number}`;
  if (taken.has(name)) name = `${name}_${number}`;
  while (taken.has(name)) name = `${name}_`;
  taken.add(name);
  return name;
}

/** Counts for the names of one kernel: names are not repeated between its parts. */
class Names {
  private readonly counts = new Map<string, number>();

  next(stem: string): string {
    const count = this.counts.get(stem) ?? 0;
    this.counts.set(stem, count + 1);
    return `${stem}${count}`;
  }
}

function rename(part: Part, build: ScalarBuilder, names: Names, tensor: (id: number) => number): Part {
  const axes = new Map<Axis, Axis>();
  const indices = new Map<Axis, IndexExpr>();
  const stems: readonly (readonly [string, readonly Axis[]])[] =
    part.kind === 'rows'
      ? [
          ['i', part.rows],
          ['j', part.inner],
        ]
      : part.kind === 'contract'
        ? [
            ['b', part.batch],
            ['m', part.m],
            ['n', part.n],
            ['k', part.k],
          ]
        : part.kind === 'line'
          ? [
              ['i', part.rows],
              ['j', [part.axis]],
            ]
          : [['u', axesOf(part)]];
  for (const [stem, own] of stems) {
    for (const axis of own) {
      const renamed = { name: names.next(stem), size: axis.size };
      axes.set(axis, renamed);
      indices.set(axis, axisIndex(renamed));
    }
  }
  const locals = new Map<string, string>([['acc', 'acc']]);
  if (part.kind === 'rows') {
    for (const step of part.steps) {
      if (step.kind === 'reduce') locals.set(step.name, names.next(step.combine));
      if (step.kind === 'let') locals.set(step.name, names.next('v'));
    }
  }
  return mapPart(
    part,
    build,
    {
      index: (index, again) => substituteIndex(index, indices, again),
      tensor,
      local: (expr) => build.local(expr.dtype, locals.get(expr.name)!),
    },
    (own) => own.map((axis) => axes.get(axis)!),
    (local) => locals.get(local)!,
  );
}
