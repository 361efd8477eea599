import { InvalidArgumentError, Option } from 'commander';
import { emitKinds, targetNames, wasmPlacements, whyTopics } from '../options.js';

/** A parser of `a,b,c` (the option may also be repeated) that accepts the given names only. */
function listOf(what: string, names: readonly string[]) {
  return (text: string, before?: readonly string[]): readonly string[] => {
    const list: string[] = [...(before ?? [])];
    for (const item of text.split(',').map((part) => part.trim())) {
      if (!names.includes(item)) throw new InvalidArgumentError(`'${item}' is not a ${what}; there are ${names.join(', ')}.`);
      if (!list.includes(item)) list.push(item);
    }
    return list;
  };
}

export function targetOption(): Option {
  return new Option('-t, --target <names>', `where the module can run: ${targetNames.join(',')} (default: all)`).argParser(
    listOf('target', targetNames),
  );
}

export function wasmOption(): Option {
  return new Option(
    '--wasm <where>',
    "where the wasm target's binary goes: in the module, or in files beside it (smaller, compiled while they load)",
  )
    .choices(wasmPlacements)
    .default('inline');
}

export function emitOption(): Option {
  return new Option('--emit <kinds>', `print what is between the stages: ${emitKinds.join(',')}`).argParser(
    listOf('kind of output', emitKinds),
  );
}

export function whyOption(): Option {
  return new Option('--why <topics>', `explain decisions: ${whyTopics.join(',')} (why two operations are not one kernel)`).argParser(
    listOf('topic', whyTopics),
  );
}

/** A stage, or a pass with the number of the round after which it ends: `simplify:2`. */
export function stageFrom(names: readonly string[]) {
  return (text: string): string => {
    if (names.includes(text.replace(/:\d+$/, ''))) return text;
    throw new InvalidArgumentError(`'${text}' is not a stage; there are ${names.join(', ')}.`);
  };
}

/** `batch=256,seq=32` */
export function dimsOption(): Option {
  return new Option('--dims <sizes>', 'sizes by name, as in batch=256,seq=32, to tell the bytes that they take').argParser(
    (text: string, before?: Readonly<Record<string, number>>): Readonly<Record<string, number>> => {
      const sizes = text.split(',').map((part): [string, number] => {
        const match = /^\s*([A-Za-z_$][\w$]*)\s*=\s*(\d+)\s*$/.exec(part);
        if (!match) throw new InvalidArgumentError(`'${part.trim()}' is not a size as in batch=256.`);
        return [match[1]!, Number(match[2])];
      });
      return { ...before, ...Object.fromEntries(sizes) };
    },
  );
}
