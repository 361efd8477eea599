/** Carries whose value in any turn is known from its number: they need no tape. */
import type { Loop } from '../../ir/control.js';
import type { Value } from '../../ir/graph.js';
import { valuesOf } from '../../ir/walk.js';
import type { Emitter } from '../../ops/op.js';

/** Emits the value at the start of turn number `position` (i32[], from 0). */
export type ClosedForm = (builder: Emitter, position: Value) => Value;

/** By the body's parameter: carries that never change, and i32 counters that a turn moves by the same step. */
export function closedForms(loop: Loop): Map<Value, ClosedForm> {
  const forms = new Map<Value, ClosedForm>();
  const own = new Set(valuesOf(loop.body));
  const definitions = new Map(loop.body.nodes.map((node) => [node.outputs[0], node]));
  loop.body.parameters.forEach((parameter, j) => {
    const initial = loop.initial[j]!;
    const next = loop.next[j]!;
    if (next === parameter || next === initial) {
      forms.set(parameter, () => initial);
      return;
    }
    const node = definitions.get(next);
    if (parameter.type.dtype !== 'i32' || parameter.type.shape.length > 0 || (node?.op !== 'add' && node?.op !== 'sub')) return;
    const [a, b] = node.inputs as readonly [Value, Value];
    const step = a === parameter ? b : node.op === 'add' && b === parameter ? a : undefined;
    if (!step || step === parameter) return;
    const constant = definitions.get(step);
    if (own.has(step) && constant?.op !== 'constant') return;
    forms.set(parameter, (builder, position) => {
      const by = constant ? builder.emit('constant', [], constant.attributes) : step;
      return builder.emit(node.op, [initial, builder.emit('mul', [position, by])]);
    });
  });
  return forms;
}
