import type { DType } from '../../../ir/types.js';
import type { Helper } from '../../backend.js';
import { division } from './division.js';
import { exp, expNegative, halfExp, sigmoid } from './exp.js';
import { expm1 } from './expm1.js';
import { hyperbolic } from './hyperbolic.js';
import { inverseTrigonometric } from './inverse-trigonometric.js';
import { log, log1p, log1pSpecial, logSpecial } from './log.js';
import type { MathFunction } from './math-function.js';
import { powers } from './pow.js';
import { softplus } from './softplus.js';
import { erf, tanh } from './tanh.js';
import { trigonometric } from './trigonometric.js';

const records = new Map<string, MathFunction>(
  [
    ...[exp, expNegative, halfExp, sigmoid, expm1, log, logSpecial, log1p, log1pSpecial, softplus, tanh, erf],
    ...trigonometric,
    ...inverseTrigonometric,
    ...hyperbolic,
    ...powers,
    ...division,
  ].map((record) => [record.name, record]),
);

const named = (ops: string): Record<string, string> => Object.fromEntries(ops.split(' ').map((op) => [op, op]));

/** Which function computes an elementwise op, by the dtype of its operands. */
const names: Readonly<Partial<Record<DType, Readonly<Record<string, string>>>>> = {
  f32: {
    ...named(
      'exp expm1 log log1p tanh sigmoid erf sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh pow atan2 fmod remainder floorDivide',
    ),
    expNegative: 'exp.negative',
    softplus: 'softplus',
  },
  i32: { fmod: 'intFmod', remainder: 'intRemainder', floorDivide: 'intFloorDivide', pow: 'intPow' },
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
