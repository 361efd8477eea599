import type { DType } from '../ir/types.js';

/** What the target-independent lowering must know of a target. Each backend exports its own. */
export interface TargetTraits {
  readonly name: string;
  /** The most distinct buffers that one kernel may touch (WebGPU's default limit is 8), or Infinity. */
  readonly maxTensors: number;
  /**
   * `affine`: both operands of a ContractPart are plain loads at indices that are linear in the axes; whatever is not is computed
   * into memory before. `any`: operands may be expressions (guards, gathered indices, cheap arithmetic), evaluated when tiles are loaded.
   */
  readonly contractPrologue: 'any' | 'affine';
  /** `sequential`: ScatterParts are allowed. `reduce`: scatterAdd becomes a reduction over the updates (no float atomics). */
  readonly scatter: 'sequential' | 'reduce';
  /** Whether independent parts are merged into one kernel. */
  readonly mergeLaunches: boolean;
  /** Whether a part of one row (one workgroup's work) may join the launch of a contraction, too: where a launch costs more than it. */
  readonly mergeIntoContractions?: boolean;
  /** Bytes an element takes in the target's memory (a bool: 1 in js, 4 on webgpu). */
  readonly bytes: Readonly<Record<DType, number>>;
  /** Tensors in the arena begin at multiples of so many bytes; 64 unless given. */
  readonly alignment?: number;
}
