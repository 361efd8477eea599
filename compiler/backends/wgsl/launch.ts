import { addDims, type Dim, floorDivDims } from '../../ir/dim.js';
import type { Body } from './body.js';

/** How a part of a kernel is laid over workgroups, chosen before it is printed. */
export interface Launch {
  /** Number of workgroups that the part takes. */
  readonly groups: Dim;
  /** Writes the statements; `group` (the number of the workgroup within the part) and `lane` are in scope as i32. */
  print(body: Body): void;
  /** Enters every expression that `print` uses. */
  enter(body: Body): void;
}

/** `ceil(dim / by)`. */
export function ceilDiv(dim: Dim, by: number): Dim {
  return floorDivDims(addDims(dim, by - 1), by);
}

export function nextPowerOfTwo(value: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, value)));
}
