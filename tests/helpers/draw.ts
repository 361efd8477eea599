import fc from 'fast-check';

/** Choices made from a list of drawn numbers; past its end every choice is the first. Fewer and smaller numbers give simpler things. */
export class Draw {
  private at = 0;
  constructor(private readonly numbers: readonly number[]) {}

  /** An integer from 0 to `count` - 1. */
  below(count: number): number {
    const number = this.numbers[this.at++] ?? 0;
    return count <= 1 ? 0 : number % count;
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error('nothing to pick from');
    return list[this.below(list.length)]!;
  }

  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True once in `n` times, and false for the simplest draw. */
  oneIn(n: number): boolean {
    return this.below(n) === n - 1;
  }

  /** A random order of 0 .. count - 1. */
  permutation(count: number): number[] {
    const order = Array.from({ length: count }, (_, i) => i);
    for (let i = 0; i < count - 1; i++) {
      const j = i + this.below(count - i);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}

/** `length` numbers to choose by. */
export function drawNumbers(length: number): fc.Arbitrary<number[]> {
  return fc.array(fc.noBias(fc.nat({ max: 5039 })), { minLength: length, maxLength: length });
}
