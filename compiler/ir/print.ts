/**
 * Graphs as text, for people and for golden files; `parseGraph` reads it back.
 *
 *   graph forward(%x: f32[batch, 784] argument, %hidden.weight: f32[256, 784] parameter) {
 *     %1: f32[batch, 256] = contract(%x, %hidden.weight) {equation = "bk,nk->bn"}
 *     return result: result %1
 *   }
 */
import { dimNames, dimText, isSymbolic } from './dim.js';
import type { Attribute, Attributes, Block, Graph, Node, Span, Value } from './graph.js';
import { typeText } from './types.js';

export interface PrintOptions {
  /**
   * How a node's span is shown: not at all (the default); `offsets`, with the chain of calls, which parses back; or as what the
   * function returns, such as `mlp.ts:12:5`, which the parser skips.
   */
  readonly spans?: 'none' | 'offsets' | ((span: Span) => string);
}

/** Words that mean something else where an attribute may stand. */
export const reservedWords: readonly string[] = ['true', 'false', 'nan', 'inf'];

export function printGraph(graph: Graph, options: PrintOptions = {}): string {
  return new Printer(graph, options).text();
}

/** A name as the text shows it: bare where it reads as one word, else quoted. */
export function nameText(name: string): string {
  return /^[A-Za-z_$][\w$]*(\.[\w$]+)*$/.test(name) ? name : JSON.stringify(name);
}

export function attributeText(attribute: Attribute): string {
  if (isSymbolic(attribute)) {
    const ambiguous = [...dimNames(attribute)].some((name) => reservedWords.includes(name));
    return ambiguous ? `(${dimText(attribute)})` : dimText(attribute);
  }
  if (typeof attribute === 'number') return numberText(attribute);
  if (typeof attribute === 'string') return JSON.stringify(attribute);
  if (typeof attribute === 'boolean') return String(attribute);
  return `[${(attribute as readonly Attribute[]).map(attributeText).join(', ')}]`;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

/** `{dim = 1, ties = "first"}` with names in alphabetical order, or nothing where there are none. */
export function attributesText(attributes: Attributes): string {
  const names = Object.keys(attributes).sort();
  return names.length === 0 ? '' : `{${names.map((name) => `${name} = ${attributeText(attributes[name]!)}`).join(', ')}}`;
}

class Printer {
  private readonly names = new Map<Value, string>();
  private readonly lines: string[] = [];
  private nextNumber = 1;

  constructor(
    private readonly graph: Graph,
    private readonly options: PrintOptions,
  ) {}

  text(): string {
    const inputs = this.graph.inputs.map(({ name, role, value }) => {
      this.names.set(value, `%${nameText(name)}`);
      return `${this.nameOf(value)}: ${typeText(value.type)} ${role}`;
    });
    const oneLine = `graph ${nameText(this.graph.name)}(${inputs.join(', ')}) {`;
    if (oneLine.length <= 120) this.lines.push(oneLine);
    else this.lines.push(`graph ${nameText(this.graph.name)}(`, ...inputs.map((input) => `  ${input},`), ') {');
    this.nodes(this.graph.body, '  ');
    const outputs = this.graph.outputs.map(({ name, role, value }) => `${nameText(name)}: ${role} ${this.nameOf(value)}`);
    const returned = `  return ${outputs.join(', ')}`;
    if (returned.length <= 120) this.lines.push(returned.trimEnd());
    else this.lines.push('  return', ...outputs.map((output) => `    ${output},`));
    this.lines.push('}', '');
    return this.lines.join('\n');
  }

  private nodes(block: Block, indent: string): void {
    for (const node of block.nodes) this.node(node, indent);
  }

  private node(node: Node, indent: string): void {
    const inputs = node.inputs.map((input) => this.nameOf(input)).join(', ');
    const outputs = node.outputs.map((output) => this.declare(output)).join(', ');
    const attributes = attributesText(node.attributes);
    const span = this.spanText(node.span);
    this.lines.push(`${indent}${outputs} = ${node.op}(${inputs})${attributes && ` ${attributes}`}${span}`);
    for (const region of node.regions) this.region(region, `${indent}  `);
  }

  private region(block: Block, indent: string): void {
    this.lines.push(`${indent}block(${block.parameters.map((parameter) => this.declare(parameter)).join(', ')}) {`);
    this.nodes(block, `${indent}  `);
    this.lines.push(`${indent}  yield ${block.results.map((result) => this.nameOf(result)).join(', ')}`.trimEnd(), `${indent}}`);
  }

  private declare(value: Value): string {
    this.names.set(value, `%${this.nextNumber++}`);
    return `${this.nameOf(value)}: ${typeText(value.type)}`;
  }

  private nameOf(value: Value): string {
    return this.names.get(value) ?? `%undefined.${value.id}`;
  }

  private spanText(span: Span | undefined): string {
    const { spans = 'none' } = this.options;
    if (!span || spans === 'none') return '';
    return ` @${spans === 'offsets' ? offsetsText(span) : spans(span)}`;
  }
}

function offsetsText(span: Span): string {
  const own = `${JSON.stringify(span.file)}:${span.start}-${span.end}`;
  return span.via ? `${own} via ${offsetsText(span.via)}` : own;
}
