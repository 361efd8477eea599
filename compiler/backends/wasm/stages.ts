import type { ScalarExpr } from '../../kernel/expr.js';
import { children, Substitution, valueKey } from '../../kernel/expressions.js';
import { zero as first } from '../../kernel/index-math.js';
import type { RowStep } from '../../kernel/kernel.js';
import { isCall, strideOf } from './lane-choice.js';
import { type LaneOptions, runGrains } from './lanes.js';
import { bindAxes, type Loop } from './loops.js';
import { isStore, type StoreStep } from './nest.js';
import type { Printer } from './printer.js';
import { i32, minus, operation, plus, type Text } from './text.js';

type Random = Extract<ScalarExpr, { kind: 'random' }>;

/** A loop that stores one value after the other; of random numbers, a function that is that loop. */
export interface Stage {
  readonly store: StoreStep;
  readonly random?: Random;
}

/** Elements that one stage computes before the next one reads them: they stay in the first cache. */
const blockLength = 1024;
/** For fewer elements one loop is as good as two. */
const fewest = 32;

/**
 * A function of a function takes so long for one vector that the processor, which looks ahead by a hundred instructions or two, finds too
 * little of the next vector to do meanwhile, and the constants do not fit the registers. So each of the two has a loop of its own, and what
 * goes from one to the other lies where the result will: of `sigmoid(tanh(x))`, the tangents are stored and then replaced. So do random numbers, of
 * which several vectors are drawn together. Gives the stages in order, or nothing where the step is no chain of functions or its result may not
 * hold other values before.
 */
export function stagesOf(printer: Printer, steps: readonly RowStep[], lanes: Loop): readonly Stage[] | undefined {
  const [store] = steps;
  if (steps.length !== 1 || !isStore(store!) || store.value.dtype !== 'f32') return undefined;
  const { tensor, index } = store;
  if (printer.memory[tensor]!.isRead || strideOf(index, lanes) !== 1) return undefined;
  if (typeof lanes.size === 'number' && lanes.size < fewest) return undefined;
  const stages: Stage[] = [];
  const place: ScalarExpr = { kind: 'load', dtype: 'f32', tensor, index };
  let value: ScalarExpr = store.value;
  const random = drawOf(value, lanes);
  if (random) {
    stages.push({ store, random });
    value = replaced(value, random, place);
  }
  for (let part = firstPart(value); part !== undefined; part = firstPart(value)) {
    const rest = replaced(value, part, place);
    // The place holds one value at a time, and nothing is computed twice.
    if (mentions(replaced(value, part, zero), place) || callsOf(part).size + callsOf(rest).size !== callsOf(value).size) break;
    stages.push({ store: { ...store, value: part } });
    value = rest;
  }
  if (stages.length === 0) return undefined;
  printer.makeReadable(tensor);
  return isSame(value, place) ? stages : [...stages, { store: { ...store, value } }];
}

/** The only random numbers in a value, if they are drawn for every element, in order. */
function drawOf(value: ScalarExpr, lanes: Loop): Random | undefined {
  const draws = [...within(value)].filter((expr): expr is Random => expr.kind === 'random');
  const [random] = draws;
  if (random === undefined || draws.some((other) => !isSame(other, random)) || !isSure(value, random)) return undefined;
  return strideOf(random.index, lanes) === 1 && strideOf(random.stream, lanes) === 0 ? random : undefined;
}

const isSure = (value: ScalarExpr, part: ScalarExpr): boolean =>
  isSame(value, part) || (value.kind === 'apply' && value.args.some((arg) => isSure(arg, part)));

/** The stage of random numbers, for a part of the loop. */
export function fillWithDraws(printer: Printer, { random, store }: Stage, { axes, size }: Loop, part: LaneOptions['part']): void {
  const [start, end] = part ? [part.start, part.end] : [i32(0), printer.dim(size)];
  const { rng, stream, index } = random!;
  printer.needScratch(64);
  printer.copy(
    (block) => bindAxes(block, axes, { at: start, offset: 0 }),
    () => {
      printer.countUses([], [stream, index]);
      const addressOf = (tensor: number, at: typeof index): Text => {
        const { text, offset } = printer.address(tensor, at);
        return plus(text, i32(offset));
      };
      const operands = [addressOf(rng, first), printer.index(stream), printer.index(index), addressOf(store.tensor, store.index)];
      printer.line(operation('i32', printer.function('uniforms'), ...operands, minus(end, start)).code);
    },
  );
}

const zero: ScalarExpr = { kind: 'constant', dtype: 'f32', value: 0 };

/** An operand of a function in which there are functions, too, but none of another: what always is computed, and first. */
function firstPart(expr: ScalarExpr, seen = new Set<ScalarExpr>()): ScalarExpr | undefined {
  if (expr.kind !== 'apply' || seen.has(expr)) return undefined;
  seen.add(expr);
  for (const arg of expr.args) {
    const inside = firstPart(arg, seen);
    if (inside !== undefined) return inside;
  }
  return isCall(expr.op) ? expr.args.find((arg) => arg.dtype === 'f32' && callsOf(arg).size > 0) : undefined;
}

function callsOf(expr: ScalarExpr): Set<string> {
  return new Set([...within(expr)].flatMap((inner) => (inner.kind === 'apply' && isCall(inner.op) ? [valueKey(inner)] : [])));
}

const mentions = (expr: ScalarExpr, part: ScalarExpr): boolean => [...within(expr)].some((inner) => isSame(inner, part));

function within(expr: ScalarExpr, seen = new Set<ScalarExpr>()): Set<ScalarExpr> {
  if (!seen.has(expr)) {
    seen.add(expr);
    for (const child of children(expr)) within(child, seen);
  }
  return seen;
}

const isSame = (a: ScalarExpr, b: ScalarExpr): boolean => a.kind === b.kind && a.kind !== 'local' && valueKey(a) === valueKey(b);

function replaced(expr: ScalarExpr, part: ScalarExpr, by: ScalarExpr): ScalarExpr {
  return new Substitution(new Map(), (inner) => (isSame(inner, part) ? by : undefined)).value(expr);
}

/** Runs `body` for one block of a loop after the other, or once for all of a short one. `isWhole`: threads may share the blocks. */
export function runStaged(printer: Printer, { size }: Loop, isWhole: boolean, body: (part: LaneOptions['part']) => void): void {
  const inBlocks = (part: LaneOptions['part']): void => {
    if (part === undefined && typeof size === 'number' && size <= blockLength) {
      body(undefined);
      return;
    }
    const { start, end } = part ?? { start: i32(0), end: printer.dim(size) };
    printer.loop('block', { start, end, step: blockLength, sure: part !== undefined || end.number !== undefined }, (running) => {
      const first = printer.turn(running);
      const last = printer.constant('last', plus(first, i32(blockLength)));
      const isWithin = operation('i32', 'i32.lt_s', last, end);
      body({ start: first, end: printer.constant('last', operation('i32', 'select', last, end, isWithin)) });
    });
  };
  if (isWhole) runGrains(printer, size, blockLength, inBlocks);
  else inBlocks(undefined);
}
