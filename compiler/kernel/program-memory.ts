/** The buffers of a program, numbered as launches ask for them, and the arena that the temporary ones share. */
import { type Dim, dimNames, mulDims, productOf } from '../ir/dim.js';
import type { Graph, Node, Value } from '../ir/graph.js';
import { numbersAttribute } from '../ops/attributes.js';
import type { TensorData } from '../ops/op.js';
import { planArena } from './plan-memory.js';
import type { LoweredBuffer, LoweredStep } from './program.js';
import type { TargetTraits } from './target.js';

export class ProgramMemory {
  readonly constants: TensorData[] = [];
  private readonly buffers: LoweredBuffer[] = [];
  private readonly numbers = new Map<string, number>();

  /**
   * `owners` has a value of each place and `literals` the node of those that are constant; `results` are the places that go to the
   * caller, `sizes` the names of sizes that only a loop that has run tells.
   */
  constructor(
    private readonly graph: Graph,
    private readonly owners: ReadonlyMap<string, Value>,
    private readonly literals: ReadonlyMap<string, Node>,
    private readonly results: ReadonlySet<string>,
    private readonly sizes: ReadonlySet<string>,
  ) {}

  bufferOf(place: string): number {
    let number = this.numbers.get(place);
    if (number === undefined) {
      const { type } = this.owners.get(place)!;
      const buffer = { ...this.specOf(place), dtype: type.dtype, size: productOf(type.shape) };
      number = this.buffers.push(buffer) - 1;
      this.numbers.set(place, number);
    }
    return number;
  }

  /** Which place in the program's sense the memory of that name is. */
  private specOf(name: string): Omit<LoweredBuffer, 'dtype' | 'size'> {
    const space = name.indexOf(' ');
    const [kind, label] = [name.slice(0, space), name.slice(space + 1)];
    if (kind === 'argument') {
      const index = this.graph.inputs.filter(({ role }) => role === 'argument').findIndex((input) => input.name === label);
      return { place: 'argument', index, name: label };
    }
    if (kind === 'state' || kind === 'hyper') return { place: kind, name: label };
    if (kind === 'rng') return { place: 'rng' };
    const literal = this.literals.get(name);
    if (literal) return { place: 'constant', index: this.constants.push(literalData(literal)) - 1 };
    if ([...dimNames(productOf(this.owners.get(name)!.type.shape))].some((dim) => this.sizes.has(dim))) return { place: 'tape' };
    return { place: this.results.has(name) ? 'result' : 'arena' };
  }

  /** The buffers with their slots. */
  plan(
    steps: readonly LoweredStep[],
    outputs: ReadonlySet<number>,
    target: TargetTraits,
  ): { buffers: LoweredBuffer[]; slots: readonly Dim[] } {
    const { first, last } = lifetimes(steps, outputs);
    const temporary = this.buffers.map((_, i) => i).filter((i) => this.buffers[i]!.place === 'arena');
    const { slotOf, slots } = planArena(
      temporary.map((i) => {
        const { dtype, size } = this.buffers[i]!;
        return { bytes: mulDims(size, target.bytes[dtype]), first: first.get(i)!, last: last.get(i)! };
      }),
    );
    const buffers = [...this.buffers];
    temporary.forEach((i, at) => {
      buffers[i] = { ...buffers[i]!, index: slotOf[at]! };
    });
    return { buffers, slots };
  }

  /** The names in sizes of arguments and buffers that a call binds. */
  dims(): string[] {
    const names = new Set<string>();
    for (const { role, value } of this.graph.inputs) if (role === 'argument') for (const dim of value.type.shape) dimNames(dim, names);
    for (const { size } of this.buffers) dimNames(size, names);
    return [...names].filter((name) => !this.sizes.has(name));
  }
}

/**
 * The first and last moment at which each buffer is touched, every launch and every look at a condition being a moment. What is touched
 * inside of a loop and outside of it lives as long as the loop.
 */
function lifetimes(steps: readonly LoweredStep[], outputs: ReadonlySet<number>): { first: Map<number, number>; last: Map<number, number> } {
  const first = new Map<number, number>();
  const last = new Map<number, number>();
  let now = 0;
  const touch = (buffer: number, from = now, to = now): void => {
    first.set(buffer, Math.min(first.get(buffer) ?? from, from));
    last.set(buffer, Math.max(last.get(buffer) ?? to, to));
  };
  const loops: { start: number; end: number; buffers: Set<number> }[] = [];
  const inside: Set<number>[] = [];
  const use = (buffer: number): void => {
    touch(buffer);
    for (const buffers of inside) buffers.add(buffer);
  };
  const walk = (list: readonly LoweredStep[]): void => {
    for (const step of list) {
      now++;
      if ('kernel' in step) step.buffers.forEach(use);
      else if ('if' in step) {
        use(step.if);
        walk(step.body);
        walk(step.else);
      } else {
        const own = [step.while, ...(step.count === undefined ? [] : [step.count])];
        own.forEach(use);
        const start = now;
        inside.push(new Set());
        walk(step.body);
        now++;
        const buffers = inside.pop()!;
        own.forEach(use);
        loops.push({ start, end: now, buffers });
      }
    }
  };
  walk(steps);
  now++;
  for (const buffer of outputs) touch(buffer);
  // Inner loops come before those around them.
  for (const { start, end, buffers } of loops) {
    for (const buffer of buffers) if (first.get(buffer)! <= start || last.get(buffer)! >= end) touch(buffer, start, end);
  }
  return { first, last };
}

function literalData(node: Node): TensorData {
  const { dtype, shape } = node.outputs[0]!.type;
  const values = numbersAttribute(node.op, node.attributes, 'values');
  const data = dtype === 'i32' ? Int32Array.from(values) : dtype === 'bool' ? Uint8Array.from(values) : Float32Array.from(values);
  return { dtype, shape: shape as readonly number[], data };
}
