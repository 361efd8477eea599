import type { Attribute, Attributes, Block, Graph, GraphInput, GraphOutput, InputRole, Node, OutputRole, Span, Value } from './graph.js';
import { scanDim } from './parse-dim.js';
import { reservedWords } from './print.js';
import { Scanner } from './scanner.js';
import type { DType, TensorType } from './types.js';

export { ParseError } from './scanner.js';

/** Reads the text that `printGraph` writes. Checks its grammar and that names are defined, nothing more (see `verifyGraph`). Throws ParseError. */
export function parseGraph(text: string): Graph {
  return new Parser(text).graph();
}

const inputRoles: readonly InputRole[] = ['argument', 'parameter', 'buffer', 'optimizer', 'hyper', 'rng'];
const outputRoles: readonly OutputRole[] = ['result', 'gradient', 'parameter', 'buffer', 'optimizer'];
const dtypes: readonly DType[] = ['f32', 'f64', 'i32', 'bool'];

class Parser {
  private readonly scanner: Scanner;
  /** By number, or as `input x`. */
  private readonly values = new Map<string, Value>();
  private nextId = 0;

  constructor(text: string) {
    this.scanner = new Scanner(text);
  }

  graph(): Graph {
    const { scanner } = this;
    scanner.expect('graph');
    const name = scanner.name();
    scanner.expect('(');
    const inputs = scanner.list(')', () => this.input());
    scanner.expect('{');
    const nodes = this.nodes('return');
    const outputs = scanner.list('}', () => this.output());
    scanner.end();
    const body = { parameters: inputs.map((input) => input.value), nodes, results: outputs.map((output) => output.value) };
    return { name, inputs, outputs, body };
  }

  private input(): GraphInput {
    this.scanner.expect('%');
    const name = this.scanner.name();
    this.scanner.expect(':');
    const type = this.type();
    return { name, role: this.oneOf(inputRoles, 'a role'), value: this.define(`input ${name}`, type) };
  }

  private output(): GraphOutput {
    const name = this.scanner.name();
    this.scanner.expect(':');
    return { name, role: this.oneOf(outputRoles, 'a role'), value: this.use() };
  }

  /** Nodes up to and including the word that ends the block. */
  private nodes(last: string): Node[] {
    const nodes: Node[] = [];
    while (!this.scanner.skip(last)) nodes.push(this.node());
    return nodes;
  }

  private node(): Node {
    const { scanner } = this;
    const declared: { name: string; type: TensorType }[] = [];
    do {
      scanner.expect('%');
      const name = scanner.read(/\d+/, 'the number of a value');
      scanner.expect(':');
      declared.push({ name, type: this.type() });
    } while (scanner.skip(','));
    scanner.expect('=');
    const op = scanner.read(/[A-Za-z]\w*/, 'an op');
    scanner.expect('(');
    const inputs = scanner.list(')', () => this.use());
    const attributes = this.attributes();
    const span = scanner.skip('@') ? this.span() : undefined;
    const regions: Block[] = [];
    while (scanner.looksAt(/block\(/)) regions.push(this.block());
    const outputs = declared.map(({ name, type }) => this.define(name, type));
    return { op, inputs, attributes, outputs, regions, ...(span && { span }) };
  }

  private block(): Block {
    const { scanner } = this;
    scanner.expect('block');
    scanner.expect('(');
    const parameters = scanner.list(')', () => {
      scanner.expect('%');
      const name = scanner.read(/\d+/, 'the number of a value');
      scanner.expect(':');
      return this.define(name, this.type());
    });
    scanner.expect('{');
    const nodes = this.nodes('yield');
    return { parameters, nodes, results: scanner.list('}', () => this.use()) };
  }

  private define(name: string, type: TensorType): Value {
    if (this.values.has(name)) this.scanner.fail(`%${name.replace('input ', '')} is defined twice`);
    const value = { id: this.nextId++, type };
    this.values.set(name, value);
    return value;
  }

  private use(): Value {
    this.scanner.expect('%');
    const name = this.scanner.looksAt(/\d/) ? this.scanner.read(/\d+/, 'a value') : `input ${this.scanner.name()}`;
    return this.values.get(name) ?? this.scanner.fail(`%${name.replace('input ', '')} is not defined`);
  }

  private type(): TensorType {
    const dtype = this.oneOf(dtypes, 'a dtype');
    this.scanner.expect('[');
    return { dtype, shape: this.scanner.list(']', () => scanDim(this.scanner)) };
  }

  private oneOf<T extends string>(words: readonly T[], what: string): T {
    const word = this.scanner.read(/\w+/, what);
    return words.find((candidate) => candidate === word) ?? this.scanner.fail(`'${word}' is not ${what} (${words.join(', ')})`);
  }

  private attributes(): Attributes {
    const attributes: Record<string, Attribute> = {};
    if (!this.scanner.skip('{')) return attributes;
    this.scanner.list('}', () => {
      const name = this.scanner.name();
      this.scanner.expect('=');
      attributes[name] = this.attribute();
    });
    return attributes;
  }

  private attribute(): Attribute {
    const { scanner } = this;
    if (scanner.skip('[')) return scanner.list(']', () => this.attribute());
    if (scanner.looksAt(/"/)) return scanner.string();
    for (const word of reservedWords) {
      if (!scanner.looksAt(new RegExp(`${word}\\b`))) continue;
      scanner.expect(word);
      return word === 'true' || word === 'false' ? word === 'true' : word === 'nan' ? Number.NaN : Number.POSITIVE_INFINITY;
    }
    if (scanner.looksAt(/-inf\b/)) {
      scanner.expect('-inf');
      return Number.NEGATIVE_INFINITY;
    }
    // A number, unless it is the coefficient or the constant of a size.
    if (scanner.looksAt(/-?\d+(\.\d+)?(e[+-]?\d+)?\s*[,\]}]/)) return Number(scanner.read(/-?\d+(\.\d+)?(e[+-]?\d+)?/, 'a number'));
    return scanDim(scanner);
  }

  /** `"file":start-end via ...`; any other description of a place is passed over. */
  private span(): Span | undefined {
    const { scanner } = this;
    if (!scanner.looksAt(/"(?:[^"\\]|\\.)*":\d+-\d+/)) {
      scanner.skipLine();
      return undefined;
    }
    const file = scanner.string();
    scanner.expect(':');
    const start = scanner.integer();
    scanner.expect('-');
    const end = scanner.integer();
    const via = scanner.skip('via') ? this.span() : undefined;
    return { file, start, end, ...(via && { via }) };
  }
}
