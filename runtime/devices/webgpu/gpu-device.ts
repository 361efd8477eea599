import { arrayTypes } from '../../array.js';
import { deviceError, KilnnError, lostError } from '../../errors.js';
import type { DType } from '../../program.js';
import type { Device, DeviceOptions, TypedArray } from '../device.js';

/** Values of GPUBufferUsage, GPUMapMode and GPUShaderStage: the globals are not there when a GPU object comes from elsewhere. */
export const usage = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128, computeStage: 4 } as const;

/** Elements of one tensor on the GPU; a bool takes a u32. A result is given back to the pool when nobody refers to it any more. */
export class GpuMemory {
  constructor(
    readonly dtype: DType,
    readonly length: number,
    /** Undefined when the elements are in `host`. */
    public buffer: GPUBuffer | undefined,
    /** The model whose state this is: its programs write here. */
    readonly owner?: object,
  ) {}
  /** Small results stay here once they have been read: their buffer is free for the next call's. */
  host?: TypedArray;
}

/** Results of up to so many elements are kept in ordinary memory once they have been read. */
const smallResult = 64;
/** Free buffers kept for each size. */
const freeKept = 8;

/** Bytes of a buffer for that many elements: bindings must not be empty, and few sizes make buffers easy to use again. */
export function bytesOf(length: number): number {
  return Math.max(256, Math.ceil(length / 64) * 256);
}

/** One GPU device and its memory: models on it share pipelines and can take each other's results. */
export class GpuDevice implements Device<GpuMemory> {
  readonly kind = 'webgpu';
  readonly #free = new Map<number, GPUBuffer[]>();
  readonly #staging: GPUBuffer[] = [];
  readonly #abandoned = new FinalizationRegistry<GPUBuffer>((buffer) => this.#release(buffer));
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();
  #lost: string | undefined;

  constructor(readonly gpu: GPUDevice) {
    gpu.lost.then(({ message, reason }) => {
      this.#lost = message || reason;
    });
  }

  /** Throws KN5008 when the device was lost. */
  check(): void {
    if (this.#lost !== undefined) throw lostError(`the WebGPU device was lost (${this.#lost}): create the model again`);
  }

  /** Looks for errors in what is done until `unwatch`, which tells them. Both in one turn of the queue: the device is shared. */
  watch(): void {
    for (const filter of ['validation', 'out-of-memory'] as const) this.gpu.pushErrorScope(filter);
  }

  unwatch(): Promise<GPUError | null>[] {
    return [this.gpu.popErrorScope(), this.gpu.popErrorScope()];
  }

  buffer(bytes: number, kind: number = usage.storage | usage.copySource | usage.copyTarget): GPUBuffer {
    return this.gpu.createBuffer({ size: bytes, usage: kind });
  }

  /** Memory for a result, from the pool if it has some of that size. Its contents are anything. */
  allocate(dtype: DType, length: number): GpuMemory {
    const memory = new GpuMemory(dtype, length, undefined);
    this.#lend(memory);
    return memory;
  }

  #lend(memory: GpuMemory): GPUBuffer {
    const bytes = bytesOf(memory.length);
    const buffer = this.#free.get(bytes)?.pop() ?? this.buffer(bytes);
    memory.buffer = buffer;
    this.#abandoned.register(memory, buffer, memory);
    return buffer;
  }

  /** The buffer of some memory, put back on the device if it is not there. */
  resident(memory: GpuMemory): GPUBuffer {
    if (memory.buffer) return memory.buffer;
    const buffer = this.#lend(memory);
    this.fill(buffer, memory.host!);
    delete memory.host;
    return buffer;
  }

  write(memory: GpuMemory, data: TypedArray): void {
    this.fill(this.resident(memory), data);
  }

  /** Writes elements to the start of a buffer; bools become u32. Takes a copy at once and happens after what was submitted before. */
  fill(buffer: GPUBuffer, data: TypedArray, offset = 0): void {
    const words = data instanceof Uint8Array ? Uint32Array.from(data) : data;
    this.gpu.queue.writeBuffer(buffer, offset, words.buffer as ArrayBuffer, words.byteOffset, words.byteLength);
  }

  /** One copy into memory that the host can map, for all memories together. */
  async read(memories: readonly GpuMemory[]): Promise<TypedArray[]> {
    this.check();
    const offsets: number[] = [];
    let bytes = 0;
    for (const { host, length } of memories) {
      offsets.push(bytes);
      if (!host) bytes += length * 4;
    }
    let mapped: ArrayBuffer | undefined;
    const staging = bytes > 0 ? this.#takeStaging(bytes) : undefined;
    if (staging) {
      const encoder = this.gpu.createCommandEncoder();
      memories.forEach(({ host, buffer, length }, i) => {
        if (!host && length > 0) encoder.copyBufferToBuffer(buffer!, 0, staging, offsets[i]!, length * 4);
      });
      this.gpu.queue.submit([encoder.finish()]);
      try {
        await staging.mapAsync(usage.mapRead, 0, bytes);
      } catch (error) {
        await Promise.resolve();
        this.check();
        throw lostError(`elements could not be read from the WebGPU device: ${(error as Error).message}`);
      }
      mapped = staging.getMappedRange(0, bytes).slice(0);
      staging.unmap();
      if (this.#staging.length < freeKept) this.#staging.push(staging);
      else staging.destroy();
    }
    return memories.map((memory, i) => {
      if (memory.host) return memory.host.slice();
      const data = fromDevice(memory, mapped ?? new ArrayBuffer(0), offsets[i]!);
      if (memory.length <= smallResult && this.#abandoned.unregister(memory)) {
        this.#release(memory.buffer!);
        memory.buffer = undefined;
        memory.host = data.slice();
      }
      return data;
    });
  }

  #takeStaging(bytes: number): GPUBuffer {
    const found = this.#staging.findIndex((buffer) => buffer.size >= bytes && buffer.size <= 4 * Math.max(bytes, 256));
    if (found >= 0) return this.#staging.splice(found, 1)[0]!;
    return this.buffer(bytesOf(bytes / 4), usage.mapRead | usage.copyTarget);
  }

  #release(buffer: GPUBuffer): void {
    const list = this.#free.get(buffer.size) ?? [];
    this.#free.set(buffer.size, list);
    if (list.length < freeKept) list.push(buffer);
    else buffer.destroy();
  }

  /** The layout of a kernel's bindings: `r` read, `w` written, `u` the sizes. */
  layout(access: string): GPUBindGroupLayout {
    let layout = this.#layouts.get(access);
    if (!layout) {
      const types = { r: 'read-only-storage', w: 'storage', u: 'uniform' } as const;
      const entries = Array.from(access, (letter, binding) => ({
        binding,
        visibility: usage.computeStage,
        buffer: { type: types[letter as keyof typeof types] },
      }));
      layout = this.gpu.createBindGroupLayout({ entries });
      this.#layouts.set(access, layout);
    }
    return layout;
  }

  /** The pipeline of a module, compiled once for each text. Rejects with KN5001 when the device does not take it. */
  pipeline(name: string, code: string, access: string): Promise<GPUComputePipeline> {
    let pipeline = this.#pipelines.get(code);
    if (!pipeline) {
      pipeline = this.#compile(name, code, access);
      this.#pipelines.set(code, pipeline);
    }
    return pipeline;
  }

  async #compile(label: string, code: string, access: string): Promise<GPUComputePipeline> {
    try {
      return await this.gpu.createComputePipelineAsync({
        label,
        layout: this.gpu.createPipelineLayout({ bindGroupLayouts: [this.layout(access)] }),
        compute: { module: this.gpu.createShaderModule({ label, code }) },
      });
    } catch (error) {
      throw deviceError(`the WebGPU device does not take the kernel ${label}: ${(error as Error).message}`);
    }
  }
}

function fromDevice({ dtype, length }: GpuMemory, mapped: ArrayBuffer, offset: number): TypedArray {
  if (dtype === 'bool') return Uint8Array.from(new Uint32Array(mapped, offset, length));
  return new arrayTypes[dtype](mapped.slice(offset, offset + length * 4));
}

const devices = new WeakMap<GPU, Promise<GpuDevice>>();

/** The device behind a GPU object, opened once; a lost one is opened anew. Rejects with KN5001 when there is none. */
export function openGpuDevice({ gpu: given, powerPreference }: DeviceOptions): Promise<GpuDevice> {
  const gpu = (given ?? globalThis.navigator?.gpu) as GPU | undefined;
  if (!gpu)
    return Promise.reject(
      deviceError(
        'WebGPU is not available here: there is no navigator.gpu (a secure page of a browser that has it, or the option gpu, is needed)',
      ),
    );
  let device = devices.get(gpu);
  if (!device) {
    device = requestDevice(gpu, powerPreference);
    devices.set(gpu, device);
    const forget = () => devices.delete(gpu);
    device.then((opened) => opened.gpu.lost.then(forget), forget);
  }
  return device;
}

/** Asks for the largest buffers that the adapter has; kernels themselves need the default limits only. */
async function requestDevice(gpu: GPU, powerPreference: GPUPowerPreference | undefined): Promise<GpuDevice> {
  const adapter = await gpu.requestAdapter(powerPreference ? { powerPreference } : {});
  if (!adapter) throw deviceError('WebGPU is not available here: the browser has no adapter for it');
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  try {
    return new GpuDevice(await adapter.requestDevice({ requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } }));
  } catch (error) {
    if (error instanceof KilnnError) throw error;
    throw deviceError(`WebGPU is not available here: ${(error as Error).message}`);
  }
}
