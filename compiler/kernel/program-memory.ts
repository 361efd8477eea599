/** The buffers of a program, numbered as launches ask for them, and the arena that the temporary ones share. */
import { dimNames, productOf } from '../ir/dim.js';
import type { Graph, Node, Value } from '../ir/graph.js';
import { numbersAttribute } from '../ops/attributes.js';
import type { TensorData } from '../ops/op.js';
import { lifetimes } from './plan-memory.js';
import type { LoweredBuffer, LoweredStep } from './program.js';

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

  /** The buffers, those of the arena with their lifetimes. */
  list(steps: readonly LoweredStep[], outputs: ReadonlySet<number>): LoweredBuffer[] {
    const lives = lifetimes(steps, outputs);
    return this.buffers.map((buffer, i) => (buffer.place === 'arena' ? { ...buffer, live: lives.get(i)! } : buffer));
  }

  /** The names in sizes of arguments and buffers that a call binds. */
  dims(): string[] {
    const names = new Set<string>();
    for (const { role, value } of this.graph.inputs) if (role === 'argument') for (const dim of value.type.shape) dimNames(dim, names);
    for (const { size } of this.buffers) dimNames(size, names);
    return [...names].filter((name) => !this.sizes.has(name));
  }
}

function literalData(node: Node): TensorData {
  const { dtype, shape } = node.outputs[0]!.type;
  const values = numbersAttribute(node.op, node.attributes, 'values');
  const data = dtype === 'i32' ? Int32Array.from(values) : dtype === 'bool' ? Uint8Array.from(values) : Float32Array.from(values);
  return { dtype, shape: shape as readonly number[], data };
}
