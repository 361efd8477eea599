import { elementCount, shapeText } from '../size.js';
import type { StoredType } from './element-types.js';

/**
 * Reads the pickles that hold tensors, containers, numbers and strings, and nothing else. A pickle is a program; this machine has no
 * instruction that looks a name up and calls it: the few names that PyTorch's files need are marks that `reduce` knows
 * (the instructions: https://github.com/python/cpython/blob/main/Lib/pickletools.py).
 */

export type Fail = (problem: string) => Error;

/** A run of elements that lies elsewhere in the file. */
export interface Storage {
  readonly key: string;
  readonly dtype: StoredType;
  /** Number of elements. */
  readonly size: number;
}

/** A tensor that is to be made of a storage once that is there. */
export class View {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly stride: readonly number[],
  ) {}
}

/** The name of one of Python's functions or classes that is allowed. */
class Name {
  constructor(readonly text: string) {}
}

/** What a persistent id stands for. */
class StorageMark {
  constructor(readonly storage: Storage) {}
}

const storageTypes: Readonly<Record<string, StoredType>> = {
  'torch.DoubleStorage': 'f64',
  'torch.FloatStorage': 'f32',
  'torch.HalfStorage': 'f16',
  'torch.BFloat16Storage': 'bf16',
  'torch.LongStorage': 'i64',
  'torch.IntStorage': 'i32',
  'torch.ShortStorage': 'i16',
  'torch.CharStorage': 'i8',
  'torch.ByteStorage': 'u8',
  'torch.BoolStorage': 'bool',
};

const functions: ReadonlySet<string> = new Set([
  'collections.OrderedDict',
  'torch.Size',
  'torch._utils._rebuild_tensor',
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_parameter',
]);

/** One pickle: its value and where it ends. Lists and tuples are arrays, dictionaries are Maps. */
export function readPickle(bytes: Uint8Array, begin: number, what: string, failure: Fail): { value: unknown; end: number } {
  const machine = new Machine(bytes, begin, what, failure);
  return { value: machine.run(), end: machine.at };
}

/** What each instruction does. */
const instructions: Readonly<Record<number, (machine: Machine) => void>> = {
  128: (m) => m.protocol(), // PROTO
  149: (m) => m.take(8), // FRAME
  40: (m) => m.mark(), // MARK
  78: (m) => m.push(null), // NONE
  136: (m) => m.push(true), // NEWTRUE
  137: (m) => m.push(false), // NEWFALSE
  75: (m) => m.push(m.byte()), // BININT1
  77: (m) => m.push(m.view.getUint16(m.take(2), true)), // BININT2
  74: (m) => m.push(m.view.getInt32(m.take(4), true)), // BININT
  138: (m) => m.push(m.long(m.byte())), // LONG1
  71: (m) => m.push(m.view.getFloat64(m.take(8))), // BINFLOAT
  140: (m) => m.push(m.text(m.byte())), // SHORT_BINUNICODE
  85: (m) => m.push(m.text(m.byte())), // SHORT_BINSTRING
  88: (m) => m.push(m.text(m.uint32())), // BINUNICODE
  84: (m) => m.push(m.text(m.uint32())), // BINSTRING
  93: (m) => m.push([]), // EMPTY_LIST
  125: (m) => m.push(new Map()), // EMPTY_DICT
  41: (m) => m.push([]), // EMPTY_TUPLE
  133: (m) => m.push(m.cut(1)), // TUPLE1
  134: (m) => m.push(m.cut(2)), // TUPLE2
  135: (m) => m.push(m.cut(3)), // TUPLE3
  116: (m) => m.push(m.toMark()), // TUPLE
  97: (m) => m.append(m.cut(1)), // APPEND
  101: (m) => m.append(m.toMark()), // APPENDS
  115: (m) => m.setItems(m.cut(2)), // SETITEM
  117: (m) => m.setItems(m.toMark()), // SETITEMS
  113: (m) => m.put(m.byte()), // BINPUT
  114: (m) => m.put(m.uint32()), // LONG_BINPUT
  148: (m) => m.memoize(), // MEMOIZE
  104: (m) => m.get(m.byte()), // BINGET
  106: (m) => m.get(m.uint32()), // LONG_BINGET
  99: (m) => m.name([m.line(), m.line()]), // GLOBAL
  147: (m) => m.name(m.cut(2)), // STACK_GLOBAL
  81: (m) => m.push(m.persistent(m.pop())), // BINPERSID
  82: (m) => m.push(m.reduce(m.cut(2))), // REDUCE
  98: (m) => m.attributes(), // BUILD
};

class Machine {
  at: number;
  readonly view: DataView;
  private readonly stack: unknown[] = [];
  /** Heights of the stack at the marks that are open. */
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, unknown>();
  /** Where the instruction began. */
  private place: number;

  constructor(
    private readonly bytes: Uint8Array,
    begin: number,
    private readonly what: string,
    private readonly failure: Fail,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = begin;
    this.place = begin;
  }

  run(): unknown {
    for (;;) {
      this.place = this.at;
      const code = this.byte();
      if (code === 0x2e) {
        const value = this.pop();
        if (this.stack.length) throw this.fail('it ends with more than one value');
        return value;
      }
      const instruction = instructions[code];
      if (!instruction) {
        const hex = `0x${code.toString(16).padStart(2, '0')}`;
        throw this.fail(`it has the instruction ${hex}, which tensors, containers and numbers do not need`);
      }
      instruction(this);
    }
  }

  protocol(): void {
    const version = this.byte();
    if (version > 5) throw this.fail(`it is of protocol ${version}, expected 5 at most`);
  }

  mark(): void {
    this.marks.push(this.stack.length);
  }

  push(value: unknown): void {
    this.stack.push(value);
  }

  pop(): unknown {
    return this.cut(1)[0];
  }

  top(): unknown {
    const value = this.pop();
    this.push(value);
    return value;
  }

  /** Takes the last values off the stack. */
  cut(count: number): unknown[] {
    const height = this.stack.length - count;
    if (height < (this.marks.at(-1) ?? 0)) throw this.fail('it takes values that are not there');
    return this.stack.splice(height);
  }

  toMark(): unknown[] {
    const height = this.marks.pop();
    if (height === undefined) throw this.fail('it goes back to a mark that was not set');
    return this.stack.splice(height);
  }

  append(items: unknown[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw this.fail('it appends to what is no list');
    for (const item of items) list.push(item);
  }

  setItems(items: unknown[]): void {
    const dict = this.top();
    if (!(dict instanceof Map) || items.length % 2) throw this.fail('it sets items of what is no dictionary');
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i];
      if (typeof key === 'object' && key !== null) throw this.fail('a key of a dictionary is neither a string nor a number');
      dict.set(key, items[i + 1]);
    }
  }

  put(index: number): void {
    this.memo.set(index, this.top());
  }

  memoize(): void {
    this.put(this.memo.size);
  }

  get(index: number): void {
    if (!this.memo.has(index)) throw this.fail(`it reads number ${index} of its memo, which was not stored`);
    this.push(this.memo.get(index));
  }

  name([module, name]: readonly unknown[]): void {
    const text = `${show(module)}.${show(name)}`;
    if (!functions.has(text) && !Object.hasOwn(storageTypes, text))
      throw this.fail(
        `it names ${JSON.stringify(text)}; only tensors, containers, numbers and strings are read and nothing is run: save a state_dict() rather than the object itself`,
      );
    this.push(new Name(text));
  }

  /** ('storage', type, key, location, size), in legacy files with the extent of a view at the end. */
  persistent(id: unknown): StorageMark {
    if (!Array.isArray(id) || id[0] !== 'storage') throw this.fail('it refers to something outside that is no storage');
    const [, type, key, , size, extent] = id as unknown[];
    const dtype = type instanceof Name && Object.hasOwn(storageTypes, type.text) ? storageTypes[type.text] : undefined;
    if (!dtype || typeof key !== 'string') throw this.fail('it refers to a storage without a type or a key');
    if (!isSize(size)) throw this.fail(`the storage '${key}' has the size ${show(size)}, expected a non-negative integer`);
    if (extent !== undefined && extent !== null)
      throw this.fail(`the storage '${key}' is a view of another, as no PyTorch after 0.4 writes`);
    return new StorageMark({ key, dtype, size });
  }

  /** Those of a state dictionary hold versions of modules, which nothing here needs. */
  attributes(): void {
    this.pop();
    if (!(this.top() instanceof Map)) throw this.fail('it sets attributes of what is no dictionary');
  }

  reduce([callee, args]: readonly unknown[]): unknown {
    const given: unknown[] = Array.isArray(args) ? args : [];
    switch (callee instanceof Name ? callee.text : '') {
      case 'collections.OrderedDict':
        return this.orderedDict(given);
      case 'torch.Size':
        return this.sizes(given[0], 'a torch.Size');
      case 'torch._utils._rebuild_tensor':
      case 'torch._utils._rebuild_tensor_v2':
        return this.tensor(given);
      case 'torch._utils._rebuild_parameter':
        if (given[0] instanceof View) return given[0];
        throw this.fail('a parameter is made of what is no tensor');
      default:
        throw this.fail('it calls what is no function');
    }
  }

  /** Without arguments, or, from Python 2, with a list of pairs. */
  private orderedDict([pairs]: readonly unknown[]): Map<unknown, unknown> {
    this.push(new Map());
    for (const pair of Array.isArray(pairs) ? (pairs as unknown[]) : [])
      this.setItems(Array.isArray(pair) && pair.length === 2 ? pair : [0]);
    return this.pop() as Map<unknown, unknown>;
  }

  private tensor([mark, offset, shape, stride]: readonly unknown[]): View {
    if (!(mark instanceof StorageMark)) throw this.fail('a tensor is made of what is no storage');
    const { storage } = mark;
    const sizes = this.sizes(shape, 'the shape of a tensor');
    const steps = this.sizes(stride, 'the stride of a tensor');
    if (sizes.length !== steps.length) throw this.fail(`a tensor of shape ${shapeText(sizes)} has the stride ${shapeText(steps)}`);
    if (!isSize(offset)) throw this.fail(`a tensor begins at ${show(offset)} of its storage`);
    const count = elementCount(sizes);
    const last = count ? sizes.reduce((sum, size, axis) => sum + (size - 1) * steps[axis]!, offset) : offset - 1;
    if (!Number.isSafeInteger(count) || last >= storage.size)
      throw this.fail(
        `a tensor of shape ${shapeText(sizes)} and stride ${shapeText(steps)} from ${offset} on reaches beyond its storage of ${storage.size} elements`,
      );
    return new View(storage, offset, sizes, steps);
  }

  private sizes(value: unknown, what: string): readonly number[] {
    if (Array.isArray(value) && value.every(isSize)) return [...value];
    throw this.fail(`${what} is ${Array.isArray(value) ? `[${value.map(show).join(', ')}]` : show(value)}, expected non-negative integers`);
  }

  /** Little-endian, two's complement. A bigint where a number would be rounded. */
  long(length: number): number | bigint {
    const begin = this.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[begin + i]!);
    value = BigInt.asIntN(8 * length, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  text(length: number): string {
    const begin = this.take(length);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.bytes.subarray(begin, begin + length));
    } catch {
      throw this.fail('a string is not UTF-8');
    }
  }

  line(): string {
    const end = this.bytes.indexOf(10, this.at);
    if (end < 0) throw this.fail('it is cut off');
    const text = this.text(end - this.at);
    this.at++;
    return text;
  }

  byte(): number {
    return this.bytes[this.take(1)]!;
  }

  uint32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  /** Moves on and says from where. */
  take(length: number): number {
    const begin = this.at;
    if (begin + length > this.bytes.length) throw this.fail('it is cut off');
    this.at += length;
    return begin;
  }

  private fail(problem: string): Error {
    return this.failure(`${this.what}, byte ${this.place}: ${problem}`);
  }
}

/** Containers may be shared so often that their text would not end. */
function show(value: unknown): string {
  return typeof value === 'object' && value !== null ? 'a container' : `${value}`;
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
