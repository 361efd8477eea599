/** Writes the text of one class of a random model: its fields, the lines of its constructor and of its forward. */
import type { Draw } from '../helpers/draw.js';

/** A size of the tensor on its way: a number, or a named dim of the arguments. */
export type Size = number | string;

/** What all classes of a file share. */
export interface ModelFile {
  /** Helper functions, constants and classes, before the model. */
  readonly declarations: string[];
  names: number;
}

export class ClassWriter {
  readonly fields: string[] = [];
  readonly constructorLines: string[] = [];
  readonly members: string[] = [];
  private lines: string[] = [];
  private indent = '';

  constructor(
    readonly file: ModelFile,
    /** The shape of `x` after the lines written so far. */
    public shape: Size[],
    /** How deep classes may still nest. */
    readonly depth: number,
  ) {}

  /** A name that is used nowhere else in the file. */
  name(word: string): string {
    return `${word}${this.file.names++}`;
  }

  /** Adds a field and gives the expression for it. */
  field(word: string, value: string): string {
    const name = this.name(word);
    this.fields.push(`${name} = ${value};`);
    return `this.${name}`;
  }

  line(text: string): void {
    this.lines.push(`${this.indent}${text}`);
  }

  /** `x = <expression>;` */
  set(expression: string): void {
    this.line(`x = ${expression};`);
  }

  /** Lines within braces. */
  nested(head: string, write: () => void): void {
    this.line(`${head} {`);
    const outer = this.indent;
    this.indent += '  ';
    write();
    this.indent = outer;
    this.line('}');
  }

  get rank(): number {
    return this.shape.length;
  }

  /** The size of the last axis, which is a number always. */
  get width(): number {
    return this.shape.at(-1) as number;
  }

  withLast(size: number): Size[] {
    return [...this.shape.slice(0, -1), size];
  }

  /** The body of forward(x), its first line apart. */
  body(indent: string): string {
    return this.lines.map((line) => `${indent}${line}`).join('\n');
  }

  text(head: string, forward: string): string {
    const made =
      this.constructorLines.length === 0
        ? []
        : ['', '  constructor() {', '    super();', ...this.constructorLines.map((l) => `    ${l}`), '  }'];
    return [
      `${head} {`,
      ...this.fields.map((field) => `  ${field}`),
      ...made,
      ...this.members.flatMap((member) => ['', member]),
      '',
      `  ${forward} {`,
      this.body('    '),
      '    return x;',
      '  }',
    ].join('\n');
  }
}

export type Step = { readonly name: string; fits(writer: ClassWriter): boolean; write(writer: ClassWriter, draw: Draw): void };
