import type { Block } from './block.js';
import type { ValueType } from './text.js';

/** What has a name and is no local. */
type Other = 'parameter' | 'label';

/** The names of one function. */
export class Names {
  private readonly types = new Map<string, ValueType | Other>();

  parameter(wanted: string): string {
    return this.next(wanted, 'parameter', () => false);
  }

  /**
   * A local that lives in `block`: named `wanted` made an identifier (`hidden.weight` becomes `hiddenWeight`), with a number when
   * that is taken. A local whose block has ended is used again, but only inside the block around that one: further out it would
   * be overwritten in the next turn of a loop in between. `isNew`: it is none that was used before, because what was printed
   * already comes after it.
   */
  local(wanted: string, type: ValueType, block: Block, isNew = false): string {
    const name = this.next(wanted, type, (candidate) => !isNew && takeBack(candidate, block));
    block.declared.push(name);
    return name;
  }

  label(wanted: string): string {
    return this.next(`each_${identifier(wanted)}`, 'label', () => false);
  }

  /** Every local with its type, those of a type together. */
  declarations(): string[] {
    const locals = [...this.types].filter(([, type]) => type !== 'parameter' && type !== 'label');
    return locals.sort(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([name, type]) => `(local $${name} ${type})`);
  }

  private next(wanted: string, type: ValueType | Other, isFree: (name: string) => boolean): string {
    const base = identifier(wanted);
    let name = base;
    const fits = (): boolean => !this.types.has(name) || (this.types.get(name) === type && isFree(name));
    for (let count = 2; !fits(); count++) name = /\d$/.test(base) ? `${base}_${count}` : `${base}${count}`;
    this.types.set(name, type);
    return name;
  }
}

function takeBack(name: string, from: Block): boolean {
  for (let block: Block | undefined = from; block !== undefined; block = block.parent) if (block.free.delete(name)) return true;
  return false;
}

/** Camel case of whatever letters and digits a name has; a number keeps its point and its sign. */
export function identifier(text: string): string {
  if (/^-?[\d.]+(e-?\d+)?$|^-?inf$/.test(text)) return text;
  const words = text.split(/[^A-Za-z0-9_]+/).filter((word) => word !== '');
  const joined = words
    .map((word, i) => (i === 0 ? word[0]!.toLowerCase() + word.slice(1) : word[0]!.toUpperCase() + word.slice(1)))
    .join('');
  return joined === '' ? 'value' : joined;
}
