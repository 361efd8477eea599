/** Tensors as memory with strides, which is what PyTorch's are: the judge of views and of changes in place. Shapes, strides, and nothing else. */
export class Strided {
  constructor(
    readonly memory: Float64Array,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
    readonly offset: number,
    /** Some of its elements are one element in memory. */
    readonly repeats = false,
  ) {}

  static of(values: ArrayLike<number>, shape: readonly number[]): Strided {
    return new Strided(Float64Array.from(values), shape, rowMajor(shape), 0);
  }

  /** Where the elements lie, in row-major order. */
  places(): number[] {
    let found = [this.offset];
    this.shape.forEach((size, axis) => {
      found = found.flatMap((start) => Array.from({ length: size }, (_, i) => start + i * this.strides[axis]!));
    });
    return found;
  }

  read(): number[] {
    return this.places().map((place) => this.memory[place]!);
  }

  /** All values are known before the first is written. */
  write(values: readonly number[]): void {
    this.places().forEach((place, i) => {
      this.memory[place] = values[i]!;
    });
  }

  map(change: (value: number, i: number) => number): Strided {
    return Strided.of(this.read().map(change), this.shape);
  }

  with(change: Partial<Pick<Strided, 'shape' | 'strides' | 'offset' | 'repeats'>>): Strided {
    const { shape, strides, offset, repeats } = { ...this, ...change };
    return new Strided(this.memory, shape, strides, offset, repeats);
  }

  narrow(axis: number, start: number, length: number, step = 1): Strided {
    return this.with({
      shape: this.shape.with(axis, length),
      strides: this.strides.with(axis, this.strides[axis]! * step),
      offset: this.offset + start * this.strides[axis]!,
    });
  }

  select(axis: number, at: number): Strided {
    const part = this.narrow(axis, at, 1);
    return part.with({ shape: part.shape.toSpliced(axis, 1), strides: part.strides.toSpliced(axis, 1) });
  }

  transpose(a: number, b: number): Strided {
    const order = this.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis));
    return this.with({ shape: order.map((axis) => this.shape[axis]!), strides: order.map((axis) => this.strides[axis]!) });
  }

  diagonal(offset: number): Strided {
    const [rows, columns] = this.shape as [number, number];
    const [top, left] = [Math.max(0, -offset), Math.max(0, offset)];
    return this.with({
      shape: [Math.max(0, Math.min(rows - top, columns - left))],
      strides: [this.strides[0]! + this.strides[1]!],
      offset: this.offset + top * this.strides[0]! + left * this.strides[1]!,
    });
  }

  unfold(axis: number, size: number, step: number): Strided {
    const windows = Math.floor((this.shape[axis]! - size) / step) + 1;
    return this.with({
      shape: [...this.shape.with(axis, windows), size],
      strides: [...this.strides.with(axis, this.strides[axis]! * step), this.strides[axis]!],
      repeats: this.repeats || step < size,
    });
  }

  /** The same memory under another shape where some strides lead to every element; undefined where none do. Found by trying. */
  viewAs(shape: readonly number[]): Strided | undefined {
    const places = this.places();
    const steps = rowMajor(shape);
    const strides = shape.map((size, axis) => (size < 2 ? 1 : places[steps[axis]!]! - places[0]!));
    const view = this.with({ shape, strides });
    return view.places().every((place, i) => place === places[i]) ? view : undefined;
  }
}

export function rowMajor(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
}
