/** Kernels and programs as compact text: for people, for golden files, and as the key by which equal kernels are found. */
import { addDims, type Dim, dimText } from '../ir/dim.js';
import { type DType, shapeText } from '../ir/types.js';
import type { Axis, IndexCondition, IndexExpr, ScalarExpr } from './expr.js';
import type { Kernel, Part, RowStep, Store } from './kernel.js';
import { kernelsIn, type LoweredBuffer, type LoweredProgram, type LoweredStep } from './program.js';
import { visitScalar } from './scalar.js';

export function printKernel(kernel: Kernel): string {
  return `kernel ${kernel.name}${kernelText(kernel, (tensor) => kernel.tensors[tensor]!.name)}`;
}

/** The text of a kernel without any names: equal for kernels that do the same. */
export function kernelKey(kernel: Kernel): string {
  return kernelText(kernel, (tensor) => `t${tensor}`);
}

type TensorName = (tensor: number) => string;

function kernelText(kernel: Kernel, name: TensorName): string {
  const tensors = kernel.tensors.map(({ dtype, size, access }, i) => `${access} ${name(i)}: ${dtype}[${dimText(size)}]`);
  const lines = kernel.parts.flatMap((part) => partLines(part, name));
  return `(${tensors.join(', ')}) {\n${lines.map((line) => `  ${line}`).join('\n')}\n}\n`;
}

function axesText(label: string, axes: readonly Axis[]): string {
  return axes.length === 0 ? '' : ` ${label} ${axes.map((axis) => `${axis.name}<${dimText(axis.size)}`).join(' ')}`;
}

function partLines(part: Part, name: TensorName): string[] {
  const text = new ExpressionText(name);
  const block = (head: string, body: readonly string[]): string[] => [head, ...body.map((line) => `  ${line}`)];
  if (part.kind === 'rows') {
    return block(
      `rows${axesText('over', part.rows)}${axesText('inner', part.inner)}`,
      part.steps.flatMap((step) => stepLines(step, text)),
    );
  }
  if (part.kind === 'contract') {
    const { batch, m, n, k } = part;
    const head = `contract${axesText('batch', batch)}${axesText('m', m)}${axesText('n', n)}${axesText('k', k)}`;
    const operands = [...text.statement('a = ', part.a), ...text.statement('b = ', part.b)];
    return block(head, [...operands, ...part.stores.flatMap((store) => storeLines(store, 'store', text))]);
  }
  if (part.kind === 'line') {
    const head = `line ${part.method}${axesText('over', part.rows)}${axesText('along', [part.axis])}`;
    return block(head, [...text.statement('acc = ', part.value), ...storeLines(part.store, 'store', text)]);
  }
  const conditions = part.conditions.map((condition) => text.condition(condition)).join(' and ');
  const sign = part.combine === 'sum' ? '+=' : 'max=';
  const head = `scatter${axesText('over', part.updates)} if ${conditions}`;
  return block(head, text.statement(`${name(part.store.tensor)}[${text.index(part.store.index)}] ${sign} `, part.store.value));
}

function stepLines(step: RowStep, text: ExpressionText): string[] {
  switch (step.kind) {
    case 'reduce':
      return text.statement(`${step.name}: ${step.dtype} = ${step.combine} `, step.value);
    case 'let':
      return text.statement(`${step.name}: ${step.dtype} = `, step.value);
    case 'storeRow':
      return storeLines(step, 'row', text);
    case 'storeElement':
      return storeLines(step, 'element', text);
  }
}

function storeLines(store: Store, label: string, text: ExpressionText): string[] {
  return text.statement(`${label} ${text.tensor(store.tensor)}[${text.index(store.index)}] = `, store.value);
}

const infix: Readonly<Record<string, string>> = {
  add: '+',
  sub: '-',
  mul: '*',
  div: '/',
  eq: '==',
  ne: '!=',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
  and: '&&',
  or: '||',
};

/** Sub-expressions that occur more than once in a statement get lines of their own before it. */
class ExpressionText {
  private names = new Map<ScalarExpr, string>();
  private next = 0;

  constructor(readonly tensor: TensorName) {}

  statement(head: string, expr: ScalarExpr): string[] {
    this.names = new Map();
    const uses = new Map<ScalarExpr, number>();
    const inOrder: ScalarExpr[] = [];
    const count = (child: ScalarExpr): void => {
      uses.set(child, (uses.get(child) ?? 0) + 1);
    };
    visitScalar(expr, (part) => {
      inOrder.push(part);
      if (part.kind === 'apply') part.args.forEach(count);
      if (part.kind === 'guard') [part.value, part.otherwise].forEach(count);
    });
    const lines: string[] = [];
    for (const part of inOrder) {
      if ((uses.get(part) ?? 0) < 2 || (part.kind !== 'apply' && part.kind !== 'guard' && part.kind !== 'random')) continue;
      const name = `$${this.next++}`;
      lines.push(`${name} = ${this.scalar(part)}`);
      this.names.set(part, name);
    }
    return [...lines, `${head}${this.scalar(expr)}`];
  }

  scalar(expr: ScalarExpr): string {
    const name = this.names.get(expr);
    if (name !== undefined) return name;
    switch (expr.kind) {
      case 'constant':
        return expr.dtype === 'bool' ? String(expr.value !== 0) : numberText(expr.value, expr.dtype);
      case 'load':
        return `${this.tensor(expr.tensor)}[${this.index(expr.index)}]`;
      case 'index':
        return `i32(${this.index(expr.index)})`;
      case 'local':
        return expr.name;
      case 'random':
        return `random(${this.tensor(expr.rng)}, ${this.index(expr.stream)}, ${this.index(expr.index)})`;
      case 'guard': {
        const conditions = expr.conditions.map((condition) => this.condition(condition)).join(' and ');
        return `(if ${conditions} then ${this.scalar(expr.value)} else ${this.scalar(expr.otherwise)})`;
      }
      case 'apply': {
        const args = expr.args.map((arg) => this.scalar(arg));
        const sign = infix[expr.op];
        if (sign) return `(${args.join(` ${sign} `)})`;
        return expr.op === 'cast' ? `${expr.dtype}(${args[0]})` : `${expr.op}(${args.join(', ')})`;
      }
    }
  }

  condition(condition: IndexCondition): string {
    if (condition.kind === 'divisible') return `${condition.by} | ${this.index(condition.index)}`;
    return `${this.index(condition.low)} <= ${this.index(condition.index)} < ${this.index(condition.high)}`;
  }

  index(expr: IndexExpr): string {
    switch (expr.kind) {
      case 'number':
        return String(expr.value);
      case 'axis':
        return expr.axis.name;
      case 'size':
        return dimText(expr.dim);
      case 'value':
        return `{${this.scalar(expr.value)}}`;
      case 'add':
        return `${this.index(expr.left)} + ${this.index(expr.right)}`;
      case 'mul':
        return `${this.factor(expr.left)}*${this.factor(expr.right)}`;
      case 'floorDiv':
        return `${this.factor(expr.left)} div ${this.factor(expr.right)}`;
      case 'mod':
        return `${this.factor(expr.left)} mod ${this.factor(expr.right)}`;
    }
  }

  private factor(expr: IndexExpr): string {
    const text = this.index(expr);
    return /^[\w{]/.test(text) && !/[ *]/.test(text) ? text : `(${text})`;
  }
}

/** The shortest text that names the number among those of its dtype. */
function numberText(value: number, dtype: DType): string {
  if (Object.is(value, -0)) return '-0.0';
  if (dtype === 'i32') return String(value);
  let text = String(value);
  for (let digits = 1; dtype === 'f32' && Number.isFinite(value) && digits < 10; digits++) {
    const shorter = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(shorter)) !== value) continue;
    text = shorter;
    break;
  }
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** A program: its buffers, launches and results. Kernels are printed apart. */
export function printProgram(program: LoweredProgram): string {
  const lines = [
    `program ${program.name}(${program.arguments.map((tensor) => `${tensor.name}: ${tensor.dtype}${shapeText(tensor.shape)}`).join(', ')})`,
  ];
  if (program.dims.length > 0) lines.push(`  dims ${program.dims.join(', ')}`);
  program.buffers.forEach((buffer, i) => {
    lines.push(`  buffer ${i}: ${buffer.dtype}[${dimText(buffer.size)}] ${placeText(buffer)}`);
  });
  lines.push(...program.launches.flatMap((step) => stepText(step, program)).map((line) => `  ${line}`));
  for (const output of program.outputs) {
    lines.push(`  ${output.role} ${output.name}: ${output.dtype}${shapeText(output.shape)} = buffer ${output.buffer}`);
  }
  return `${lines.join('\n')}\n`;
}

function stepText(step: LoweredStep, program: LoweredProgram): string[] {
  const indented = (steps: readonly LoweredStep[]): string[] =>
    steps.flatMap((inner) => stepText(inner, program)).map((line) => `  ${line}`);
  if ('kernel' in step) return [`launch ${step.kernel.name}(${step.buffers.join(', ')})`];
  if ('if' in step) return [`if ${step.if}`, ...indented(step.body), ...(step.else.length > 0 ? ['else', ...indented(step.else)] : [])];
  const { limit, count, turns, trips, tapes } = step;
  const counted = count === undefined ? '' : `, turns ${turns === undefined ? '' : `${turns} `}in ${count}`;
  const perTurn = tapes.reduce<Dim>((sum, { bytes }) => addDims(sum, bytes), 0);
  const head = `while ${step.while}, ${trips === undefined ? `at most ${limit}` : dimText(trips)} turns${counted}${tapes.length > 0 ? `: ${dimText(perTurn)} bytes of tape per turn` : ''}`;
  const rows = tapes.map(({ buffer, bytes }) => `  tape ${buffer}: ${dimText(bytes)} bytes per turn`);
  return [head, ...(rows.length > 1 ? rows : []), ...indented(step.body)];
}

function placeText(buffer: LoweredBuffer): string {
  const { place, index, name, live } = buffer;
  return [place, index, name, live && `from ${live[0]} to ${live[1]}`].filter((word) => word !== undefined).join(' ');
}

/** All of a program: the plan and every kernel once, in order of first launch. */
export function printKernels(program: LoweredProgram): string {
  return [printProgram(program), ...kernelsIn(program).map(printKernel)].join('\n');
}
