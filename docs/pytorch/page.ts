/** The page that says of every name of PyTorch what it is in Kilnn. Written by `npm run docs`; a test holds the file to it. */
import { type Section, sections } from './names.js';
import { notes } from './notes.js';
import { camelCase, publicNames, resolve } from './resolve.js';

/** What a name of PyTorch is in Kilnn: `kilnn` is undefined where it is absent. */
export interface Row {
  readonly torch: string;
  readonly name: string;
  readonly kilnn?: string;
  readonly note?: string;
}

/** Throws for a name that is neither found nor noted, for a note that is not needed, and for one that points nowhere. */
export function rowsOf(section: Section): Row[] {
  return section.names.map((name): Row => {
    const torch = `${section.torch}.${name}`;
    const found = section.kilnn.map((root) => (root === '' ? camelCase(name) : `${root}.${camelCase(name)}`)).find(isThere);
    const note = Object.hasOwn(notes, torch) ? notes[torch] : undefined;
    if (note?.kilnn !== undefined && !isThere(note.kilnn)) throw new Error(`${torch}: Kilnn has no ${note.kilnn}`);
    if (note && note.kilnn === undefined && found !== undefined) throw new Error(`${torch} is noted as absent, but there is ${found}`);
    if (!note && found === undefined) throw new Error(`${torch} has no counterpart in Kilnn and no note that says why`);
    return { torch, name, ...note, ...((note?.kilnn ?? found) && { kilnn: note?.kilnn ?? found! }) };
  });
}

function isThere(path: string): boolean {
  return resolve(path) !== undefined;
}

/** Notes about names that no section lists. */
export function strayNotes(): string[] {
  const listed = new Set(sections.flatMap((section) => section.names.map((name) => `${section.torch}.${name}`)));
  return Object.keys(notes).filter((name) => !listed.has(name));
}

/** What Kilnn offers beside: public names that no row leads to. A method of Tensor counts where its function does, and the reverse. */
export function onlyInKilnn(): string[] {
  const covered = new Set(sections.flatMap(rowsOf).flatMap(({ kilnn }) => (kilnn === undefined ? [] : [kilnn, plainName(kilnn)])));
  return publicNames().filter((name) => !covered.has(name) && !covered.has(plainName(name)));
}

function plainName(path: string): string {
  return path.startsWith('Tensor.') ? path.slice('Tensor.'.length) : path;
}

export function pageText(): string {
  const all = sections.map((section) => ({ section, rows: rowsOf(section) }));
  const rows = all.flatMap((part) => part.rows);
  const [same, other, absent] = [rows.filter(isSame), rows.filter(isOther), rows.filter(isAbsent)].map(({ length }) => length);
  return [
    '# From PyTorch to Kilnn',
    '',
    '<!-- Written by `npm run docs` from docs/pytorch/; do not edit. -->',
    '',
    ...introduction,
    '',
    `Of ${rows.length} public names of PyTorch 1.13 that concern neural nets, ${same} are the same, ${other} have another name or meaning, and ${absent} are absent.`,
    '',
    ...all.flatMap(({ section, rows }) => sectionText(section, rows)),
    '## Only in Kilnn',
    '',
    `${onlyInKilnn().map(code).join(', ')}.`,
    '',
  ].join('\n');
}

const introduction = [
  'Names are those of PyTorch in camelCase, in the same places: `torch.nn.Linear` is `nn.Linear`, `torch.nn.functional.cross_entropy` is',
  '`F.crossEntropy`, functions of `torch` are exports of `kilnn` and methods of its tensors. What holds everywhere:',
  '',
  '- Modules are called by `.forward(x)`: TypeScript has no call operator.',
  '- Arguments past the first two go into an options object: `nn.Conv2d(1, 6, 5, padding=2)` is `new nn.Conv2d(1, 6, { kernelSize: 5, padding: 2 })`.',
  '- Operators are methods: `a + b` is `a.add(b)`, `a @ b` is `a.matmul(b)`, `x[0]` is `x.select(0, 0)` or `x.index(0)`.',
  '- Dtypes are `f32`, `i32` and `bool`, with `f64` in eager use; numbers without a dtype become `f32`, and there is no `i64`: labels and indices are `i32`.',
  '- Sizes are part of the types and known when a model is built, except for dims that have a name.',
  '- A pair that PyTorch names is an object, not a list: `const { values, indices } = x.max(1)`, and the same for `min`, `sort`, `topk`, `median`, `mode`, `kthvalue`, `cummax`, `cummin`.',
  "- Words among the arguments that name something of PyTorch's are in camelCase too: `mode='fan_out'` is `mode: 'fanOut'`, `'leaky_relu'` is `'leakyRelu'`.",
  '- There is one optimizer for a model. What a loss does not reach, or takes `detach`ed, is not trained by it, nor what it freezes while it uses it, as the generator of a GAN does with the discriminator: `this.d.requiresGrad_(false)`, `this.d.forward(x)`, `this.d.requiresGrad_(true)`.',
];

function sectionText({ title, torch }: Section, rows: readonly Row[]): string[] {
  const [same, other, absent] = [rows.filter(isSame), rows.filter(isOther), rows.filter(isAbsent)] as const;
  const lines = [`## ${title}`, '', `In PyTorch: \`${torch}\`.`, ''];
  if (same.length > 0) lines.push(`**The same**: ${same.map((row) => code(row.kilnn!)).join(', ')}.`, '');
  if (other.length > 0) {
    lines.push('| PyTorch | Kilnn | |', '| :-- | :-- | :-- |');
    for (const row of other) lines.push(`| ${code(row.name)} | ${code(row.kilnn!)} | ${row.note ?? ''} |`);
    lines.push('');
  }
  if (absent.length > 0) {
    const byReason = grouped(absent, (row) => row.note!);
    lines.push('**Absent**:', '');
    for (const [reason, list] of byReason) lines.push(`- ${list.map((row) => code(row.name)).join(', ')}: ${reason}.`);
    lines.push('');
  }
  return lines;
}

/** Whether a reader who knows the rule of camelCase would have found it. */
function isSame({ name, kilnn, note }: Row): boolean {
  return kilnn !== undefined && note === undefined && kilnn.split('.').at(-1) === camelCase(name.split('.').at(-1)!);
}

function isAbsent({ kilnn }: Row): boolean {
  return kilnn === undefined;
}

function isOther(row: Row): boolean {
  return !isSame(row) && !isAbsent(row);
}

function code(text: string): string {
  return `\`${text}\``;
}

function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}
