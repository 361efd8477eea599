import { arrayTypes } from '../../array.js';
import { lostError, memoryError } from '../../errors.js';
import type { DType } from '../../program.js';
import type { TypedArray } from '../device.js';

const pageBytes = 65536;
/** Node's, which gives memory that nobody has filled with zeros: results of many elements are copied out in two thirds of the time. */
const { Buffer } = globalThis as { readonly Buffer?: { allocUnsafeSlow(bytes: number): { readonly buffer: ArrayBuffer } } };
const many = 8192;

/** The memory of one model. */
export class Heap {
  f32!: Float32Array;
  i32!: Int32Array;
  #live = true;

  constructor(readonly memory: WebAssembly.Memory) {
    this.#view();
  }

  /** Makes sure that there are so many bytes. Throws KN5010 when there is no room; what is there stays. */
  ensure(bytes: number): void {
    const more = Math.ceil((bytes - this.memory.buffer.byteLength) / pageBytes);
    if (more <= 0) return;
    try {
      this.memory.grow(more);
    } catch {
      throw memoryError(
        `${bytes} bytes of memory are needed, ${this.memory.buffer.byteLength} are there, and WebAssembly gives no more: take smaller batches`,
      );
    }
    this.#view();
  }

  /** Copies elements to an address; bools become words. */
  put(address: number, dtype: DType, data: TypedArray): void {
    const at = address / 4;
    if (dtype === 'f32') this.f32.set(data, at);
    else if (dtype === 'i32') this.i32.set(data, at);
    else for (let i = 0; i < data.length; i++) this.i32[at + i] = +(data[i] !== 0);
  }

  /** A copy of elements; bools are bytes. Throws KN5008 when the model was disposed of. */
  take(address: number, dtype: DType, length: number): TypedArray {
    if (!this.#live) throw lostError('this model was disposed of');
    const view = dtype === 'f32' ? this.f32 : this.i32;
    const own = view.subarray(address / 4, address / 4 + length);
    if (dtype === 'bool') return arrayTypes.bool.from(own);
    if (!Buffer || length < many) return own.slice();
    const copy = new arrayTypes[dtype](Buffer.allocUnsafeSlow(4 * length).buffer);
    copy.set(own);
    return copy;
  }

  /** Lets go of the memory. */
  release(): void {
    this.#live = false;
    this.f32 = new Float32Array();
    this.i32 = new Int32Array();
    (this as { memory?: unknown }).memory = undefined;
  }

  #view(): void {
    this.f32 = new Float32Array(this.memory.buffer);
    this.i32 = new Int32Array(this.memory.buffer);
  }
}

export function makeMemory(bytes: number, maximum: number, shared: boolean): WebAssembly.Memory {
  const initial = Math.max(1, Math.ceil(bytes / pageBytes));
  try {
    return new WebAssembly.Memory({ initial, maximum: Math.max(initial, maximum), shared });
  } catch {
    throw memoryError(`${bytes} bytes of memory are needed, and WebAssembly gives no more`);
  }
}

/** A tensor that lies in a model's memory: a parameter, a buffer or optimizer state. */
export class WasmMemory {
  constructor(
    readonly heap: Heap,
    readonly dtype: DType,
    readonly length: number,
    readonly address: number,
  ) {}
}
