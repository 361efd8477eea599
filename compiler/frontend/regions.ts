/** Branches on the values of tensors: both ways are evaluated, each into a region, and what they leave is merged. */
import type { ts } from 'ts-morph';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import * as messages from '../diagnostics/messages.js';
import type { GraphBuilder } from '../ir/build.js';
import type { Node, Value } from '../ir/graph.js';
import { isFloat } from '../ir/types.js';
import { op as lookUp } from '../ops/registry.js';
import { conditionText, shorten } from './access.js';
import { endedAs, mergeExits, onlyExits } from './exits.js';
import { type Change, type JournalFrame, type Location, MISSING, type Site } from './journal.js';
import type { Machine } from './machine.js';
import { Conflict, type Disagree, Merger, type Plan, View, type Ways } from './merge.js';
import type { Scalars } from './scalars.js';
import { Scope } from './scope.js';
import { Refusal, TensorScalar } from './symbolic.js';
import type { Region, TensorInstance, Tensors } from './tensors.js';
import { Abort, type Completion, Thrown } from './values.js';

/** One way through a part of the program. */
export type Path = () => Completion | undefined;

/** A branch of an `if`, with and without what follows the `if`. */
export interface Way {
  readonly alone: Path;
  readonly thenRest: Path;
}

/** What a way has computed and changed; its changes are taken back. */
export interface Followed {
  readonly nodes: Node[];
  readonly region: Region;
  readonly changes: readonly Change[];
  readonly completion: Completion | undefined;
  /** Tells what was made on it. */
  readonly frame: JournalFrame | undefined;
}

/** The library has refused the values that lead this way: they are assumed not to occur. */
const UNREACHABLE: unique symbol = Symbol('unreachable');

const UNCHANGED = new View([], 'after');

/** Scalar computations of this many ops are done whether they are needed or not: that is cheaper than a branch. */
const CHEAP_NODES = 16;

export class Regions {
  constructor(
    readonly machine: Machine,
    readonly tensors: Tensors,
    readonly scalars: Scalars,
    private readonly explain: (error: unknown) => Diagnostic,
  ) {}

  /** Whether what is evaluated is part of a branch or a loop of the graph. */
  nested(): boolean {
    return this.tensors.hasBuilder && this.tensors.region?.parent !== undefined;
  }

  builder(): GraphBuilder {
    const { builder } = this.tensors;
    if (builder === undefined) throw new Refusal(messages.tensorCondition('this condition'));
    return builder;
  }

  /** Merges what two ways leave; `views` are the objects as these see them. */
  merger(ways: Ways, views: readonly [View, View] = [UNCHANGED, UNCHANGED]): Merger {
    return new Merger(this.tensors, this.scalars, this.machine, views, ways);
  }

  /** `condition ? whenTrue : whenFalse` */
  value(condition: TensorScalar, node: ts.Node, whenTrue: () => unknown, whenFalse: () => unknown): unknown {
    const completion = this.branch(
      condition,
      node,
      () => ({ kind: 'return', value: whenTrue() }),
      () => ({ kind: 'return', value: whenFalse() }),
    );
    return completion?.kind === 'return' ? completion.value : undefined;
  }

  /** `left && right` or `left || right`, where the truth of the left depends on a tensor. */
  logical(op: 'and' | 'or', left: { readonly value: unknown; readonly truth: TensorScalar }, node: ts.Node, right: () => unknown): unknown {
    const { truth, value } = left;
    const followed = this.tryWay(() => ({ kind: 'return', value: right() }), node);
    if (followed === UNREACHABLE) return value;
    const { completion, changes, nodes } = followed;
    const result = completion?.kind === 'return' ? completion.value : undefined;
    const booleans = isBoolean(value) && isBoolean(result);
    if (booleans && changes.length === 0 && nodes.length <= INLINED_NODES && nodes.every(isInlined)) {
      if (typeof result === 'boolean') return result === (op === 'and') ? truth : result;
      const builder = this.builder();
      builder.splice(nodes);
      return this.scalars.both(truth, new TensorScalar(this.tensors.adopt((result as TensorScalar).handle), 'boolean'), op);
    }
    const otherwise: Followed = {
      nodes: [],
      region: { parent: this.tensors.region },
      changes: [],
      completion: { kind: 'return', value },
      frame: undefined,
    };
    const merged = this.merge(truth, node, op === 'and' ? [followed, otherwise] : [otherwise, followed]);
    return merged?.kind === 'return' ? merged.value : undefined;
  }

  /** Follows both ways and merges them. `node` is the condition's or the whole statement, for messages. */
  branch(condition: TensorScalar, node: ts.Node, whenTrue: Path, whenFalse: Path): Completion | undefined {
    const first = this.tryWay(whenTrue, node);
    if (first === UNREACHABLE) return whenFalse();
    const second = this.tryWay(whenFalse, node);
    if (second === UNREACHABLE) return whenTrue();
    return this.merge(condition, node, [first, second]);
  }

  /** Follows a way whose statement is followed by `rest` unless it ended otherwise; the second way when the first one has ended. */
  branchThenRest(condition: TensorScalar, node: ts.Node, ways: readonly [Way, Way], rest: Path, endsFirst: 0 | 1): Completion | undefined {
    const other = endsFirst === 0 ? 1 : 0;
    const first = this.tryWay(ways[endsFirst].alone, node);
    if (first === UNREACHABLE) return ways[other].thenRest();
    const ended = first.completion !== undefined && first.completion.kind !== 'mixed';
    const second = this.tryWay(ended ? ways[other].thenRest : ways[other].alone, node);
    if (second === UNREACHABLE) return ways[endsFirst].thenRest();
    const merged = this.merge(condition, node, endsFirst === 0 ? [first, second] : [second, first]);
    return ended ? merged : this.goOn(merged, node, rest);
  }

  /** Goes on with `rest` where the statement before has ended normally. */
  goOn(completion: Completion | undefined, node: ts.Node, rest: Path): Completion | undefined {
    if (completion === undefined) return rest();
    if (completion.kind !== 'mixed') return completion;
    const normal = endedAs(this.scalars, completion, (way) => way === undefined);
    if (typeof normal === 'boolean') return normal ? rest() : completion;
    return this.branch(normal, node, rest, () => onlyExits(completion, (way) => way !== undefined));
  }

  private tryWay(path: Path, node: ts.Node): Followed | typeof UNREACHABLE {
    try {
      return this.follow(path);
    } catch (error) {
      if (!(error instanceof Thrown)) throw error;
      const { isLibrary } = this.machine.options;
      const inLibrary = (at: ts.Node | undefined) => at !== undefined && isLibrary(at.getSourceFile().fileName);
      if (inLibrary(node) && inLibrary(error.node)) return UNREACHABLE;
      if (error.node?.parent === undefined || inLibrary(error.node) || !isThrow(error.node)) throw new Abort(this.explain(error));
      throw new Abort(
        this.machine.diagnostic(messages.throwInBranch(shorten(conditionText(node))), error.node, error.frame, [
          { message: 'this condition depends on the value of a tensor', span: this.spanOf(node) },
        ]),
      );
    }
  }

  /** Evaluates a way into nodes of its own, and takes its changes back. */
  follow(path: Path): Followed {
    const { journal } = this.machine;
    const nodes: Node[] = [];
    const region: Region = { parent: this.tensors.region };
    const frame = journal.begin();
    try {
      const completion = this.builder().into(nodes, () => this.tensors.inRegion(region, path));
      const changes = frame.changes();
      journal.conclude(frame);
      return { nodes, region, changes, completion, frame };
    } catch (error) {
      journal.rollBack(frame);
      throw error;
    }
  }

  /** The handle of a tensor whose gradient is what `rule` computes of its cotangent, in a region of its own. */
  withRule(
    result: TensorInstance,
    inputs: readonly TensorInstance[],
    rule: (cotangent: TensorInstance) => readonly TensorInstance[],
  ): object {
    const { tensors } = this;
    const value = tensors.valueOf(result);
    const differentiable = inputs.map((input) => isFloat(input.dtype));
    if (!tensors.gradientMode() || !isFloat(value.type.dtype) || !differentiable.includes(true)) return result.handle;
    const kept = <T>(list: readonly T[]) => list.filter((_, i) => differentiable[i]);
    const cotangent = this.builder().parameter(value.type);
    const { nodes, completion, changes } = this.follow(() => {
      const given = rule(tensors.tensorOf(cotangent));
      return { kind: 'return', value: kept(given).map((tensor) => tensors.valueOf(tensor)) };
    });
    const [change] = changes;
    if (change !== undefined) {
      const { location, site } = change;
      const at = site?.node;
      if (at === undefined) throw new Refusal(messages.ruleChanges(this.nameOf(location, site)));
      throw this.refuse(messages.ruleChanges(this.nameOf(location, site)), site, at, []);
    }
    const results = completion?.kind === 'return' ? (completion.value as Value[]) : [];
    const operands = [value, ...kept(inputs).map((input) => tensors.valueOf(input))];
    const block = { parameters: [cotangent], nodes, results };
    const [output] = this.builder().append('customGradient', operands, {}, [value.type], [block], this.machine.place());
    return tensors.handleOf(output!);
  }

  private merge(condition: TensorScalar, node: ts.Node, ways: readonly [Followed, Followed]): Completion | undefined {
    const { journal } = this.machine;
    const isFresh = (object: object, way: 0 | 1) => {
      const { frame } = ways[way];
      return frame !== undefined && journal.isFresh(object, frame);
    };
    const merger = this.merger({ isFresh, turns: false, node, condition }, [
      new View(ways[0].changes, 'after'),
      new View(ways[1].changes, 'after'),
    ]);
    const places = new Map<object, Map<unknown, [Change | undefined, Change | undefined]>>();
    ways.forEach((way, index) => {
      for (const change of way.changes) {
        const row = places.get(change.location.object) ?? new Map<unknown, [Change | undefined, Change | undefined]>();
        const pair = row.get(change.location.key) ?? [undefined, undefined];
        pair[index] = change;
        row.set(change.location.key, pair);
        places.set(change.location.object, row);
      }
    });
    const writes: { location: Location; plan: Plan; site: Site | undefined }[] = [];
    for (const row of places.values()) {
      for (const [a, b] of row.values()) {
        const { location, before } = (a ?? b)!;
        const [first, second] = [a === undefined ? before : a.after, b === undefined ? before : b.after];
        const site = a?.site ?? b?.site;
        const disagree = this.branchConflict(location, node, [a?.site, b?.site]);
        if (isStructural(location, [before, first, second])) {
          if (!Object.is(first, second)) this.spoil(location.object, disagree(merger.describe(first), merger.describe(second)));
          else writes.push({ location, plan: { kind: 'same', value: first }, site });
        } else writes.push({ location, plan: merger.plan(first, second, disagree), site });
      }
    }
    const disagree = this.branchConflict(undefined, node, [undefined, undefined]);
    const context = { merger, scalars: this.scalars, disagree };
    const exits = mergeExits(context, [ways[0].completion, ways[1].completion], condition);
    const build = merger.builder(this.emit(condition, node, ways, merger));
    for (const { location, plan, site } of writes) this.write(location, build(plan), site);
    const completion = exits(build);
    merger.settle();
    return completion;
  }

  /** Appends the `if` that computes the merger's leaves, or selects where that is cheaper. */
  private emit(condition: TensorScalar, node: ts.Node, ways: readonly [Followed, Followed], merger: Merger): readonly Value[] {
    const { scalars, tensors } = this;
    const builder = this.builder();
    if (merger.leaves.length === 0) return [];
    const results = ways.map(({ nodes, region }, way) =>
      builder.into(nodes, () => tensors.inRegion(region, () => merger.leaves.map((leaf) => merger.materialise(leaf, way)))),
    ) as [Value[], Value[]];
    const pairs: { first: Value; second: Value }[] = [];
    const places = merger.leaves.map((_, index) => {
      const [first, second] = [results[0][index]!, results[1][index]!];
      if (first === second) return first;
      const known = pairs.findIndex((pair) => pair.first === first && pair.second === second);
      if (known < 0) pairs.push({ first, second });
      return known < 0 ? pairs.length - 1 : known;
    });
    if (pairs.length === 0) return places as Value[];
    const outputs = ways.every(({ nodes }) => nodes.length <= CHEAP_NODES && nodes.every(isCheap))
      ? pairs.map(({ first, second }, index) => {
          if (index === 0) builder.splice([...ways[0].nodes, ...ways[1].nodes]);
          const { shape } = first.type;
          const flag = scalars.valueOf(condition);
          const ones = shape.length === 0 ? flag : scalars.emit('reshape', [flag], { shape: shape.map(() => 1) });
          return scalars.emit('select', [shape.length === 0 ? ones : scalars.emit('broadcast', [ones], { shape }), first, second]);
        })
      : builder.append(
          'if',
          [scalars.valueOf(condition)],
          {},
          pairs.map(({ first }) => first.type),
          ways.map(({ nodes }, way) => ({ parameters: [], nodes, results: pairs.map((pair) => (way === 0 ? pair.first : pair.second)) })),
          this.machine.place(node),
        );
    return places.map((place) => (typeof place === 'number' ? outputs[place]! : place));
  }

  /** Gives a place its value after a region. */
  write(location: Location, value: unknown, site: Site | undefined): void {
    const { journal } = this.machine;
    journal.touch(location.object, location.key, site);
    location.write(value);
  }

  /** Nobody may use an object any more whose structure depends on a tensor. */
  spoil(object: object, conflict: Conflict): void {
    this.machine.spoil(object, conflict);
  }

  private branchConflict(location: Location | undefined, node: ts.Node, sites: readonly [Site | undefined, Site | undefined]): Disagree {
    return (first, second) =>
      new Conflict(() => {
        const name = location === undefined ? 'the value' : this.nameOf(location, sites[0] ?? sites[1]);
        const where = shorten(conditionText(node));
        const notes = [this.note(sites[0], `${first}, if '${where}' holds`), this.note(sites[1], `${second}, if it does not`)];
        throw this.refuse(messages.differsByBranch(name, { condition: where, first, second }), sites[0] ?? sites[1], node, notes.flat());
      });
  }

  /** A diagnostic at the place of a write, or else at a statement. */
  refuse(message: messages.Message, site: Site | undefined, node: ts.Node, notes: Diagnostic['notes']): Abort {
    const { machine } = this;
    return new Abort(machine.diagnostic(message, site?.node ?? node, site === undefined ? machine.frame : site.frame, notes));
  }

  note(site: Site | undefined, message: string): Diagnostic['notes'] {
    if (site === undefined) return [];
    const span = this.machine.diagnostic(messages.throwInBranch(''), site.node, site.frame).span;
    return [{ message, ...(span && { span }) }];
  }

  private spanOf(node: ts.Node) {
    return { file: node.getSourceFile().fileName, start: node.getStart(), end: node.getEnd() };
  }

  /** What a program calls a place. */
  nameOf({ object, key }: Location, site: Site | undefined): string {
    if (object instanceof Scope) return object.shape.nameOf(key as number);
    if (this.tensors.isTensor(object) && key === 'handle') return this.changedTensor(site);
    if (Array.isArray(object)) return key === 'length' ? 'the length of an array' : `element ${String(key)} of an array`;
    if (object instanceof Map) return `the entry ${String(key)} of a Map`;
    if (object instanceof Set) return `the member ${String(key)} of a Set`;
    const name: unknown = Object.getPrototypeOf(object)?.constructor?.name;
    return typeof name === 'string' && name !== 'Object' ? `${name}.${String(key)}` : `the property ${String(key)}`;
  }

  /** The text of the tensor that a method like `add_` changes. */
  private changedTensor(site: Site | undefined): string {
    const { isLibrary } = this.machine.options;
    for (let at = site?.frame; at !== undefined; at = at.parent) {
      if (!isLibrary(at.site.getSourceFile().fileName)) return shorten(at.site.getText());
    }
    return 'a tensor';
  }
}

function isThrow(node: ts.Node): boolean {
  return /^throw\b/.test(node.getText());
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean' || (value instanceof TensorScalar && value.type === 'boolean');
}

/** Conditions of this many ops are computed whether they are needed or not. */
const INLINED_NODES = 32;

function isInlined({ op, regions }: Node): boolean {
  if (regions.length > 0) return false;
  const { kind } = lookUp(op);
  return kind === 'elementwise' || kind === 'source' || kind === 'view' || kind === 'reduce';
}

/** Computations on scalars, and constants. */
function isCheap({ op, outputs, regions }: Node): boolean {
  if (regions.length > 0) return false;
  if (op === 'constant') return true;
  const { kind } = lookUp(op);
  return (kind === 'elementwise' || kind === 'source') && outputs[0]!.type.shape.length === 0;
}

/** Places whose difference is one of an object's structure, which no value can stand for. */
export function isStructural({ object, key, kind }: Location, values: readonly unknown[]): boolean {
  if (Array.isArray(object)) return key === 'length' || values.includes(MISSING);
  if (kind === 'member' || (kind === 'entry' && values.includes(MISSING))) return true;
  return ArrayBuffer.isView(object);
}
