import { expect, test } from 'vitest';
import { adapterName, openGpu } from './gpu.js';

test('a real WebGPU adapter with the default limits', async () => {
  const gpu = await openGpu();
  const adapter = await gpu.requestAdapter();
  expect(adapter).not.toBeNull();
  expect(adapterName(adapter!)).not.toBe('');
  const device = await adapter!.requestDevice();
  expect(device.limits.maxStorageBuffersPerShaderStage).toBe(8);
  expect(device.limits.maxComputeWorkgroupStorageSize).toBe(16384);
  expect(device.limits.maxComputeInvocationsPerWorkgroup).toBe(256);
  device.destroy();
});
