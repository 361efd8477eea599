import type { CreateOptions } from 'kilnn/runtime';
import { openGpu } from '../../tests/helpers/gpu.js';

/**
 * Options of `create` for a device under Node. For webgpu the implementation is Dawn, from the npm package `webgpu`; where it
 * finds no GPU, Vulkan on the CPU (slow, but the same kernels).
 */
export async function deviceOptions(device: 'js' | 'wasm' | 'webgpu'): Promise<CreateOptions> {
  if (device !== 'webgpu') return { device };
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const gpu = create([]);
  return { device, gpu: (await gpu.requestAdapter()) === null ? await openGpu() : gpu };
}
