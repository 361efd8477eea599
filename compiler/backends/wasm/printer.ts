import { type Dim, mulDims } from '../../ir/dim.js';
import type { DType } from '../../ir/types.js';
import type { Axis, IndexExpr, ScalarExpr } from '../../kernel/expr.js';
import {
  children,
  conditionIndices,
  conditionNeeds,
  indexNeeds,
  indexReads,
  type Needs,
  reads,
  valueKey,
  valueNeeds,
} from '../../kernel/expressions.js';
import type { Kernel, Store } from '../../kernel/kernel.js';
import { wantedName } from '../../kernel/value-name.js';
import type { AxisBinding, Block } from './block.js';
import { clampOf } from './clamps.js';
import type { Range } from './code.js';
import { type Active, all, Conditions, constantMask } from './conditions.js';
import { type HelperName, helpersOf } from './helpers.js';
import type { Address } from './indices.js';
import { mathFunction } from './math/index.js';
import { lanesCast, lanesOp, numbers, scalarCast, scalarOp, usesTwice } from './scalar-ops.js';
import { f32, floatText, get, i32, indented, maskOf, operation, ramp, shuffle, splat, type Text, type ValueType } from './text.js';

type Apply = Extract<ScalarExpr, { kind: 'apply' }>;
type Guard = Extract<ScalarExpr, { kind: 'guard' }>;
type Load = Extract<ScalarExpr, { kind: 'load' }>;

const typeOf = (dtype: DType): ValueType => (dtype === 'f32' || dtype === 'f64' ? 'f32' : 'i32');

/**
 * Values. One that depends on an axis of lanes is computed for four turns at once, as v128; what all four share is a scalar, spread when
 * it meets lanes. What has no form on lanes is computed lane by lane.
 */
export class Printer extends Conditions {
  /** The lane that is being computed alone, and the block of it. */
  private lane: { readonly number: number; readonly block: Block } | undefined;
  grainCount: Dim | undefined;
  /** About the scalar operations of what was printed, where that was told. */
  work: Dim = 0;
  /** Bytes that the kernel needs at `$scratch`. */
  scratch = 0;
  private readonly mutable = new WeakMap<ScalarExpr, boolean>();

  constructor(readonly kernel: Kernel) {
    super(kernel);
  }

  function(name: HelperName): string {
    this.use(helpersOf(name));
    return `call $${name}`;
  }

  /** Gives the name of a value: a scalar, or v128 when it differs between lanes. */
  local(name: string, text: Text): void {
    this.block.named.set(`local ${name}`, text);
    this.block.introduced.add(`local ${name}`);
  }

  /** A scalar (i32, where it is a bool 0 or 1), or v128 when it differs between lanes. */
  value(expr: ScalarExpr): Text {
    if (expr.kind === 'constant') return typeOf(expr.dtype) === 'f32' ? f32(expr.value) : i32(expr.value);
    const key = expr.kind === 'local' ? `local ${expr.name}` : valueKey(expr);
    const known = this.block.find(key);
    if (known) return this.ofLane(known, expr.dtype);
    if (expr.kind === 'local') throw new Error(`the local ${expr.name} has no value here`);
    const place = this.placeOfValue(expr);
    if (this.lane && place.depth < this.lane.block.depth) {
      const outer = this.lane;
      this.lane = undefined;
      const text = this.value(expr);
      this.lane = outer;
      return this.ofLane(text, expr.dtype);
    }
    const text = this.within(place, () => this.plainValue(expr));
    return this.named(key, wantedName(expr, this.memory), place, text, this.isUsedAgain(key));
  }

  protected override isLanes(needs: Needs): boolean {
    // A lane alone: its axis has a single turn there, and what was computed for all lanes is taken apart.
    if (!this.lane) return super.isLanes(needs);
    return false;
  }

  /** What comes from values that differ between lanes belongs to the lane that it is computed for. */
  protected override placeOfIndex(needs: Needs, isRead: boolean): Block {
    const place = super.placeOfIndex(needs, isRead);
    return this.lane && place.depth < this.lane.block.depth && super.isLanes(needs) ? this.lane.block : place;
  }

  private placeOfValue(expr: ScalarExpr): Block {
    return this.isMutable(expr) ? this.block : this.placeOf(valueNeeds(expr), reads(expr) && !this.isSafe(expr));
  }

  /** Whether it may be read wherever that is: an element that the tensor has whatever the sizes are. */
  private isSafe(expr: ScalarExpr): boolean {
    if (expr.kind === 'apply') return expr.args.every((arg) => this.isSafe(arg));
    if (expr.kind !== 'load') return !reads(expr);
    const size = this.kernel.tensors[expr.tensor]?.size;
    return expr.index.kind === 'number' && typeof size === 'number' && expr.index.value < size;
  }

  private ofLane(text: Text, dtype: DType): Text {
    if (!this.lane || text.type !== 'v128') return text;
    const shape = typeOf(dtype) === 'f32' ? 'f32x4' : 'i32x4';
    return operation(typeOf(dtype), `${shape}.extract_lane ${this.lane.number}`, numbers(text));
  }

  /** A value on four lanes, whether or not they differ; truths as they come. */
  lanes(expr: ScalarExpr): Text {
    if (expr.kind === 'constant') return this.constantLanes(expr.dtype, expr.value);
    const key = `x4 ${expr.kind === 'local' ? `local ${expr.name}` : valueKey(expr)}`;
    const known = this.block.find(key);
    if (known) return known;
    const needs = valueNeeds(expr);
    if (this.isLanes(needs)) return this.value(expr);
    const place = this.placeOfValue(expr);
    const text = this.within(place, () => this.spread(expr));
    return this.named(key, wantedName(expr, this.memory), place, text, this.isUsedAgain(valueKey(expr)));
  }

  private spread(expr: ScalarExpr): Text {
    if (expr.kind === 'load' && !this.block.find(valueKey(expr))) {
      return this.memoryOperation('v128', 'v128.load32_splat', this.address(expr.tensor, expr.index));
    }
    const value = this.value(expr);
    return value.type === 'v128' ? value : splat(value);
  }

  constantLanes(dtype: DType, value: number): Text {
    const isFloat = typeOf(dtype) === 'f32';
    const text = splat(isFloat ? f32(value) : i32(value));
    if (!this.isInLoop) return text;
    const name = isFloat ? floatText(value) : String(value | 0);
    const key = `x4 ${isFloat ? 'f32' : 'i32'} ${name}`;
    return this.block.find(key) ?? this.within(this.base, () => this.nameHere(key, name, text));
  }

  private nameHere(key: string, wanted: string, text: Text): Text {
    const name = this.constant(wanted, text);
    this.block.named.set(key, name);
    return name;
  }

  /** The kernel can be split into `count` grains: the range that a call is to do. */
  grains(count: Dim): Range {
    this.grainCount = count;
    return { start: get('from', 'i32'), end: get('to', 'i32'), step: 1, sure: false };
  }

  /** Parts of a kernel run one after the other and share scratch. */
  needScratch(bytes: number): void {
    this.scratch = Math.max(this.scratch, bytes);
  }

  get isInLoop(): boolean {
    for (let block: Block | undefined = this.block; block !== undefined; block = block.parent) if (block.kind === 'loop') return true;
    return false;
  }

  /** Whether the value may differ between two places of the same turn because the kernel writes what it reads. */
  private isMutable(expr: ScalarExpr): boolean {
    let known = this.mutable.get(expr);
    if (known === undefined) {
      known = (expr.kind === 'load' && this.memory[expr.tensor]!.isWritten) || children(expr).some((child) => this.isMutable(child));
      this.mutable.set(expr, known);
    }
    return known;
  }

  private plainValue(expr: Exclude<ScalarExpr, { kind: 'constant' | 'local' }>): Text {
    switch (expr.kind) {
      case 'load':
        return this.load(expr);
      case 'index':
        return this.isLanes(indexNeeds(expr.index)) ? this.indexLanes(expr) : this.index(expr.index);
      case 'random':
        return this.random(expr);
      case 'guard':
        return this.guard(expr);
      case 'apply':
        return this.apply(expr);
    }
  }

  private memoryOperation(type: ValueType, operator: string, { text, offset }: Address, ...args: readonly Text[]): Text {
    const [name, ...rest] = operator.split(' ');
    return operation(type, [name, ...(offset === 0 ? [] : [`offset=${offset}`]), ...rest].join(' '), text, ...args);
  }

  private load(expr: Load): Text {
    if (!this.isLanes(indexNeeds(expr.index))) {
      const type = typeOf(expr.dtype);
      return this.memoryOperation(type, `${type}.load`, this.address(expr.tensor, expr.index));
    }
    const stride = this.laneStride(expr.index);
    if ((stride === 2 || stride === -1) && this.active.kind === 'all') return this.strided(expr, stride);
    if (stride !== 1) return this.apart('loadApart', stride, expr) ?? this.laneByLane(expr);
    const { active } = this;
    const address = this.address(expr.tensor, expr.index);
    if (active.kind === 'masked') return operation('v128', this.function('loadMasked'), sumOf(address), active.mask);
    if (active.kind === 'all') return this.memoryOperation('v128', 'v128.load', address);
    const { count } = active;
    if (count.number === undefined) return operation('v128', this.function('loadFirst'), sumOf(address), count);
    if (count.number === 1) return this.memoryOperation('v128', 'v128.load32_zero', address);
    const two = this.memoryOperation('v128', 'v128.load64_zero', address);
    return count.number === 2 ? two : this.memoryOperation('v128', 'v128.load32_lane 2', further(address, 8), two);
  }

  /** Four elements from the load's index on, which is that of one turn alone. */
  loadVector(expr: Load): Text {
    return this.memoryOperation('v128', 'v128.load', this.address(expr.tensor, expr.index));
  }

  /** Every second element, or four in reverse: whole vectors, shuffled, of which nothing lies outside of what the lanes read. */
  private strided(expr: Load, stride: 2 | -1): Text {
    const address = this.address(expr.tensor, expr.index);
    if (stride === -1) {
      const four = this.wide(expr, address, -12);
      return shuffle(four, four, [3, 2, 1, 0]);
    }
    // An odd constant (which alone makes the position positive) leaves room for one element before: neighbours then share loads.
    if ((address.offset / 4) % 2 === 1) return shuffle(this.wide(expr, address, -4), this.wide(expr, address, 12), [1, 3, 5, 7]);
    return shuffle(this.wide(expr, address, 0), this.wide(expr, address, 12), [0, 2, 5, 7]);
  }

  private wide(expr: Load, { text, offset }: Address, further: number): Text {
    const at = offset + further;
    const address = at < 0 ? { text: operation('i32', 'i32.sub', text, i32(-at)), offset: 0 } : { text, offset: at };
    const load = this.memoryOperation('v128', 'v128.load', address);
    if (this.memory[expr.tensor]!.isWritten) return this.constant('wide', load);
    return this.block.find(load.code) ?? this.nameHere(load.code, 'wide', load);
  }

  /** The index at each lane, as integers. */
  private indexLanes(expr: Extract<ScalarExpr, { kind: 'index' }>): Text {
    const stride = this.laneStride(expr.index);
    if (stride === undefined) return this.laneByLane(expr);
    const first = splat(this.index(expr.index));
    if (typeof stride === 'number') return operation('v128', 'i32x4.add', first, this.rampOf(stride));
    const steps = operation('v128', 'i32x4.mul', this.rampOf(1), splat(this.dim(stride)));
    return operation('v128', 'i32x4.add', first, steps);
  }

  private rampOf(stride: number): Text {
    if (!this.isInLoop) return ramp(stride);
    const key = `ramp ${stride}`;
    return this.block.find(key) ?? this.within(this.base, () => this.nameHere(key, 'ramp', ramp(stride)));
  }

  /** Computes the value for one lane after the other, and nothing for a lane that does not count where that could read. */
  protected laneByLane(expr: ScalarExpr): Text {
    const name = this.fresh('lanes', 'v128');
    const lanes = get(name, 'v128');
    const shape = typeOf(expr.dtype) === 'f32' ? 'f32x4' : 'i32x4';
    const isSure = this.active.kind === 'all' || !reads(expr);
    if (!isSure) this.set(name, operation('v128', 'i32x4.splat', i32(0)));
    this.eachLane(!reads(expr), (number) => {
      const isFirst = isSure && number === 0;
      if (expr.kind === 'load' && !this.block.find(valueKey(expr))) {
        const address = this.address(expr.tensor, expr.index);
        if (isFirst) this.set(name, this.memoryOperation('v128', 'v128.load32_zero', address));
        else this.set(name, this.memoryOperation('v128', `v128.load32_lane ${number}`, address, lanes));
        return;
      }
      const value = this.value(expr);
      this.set(name, isFirst ? splat(value) : operation('v128', `${shape}.replace_lane ${number}`, lanes, value));
    });
    return lanes;
  }

  /** The call for a rest of elements at distances of `stride`, if that is what it is. */
  private apart(
    name: HelperName,
    stride: Dim | undefined,
    { tensor, index }: Pick<Load, 'tensor' | 'index'>,
    ...args: Text[]
  ): Text | undefined {
    const { active } = this;
    if (stride === undefined || active.kind !== 'first' || active.count.number !== undefined) return undefined;
    return operation('v128', this.function(name), sumOf(this.address(tensor, index)), this.dim(mulDims(stride, 4)), active.count, ...args);
  }

  /** Runs `body` for each lane that counts (or for all where `isFree`): the axis of lanes is that lane's turn there. */
  private eachLane(isFree: boolean, body: (lane: number) => void): void {
    const { active } = this;
    const [axis, binding] = this.laneAxis();
    const single = (lane: number): void => {
      const bind = (block: Block): void => {
        block.bind(axis, { ...binding, offset: binding.offset + lane, lanes: false });
        this.lane = { number: lane, block };
      };
      this.where(all, () => this.copy(bind, () => body(lane)));
      this.lane = undefined;
    };
    const counts = isFree || active.kind === 'all' ? i32(4) : active.kind === 'first' ? active.count : undefined;
    for (let lane = 0; lane < 4; lane++) {
      if (counts?.number !== undefined) {
        if (lane < counts.number) single(lane);
      } else if (counts && (lane === 0 || lane === 3)) {
        // A rest is of one to three.
        if (lane === 0) single(lane);
      } else {
        const test = counts
          ? operation('i32', 'i32.gt_u', counts, i32(lane))
          : operation('i32', `i32x4.extract_lane ${lane}`, (active as { mask: Text }).mask);
        this.choice(test, () => single(lane));
      }
    }
  }

  private laneAxis(): readonly [Axis, AxisBinding] {
    for (let block: Block | undefined = this.block; block !== undefined; block = block.parent) {
      for (const [axis, binding] of block.axes) if (binding.lanes && !binding.absorbed) return [axis, binding];
    }
    throw new Error('no axis has lanes here');
  }

  private random(expr: Extract<ScalarExpr, { kind: 'random' }>): Text {
    const key = sumOf(this.address(expr.rng, { kind: 'number', value: 0 }));
    if (this.isLanes(indexNeeds(expr.stream))) return this.laneByLane(expr);
    const stream = this.index(expr.stream);
    const index: ScalarExpr = { kind: 'index', dtype: 'i32', index: expr.index };
    const isLanes = this.isLanes(indexNeeds(expr.index));
    const numbersOf = operation('v128', this.function('random'), key, isLanes ? this.lanes(index) : splat(this.index(expr.index)), stream);
    return isLanes ? numbersOf : operation('f32', 'f32x4.extract_lane 0', numbersOf);
  }

  private apply(expr: Apply): Text {
    const dtype = expr.args[0]!.dtype;
    const isLanes = expr.args.some((arg) => this.isLanes(valueNeeds(arg)));
    if (expr.op === 'stopGradient') return this.value(expr.args[0]!);
    const clamp = isLanes && !this.lane ? clampOf(expr) : undefined;
    if (clamp) {
      const [bound, x] = expr.args.slice(1).map((arg) => this.lanes(arg)) as [Text, Text];
      const clamped = operation('v128', clamp.name, x, bound);
      return clamp.isZero ? operation('v128', 'f32x4.add', clamped, bound) : clamped;
    }
    const args = expr.args.map((arg) => {
      const text = isLanes && !this.lane ? this.lanes(arg) : this.value(arg);
      return usesTwice.has(expr.op) ? this.constant('x', text) : text;
    });
    const isVector = args[0]!.type === 'v128';
    if (expr.op === 'cast') return isVector ? lanesCast(args[0]!, dtype, expr.dtype) : scalarCast(args[0]!, dtype, expr.dtype);
    const plain = isVector ? lanesOp(expr.op, dtype, args) : scalarOp(expr.op, dtype, args);
    if (plain) return plain;
    const found = mathFunction(expr.op, dtype);
    if (found === undefined) throw new Error(`the wasm backend has no text for the op '${expr.op}'`);
    this.use(found.helpers);
    const called = operation('v128', `call $${found.name}`, ...args.map((arg) => (arg.type === 'v128' ? numbers(arg) : splat(arg))));
    if (isVector) return called;
    return operation(typeOf(expr.dtype), `${typeOf(expr.dtype) === 'f32' ? 'f32x4' : 'i32x4'}.extract_lane 0`, called);
  }

  protected gathered(expr: ScalarExpr): Text {
    const text = this.value(expr);
    if (text.type === 'v128') throw new Error('a gathered index on lanes');
    return text;
  }

  private guard(expr: Guard): Text {
    const isVarying = expr.conditions.some((condition) => this.isLanes(conditionNeeds(condition)));
    const isLanes = isVarying || this.isLanes(valueNeeds(expr.value)) || this.isLanes(valueNeeds(expr.otherwise));
    if (!isVarying) return this.branches(this.conditions(expr.conditions), expr, isLanes ? 'v128' : typeOf(expr.dtype));
    if (expr.conditions.slice(1).some((condition) => conditionIndices(condition).some(indexReads))) return this.laneByLane(expr);
    const [value, otherwise] = [expr.value, expr.otherwise];
    const known = this.knownLanes(expr.conditions);
    if (known?.every((holds) => holds)) return this.lanes(value);
    if (known?.every((holds) => !holds)) return this.lanes(otherwise);
    const test = known ? constantMask(known) : this.constant('inside', this.conditionLanes(expr.conditions));
    if (!reads(value) && !reads(otherwise)) return select(test, this.lanes(value), this.lanes(otherwise));
    const active = this.activeMask();
    const apart = (of: ScalarExpr, one: Text): Text => {
      if (!reads(of)) return this.lanes(of);
      const masked: Active = { kind: 'masked', mask: this.constant('reads', active ? operation('v128', 'v128.and', one, active) : one) };
      return this.copy(
        () => undefined,
        () => this.where(masked, () => this.constant('value', this.lanes(of))),
        'branch',
      );
    };
    const mixed = (): Text => numbers(select(test, apart(value, test), apart(otherwise, operation('v128', 'v128.not', test))));
    // Where only some lanes count anyway, both sides cost no more than a choice.
    if (this.active.kind === 'masked' || known) return mixed();
    const [isAll, isAny] = [operation('i32', 'i32x4.all_true', test), operation('i32', 'v128.any_true', test)];
    const some = (): Text => this.either('v128', isAny, mixed, () => numbers(this.lanes(otherwise)));
    return this.either('v128', isAll, () => numbers(this.lanes(value)), some);
  }

  private branches(test: Text, expr: Guard, type: ValueType): Text {
    const side = (of: ScalarExpr): Text => (type === 'v128' && !this.lane ? numbers(this.lanes(of)) : this.value(of));
    return this.either(
      type,
      test,
      () => side(expr.value),
      () => side(expr.otherwise),
    );
  }

  /** `test ? yes : no`, each with statements of its own. */
  private either(type: ValueType, test: Text, yes: () => Text, no: () => Text): Text {
    const side = (print: () => Text): string[] => {
      let result: Text | undefined;
      const lines = this.inside('branch', () => {
        result = print();
      });
      return [...lines, result!.code];
    };
    const [then, otherwise] = [side(yes), side(no)];
    if (then.length === 1 && otherwise.length === 1) {
      return operation(type, `if (result ${type}) ${test.code} (then ${then[0]}) (else ${otherwise[0]})`);
    }
    const lines = [
      `(if (result ${type}) ${test.code}`,
      '  (then',
      ...indented(indented(then)),
      '  )',
      '  (else',
      ...indented(indented(otherwise)),
      '  ))',
    ];
    // A statement at once: locals of its branches are used again by what comes next.
    return this.constant('value', { code: lines.join('\n'), type });
  }

  store(store: Store): void {
    const { tensor, index, value } = store;
    if (!this.isLanes(indexNeeds(index))) {
      const text = this.value(value);
      const address = this.address(tensor, index);
      this.line(this.memoryOperation('i32', `${typeOf(value.dtype)}.store`, address, text).code);
      return;
    }
    const lanes = this.constant('value', numbers(this.lanes(value)));
    this.storeLanes(tensor, index, lanes);
  }

  /** Adds to what lies at the store's index, or takes the greater of the two. */
  combine(store: Store, how: 'sum' | 'max'): void {
    const { tensor, index, value } = store;
    const before: ScalarExpr = { kind: 'load', dtype: value.dtype, tensor, index };
    this.countAddress(tensor, index);
    const isLanes = this.isLanes(indexNeeds(index));
    const next = isLanes ? numbers(this.lanes(value)) : this.value(value);
    const operands =
      how === 'max' && value.dtype !== 'f32'
        ? [this.constant('before', this.value(before)), this.constant('next', next)]
        : [this.value(before), next];
    const op = how === 'sum' ? 'add' : 'maximum';
    const dtype = value.dtype === 'bool' ? 'i32' : value.dtype;
    if (isLanes) {
      this.storeLanes(tensor, index, lanesOp(op, dtype, operands)!);
      return;
    }
    const text = scalarOp(op, dtype, operands)!;
    this.line(this.memoryOperation('i32', `${typeOf(value.dtype)}.store`, this.address(tensor, index), text).code);
  }

  /** Stores four lanes, those that count, at the index of each. */
  storeLanes(tensor: number, index: IndexExpr, lanes: Text): void {
    const stride = this.laneStride(index);
    const apart = stride === 1 ? undefined : this.apart('storeApart', stride, { tensor, index }, lanes);
    if (apart) {
      this.line(apart.code);
      return;
    }
    if (stride !== 1) {
      this.eachLane(false, (lane) => {
        this.line(this.memoryOperation('v128', `v128.store32_lane ${lane}`, this.address(tensor, index), lanes).code);
      });
      return;
    }
    const address = this.address(tensor, index);
    const { active } = this;
    const write = (operator: string, at: Address): void => this.line(this.memoryOperation('v128', operator, at, lanes).code);
    if (active.kind === 'masked') throw new Error('stores are not masked');
    if (active.kind === 'all') write('v128.store', address);
    else if (active.count.number === undefined)
      this.line(operation('v128', this.function('storeFirst'), sumOf(address), active.count, lanes).code);
    else {
      if (active.count.number === 1) write('v128.store32_lane 0', address);
      else write('v128.store64_lane 0', address);
      if (active.count.number === 3) write('v128.store32_lane 2', further(address, 8));
    }
  }
}

const sumOf = ({ text, offset }: Address): Text => (offset === 0 ? text : operation('i32', 'i32.add', text, i32(offset)));

const further = ({ text, offset }: Address, bytes: number): Address => ({ text, offset: offset + bytes });

function select(test: Text, yes: Text, no: Text): Text {
  const isMask = yes.mask === true && no.mask === true;
  const chosen = operation('v128', 'v128.bitselect', isMask ? yes : numbers(yes), isMask ? no : numbers(no), test);
  return isMask ? maskOf(chosen) : chosen;
}
