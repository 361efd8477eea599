/**
 * The contract between a built module and the runtime: plain literals that say which kernels run, on which memory, in
 * which order. The compiler imports these types and nothing else of the runtime.
 */

/** Element types on a device. A bool takes one byte in js memory and a u32 on webgpu; everything else four bytes. */
export type DType = 'f32' | 'i32' | 'bool';

/** A size: a number, a named dim, or an operation on two sizes. `/` is floor division and `%` its remainder. */
export type Size = number | string | readonly ['+' | '-' | '*' | '/' | '%', Size, Size];

export interface TensorSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Size[];
}

/**
 * Where a tensor of a program lives. `argument`: the call's argument `index`; `state`: the model's entry `name`
 * (parameter, buffer or optimizer state); `hyper`: the run-time scalar `name`; `rng`: the pair (seed, step);
 * `constant`: the module's constant `index`; `arena`: memory that is free for others outside of its lifetime, `live`;
 * `result`: made for the call and given to the caller; `tape`: memory of its own, whose size is that of a loop's turns and grows with them.
 */
export type Place = 'argument' | 'state' | 'hyper' | 'rng' | 'constant' | 'arena' | 'result' | 'tape';

export interface BufferSpec {
  readonly place: Place;
  readonly dtype: DType;
  /** Number of elements. */
  readonly size: Size;
  readonly index?: number;
  readonly name?: string;
  /** Arena: the first and the last moment of the program at which the contents matter. Buffers that share a moment lie apart. See arena.ts. */
  readonly live?: readonly [first: number, last: number];
}

/** One kernel launch. `buffers` index the program's buffers in the order of the kernel's parameters. */
export interface Launch {
  readonly kernel: string;
  readonly buffers: readonly number[];
  /** Values of the sizes that the kernel reads, in the order of its size parameters. */
  readonly sizes: readonly Size[];
  /** wasm: the number of grains, of which threads take a range each, and about how many operations all take; none: one thread runs it. */
  readonly split?: readonly [grains: Size, work: Size];
  /** webgpu: workgroups per dimension. */
  readonly groups?: readonly [Size, Size, Size];
}

/** What runs in order: a kernel, or steps that depend on what the kernels before them have computed. */
export type Step = Launch | IfStep | LoopStep;

/** Runs one list of steps or the other. `if` is the number of a buffer that holds one bool. */
export interface IfStep {
  readonly if: number;
  readonly body: readonly Step[];
  readonly else: readonly Step[];
}

/**
 * Runs `body` as long as the bool in the buffer `while` is true, which the steps before and the body itself set. More than `limit`
 * turns are an error that names `where`, the place of the loop in its source.
 */
export interface LoopStep {
  readonly while: number;
  readonly body: readonly Step[];
  readonly limit: number;
  readonly where: string;
  /** A buffer for the number of the turn that runs and, when the loop is over, of all turns. */
  readonly count?: number;
  /** The named size that is the number of turns, from then on. */
  readonly turns?: string;
  /** Buffers of which each turn writes its row; they grow as turns are added. */
  readonly tapes?: readonly number[];
  /** The number of turns, where it is known beforehand. */
  readonly trips?: Size;
}

/** A result handed to the caller, or a state entry that takes the buffer's contents. */
export interface ProgramOutput extends TensorSpec {
  readonly role: 'result' | 'gradient' | 'state';
  readonly buffer: number;
}

/** A call is refused unless `size` is at least `least`; `text` says what was expected, and where in the source. */
export interface SizeRequirement {
  readonly size: Size;
  readonly least: number;
  readonly text: string;
}

export interface Program {
  /** `init`, `forward`, `gradients.objective`, `train.objective`. */
  readonly name: string;
  /** Named dims in order; each is bound from the first argument dimension that is just that name. */
  readonly dims: readonly string[];
  readonly arguments: readonly TensorSpec[];
  /** Sizes that types allow and the program does not, such as an image smaller than a window. */
  readonly requires?: readonly SizeRequirement[];
  /** The program to run first, with the same arguments: its `positions` tell whether this one may run. */
  readonly guard?: string;
  /** Guards: for each pair of outputs, the least and the greatest element of something that must be from 0 to `size - 1`. */
  readonly positions?: readonly { readonly size: Size; readonly text: string; readonly place: string }[];
  readonly buffers: readonly BufferSpec[];
  readonly launches: readonly Step[];
  readonly outputs: readonly ProgramOutput[];
  /**
   * How results make the method's value: a name of `outputs`, or an object or tuple of such.
   * `forward` returning one tensor has the single string `result`. The programs of a loss, `gradients.*` and `train.*`, give
   * `{ loss, gradients? }`, where `loss` is the first output, and besides `result`, this value, when it is more than one tensor.
   */
  readonly result: ResultShape;
}

export type ResultShape = string | readonly ResultShape[] | { readonly [key: string]: ResultShape };

/** An entry of the state dictionary, in PyTorch's order. Tied entries name the entry that owns the memory. */
export interface StateSpec extends TensorSpec {
  readonly kind: 'parameter' | 'buffer' | 'optimizer';
  readonly requiresGrad?: boolean;
  /** This name is another name of that entry. */
  readonly alias?: string;
  /** False: a buffer that is not part of the state dictionary. */
  readonly persistent?: boolean;
  /** Optimizer state: every element's initial value, 0 unless given. Parameters and buffers come from the program `init`. */
  readonly initial?: number;
}

/** A constant tensor of the module: base64 of little-endian elements. */
export interface ConstantSpec {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: string;
}

/** A js kernel: typed arrays in the order of `Launch.buffers`, then sizes. */
export type JsKernel = (...args: never[]) => void;

/**
 * A WGSL kernel: source text of a module with the entry point `main`; buffers are bindings 0.. of group 0, declared in their order as
 * `var<storage, read>`, or `read_write` where the kernel writes; sizes are a uniform after them.
 */
export type WgslKernel = string;

/** What one target of a module holds. */
export interface TargetSpec<Kernel> {
  readonly programs: Readonly<Record<string, Program>>;
  readonly kernels: Readonly<Record<string, Kernel>>;
}

/** All of a built module. */
export interface ModelSpec {
  readonly name: string;
  /** Format of this contract. */
  readonly version: 1;
  readonly state: readonly StateSpec[];
  /** Run-time scalars of the optimizer with their initial values: `{ lr: 0.1 }`. */
  readonly hyper: Readonly<Record<string, number>>;
  readonly constants: readonly ConstantSpec[];
  /** Names of the entries: methods of the class (`forward`) and losses (`objective`). */
  readonly entries: readonly string[];
  readonly losses: readonly string[];
}
