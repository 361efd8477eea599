import type { Place } from '../../runtime/program.js';
import type { Dim } from '../ir/dim.js';
import type { Span } from '../ir/graph.js';
import type { DType } from '../ir/types.js';
import type { TensorData } from '../ops/op.js';
import type { Kernel } from './kernel.js';

/** A program as the kernel phase leaves it: what runs, on which memory, in which order. Backends print the kernels, the artifact the rest. */
export interface LoweredProgram {
  readonly name: string;
  /** Named dims that any size of the program mentions, in order of first use in the arguments. */
  readonly dims: readonly string[];
  /** The graph's inputs of role `argument`, in order. */
  readonly arguments: readonly LoweredTensor[];
  readonly buffers: readonly LoweredBuffer[];
  readonly launches: readonly LoweredStep[];
  readonly outputs: readonly LoweredOutput[];
  /** Constant tensors; buffers of place `constant` index them. */
  readonly constants: readonly TensorData[];
  /** What a call is checked for before anything runs; filled in after lowering. */
  readonly checks?: ProgramChecks;
  /** Every fusion that was considered and refused, with its reason. */
  readonly why: readonly RefusedFusion[];
}

/** See runtime/program.ts. */
export interface ProgramChecks {
  readonly sizes: readonly { readonly size: Dim; readonly least: number; readonly text: string }[];
  /** Name of the program that looks at positions first. */
  readonly guard?: string;
  /** Guards only: the size that each pair of outputs, a least and a greatest element, is held against. */
  readonly positions?: readonly { readonly size: Dim; readonly text: string; readonly place: string }[];
}

export interface LoweredTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

/**
 * `argument`: `index` is the argument's position; `state`, `hyper`: `name`; `constant`: `index` into `constants`; `arena`: shared with
 * buffers of other lifetimes; `result`: made for the call; `tape`: memory of its own, of a size that only a loop that has run tells. There is one buffer for each argument, state entry, hyper scalar that the program touches.
 */
export interface LoweredBuffer {
  readonly place: Place;
  readonly dtype: DType;
  /** Number of elements. */
  readonly size: Dim;
  readonly index?: number;
  readonly name?: string;
  /** Arena: the first and the last moment at which it is needed. */
  readonly live?: readonly [first: number, last: number];
}

/** Runs `kernel`; `buffers[i]` is the program's buffer behind the kernel's tensor number i. Equal kernels are the same object. */
export interface LoweredLaunch {
  readonly kernel: Kernel;
  readonly buffers: readonly number[];
}

/** What runs in order: a launch, or steps that depend on a tensor's value. */
export type LoweredStep = LoweredLaunch | LoweredIf | LoweredLoop;

/** Runs the one steps or the other. `if` is the buffer of the condition, a bool. */
export interface LoweredIf {
  readonly if: number;
  readonly body: readonly LoweredStep[];
  readonly else: readonly LoweredStep[];
}

/**
 * Runs the body as long as the bool in buffer `while` is true; the steps before it and the body itself set that. `count` holds the
 * number of the turn that is running and, afterwards, the number of turns, which is then the value of the size `turns`, too.
 */
export interface LoweredLoop {
  readonly while: number;
  readonly body: readonly LoweredStep[];
  /** More turns are an error at run time, which names the place of the loop. */
  readonly limit: number;
  readonly span?: Span;
  readonly count?: number;
  readonly turns?: string;
  /** The number of turns, where it is known beforehand. */
  readonly trips?: Dim;
  /** Buffers of which each turn writes a row, so many bytes long. They grow where the number of turns is not known. */
  readonly tapes: readonly { readonly buffer: number; readonly bytes: Dim }[];
}

/** The launches among steps and whatever is inside them, in order. */
export function* launchesIn(steps: readonly LoweredStep[]): Generator<LoweredLaunch> {
  for (const step of steps) {
    if ('kernel' in step) yield step;
    else if ('if' in step) {
      yield* launchesIn(step.body);
      yield* launchesIn(step.else);
    } else yield* launchesIn(step.body);
  }
}

/** The loops among steps and whatever is inside them. */
export function* loopsIn(steps: readonly LoweredStep[]): Generator<LoweredLoop> {
  for (const step of steps) {
    if ('kernel' in step) continue;
    if ('while' in step) yield step;
    yield* loopsIn(step.body);
    if ('if' in step) yield* loopsIn(step.else);
  }
}

/** The kernels of a program, each once, in order of their first launch. */
export function kernelsIn({ launches }: Pick<LoweredProgram, 'launches'>): Kernel[] {
  return [...new Set(Array.from(launchesIn(launches), ({ kernel }) => kernel))];
}

/** A result or gradient has a `result` buffer of its own; a state output names the buffer of that state entry, already written. */
export interface LoweredOutput extends LoweredTensor {
  readonly role: 'result' | 'gradient' | 'state';
  readonly buffer: number;
}

export interface RefusedFusion {
  readonly producer: string;
  readonly consumer: string;
  readonly reason: string;
  /** Source line of the producer. */
  readonly span?: Span;
}
