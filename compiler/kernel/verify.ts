/** Checks of lowered programs: what a backend may rely on. A failure is a mistake of the compiler. */
import { lowerBound, subDims } from '../ir/dim.js';
import type { Axis, IndexExpr, ScalarExpr } from './expr.js';
import { affineForm, areApart, linearForm, provablyNonNegative, rangeOf } from './index-math.js';
import type { Kernel, Part, Store } from './kernel.js';
import { axesOf, expressionsOf, indicesOf, storesOf } from './part.js';
import { printKernel } from './print.js';
import { type LoweredProgram, launchesIn } from './program.js';
import { sharedParts, visitScalar } from './scalar.js';
import type { TargetTraits } from './target.js';

export function verifyProgram(program: LoweredProgram, target: TargetTraits): void {
  for (const { kernel, buffers } of launchesIn(program.launches)) {
    verifyKernel(kernel, target);
    if (buffers.length !== kernel.tensors.length)
      throw new Error(`${kernel.name} takes ${kernel.tensors.length} tensors, given ${buffers.length}`);
    if (new Set(buffers).size !== buffers.length) throw new Error(`${kernel.name} is given one buffer under two names`);
    kernel.tensors.forEach((tensor, i) => {
      const buffer = program.buffers[buffers[i]!];
      if (!buffer || buffer.dtype !== tensor.dtype) throw new Error(`${kernel.name}: tensor ${i} has no buffer of its dtype`);
      if ((buffer.place === 'argument' || buffer.place === 'constant') && tensor.access !== 'read')
        throw new Error(`${kernel.name} writes an ${buffer.place}`);
    });
  }
}

/** Tensors and axes that are mentioned exist, reads and writes are as declared, indices lie inside where ranges can tell. */
export function verifyKernel(kernel: Kernel, target: TargetTraits): void {
  const fail = (message: string): never => {
    throw new Error(`${message}\n${printKernel(kernel)}`);
  };
  if (kernel.tensors.length > target.maxTensors) fail(`a kernel of ${target.name} has at most ${target.maxTensors} tensors`);
  const written = new Map<number, Part>();
  for (const part of kernel.parts) {
    verifyPart(kernel, part, target, fail);
    for (const { tensor } of storesOf(part)) {
      // Parts may fill one tensor together.
      const before = written.get(tensor);
      if (before && !(before === part ? areParts(part, tensor) : kernel.tensors[tensor]!.access === 'write'))
        fail(`tensor ${tensor} is written twice`);
      written.set(tensor, part);
    }
  }
  for (const part of kernel.parts) {
    for (const { tensor } of loadsOf(part)) {
      if (written.has(tensor) && written.get(tensor) !== part) fail(`a part reads tensor ${tensor}, which another part writes`);
    }
  }
}

/** Whether a part's stores to the tensor lie apart from each other at every turn. */
function areParts(part: Part, tensor: number): boolean {
  const at = storesOf(part).filter((store) => store.tensor === tensor);
  return at.every(({ index }, i) => at.slice(i + 1).every((other) => areApart(index, other.index)));
}

type Load = Extract<ScalarExpr, { kind: 'load' }>;

function loadsOf(part: Part): Load[] {
  const loads: Load[] = [];
  const seen = new Set<ScalarExpr>();
  for (const expr of expressionsOf(part)) {
    visitScalar(
      expr,
      (inner) => {
        if (inner.kind === 'load') loads.push(inner);
      },
      seen,
    );
  }
  return loads;
}

function verifyPart(kernel: Kernel, part: Part, target: TargetTraits, fail: (message: string) => never): void {
  const axes = new Set(axesOf(part));
  for (const index of indicesOf(part)) visitAxes(index, (axis) => axes.has(axis) || fail(`the axis ${axis.name} is not of its part`));
  if (part.kind === 'rows') {
    const locals = new Set<string>();
    let storing = false;
    for (const step of part.steps) {
      verifyLocals(step.value, locals, fail);
      if (step.kind === 'storeRow' || step.kind === 'storeElement') storing = true;
      else if (storing) fail('a reduction comes after a store');
      else locals.add(step.name);
    }
  }
  if (part.kind === 'contract') {
    for (const operand of [part.a, part.b]) {
      verifyLocals(operand, new Set(), fail);
      if (target.contractPrologue === 'affine' && !(operand.kind === 'load' && affineForm(operand.index)))
        fail('an operand is not an affine load');
    }
    refuseAxes(part.a, new Set(part.n), fail);
    refuseAxes(part.b, new Set(part.m), fail);
    for (const store of part.stores) verifyLocals(store.value, new Set(['acc']), fail);
  }
  if (part.kind === 'line') verifyLocals(part.value, new Set(), fail);
  if (part.kind === 'scatter' && target.scatter !== 'sequential') fail(`${target.name} has no scatter`);
  for (const load of loadsOf(part)) {
    const tensor = kernel.tensors[load.tensor];
    if (!tensor || tensor.access === 'write' || tensor.dtype !== load.dtype)
      fail(`tensor ${load.tensor} is not one to read as ${load.dtype}`);
  }
  for (const store of storesOf(part)) {
    const tensor = kernel.tensors[store.tensor]!;
    if (!kernel.tensors[store.tensor] || tensor.access === 'read' || tensor.dtype !== store.value.dtype)
      fail(`tensor ${store.tensor} is not one to write`);
    if (part.kind === 'scatter') continue;
    const { low, high } = rangeOf(store.index);
    const inside =
      low !== undefined && high !== undefined && lowerBound(low) >= 0 && lowerBound(subDims(subDims(tensor.size, 1), high)) >= 0;
    if (!inside && affineForm(store.index) && !divides(store.index)) fail(`a store may lie outside of ${tensor.name}`);
  }
  verifyStoreOrder(kernel, part, fail);
  verifyUnguardedLoads(kernel, part, fail);
}

/** Nothing is read after it was written over, but in operations that an earlier store of the point has computed. */
function verifyStoreOrder(kernel: Kernel, part: Part, fail: (message: string) => never): void {
  const stores: readonly Store[] =
    part.kind === 'contract' ? part.stores : part.kind === 'rows' ? part.steps.filter((step) => step.kind === 'storeRow') : [];
  const written = new Set<number>();
  const known = new Set<ScalarExpr>();
  for (const store of stores) {
    visitScalar(
      store.value,
      (expr) => {
        if (expr.kind === 'load' && written.has(expr.tensor))
          fail(`${kernel.tensors[expr.tensor]!.name} is read after it was written over`);
      },
      new Set(known),
    );
    written.add(store.tensor);
    sharedParts(store.value, known);
  }
}

/** Quotients of sizes have no ranges: what they take part in is not decided here. */
function divides(index: IndexExpr): boolean {
  const dims = [linearForm(index).constant, ...linearForm(index).terms.map(({ coefficient }) => coefficient)];
  const sizes = linearForm(index).terms.flatMap(({ atom }) => (atom.kind === 'axis' ? [atom.axis.size] : []));
  return [...dims, ...sizes].some((dim) => typeof dim !== 'number' && /floordiv|mod|-/.test(dim.key));
}

/** A load that no guard protects must not provably lie outside, nor begin below zero where that is known. */
function verifyUnguardedLoads(kernel: Kernel, part: Part, fail: (message: string) => never): void {
  const seen = new Set<ScalarExpr>();
  const visit = (expr: ScalarExpr): void => {
    if (seen.has(expr)) return;
    seen.add(expr);
    if (expr.kind === 'apply') expr.args.forEach(visit);
    if (expr.kind !== 'load') return;
    const { low, high } = rangeOf(expr.index);
    const { size, name } = kernel.tensors[expr.tensor]!;
    if (typeof low === 'number' && low < 0 && affineForm(expr.index)) fail(`a load lies before ${name}`);
    if (typeof high === 'number' && typeof size === 'number' && high >= size && affineForm(expr.index) && runs(part))
      fail(`a load lies behind ${name}`);
    if (affineForm(expr.index) && low !== undefined && !provablyNonNegative(expr.index) && typeof low === 'number')
      fail(`a load lies before ${name}`);
  };
  for (const expr of expressionsOf(part)) visit(expr);
}

function runs(part: Part): boolean {
  return axesOf(part).every((axis) => axis.size !== 0);
}

function verifyLocals(expr: ScalarExpr, known: ReadonlySet<string>, fail: (message: string) => never): void {
  visitScalar(expr, (inner) => {
    if (inner.kind === 'local' && !known.has(inner.name)) fail(`${inner.name} is not known here`);
  });
}

function refuseAxes(expr: ScalarExpr, axes: ReadonlySet<Axis>, fail: (message: string) => never): void {
  visitScalar(expr, (inner) => {
    if (inner.kind === 'load' || inner.kind === 'index')
      visitAxes(inner.index, (axis) => axes.has(axis) && fail(`an operand mentions ${axis.name}`));
  });
}

function visitAxes(index: IndexExpr, visit: (axis: Axis) => void): void {
  if (index.kind === 'axis') visit(index.axis);
  else if ('left' in index) {
    visitAxes(index.left, visit);
    visitAxes(index.right, visit);
  }
}
