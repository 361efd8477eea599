import type { DType } from '../../../ir/types.js';
import type { Helper } from '../../backend.js';
import { exp, sigmoid } from './exp.js';
import { log, logSpecial } from './log.js';
import type { MathFunction } from './math-function.js';
import { erf, tanh } from './tanh.js';

const records = new Map<string, MathFunction>([exp, sigmoid, tanh, erf, log, logSpecial].map((record) => [record.name, record]));

/** Which function computes an elementwise op, by the dtype of its operands. */
const names: Readonly<Partial<Record<DType, Readonly<Record<string, string>>>>> = {
  f32: Object.fromEntries(['exp', 'sigmoid', 'tanh', 'erf', 'log'].map((op) => [op, op])),
};

/** A function of the generated module that computes an elementwise op on four lanes. */
export interface VectorFunction {
  /** `(call $name x)`, one v128 for each operand, gives a v128. */
  readonly name: string;
  /** What the module has to define, each after what it needs. */
  readonly helpers: readonly Helper[];
}

/** The function for an elementwise op on operands of `dtype`; undefined if the op is an instruction or a few, which the caller prints. */
export function mathFunction(op: string, dtype: DType): VectorFunction | undefined {
  const name = names[dtype]?.[op];
  return name === undefined ? undefined : { name, helpers: helpersOf(name) };
}

function helpersOf(name: string): Helper[] {
  const found = new Map<string, Helper>();
  const visit = (wanted: string): void => {
    if (found.has(wanted)) return;
    const record = records.get(wanted);
    if (record === undefined) throw new Error(`there is no vector function '${wanted}'`);
    for (const need of record.needs ?? []) visit(need);
    found.set(wanted, { name: wanted, source: record.source });
  };
  visit(name);
  return [...found.values()];
}
