/** Programs of views and of changes in place, as source text and as what they do to memory. */
import { Strided } from './strided-memory.js';

/** Numbers that choose: the same ones give the same program. */
export class Choices {
  private at = 0;
  constructor(private readonly numbers: readonly number[]) {}

  get left(): boolean {
    return this.at < this.numbers.length;
  }

  below(count: number): number {
    return (this.numbers[this.at++] ?? 0) % count;
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
}

interface Variable {
  readonly name: string;
  readonly tensor: Strided;
}

export interface Program {
  /** The body of `forward(x)`, which returns a list of tensors. */
  readonly text: string;
  readonly results: readonly Strided[];
}

export const inputShape = [2, 3, 4];

/**
 * Writes a program and runs it on memory that holds `input`. Every value is a whole number, and so exact in any precision. A linear
 * program has neither branches nor what gradients do not follow.
 */
export function writeProgram(numbers: readonly number[], input: readonly number[], linear = false): Program {
  const choices = new Choices(numbers);
  const lines = ['const v0 = x.clone();'];
  const variables: Variable[] = [{ name: 'v0', tensor: Strided.of(input, inputShape) }];
  const total = input.reduce((sum, value) => sum + value, 0);
  const add = (text: string, tensor: Strided) => {
    const name = `v${variables.length}`;
    lines.push(`const ${name} = ${text};`);
    variables.push({ name, tensor });
  };
  while (choices.left && variables.length < 12) {
    const kind = choices.below(linear ? 7 : 9);
    if (kind < 4) {
      const made = viewOf(choices, choices.of(variables), linear);
      if (made !== undefined) add(made.text, made.tensor);
    } else if (kind < 7) {
      const change = changeOf(choices, variables, linear);
      if (change !== undefined) lines.push(change.text);
      change?.apply();
    } else if (kind === 7) {
      const [first, second] = [changeOf(choices, variables, linear), changeOf(choices, variables, linear)];
      const bound = choices.below(21) - 10;
      lines.push(`if (x.sum().item() > ${bound}) { ${first?.text ?? ''} } else { ${second?.text ?? ''} }`);
      (total > bound ? first : second)?.apply();
    } else {
      const { name, tensor } = choices.of(variables);
      if (tensor.repeats || tensor.shape.length === 0) continue;
      const turns = Math.min(Math.max(0, Math.trunc(total)), tensor.shape[0]!);
      lines.push(`for (let i = 0; i < x.sum().item() && i < ${tensor.shape[0]!}; i++) ${name}.select(0, i).mul_(2).add_(i);`);
      for (let i = 0; i < turns; i++) {
        const row = tensor.select(0, i);
        row.write(row.read().map((value) => value * 2 + i));
      }
    }
  }
  return {
    text: `${lines.join(' ')} return [${variables.map(({ name }) => name).join(', ')}];`,
    results: variables.map(({ tensor }) => tensor),
  };
}

/** A tensor made of another one: most share its memory. */
function viewOf(choices: Choices, { name, tensor }: Variable, linear: boolean): { text: string; tensor: Strided } | undefined {
  const { shape } = tensor;
  const rank = shape.length;
  const axis = rank === 0 ? 0 : choices.below(rank);
  const size = shape[axis] ?? 0;
  switch (choices.below(12)) {
    case 0:
      if (size === 0) return undefined;
      return at(choices.below(size), (i) => ({ text: `${name}.select(${axis}, ${i})`, tensor: tensor.select(axis, i) }));
    case 1: {
      if (size === 0) return undefined;
      const start = choices.below(size);
      const length = choices.below(size - start + 1);
      return { text: `${name}.narrow(${axis}, ${start}, ${length})`, tensor: tensor.narrow(axis, start, length) };
    }
    case 2: {
      if (size === 0) return undefined;
      const [start, step] = [choices.below(size), 1 + choices.below(3)];
      const length = Math.floor((size - start + step - 1) / step);
      return { text: `${name}.slice(${axis}, { start: ${start}, step: ${step} })`, tensor: tensor.narrow(axis, start, length, step) };
    }
    case 3: {
      if (rank === 0) return undefined;
      const other = choices.below(rank);
      return { text: `${name}.transpose(${axis}, ${other})`, tensor: tensor.transpose(axis, other) };
    }
    case 4:
    case 5: {
      const count = shape.reduce((product, each) => product * each, 1);
      if (count === 0) return undefined;
      const divisors = Array.from({ length: count }, (_, i) => i + 1).filter((n) => count % n === 0);
      const first = choices.of(divisors);
      const wanted = [first, count / first];
      const view = tensor.viewAs(wanted);
      if (view !== undefined) return { text: `${name}.${choices.of(['view', 'reshape'])}(${wanted})`, tensor: view };
      return { text: `${name}.reshape(${wanted})`, tensor: Strided.of(tensor.read(), wanted) };
    }
    case 6:
      return {
        text: `${name}.unsqueeze(${axis})`,
        tensor: tensor.with({ shape: shape.toSpliced(axis, 0, 1), strides: tensor.strides.toSpliced(axis, 0, 1) }),
      };
    case 7: {
      const tall = { shape: [2, ...shape], strides: [0, ...tensor.strides], repeats: true };
      return { text: `${name}.expand(${tall.shape})`, tensor: tensor.with(tall) };
    }
    case 8: {
      if (rank !== 2) return undefined;
      const offset = choices.below(5) - 2;
      return { text: `${name}.diagonal(${offset})`, tensor: tensor.diagonal(offset) };
    }
    case 9: {
      if (size < 2) return undefined;
      const [length, step] = [1 + choices.below(2), 1 + choices.below(3)];
      return { text: `${name}.unfold(${axis}, ${length}, { step: ${step} })`, tensor: tensor.unfold(axis, length, step) };
    }
    case 10:
      if (linear) return undefined;
      return { text: `${name}.detach()`, tensor };
    default:
      return { text: `${name}.mul(-1)`, tensor: tensor.map((value) => -value) };
  }
}

function at<T>(i: number, make: (i: number) => T): T {
  return make(i);
}

/** A change in place of one of the variables. */
function changeOf(choices: Choices, variables: readonly Variable[], linear: boolean): { text: string; apply: () => void } | undefined {
  const { name, tensor } = choices.of(variables);
  if (tensor.repeats) return undefined;
  const amount = choices.below(5) - 2;
  const each = (text: string, change: (value: number, i: number) => number) => ({
    text: `${name}.${text};`,
    apply: () => tensor.write(tensor.read().map(change)),
  });
  switch (choices.below(6)) {
    case 0:
      return each(`add_(${amount})`, (value) => value + amount);
    case 1:
      return each('mul_(-2)', (value) => value * -2);
    case 2:
      return each(`fill_(${amount})`, () => amount);
    case 3:
      if (linear) return each('neg_()', (value) => -value);
      return each(`maskedFill_(${name}.gt(${amount}), 5)`, (value) => (value > amount ? 5 : value));
    default: {
      const alike = variables.filter((other) => String(other.tensor.shape) === String(tensor.shape));
      const other = choices.of(alike);
      const copies = choices.below(2) === 0;
      return {
        text: `${name}.${copies ? 'copy_' : 'add_'}(${other.name});`,
        apply() {
          const [own, values] = [tensor.read(), other.tensor.read()];
          tensor.write(values.map((value, i) => (copies ? value : own[i]! + value)));
        },
      };
    }
  }
}
