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
  const written = new Set(homes.filter((_, i) => kernel.access[i] === 'write'));
  let { code } = kernel;
  let access = '';
  homes.forEach((home, i) => {
    const writes = written.has(home);
    // A buffer of which one part is written may not be bound for reading only in the same dispatch.
    if (writes) code = code.replace(`@binding(${i}) var<storage, read>`, `@binding(${i}) var<storage, read_write>`);
    access += writes ? 'w' : 'r';
  });
  if (launch.sizes.length > 0) access += 'u';
  return { launch, layout: device.layout(access), pipeline: await device.pipeline(launch.kernel, code, access) };
}

/** What buffer on the device a program's buffer lies in: all of the arena is one. */
function homeOf({ place, index, name }: BufferSpec, buffer: number): string {
  if (place === 'arena' || place === 'rng' || place === 'hyper') return place;
  return place === 'result' || place === 'tape' ? `${place} ${buffer}` : `${place} ${name ?? index}`;
}
