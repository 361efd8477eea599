import type { BufferSpec, Launch, Program, WgslKernel } from '../../program.js';
import type { GpuDevice } from './gpu-device.js';

/** A launch with its pipeline: what does not depend on sizes. */
export interface Step {
  readonly launch: Launch;
  readonly layout: GPUBindGroupLayout;
  readonly pipeline: GPUComputePipeline;
}

/** Compiles the kernel of a launch, with the access that its bindings have in this place. */
export async function makeStep(device: GpuDevice, program: Program, launch: Launch, kernel: WgslKernel): Promise<Step> {
  const homes = launch.buffers.map((buffer) => homeOf(program.buffers[buffer]!, buffer));
  const bindings = /(<storage,\s*read)(_write)?/g;
  const declared = [...kernel.matchAll(bindings)];
  const written = new Set(homes.filter((_, i) => declared[i]![2]));
  let access = '';
  const code = kernel.replace(bindings, (_, read: string) => {
    const writes = written.has(homes[access.length]!);
    // A buffer of which one part is written may not be bound for reading only in the same dispatch.
    access += writes ? 'w' : 'r';
    return writes ? `${read}_write` : read;
  });
  if (launch.sizes.length > 0) access += 'u';
  return { launch, layout: device.layout(access), pipeline: await device.pipeline(launch.kernel, code, access) };
}

/** What buffer on the device a program's buffer lies in: all of the arena is one. */
function homeOf({ place, index, name }: BufferSpec, buffer: number): string {
  if (place === 'arena' || place === 'rng' || place === 'hyper') return place;
  return place === 'result' || place === 'tape' ? `${place} ${buffer}` : `${place} ${name ?? index}`;
}
