import { addDims, type Dim } from '../../ir/dim.js';
import type { Kernel, Part } from '../../kernel/kernel.js';
import type { TargetTraits } from '../../kernel/target.js';
import type { Backend, EmittedKernel } from '../backend.js';
import { Body } from './body.js';
import { compactWgsl } from './compact.js';
import { launchContract, preferredWidth } from './contract.js';
import type { Launch } from './launch.js';
import { launchLine } from './line.js';
import { ModuleWriter } from './module.js';
import { launchRows } from './rows.js';

/** What lowering must know of WebGPU's default limits. */
export const wgslTraits: TargetTraits = {
  name: 'webgpu',
  maxTensors: 8,
  contractPrologue: 'any',
  scatter: 'reduce',
  mergeLaunches: true,
  mergeIntoContractions: true,
  bytes: { f32: 4, f64: 8, i32: 4, bool: 4 },
  alignment: 256,
};

/**
 * Prints a kernel as a WGSL module that runs under WebGPU's default limits. Its entry point is `main`; tensors are bindings 0.. of
 * group 0; the sizes are a uniform of i32 after them, which is not there when there are none. Workgroups are counted along x:
 * whoever dispatches folds what exceeds 65535 into y.
 */
export function emitWgsl(kernel: Kernel): EmittedKernel {
  const module = new ModuleWriter(kernel);
  const width = Math.max(64, ...kernel.parts.map(partWidth));
  const launches = kernel.parts.map((part) => launchPart(module, part, width));
  const total = launches.reduce<Dim>((sum, launch) => addDims(sum, launch.groups), 0);
  const main = mainFunction(module, kernel.parts, launches, width, total);
  return {
    source: module.text(main),
    access: kernel.tensors.map((tensor) => (tensor.access === 'read' ? 'read' : 'write')),
    sizes: module.sizeDims(),
    groups: [total, 1, 1],
  };
}

export const wgslBackend: Backend = {
  target: 'webgpu',
  language: 'wgsl',
  traits: wgslTraits,
  guarded: false,
  emit: emitWgsl,
  compact: compactWgsl,
};

function partWidth(part: Part): number {
  return part.kind === 'contract' ? preferredWidth(part) : part.kind === 'rows' && part.inner.length > 0 ? 256 : 64;
}

function launchPart(module: ModuleWriter, part: Part, width: number): Launch {
  if (part.kind === 'rows') return launchRows(module, part, width);
  if (part.kind === 'contract') return launchContract(module, part, width);
  if (part.kind === 'line') return launchLine(module, part, width);
  throw new Error(
    `kernel '${module.kernel.name}' has a sequential scatter, which the wgsl target does not take: its traits ask for a reduction`,
  );
}

/** The most workgroups that a dispatch may have in one dimension. */
const maxGroups = 65535;

function mainFunction(module: ModuleWriter, parts: readonly Part[], launches: readonly Launch[], width: number, total: Dim): string {
  const stored = new Set(module.kernel.tensors.flatMap((tensor, i) => (tensor.access === 'read' ? [] : [i])));
  const lines: string[] = [];
  const folded = !(typeof total === 'number' && total <= maxGroups);
  const grid = folded ? '@builtin(num_workgroups) grid: vec3<u32>, ' : '';
  const signature = `@builtin(workgroup_id) workgroup: vec3<u32>, ${grid}@builtin(local_invocation_index) lane_index: u32`;
  lines.push('let lane = i32(lane_index);');
  lines.push(`let ${launches.length === 1 ? 'group' : 'global_group'} = i32(workgroup.x${folded ? ' + workgroup.y * grid.x' : ''});`);
  if (launches.length === 1) {
    // A grid that was folded into two dimensions may be larger than what there is to do.
    if (folded) lines.push(`if (group >= ${module.size(total).text}) { return; }`);
    lines.push(...bodyOf(module, launches[0]!, stored));
  } else {
    let start: Dim = 0;
    for (const [i, launch] of launches.entries()) {
      const name = module.names.unique(`part_${i}`);
      const body = bodyOf(module, launch, stored);
      module.addFunction(`fn ${name}(group: i32, lane: i32) {\n${body.map((line) => `  ${line}`).join('\n')}\n}`);
      const end = addDims(start, launch.groups);
      const offset = start === 0 ? '' : ` - ${module.size(start).text}`;
      lines.push(`${i === 0 ? '' : '} else '}if (global_group < ${module.size(end).text}) {`, `  ${name}(global_group${offset}, lane);`);
      if (i === parts.length - 1) lines.push('}');
      start = end;
    }
  }
  const text = lines.map((line) => `  ${line}`).join('\n');
  return `@compute @workgroup_size(${width})\nfn main(${signature}) {\n${text}\n}`;
}

function bodyOf(module: ModuleWriter, launch: Launch, stored: ReadonlySet<number>): readonly string[] {
  const body = new Body(module, stored);
  for (const name of ['group', 'lane']) body.names.unique(name);
  launch.enter(body);
  launch.print(body);
  return body.unindentedLines();
}
