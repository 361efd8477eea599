import { addDims, type Dim, mulDims, namedDim, productOf } from '../../ir/dim.js';
import { weight } from '../../kernel/expressions.js';
import type { Kernel, Part } from '../../kernel/kernel.js';
import { axesOf, expressionsOf } from '../../kernel/part.js';
import type { TargetTraits } from '../../kernel/target.js';
import type { Backend, EmittedKernel } from '../backend.js';
import { emitContract } from './contract.js';
import { areSharedFills } from './fills.js';
import { emitLine } from './line.js';
import { wasmLinker } from './module.js';
import { Printer } from './printer.js';
import { emitRows } from './rows.js';
import { emitScatter } from './scatter.js';
import { indented } from './text.js';

/** What lowering must know: operands of contractions are packed from plain loads, bools take four bytes like everything else. */
export const wasmTraits: TargetTraits = {
  name: 'wasm',
  maxTensors: Number.POSITIVE_INFINITY,
  contractPrologue: 'affine',
  scatter: 'sequential',
  mergeLaunches: false,
  bytes: { f32: 4, i32: 4, bool: 4, f64: 8 },
};

/**
 * One function of a module in the text format: it takes the byte addresses of the kernel's tensors in order, then the sizes, then, if
 * the kernel can be split, the range of grains to do.
 */
export function emitWasm(kernel: Kernel): EmittedKernel {
  const printer = new Printer(kernel);
  const isWhole = kernel.parts.length === 1 || areSharedFills(kernel);
  const sections = kernel.parts.map((part) => {
    // A contraction counts its own.
    if (part.kind !== 'contract') printer.work = addDims(printer.work, workOf(part));
    return printer.section(() => {
      if (part.kind === 'rows') emitRows(printer, part, isWhole);
      else if (part.kind === 'contract') emitContract(printer, part, isWhole);
      else if (part.kind === 'line') emitLine(printer, part, isWhole);
      else emitScatter(printer, part);
    });
  });
  const range = printer.grainCount === undefined ? [] : ['from', 'to'];
  const names = [
    ...kernel.tensors.map((_, i) => `$${printer.memory[i]!.name}`),
    ...printer.dims.map((dim) => nameOf(printer.dim(namedDim(dim)).code)),
    ...range.map((name) => `$${name}`),
  ];
  const head = `(func $${kernel.name}${names.map((name) => ` (param ${name} i32)`).join('')}`;
  const locals = printer.names.declarations();
  const body = [...(locals.length > 0 ? [locals.join(' ')] : []), ...printer.block.lines, ...sections.flat()];
  return {
    source: [head, ...indented(body), ')'].join('\n'),
    sizes: printer.dims.map(namedDim),
    helpers: [...printer.helpers.values()],
    ...(printer.grainCount !== undefined && { grains: printer.grainCount }),
    ...(printer.work !== 0 && { work: printer.work }),
    ...(printer.scratch > 0 && { scratch: printer.scratch }),
  };
}

/** About as many operations as all points of all steps take, one by one. */
function workOf(part: Part): Dim {
  const points = productOf(axesOf(part).map(({ size }) => size));
  return mulDims(
    points,
    expressionsOf(part).reduce((sum, value) => sum + 1 + weight(value), 0),
  );
}

const nameOf = (local: string): string => local.slice('(local.get '.length, -1);

export const wasmBackend: Backend = {
  target: 'wasm',
  language: 'wat',
  traits: wasmTraits,
  guarded: true,
  emit: emitWasm,
  linker: wasmLinker,
};
