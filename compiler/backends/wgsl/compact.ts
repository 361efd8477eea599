/**
 * Kernels as built modules hold them: bundlers make JavaScript small, but not the WGSL in its strings. Comments and spaces go, and what a kernel
 * declares has a name of one or two letters, the same in all kernels of a model, so that compression finds them alike.
 */
export function compactWgsl(sources: readonly string[]): string[] {
  const kernels = sources.map(analyse);
  const uses = new Map<string, number>();
  for (const { tokens, renamed } of kernels) for (const i of renamed) uses.set(tokens[i]!, (uses.get(tokens[i]!) ?? 0) + 1);
  const names = shortNames();
  const short = new Map([...uses].sort((a, b) => b[1] - a[1]).map(([name]) => [name, names.next().value]));
  return kernels.map(({ tokens, spaced, renamed }) => {
    let text = '';
    for (const [i, token] of tokens.entries()) {
      // The last comma of a list.
      if (token === ',' && /^[)}]$/.test(tokens[i + 1] ?? '')) continue;
      const word = renamed.has(i) ? short.get(token)! : token;
      const last = text.at(-1) ?? '';
      const joins = /\w/.test(last) && /^\w/.test(word);
      // Operators that stand apart may be another one together: `a - -b`.
      if (joins || (spaced.has(i) && isOperator(last) && isOperator(word[0]!))) text += ' ';
      text += word;
    }
    return text;
  });
}

interface Analysed {
  readonly tokens: readonly string[];
  /** Tokens with space before them. */
  readonly spaced: ReadonlySet<number>;
  /** Tokens that are names of the kernel's own. */
  readonly renamed: ReadonlySet<number>;
}

const pattern =
  /(\s+|\/\/[^\n]*)|([A-Za-z_]\w*|0x[\da-fA-F]+[iu]?|\d+\.?\d*(?:e[-+]?\d+)?[iufh]?|->|<<|&&|\|\||[-+*/%&|^<>=!]=|\+\+|--|[^\s\w])/g;

/** Fields with these names would look like components of vectors: they keep their names. */
const component = /^[xyzwrgba]{1,4}$/;

function analyse(source: string): Analysed {
  const tokens: string[] = [];
  const spaced = new Set<number>();
  for (const [, space, token] of source.matchAll(pattern)) {
    if (token !== undefined) tokens.push(token);
    else if (space !== undefined) spaced.add(tokens.length);
  }
  const declared = new Set<string>();
  const fields = new Set<string>();
  /** Words of the language's own at this place, whatever else has their name: attributes and where memory lies. */
  const fixed = new Set<number>();
  let inStruct = false;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token === '@') {
      fixed.add(i + 1);
      if (tokens[i + 1] === 'builtin') fixed.add(i + 3);
    } else if (token === 'var' && tokens[i + 1] === '<') {
      for (i += 2; tokens[i] !== '>'; i++) fixed.add(i);
      declared.add(tokens[i + 1]!);
    } else if (/^(fn|let|const|var|struct)$/.test(token)) declared.add(tokens[i + 1]!);
    else if (tokens[i + 1] === ':' && /^[A-Za-z_]/.test(token)) (inStruct ? fields : declared).add(token);
    inStruct = token === 'struct' || (inStruct && token !== '}');
  }
  declared.delete('main');
  const renamed = new Set<number>();
  inStruct = false;
  tokens.forEach((token, i) => {
    const isField = tokens[i - 1] === '.' || (inStruct && tokens[i + 1] === ':');
    const isOwn = isField ? fields.has(token) && !component.test(token) : declared.has(token);
    if (isOwn && !fixed.has(i)) renamed.add(i);
    inStruct = token === 'struct' || (inStruct && token !== '}');
  });
  return { tokens, spaced, renamed };
}

function isOperator(character: string): boolean {
  return /[-+*/%&|^<>=!]/.test(character);
}

/** Names that are no words of the language: a letter, then a letter and a digit, two digits. */
function* shortNames(): Generator<string, never> {
  const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  yield* letters;
  for (let number = 0; ; number++) for (const letter of letters) if (!/^[fiu](16|32|64)$/.test(letter + number)) yield letter + number;
}
