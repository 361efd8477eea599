import type { Value } from '../ir/graph.js';
import { type DType, isFloat, sameType, type TensorType, typeText } from '../ir/types.js';
import { dtypeAttribute } from './attributes.js';
import { add, addScalar, constantOf, div, dropWhere, keepWhere, mul, mulScalar, square, sub, unary, zerosOf } from './emit.js';
import { acosh, asinh, atanh, erf, floatFloorDivide, floatPow, floatRemainder, intPow, roundHalfToEven, sigmoid } from './float-math.js';
import { type Emitter, type Op, OpError, type TensorData } from './op.js';
import { allocate } from './tensor-data.js';

type UnaryGradient = (b: Emitter, x: Value, y: Value, g: Value) => Value;
type BinaryGradient = (b: Emitter, x: Value, y: Value, g: Value, result: Value) => readonly [Value, Value];

/** Checks that there are as many inputs as the op takes. */
export function checkArity(op: string, inputs: readonly TensorType[], arity: number): void {
  if (inputs.length !== arity) throw new OpError(`${op} takes ${arity} tensor${arity === 1 ? '' : 's'}, found ${inputs.length}`);
}

function checkDtype(op: string, type: TensorType, allowed: readonly DType[]): void {
  if (allowed.includes(type.dtype)) return;
  const expected = allowed.filter((dtype) => dtype !== 'f64' || allowed.length === 1).join(' or ');
  const hint = type.dtype === 'bool' || allowed.includes('f32') ? `Convert it first, for example with x.to('${allowed[0]}').` : undefined;
  throw new OpError(`${op} takes ${expected} tensors, found ${typeText(type)}`, hint);
}

export function checkSameType(op: string, a: TensorType, b: TensorType): void {
  if (sameType(a, b)) return;
  throw new OpError(`${op} needs tensors of the same shape and dtype, found ${typeText(a)} and ${typeText(b)}`);
}

const floats: readonly DType[] = ['f32', 'f64'];
const numbers: readonly DType[] = ['f32', 'f64', 'i32'];

function unaryOp(name: string, dtypes: readonly DType[], compute: (x: number) => number, gradient?: UnaryGradient): Op {
  return {
    name,
    kind: 'elementwise',
    arity: 1,
    ...(dtypes === floats && gradient !== flat && { costly: true }),
    type(inputs) {
      checkArity(name, inputs, 1);
      checkDtype(name, inputs[0]!, dtypes);
      return inputs[0]!;
    },
    evaluate([x], _attributes, type) {
      const result = allocate(type);
      const from = x!.data;
      const to = result.data;
      for (let i = 0; i < to.length; i++) to[i] = compute(from[i]!);
      return result;
    },
    ...(gradient && {
      vjp: (b, node, g) => [isFloat(node.inputs[0]!.type.dtype) ? gradient(b, node.inputs[0]!, node.outputs[0]!, g) : undefined],
    }),
  };
}

interface BinaryRule {
  readonly dtypes: readonly DType[];
  readonly float: (x: number, y: number) => number;
  readonly int?: (x: number, y: number) => number;
  readonly gradient?: BinaryGradient;
  readonly commutative?: boolean;
}

function mapPairs(a: TensorData, b: TensorData, type: TensorType, compute: (x: number, y: number) => number): TensorData {
  const result = allocate(type);
  const left = a.data;
  const right = b.data;
  const to = result.data;
  for (let i = 0; i < to.length; i++) to[i] = compute(left[i]!, right[i]!);
  return result;
}

function binaryOp(name: string, rule: BinaryRule): Op {
  const { gradient } = rule;
  return {
    name,
    kind: 'elementwise',
    arity: 2,
    ...(rule.commutative && { commutative: true }),
    type(inputs) {
      checkArity(name, inputs, 2);
      checkDtype(name, inputs[0]!, rule.dtypes);
      checkSameType(name, inputs[0]!, inputs[1]!);
      return inputs[0]!;
    },
    evaluate: ([x, y], _attributes, type) => mapPairs(x!, y!, type, type.dtype === 'i32' ? (rule.int ?? rule.float) : rule.float),
    ...(gradient && {
      vjp(b, node, g) {
        const [x, y] = node.inputs;
        return isFloat(x!.type.dtype) ? gradient(b, x!, y!, g, node.outputs[0]!) : [undefined, undefined];
      },
    }),
  };
}

function comparison(name: string, dtypes: readonly DType[], holds: (x: number, y: number) => boolean, commutative = false): Op {
  return {
    name,
    kind: 'elementwise',
    arity: 2,
    ...(commutative && { commutative }),
    type(inputs) {
      checkArity(name, inputs, 2);
      checkDtype(name, inputs[0]!, dtypes);
      checkSameType(name, inputs[0]!, inputs[1]!);
      return { dtype: 'bool', shape: inputs[0]!.shape };
    },
    evaluate: ([x, y], _attributes, type) => mapPairs(x!, y!, type, (a, b) => (holds(a, b) ? 1 : 0)),
  };
}

/** Piecewise constant functions: the gradient is zero wherever PyTorch defines one. */
const flat: UnaryGradient = (b, x) => zerosOf(b, x.type);

const oneMinusSquare = (b: Emitter, x: Value) => sub(b, constantOf(b, x.type, 1), square(b, x));

/** Functions of one number. Gradients are PyTorch's (tools/autograd/derivatives.yaml), kinks included. */
const unaryOps: readonly Op[] = [
  unaryOp(
    'neg',
    numbers,
    (x) => -x,
    (b, _x, _y, g) => unary(b, 'neg', g),
  ),
  unaryOp('abs', numbers, Math.abs, (b, x, _y, g) => mul(b, g, unary(b, 'sign', x))),
  unaryOp('sign', numbers, (x) => (x > 0 ? 1 : x < 0 ? -1 : 0), flat),
  unaryOp('exp', floats, Math.exp, (b, _x, y, g) => mul(b, g, y)),
  unaryOp('expm1', floats, Math.expm1, (b, _x, y, g) => mul(b, g, addScalar(b, y, 1))),
  unaryOp('log', floats, Math.log, (b, x, _y, g) => div(b, g, x)),
  unaryOp('log1p', floats, Math.log1p, (b, x, _y, g) => div(b, g, addScalar(b, x, 1))),
  unaryOp('sqrt', floats, Math.sqrt, (b, _x, y, g) => div(b, g, mulScalar(b, y, 2))),
  unaryOp('sin', floats, Math.sin, (b, x, _y, g) => mul(b, g, unary(b, 'cos', x))),
  unaryOp('cos', floats, Math.cos, (b, x, _y, g) => unary(b, 'neg', mul(b, g, unary(b, 'sin', x)))),
  unaryOp('tan', floats, Math.tan, (b, _x, y, g) => mul(b, g, addScalar(b, square(b, y), 1))),
  unaryOp('asin', floats, Math.asin, (b, x, _y, g) => div(b, g, unary(b, 'sqrt', oneMinusSquare(b, x)))),
  unaryOp('acos', floats, Math.acos, (b, x, _y, g) => unary(b, 'neg', div(b, g, unary(b, 'sqrt', oneMinusSquare(b, x))))),
  unaryOp('atan', floats, Math.atan, (b, x, _y, g) => div(b, g, addScalar(b, square(b, x), 1))),
  unaryOp('sinh', floats, Math.sinh, (b, x, _y, g) => mul(b, g, unary(b, 'cosh', x))),
  unaryOp('cosh', floats, Math.cosh, (b, x, _y, g) => mul(b, g, unary(b, 'sinh', x))),
  unaryOp('tanh', floats, Math.tanh, (b, _x, y, g) => mul(b, g, oneMinusSquare(b, y))),
  unaryOp('asinh', floats, asinh, (b, x, _y, g) => div(b, g, unary(b, 'sqrt', addScalar(b, square(b, x), 1)))),
  unaryOp('acosh', floats, acosh, (b, x, _y, g) => div(b, g, unary(b, 'sqrt', addScalar(b, square(b, x), -1)))),
  unaryOp('atanh', floats, atanh, (b, x, _y, g) => div(b, g, oneMinusSquare(b, x))),
  unaryOp('sigmoid', floats, sigmoid, (b, _x, y, g) => mul(b, g, mul(b, y, sub(b, constantOf(b, y.type, 1), y)))),
  unaryOp('erf', floats, erf, (b, x, _y, g) =>
    mul(b, g, mulScalar(b, unary(b, 'exp', unary(b, 'neg', square(b, x))), 2 / Math.sqrt(Math.PI))),
  ),
  unaryOp('floor', floats, Math.floor, flat),
  unaryOp('ceil', floats, Math.ceil, flat),
  unaryOp('round', floats, roundHalfToEven, flat),
  unaryOp('trunc', floats, Math.trunc, flat),
];

/** Where the inputs tie, each gets half; where either is NaN, both get all (PyTorch's maximum and minimum). */
function extremeGradient(loses: 'lt' | 'gt', losesOther: 'lt' | 'gt'): BinaryGradient {
  return (b, x, y, g) => {
    const shared = b.emit('select', [b.emit('eq', [x, y]), mulScalar(b, g, 0.5), g]);
    return [dropWhere(b, b.emit(loses, [x, y]), shared), dropWhere(b, b.emit(losesOther, [x, y]), shared)];
  };
}

/** d(x^y)/dx = y x^(y-1), 0 where y = 0; d(x^y)/dy = x^y log x, 0 where x = 0 and y >= 0 (pow_backward of PyTorch). */
const powGradient: BinaryGradient = (b, x, y, g, result) => {
  const zero = zerosOf(b, x.type);
  const dx = mul(b, g, mul(b, y, b.emit('pow', [x, addScalar(b, y, -1)])));
  const noSlope = b.emit('and', [b.emit('eq', [x, zero]), b.emit('ge', [y, zero])]);
  return [dropWhere(b, b.emit('eq', [y, zero]), dx), mul(b, g, dropWhere(b, noSlope, mul(b, result, unary(b, 'log', x))))];
};

const binaryOps: readonly Op[] = [
  binaryOp('add', { dtypes: numbers, float: (x, y) => x + y, commutative: true, gradient: (_b, _x, _y, g) => [g, g] }),
  binaryOp('sub', { dtypes: numbers, float: (x, y) => x - y, gradient: (b, _x, _y, g) => [g, unary(b, 'neg', g)] }),
  binaryOp('mul', {
    dtypes: numbers,
    float: (x, y) => x * y,
    int: Math.imul,
    commutative: true,
    gradient: (b, x, y, g) => [mul(b, g, y), mul(b, g, x)],
  }),
  binaryOp('div', {
    dtypes: floats,
    float: (x, y) => x / y,
    gradient: (b, _x, y, g, result) => [div(b, g, y), unary(b, 'neg', mul(b, g, div(b, result, y)))],
  }),
  binaryOp('pow', { dtypes: numbers, float: floatPow, int: intPow, gradient: powGradient }),
  binaryOp('maximum', { dtypes: numbers, float: Math.max, commutative: true, gradient: extremeGradient('lt', 'gt') }),
  binaryOp('minimum', { dtypes: numbers, float: Math.min, commutative: true, gradient: extremeGradient('gt', 'lt') }),
  // remainder(x, y) = x - y floor(x / y)
  binaryOp('remainder', {
    dtypes: numbers,
    float: floatRemainder,
    int: (x, y) => (y === 0 ? 0 : x - y * Math.floor(x / y)),
    gradient: (b, x, y, g) => [g, unary(b, 'neg', mul(b, g, b.emit('floorDivide', [x, y])))],
  }),
  // fmod(x, y) = x - y trunc(x / y)
  binaryOp('fmod', {
    dtypes: numbers,
    float: (x, y) => x % y,
    int: (x, y) => (y === 0 ? 0 : x % y),
    gradient: (b, x, y, g) => [g, unary(b, 'neg', mul(b, g, unary(b, 'trunc', div(b, x, y))))],
  }),
  binaryOp('floorDivide', {
    dtypes: numbers,
    float: floatFloorDivide,
    int: (x, y) => (y === 0 ? 0 : Math.floor(x / y)),
    gradient: (b, x, y) => [zerosOf(b, x.type), zerosOf(b, y.type)],
  }),
  binaryOp('atan2', {
    dtypes: floats,
    float: Math.atan2,
    gradient(b, x, y, g) {
      const scaled = div(b, g, add(b, square(b, x), square(b, y)));
      return [mul(b, scaled, y), unary(b, 'neg', mul(b, scaled, x))];
    },
  }),
];

const all: readonly DType[] = ['f32', 'f64', 'i32', 'bool'];

const comparisons: readonly Op[] = [
  comparison('eq', all, (x, y) => x === y, true),
  comparison('ne', all, (x, y) => x !== y, true),
  comparison('lt', numbers, (x, y) => x < y),
  comparison('le', numbers, (x, y) => x <= y),
  comparison('gt', numbers, (x, y) => x > y),
  comparison('ge', numbers, (x, y) => x >= y),
  comparison('and', ['bool'], (x, y) => x !== 0 && y !== 0, true),
  comparison('or', ['bool'], (x, y) => x !== 0 || y !== 0, true),
  comparison('xor', ['bool'], (x, y) => x !== y, true),
  unaryOp('not', ['bool'], (x) => 1 - x),
  {
    name: 'isNan',
    kind: 'elementwise',
    arity: 1,
    type(inputs) {
      checkArity('isNan', inputs, 1);
      checkDtype('isNan', inputs[0]!, floats);
      return { dtype: 'bool', shape: inputs[0]!.shape };
    },
    evaluate([x], _attributes, type) {
      const result = allocate(type);
      x!.data.forEach((value, i) => {
        result.data[i] = Number.isNaN(value) ? 1 : 0;
      });
      return result;
    },
  },
];

const select: Op = {
  name: 'select',
  kind: 'elementwise',
  arity: 3,
  type(inputs) {
    checkArity('select', inputs, 3);
    const [condition, a, b] = inputs as readonly [TensorType, TensorType, TensorType];
    checkSameType('select', a, b);
    checkSameType('select', condition, { dtype: 'bool', shape: a.shape });
    return a;
  },
  evaluate([condition, a, b], _attributes, type) {
    const result = allocate(type);
    const to = result.data;
    for (let i = 0; i < to.length; i++) to[i] = condition!.data[i] ? a!.data[i]! : b!.data[i]!;
    return result;
  },
  vjp(b, node, g) {
    const condition = node.inputs[0]!;
    if (!isFloat(g.type.dtype)) return [undefined, undefined, undefined];
    return [undefined, keepWhere(b, condition, g), dropWhere(b, condition, g)];
  },
};

/** Float to i32 truncates; what lies outside the range of i32 saturates and NaN gives 0 (no target promises more). */
const cast: Op = {
  name: 'cast',
  kind: 'elementwise',
  arity: 1,
  type(inputs, attributes) {
    checkArity('cast', inputs, 1);
    return { dtype: dtypeAttribute('cast', attributes), shape: inputs[0]!.shape };
  },
  evaluate([x], _attributes, type) {
    const result = allocate(type);
    const from = x!.data;
    const to = result.data;
    if (type.dtype === 'bool') for (let i = 0; i < to.length; i++) to[i] = from[i] !== 0 ? 1 : 0;
    else if (type.dtype === 'i32') for (let i = 0; i < to.length; i++) to[i] = Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, from[i]!));
    else for (let i = 0; i < to.length; i++) to[i] = from[i]!;
    return result;
  },
  vjp(b, node, g) {
    const { dtype } = node.inputs[0]!.type;
    return [isFloat(dtype) && isFloat(g.type.dtype) ? b.emit('cast', [g], { dtype }) : undefined];
  },
};

const stopGradient: Op = {
  name: 'stopGradient',
  kind: 'elementwise',
  arity: 1,
  type(inputs) {
    checkArity('stopGradient', inputs, 1);
    return inputs[0]!;
  },
  evaluate: ([x]) => x!,
  vjp: () => [undefined],
};

export const elementwiseOps: readonly Op[] = [...unaryOps, ...binaryOps, ...comparisons, select, cast, stopGradient];
