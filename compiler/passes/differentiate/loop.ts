/**
 * The way back through a loop: a loop over its turns, last first, that carries the cotangents of the carries and the sums of those of the
 * values used from outside. What a turn computed is read from a tape or computed again.
 */

import { tapeTypes } from '../../ir/build.js';
import { type Loop, loopAttributes, loopOf } from '../../ir/control.js';
import type { Block, Node, Value } from '../../ir/graph.js';
import type { TensorType } from '../../ir/types.js';
import { valuesOf } from '../../ir/walk.js';
import { constantOf, zerosOf } from '../../ops/emit.js';
import { pruneBlock } from '../eliminate-dead.js';
import { Copy } from '../rewrite.js';
import { closedForms } from './closed-form.js';
import { type Context, Cotangents } from './cotangents.js';
import { replayOf } from './replay.js';
import { type RowCotangent, RowCotangents, sumRows } from './rows.js';

const counterType: TensorType = { dtype: 'i32', shape: [] };

/** One turn backwards, with what it reads not resolved yet. */
interface Turn {
  /** The body's nodes; those replaced that the way back needs more of. */
  readonly nodes: Node[];
  readonly emitted: readonly Node[];
  readonly cotangents: Cotangents;
  /** By the carry's number: the cotangent of its value after the turn. */
  readonly arriving: ReadonlyMap<number, Value>;
  readonly rows: readonly RowCotangent[];
  /** Which turn it is. */
  readonly position: Value;
}

/** Adds the cotangents of the initial carries and of the values that the body uses. Gives the loop with the tape that this needs. */
export function pullBackLoop(context: Context, node: Node, arrived: readonly (Value | undefined)[], cotangents: Cotangents): Node {
  const { builder, active } = context;
  const loop = loopOf(node);
  const carried = loop.body.parameters;
  const wanted = new Set(loop.carries.flatMap((_, j) => (arrived[j] && active.has(carried[j]!) ? [j] : [])));
  const stackCotangents = arrived.slice(loop.carries.length + 1);
  let turn: Turn;
  // Carries whose cotangent is found to depend on those known so far are carried back too.
  for (let before = -1; before !== wanted.size; ) {
    before = wanted.size;
    turn = pullBackTurn(context, loop, wanted, stackCotangents);
    const { cotangents: found } = turn;
    carried.forEach((parameter, j) => {
      if (found.get(parameter)) wanted.add(j);
    });
  }
  const { nodes, emitted, cotangents: inner, arriving, rows, position } = turn!;
  const order = [...wanted].sort((a, b) => a - b);
  const targets = inner.outside(new Set(valuesOf(loop.body)));
  if (order.length === 0 && targets.length === 0 && rows.length === 0) return node;

  let results: readonly Value[] = [];
  const sums = targets.map(({ type }) => builder.value(type));
  const finish = builder.collect(() => {
    const carries = order.map((j) => inner.get(carried[j]!) ?? zerosOf(builder, carried[j]!.type));
    const added = targets.map((target, i) => builder.emit('add', [sums[i]!, inner.get(target)!]));
    results = [...carries, ...added, ...rows.flatMap((row) => [row.position, row.cotangent])];
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
  const condition = builder.block(types, ([count]) => [builder.emit('gt', [count!, constantOf(builder, counterType, 0)])]);
  const body = builder.block(types, ([count, ...given]) => {
    const at = builder.emit('sub', [count!, constantOf(builder, counterType, 1)]);
    const values = new Map<Value, Value>([[position, at]]);
    order.forEach((j, i) => {
      values.set(arriving.get(j)!, given[i]!);
    });
    sums.forEach((sum, i) => {
      values.set(sum, given[order.length + i]!);
    });
    for (const [value, stack] of taped.stacks) values.set(value, builder.emit('index', [stack, at]));
    for (const value of replay.free) values.set(value, forms.get(value)!(builder, at));
    const copy = new Copy(builder, values, undefined, true);
    copy.nodes(replay.nodes);
    return [at, ...copy.block(back)];
  });
  const dim = rows.length > 0 ? builder.freshDim('turns') : undefined;
  const tape = dim === undefined ? [] : tapeTypes(dim, body.results.slice(types.length));
  const attributes = {
    ...(node.attributes.limit !== undefined && { limit: node.attributes.limit }),
    ...(dim !== undefined && loopAttributes(undefined, { dim, count: tape.length - 1 })),
  };
  const outputs = builder.append('loop', initial, attributes, [...types, ...tape], [condition, body], node.span);
  const stacks = outputs.slice(types.length + 1);
  rows.forEach(({ tensor }, i) => {
    cotangents.add(tensor, sumRows(builder, tensor, stacks[2 * i]!, stacks[2 * i + 1]!));
  });
  order.forEach((j, i) => {
    cotangents.add(loop.initial[j]!, outputs[1 + i]!);
  });
  targets.forEach((target, i) => {
    cotangents.add(target, outputs[1 + order.length + i]!);
  });
  return taped.node;
}

function pullBackTurn(context: Context, loop: Loop, wanted: ReadonlySet<number>, stackCotangents: readonly (Value | undefined)[]): Turn {
  const { builder } = context;
  const nodes = [...loop.body.nodes];
  const cotangents = new Cotangents(context);
  const position = builder.value(counterType);
  const rows = new RowCotangents(new Set(valuesOf(loop.body)));
  const arriving = new Map([...wanted].map((j) => [j, builder.value(loop.next[j]!.type)]));
  const emitted = builder.collect(() => {
    for (const [j, cotangent] of arriving) cotangents.add(loop.next[j]!, cotangent);
    stackCotangents.forEach((cotangent, i) => {
      if (cotangent) cotangents.add(loop.tape!.taped[i]!, builder.emit('index', [cotangent, position]));
    });
    context.pullBack({ ...context, rows }, nodes, cotangents);
  });
  return { nodes, emitted, cotangents, arriving, rows: rows.rows, position };
}

/** The loop with `saved` on its tape, beside what it tapes already. */
function withTape({ builder }: Context, node: Node, loop: Loop, nodes: readonly Node[], saved: readonly Value[]) {
  const { tape } = loop;
  const added = saved.filter((value) => !tape?.taped.includes(value));
  const dim = tape?.dim ?? builder.freshDim('turns');
  const [turnsType, ...stackTypes] = tapeTypes(dim, added);
  const turns = tape?.turns ?? builder.value(turnsType!);
  const addedStacks = stackTypes.map((type) => builder.value(type));
  const taped = [...(tape?.taped ?? []), ...added];
  const stacks = [...(tape?.stacks ?? []), ...addedStacks];
  const body: Block = { ...loop.body, nodes, results: [...loop.next, ...taped] };
  const { limit } = node.attributes;
  const augmented: Node = {
    ...node,
    attributes: { ...(limit !== undefined && { limit }), ...loopAttributes(undefined, { dim, count: taped.length }) },
    outputs: [...loop.carries, turns, ...stacks],
    regions: [loop.condition, body],
  };
  return { node: augmented, turns, stacks: saved.map((value) => [value, stacks[taped.indexOf(value)]!] as const) };
}
