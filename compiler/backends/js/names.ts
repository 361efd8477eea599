/** Identifiers of one emitted function: each name is given once; words that JavaScript keeps for itself are avoided. */
export class Names {
  private readonly taken: Set<string>;

  constructor(reserved: Iterable<string> = []) {
    this.taken = new Set([...reservedWords, ...reserved]);
  }

  /** `wanted` made an identifier (`hidden.weight` becomes `hiddenWeight`), with a number when it is taken. */
  fresh(wanted: string): string {
    const base = identifier(wanted);
    let name = base;
    for (let count = 2; this.taken.has(name); count++) name = /\d$/.test(base) ? `${base}_${count}` : `${base}${count}`;
    this.taken.add(name);
    return name;
  }

  /** The scope of these names has ended: the next one may use them again. */
  release(names: Iterable<string>): void {
    for (const name of names) this.taken.delete(name);
  }
}

/** Camel case of whatever letters and digits a name has. */
export function identifier(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const joined = words
    .map((word, i) => (i === 0 ? word[0]!.toLowerCase() + word.slice(1) : word[0]!.toUpperCase() + word.slice(1)))
    .join('');
  if (joined === '') return 'value';
  return /^[0-9]/.test(joined) ? `_${joined}` : joined;
}

const reservedWords = (
  'arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if ' +
  'implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof ' +
  'var void while with yield async of Math Number Object Infinity NaN undefined Float64Array Float32Array Int32Array Uint8Array'
).split(' ');
