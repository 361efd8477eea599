import { lineAndColumn } from '../diagnostics/format.js';
import type { Span } from '../ir/graph.js';

/** A place as a message of a built module names it. */
export type PlaceText = (span: Span) => string;

const longest = 60;

/** `this.conv.forward(x) at lenet.ts:22`. The file's name only: a module is the same wherever it is built. */
export function placeIn(source: (file: string) => string | undefined): PlaceText {
  return ({ file, start, end }) => {
    const text = source(file);
    if (text === undefined) return nameOf(file);
    const code = text.slice(start, end).replace(/\s+/g, ' ');
    const shown = code.length > longest ? `${code.slice(0, longest - 3)}...` : code;
    return `${shown} at ${nameOf(file)}:${lineAndColumn(text, start).line}`;
  };
}

function nameOf(path: string): string {
  return path.split(/[\\/]/).at(-1)!;
}
