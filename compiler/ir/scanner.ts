/** Thrown for text that is no graph, with the place where reading stopped. */
export class ParseError extends Error {
  constructor(
    message: string,
    readonly line: number,
    readonly column: number,
  ) {
    super(`${line}:${column}: ${message}`);
    this.name = 'ParseError';
  }
}

/** Reads a text from left to right. White space before a token is skipped. */
export class Scanner {
  private at = 0;
  constructor(private readonly text: string) {}

  /** Whether the text goes on with the pattern (sticky), which is not consumed. */
  looksAt(pattern: RegExp): boolean {
    this.skipSpace();
    return this.match(pattern) !== undefined;
  }

  /** Consumes the token if it comes next. */
  skip(token: string): boolean {
    this.skipSpace();
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  expect(token: string): void {
    if (!this.skip(token)) this.fail(`expected '${token}'`);
  }

  /** Consumes what the pattern matches; fails where it does not match here. */
  read(pattern: RegExp, what: string): string {
    this.skipSpace();
    const found = this.match(pattern);
    if (found === undefined) return this.fail(`expected ${what}`);
    this.at += found.length;
    return found;
  }

  /** A name: bare (`hidden.weight`) or quoted. */
  name(): string {
    if (this.looksAt(/"/)) return this.string();
    return this.read(/[A-Za-z_$][\w$]*(\.[\w$]+)*/, 'a name');
  }

  string(): string {
    return JSON.parse(this.read(/"(?:[^"\\]|\\.)*"/, 'a quoted string')) as string;
  }

  integer(): number {
    return Number(this.read(/-?\d+/, 'an integer'));
  }

  /** Skips the rest of the line. */
  skipLine(): void {
    const end = this.text.indexOf('\n', this.at);
    this.at = end < 0 ? this.text.length : end;
  }

  /** `item, item, ...` up to and including the closing token; a comma before it is allowed. */
  list<T>(close: string, item: () => T): T[] {
    const items: T[] = [];
    while (!this.skip(close)) {
      items.push(item());
      if (this.skip(',')) continue;
      this.expect(close);
      break;
    }
    return items;
  }

  end(): void {
    this.skipSpace();
    if (this.at < this.text.length) this.fail('expected the end of the text');
  }

  fail(message: string): never {
    const before = this.text.slice(0, this.at).split('\n');
    const rest = this.text.slice(this.at).split('\n')[0]!.slice(0, 30);
    throw new ParseError(
      `${message}, found ${rest === '' ? 'the end of the line' : `'${rest}'`}`,
      before.length,
      before.at(-1)!.length + 1,
    );
  }

  private match(pattern: RegExp): string | undefined {
    const sticky = new RegExp(pattern.source, 'y');
    sticky.lastIndex = this.at;
    return sticky.exec(this.text)?.[0];
  }

  private skipSpace(): void {
    for (;;) {
      while (this.at < this.text.length && /\s/.test(this.text[this.at]!)) this.at++;
      if (!this.text.startsWith('//', this.at)) return;
      this.skipLine();
    }
  }
}
