/**
 * Bodies cut at their loops and branches into straight segments, each of which is fused by itself. A node goes into the last segment
 * that still comes before all its uses; what several segments use lies in memory between them, unless it is as cheap to compute again.
 */
import { type Dim, subDims } from '../ir/dim.js';
import type { Graph, GraphInput, Node, Span, Value } from '../ir/graph.js';
import type { TensorType } from '../ir/types.js';
import { op as lookUp } from '../ops/registry.js';
import { isUniform } from './access.js';
import { type Body, type Branch, type Control, isControl, type Loop, regionTree, ValueMaker } from './region-tree.js';

/** A value that lies in the memory `place` when the segment begins. */
export interface SegmentInput {
  readonly value: Value;
  readonly place: string;
}

/** A value that lies in `place` when the segment is over. */
export interface SegmentOutput {
  readonly value: Value;
  readonly place: string;
  /** Whether the memory outlives the segment with other contents: state, and what a loop carries. `old` is what it held. */
  readonly replaces: boolean;
  readonly old?: Value;
  /** A row of a tape: `value` is one row repeated, and only the row of that number is written, counted back from `from` where that is given. */
  readonly position?: Value;
  readonly from?: Dim;
  /** What a reader would call it. */
  readonly label?: string;
}

/** Straight code: primitive nodes only. */
export interface Segment {
  readonly kind: 'segment';
  readonly name: string;
  readonly inputs: readonly SegmentInput[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly SegmentOutput[];
}

export interface SegmentedIf {
  readonly kind: 'if';
  /** The place of the condition. */
  readonly condition: string;
  readonly body: readonly SegmentStep[];
  readonly else: readonly SegmentStep[];
}

export interface SegmentedLoop {
  readonly kind: 'loop';
  readonly flag: string;
  readonly body: readonly SegmentStep[];
  readonly count: string | undefined;
  readonly turns: string | undefined;
  readonly trips: Dim | undefined;
  /** The place of each tape and the type of what a turn adds to it. */
  readonly tapes: readonly { readonly place: string; readonly row: TensorType }[];
  readonly limit: number;
  readonly span: Span | undefined;
}

export type SegmentStep = Segment | SegmentedIf | SegmentedLoop;

export interface SegmentedGraph {
  readonly steps: readonly SegmentStep[];
  /** Where each output of the graph lies in the end; state in its own memory. */
  readonly outputs: readonly string[];
  /** A value of each memory that segments share, its type the memory's. */
  readonly owners: ReadonlyMap<string, Value>;
  readonly values: ValueMaker;
}

/** Which input, or state entry, the memory of an input is. */
export function inputPlace({ role, name }: { readonly role: GraphInput['role'] | 'result' | 'gradient'; readonly name: string }): string {
  return `${isStateRole(role) ? 'state' : role} ${name}`;
}

export function isStateRole(role: string): boolean {
  return role === 'parameter' || role === 'buffer' || role === 'optimizer';
}

export function segmentGraph(graph: Graph): SegmentedGraph {
  return new Segmenter(graph).run();
}

/** A body with its nodes dealt out: segment k runs before control k. */
interface Dealt {
  readonly body: Body;
  readonly controls: readonly Control[];
  readonly segmentOf: ReadonlyMap<Node, number>;
  readonly order: ReadonlyMap<Node, number>;
  /** For each segment what later ones, or regions, read from memory. */
  readonly exports: readonly Map<Value, SegmentOutput>[];
  /** What the control after a segment begins with. */
  readonly initial: readonly SegmentOutput[][];
  readonly inner: ReadonlyMap<Body, Dealt>;
}

/** Where a value comes from: memory, or a node of a segment. */
type Home = { readonly place: string } | { readonly dealt: Dealt; readonly segment: number; readonly node: Node };

class Segmenter {
  private readonly homes = new Map<Value, Home>();
  private readonly owners = new Map<string, Value>();
  private readonly values: ValueMaker;

  constructor(private readonly graph: Graph) {
    this.values = new ValueMaker(graph);
  }

  run(): SegmentedGraph {
    const { graph } = this;
    const body = regionTree(graph, this.values);
    for (const input of graph.inputs) this.setPlace(input.value, inputPlace(input));
    const dealt = this.deal(body);
    const last = dealt.controls.length;
    const claimed = new Set<string>();
    const wanted: SegmentOutput[] = [];
    const outputs = graph.outputs.map((output, i) => {
      const label = output.name;
      const value = body.results[i]!;
      if (isStateRole(output.role)) {
        const place = inputPlace(output);
        const old = graph.inputs.find((input) => input.role === output.role && input.name === output.name)?.value;
        wanted.push({ value, place, replaces: true, ...(old && { old }), label });
        this.owners.set(place, output.value);
        return place;
      }
      // What lies in memory when the last segment begins is handed out as it is, once.
      const home = this.homes.get(value)!;
      const isElsewhere = 'place' in home ? home.place.startsWith('value ') : home.segment < last && !isCheap(home.node);
      const ready = isElsewhere ? this.placeOf(value) : undefined;
      if (ready !== undefined && !claimed.has(ready)) {
        claimed.add(ready);
        return ready;
      }
      const place = `result ${i}`;
      this.owners.set(place, value);
      wanted.push({ value, place, replaces: false, label });
      return place;
    });
    const steps = this.steps(dealt, wanted);
    return { steps, outputs, owners: this.owners, values: this.values };
  }

  private setPlace(value: Value, place: string): void {
    this.homes.set(value, { place });
    if (!this.owners.has(place)) this.owners.set(place, value);
  }

  /** Deals the nodes of a body, and of the bodies in it, to segments. Control outputs and parameters get their places later. */
  private deal(body: Body): Dealt {
    const controls = body.items.filter(isControl);
    const limits = new Map<Value, number>();
    const limit = (value: Value, at: number): void => {
      limits.set(value, Math.min(limits.get(value) ?? controls.length, at));
    };
    const segmentOf = new Map<Node, number>();
    const order = new Map<Node, number>();
    let at = controls.length;
    for (let i = body.items.length - 1; i >= 0; i--) {
      const item = body.items[i]!;
      if (isControl(item)) {
        at--;
        for (const value of usedBy(item)) limit(value, at);
        continue;
      }
      const segment = Math.min(controls.length, ...item.outputs.map((output) => limits.get(output) ?? controls.length));
      segmentOf.set(item, segment);
      order.set(item, i);
      for (const input of item.inputs) limit(input, segment);
    }
    const inner = new Map(controls.flatMap(bodiesOf).map((own) => [own, this.deal(own)]));
    const dealt: Dealt = {
      body,
      controls,
      segmentOf,
      order,
      exports: Array.from({ length: controls.length + 1 }, () => new Map<Value, SegmentOutput>()),
      initial: controls.map(() => []),
      inner,
    };
    for (const [node, segment] of segmentOf) for (const output of node.outputs) this.homes.set(output, { dealt, segment, node });
    for (const control of controls) this.placeOutputs(control);
    this.reuse(dealt);
    return dealt;
  }

  private placeOutputs(control: Control): void {
    const own = (value: Value): string => `value ${value.id}`;
    for (const output of control.outputs) this.setPlace(output, own(output));
    if (control.kind === 'if') return;
    control.outputs.forEach((output, i) => {
      this.setPlace(control.body.parameters[i]!, own(output));
    });
    for (const tape of control.tapes) this.setPlace(tape, own(tape));
    if (control.count) this.setPlace(control.count, own(control.count));
  }

  /** Another memory for what a control gives: that of the result it becomes. */
  private movePlace(control: Control, i: number, place: string): void {
    this.homes.set(control.outputs[i]!, { place });
    if (control.kind === 'loop') this.homes.set(control.body.parameters[i]!, { place });
  }

  /** The memory of a value, which the segment that computes it writes. */
  private placeOf(value: Value): string {
    const home = this.homes.get(value)!;
    if ('place' in home) return home.place;
    const known = home.dealt.exports[home.segment]!.get(value);
    if (known) return known.place;
    // A literal has constant memory of its own, under the name of its value.
    const place = `${home.node.op === 'literal' ? 'copy' : 'value'} ${value.id}`;
    home.dealt.exports[home.segment]!.set(value, { value, place, replaces: false });
    if (!this.owners.has(place)) this.owners.set(place, value);
    return place;
  }

  /** The steps of a body, made from the last to the first: what a segment has to leave in memory is known when those after it are made. */
  private steps(dealt: Dealt, results: readonly SegmentOutput[]): SegmentStep[] {
    const wanted = this.handDown(dealt, results);
    const steps: SegmentStep[] = [];
    for (let k = dealt.controls.length; k >= 0; k--) {
      if (k < dealt.controls.length) steps.unshift(this.control(dealt, k));
      const outputs = [...dealt.exports[k]!.values(), ...(dealt.initial[k] ?? []), ...(k === dealt.controls.length ? wanted : [])];
      if (outputs.length > 0) steps.unshift(this.segment(dealt, k, outputs));
    }
    return steps;
  }

  /**
   * What a branch hands on unchanged, or a loop begins with, lends its memory to the output when nothing reads it afterwards: the other
   * branch, and the turns, write over it.
   */
  private reuse(dealt: Dealt): void {
    dealt.controls.forEach((control, k) => {
      const lent = new Set<Value>();
      control.outputs.forEach((output, i) => {
        const offered = control.kind === 'if' ? control.bodies.map(({ results }) => results[i]!) : [control.inputs[i]!];
        const value = offered.find((own) => !lent.has(own) && this.mayLend(dealt, own, control, k));
        if (value === undefined) return;
        lent.add(value);
        this.movePlace(control, i, this.placeOf(value));
        this.replaced.set(output, value);
      });
    });
  }

  private mayLend(dealt: Dealt, value: Value, control: Control, k: number): boolean {
    const own = dealt.controls.findIndex(({ outputs }) => outputs.includes(value));
    const home = this.homes.get(value);
    const isComputed = control.kind === 'if' && home !== undefined && 'dealt' in home && home.dealt === dealt && !isCheap(home.node);
    if ((own < 0 || own >= k) && !isComputed) return false;
    if (
      control.kind === 'loop' &&
      (this.isCaptured(dealt, value, control.body) || control.inputs.filter((input) => input === value).length > 1)
    )
      return false;
    return !this.isReadAfter(dealt, value, k);
  }

  /**
   * A result that is an output of a branch or loop needs no copy: the control can work in the result's memory from the start, when
   * nothing reads the old contents after it. Gives the results that are left to do.
   */
  private handDown(dealt: Dealt, results: readonly SegmentOutput[]): SegmentOutput[] {
    const taken = new Set<Value>();
    return results.filter(({ value, place, old, position }) => {
      if (taken.has(value) || position || place.startsWith('state ') || place.startsWith('result ')) return true;
      if (!this.worksIn(dealt, value, place, old)) return true;
      taken.add(value);
      return false;
    });
  }

  /** Moves an output of a control to memory that holds `old` before, and the value that lends it its memory so far, too. */
  private worksIn(dealt: Dealt, value: Value, place: string, old: Value | undefined): boolean {
    const k = dealt.controls.findIndex((control) => control.outputs.includes(value));
    if (k < 0) return false;
    const control = dealt.controls[k]!;
    const lender = this.replaced.get(value);
    if (!lender || !this.worksIn(dealt, lender, place, old)) {
      if (old && (this.isReadAfter(dealt, old, k) || (control.kind === 'loop' && this.isCaptured(dealt, old, control.body)))) return false;
      this.replaced.set(value, old);
    }
    this.movePlace(control, control.outputs.indexOf(value), place);
    return true;
  }

  /** Outputs of controls that work in memory with other contents before, with these. */
  private readonly replaced = new Map<Value, Value | undefined>();

  /** Whether a body reads the value, or what is computed anew from it there. */
  private isCaptured(dealt: Dealt, value: Value, body: Body): boolean {
    if (freeValues(body).has(value)) return true;
    const derived = [...dealt.segmentOf.keys()].filter((node) => isCheap(node) && node.inputs.includes(value));
    return derived.some((node) => node.outputs.some((output) => this.isCaptured(dealt, output, body)));
  }

  private isReadAfter(dealt: Dealt, value: Value, k: number): boolean {
    if (dealt.body.results.includes(value)) return true;
    if (dealt.controls.some((control, j) => j > k && usedBy(control).has(value))) return true;
    for (const [node, segment] of dealt.segmentOf) {
      if (!node.inputs.includes(value)) continue;
      if (segment > k || (isCheap(node) && node.outputs.some((output) => this.isReadAfter(dealt, output, k)))) return true;
    }
    return false;
  }

  private control(dealt: Dealt, k: number): SegmentStep {
    const control = dealt.controls[k]!;
    return control.kind === 'if' ? this.branch(dealt, control) : this.loop(dealt, control, k);
  }

  private branch(dealt: Dealt, control: Branch): SegmentedIf {
    const [body, otherwise] = control.bodies.map((body) => {
      const results = control.outputs.map((output, i): SegmentOutput => {
        const old = this.replaced.get(output);
        return { value: body.results[i]!, place: this.placeOf(output), replaces: old !== undefined, ...(old && { old }) };
      });
      return this.steps(dealt.inner.get(body)!, results);
    }) as [SegmentStep[], SegmentStep[]];
    return { kind: 'if', condition: this.placeOf(control.condition), body, else: otherwise };
  }

  private loop(dealt: Dealt, control: Loop, k: number): SegmentedLoop {
    const { body, outputs, tapes, count, turns, trips, reversed, limit, span } = control;
    const carried = outputs.map((output, i): SegmentOutput => {
      return { value: body.results[i]!, place: this.placeOf(output), replaces: true, old: body.parameters[i]! };
    });
    const inner = dealt.inner.get(body)!;
    const rows = tapes.map((tape, i): SegmentOutput => {
      const value = this.repeated(inner, body.results[outputs.length + i]!, tape);
      return { value, place: this.placeOf(tape), replaces: false, position: count!, ...(reversed && { from: subDims(trips!, 1) }) };
    });
    const steps = this.steps(inner, [...rows, ...carried]);
    outputs.forEach((output, i) => {
      const old = this.replaced.get(output);
      const value = control.inputs[i]!;
      dealt.initial[k]!.push({ value, place: this.placeOf(output), replaces: old !== undefined, ...(old && { old }) });
    });
    return {
      kind: 'loop',
      flag: this.placeOf(outputs.at(-1)!),
      body: steps,
      count: count && this.placeOf(count),
      turns,
      trips,
      tapes: tapes.map((tape, i) => ({ place: this.placeOf(tape), row: body.results[outputs.length + i]!.type })),
      limit,
      span,
    };
  }

  /** The row of a turn as a value of the tape's type, computed in the body's last segment. */
  private repeated(dealt: Dealt, row: Value, tape: Value): Value {
    const segment = dealt.controls.length;
    const add = (op: string, input: Value, shape: Value['type']['shape']): Value => {
      const value = this.values.make({ dtype: row.type.dtype, shape });
      const node: Node = { op, inputs: [input], attributes: { shape }, outputs: [value], regions: [] };
      this.homes.set(value, { dealt, segment, node });
      return value;
    };
    const { shape } = tape.type;
    return add('broadcast', add('reshape', row, [1, ...shape.slice(1)]), shape);
  }

  /** The nodes that a segment's outputs need, cheap ones of other segments computed anew, and the memory that it reads. */
  private segment(dealt: Dealt, k: number, outputs: readonly SegmentOutput[]): Segment {
    const inputs = new Map<Value, string>();
    const own = new Set<Node>();
    const borrowed: Node[] = [];
    const local = new Map<Value, Value>();
    const added: Node[] = [];
    const need = (value: Value): Value => {
      const known = local.get(value);
      if (known) return known;
      const home = this.homes.get(value)!;
      if ('place' in home) {
        inputs.set(value, home.place);
        return value;
      }
      const { node } = home;
      if (home.dealt === dealt && home.segment === k) {
        if (!own.has(node)) {
          own.add(node);
          node.inputs.forEach(need);
          if (!dealt.order.has(node)) added.push(node);
        }
        return value;
      }
      if (!isCheap(node)) {
        inputs.set(value, this.placeOf(value));
        return value;
      }
      const copied = node.inputs.map(need);
      const made = node.op === 'literal' ? value : this.values.make(value.type);
      local.set(value, made);
      borrowed.push({ ...node, inputs: copied, outputs: [made] });
      return made;
    };
    const needed = outputs.map((output): SegmentOutput => {
      if (output.position) need(output.position);
      if (output.old) need(output.old);
      return { ...output, value: need(output.value) };
    });
    const inOrder = [...own].filter((node) => dealt.order.has(node)).sort((a, b) => dealt.order.get(a)! - dealt.order.get(b)!);
    const nodes = [...borrowed, ...[...inOrder, ...added].map((node) => withInputs(node, local))];
    return {
      kind: 'segment',
      name: this.graph.name,
      inputs: [...inputs].map(([value, place]) => ({ value, place })),
      nodes,
      outputs: needed,
    };
  }
}

function withInputs(node: Node, local: ReadonlyMap<Value, Value>): Node {
  return node.inputs.some((input) => local.has(input)) ? { ...node, inputs: node.inputs.map((input) => local.get(input) ?? input) } : node;
}

/** Whether an element costs no more to compute again than to read: views, constants, and what a size says. */
function isCheap(node: Node): boolean {
  const { kind } = lookUp(node.op);
  if (node.op === 'concat' || node.op === 'pad') return false;
  return kind === 'view' || kind === 'source' || (node.op === 'literal' && isUniform(node)) || node.op === 'stopGradient';
}

function bodiesOf(control: Control): readonly Body[] {
  return control.kind === 'if' ? control.bodies : [control.body];
}

/** What a control reads of the body that it is in, or of those around it. */
function usedBy(control: Control): Set<Value> {
  const used = new Set<Value>(control.kind === 'if' ? [control.condition] : control.inputs);
  for (const body of bodiesOf(control)) for (const value of freeValues(body)) used.add(value);
  return used;
}

const known = new WeakMap<Body, Set<Value>>();

/** The values of enclosing bodies that a body uses or yields. */
function freeValues(body: Body): Set<Value> {
  const before = known.get(body);
  if (before) return before;
  const defined = new Set<Value>(body.parameters);
  const used = new Set<Value>(body.results);
  for (const item of body.items) {
    for (const value of isControl(item) ? usedBy(item) : item.inputs) used.add(value);
    for (const output of item.outputs) defined.add(output);
    if (isControl(item) && item.kind === 'loop') {
      for (const value of item.tapes) defined.add(value);
      if (item.count) defined.add(item.count);
    }
  }
  for (const value of defined) used.delete(value);
  known.set(body, used);
  return used;
}
