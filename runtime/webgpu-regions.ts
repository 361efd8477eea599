/** `kilnn/runtime/webgpu-regions`: loops and branches on webgpu, imported by modules that have any. */
export { regions } from './devices/webgpu/regions.js';
