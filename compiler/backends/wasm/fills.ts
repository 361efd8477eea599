import { type Dim, dimText } from '../../ir/dim.js';
import { indicesOf } from '../../kernel/expressions.js';
import { affineForm } from '../../kernel/index-math.js';
import type { Kernel, Part } from '../../kernel/kernel.js';
import { bestLanes } from './lane-choice.js';
import { mergeAxes } from './loops.js';
import { isStore, stepRoots } from './nest.js';

/**
 * Whether parts that run one after the other can be shared all the same: each stores constants (the borders of a padded tensor), and a
 * turn of its outermost loop stores in a stretch of the tensor of its own, the same for all parts. A thread that runs some turns of
 * every part is then the only one to write there.
 */
export function areSharedFills({ parts }: Kernel): boolean {
  const stretches = parts.map(stretchOf);
  const [first] = stretches;
  return first !== undefined && stretches.every((other) => other !== undefined && key(other) === key(first));
}

interface Stretch {
  readonly tensor: number;
  /** Elements of a turn. */
  readonly length: number;
  readonly turns: Dim;
}

const key = ({ tensor, length, turns }: Stretch): string => `${tensor} ${length} ${dimText(turns)}`;

function stretchOf(part: Part): Stretch | undefined {
  if (part.kind !== 'rows' || part.steps.length !== 1) return undefined;
  const [step] = part.steps;
  if (!isStore(step!) || step.kind !== 'storeRow' || step.value.kind !== 'constant') return undefined;
  const roots = stepRoots(step);
  const loops = mergeAxes(part.rows, indicesOf(roots));
  const [outermost] = loops;
  const form = affineForm(step.index);
  // Threads share the outermost loop unless lanes lie along it.
  if (outermost === undefined || form === undefined || bestLanes(loops, roots, [step]) === outermost) return undefined;
  const length = form.strides.get(outermost.axes.at(-1)!);
  let [least, most] = [form.offset, form.offset];
  for (const axis of loops.slice(1).flatMap(({ axes }) => axes)) {
    const reach = form.strides.get(axis) ?? 0;
    if (typeof reach !== 'number' || typeof axis.size !== 'number' || typeof least !== 'number' || typeof most !== 'number')
      return undefined;
    const last = reach * Math.max(0, axis.size - 1);
    least += Math.min(0, last);
    most += Math.max(0, last);
  }
  if (typeof length !== 'number' || typeof least !== 'number' || typeof most !== 'number') return undefined;
  return least >= 0 && most < length ? { tensor: step.tensor, length, turns: outermost.size } : undefined;
}
