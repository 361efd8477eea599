/** Reads a call written in Python, such as `nn.Conv2d(3, 8, (3, 5), stride=(2, 1), bias=False)`. */
export interface PythonCall {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

export function parsePythonCall(text: string): PythonCall {
  const open = text.indexOf('(');
  const name = text.slice(0, open);
  const args: unknown[] = [];
  const kwargs: Record<string, unknown> = {};
  for (const part of splitTop(text.slice(open + 1, text.lastIndexOf(')')))) {
    const keyword = /^([A-Za-z_0-9]+)=(.*)$/s.exec(part);
    if (keyword === null) args.push(literal(part));
    else kwargs[keyword[1]!] = literal(keyword[2]!);
  }
  return { name, args, kwargs };
}

/** The parts between commas that no bracket encloses. */
function splitTop(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const letter of text) {
    if ('([{'.includes(letter)) depth++;
    if (')]}'.includes(letter)) depth--;
    if (letter === ',' && depth === 0) {
      parts.push(part.trim());
      part = '';
    } else part += letter;
  }
  if (part.trim() !== '') parts.push(part.trim());
  return parts;
}

function literal(text: string): unknown {
  if (text === 'True') return true;
  if (text === 'False') return false;
  if (text === 'None') return null;
  if (/^['"]/.test(text)) return text.slice(1, -1);
  if (text.startsWith('{')) {
    return Object.fromEntries(
      splitTop(text.slice(1, -1)).map((item) => {
        const [, key, value] = /^['"](\w+)['"]:\s*(.*)$/s.exec(item)!;
        return [key!, literal(value!)];
      }),
    );
  }
  if (/^[([]/.test(text)) return splitTop(text.slice(1, -1)).map(literal);
  const number = Number(text);
  // A name, such as that of a tensor.
  return Number.isNaN(number) ? { name: text } : number;
}
