/** Which values lie in memory between kernels; everything else is computed where it is used. */
import { isSymbolic, productOf, sameDim } from '../ir/dim.js';
import type { Node, Value } from '../ir/graph.js';
import { op as lookUp } from '../ops/registry.js';
import { isInline } from './access.js';
import { findSplit, joined, replaceAxis } from './axes.js';
import { bodyOf, type Context, liesInMemory } from './body.js';
import { type Cluster, clusterOf, rewriteCluster } from './cluster.js';
import type { IndexExpr, ScalarExpr } from './expr.js';
import { affineForm } from './index-math.js';
import type { WorkGraph } from './legalise.js';
import { planResidences } from './plan-residences.js';
import type { Host, Residence } from './residence.js';
import { type ContractRoot, type Root, rootOf } from './roots.js';
import { ownIndices } from './scalar.js';
import type { TargetTraits } from './target.js';

/** In additions: a load, a function that a device computes in many steps, a block of random bits. */
const loadCost = 1;
const functionCost = 8;
const randomCost = 40;
const functions = new Set(
  'exp expm1 log log1p sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh sigmoid erf pow atan2 remainder fmod'.split(' '),
);

const extremes = new Set(['reduceMax', 'reduceMin']);

/** What may be computed anew where a contraction loads its tiles, in several consumers, at every element of a broadcast. */
const tileLimit = 8;
const repeatLimit = 24;
const broadcastLimit = 16;
/** Beyond this an expression is cut, to keep kernels of a size that compilers handle. */
const expressionLimit = 400;

export interface Materialised {
  readonly context: Context;
  readonly roots: ReadonlyMap<Value, Root>;
}

export function materialise(work: WorkGraph, target: TargetTraits, given: Pick<Context, 'build' | 'rowWrites' | 'apart'>): Materialised {
  const plan = new Plan(work, target, given);
  plan.choose();
  return { context: plan.context, roots: plan.roots };
}

class Plan {
  readonly context: Context;
  readonly roots = new Map<Value, Root>();
  private readonly residences = new Map<Value, Residence>();
  private readonly hosts = new Map<Value, Host>();
  private readonly consumers = new Map<Value, Set<Node>>();
  private readonly outputs: ReadonlySet<Value>;
  private readonly costs = new Map<Value, number>();

  constructor(
    private readonly work: WorkGraph,
    private readonly target: TargetTraits,
    given: Pick<Context, 'build' | 'rowWrites' | 'apart'>,
  ) {
    const rows = work.outputs.flatMap(({ output: { position, from }, value }) =>
      value && position ? [[value, { position, from }] as const] : [],
    );
    this.context = {
      ...given,
      definition: work.definition,
      materialised: new Set(),
      rows: new Map(rows),
      residences: this.residences,
      hosts: this.hosts,
    };
    this.outputs = new Set(work.outputs.flatMap(({ value }) => (value ? [value] : [])));
    for (const node of work.nodes) {
      for (const input of node.inputs) this.consumers.set(input, (this.consumers.get(input) ?? new Set()).add(node));
    }
  }

  choose(): void {
    for (const value of this.outputs) this.store(value);
    for (const [value, { node }] of this.context.rowWrites) {
      this.store(value);
      if (this.context.apart.has(value)) this.store(node.inputs[2]!);
    }
    for (const node of this.work.nodes) {
      if (isInline(node)) continue;
      const value = node.outputs[0]!;
      const root = rootOf(node, this.target);
      this.roots.set(value, root);
      this.store(value);
      if (root.kind === 'scatter') this.store(node.inputs[0]!);
      const end = this.endOfChain(value);
      if (end !== value) this.store(end);
    }
    for (const node of this.work.nodes) this.visit(node);
    const around = {
      work: this.work,
      context: this.context,
      roots: this.roots,
      isLent: (value: Value) => this.lendsItself(value),
      isComputed: (value: Value) => !this.inMemory(this.behindViews(value)) && this.costOf(value) > loadCost,
      store: (value: Value) => this.store(value),
    };
    planResidences(around, this.residences, this.hosts);
    // What is stored for one value may be one tensor more for another: f(a, b, g(a, b)) reads three once g is stored.
    for (let known = -1; known < this.context.materialised.size; ) {
      known = this.context.materialised.size;
      for (const node of this.work.nodes) {
        const value = node.outputs[0]!;
        if (!this.hosts.has(value)) {
          if (this.context.materialised.has(value)) this.fitTensors(value);
        } else for (const input of node.inputs) if (!this.inMemory(input)) this.fitTensors(input);
      }
    }
  }

  /** Whether the value's memory becomes that of a scatter's result. */
  private lendsItself(value: Value): boolean {
    return [...(this.consumers.get(value) ?? [])].some(({ outputs, inputs }) => {
      return this.roots.get(outputs[0]!)?.kind === 'scatter' && inputs[0] === value;
    });
  }

  private store(value: Value): void {
    this.context.materialised.add(value);
  }

  /**
   * The last value of the chain of elementwise ops that a root's result goes through before it is used twice, or otherwise:
   * the root's kernel can store that instead.
   */
  private endOfChain(value: Value): Value {
    let end = value;
    let at = value;
    for (;;) {
      if (this.outputs.has(at)) return end;
      const consumers = this.consumers.get(at);
      if (consumers?.size !== 1) return end;
      const [consumer] = consumers as ReadonlySet<Node> & Iterable<Node>;
      const next = consumer!.outputs[0]!;
      if (lookUp(consumer!.op).kind === 'elementwise') {
        end = next;
        at = next;
      } else if (consumer!.op === 'reshape' || consumer!.op === 'permute') at = next;
      else return end;
    }
  }

  private visit(node: Node): void {
    const value = node.outputs[0]!;
    const root = this.roots.get(value);
    if (root?.kind === 'contract') this.prepareOperands(root);
    if (root?.kind === 'line') this.prepareLine(node.inputs[0]!);
    if (root?.kind === 'rows') for (const input of node.inputs) this.prepareReduced(input);
    if (lookUp(node.op).kind === 'random' && !this.inMemory(node.inputs[0]!)) this.store(node.inputs[0]!);
    if (node.op === 'eq') this.prepareTies(node);
    if (this.repeats(node) && !this.context.rows.has(value) && this.costOf(node.inputs[0]!) > broadcastLimit) this.store(node.inputs[0]!);
    this.costs.delete(value);
    if (root || this.inMemory(value)) return;
    const cost = this.costOf(value);
    const uses = this.consumers.get(value)?.size ?? 0;
    if ((uses > 1 && cost > repeatLimit) || cost > expressionLimit) this.store(value);
  }

  private inMemory(value: Value): boolean {
    return liesInMemory(this.context, value);
  }

  /** Whether the node reads elements of its input many times. */
  private repeats(node: Node): boolean {
    if (node.op !== 'broadcast' && node.op !== 'unfold') return false;
    const from = productOf(node.inputs[0]!.type.shape);
    const to = productOf(node.outputs[0]!.type.shape);
    return isSymbolic(from) || isSymbolic(to) ? !sameDim(from, to) : to >= 4 * from;
  }

  /** What computing one element costs, memory as it is planned so far. */
  private costOf(value: Value): number {
    if (this.inMemory(value)) return loadCost;
    const known = this.costs.get(value);
    if (known !== undefined) return known;
    const node = this.work.definition.get(value)!;
    const { kind } = lookUp(node.op);
    const own = kind === 'view' || kind === 'source' ? 0 : kind === 'random' ? randomCost : functions.has(node.op) ? functionCost : 1;
    const cost = node.inputs.reduce((sum, input) => sum + this.costOf(input), own);
    this.costs.set(value, cost);
    return cost;
  }

  /** The value behind views that only permute, cut or repeat. */
  private behindViews(value: Value): Value {
    let at = value;
    for (;;) {
      const node = this.work.definition.get(at);
      if (!node || this.inMemory(at) || lookUp(node.op).kind !== 'view' || node.op === 'pad' || node.op === 'concat') return at;
      at = node.inputs[0]!;
    }
  }

  private prepareOperands(root: ContractRoot): void {
    for (const operand of root.operands) {
      const source = this.behindViews(operand);
      const wanted = this.target.contractPrologue === 'affine' ? !this.inMemory(source) : this.costOf(operand) > tileLimit;
      if (wanted) this.storeComputed(source, operand);
    }
    if (this.target.contractPrologue !== 'affine') return;
    const [a, b] = affineOperands(this.context, clusterOf(root.node.outputs[0]!, root, undefined));
    if (!a) this.store(root.operands[0]);
    if (!b) this.store(root.operands[1]);
  }

  /** Puts a value into memory, or, when it is there or a uniform literal already, the view of it. */
  private storeComputed(source: Value, view: Value): void {
    this.store(this.inMemory(source) ? view : source);
    this.costs.clear();
  }

  /** The elements of a line are read many times, and must be the same number each time: computed anew, one may be rounded otherwise. */
  private prepareLine(operand: Value): void {
    const source = this.behindViews(operand);
    if (!this.inMemory(source)) this.storeComputed(source, operand);
  }

  /** A costly operand whose elements go with the rows of another reduction is computed by that reduction's kernel. */
  private prepareReduced(operand: Value): void {
    const source = this.behindViews(operand);
    if (this.inMemory(source) || this.costOf(source) <= tileLimit) return;
    const size = productOf(source.type.shape);
    for (const leaf of this.leavesOf(source)) {
      if (this.roots.get(leaf)?.kind === 'rows' && sameDim(productOf(leaf.type.shape), size)) {
        this.store(source);
        this.costs.clear();
        return;
      }
    }
  }

  /**
   * What is compared with its own extreme (the gradient of a maximum) has to be the same number in both places: computed anew, it
   * may be rounded otherwise, and then no element is the extreme. So its elements are stored once.
   */
  private prepareTies(comparison: Node): void {
    const [a, b] = comparison.inputs.map((input) => this.behindViews(input)) as [Value, Value];
    const isExtreme = (value: Value) => extremes.has(this.work.definition.get(value)?.op ?? '');
    for (const [extreme, compared] of [
      [a, b],
      [b, a],
    ] as const) {
      if (!isExtreme(extreme) || this.inMemory(compared)) continue;
      this.store(compared);
      this.costs.clear();
    }
  }

  /** The values in memory that computing an element reads. */
  private leavesOf(value: Value, into: Set<Value> = new Set(), seen: Set<Value> = new Set()): Set<Value> {
    const node = this.work.definition.get(value);
    for (const input of node?.inputs ?? []) {
      if (this.inMemory(input)) into.add(input);
      else if (!seen.has(input)) {
        seen.add(input);
        this.leavesOf(input, into, seen);
      }
    }
    return into;
  }

  /** Stores parts of an expression that reads more tensors than a kernel can have. */
  private fitTensors(value: Value): void {
    // A row of a tape also reads where it goes.
    const room = this.target.maxTensors - (this.context.rows.has(value) || this.context.rowWrites.has(value) ? 2 : 1);
    for (;;) {
      if (this.leavesOf(value).size <= room) return;
      const inline = new Set<Value>();
      this.leavesOf(value, new Set(), inline);
      let best: Value | undefined;
      let most = 1;
      for (const part of inline) {
        const count = this.leavesOf(part).size;
        if (count > most && count <= room) [best, most] = [part, count];
      }
      if (best === undefined) throw new Error(`an operation reads more than the ${room} tensors that a ${this.target.name} kernel can`);
      this.store(best);
    }
  }
}

/** Whether each operand is a plain load at an index linear in the axes, once axes are split as the indices ask. */
export function affineOperands(context: Context, cluster: Cluster): [boolean, boolean] {
  let split = cluster;
  for (let turn = 0; turn < 16; turn++) {
    const body = bodyOf(context, split);
    const operands = [body.a!, body.b!];
    const indices: IndexExpr[] = operands.flatMap(ownIndices);
    const { batch, m, n, k } = split.axes;
    const found = findSplit(indices, new Set([...batch, ...m, ...n, ...k]));
    if (!found) return operands.map(isAffineLoad) as [boolean, boolean];
    const axes = {
      ...split.axes,
      batch: replaceAxis(batch, found),
      m: replaceAxis(m, found),
      n: replaceAxis(n, found),
      k: replaceAxis(k, found),
    };
    split = rewriteCluster(split, axes, new Map([[found.axis, joined(found)]]));
  }
  return [false, false];
}

function isAffineLoad(expr: ScalarExpr): boolean {
  return expr.kind === 'load' && affineForm(expr.index) !== undefined;
}
