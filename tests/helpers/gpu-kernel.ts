import { emitWgsl } from '../../compiler/backends/wgsl/index.js';
import { evaluateDim } from '../../compiler/ir/dim.js';
import type { Kernel } from '../../compiler/kernel/kernel.js';
import { openGpu } from './gpu.js';

export type Elements = Float32Array | Int32Array | Uint8Array;

let device: Promise<GPUDevice> | undefined;

/** One device for the test file, with the default limits. Every validation error fails the run that caused it. */
export async function openDevice(): Promise<GPUDevice> {
  device ??= openGpu()
    .then((gpu) => gpu.requestAdapter())
    .then((adapter) => adapter!.requestDevice());
  return device;
}

/**
 * Prints a kernel as WGSL and runs it on a real WebGPU. `tensors` holds the contents of all tensors before (for those that are only written, what
 * the memory happens to hold); gives their contents after. Bools are bytes here and u32 there.
 */
export async function runWgslKernel(kernel: Kernel, tensors: readonly Elements[], dims: ReadonlyMap<string, number>): Promise<Elements[]> {
  const { source, sizes, groups, access } = emitWgsl(kernel);
  const gpu = await openDevice();
  gpu.pushErrorScope('validation');
  const pipeline = await pipelineOf(gpu, source);
  const buffers = tensors.map((elements) => createBuffer(gpu, elements, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC));
  const entries: GPUBindGroupEntry[] = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  if (sizes.length > 0) {
    const values = Int32Array.from(sizes, (size) => evaluateDim(size, dims));
    entries.push({ binding: buffers.length, resource: { buffer: createBuffer(gpu, values, GPUBufferUsage.UNIFORM) } });
  }
  // A layout made from the code has no place for bindings that the code never touches.
  const used = entries.filter(({ binding }) =>
    new RegExp(`\\b${nameOfBinding(source, binding)}\\b`).test(source.replace(/^@group.*$/gm, '')),
  );
  const encoder = gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: used }));
  const total = evaluateDim(groups![0], dims);
  const y = Math.ceil(total / 65535);
  if (total > 0) pass.dispatchWorkgroups(Math.ceil(total / y), y);
  pass.end();
  const staging = buffers.map((buffer, i) => {
    const copy = gpu.createBuffer({ size: buffer.size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
    if (access![i] === 'write') encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
    return copy;
  });
  gpu.queue.submit([encoder.finish()]);
  const error = await gpu.popErrorScope();
  if (error) throw new Error(`${error.message}\n${numbered(source)}`);
  const results = await Promise.all(tensors.map((before, i) => (access![i] === 'write' ? readBuffer(staging[i]!, before) : before)));
  for (const buffer of [...buffers, ...staging]) buffer.destroy();
  return results;
}

/** A CPU that plays GPU takes seconds to compile a kernel: one that runs with several sizes is compiled once. */
const pipelines = new Map<string, Promise<GPUComputePipeline>>();

function pipelineOf(gpu: GPUDevice, source: string): Promise<GPUComputePipeline> {
  const pipeline = pipelines.get(source) ?? compile(gpu, source);
  pipelines.set(source, pipeline);
  return pipeline;
}

async function compile(gpu: GPUDevice, source: string): Promise<GPUComputePipeline> {
  const module = gpu.createShaderModule({ code: source });
  const messages = (await module.getCompilationInfo()).messages.filter((message) => message.type === 'error');
  if (messages.length > 0) {
    throw new Error(`${messages.map(({ lineNum, message }) => `line ${lineNum}: ${message}`).join('\n')}\n${numbered(source)}`);
  }
  return gpu.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: 'main' } });
}

function nameOfBinding(source: string, binding: number): string {
  return new RegExp(`@binding\\(${binding}\\) var<[^>]*> (\\w+)`).exec(source)![1]!;
}

function createBuffer(gpu: GPUDevice, elements: Elements, usage: number): GPUBuffer {
  const words = elements instanceof Uint8Array ? Uint32Array.from(elements) : elements;
  const buffer = gpu.createBuffer({ size: Math.max(16, words.byteLength), usage: usage | GPUBufferUsage.COPY_DST });
  gpu.queue.writeBuffer(buffer, 0, words.buffer as ArrayBuffer, words.byteOffset, words.byteLength);
  return buffer;
}

async function readBuffer(staging: GPUBuffer, like: Elements): Promise<Elements> {
  await staging.mapAsync(GPUMapMode.READ);
  const bytes = staging.getMappedRange().slice(0, like.length * 4);
  if (like instanceof Float32Array) return new Float32Array(bytes);
  return like instanceof Int32Array ? new Int32Array(bytes) : Uint8Array.from(new Uint32Array(bytes));
}

export function numbered(source: string): string {
  return source
    .split('\n')
    .map((line, i) => `${String(i + 1).padStart(4)}  ${line}`)
    .join('\n');
}
