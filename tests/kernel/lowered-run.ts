/** Runs graphs through the kernel phase and its interpreter, and compares with the graph interpreter. */
import { bindDims, interpret } from '../../compiler/interpreter/index.js';
import type { Graph } from '../../compiler/ir/graph.js';
import { interpretProgram, type LoweredProgram, lowerGraph, printKernels, type TargetTraits } from '../../compiler/kernel/index.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { difference, inFloat64 } from '../helpers/tensors.js';

export const affineTarget: TargetTraits = {
  name: 'affine',
  maxTensors: Number.POSITIVE_INFINITY,
  contractPrologue: 'affine',
  scatter: 'sequential',
  mergeLaunches: true,
  bytes: { f32: 4, f64: 8, i32: 4, bool: 1 },
};

export const tiledTarget: TargetTraits = {
  name: 'tiled',
  maxTensors: 8,
  contractPrologue: 'any',
  scatter: 'reduce',
  mergeLaunches: true,
  mergeIntoContractions: true,
  bytes: { f32: 4, f64: 8, i32: 4, bool: 4 },
};

/** Few tensors a kernel: fusion must cut expressions. */
export const narrowTarget: TargetTraits = { ...tiledTarget, name: 'narrow', maxTensors: 5, mergeLaunches: false };

export const targets: readonly TargetTraits[] = [affineTarget, tiledTarget, narrowTarget];

const stateRoles: readonly string[] = ['parameter', 'buffer', 'optimizer'];

export function runProgram(graph: Graph, program: LoweredProgram, inputs: ReadonlyMap<string, TensorData>): Map<string, TensorData> {
  const given = (role: (role: string) => boolean): [string, TensorData][] =>
    graph.inputs.filter((input) => role(input.role)).map(({ name }) => [name, copied(inputs.get(name)!)]);
  const rng = graph.inputs.find(({ role }) => role === 'rng');
  return interpretProgram(program, {
    arguments: given((role) => role === 'argument').map(([, tensor]) => tensor),
    state: new Map(given((role) => stateRoles.includes(role))),
    hyper: new Map(given((role) => role === 'hyper')),
    dims: bindDims(graph, inputs),
    ...(rng && { rng: inputs.get(rng.name)! }),
  });
}

function copied(tensor: TensorData): TensorData {
  return { ...inFloat64(tensor), data: inFloat64(tensor).data.slice() };
}

/** A program has one pair (seed, step), whatever the graph calls it. */
function withOneKey(graph: Graph, inputs: ReadonlyMap<string, TensorData>): ReadonlyMap<string, TensorData> {
  const keys = graph.inputs.filter(({ role }) => role === 'rng');
  return new Map([...inputs, ...keys.map(({ name }) => [name, inputs.get(keys[0]!.name)!] as const)]);
}

/** Throws with the kernels and the first difference when the lowered program does not compute what the graph says. */
export function expectSame(graph: Graph, given: ReadonlyMap<string, TensorData>, target: TargetTraits, tolerance = 1e-9): LoweredProgram {
  const inputs = withOneKey(graph, given);
  const expected = interpret(graph, inputs);
  const program = lowerGraph(graph, target);
  let actual: Map<string, TensorData>;
  try {
    actual = runProgram(graph, program, inputs);
  } catch (error) {
    throw new Error(`${(error as Error).message}\non ${target.name}:\n${printKernels(program)}`);
  }
  for (const [name, want] of expected) {
    const got = actual.get(name);
    const found = got === undefined ? 'is missing' : difference(got, want, { rtol: tolerance, atol: tolerance });
    if (found !== undefined) throw new Error(`${name}: ${found}\non ${target.name}:\n${printKernels(program)}`);
  }
  return program;
}
