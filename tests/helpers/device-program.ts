/** Runs lowered programs through the runtime's devices, with a plan and kernels as a built module has them. */
import { ConstantPool, targetPlan } from '../../compiler/artifact/plan.js';
import { deviceType } from '../../compiler/artifact/size.js';
import type { Backend, EmittedKernel } from '../../compiler/backends/backend.js';
import { emitKernels } from '../../compiler/compile-targets.js';
import type { EvaluatedModel } from '../../compiler/frontend/evaluated-model.js';
import { bindDims } from '../../compiler/interpreter/index.js';
import { evaluateDim } from '../../compiler/ir/dim.js';
import type { Graph, InputRole } from '../../compiler/ir/graph.js';
import type { LoweredProgram } from '../../compiler/kernel/index.js';
import type { TensorData } from '../../compiler/ops/op.js';
import type { Awaitable, Executor, TypedArray } from '../../runtime/devices/device.js';
import type { ModelSpec, Program } from '../../runtime/program.js';

const stateRoles: readonly InputRole[] = ['parameter', 'buffer', 'optimizer'];

/** A model of one program, on a device. */
export interface OpenProgram {
  readonly executor: Executor;
  /** One call. Gives all outputs by name, new state included. */
  run(inputs: ReadonlyMap<string, TensorData>): Promise<Map<string, TensorData>>;
}

export type OpenTarget = (
  programs: Readonly<Record<string, Program>>,
  kernels: ReadonlyMap<string, EmittedKernel>,
  spec: ModelSpec,
) => Awaitable<Executor>;

/** `inputs` gives the sizes of the state. */
export async function openProgram(
  graph: Graph,
  program: LoweredProgram,
  inputs: ReadonlyMap<string, TensorData>,
  backend: Backend,
  open: OpenTarget,
): Promise<OpenProgram> {
  const [compiled] = emitKernels([{ backend, programs: [program], kernels: new Map() }]);
  const pool = new ConstantPool();
  const plan = targetPlan(modelOf(graph), compiled!, pool, new Map());
  const executor = await open({ [program.name]: plan.programs[0]! }, plan.kernels, specOf(graph, inputs, pool));
  return { executor, run: (given) => runOnce(graph, program, executor, given) };
}

async function runOnce(
  graph: Graph,
  program: LoweredProgram,
  executor: Executor,
  inputs: ReadonlyMap<string, TensorData>,
): Promise<Map<string, TensorData>> {
  const named = (role: InputRole) =>
    graph.inputs.filter((input) => input.role === role).map(({ name }) => [name, elementsOf(inputs.get(name)!)] as const);
  for (const [name, memory] of executor.state) executor.device.write(memory, elementsOf(inputs.get(name)!));
  const dims = bindDims(graph, inputs);
  const key = named('rng')[0]?.[1] ?? [0, 0];
  const memories = await executor.run(
    program.name,
    program.dims.map((name) => dims.get(name)!),
    named('argument').map(([, elements]) => elements),
    Object.fromEntries(named('hyper').map(([name, elements]) => [name, elements[0]!])),
    [key[0]!, key[1]!],
  );
  const results = [...memories];
  const outputs = program.outputs.map(({ name, role }) => ({
    name,
    memory: role === 'state' ? executor.state.get(name)! : results.shift()!,
  }));
  const data = await Promise.all(
    outputs.map(async ({ memory }) =>
      ArrayBuffer.isView(memory) ? (memory as TypedArray).slice() : (await executor.device.read([memory]))[0]!,
    ),
  );
  return new Map(
    program.outputs.map(({ name, dtype, shape }, i) => [
      name,
      { dtype, shape: shape.map((dim) => evaluateDim(dim, dims)), data: data[i]! },
    ]),
  );
}

/** A model with nothing but the graph. */
function modelOf(graph: Graph): EvaluatedModel {
  const modules = { name: '', path: '', className: graph.name, extraRepr: '', children: [], parameters: [], buffers: [] };
  return { name: graph.name, span: { file: '', start: 0, end: 0 }, modules, state: [], init: graph, entries: [] };
}

function specOf(graph: Graph, inputs: ReadonlyMap<string, TensorData>, pool: ConstantPool): ModelSpec {
  const shapes = new Map([
    ...graph.inputs
      .filter(({ role }) => stateRoles.includes(role))
      .map(({ name, value }) => [name, { dtype: value.type.dtype, shape: inputs.get(name)!.shape }] as const),
  ]);
  return {
    name: graph.name,
    version: 1,
    state: [...shapes].map(([name, { dtype, shape }]) => ({ name, kind: 'buffer', dtype: deviceType(dtype), shape })),
    hyper: Object.fromEntries(graph.inputs.filter(({ role }) => role === 'hyper').map(({ name }) => [name, 0])),
    constants: pool.constants,
    entries: [],
    losses: [],
  };
}

function elementsOf({ dtype, data }: TensorData): TypedArray {
  return dtype === 'i32' ? Int32Array.from(data) : dtype === 'bool' ? Uint8Array.from(data) : Float32Array.from(data);
}
