/** Loops whose condition, or whose end, depends on the values of tensors: their body is evaluated until what it carries from turn to turn is known. */
import * as messages from '../diagnostics/messages.js';
import { tapeTypes } from '../ir/build.js';
import { loopAttributes } from '../ir/control.js';
import type { Node, Value } from '../ir/graph.js';
import { TurnNumbers } from '../ir/turn-numbers.js';
import { nodesOf } from '../ir/walk.js';
import { conditionText, shorten } from './access.js';
import { endedAs, isMixed, keyOf, mapExits, onlyExits, whichOf } from './exits.js';
import type { Grown, Growth } from './growth.js';
import type { JournalFrame, Location, Site } from './journal.js';
import {
  type Block,
  type Carried,
  ConditionChanges,
  type End,
  type LoopParts,
  RunsOnce,
  type Settled,
  STOP,
  type Turn,
  toBoolean,
  turnsOf,
  unstop,
  widen,
} from './loop-parts.js';
import { ABSENT, Computed, Conflict, type Disagree, type Leaf, type Merger, planText, View } from './merge.js';
import { isStructural, type Regions } from './regions.js';
import { TensorScalar } from './symbolic.js';
import { Abort, type Completion, NeedsAlternatives, Thrown } from './values.js';

/** Evaluations of one body until what it carries is known. */
const ROUND_LIMIT = 64;
/** Turns that are evaluated one within the other where a loop may end after each. */
const NESTED_TURNS = 64;

export class Loops {
  /** The most turns that a loop may make when the model runs, where the model says it. */
  limit: number | undefined;

  constructor(
    private readonly regions: Regions,
    private readonly growth: Growth,
  ) {}

  /** Evaluates a loop: turn by turn as long as its end is known, and as a loop of the graph from where it is not. */
  run(loop: LoopParts): Completion | undefined {
    const { machine } = this.regions;
    const { isLibrary } = machine.options;
    // A user's loop may turn out to depend on tensors in its first turn, which is then taken back.
    const speculative = this.regions.tensors.hasBuilder && !isLibrary(loop.node.getSourceFile().fileName);
    return this.hostTurns(loop, { turn: 0, depth: 0, speculative, tests: loop.testsFirst });
  }

  private hostTurns(
    loop: LoopParts,
    start: { readonly turn: number; readonly depth: number; readonly speculative: boolean; readonly tests: boolean },
  ): Completion | undefined {
    const { machine } = this.regions;
    const { journal } = machine;
    let frame: JournalFrame | undefined;
    let mark: ReturnType<Loops['mark']> | undefined;
    const scope = loop.frame;
    if (start.speculative) {
      mark = this.mark();
      frame = journal.begin();
    }
    const settle = () => {
      if (frame !== undefined) journal.keep(frame);
      frame = undefined;
    };
    const takeBack = () => {
      if (frame !== undefined) journal.rollBack(frame);
      if (frame !== undefined && mark !== undefined) this.regions.builder().reset(mark);
      if (frame !== undefined) loop.frame = scope;
      frame = undefined;
    };
    try {
      for (let turn = start.turn, tests = start.tests; ; turn++, tests = true) {
        const holds = tests ? this.hostTest(loop) : true;
        if (holds === undefined) {
          takeBack();
          return turn === start.turn || !start.speculative || turn > start.turn + 1 ? this.region(loop, true) : this.attempt(loop, start);
        }
        if (!holds) {
          settle();
          return undefined;
        }
        machine.step(loop.node);
        const completion = loop.body(loop.frame);
        if (isMixed(completion)) {
          if (frame !== undefined) {
            takeBack();
            return this.attempt(loop, start);
          }
          return this.afterMixedTurn(loop, completion, { turn, depth: start.depth });
        }
        const next = loop.after(completion);
        if (next !== 'next') {
          settle();
          return next === 'stop' ? undefined : completion;
        }
        loop.frame = loop.advance(loop.frame, false);
        if (turn > start.turn) settle();
      }
    } catch (error) {
      settle();
      throw error;
    }
  }

  /** Whether a host turn follows; undefined, with nothing changed, where that depends on tensors. */
  private hostTest(loop: LoopParts): boolean | undefined {
    const { journal } = this.regions.machine;
    const mark = this.regions.tensors.hasBuilder ? this.mark() : undefined;
    const frame = loop.testIsPure ? undefined : journal.begin();
    const holds = loop.test(loop.frame);
    if (!(holds instanceof TensorScalar)) {
      if (frame !== undefined) journal.keep(frame);
      return holds;
    }
    if (frame !== undefined) journal.rollBack(frame);
    if (mark !== undefined) this.regions.builder().reset(mark);
    return undefined;
  }

  /** Tries to make a loop of the graph from the first turn on; else goes on turn by turn. */
  private attempt(
    loop: LoopParts,
    start: { readonly turn: number; readonly depth: number; readonly tests: boolean },
  ): Completion | undefined {
    const { journal } = this.regions.machine;
    const mark = this.mark();
    const frame = journal.begin();
    try {
      const completion = this.region(loop, start.tests);
      journal.keep(frame);
      return completion;
    } catch (error) {
      if (error instanceof NeedsAlternatives || !(error instanceof Abort || error instanceof Thrown)) throw error;
      journal.rollBack(frame);
      this.regions.builder().reset(mark);
      try {
        return this.hostTurns(loop, { ...start, speculative: false });
      } catch (second) {
        if (second instanceof NeedsAlternatives) throw second;
        // What prevents the loop says more than what prevents its unrolling.
        throw second instanceof Abort && second.diagnostic.code === TOO_MANY ? error : second;
      }
    }
  }

  /** The turns after one that may have ended the loop. */
  private afterMixedTurn(
    loop: LoopParts,
    completion: Completion,
    { turn, depth }: { turn: number; depth: number },
  ): Completion | undefined {
    if (depth >= NESTED_TURNS) throw this.regions.machine.abort(messages.tooManyEnds(NESTED_TURNS), loop.node);
    return this.unroll(loop, completion, () => {
      loop.frame = loop.advance(loop.frame, false);
      return this.hostTurns(loop, { turn: turn + 1, depth: depth + 1, speculative: false, tests: true });
    });
  }

  /** Goes on with the `rest` of a loop after a turn that may have ended it. */
  unroll(loop: Pick<LoopParts, 'node' | 'after'>, completion: Completion, rest: () => Completion | undefined): Completion | undefined {
    const { regions } = this;
    const mapped = mapExits(completion, (way) => (loop.after(way) === 'leave' ? way : loop.after(way) === 'stop' ? STOP : undefined));
    const goesOn = endedAs(regions.scalars, mapped, (way) => way === undefined);
    const ended = () =>
      mapExits(
        onlyExits(mapped, (way) => way !== undefined),
        unstop,
      );
    if (goesOn === false) return ended();
    if (goesOn === true) return rest();
    return regions.branch(goesOn, loop.node, rest, ended);
  }

  private mark() {
    return this.regions.builder().mark();
  }

  /** Evaluates a loop of the graph. `tests` says whether the condition is tested before the first turn. */
  private region(loop: LoopParts, tests: boolean): Completion | undefined {
    const mark = this.mark();
    const frame = this.regions.machine.journal.begin();
    try {
      const completion = this.rounds(loop, tests ? undefined : true);
      this.regions.machine.journal.keep(frame);
      return completion;
    } catch (signal) {
      if (!(signal instanceof RunsOnce) && !(signal instanceof ConditionChanges)) throw signal;
      this.regions.machine.journal.rollBack(frame);
      this.regions.builder().reset(mark);
      const holds = tests ? loop.test(loop.frame) : true;
      if (holds === false) return undefined;
      if (signal instanceof ConditionChanges) return this.rounds(loop, holds);
      const once = () => mapExits(loop.body(loop.frame), (way) => (loop.after(way) === 'stop' ? undefined : way));
      return holds === true ? once() : this.regions.branch(holds, loop.node, once, () => undefined);
    }
  }

  /** Evaluates the body until nothing new is carried. `go` is there where the condition is tested at the end of the body. */
  private rounds(loop: LoopParts, go: boolean | TensorScalar | undefined): Completion | undefined {
    const { machine } = this.regions;
    let carried: Carried = { carries: [], plans: [], merger: this.regions.merger(turnsOf(loop)), structural: [], grown: [] };
    for (let round = 0; round < ROUND_LIMIT; round++) {
      machine.step(loop.node);
      const mark = this.mark();
      const frame = machine.journal.begin();
      frame.loop = loop.node;
      try {
        const turn = this.turn(loop, carried, go !== undefined, frame);
        const next = this.compare(loop, carried, frame);
        if (this.isSettled(carried, next)) {
          return this.finish(loop, { carried: next, turn, go, frame });
        }
        carried = next;
        machine.journal.rollBack(frame);
        this.regions.builder().reset(mark);
      } catch (error) {
        machine.journal.rollBack(frame);
        this.regions.builder().reset(mark);
        throw error;
      }
    }
    throw machine.abort(messages.unsettledLoop(), loop.node);
  }

  private isSettled(before: Carried, after: Carried): boolean {
    if (before.carries.length !== after.carries.length || before.structural.length !== after.structural.length) return false;
    const grown = ({ grown }: Carried) => grown.map((own) => this.growth.text(own)).join('; ');
    if (grown(before) !== grown(after)) return false;
    const { alternatives } = this.regions.tensors;
    const text = ({ plans, merger }: Carried) => planText(plans, merger.leaves, (object) => alternatives.numberOf(object));
    return text(before) === text(after);
  }

  /** One evaluation of condition and body, with what is carried so far as parameters. */
  private turn(loop: LoopParts, carried: Carried, rotated: boolean, frame: JournalFrame): Turn {
    const { regions } = this;
    const { journal } = regions.machine;
    for (const { object, conflict } of carried.structural) regions.spoil(object, conflict);
    for (const grown of carried.grown) this.growth.begin(grown);
    const condition = this.block(carried);
    if (!rotated) {
      const inner = journal.begin();
      try {
        this.enter(carried, condition);
        const before = journal.begin();
        condition.holds = this.within(condition, () => loop.test(loop.frame));
        const changes = before.changes();
        journal.rollBack(before);
        if (changes.length > 0) throw new ConditionChanges();
      } finally {
        journal.rollBack(inner);
      }
    }
    const body = this.block(carried);
    this.enter(carried, body);
    const completion = this.within(body, () =>
      mapExits(loop.body(loop.frame), (way) => {
        const next = loop.after(way);
        return next === 'next' ? undefined : next === 'stop' ? STOP : way;
      }),
    );
    const goesOn = this.within(body, () => endedAs(regions.scalars, completion, (way) => way === undefined));
    if (goesOn === false) throw new RunsOnce();
    const proceed = () => {
      loop.advance(loop.frame, true);
      if (!rotated) return true;
      condition.holds = loop.test(loop.frame);
      return condition.holds;
    };
    body.holds = this.within(body, () => (goesOn === true ? proceed() : toBoolean(regions.value(goesOn, loop.node, proceed, () => false))));
    return { condition, body, completion, frame };
  }

  private block(carried: Carried): Block {
    const parameters = carried.merger.leaves.map((leaf) => this.regions.builder().parameter(leaf.type));
    return { parameters, nodes: [], region: { parent: this.regions.tensors.region }, holds: true };
  }

  private within<T>({ nodes, region }: Block, action: () => T): T {
    const { tensors } = this.regions;
    return this.regions.builder().into(nodes, () => tensors.inRegion(region, action));
  }

  /** Gives the carried places the values that a turn begins with. */
  private enter({ carries, plans, merger }: Carried, block: Block): void {
    const { regions } = this;
    regions.tensors.inRegion(block.region, () => {
      const build = merger.builder(block.parameters);
      carries.forEach(({ location, site }, index) => {
        regions.write(location, build(plans[index]!), site);
      });
      merger.settle();
    });
  }

  /** What is carried, after a turn has shown more of it. */
  private compare(loop: LoopParts, carried: Carried, frame: JournalFrame): Carried {
    const changes = frame.changes();
    const ways = turnsOf(loop, (object) => this.regions.machine.journal.isFresh(object, frame));
    const merger = this.regions.merger(ways, [new View(changes, 'before'), new View([], 'after')]);
    const known = new Map<object, Set<unknown>>();
    const carries = carried.carries.map((carry) => {
      const { object, key } = carry.location;
      const keys = known.get(object) ?? new Set<unknown>();
      known.set(object, keys.add(key));
      return carry;
    });
    const structural = [...carried.structural];
    const grown: Grown[] = [];
    for (const { location, before, after, site } of changes) {
      if (known.get(location.object)?.has(location.key)) continue;
      if (structural.some(({ object }) => object === location.object)) continue;
      if (grown.some(({ array }) => array === location.object)) continue;
      const disagree = this.turnConflict(loop, location, site);
      const length = changes.find((change) => change.location.object === location.object && change.location.key === 'length');
      const told = length === undefined ? disagree : this.turnConflict(loop, length.location, site);
      const [first, second] = [length?.before ?? before, length?.after ?? after].map((value) => merger.describe(value)) as [string, string];
      const conflicts = { conflict: told(first, second), wholeOnly: this.rowsConflict(loop, site) };
      const growth = this.growth.grown(location.object, changes, conflicts);
      if (growth !== undefined) grown.push(growth);
      else if (isStructural(location, [before, after])) {
        structural.push({ object: location.object, conflict: disagree(merger.describe(before), merger.describe(after)) });
      } else carries.push({ location, initial: before, site, disagree });
    }
    const kept = carries.filter(({ location }) => !structural.some(({ object }) => object === location.object));
    const plans = kept.map(({ location, initial, disagree }, index) => {
      const before = carried.plans[index];
      if (before?.kind === 'conflict' && kept[index] === carried.carries[index]) return before;
      return merger.plan(initial, location.read(), disagree);
    });
    const widened = merger.leaves.map((leaf, index): Leaf => widen(leaf, carried.merger.leaves[index]));
    merger.leaves.splice(0, merger.leaves.length, ...widened);
    return { carries: kept, plans, merger, structural, grown };
  }

  private finish(loop: LoopParts, settled: Settled): Completion | undefined {
    const { regions } = this;
    const { carried, turn, go, frame } = settled;
    const { condition, body, completion } = turn;
    const { carries, plans, merger } = carried;
    const builder = regions.builder();
    // What only the end of the loop decides: whether it goes on, which way it ended, what it returned.
    const extra = regions.merger(turnsOf(loop, (object) => regions.machine.journal.isFresh(object, frame)));
    const ways = isMixed(completion) ? [undefined, ...completion.exits.flatMap((exit) => exit.completion ?? [])] : [undefined];
    const keys = [...new Set(ways.map(keyOf))];
    const returned = ways.find((way) => way?.kind === 'return');
    const value =
      returned?.kind === 'return' ? extra.plan(ABSENT, returned.value, this.turnConflict(loop, undefined, undefined)) : undefined;
    const many = keys.length > 2;
    const bool = { dtype: 'bool', shape: [] } as const;
    const flag =
      go === undefined
        ? undefined
        : extra.leaf('boolean', bool, [
            new Computed(() => regions.scalars.number(go, 'bool')),
            new Computed(() => regions.scalars.number(body.holds, 'bool')),
          ]);
    const which =
      keys.length < 2
        ? undefined
        : extra.leaf(many ? 'number' : 'boolean', many ? { dtype: 'i32', shape: [] } : bool, [
            new Computed(() => regions.scalars.number(many ? 0 : true, many ? 'i32' : 'bool')),
            new Computed(() => whichOf(regions.scalars, completion, keys)),
          ]);
    const leaves = [...merger.leaves, ...extra.leaves];
    const mergerOf = (index: number) => (index < merger.leaves.length ? merger : extra);
    const compute = (way: number) => leaves.map((leaf, index) => mergerOf(index).materialise(leaf, way));
    const results = this.within(body, () => compute(1));
    const parameters = extra.leaves.map((leaf) => [builder.parameter(leaf.type), builder.parameter(leaf.type)] as const);
    condition.parameters.push(...parameters.map(([value]) => value));
    body.parameters.push(...parameters.map(([, value]) => value));
    const parameterOf = (index: number) => condition.parameters[merger.leaves.length + index]!;
    const holds = this.within(condition, () => {
      const { scalars } = regions;
      if (flag !== undefined) return parameterOf(flag);
      if (which === undefined) return scalars.number(condition.holds, 'bool');
      const at = parameterOf(which);
      const going = many ? scalars.emit('eq', [at, scalars.number(0, 'i32')]) : at;
      return condition.holds === true ? going : scalars.emit('and', [going, scalars.number(condition.holds, 'bool')]);
    });
    const isWritten = (tensor: object) => carries.some(({ location }) => location.object === tensor && location.key === 'handle');
    const added = this.within(body, () => carried.grown.map((grown) => this.growth.added(grown, isWritten)));
    regions.machine.journal.conclude(frame);
    const mark = builder.mark();
    const initial = compute(0);
    const test = { parameters: condition.parameters, nodes: condition.nodes, results: [holds] };
    const inner = { parameters: body.parameters, nodes: body.nodes, results };
    const trips = this.trips({ initial, condition: test, body: inner, next: results }, mark.nodes.slice(mark.length));
    const rows = trips === undefined ? [] : added.flat();
    const turns = trips !== undefined && (trips.certain || rows.length > 0) ? trips.count : undefined;
    const attributes = {
      ...loopAttributes(this.limit, rows.length > 0 ? { size: turns!, count: rows.length } : undefined),
      ...(turns !== undefined && { turns }),
    };
    const types = [...leaves.map((leaf) => leaf.type), ...(rows.length > 0 ? tapeTypes(turns!, rows) : [])];
    const regionsOfLoop = [test, { ...inner, results: [...results, ...rows] }];
    const outputs = builder.append('loop', initial, attributes, types, regionsOfLoop, regions.machine.place(loop.node));
    for (const { object, conflict } of carried.structural) regions.spoil(object, conflict);
    const stacks = [...outputs.slice(leaves.length + 1)];
    carried.grown.forEach((grown, index) => {
      if (turns === undefined) regions.spoil(grown.array, grown.conflict);
      else {
        regions.machine.journal.touch(grown.array, undefined, regions.machine.site(loop.node));
        this.growth.finish(grown, turns, stacks.splice(0, added[index]!.length));
      }
    });
    const build = merger.builder(outputs);
    carries.forEach(({ location, site }, index) => {
      regions.write(location, build(plans[index]!), site);
    });
    merger.settle();
    return this.ended({ keys, ways, value, which, holds: condition.holds }, extra, outputs.slice(merger.leaves.length, leaves.length));
  }

  /** How the loop ended: its condition no longer held, or a turn broke it off. */
  private ended(end: End, extra: Merger, outputs: readonly Value[]): Completion | undefined {
    const { keys, ways, value, which } = end;
    if (which === undefined) return undefined;
    const build = extra.builder(outputs);
    const exits = keys.map((key, index) => {
      const way = ways.find((candidate) => keyOf(candidate) === key);
      return { index, completion: way?.kind === 'return' ? ({ kind: 'return', value: value && build(value) } as const) : way };
    });
    const scalar = build({ kind: 'leaf', index: which }) as TensorScalar;
    extra.settle();
    // `while (true)` ends only where a turn breaks it off.
    const possible = end.holds === true ? exits.filter(({ index }) => index > 0) : exits;
    const only = possible.length === 1 ? possible[0]!.completion : { kind: 'mixed' as const, exits: possible, which: scalar };
    return mapExits(only, unstop);
  }

  /** How many turns the loop takes, where it counts them; `before` are the nodes that its initial values are made by. */
  private trips(loop: ConstructorParameters<typeof TurnNumbers>[0], before: readonly Node[]) {
    const nodes = [...before, ...nodesOf(loop.condition), ...nodesOf(loop.body)];
    const definition = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
    const numbers = new TurnNumbers(loop, (value) => {
      const size = this.growth.sizeOf(value);
      return size === undefined ? definition.get(value) : { op: 'dimension', inputs: [], attributes: { size } };
    });
    return numbers.trips();
  }

  private rowsConflict(loop: LoopParts, site: Site | undefined): Conflict {
    const { regions } = this;
    return new Conflict(() => {
      const { machine } = regions;
      const notes = regions.note({ node: loop.node, frame: site?.frame }, 'this loop adds to it');
      const at = machine.frame?.site ?? loop.node;
      throw new Abort(machine.diagnostic(messages.usedAsRows('this list'), at, machine.frame?.parent, notes));
    });
  }

  private turnConflict(loop: LoopParts, location: Location | undefined, site: Site | undefined): Disagree {
    const { regions } = this;
    return (first, second) =>
      new Conflict(() => {
        const name = location === undefined ? 'the returned value' : regions.nameOf(location, site);
        const notes = [
          ...regions.note({ node: loop.node, frame: site?.frame }, `the loop depends on tensors: ${shorten(conditionText(loop.node))}`),
        ];
        const grows = location !== undefined && (Array.isArray(location.object) || location.object instanceof Map);
        throw regions.refuse(messages.differsByTurn(name, { first, second, grows }), site, loop.node, notes);
      });
  }
}

const TOO_MANY = messages.tooManyEnds(0).code;
