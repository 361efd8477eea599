/** Records the operations of a computation as a graph, as a build would make it of the source. */
import { Tensor } from 'kilnn';
import { EagerValue } from '../../compiler/eager/eager-value.js';
import { GraphBuilder } from '../../compiler/ir/build.js';
import type { Graph, Value } from '../../compiler/ir/graph.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { type Attributes, type Executor, setExecutor } from '../../dsl/op.js';
import { currentHandle } from '../../dsl/views.js';
import { dtypeOf, type TensorRecord } from './cases.js';
import type { Computation } from './run-case.js';

export interface Traced {
  readonly graph: Graph;
  readonly inputs: ReadonlyMap<string, TensorData>;
}

/** What stands behind a tensor while a computation is traced. */
class TracedValue {
  constructor(
    readonly value: Value,
    /** Whether gradients flow through it to an input. */
    readonly followed: boolean,
  ) {}
}

/** Makes a node of every operation. Tensors that hold numbers already become literals. */
class Tracer implements Executor {
  readonly builder = new GraphBuilder('case');
  private readonly literals = new Map<EagerValue, Value>();
  private draws = 0;
  private key: Value | undefined;
  private gradients = true;

  execute(name: string, inputs: readonly Tensor[], attributes: Attributes) {
    const computed =
      name === 'random'
        ? this.builder.emit(name, [this.rng()], { ...attributes, stream: this.draws++ })
        : this.builder.emit(
            name,
            inputs.map((input) => this.valueOf(input)),
            attributes,
          );
    const value = this.gradients ? computed : this.builder.emit('stopGradient', [computed], {});
    const followed = this.gradients && inputs.some(({ handle }) => handle instanceof TracedValue && handle.followed);
    return { handle: new TracedValue(value, followed), shape: value.type.shape as readonly number[], dtype: value.type.dtype };
  }

  valueOf(tensor: Tensor): Value {
    const handle = currentHandle(tensor);
    if (handle instanceof TracedValue) return handle.value;
    if (!(handle instanceof EagerValue)) throw new Error('a tensor of another executor');
    const known = this.literals.get(handle);
    if (known !== undefined) return known;
    const { dtype, shape, data } = handle.data;
    const made = this.builder.emit('literal', [], { values: Array.from(data), dtype, shape });
    this.literals.set(handle, made);
    return made;
  }

  read(): never {
    throw new Error('values are not known while a computation is traced');
  }

  surelyOutside(): boolean {
    return false;
  }

  backward(): never {
    throw new Error('a traced computation is differentiated as a graph');
  }

  gradientMode(next = this.gradients): boolean {
    const before = this.gradients;
    this.gradients = next;
    return before;
  }

  withRule(): never {
    throw new Error('no traced computation has a gradient rule of its own');
  }

  held(tensor: Tensor): object {
    return tensor.handle;
  }

  writeAlternatives(): boolean {
    return false;
  }

  shown(): undefined {
    return undefined;
  }

  noteShown(): void {}

  written(before: object, after: object, { followed }: { followed: boolean }): object {
    if (!followed && before instanceof TracedValue && before.followed) {
      throw new Error('no traced computation has changes in place that gradients pass by');
    }
    return after;
  }

  text(): never {
    return this.read();
  }

  private rng(): Value {
    this.key ??= this.builder.input('rng', 'rng', { dtype: 'i32', shape: [2] });
    return this.key;
  }
}

/** The computation as a graph under its own names of inputs and outputs, and the numbers of its inputs. */
export function trace({ inputs, differentiate, compute }: Computation): Traced {
  const tracer = new Tracer();
  const numbers = new Map<string, TensorData>();
  const tensors: Record<string, Tensor> = {};
  for (const [name, record] of Object.entries(inputs)) {
    const data = dataOf(record);
    numbers.set(name, data);
    const value = tracer.builder.input(name, 'argument', { dtype: data.dtype, shape: data.shape });
    tensors[name] = new Tensor(new TracedValue(value, differentiate.includes(name)), data.shape, data.dtype);
    if (differentiate.includes(name)) tensors[name].requiresGrad_();
  }
  const eager = setExecutor(tracer);
  try {
    for (const [name, output] of Object.entries(compute(tensors))) tracer.builder.output(name, 'result', tracer.valueOf(output));
  } finally {
    setExecutor(eager);
  }
  const graph = tracer.builder.finish();
  for (const { name, role } of graph.inputs) {
    if (role === 'rng') numbers.set(name, { dtype: 'i32', shape: [2], data: new Int32Array([0, 1]) });
  }
  return { graph, inputs: numbers };
}

export function dataOf(record: TensorRecord): TensorData {
  const dtype = dtypeOf(record);
  const numbers = record.data.map(Number);
  const data = dtype === 'i32' ? Int32Array.from(numbers) : dtype === 'bool' ? Uint8Array.from(numbers) : Float64Array.from(numbers);
  return { dtype, shape: record.shape, data };
}
