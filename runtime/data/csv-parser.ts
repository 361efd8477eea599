import { fileError } from '../errors.js';

/** A field of a record and where it stands. Unlike an empty one in quotes, `quoted` is false for a field that is left out. */
export interface CsvField {
  readonly text: string;
  readonly quoted: boolean;
}

/** A line of the file, or several where quotes go around line ends. `line` is the number of the first, from 1. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly CsvField[];
}

type State = 'start' | 'plain' | 'quoted' | 'quote';

/**
 * Comma-separated values as RFC 4180 has them: fields in quotes may hold separators, line ends and quotes (written twice); lines end in
 * CRLF, LF or CR. Fed piece by piece, so that a large file is never in memory as a whole. Blank lines are left out.
 */
export class CsvParser {
  private state: State = 'start';
  private text = '';
  private quoted = false;
  private fields: CsvField[] = [];
  private line = 1;
  /** Of the record that is being read. */
  private firstLine = 1;
  private afterReturn = false;

  constructor(private readonly separator = ',') {
    if (separator.length !== 1 || /["\r\n]/.test(separator))
      throw fileError(`the separator is ${JSON.stringify(separator)}, expected one character, no quote and no line end`);
  }

  /** The records that the text completes. Throws KN5005, with line and column, where a quote is out of place. */
  *push(text: string): Generator<CsvRecord> {
    for (let i = 0; i < text.length; i++) {
      const char = text[i]!;
      const second = this.afterReturn && char === '\n';
      this.afterReturn = char === '\r';
      if (this.state === 'quoted') {
        if (char === '"') this.state = 'quote';
        else this.text += char;
        if (char === '\r' || (char === '\n' && !second)) this.line++;
      } else if (char === '"') this.quote();
      else if (char === this.separator) this.endField();
      else if (char === '\n' || char === '\r') {
        if (second) continue;
        yield* this.endRecord();
        this.line++;
        this.firstLine = this.line;
      } else {
        if (this.state === 'quote') throw this.fail('text follows a quoted field: a quote within it is written twice');
        this.state = 'plain';
        this.text += char;
      }
    }
  }

  /** The last record, where the file does not end in a line end. Throws KN5005 within quotes. */
  *end(): Generator<CsvRecord> {
    if (this.state === 'quoted') throw this.fail('a quoted field has no end');
    yield* this.endRecord();
  }

  private quote(): void {
    if (this.state === 'plain') throw this.fail('a quote stands within a field that does not begin with one');
    if (this.state === 'quote') this.text += '"';
    this.quoted = true;
    this.state = 'quoted';
  }

  private endField(): void {
    this.fields.push({ text: this.text, quoted: this.quoted });
    this.text = '';
    this.quoted = false;
    this.state = 'start';
  }

  private *endRecord(): Generator<CsvRecord> {
    if (this.state === 'start' && this.fields.length === 0) return;
    this.endField();
    yield { line: this.firstLine, fields: this.fields };
    this.fields = [];
  }

  private fail(problem: string): Error {
    return fileError(`not a valid CSV file: line ${this.firstLine}, column ${this.fields.length + 1}: ${problem}`);
  }
}
