import type { ts } from 'ts-morph';
import * as messages from '../diagnostics/messages.js';
import type { EvaluatedSchedule } from './evaluated-model.js';
import { explained } from './late-evaluation.js';
import type { Session } from './session.js';
import { Trace } from './tensors.js';
import { type Callable, describe, isCallable, isObject } from './values.js';

/** Evaluates `@model({ schedule })` for the optimizer: `rates` names the learning rates of its groups. */
export function evaluateSchedule(
  session: Session,
  schedule: Callable,
  every: unknown,
  optimizer: object,
  rates: readonly string[],
  site: ts.Node,
): EvaluatedSchedule {
  const { machine, tensors } = session;
  if (every !== undefined && every !== 'epoch' && every !== 'step') throw machine.abort(messages.wrongScheduleEvery(describe(every)), site);
  const made = machine.call(schedule, undefined, [optimizer as never], site);
  if (!isObject(made) || !isCallable((made as { at?: unknown }).at)) throw machine.abort(messages.wrongSchedule(describe(made)), site);
  return {
    every: every ?? 'epoch',
    counter: 'schedule.lastEpoch',
    rate: (builder, name, epoch, base) =>
      explained(session, () => {
        const trace = new Trace(builder, 'in the schedule');
        return tensors.within(trace, () => {
          const args = [tensors.wrap(trace, epoch), tensors.wrap(trace, base), rates.indexOf(name)];
          const rate = session.invoke(made, 'at', args, site);
          if (typeof rate === 'number') return builder.emit('constant', [], { value: rate, dtype: 'f32', shape: [] });
          if (!tensors.isTensor(rate) || rate.shape.length > 0) {
            throw machine.abort(messages.wrongSchedule(`wrong: its rate is ${describe(rate)}`), site);
          }
          const value = tensors.valueOf(rate);
          return value.type.dtype === 'f32' ? value : builder.emit('cast', [value], { dtype: 'f32' });
        });
      }),
  };
}
