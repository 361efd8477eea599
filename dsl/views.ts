/**
 * Tensors that share memory. A view remembers its root, the tensor whose memory it shows, and the way there from the root's value.
 * A write through a view gives the root a new value; every view whose root holds another value than the one it was read from is read
 * again when it is used. So writes are functions of values, eagerly and in a graph, and need no memory of their own.
 */
import { gradientError, valueError } from './errors.js';
import { gradientsOn } from './gradient-mode.js';
import { eagerExecutor, type Handle, op } from './op.js';
import { Tensor } from './tensor.js';

/** Where the elements of a tensor lie in the memory of its root, counted in elements. */
export interface Layout {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/** One step from a tensor to what a view shows of it. */
export interface Link {
  readonly read: (source: Tensor) => Tensor;
  /** The source with `part` in the place of what the view shows. */
  readonly write: (source: Tensor, part: Tensor) => Tensor;
  readonly layout: (source: Layout) => Layout;
  /** Several elements of the view are one element of the source: what it is that makes them so. */
  readonly repeats?: string;
}

/** How a write through a view counts for gradients: as a computation, as a change that they do not follow, or not even as a change. */
type Tracking = 'followed' | 'detached' | 'unversioned';

/** What makes a tensor a view. */
export interface Alias {
  readonly root: Tensor;
  readonly links: readonly Link[];
  readonly tracking: Tracking;
  /** The value of the root that the view's own handle was read from. */
  readonly seen: Handle;
}

/** A view of `x`. */
export function viewOf(x: Tensor, link: Link, tracking: Tracking = 'followed'): Tensor {
  const { alias } = x;
  const root = alias === undefined ? x : alias.root;
  const shown = link.read(x);
  const links = alias === undefined ? [link] : [...alias.links, link];
  const view = new Tensor(shown.handle, shown.shape, shown.dtype);
  const held = eagerExecutor().held(root);
  view.alias = { root, links, tracking: stricter(tracking, alias), seen: held };
  eagerExecutor().noteShown(view, held, shown.handle);
  return view;
}

function stricter(tracking: Tracking, alias: Alias | undefined): Tracking {
  if (tracking === 'unversioned' || alias?.tracking === 'unversioned') return 'unversioned';
  if (tracking === 'detached' || alias?.tracking === 'detached' || !gradientsOn()) return 'detached';
  return 'followed';
}

/** The handle of what a tensor holds now: a view is read again where its root has been written since. */
export function currentHandle(x: Tensor): Handle {
  const { alias } = x;
  const executor = eagerExecutor();
  if (alias === undefined) return executor.held(x);
  const held = executor.held(alias.root);
  if (held === alias.seen) return x.handle;
  const known = executor.shown(x, held);
  if (known !== undefined) return known;
  // Whether a gradient flows through a view is settled when it is made, not where it is read.
  const { handle } = withGradients(alias.tracking === 'followed', () => last(valuesAlong(alias)));
  executor.noteShown(x, held, handle);
  return handle;
}

/** What a view would show if its root held the values of `root`. */
export function shownOf(view: Tensor, root: Tensor): Tensor {
  return view.alias === undefined ? root : last(valuesAlong({ ...view.alias, root }));
}

/** The value of the root, and of every view on the way to this one. */
function valuesAlong({ root, links }: Alias): Tensor[] {
  const values = [root];
  for (const link of links) values.push(link.read(last(values)));
  return values;
}

function last(values: readonly Tensor[]): Tensor {
  return values[values.length - 1]!;
}

function withGradients<T>(on: boolean, compute: () => T): T {
  const executor = eagerExecutor();
  const before = executor.gradientMode(on);
  try {
    return compute();
  } finally {
    executor.gradientMode(before);
  }
}

/** Refuses what PyTorch refuses to change in place. */
export function checkWritable(x: Tensor): void {
  const { alias } = x;
  if (gradientsOn()) {
    const hint = 'wrap the change: noGrad(() => { ... })';
    if (x.requiresGrad) throw gradientError('a tensor that requires a gradient cannot be changed in place', hint);
    if (alias?.tracking === 'followed' && alias.root.requiresGrad) {
      throw gradientError('a view of a tensor that requires a gradient cannot be changed in place', hint);
    }
  }
  for (const { repeats } of alias?.links ?? []) {
    if (repeats !== undefined) {
      throw valueError(`${repeats} cannot be changed in place: several of its elements are one element in memory`, 'clone() it first');
    }
  }
}

/** Puts `value`, a tensor of its own with the shape and dtype of `x`, in the place of what `x` holds, for all tensors that share it. */
export function overwrite(x: Tensor, value: Tensor): void {
  const { alias } = x;
  const executor = eagerExecutor();
  const root = alias === undefined ? x : alias.root;
  const tracking = alias === undefined ? 'followed' : alias.tracking;
  const followed = tracking === 'followed' && gradientsOn();
  const before = executor.held(root);
  const after = alias === undefined ? value : withGradients(followed, () => throughLinks(alias, value));
  // Nothing of the root was shown: nothing is written.
  if (after.handle === before) return;
  const next = executor.written(before, after.handle, { followed, counted: tracking !== 'unversioned' });
  if (!executor.writeAlternatives(root, next)) root.handle = next;
  if (alias !== undefined && followed) executor.noteShown(x, next, value.handle);
}

/** The value of the root that makes its view show `value`. */
function throughLinks({ root, links, ...alias }: Alias, value: Tensor): Tensor {
  const start = new Tensor(eagerExecutor().held(root), root.shape, root.dtype);
  const sources = valuesAlong({ root: start, links: links.slice(0, -1), ...alias });
  let part = value;
  for (let at = links.length - 1; at >= 0; at--) part = links[at]!.write(sources[at]!, part);
  return part;
}

/** A tensor of its own with the same values. */
export function copyOf(x: Tensor): Tensor {
  return op('reshape', [x], { shape: x.shape });
}

/** A result that must not be the tensor that it was made of. */
export function ownCopy(result: Tensor, x: Tensor): Tensor {
  return result === x ? copyOf(x) : result;
}

/** The values as a tensor of its own, outside the gradient. */
export function withoutGradient(x: Tensor): Tensor {
  return op('stopGradient', [x]);
}

const unchanged: Omit<Link, 'read'> = { write: (_, part) => part, layout: (source) => source };

/** The same memory, outside the gradient. */
export function detach(x: Tensor): Tensor {
  return viewOf(x, { ...unchanged, read: withoutGradient }, 'detached');
}

/** As detach, but gradients take no notice of what is written through it, as with PyTorch's `.data`. */
export function variableData(x: Tensor): Tensor {
  return viewOf(x, { ...unchanged, read: withoutGradient }, 'unversioned');
}

/** The layout of a tensor that has memory of its own. */
function ownLayout(shape: readonly number[]): Layout {
  const strides: number[] = [];
  let size = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides.unshift(size);
    // As in PyTorch, the strides around a dim of size 0 are those of size 1.
    if (shape[axis] !== 0) size = size * shape[axis]!;
  }
  return { shape, strides, offset: 0 };
}

/** Where the elements of a tensor lie, in the memory of the tensor that it is a view of or else in its own. */
export function layoutOf(x: Tensor): Layout {
  const { alias } = x;
  if (alias === undefined) return ownLayout(x.shape);
  let layout = ownLayout(alias.root.shape);
  for (const link of alias.links) layout = link.layout(layout);
  return layout;
}

/** Whether the elements lie one after the other in row-major order. */
export function isContiguous(x: Tensor): boolean {
  if (x.alias === undefined || x.shape.includes(0)) return true;
  const { shape, strides } = layoutOf(x);
  const wanted = ownLayout(shape).strides;
  return strides.every((stride, axis) => shape[axis] === 1 || stride === wanted[axis]);
}

/**
 * The strides of the same memory under another shape; undefined where that would take a copy. Where sizes of named dims leave it open,
 * it counts as taking one. The rule of https://pytorch.org/docs/stable/generated/torch.Tensor.view.html
 */
export function stridesAs({ shape: from, strides }: Layout, to: readonly number[]): readonly number[] | undefined {
  if (from.includes(0) || to.includes(0) || from.length === 0) return ownLayout(to).strides;
  const result: number[] = [];
  let next = to.length - 1;
  let size = 1;
  let step = strides[from.length - 1]!;
  for (let axis = from.length - 1; axis >= 0; axis--) {
    size = size * from[axis]!;
    const goesOn = axis > 0 && (from[axis - 1] === 1 || strides[axis - 1] === size * step);
    if (goesOn) continue;
    // The dims of `from` down to here lie one after the other; dims of `to` must fill them.
    let filled = 1;
    while (next >= 0 && (filled !== size || to[next] === 1)) {
      result.unshift(filled * step);
      filled = filled * to[next]!;
      next--;
    }
    if (filled !== size) return undefined;
    size = 1;
    if (axis > 0) step = strides[axis - 1]!;
  }
  return next < 0 ? result : undefined;
}
