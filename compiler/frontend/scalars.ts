/**
 * Arithmetic of numbers and booleans that are known at run time only. What JavaScript computes in float64 is computed in
 * f32, or in i32 where both operands are whole for certain. Scalars are outside of the gradient, as JavaScript's numbers are.
 */
import * as messages from '../diagnostics/messages.js';
import { isSymbolic } from '../ir/dim.js';
import type { Value } from '../ir/graph.js';
import type { DType } from '../ir/types.js';
import { Refusal, SizeRatio, TensorScalar } from './symbolic.js';
import type { Tensors } from './tensors.js';

type NumberType = 'i32' | 'f32';

const LEAST = -(2 ** 31);
const GREATEST = 2 ** 31 - 1;

/** Whether a number is one of i32: 0 but not -0. */
export function isWhole(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= LEAST && (value as number) <= GREATEST && !Object.is(value, -0);
}

const comparisons: Readonly<Record<string, string>> = { '<': 'lt', '<=': 'le', '>': 'gt', '>=': 'ge' };
const arithmetic: Readonly<Record<string, string>> = { '+': 'add', '-': 'sub', '*': 'mul', '%': 'fmod' };
/** Functions of Math that are ops. */
const elementary: readonly string[] = [
  'sqrt',
  'exp',
  'expm1',
  'log',
  'log1p',
  'sin',
  'cos',
  'tan',
  'asin',
  'acos',
  'atan',
  'sinh',
  'cosh',
  'tanh',
  'asinh',
  'acosh',
  'atanh',
];

export class Scalars {
  /** `a / b` of whole numbers: Math.floor of it is whole. */
  private readonly quotients = new WeakMap<TensorScalar, readonly [Value, Value]>();

  constructor(private readonly tensors: Tensors) {}

  /** The value of `.item()`. */
  read(handle: object): TensorScalar {
    const value = this.tensors.valueOfHandle(handle);
    const scalar = value.type.shape.length === 0 ? value : this.emit('reshape', [value], { shape: [] });
    return this.wrap(value.type.dtype === 'f32' || value.type.dtype === 'f64' ? this.emit('stopGradient', [scalar]) : scalar, 'number');
  }

  wrap(value: Value, type: TensorScalar['type']): TensorScalar {
    return new TensorScalar(this.tensors.handleOf(value), type);
  }

  boolean(value: Value): TensorScalar {
    return this.wrap(value, 'boolean');
  }

  valueOf(scalar: TensorScalar): Value {
    return this.tensors.valueOfHandle(scalar.handle);
  }

  dtypeOf(scalar: TensorScalar): DType {
    return this.tensors.typeOf(scalar.handle)!.dtype;
  }

  constant(value: number, dtype: DType): Value {
    return this.emit('constant', [], { value, dtype, shape: [] });
  }

  /** A host value as a tensor of rank 0, converted as JavaScript converts numbers. Throws where it is no number. */
  number(value: unknown, dtype: DType): Value {
    if (value instanceof TensorScalar) return this.cast(this.valueOf(value), dtype);
    if (isSymbolic(value)) return this.cast(this.emit('dimension', [], { size: value }), dtype);
    if (value instanceof SizeRatio) {
      const [a, b] = [this.number(value.numerator, 'f32'), this.number(value.denominator, 'f32')];
      return this.cast(this.emit('div', [a, b]), dtype);
    }
    const number = Number(value);
    if (dtype === 'bool') return this.constant(number !== 0 && !Number.isNaN(number) ? 1 : 0, 'bool');
    if (dtype === 'i32')
      return this.constant(Number.isNaN(number) ? 0 : Math.max(LEAST, Math.min(Math.trunc(number), GREATEST)) + 0, 'i32');
    return this.constant(number, dtype);
  }

  /** The dtype that a number is computed in. */
  typeOf(value: unknown): NumberType {
    if (value instanceof TensorScalar) return this.dtypeOf(value) === 'i32' || this.dtypeOf(value) === 'bool' ? 'i32' : 'f32';
    if (isSymbolic(value) || typeof value === 'boolean' || value === null) return 'i32';
    return isWhole(typeof value === 'string' ? Number(value) : value) ? 'i32' : 'f32';
  }

  private common(a: unknown, b: unknown): NumberType {
    return this.typeOf(a) === 'i32' && this.typeOf(b) === 'i32' ? 'i32' : 'f32';
  }

  /** Whether a host value counts as true. */
  truth(scalar: TensorScalar): TensorScalar {
    if (scalar.type === 'boolean') return scalar;
    const value = this.valueOf(scalar);
    if (value.type.dtype === 'bool') return this.boolean(value);
    if (value.type.dtype === 'i32') return this.boolean(this.emit('ne', [value, this.constant(0, 'i32')]));
    // NaN counts as false.
    return this.boolean(this.emit('gt', [this.emit('abs', [value]), this.constant(0, value.type.dtype)]));
  }

  /** Whether a size that may be 0 is not. */
  sizeTruth(size: unknown): TensorScalar {
    return this.binary('!==', size, 0) as TensorScalar;
  }

  not(scalar: TensorScalar): TensorScalar {
    return this.boolean(this.emit('not', [this.valueOf(this.truth(scalar))]));
  }

  /** `and` or `or` of two conditions. */
  both(a: TensorScalar, b: TensorScalar, op: 'and' | 'or'): TensorScalar {
    return this.boolean(this.emit(op, [this.valueOf(this.truth(a)), this.valueOf(this.truth(b))]));
  }

  select(condition: TensorScalar, a: Value, b: Value): Value {
    return this.emit('select', [this.valueOf(condition), a, b]);
  }

  /** A binary operator of JavaScript of which at least one operand is a TensorScalar; undefined where there is none for such. */
  binary(symbol: string, a: unknown, b: unknown): unknown {
    switch (symbol) {
      case '===':
      case '!==':
      case '==':
      case '!=':
        return this.equality(symbol, a, b);
      case '<':
      case '<=':
      case '>':
      case '>=': {
        checkNumeric(a, b);
        const dtype = this.common(a, b);
        return this.boolean(this.emit(comparisons[symbol]!, [this.number(a, dtype), this.number(b, dtype)]));
      }
      case '+':
      case '-':
      case '*':
      case '%': {
        checkNumeric(a, b);
        const dtype = this.common(a, b);
        return this.wrap(this.emit(arithmetic[symbol]!, [this.number(a, dtype), this.number(b, dtype)]), 'number');
      }
      case '/':
        checkNumeric(a, b);
        return this.quotient(a, b);
      case '**':
        checkNumeric(a, b);
        return this.power(a, b);
      default:
        return this.bits(symbol, a, b);
    }
  }

  private equality(symbol: string, a: unknown, b: unknown): unknown {
    const negated = symbol.startsWith('!');
    const strict = symbol.length === 3;
    const [left, right] = [kindOf(a), kindOf(b)];
    if (left === undefined || right === undefined || (strict && left !== right)) return negated;
    const bools = left === 'boolean' && right === 'boolean';
    if (bools && !(a instanceof TensorScalar)) return this.equality(symbol, b, a);
    if (bools && typeof b === 'boolean') return b !== negated ? a : this.not(a as TensorScalar);
    if (bools) {
      const differ = this.emit('xor', [this.number(a, 'bool'), this.number(b, 'bool')]);
      return this.boolean(negated ? differ : this.emit('not', [differ]));
    }
    const dtype = this.common(a, b);
    return this.boolean(this.emit(negated ? 'ne' : 'eq', [this.number(a, dtype), this.number(b, dtype)]));
  }

  private quotient(a: unknown, b: unknown): TensorScalar {
    const result = this.wrap(this.emit('div', [this.number(a, 'f32'), this.number(b, 'f32')]), 'number');
    if (this.common(a, b) === 'i32') this.quotients.set(result, [this.number(a, 'i32'), this.number(b, 'i32')]);
    return result;
  }

  /** Small whole exponents multiply: that is exact, and stays whole. */
  private power(a: unknown, b: unknown): TensorScalar {
    if (isWhole(b) && b >= 1 && b <= 8) {
      const base = this.number(a, this.typeOf(a));
      let product = base;
      for (let i = 1; i < b; i++) product = this.emit('mul', [product, base]);
      return this.wrap(product, 'number');
    }
    return this.wrap(this.emit('pow', [this.number(a, 'f32'), this.number(b, 'f32')]), 'number');
  }

  /** Of the operators on bits those that are arithmetic on i32: by powers of two. */
  private bits(symbol: string, a: unknown, b: unknown): unknown {
    const whole = () => this.number(a, 'i32');
    if ((symbol === '|' || symbol === '>>' || symbol === '<<' || symbol === '^') && b === 0) return this.wrap(whole(), 'number');
    if (typeof b !== 'number' || !Number.isInteger(b)) return undefined;
    const power = (exponent: number) => this.constant(2 ** exponent, 'i32');
    if (symbol === '&' && b >= 0 && Number.isInteger(Math.log2(b + 1)) && b < GREATEST)
      return this.wrap(this.emit('remainder', [whole(), power(Math.log2(b + 1))]), 'number');
    if (b < 0 || b > 30) return undefined;
    if (symbol === '>>') return this.wrap(this.emit('floorDivide', [whole(), power(b)]), 'number');
    if (symbol === '<<') return this.wrap(this.emit('mul', [whole(), power(b)]), 'number');
    return undefined;
  }

  /** `+x`, `-x`, `~x` */
  unary(symbol: string, x: TensorScalar): TensorScalar {
    if (symbol === '+') return this.asNumber(x);
    if (symbol === '-') return this.wrap(this.emit('neg', [this.number(x, this.typeOf(x))]), 'number');
    const whole = this.number(x, 'i32');
    return this.wrap(this.emit('sub', [this.constant(-1, 'i32'), whole]), 'number');
  }

  asNumber(x: TensorScalar): TensorScalar {
    return x.type === 'number' ? x : new TensorScalar(x.handle, 'number');
  }

  /** A function of Math, Number or the global object; undefined where there is none for scalars. */
  call(name: string, args: readonly unknown[]): unknown {
    const [x, y] = args;
    if (elementary.includes(name)) return this.wrap(this.emit(name, [this.number(x, 'f32')]), 'number');
    const one = x instanceof TensorScalar ? x : undefined;
    switch (name) {
      case 'abs':
      case 'sign':
        return this.wrap(this.emit(name, [this.number(x, this.typeOf(x))]), 'number');
      case 'floor':
      case 'ceil':
      case 'trunc':
        return one && this.rounded(name, one);
      case 'parseInt':
        return one && this.rounded('trunc', one);
      case 'round':
        return one && this.roundHalfUp(one);
      case 'fround':
      case 'parseFloat':
        return one && this.wrap(this.number(one, 'f32'), 'number');
      case 'max':
      case 'min':
        return args.reduce((best, arg) => {
          const dtype = this.common(best, arg);
          const op = name === 'max' ? 'maximum' : 'minimum';
          return this.wrap(this.emit(op, [this.number(best, dtype), this.number(arg, dtype)]), 'number');
        });
      case 'pow':
        return this.power(x, y);
      case 'atan2':
        return this.wrap(this.emit('atan2', [this.number(x, 'f32'), this.number(y, 'f32')]), 'number');
      case 'hypot': {
        const squares = args.map((arg) => this.emit('mul', [this.number(arg, 'f32'), this.number(arg, 'f32')]));
        return this.wrap(this.emit('sqrt', [squares.reduce((sum, square) => this.emit('add', [sum, square]))]), 'number');
      }
      case 'log2':
      case 'log10': {
        const base = this.constant(name === 'log2' ? Math.LN2 : Math.LN10, 'f32');
        return this.wrap(this.emit('div', [this.emit('log', [this.number(x, 'f32')]), base]), 'number');
      }
      case 'cbrt': {
        const value = this.number(x, 'f32');
        const root = this.emit('pow', [this.emit('abs', [value]), this.constant(1 / 3, 'f32')]);
        return this.wrap(this.emit('mul', [this.emit('sign', [value]), root]), 'number');
      }
      case 'isNaN':
        return one && this.isNaN(one);
      case 'isFinite':
        return one && this.isFinite(one);
      case 'isInteger':
      case 'isSafeInteger':
        return one && this.isInteger(one);
      case 'Number':
        return one && this.asNumber(one);
      case 'Boolean':
        return one && this.truth(one);
      default:
        return undefined;
    }
  }

  private rounded(name: 'floor' | 'ceil' | 'trunc', x: TensorScalar): TensorScalar {
    if (this.typeOf(x) === 'i32') return this.asNumber(x);
    const parts = this.quotients.get(x);
    if (parts === undefined) return this.wrap(this.emit(name, [this.number(x, 'f32')]), 'number');
    const [a, b] = parts;
    if (name === 'floor') return this.wrap(this.emit('floorDivide', [a, b]), 'number');
    // ceil(a / b) = -floor(-a / b); trunc(a / b) = (a - a % b) / b, which is exact
    if (name === 'ceil') return this.wrap(this.emit('neg', [this.emit('floorDivide', [this.emit('neg', [a]), b])]), 'number');
    return this.wrap(this.emit('floorDivide', [this.emit('sub', [a, this.emit('fmod', [a, b])]), b]), 'number');
  }

  /** Math.round: a half goes up. */
  private roundHalfUp(x: TensorScalar): TensorScalar {
    if (this.typeOf(x) === 'i32') return this.asNumber(x);
    const value = this.number(x, 'f32');
    const below = this.emit('floor', [value]);
    const up = this.emit('ge', [this.emit('sub', [value, below]), this.constant(0.5, 'f32')]);
    return this.wrap(this.emit('select', [up, this.emit('add', [below, this.constant(1, 'f32')]), below]), 'number');
  }

  private isNaN(x: TensorScalar): TensorScalar | boolean {
    return this.typeOf(x) === 'i32' ? false : this.boolean(this.emit('isNan', [this.number(x, 'f32')]));
  }

  private isFinite(x: TensorScalar): TensorScalar | boolean {
    if (this.typeOf(x) === 'i32') return true;
    const size = this.emit('abs', [this.number(x, 'f32')]);
    return this.boolean(this.emit('lt', [size, this.constant(Number.POSITIVE_INFINITY, 'f32')]));
  }

  private isInteger(x: TensorScalar): TensorScalar | boolean {
    if (x.type === 'boolean') return false;
    if (this.typeOf(x) === 'i32') return true;
    const value = this.number(x, 'f32');
    const whole = this.boolean(this.emit('eq', [value, this.emit('floor', [value])]));
    return this.both(whole, this.isFinite(x) as TensorScalar, 'and');
  }

  cast(value: Value, dtype: DType): Value {
    return value.type.dtype === dtype ? value : this.emit('cast', [value], { dtype });
  }

  emit(op: string, inputs: readonly Value[], attributes: Readonly<Record<string, unknown>> = {}): Value {
    return this.tensors.compute(op, inputs, attributes);
  }
}

/** What `typeof` says of a value that may equal a scalar. */
function kindOf(value: unknown): 'number' | 'boolean' | undefined {
  if (value instanceof TensorScalar) return value.type;
  if (isSymbolic(value) || value instanceof SizeRatio) return 'number';
  return typeof value === 'number' || typeof value === 'boolean' ? (typeof value as 'number' | 'boolean') : undefined;
}

/** Text of a number that is not known yet cannot be made. */
function checkNumeric(...operands: readonly unknown[]): void {
  for (const operand of operands) {
    const numeric =
      operand instanceof TensorScalar ||
      isSymbolic(operand) ||
      operand instanceof SizeRatio ||
      typeof operand === 'number' ||
      typeof operand === 'boolean' ||
      operand === null ||
      operand === undefined;
    if (!numeric)
      throw new Refusal(messages.tensorCondition(`an operator with ${typeof operand === 'object' ? 'an object' : `a ${typeof operand}`}`));
  }
}
