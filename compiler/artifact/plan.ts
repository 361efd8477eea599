import type { BufferSpec, ConstantSpec, ModelSpec, Program, ResultShape, StateSpec, Step } from '../../runtime/program.js';
import type { Backend, EmittedKernel, Linker } from '../backends/backend.js';
import type { EvaluatedModel } from '../frontend/evaluated-model.js';
import type { Span } from '../ir/graph.js';
import type { Kernel } from '../kernel/kernel.js';
import type { LoweredBuffer, LoweredProgram, LoweredStep, LoweredTensor, ProgramChecks } from '../kernel/program.js';
import type { TensorData } from '../ops/op.js';
import { deviceType, sizeLiteral } from './size.js';

/** What the artifact needs of a model's compilation for one target. */
export interface ModuleTarget {
  readonly backend: Pick<Backend, 'target' | 'linker' | 'compact'>;
  readonly programs: readonly LoweredProgram[];
  readonly kernels: ReadonlyMap<Kernel, EmittedKernel>;
}

/** A target's plan: programs as the runtime reads them, and every kernel that they launch under the name that they use. */
export interface TargetPlan {
  readonly target: string;
  readonly programs: readonly Program[];
  readonly kernels: ReadonlyMap<string, EmittedKernel>;
  readonly linker: Linker | undefined;
  readonly compact?: Backend['compact'];
}

/** Constants of a module, each kept once whichever programs and targets use it. */
export class ConstantPool {
  readonly constants: ConstantSpec[] = [];
  private readonly known = new Map<string, number>();

  /** The index of the constant. */
  add(tensor: TensorData): number {
    const dtype = deviceType(tensor.dtype);
    const data = base64Of(tensor);
    const key = `${dtype}:${data}`;
    const found = this.known.get(key);
    if (found !== undefined) return found;
    this.known.set(key, this.constants.length);
    this.constants.push({ dtype, shape: tensor.shape, data });
    return this.constants.length - 1;
  }
}

function base64Of({ dtype, data }: TensorData): string {
  const type = dtype === 'bool' ? Uint8Array : dtype === 'i32' ? Int32Array : Float32Array;
  const elements = data instanceof type ? data : type.from(data);
  return Buffer.from(elements.buffer, elements.byteOffset, elements.byteLength).toString('base64');
}

/** All of a model's plan that no target is part of. `frozen` names state that is constant: it is not part of the module's state. */
export function modelSpec(model: EvaluatedModel, constants: readonly ConstantSpec[], frozen: ReadonlyMap<string, TensorData>): ModelSpec {
  const state = model.state
    .filter(({ name, alias }) => !frozen.has(alias ?? name))
    .map((entry): StateSpec => {
      const { name, kind, alias } = entry;
      return {
        name,
        kind,
        ...spec(entry.type),
        ...(kind === 'parameter' && { requiresGrad: entry.requiresGrad }),
        ...(alias !== undefined && { alias }),
        ...(!entry.persistent && { persistent: false }),
      };
    });
  const optimizer = (model.optimizer?.state ?? []).map(({ name, type, initial }): StateSpec => {
    return { name, kind: 'optimizer', ...spec(type), ...(initial !== 0 && { initial }) };
  });
  return {
    name: model.name,
    version: 1,
    state: [...state, ...optimizer],
    hyper: model.optimizer?.hyper ?? {},
    constants,
    entries: model.entries.map(({ name }) => name),
    losses: model.entries.filter(({ kind }) => kind === 'loss').map(({ name }) => name),
  };
}

function spec({ dtype, shape }: Pick<LoweredTensor, 'dtype' | 'shape'>): Pick<StateSpec, 'dtype' | 'shape'> {
  return { dtype: deviceType(dtype), shape: shape.map(sizeLiteral) };
}

/** Names a place of the source in messages: `mlp.ts:12`. */
export type SourcePlace = (span: Span) => string;

/** The plan of one target; without `place` messages name the program. Equal kernels are one, also across programs. */
export function targetPlan(
  model: EvaluatedModel,
  { backend, programs, kernels }: ModuleTarget,
  pool: ConstantPool,
  frozen: ReadonlyMap<string, TensorData>,
  options: { readonly place?: SourcePlace } = {},
): TargetPlan {
  const names = new KernelNames();
  const owners = new Map(model.state.map(({ name, alias }) => [name, alias ?? name]));
  const plan = programs.map((program): Program => {
    const place = (buffer: LoweredBuffer): BufferSpec => {
      const name = buffer.name === undefined ? undefined : (owners.get(buffer.name) ?? buffer.name);
      const constant = buffer.place === 'state' ? frozen.get(name!) : program.constants[buffer.place === 'constant' ? buffer.index! : -1];
      const where = constant
        ? { place: 'constant' as const, index: pool.add(constant) }
        : {
            place: buffer.place,
            ...(buffer.index !== undefined && { index: buffer.index }),
            ...(buffer.live && { live: buffer.live }),
            ...(name !== undefined && (buffer.place === 'state' || buffer.place === 'hyper') && { name }),
          };
      return { ...where, dtype: deviceType(buffer.dtype), size: sizeLiteral(buffer.size) };
    };
    const stepOf = (step: LoweredStep): Step => {
      if ('if' in step) return { if: step.if, body: step.body.map(stepOf), else: step.else.map(stepOf) };
      if ('while' in step) {
        const { body, limit, span, tapes, trips, ...rest } = step;
        const growing = step.turns === undefined ? [] : tapes.map(({ buffer }) => buffer);
        const where = span && options.place ? options.place(span) : program.name;
        return {
          ...rest,
          body: body.map(stepOf),
          limit,
          where,
          ...(growing.length > 0 && { tapes: growing }),
          ...(trips !== undefined && { trips: sizeLiteral(trips) }),
        };
      }
      const { kernel, buffers } = step;
      const emitted = kernels.get(kernel);
      if (!emitted) throw new Error(`the kernel '${kernel.name}' of ${program.name} was not emitted for ${backend.target}`);
      const { sizes, grains, work = 0, groups } = emitted;
      return {
        kernel: names.nameOf(kernel.name, emitted),
        buffers,
        sizes: sizes.map(sizeLiteral),
        ...(grains !== undefined && { split: [sizeLiteral(grains), sizeLiteral(work)] as const }),
        ...(groups && { groups: [sizeLiteral(groups[0]), sizeLiteral(groups[1]), sizeLiteral(groups[2])] as const }),
      };
    };
    return {
      name: program.name,
      dims: program.dims,
      arguments: program.arguments.map((tensor) => ({ name: tensor.name, ...spec(tensor) })),
      ...checksLiteral(program.checks),
      buffers: program.buffers.map(place),
      launches: program.launches.map(stepOf),
      outputs: program.outputs.map(({ name, role, buffer, ...tensor }) => {
        return { name: role === 'state' ? (owners.get(name) ?? name) : name, role, ...spec(tensor), buffer };
      }),
      result: resultOf(model, program.name),
    };
  });
  return {
    target: backend.target,
    programs: plan,
    kernels: names.kernels,
    linker: backend.linker,
    ...(backend.compact && { compact: backend.compact }),
  };
}

function checksLiteral(checks: ProgramChecks | undefined): Pick<Program, 'requires' | 'guard' | 'positions'> {
  const { sizes = [], guard, positions } = checks ?? {};
  return {
    ...(sizes.length > 0 && { requires: sizes.map(({ size, least, text }) => ({ size: sizeLiteral(size), least, text })) }),
    ...(guard !== undefined && { guard }),
    ...(positions && { positions: positions.map(({ size, ...rest }) => ({ size: sizeLiteral(size), ...rest })) }),
  };
}

/** `gradients.objective` and `train.objective` have the results of `objective`. */
function resultOf(model: EvaluatedModel, program: string): ResultShape {
  const entry = program.slice(program.indexOf('.') + 1);
  return model.entries.find(({ name }) => name === entry)?.result ?? {};
}

/** Gives kernels of different text different names. */
class KernelNames {
  readonly kernels = new Map<string, EmittedKernel>();
  private readonly byText = new Map<string, string>();

  nameOf(wanted: string, emitted: EmittedKernel): string {
    const text = JSON.stringify([emitted.source.replace(/^(function\s+|\(func \$)[^\s()]+/, '$1'), emitted.access]);
    const known = this.byText.get(text);
    if (known !== undefined) return known;
    const base = wanted.replace(/\W/g, '_');
    let name = base;
    for (let i = 2; this.kernels.has(name); i++) name = `${base}_${i}`;
    this.kernels.set(name, emitted);
    this.byText.set(text, name);
    return name;
  }
}
