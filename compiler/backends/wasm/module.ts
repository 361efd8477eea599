/** The module of a model: its kernels, and a function for each program that launches them in order. */
import type { IfStep, Launch, LoopStep, Program, Step } from '../../../runtime/program.js';
import type { EmittedKernel, Linker } from '../backend.js';
import { assembleVariants } from './assemble.js';
import { assembleChanging } from './changing.js';

/**
 * A program's function takes the address of a *plan record*: for each of its steps, in the order of the text, the 32-bit words that the
 * runtime has filled in (runtime/devices/wasm/record.ts).
 *
 * - a launch: whether this thread has any of it; the kernel's arguments: addresses, sizes and, if it can be split, the range of
 *   grains; how many threads meet when it is over, 0 for none.
 * - `if`: the condition's address, and how many threads meet when they have read it.
 * - a loop: the same, then the address of its counter, if it has one, and the turns that its tapes have room for, if it has tapes.
 *
 * The function gives 0, or the number of the loop, from 1 and in the order of the text, that ran to its limit.
 */
export function wasmModuleText(programs: readonly Program[], kernels: ReadonlyMap<string, EmittedKernel>): string {
  const helpers = new Map<string, string>();
  for (const { helpers: own = [] } of kernels.values()) for (const { name, source } of own) helpers.set(name, source);
  // Imports come first in a module.
  const imports = [...helpers.values()].filter((source) => source.startsWith('(import'));
  const definitions = [...helpers.values()].filter((source) => !source.startsWith('(import'));
  const functions = [...kernels].map(([name, { source }]) => source.trim().replace(/^\(func \$[^\s()]+/, `(func $${name}`));
  const bodies = programs.map(programText);
  const uses = (name: string) => bodies.some((text) => text.includes(`(call $${name} `));
  return [
    '(module',
    ...indented([
      '(import "kilnn" "memory" (memory 1 65536))',
      ...(uses('grow') ? ['(import "kilnn" "grow" (func $grow (param $loop i32) (param $turn i32)))'] : []),
      ...(uses('turns') ? ['(import "kilnn" "turns" (func $turns (param $loop i32) (param $turns i32)))'] : []),
      ...imports,
      '(global $scratch (export "scratch") (mut i32) (i32.const 0))',
      ...definitions,
      ...functions,
      meeting,
      ...bodies,
    ]),
    ')',
    '',
  ].join('\n');
}

export const wasmLinker: Linker = { link: wasmModuleText, assemble: assembleVariants, assembleChanging };

/**
 * The first words of memory are for threads: how many have come to the meeting, the number of the meeting, and whether to give up. Who
 * waits spins for a while, since to be woken takes as long as many a kernel, and then sleeps, a tenth of a second at most at a time, where
 * it may (`$sleeps`); whose patience is at an end, traps.
 */
const meeting = `(global $sleeps (export "sleeps") (mut i32) (i32.const 0))
(global $patience (export "patience") (mut i32) (i32.const -1))
(func $meet (param $threads i32)
  (local $number i32) (local $spins i32)
  (if (i32.eqz (local.get $threads)) (then (return)))
  (local.set $number (i32.atomic.load offset=4 (i32.const 0)))
  (if (i32.eq (i32.add (i32.atomic.rmw.add (i32.const 0) (i32.const 1)) (i32.const 1)) (local.get $threads))
    (then
      (i32.atomic.store (i32.const 0) (i32.const 0))
      (i32.atomic.store offset=4 (i32.const 0) (i32.add (local.get $number) (i32.const 1)))
      (drop (memory.atomic.notify offset=4 (i32.const 0) (i32.const -1)))
      (return)))
  (loop $wait
    (if (i32.ne (i32.atomic.load offset=4 (i32.const 0)) (local.get $number)) (then (return)))
    (if (i32.or (i32.atomic.load offset=8 (i32.const 0)) (i32.gt_u (local.get $spins) (global.get $patience))) (then (unreachable)))
    (local.set $spins (i32.add (local.get $spins) (i32.const 1)))
    (if (i32.and (global.get $sleeps) (i32.gt_u (local.get $spins) (i32.const 20000)))
      (then (drop (memory.atomic.wait32 offset=4 (i32.const 0) (local.get $number) (i64.const 100000000)))))
    (br $wait)))`;

function programText({ name, launches }: Program): string {
  const printer = new ProgramPrinter();
  const body = printer.steps(launches);
  const head = `(func $program.${name.replace(/[^\w.$]/g, '_')} (export ${JSON.stringify(name)}) (param $plan i32) (result i32)`;
  return [head, ...indented([...printer.locals(), ...body, '(i32.const 0)']), ')'].join('\n');
}

class ProgramPrinter {
  private words = 0;
  private loops = 0;
  private flags = false;
  /** Locals of loops with tapes. */
  private readonly grown: string[] = [];

  locals(): string[] {
    const names = [...(this.flags ? ['$flag'] : []), ...Array.from({ length: this.loops }, (_, i) => `$turn_${i}`), ...this.grown];
    return names.length > 0 ? [names.map((name) => `(local ${name} i32)`).join(' ')] : [];
  }

  steps(list: readonly Step[]): string[] {
    return list.flatMap((step) => {
      if ('kernel' in step) return this.launch(step);
      return 'if' in step ? this.branch(step) : this.loop(step);
    });
  }

  private word(): string {
    const offset = 4 * this.words++;
    return offset === 0 ? '(i32.load (local.get $plan))' : `(i32.load offset=${offset} (local.get $plan))`;
  }

  private launch({ kernel, buffers, sizes, split }: Launch): string[] {
    const run = this.word();
    const count = buffers.length + sizes.length + (split ? 2 : 0);
    const values = Array.from({ length: count }, () => this.word());
    return [`(if ${run} (then (call $${kernel} ${values.join(' ')})))`, `(call $meet ${this.word()})`];
  }

  /** Nobody goes on and changes the condition before all have read it. */
  private readFlag(): { read: string[]; meet: string } {
    this.flags = true;
    const flag = this.word();
    const meet = `(call $meet ${this.word()})`;
    return { read: [`(local.set $flag (i32.load ${flag}))`, meet], meet };
  }

  private branch(step: IfStep): string[] {
    const { read } = this.readFlag();
    const body = this.steps(step.body);
    const other = this.steps(step.else);
    return [
      ...read,
      '(if (local.get $flag)',
      ...indented(['(then', ...indented(body), ')', ...(other.length > 0 ? ['(else', ...indented(other), ')'] : [])]),
      ')',
    ];
  }

  private loop({ body, limit, count, turns, tapes = [] }: LoopStep): string[] {
    const number = this.loops++;
    const turn = `(local.get $turn_${number})`;
    const { read, meet } = this.readFlag();
    // Before the meeting: whoever stores later might do so when that memory already holds something else, after the last turn.
    const counted = count === undefined ? [] : [`(i32.store ${this.word()} ${turn})`];
    // The first thread makes room and changes what the others read of it: all have looked before, and wait until it is done.
    const isFull = `$full_${number}`;
    const [looked, grown] =
      tapes.length === 0
        ? [[], []]
        : [
            [`(local.set ${isFull} (i32.ge_u ${turn} ${this.word()}))`],
            [`(if (local.get ${isFull}) (then (call $grow (i32.const ${number}) ${turn}) ${meet}))`],
          ];
    if (tapes.length > 0) this.grown.push(isFull);
    return [
      `(local.set $turn_${number} (i32.const 0))`,
      `(block $end_${number} (loop $again_${number}`,
      ...indented([
        ...looked,
        ...counted,
        ...read,
        `(br_if $end_${number} (i32.eqz (local.get $flag)))`,
        ...(limit < 2 ** 32 ? [`(if (i32.eq ${turn} (i32.const ${limit})) (then (return (i32.const ${number + 1}))))`] : []),
        ...grown,
        ...this.steps(body),
        `(local.set $turn_${number} (i32.add ${turn} (i32.const 1)))`,
        `(br $again_${number})`,
      ]),
      '))',
      ...(turns === undefined ? [] : [`(call $turns (i32.const ${number}) ${turn})`, meet]),
    ];
  }
}

/** Two spaces before each line of the texts. */
function indented(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split('\n')).map((line) => (line === '' ? line : `  ${line}`));
}
