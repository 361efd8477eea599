import { addDims, type Dim, dimNames, dimText, mulDims } from '../../ir/dim.js';
import type { Axis, IndexCondition, IndexExpr, ScalarExpr } from '../../kernel/expr.js';
import {
  conditionIndices,
  conditionKey,
  conditionNeeds,
  eachUse,
  indexNeeds,
  indexReads,
  type Needs,
  valueKey,
} from '../../kernel/expressions.js';
import { indexKey, linearForm, provablyNonNegative, sub } from '../../kernel/index-math.js';
import type { Kernel } from '../../kernel/kernel.js';
import { type AxisBinding, type Block, isRunning } from './block.js';
import { Code } from './code.js';
import { get, i32, indented, isPlain, isPowerOfTwo, minus, operation, plus, type Text, times } from './text.js';

/** Memory as the printer sees it: the kernel's tensors, and scratch of the part. */
export interface Memory {
  readonly name: string;
  readonly dtype: 'f32' | 'f64' | 'i32' | 'bool';
  readonly isRead: boolean;
  readonly isWritten: boolean;
  /** Byte address of its first element, and the block in which that is known. */
  readonly base: Text;
  readonly place: Block;
}

/** An address: an i32 and what a load or store adds to it. */
export interface Address {
  readonly text: Text;
  readonly offset: number;
}

/**
 * Positions and addresses. An expression is named once, in the outermost block where all it needs is known: that hoists invariants
 * and merges common subexpressions in one step.
 */
export abstract class Indices extends Code {
  readonly memory: Memory[];
  protected uses = new Map<string, number>();

  constructor(kernel: Kernel) {
    super();
    for (const name of ['from', 'to']) this.names.parameter(name);
    this.memory = kernel.tensors.map(({ name, dtype, access }) => {
      const parameter = this.names.parameter(name);
      return {
        name: parameter,
        dtype,
        isRead: access !== 'write',
        isWritten: access !== 'read',
        base: get(parameter, 'i32'),
        place: this.root,
      };
    });
  }

  /** Makes memory at `base`, an i32 known in the current block, something that expressions can load and stores can write; gives its tensor number. */
  scratchTensor(name: string, dtype: Memory['dtype'], base: Text): number {
    this.memory.push({ name, dtype, isRead: true, isWritten: true, base, place: this.block });
    return this.memory.length - 1;
  }

  /** What is stored in a tensor is loaded again, too. */
  makeReadable(tensor: number): void {
    this.memory[tensor] = { ...this.memory[tensor]!, isRead: true };
  }

  /** A gathered value as an i32. */
  protected abstract gathered(expr: ScalarExpr): Text;

  /** Counts how often each expression occurs in `roots`, to name those that occur twice; holds until the next call. */
  countUses(roots: readonly ScalarExpr[], indices: readonly IndexExpr[] = []): void {
    this.uses = new Map();
    const add = (key: string): boolean => {
      const count = (this.uses.get(key) ?? 0) + 1;
      this.uses.set(key, count);
      return count === 1;
    };
    eachUse(
      roots,
      (expr) => {
        if (expr.kind === 'load') add(addressKey(expr.tensor, expr.index));
        return add(valueKey(expr));
      },
      (index) => add(`i${indexKey(index)}`),
    );
    for (const index of indices) add(`i${indexKey(index)}`);
  }

  /** A further use of an address than those of `countUses`. */
  countAddress(tensor: number, index: IndexExpr): void {
    const key = addressKey(tensor, index);
    this.uses.set(key, (this.uses.get(key) ?? 0) + 1);
  }

  protected isUsedAgain(key: string): boolean {
    return (this.uses.get(key) ?? 0) > 1;
  }

  /** Puts `text` into a local, when it is worth one: it is not plain, and is invariant here or used more than once. */
  protected named(key: string, wanted: string, place: Block, text: Text, worth: boolean): Text {
    if (isPlain(text) || (place === this.block && !worth)) return text;
    const name = this.within(place, () => this.constant(wanted, text));
    place.named.set(key, name);
    return name;
  }

  /** The position that an expression is, in elements: an i32. */
  index(expr: IndexExpr, wanted = 'at'): Text {
    const { text, offset } = this.sum(expr, 1, undefined, wanted, `i${indexKey(expr)}`);
    return plus(text, i32(offset));
  }

  /** Where element `index` of a tensor lies. */
  address(tensor: number, index: IndexExpr): Address {
    const memory = this.memory[tensor]!;
    const { text, offset } = this.sum(index, 4, memory, `${memory.name}At`, addressKey(tensor, index));
    return { text: text!, offset };
  }

  /**
   * `scale` times the index, plus the memory's base: terms are added up from the outermost block inwards, each partial sum with a name
   * in its block. A constant stays apart as `offset` (of an address: only where all before it is an address, too).
   */
  private sum(expr: IndexExpr, scale: number, memory: Memory | undefined, wanted: string, key: string): Sum {
    const form = linearForm(expr);
    const groups = new Map<Block, { text: Text | undefined; key: string }>();
    const addTo = (place: Block, text: Text, termKey: string, isNegative = false): void => {
      const group = groups.get(place) ?? { text: undefined, key: '' };
      groups.set(place, { text: isNegative ? minus(group.text, text) : plus(group.text, text), key: `${group.key}+${termKey}` });
    };
    let offset = 0;
    const addSize = (dim: Dim): void => {
      if (typeof dim === 'number') offset += dim;
      else addTo(this.placeOf(new Set(dimNames(dim))), this.dim(dim), dimText(dim));
    };
    if (memory) addTo(memory.place, memory.base, memory.name);
    for (const { atom, coefficient } of form.terms) {
      const factor = mulDims(coefficient, scale);
      const binding = atom.kind === 'axis' ? this.block.binding(atom.axis) : undefined;
      if (binding?.absorbed) continue;
      if (binding && binding.offset !== 0) addSize(mulDims(factor, binding.offset));
      const termKey = `${dimText(factor)}*${indexKey(atom)}`;
      if (binding && isRunning(binding.at)) {
        const place = deeper(binding.at.block, this.placeOf(new Set(dimNames(factor))));
        addTo(place, this.multiple(binding.at, factor), termKey);
        continue;
      }
      if (binding?.at && !isRunning(binding.at) && binding.at.number !== undefined) {
        addSize(mulDims(factor, binding.at.number));
        continue;
      }
      const place = this.placeOfIndex(new Set([...indexNeeds(atom), ...dimNames(factor)]), indexReads(atom));
      const turn = binding ? (binding.at as Text) : this.within(place, () => this.indexAtom(atom));
      const isNegative = typeof factor === 'number' && factor < 0;
      addTo(place, times(turn, this.dim(isNegative ? -factor : factor)), termKey, isNegative);
    }
    addSize(mulDims(form.constant, scale));
    const isApart = memory === undefined || (offset >= 0 && provablyNonNegative(withoutConstant(expr)));
    if (!isApart) addTo(memory.place, i32(offset), String(offset));
    return this.sumOfGroups(groups, isApart ? offset : 0, wanted, key);
  }

  private sumOfGroups(groups: Map<Block, { text: Text | undefined; key: string }>, offset: number, wanted: string, key: string): Sum {
    const ordered = [...groups].sort(([a], [b]) => a.depth - b.depth);
    let sum: Text | undefined;
    let partial = 'p';
    for (const [position, [block, group]] of ordered.entries()) {
      partial += group.key;
      const isLast = position === ordered.length - 1;
      const worth = !isLast || this.isUsedAgain(key);
      sum = this.block.find(partial) ?? this.named(partial, wanted, block, plus(sum, group.text!), worth);
    }
    return { text: sum, offset };
  }

  protected placeOf(needs: Needs, isRead = false): Block {
    return this.block.placeOf(needs, isRead);
  }

  /** Where an index is computed: indices are scalars, also in the midst of lanes. */
  protected placeOfIndex(needs: Needs, isRead: boolean): Block {
    return this.placeOf(needs, isRead);
  }

  private indexAtom(expr: IndexExpr): Text {
    const key = `a${indexKey(expr)}`;
    const known = this.block.find(key);
    if (known) return known;
    const place = this.placeOfIndex(indexNeeds(expr), indexReads(expr));
    return this.within(place, () => {
      const text = this.plainAtom(expr);
      const worth = expr.kind === 'floorDiv' || expr.kind === 'mod' || expr.kind === 'value';
      const name = worth ? this.constant('part', text) : text;
      place.named.set(key, name);
      return name;
    });
  }

  private plainAtom(expr: IndexExpr): Text {
    switch (expr.kind) {
      case 'value':
        return this.gathered(expr.value);
      case 'mul':
        return times(this.index(expr.left), this.index(expr.right));
      case 'floorDiv': {
        const by = linearForm(expr.right).constant;
        const left = this.index(expr.left);
        if (typeof by === 'number' && isPowerOfTwo(by)) return operation('i32', 'i32.shr_s', left, i32(Math.log2(by)));
        const divisor = this.divisor(by);
        if (provablyNonNegative(expr.left)) return operation('i32', 'i32.div_u', left, divisor);
        // Division truncates: below zero the floor is that of divisor - 1 less.
        const x = this.constant('x', left);
        const less = operation('i32', 'i32.and', operation('i32', 'i32.shr_s', x, i32(31)), minus(divisor, i32(1)));
        return operation('i32', 'i32.div_s', minus(x, less), divisor);
      }
      case 'mod': {
        const by = linearForm(expr.right).constant;
        const left = this.index(expr.left);
        if (typeof by === 'number' && isPowerOfTwo(by)) return operation('i32', 'i32.and', left, i32(by - 1));
        const divisor = this.divisor(by);
        if (provablyNonNegative(expr.left)) return operation('i32', 'i32.rem_u', left, divisor);
        const rest = this.constant('rest', operation('i32', 'i32.rem_s', left, divisor));
        return plus(rest, operation('i32', 'i32.and', operation('i32', 'i32.shr_s', rest, i32(31)), divisor));
      }
      default:
        return this.index(expr);
    }
  }

  /** 1 where the condition holds, else 0. */
  condition(condition: IndexCondition): Text {
    const key = `c${conditionKey(condition)}`;
    const known = this.block.find(key);
    if (known) return known;
    const place = this.placeOfIndex(conditionNeeds(condition), conditionIndices(condition).some(indexReads));
    const text = this.within(place, () => this.plainCondition(condition));
    return this.named(key, 'inside', place, text, this.isUsedAgain(key));
  }

  private plainCondition(condition: IndexCondition): Text {
    if (condition.kind === 'divisible') {
      const { by, index } = condition;
      const text = this.index(index);
      const rest = isPowerOfTwo(by) ? operation('i32', 'i32.and', text, i32(by - 1)) : operation('i32', 'i32.rem_s', text, i32(by));
      return operation('i32', 'i32.eqz', rest);
    }
    const { index, low, high } = condition;
    const [above, below] = [sub(index, low), sub(high, index)];
    if (provablyNonNegative(above)) return operation('i32', 'i32.lt_s', this.index(index), this.index(high));
    if (provablyNonNegative(sub(below, { kind: 'number', value: 1 }))) {
      return operation('i32', 'i32.ge_s', this.index(index), this.index(low));
    }
    const extent = sub(high, low);
    if (provablyNonNegative(extent)) return operation('i32', 'i32.lt_u', this.index(above), this.index(extent));
    return operation(
      'i32',
      'i32.and',
      operation('i32', 'i32.ge_s', this.index(index), this.index(low)),
      operation('i32', 'i32.lt_s', this.index(index), this.index(high)),
    );
  }

  /** All of them, one after the other: a later one may read what only an earlier one makes valid. */
  conditions(conditions: readonly IndexCondition[]): Text {
    let all: Text | undefined;
    for (const condition of conditions) {
      if (all === undefined) {
        all = this.condition(condition);
        continue;
      }
      if (!conditionIndices(condition).some(indexReads)) {
        all = operation('i32', 'i32.and', all, this.condition(condition));
        continue;
      }
      let last: Text = all;
      const lines = this.inside('branch', () => {
        last = this.condition(condition);
      });
      const later = `(if (result i32) ${all.code}\n  (then\n${indented(indented([...lines, last.code])).join('\n')}\n  )\n  (else (i32.const 0)))`;
      all = this.constant('inside', { code: later, type: 'i32' });
    }
    return all ?? i32(1);
  }

  /** The index of a lane, when every axis in it stands still here. */
  protected knownIndex(expr: IndexExpr, lane: number): number | undefined {
    const { terms, constant } = linearForm(expr);
    let sum: Dim = constant;
    for (const { atom, coefficient } of terms) {
      const binding = atom.kind === 'axis' ? this.block.binding(atom.axis) : undefined;
      if (binding === undefined) return undefined;
      if (binding.absorbed) continue;
      if (isRunning(binding.at) || binding.at.number === undefined) return undefined;
      sum = addDims(sum, mulDims(coefficient, binding.at.number + binding.offset + (binding.lanes ? lane : 0)));
    }
    return typeof sum === 'number' ? sum : undefined;
  }

  /** What the axis of lanes is multiplied by in an index; undefined where the index is not linear in it. */
  protected laneStride(expr: IndexExpr): Dim | undefined {
    let stride: Dim = 0;
    for (const { atom, coefficient } of linearForm(expr).terms) {
      if (atom.kind === 'axis') {
        const binding = this.block.binding(atom.axis);
        if (binding.lanes && !binding.absorbed) stride = coefficient;
      } else if (this.isLanes(indexNeeds(atom))) return undefined;
    }
    return stride;
  }

  /** Whether something with these needs differs between lanes. */
  protected isLanes(needs: Needs): boolean {
    for (const need of needs) {
      if (typeof need === 'string') {
        if (need.startsWith('local ') && this.block.find(need)?.type === 'v128') return true;
      } else if (this.bindingOf(need)?.lanes) return true;
    }
    return false;
  }

  private bindingOf(axis: Axis): AxisBinding | undefined {
    for (let block: Block | undefined = this.block; block !== undefined; block = block.parent) {
      const found = block.axes.get(axis);
      if (found) return found;
    }
    return undefined;
  }
}

interface Sum {
  /** Without its constant; nothing where all is constant. */
  readonly text: Text | undefined;
  readonly offset: number;
}

const addressKey = (tensor: number, index: IndexExpr): string => `@${tensor} ${indexKey(index)}`;

const deeper = (a: Block, b: Block): Block => (b.depth > a.depth ? b : a);

function withoutConstant(expr: IndexExpr): IndexExpr {
  const { constant } = linearForm(expr);
  return constant === 0
    ? expr
    : sub(expr, typeof constant === 'number' ? { kind: 'number', value: constant } : { kind: 'size', dim: constant });
}
