import { OpError } from '../ops/op.js';
import { op as lookUp } from '../ops/registry.js';
import { tapeTypes } from './build.js';
import { turnsDim } from './control.js';
import { dimNames, isSymbolic } from './dim.js';
import type { Block, Graph, Node, Value } from './graph.js';
import { attributeText, printGraph } from './print.js';
import { sameType, type TensorType, typeText } from './types.js';
import { nodesOf, visitOwnDims } from './walk.js';

/** What is wrong with a graph: an error in the compiler, never in a user's model. */
export class VerifyError extends Error {
  constructor(
    readonly graph: Graph,
    readonly problems: readonly string[],
  ) {
    super(`the graph '${graph.name}' is not well formed:\n${problems.map((problem) => `- ${problem}`).join('\n')}\n${printGraph(graph)}`);
    this.name = 'VerifyError';
  }
}

/** Throws VerifyError unless the graph is well formed; see `problemsOf`. Gives the graph back. */
export function verifyGraph(graph: Graph): Graph {
  const problems = problemsOf(graph);
  if (problems.length > 0) throw new VerifyError(graph, problems);
  return graph;
}

/**
 * All that is wrong: values used where they are not defined or defined twice, types that differ from what their op's type rule
 * says, regions that do not fit their node, sizes that a loop binds used where it has not run, inputs or outputs of one role with one name, a signature that is not the body's.
 */
export function problemsOf(graph: Graph): string[] {
  const verifier = new Verifier();
  verifier.signature(graph);
  verifier.bindings(graph);
  verifier.block(graph.body, new Set(), new Set());
  return verifier.problems;
}

class Verifier {
  readonly problems: string[] = [];
  private readonly defined = new Set<Value>();
  /** The sizes that loops bind. */
  private readonly turns = new Set<string>();

  signature({ inputs, outputs, body }: Graph): void {
    this.sameValues(
      'inputs',
      inputs.map((input) => input.value),
      body.parameters,
    );
    this.sameValues(
      'outputs',
      outputs.map((output) => output.value),
      body.results,
    );
    for (const [what, list] of [
      ['inputs', inputs],
      ['outputs', outputs],
    ] as const) {
      const seen = new Set<string>();
      for (const { role, name } of list) {
        if (seen.has(`${role} ${name}`)) this.problems.push(`two ${what} are the ${role} '${name}'`);
        seen.add(`${role} ${name}`);
      }
    }
  }

  private sameValues(what: string, signature: readonly Value[], body: readonly Value[]): void {
    if (signature.length !== body.length || signature.some((value, i) => value !== body[i])) {
      this.problems.push(`the ${what} of the graph are not those of its body`);
    }
  }

  /** Every loop with a tape binds a size of its own. */
  bindings({ inputs, body }: Graph): void {
    const taken = new Set<string>();
    for (const { value } of inputs) for (const dim of value.type.shape) dimNames(dim, taken);
    for (const node of nodesOf(body)) {
      const dim = turnsDim(node);
      if (dim === undefined) continue;
      if (taken.has(dim)) this.problems.push(`the size '${dim}' of a loop's turns is bound twice`);
      taken.add(dim);
      this.turns.add(dim);
    }
  }

  /** `visible` are the values of the enclosing blocks, `bound` the sizes that loops before this block bind. */
  block(block: Block, visible: ReadonlySet<Value>, bound: ReadonlySet<string>): void {
    const known = new Set(visible);
    const sizes = new Set(bound);
    const define = (value: Value) => {
      if (this.defined.has(value)) this.problems.push(`%${value.id} is defined twice`);
      this.defined.add(value);
      known.add(value);
    };
    block.parameters.forEach(define);
    for (const node of block.nodes) {
      for (const input of node.inputs)
        if (!known.has(input)) this.problems.push(`${node.op} uses %${input.id}, which is not defined before it`);
      for (const region of node.regions) this.block(region, known, sizes);
      this.node(node);
      const turns = turnsDim(node);
      if (turns !== undefined) sizes.add(turns);
      visitOwnDims(node, (dim) => {
        for (const name of dimNames(dim)) {
          if (this.turns.has(name) && !sizes.has(name)) this.problems.push(`${node.op} has the size '${name}' where its loop has not run`);
        }
      });
      node.outputs.forEach(define);
    }
    for (const result of block.results)
      if (!known.has(result)) this.problems.push(`a block yields %${result.id}, which is not defined in it`);
  }

  private node(node: Node): void {
    if (node.op === 'if') this.branch(node);
    else if (node.op === 'loop') this.loop(node);
    else if (node.op === 'customGradient') this.customGradient(node);
    else this.primitive(node);
  }

  private primitive(node: Node): void {
    if (node.outputs.length !== 1 || node.regions.length > 0) {
      this.problems.push(`${node.op} has one output and no regions, found ${node.outputs.length} and ${node.regions.length}`);
      return;
    }
    try {
      const op = lookUp(node.op);
      const expected = op.type(typesOf(node.inputs), node.attributes);
      const found = node.outputs[0]!.type;
      if (!sameType(expected, found))
        this.problems.push(`${node.op} gives ${typeText(expected)}, but %${node.outputs[0]!.id} is ${typeText(found)}`);
    } catch (error) {
      if (!(error instanceof OpError)) throw error;
      this.problems.push(error.message);
    }
  }

  /** if(condition) with two regions without parameters, each giving the outputs. */
  private branch(node: Node): void {
    if (node.regions.length !== 2 || node.inputs.length !== 1) {
      this.problems.push('if takes one condition and two regions');
      return;
    }
    this.sameTypes('the condition of if', typesOf(node.inputs), [{ dtype: 'bool', shape: [] }]);
    for (const region of node.regions) {
      this.sameTypes('the parameters of a branch', typesOf(region.parameters), []);
      this.sameTypes('the results of a branch', typesOf(region.results), typesOf(node.outputs));
    }
  }

  /** customGradient(value, inputs...) with the value's cotangent as the parameter of a region that gives those of the inputs. */
  private customGradient(node: Node): void {
    const [value, ...inputs] = typesOf(node.inputs);
    const [rule] = node.regions;
    if (!value || !rule || node.regions.length !== 1) {
      this.problems.push('customGradient takes a value, its inputs and one region');
      return;
    }
    this.sameTypes('the output of customGradient', typesOf(node.outputs), [value]);
    this.sameTypes('the parameters of a gradient rule', typesOf(rule.parameters), [value]);
    this.sameTypes('the results of a gradient rule', typesOf(rule.results), inputs);
  }

  /** loop(initial...) with a condition and a body, both of the carried values; a tape adds results. */
  private loop(node: Node): void {
    const [condition, body] = node.regions;
    if (!condition || !body || node.regions.length !== 2) {
      this.problems.push('loop takes two regions, its condition and its body');
      return;
    }
    const carried = typesOf(node.inputs);
    this.sameTypes('the parameters of the condition', typesOf(condition.parameters), carried);
    this.sameTypes('the results of the condition', typesOf(condition.results), [{ dtype: 'bool', shape: [] }]);
    this.sameTypes('the parameters of the body', typesOf(body.parameters), carried);
    const { limit, tape, turns, reversed } = node.attributes;
    if (limit !== undefined && !(typeof limit === 'number' && Number.isInteger(limit) && limit > 0)) {
      this.problems.push(`the limit of a loop is a positive integer, found ${attributeText(limit)}`);
    }
    const isKnown = (typeof turns === 'number' && Number.isInteger(turns) && turns >= 0) || isSymbolic(turns);
    if (tape === undefined && (turns === undefined || isKnown)) {
      this.sameTypes('the results of the body', typesOf(body.results), carried);
      this.sameTypes('the outputs of loop', typesOf(node.outputs), carried);
      return;
    }
    const size = typeof turns === 'string' || isSymbolic(turns) ? turns : isKnown ? (turns as number) : undefined;
    if (size === undefined || typeof tape !== 'number' || tape !== body.results.length - carried.length) {
      this.problems.push(
        "a loop with a tape has the attributes tape, how many results its body has beside the carries, and turns, a size or a size's name",
      );
      return;
    }
    if (reversed !== undefined && (reversed !== true || !isKnown))
      this.problems.push('a tape is reversed only where the number of turns is known');
    this.sameTypes('the results of the body', typesOf(body.results.slice(0, carried.length)), carried);
    this.sameTypes('the outputs of loop', typesOf(node.outputs), [...carried, ...tapeTypes(size, body.results.slice(carried.length))]);
  }

  private sameTypes(what: string, found: readonly TensorType[], expected: readonly TensorType[]): void {
    if (found.length === expected.length && found.every((type, i) => sameType(type, expected[i]!))) return;
    this.problems.push(`${what} should be (${expected.map(typeText).join(', ')}), found (${found.map(typeText).join(', ')})`);
  }
}

function typesOf(values: readonly Value[]): TensorType[] {
  return values.map((value) => value.type);
}
