import { InvalidArgumentError, Option } from 'commander';
import { emitKinds, type TargetName, targetNames, type WhyTopic, whyTopics } from '../options.js';

/** A parser of `a,b,c` (the option may also be repeated) that accepts the given names only. */
function listOf<Name extends string>(what: string, names: readonly Name[]) {
  return (text: string, before?: readonly Name[]): readonly Name[] => {
    const list: Name[] = [...(before ?? [])];
    for (const item of text.split(',').map((part) => part.trim())) {
      const name = names.find((candidate) => candidate === item);
      if (name === undefined) throw new InvalidArgumentError(`'${item}' is not a ${what}; there are ${names.join(', ')}.`);
      if (!list.includes(name)) list.push(name);
    }
    return list;
  };
}

export function targetOption(): Option {
  return new Option('-t, --target <names>', `where the module can run: ${targetNames.join(',')} (default: all)`).argParser(
    listOf<TargetName>('target', targetNames),
  );
}

export function emitOption(): Option {
  return new Option('--emit <kinds>', `print what is between the stages: ${emitKinds.join(',')}`).argParser(
    listOf('kind of output', emitKinds),
  );
}

export function whyOption(): Option {
  return new Option('--why <topics>', `explain decisions: ${whyTopics.join(',')} (why two operations are not one kernel)`).argParser(
    listOf<WhyTopic>('topic', whyTopics),
  );
}

/** One of the given names. */
export function nameFrom(what: string, names: readonly string[]) {
  return (text: string): string => {
    if (!names.includes(text)) throw new InvalidArgumentError(`'${text}' is not a ${what}; there are ${names.join(', ')}.`);
    return text;
  };
}
