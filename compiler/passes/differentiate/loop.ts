/**
 * The way back through a loop: a loop over its turns, last first, that carries the cotangents of the carries and the sums of those of the
 * values used from outside. What a turn computed is read from a tape or computed again.
 */

import { tapeTypes } from '../../ir/build.js';
import { type Loop, loopAttributes, loopOf } from '../../ir/control.js';
import { type Dim, namedDim, subDims } from '../../ir/dim.js';
import type { Block, Node, Value } from '../../ir/graph.js';
import { TurnNumbers } from '../../ir/turn-numbers.js';
import type { TensorType } from '../../ir/types.js';
import { nodesOf, valuesOf } from '../../ir/walk.js';
import { constantOf, zerosOf } from '../../ops/emit.js';
import { pruneBlock } from '../eliminate-dead.js';
import { Copy } from '../rewrite.js';
import { closedForms } from './closed-form.js';
import { type Context, Cotangents } from './cotangents.js';
import { DeferredSums } from './deferred.js';
import { type Replay, replayOf } from './replay.js';
import { placeRows, RowCotangents, stackedRows, sumRows } from './rows.js';

const counterType: TensorType = { dtype: 'i32', shape: [] };

/** One turn backwards, with what it reads not resolved yet. */
interface Turn {
  /** The body's nodes; those replaced that the way back needs more of. */
  readonly nodes: Node[];
  readonly emitted: readonly Node[];
  readonly cotangents: Cotangents;
  /** By the carry's number: the cotangent of its value after the turn. */
  readonly arriving: ReadonlyMap<number, Value>;
  readonly rows: RowCotangents;
  /** Which turn it is, and where on a tape it lies. */
  readonly position: Value;
  readonly tapePosition: Value;
}

/** Adds the cotangents of the initial carries and of the values that the body uses. Gives the loop with the tape that this needs. */
export function pullBackLoop(context: Context, node: Node, arrived: readonly (Value | undefined)[], cotangents: Cotangents): Node {
  const { builder, active } = context;
  const loop = loopOf(node);
  const carried = loop.body.parameters;
  const own = new Set(valuesOf(loop.body));
  const wanted = new Set(loop.carries.flatMap((_, j) => (arrived[j] && active.has(carried[j]!) ? [j] : [])));
  const stackCotangents = arrived.slice(loop.carries.length + 1);
  let turn: Turn;
  // Carries whose cotangent is found to depend on those known so far are carried back too.
  for (let before = -1; before !== wanted.size; ) {
    before = wanted.size;
    turn = pullBackTurn(context, loop, { wanted, stackCotangents, own });
    const { cotangents: found } = turn;
    carried.forEach((parameter, j) => {
      if (found.get(parameter)) wanted.add(j);
    });
  }
  const { nodes, emitted, cotangents: inner, arriving, rows: rowCotangents, position, tapePosition } = turn!;
  const { rows } = rowCotangents;
  const order = [...wanted].sort((a, b) => a - b);
  const targets = inner.outside(own);
  if (order.length === 0 && targets.length === 0 && rows.length === 0) return node;

  // What is kept of every turn, and what is added up in each.
  const kept = new Set(rows.flatMap((row) => [row.cotangent, ...(row.run ? [] : [row.position])]));
  const sumsOf = new DeferredSums(builder, emitted, own, new Set([...arriving.values(), position, tapePosition]), kept).split(
    targets.map((target) => inner.get(target)!),
  );
  for (const { deferred } of sumsOf) for (const { leaves } of deferred) for (const leaf of leaves) kept.add(leaf);
  const inBody = new Map(loop.body.nodes.flatMap((own) => own.outputs.map((output) => [output, own] as const)));
  const sources = new Map(
    [...kept].flatMap((value) => {
      const source = rowCotangents.source(inBody.get(value));
      return source ? [[value, source] as const] : [];
    }),
  );
  for (const value of sources.keys()) kept.delete(value);
  const summed = targets.filter((_, i) => sumsOf[i]!.carried.length > 0);
  const sums = summed.map(({ type }) => builder.value(type));
  let results: readonly Value[] = [];
  const finish = builder.collect(() => {
    const carries = order.map((j) => inner.get(carried[j]!) ?? zerosOf(builder, carried[j]!.type));
    const added = summed.map((target, i) =>
      sumsOf[targets.indexOf(target)]!.carried.reduce((sum, term) => builder.emit('add', [sum, term]), sums[i]!),
    );
    results = [...carries, ...added, ...kept];
  });
  const back = pruneBlock({ parameters: [], nodes: [...emitted, ...finish], results });
  const forms = closedForms(loop);
  const replay = replayOf({ ...loop.body, nodes }, back, new Set(forms.keys()));
  const taped = withTape(context, node, loop, nodes, replay.saved);

  const initial = [
    taped.turns,
    ...order.map((j) => arrived[j] ?? zerosOf(builder, carried[j]!.type)),
    ...sums.map(({ type }) => zerosOf(builder, type)),
  ];
  const types = initial.map(({ type }) => type);
  const keptHere = [...kept].filter((value) => !taped.stacks.has(value));
  const condition = builder.block(types, ([count]) => [builder.emit('gt', [count!, constantOf(builder, counterType, 0)])]);
  const body = builder.block(types, ([count, ...given]) => {
    const at = builder.emit('sub', [count!, constantOf(builder, counterType, 1)]);
    const onTape = loop.tape?.reversed ? builder.emit('sub', [fromEnd(context, loop.trips!), at]) : at;
    const values = new Map<Value, Value>([
      [position, at],
      [tapePosition, onTape],
    ]);
    order.forEach((j, i) => {
      values.set(arriving.get(j)!, given[i]!);
    });
    sums.forEach((sum, i) => {
      values.set(sum, given[order.length + i]!);
    });
    for (const [value, stack] of taped.stacks) values.set(value, builder.emit('index', [stack, onTape]));
    for (const value of replay.free) values.set(value, forms.get(value)!(builder, at));
    const copy = new Copy(builder, values, undefined, true);
    copy.nodes(replay.nodes);
    const [carries, ofTurn] = parted(copy.block(back), types.length - 1);
    return [at, ...carries, ...ofTurn.filter((_, i) => keptHere.includes([...kept][i]!))];
  });
  const { size, reversed } = turnsOf(loop, taped.size, replay);
  const along = size ?? builder.freshDim('turns');
  const tape = keptHere.length === 0 ? [] : tapeTypes(along, body.results.slice(types.length));
  const attributes = {
    ...(node.attributes.limit !== undefined && { limit: node.attributes.limit }),
    ...(size !== undefined && { turns: size }),
    ...(keptHere.length > 0 && loopAttributes(undefined, { size: along, count: keptHere.length, reversed })),
  };
  const outputs = builder.append('loop', initial, attributes, [...types, ...tape], [condition, body], node.span);
  const stacks = new Map([...taped.stacks, ...keptHere.map((value, i) => [value, outputs[types.length + 1 + i]!] as const)]);
  // Stacks have the last turn first where the tape of the loop has, or its own order is not turned.
  const lastFirst = loop.tape?.reversed === true || !reversed;
  const stackOf = (value: Value): Value => {
    const source = sources.get(value);
    return source ? stackedRows(builder, source.run, source.tensor, loop.trips!, source.run.down !== lastFirst) : stacks.get(value)!;
  };
  for (const { tensor, position: at, cotangent, run } of rows) {
    const placed = run
      ? placeRows(builder, run, stackOf(cotangent), run.down !== lastFirst)
      : sumRows(builder, tensor, stackOf(at), stackOf(cotangent));
    cotangents.add(tensor, placed);
  }
  order.forEach((j, i) => {
    cotangents.add(loop.initial[j]!, outputs[1 + i]!);
  });
  targets.forEach((target, i) => {
    const at = summed.indexOf(target);
    if (at >= 0) cotangents.add(target, outputs[1 + order.length + at]!);
    for (const { emit } of sumsOf[i]!.deferred) cotangents.add(target, emit(stackOf));
  });
  return taped.node;
}

function parted<T>(list: readonly T[], count: number): [T[], T[]] {
  return [list.slice(0, count), list.slice(count)];
}

function fromEnd({ builder }: Context, trips: Dim): Value {
  return builder.emit('dimension', [], { size: subDims(trips, 1) });
}

/** How many turns the way back takes, as far as that can be said before, and whether its tapes are turned so that they lie as those of the loop. */
function turnsOf(loop: Loop, tapeSize: Dim, replay: Replay): { size: Dim | undefined; reversed: boolean } {
  // A size that the loop binds is mentioned only where a stack is read anyway: the mention alone would have the loop run again.
  const size = loop.trips ?? (replay.saved.length > 0 ? tapeSize : undefined);
  return { size, reversed: size !== undefined && loop.tape?.reversed !== true };
}

function pullBackTurn(
  context: Context,
  loop: Loop,
  given: {
    readonly wanted: ReadonlySet<number>;
    readonly stackCotangents: readonly (Value | undefined)[];
    readonly own: ReadonlySet<Value>;
  },
): Turn {
  const { builder } = context;
  const nodes = [...loop.body.nodes];
  const cotangents = new Cotangents(context);
  const [position, tapePosition] = [builder.value(counterType), builder.value(counterType)];
  const inside = new Map(
    [...nodesOf(loop.body), ...nodesOf(loop.condition)].flatMap((node) => node.outputs.map((output) => [output, node] as const)),
  );
  const numbers = new TurnNumbers(loop, (value) => inside.get(value) ?? context.definitionOf(value));
  const rows = new RowCotangents(given.own, numbers, loop.trips);
  const arriving = new Map([...given.wanted].map((j) => [j, builder.value(loop.next[j]!.type)]));
  const emitted = builder.collect(() => {
    for (const [j, cotangent] of arriving) cotangents.add(loop.next[j]!, cotangent);
    given.stackCotangents.forEach((cotangent, i) => {
      if (cotangent) cotangents.add(loop.tape!.taped[i]!, builder.emit('index', [cotangent, tapePosition]));
    });
    context.pullBack({ ...context, rows }, nodes, cotangents);
  });
  return { nodes, emitted, cotangents, arriving, rows, position, tapePosition };
}

/** The loop with `saved` on its tape, beside what it tapes already. */
function withTape({ builder }: Context, node: Node, loop: Loop, nodes: readonly Node[], saved: readonly Value[]) {
  const { tape, trips } = loop;
  const added = saved.filter((value) => !tape?.taped.includes(value));
  const size = tape?.dim ?? trips ?? builder.freshDim('turns');
  const [turnsType, ...stackTypes] = tapeTypes(size, added);
  const turns = tape?.turns ?? builder.value(turnsType!);
  const addedStacks = stackTypes.map((type) => builder.value(type));
  const taped = [...(tape?.taped ?? []), ...added];
  const stacks = [...(tape?.stacks ?? []), ...addedStacks];
  const body: Block = { ...loop.body, nodes, results: [...loop.next, ...taped] };
  const { limit } = node.attributes;
  const reversed = tape?.reversed === true;
  const augmented: Node = {
    ...node,
    attributes: { ...(limit !== undefined && { limit }), ...loopAttributes(undefined, { size, count: taped.length, reversed }) },
    outputs: [...loop.carries, turns, ...stacks],
    regions: [loop.condition, body],
  };
  const ofValue = new Map(saved.map((value) => [value, stacks[taped.indexOf(value)]!] as const));
  return { node: augmented, turns, size: typeof size === 'string' ? namedDim(size) : size, stacks: ofValue };
}
