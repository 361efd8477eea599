/** `kilnn/runtime/webgpu`: the WebGPU device, imported by modules that are built with the webgpu target. */
export { webgpu } from './devices/webgpu.js';
