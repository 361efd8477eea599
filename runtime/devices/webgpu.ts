import type { TargetSpec, WgslKernel } from '../program.js';
import type { Target } from './device.js';
import { GpuExecutor } from './webgpu/executor.js';
import { openGpuDevice } from './webgpu/gpu-device.js';
import type { RegionSupport } from './webgpu/regions.js';

/** The webgpu target of a built module: plans and kernels as WGSL, and what runs loops and branches when a program has any. */
export function webgpu(target: TargetSpec<WgslKernel>, regions?: RegionSupport): Target {
  return {
    kind: 'webgpu',
    programs: target.programs,
    open: async (model, options) => new GpuExecutor(await openGpuDevice(options), model, target, regions),
  };
}
