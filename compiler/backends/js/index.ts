import { namedDim } from '../../ir/dim.js';
import type { Kernel, Part } from '../../kernel/kernel.js';
import type { TargetTraits } from '../../kernel/target.js';
import type { Backend, EmittedKernel } from '../backend.js';
import { emitContract } from './contract.js';
import { helperNames, helpersNamed } from './helpers.js';
import { emitLine } from './line.js';
import { Printer } from './printer.js';
import { emitRows } from './rows.js';
import { emitScatter } from './scatter.js';

/** What lowering must know: operands of contractions are staged from plain loads, and nothing limits the number of arrays. */
export const jsTraits: TargetTraits = {
  name: 'js',
  maxTensors: Number.POSITIVE_INFINITY,
  contractPrologue: 'affine',
  scatter: 'sequential',
  mergeLaunches: true,
  bytes: { f32: 4, i32: 4, bool: 1, f64: 8 },
};

/**
 * One JavaScript function for a kernel: it takes the kernel's tensors in order (Float32Array, Int32Array, Uint8Array for bool),
 * then the sizes. It computes in float64 and rounds where it stores; i32 is exact modulo 2^32.
 */
export function emitJs(kernel: Kernel): EmittedKernel {
  const printer = new Printer(kernel, helperNames);
  const name = printer.names.fresh(kernel.name);
  const sections = kernel.parts.filter(hasPoints).map((part) =>
    printer.section(() => {
      if (part.kind === 'rows') emitRows(printer, part);
      else if (part.kind === 'contract') emitContract(printer, part);
      else if (part.kind === 'line') emitLine(printer, part);
      else emitScatter(printer, part);
    }),
  );
  const parameters = [
    ...kernel.tensors.map((_, i) => printer.arrays[i]!.name),
    ...printer.dims.map((dim) => printer.dim(namedDim(dim)).code),
  ];
  const body = [...printer.block.lines, ...sections.flat()].map((line) => `  ${line}`);
  return {
    source: `function ${name}(${parameters.join(', ')}) {\n${body.join('\n')}\n}`,
    sizes: printer.dims.map(namedDim),
    helpers: helpersNamed(printer.helpers),
  };
}

/** What has no turns is left out, so that nothing is read for it ahead of its loops. */
function hasPoints(part: Part): boolean {
  if (part.kind === 'contract') return [...part.batch, ...part.m, ...part.n].every(({ size }) => size !== 0);
  return (part.kind === 'scatter' ? part.updates : part.rows).every(({ size }) => size !== 0);
}

export const jsBackend: Backend = { target: 'js', language: 'js', traits: jsTraits, guarded: true, emit: emitJs };
