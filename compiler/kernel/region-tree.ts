/** A graph's blocks with every loop turned round: its condition is computed before it and again at the end of each turn. */
import { loopOf } from '../ir/control.js';
import type { Dim } from '../ir/dim.js';
import type { Block, Graph, Node, Span, Value } from '../ir/graph.js';
import { nodesOf } from '../ir/walk.js';

/** Nodes in execution order. `results` are values of the body or of the bodies around it. */
export interface Body {
  readonly parameters: readonly Value[];
  readonly items: readonly Item[];
  readonly results: readonly Value[];
}

export type Item = Node | Control;

/** Whatever runs bodies of its own. */
export type Control = Branch | Loop;

export interface Branch {
  readonly kind: 'if';
  readonly condition: Value;
  /** The bodies for true and false; their results are the outputs. */
  readonly bodies: readonly [Body, Body];
  readonly outputs: readonly Value[];
}

/** Runs the body as long as the flag is true. The flag is the last of the carried values. */
export interface Loop {
  readonly kind: 'loop';
  readonly inputs: readonly Value[];
  /** Its parameters are the carried values, its results the next ones and then the tapes' rows of this turn. */
  readonly body: Body;
  /** The carried values when the loop is over. */
  readonly outputs: readonly Value[];
  readonly tapes: readonly Value[];
  /** The number of the turn while the body runs, and the number of turns afterwards; undefined where nobody asks. */
  readonly count: Value | undefined;
  /** The name of the size that is the number of turns. */
  readonly turns: string | undefined;
  /** The number of turns, where it is known beforehand. */
  readonly trips: Dim | undefined;
  /** The tapes have the last turn first. */
  readonly reversed: boolean;
  readonly limit: number;
  readonly span: Span | undefined;
}

export function isControl(item: Item): item is Control {
  return 'kind' in item;
}

/** New values with ids of their own. */
export class ValueMaker {
  private next = 0;

  constructor(graph: Graph) {
    const see = (values: readonly Value[]): void => {
      for (const { id } of values) this.next = Math.max(this.next, id + 1);
    };
    see(graph.body.parameters);
    for (const node of nodesOf(graph.body)) {
      see(node.outputs);
      for (const region of node.regions) see(region.parameters);
    }
  }

  make(type: Value['type']): Value {
    return { id: this.next++, type };
  }
}

export function regionTree(graph: Graph, values: ValueMaker): Body {
  return new TreeBuilder(values).body(graph.body, new Map(), false);
}

type Replaced = Map<Value, Value>;

class TreeBuilder {
  constructor(private readonly values: ValueMaker) {}

  /** `fresh`: everything that the block defines becomes a new value, because the block is used more than once. */
  body(block: Block, replaced: Replaced, fresh: boolean): Body {
    const parameters = block.parameters.map((value) => this.define(value, replaced, fresh));
    const { items, results } = this.inline(block, replaced, fresh);
    return { parameters, items, results };
  }

  private inline(block: Block, replaced: Replaced, fresh: boolean): { items: Item[]; results: Value[] } {
    const items = block.nodes.flatMap((node) => this.node(node, replaced, fresh));
    return { items, results: block.results.map((value) => replaced.get(value) ?? value) };
  }

  private define(value: Value, replaced: Replaced, fresh: boolean): Value {
    if (!fresh) return value;
    const made = this.values.make(value.type);
    replaced.set(value, made);
    return made;
  }

  private node(node: Node, replaced: Replaced, fresh: boolean): Item[] {
    const inputs = node.inputs.map((input) => replaced.get(input) ?? input);
    if (node.op === 'if') {
      const bodies = node.regions.map((region) => this.body(region, replaced, fresh)) as [Body, Body];
      const outputs = node.outputs.map((output) => this.define(output, replaced, fresh));
      return [{ kind: 'if', condition: inputs[0]!, bodies, outputs }];
    }
    if (node.op === 'loop') return this.loop(node, inputs, replaced, fresh);
    const outputs = node.outputs.map((output) => this.define(output, replaced, fresh));
    return [fresh || inputs.some((input, i) => input !== node.inputs[i]) ? { ...node, inputs, outputs } : node];
  }

  private loop(node: Node, inputs: readonly Value[], replaced: Replaced, fresh: boolean): Item[] {
    const { condition, body: region, limit, trips, tape } = loopOf(node);
    const bind = (values: readonly Value[]): Replaced =>
      new Map([...replaced, ...condition.parameters.map((p, i) => [p, values[i]!] as const)]);
    const before = this.inline(condition, bind(inputs), true);
    const body = this.body(region, replaced, fresh);
    const carried = inputs.length;
    const next = body.results.slice(0, carried);
    const again = this.inline(condition, bind(next), true);

    const flagType = condition.results[0]!.type;
    const outputs = node.outputs.map((output) => this.define(output, replaced, fresh));
    return [
      ...before.items,
      {
        kind: 'loop',
        inputs: [...inputs, before.results[0]!],
        body: {
          parameters: [...body.parameters, this.values.make(flagType)],
          items: [...body.items, ...again.items],
          results: [...next, again.results[0]!, ...body.results.slice(carried)],
        },
        outputs: [...outputs.slice(0, carried), this.values.make(flagType)],
        tapes: outputs.slice(carried + 1),
        count: tape && outputs[carried],
        turns: tape?.dim,
        trips,
        reversed: tape?.reversed === true,
        limit,
        span: node.span,
      },
    ];
  }
}
