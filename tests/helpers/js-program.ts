import { jsBackend } from '../../compiler/backends/js/index.js';
import { bindDims } from '../../compiler/interpreter/index.js';
import { evaluateDim } from '../../compiler/ir/dim.js';
import type { Graph } from '../../compiler/ir/graph.js';
import type { DType } from '../../compiler/ir/types.js';
import { arenaFor, kernelsIn, type LoweredProgram } from '../../compiler/kernel/index.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { js } from '../../runtime/js.js';
import { regions } from '../../runtime/js-regions.js';
import type { JsKernel } from '../../runtime/program.js';
import { type OpenProgram, openProgram } from './device-program.js';
import type { Elements } from './gpu-kernel.js';
import { importText } from './js-kernel.js';

type Run = (...args: readonly (Elements | number)[]) => void;

/** All kernels of a program as one module, helpers once, as a built module has them. */
export function jsProgramModule(program: LoweredProgram): string {
  const kernels = kernelsIn(program).map((kernel) => jsBackend.emit(kernel));
  const helpers = new Map(kernels.flatMap(({ helpers = [] }) => helpers.map(({ name, source }) => [name, source] as const)));
  return [...helpers.values(), `export const kernels = [\n${kernels.map(({ source }) => source).join(',\n')}\n];`].join('\n');
}

/** Runs a lowered program's JavaScript on memory planned as the program says; any access outside of a tensor throws. */
export async function runJsProgram(
  graph: Graph,
  program: LoweredProgram,
  inputs: ReadonlyMap<string, TensorData>,
): Promise<Map<string, TensorData>> {
  const dims = bindDims(graph, inputs);
  const { kernels } = (await importText(jsProgramModule(program))) as { kernels: readonly Run[] };
  const given = graph.inputs.filter(({ role }) => role === 'argument').map(({ name }) => inputs.get(name)!);
  const rng = graph.inputs.find(({ role }) => role === 'rng');
  const { offsets, bytes } = arenaFor(program, dims, jsBackend.traits);
  const arena = new Uint8Array(bytes).fill(255).buffer;
  const memory = program.buffers.map(({ place, dtype, size, index, name }, i): Elements => {
    const count = evaluateDim(size, dims);
    if (place === 'argument') return elements(dtype, given[index!]!.data);
    if (place === 'constant') return elements(dtype, program.constants[index!]!.data);
    if (place === 'rng') return elements(dtype, inputs.get(rng!.name)!.data);
    if (place === 'arena') return new arrayTypes[dtype](arena, offsets[i], count);
    const known = name === undefined ? undefined : inputs.get(name);
    return known ? elements(dtype, known.data) : new arrayTypes[dtype](count);
  });
  const distinct = kernelsIn(program);
  for (const step of program.launches) {
    if (!('kernel' in step)) throw new Error('loops and branches are for openOnJs');
    const { kernel, buffers } = step;
    const sizes = jsBackend.emit(kernel).sizes.map((size) => evaluateDim(size, dims));
    kernels[distinct.indexOf(kernel)]!(
      ...buffers.map((buffer, i) => guarded(memory[buffer]!, `${kernel.name}: ${kernel.tensors[i]!.name}`)),
      ...sizes,
    );
  }
  return new Map(
    program.outputs.map(({ name, dtype, shape, buffer }) => [
      name,
      { dtype, shape: shape.map((dim) => evaluateDim(dim, dims)), data: memory[buffer]! },
    ]),
  );
}

/** A model of the program on the runtime's js device. */
export function openOnJs(graph: Graph, program: LoweredProgram, inputs: ReadonlyMap<string, TensorData>): Promise<OpenProgram> {
  return openProgram(graph, program, inputs, jsBackend, async (programs, emitted, spec) => {
    const helpers = new Map(
      [...emitted.values()].flatMap(({ helpers = [] }) => helpers.map(({ name, source }) => [name, source] as const)),
    );
    const list = [...emitted].map(([name, { source }]) => `${JSON.stringify(name)}: ${source}`);
    const { kernels } = await importText([...helpers.values(), `export const kernels = {\n${list.join(',\n')}\n};`].join('\n'));
    return js({ programs, kernels: kernels as Record<string, JsKernel> }, regions).open(spec, {});
  });
}

const arrayTypes = { f32: Float32Array, f64: Float32Array, i32: Int32Array, bool: Uint8Array };

function elements(dtype: DType, data: ArrayLike<number>): Elements {
  return arrayTypes[dtype].from(data);
}

/** The same memory, where an index that is no element throws. */
export function guarded(array: Elements, name: string): Elements {
  const check = (key: string | symbol, doing: string): void => {
    if (typeof key === 'string' && /^-?[\d.]|NaN|Infinity/.test(key) && !Object.hasOwn(array, key)) {
      throw new RangeError(`${name}[${key}] is ${doing}, which has ${array.length} elements`);
    }
  };
  return new Proxy(array, {
    get(target, key) {
      check(key, 'read');
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
    set(target, key, value) {
      check(key, 'written');
      return Reflect.set(target, key, value, target);
    },
  });
}
