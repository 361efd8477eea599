import { dimText } from './ir/dim.js';
import { shapeText } from './ir/types.js';
import type { LoweredBuffer, LoweredLaunch, LoweredProgram } from './kernel/program.js';

/**
 * A lowered program as text: its memory and its launches, without the insides of kernels.
 *
 *   program forward(x: f32[batch, 784])
 *     arena 0: 1024*batch bytes
 *     buffer 0: state hidden.weight f32 x 200704
 *     run contract_relu(x, hidden.weight, hidden.bias) -> arena 0
 *     result: f32[batch, 10] = buffer 6
 */
export function printPlan(program: LoweredProgram): string {
  const { name, buffers, slots, launches, outputs } = program;
  const inputs = program.arguments.map((argument) => `${argument.name}: ${argument.dtype}${shapeText(argument.shape)}`);
  const names = buffers.map((buffer, i) => bufferName(program, buffer, i));
  const lines = [
    `program ${name}(${inputs.join(', ')})`,
    ...slots.map((bytes, slot) => `  arena ${slot}: ${dimText(bytes)} bytes`),
    ...buffers.map(({ dtype, size }, i) => `  buffer ${names[i]}: ${dtype} x ${dimText(size)}`),
    ...launches.map((launch) => `  run ${launchText(launch, names)}`),
    ...outputs.map(({ role, name, dtype, shape, buffer }) => `  ${role} ${name}: ${dtype}${shapeText(shape)} = ${names[buffer]}`),
  ];
  return `${lines.join('\n')}\n`;
}

function bufferName(program: LoweredProgram, { place, index, name }: LoweredBuffer, position: number): string {
  if (place === 'argument') return program.arguments[index!]!.name;
  if (place === 'arena') return `%${position}@${index}`;
  if (place === 'result') return `%${position}`;
  if (place === 'constant') return `constant ${index}`;
  return name === undefined ? place : `${place === 'state' ? '' : `${place} `}${name}`;
}

/** Kernel, what it reads, and what it writes; a tensor that it reads and writes is on both sides. */
function launchText({ kernel, buffers }: LoweredLaunch, names: readonly string[]): string {
  const having = (access: 'read' | 'write') =>
    buffers
      .filter((_, i) => kernel.tensors[i]!.access === access || kernel.tensors[i]!.access === 'readwrite')
      .map((buffer) => names[buffer]);
  return `${kernel.name}(${having('read').join(', ')}) -> ${having('write').join(', ')}`;
}
