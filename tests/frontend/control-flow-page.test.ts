/** The rows of LANGUAGE.md on values of tensors: each has programs, or a refusal with its text. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { programs } from './control-flow-programs.js';
import { messagesOf } from './evaluate.js';

interface Row {
  readonly title: string;
  readonly code: string | undefined;
}

function readRows(): Row[] {
  const page = readFileSync(new URL('../../compiler/frontend/LANGUAGE.md', import.meta.url), 'utf8');
  return page.split('\n').flatMap((line) => {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    const verdict = /^(tested|refused: (KN\d{4}))$/.exec(cells[3] ?? '');
    return verdict === null ? [] : [{ title: cells[1]!.replaceAll('\\|', '|'), code: verdict[2] }];
  });
}

/** Which programs show what a row says; gradients have a test of their own. */
const shownBy: Readonly<Record<string, readonly string[]>> = {
  'if and else, ?:': ['if', 'if and else', 'else if', 'conditional operator'],
  '&&, ||, !, ??, &&=, ||=': ['logical operators', 'logical operators with effects', 'logical values', 'logical assignment'],
  switch: ['switch', 'switch with returns'],
  'while, do, for': ['while', 'do while', 'for with a bound', 'host loops unroll'],
  'sizes as bounds': ['a loop over a named dim', 'index with a counter'],
  'lists that grow': [
    'a list with an item for every row',
    'a list with two items a turn',
    'ends of a list',
    'lists of loops within loops',
    'a list by a counter',
  ],
  'rows written in a loop': ['rows written by a counter', 'rows written from the rows before', 'columns and two rows a turn'],
  'break, continue, labels': ['break', 'continue', 'labels', 'for of with a break'],
  return: ['early return', 'return from nested loops', 'called methods', 'closures'],
  'what a branch changes': ['fields of objects', 'elements of arrays', 'private and static members', 'Maps and Sets', 'in-place methods'],
  'one of two': ['one of two functions', 'one of two objects', 'one of many', 'an object that a branch makes'],
  'random numbers': ['random numbers', 'random numbers of one branch of a loop'],
  arithmetic: ['arithmetic of numbers', 'compound assignment'],
  comparison: ['comparison of numbers'],
  bits: ['whole numbers'],
  Math: ['functions of Math', 'rounding'],
  'Number, Boolean, isNaN': ['Number and Boolean', 'values that are not numbers'],
  'some, every, includes': ['some, every and includes'],
  'detach, noGrad': ['noGrad'],
  customGradient: ['customGradient'],
};

const net = (members: string) => `import { cat, customGradient, F, model, nn, stack, type Tensor, zeros } from 'kilnn';
@model() export class Net extends nn.Module {
${members}
}`;

/** What is refused, by the row's title, and texts that its message has. */
const refused: Readonly<Record<string, { readonly body: string; readonly says: readonly string[] }>> = {
  'text of a value': {
    body: 'forward(x: Tensor<[3]>) { console.log(`${x.sum().item()}`); return x; }',
    says: ["'x.sum().item()' needs the value"],
  },
  'filter, find, findIndex': {
    body: 'forward(x: Tensor<[3]>) { return [x, x.neg()].filter((t) => t.sum().item() > 0)[0] ?? x; }',
    says: ["the answer of the function given to 'filter'"],
  },
  generators: {
    body: 'forward(x: Tensor<[3]>) { function* f() { if (x.sum().item() > 0) yield 1; } return x.add([...f()].length); }',
    says: ["'x.sum().item() > 0' needs the value"],
  },
  'iterators made before': {
    body: `forward(x: Tensor<[3]>) {
  const it = [1, 2, 3][Symbol.iterator]();
  while (x.sum().item() < 9) x = x.add(it.next().value);
  return x;
}`,
    says: ["how far 'it' has moved on", 'it.next()', 'this loop depends on tensors'],
  },
  'effects of a gradient rule': {
    body: `forward(x: Tensor<[3]>) {
  let n = 0;
  const f = customGradient((a) => a.mul(2), (g) => { n++; return g; });
  return f(x.mul(2)).add(n);
}`,
    says: ["a gradient rule changes 'n'", 'n++', 'f(x.mul(2))'],
  },
  'ways that disagree': {
    body: `forward(x: Tensor<[3]>) {
  let word = 'none';
  if (x.sum().item() > 1)
    word = 'much';
  else
    word = 'little';
  return x.add(word.length);
}`,
    says: [
      `'word' is the string "much" where 'x.sum().item() > 1' holds and the string "little" where it does not`,
      `the string "much", if 'x.sum().item() > 1' holds`,
      `the string "little", if it does not`,
      'make them tensors of one type',
    ],
  },
  'a shape that changes': {
    body: `forward(x: Tensor<[3]>) {
  let y = x;
  while (y.sum().item() < 9)
    y = cat([y, x]);
  return y.sum();
}`,
    says: [
      "'y' is a tensor f32[3] before the loop and a tensor f32[6] after a turn of it",
      'y = cat([y, x])',
      'the loop depends on tensors',
    ],
  },
  throw: {
    body: "forward(x: Tensor<[3]>) { if (x.sum().item() < 0) throw new Error('negative'); return x; }",
    says: [
      'whether this is thrown is known at run time only',
      "throw new Error('negative')",
      'this condition depends on the value of a tensor',
    ],
  },
  'use outside of its branch': {
    body: `kept = new WeakMap<object, Tensor>(); key = {};
  forward(x: Tensor<[3]>) { if (x.sum().item() > 0) this.kept.set(this.key, x.mul(2)); return this.kept.get(this.key) ?? x; }`,
    says: ['computed in a branch or a loop'],
  },
  'a list by a counter': {
    body: 'layers = [F.relu, F.tanh]; forward(x: Tensor<[3]>) { const i = x.argmax().item(); return this.layers[i]!(x); }',
    says: ["'i' depends on the value of a tensor", 'select(0, index)'],
  },
};

/** More refusals, of values that are used where they cannot be. */
const others: readonly (readonly [title: string, code: string, body: string, says: string])[] = [
  [
    'an iterator that has moved on in a branch',
    'KN1215',
    'forward(x: Tensor<[3]>) { const it = [1, 2].values(); if (x.sum().item() > 0) x = x.add(it.next().value!); return x.add(it.next().value!); }',
    'it has moved on here already',
  ],
  [
    'a generator in a loop that goes through it',
    'KN1215',
    `forward(x: Tensor<[3]>) { function* f() { yield 1; yield 2; } const all = f(); while (x.sum().item() < 9) { for (const n of all) x = x.add(n); x = x.add(1); } return x; }`,
    "how far 'all' has moved on",
  ],
  [
    'an iterator in the condition of a loop',
    'KN1215',
    'forward(x: Tensor<[3]>) { const it = new Map([[1, 2], [3, 4]]).keys(); while (x.sum().item() < it.next().value!) x = x.add(1); return x; }',
    "how far 'it' has moved on",
  ],
  [
    'a tensor that a gradient rule changes',
    'KN1216',
    'seen = new nn.Buffer(zeros([3])); forward(x: Tensor<[3]>) { return customGradient((a) => a.mul(2), (g) => { this.seen.copy_(g); return g; })(x.mul(1)); }',
    'this.seen.copy_(g)',
  ],
  [
    'tensors of two shapes',
    'KN1205',
    'forward(x: Tensor<[3]>) { let y = x; if (x.sum().item() > 0) y = x.reshape(3, 1); return y; }',
    "'y' is a tensor f32[3, 1] where",
  ],
  [
    'an expression of two classes',
    'KN1205',
    "forward(x: Tensor<[3]>) { return x.add(x.sum().item() > 0 ? 1 : ('a' as never)); }",
    "'the value' is the number 1",
  ],
  [
    'one of two functions, handed on',
    'KN1205',
    'forward(x: Tensor<[3]>) { const o = { f: F.relu }; if (x.sum().item() > 0) o.f = F.tanh; return [x].map(o.f); }',
    "'the property f'",
  ],
  [
    'nothing in one branch',
    'KN1205',
    'forward(x: Tensor<[3]>) { let y: Tensor | undefined; if (x.sum().item() > 0) y = x; return y!.add(1); }',
    'and undefined where it does not',
  ],
  [
    'a function that returns in one branch',
    'KN1205',
    'forward(x: Tensor<[3]>) { const f = () => { if (x.sum().item() > 0) return x; }; return f()!.add(1); }',
    'undefined where it does not',
  ],
  [
    'an array that grows in one branch',
    'KN1205',
    'forward(x: Tensor<[3]>) { const list = [x]; if (x.sum().item() > 0) list.push(x); return list[0]!; }',
    "'the length of an array' is the number 2",
  ],
  [
    'an array that grows in a loop',
    'KN1206',
    'forward(x: Tensor<[3]>) { const list = [x]; while (x.sum().item() < 9) { x = x.add(1); list.push(x); } return cat(list); }',
    'of an array',
  ],
  [
    'an array that is empty before a loop whose turns a tensor counts',
    'KN1206',
    'forward(x: Tensor<[3]>) { const list: Tensor[] = []; while (x.sum().item() < 9) { x = x.add(1); list.push(x); } return cat(list); }',
    'out.select(0, i).copy_(x)',
  ],
  [
    'the items of a list that a loop adds to, one by one',
    'KN1218',
    "forward(x: Tensor<['n', 3]>) { const list: Tensor[] = []; for (let i = 0; i < x.shape[0]; i++) list.push(x.select(0, i)); return list.map((y) => y.sum()).length; }",
    'stack(list) or cat(list)',
  ],
  [
    'a list that a loop adds to, in the loop',
    'KN1206',
    "forward(x: Tensor<['n', 3]>) { const list: Tensor[] = []; for (let i = 0; i < x.shape[0]; i++) list.push(x.select(0, i).add(list.length)); return cat(list); }",
    'the length of an array',
  ],
  [
    'tensors of two types in a list that a loop adds to',
    'KN1219',
    "forward(x: Tensor<['n', 3]>) { const list: Tensor[] = [x.sum()]; for (let i = 0; i < x.shape[0]; i++) list.push(x.select(0, i)); return stack(list); }",
    'all need one shape and dtype',
  ],
  [
    'an item after those that a loop has added',
    'KN1220',
    "forward(x: Tensor<['n', 3]>) { const list: Tensor[] = []; for (let i = 0; i < x.shape[0]; i++) list.push(x.select(0, i)); return list[list.length]!; }",
    'list[list.length - 1]',
  ],
  [
    'nothing before a loop',
    'KN1206',
    'forward(x: Tensor<[3]>) { let y: Tensor | null = null; while (x.sum().item() < 9) { x = x.add(1); y = y === null ? x : y.add(x); } return y!; }',
    'give it a value before the loop',
  ],
  [
    'a recursion that tensors decide',
    'KN1006',
    'half(x: Tensor): Tensor { return x.norm().item() > 1 ? this.half(x.mul(0.5)) : x; } forward(x: Tensor<[3]>) { return this.half(x); }',
    'write it as a loop',
  ],
  [
    'a Map that grows in one branch',
    'KN1205',
    "forward(x: Tensor<[3]>) { const m = new Map([['a', x]]); if (x.sum().item() > 0) m.set('b', x); return m.get('a')!; }",
    'the entry b of a Map',
  ],
  [
    'text that changes in a loop',
    'KN1206',
    "forward(x: Tensor<[3]>) { let s = ''; while (x.sum().item() < 9) { x = x.add(1); s += 'a'; } return x.add(s.length); }",
    `'s' is the string "" before the loop`,
  ],
  [
    'a dtype that changes in a loop',
    'KN1206',
    "forward(x: Tensor<[3]>) { let y: Tensor = x; while (y.sum().item() < 9) y = y.add(1).to('i32') as never; return y.float(); }",
    'a tensor i32[3] after a turn',
  ],
  ['a value in a Map', 'KN1203', 'forward(x: Tensor<[3]>) { return new Map([[1, x]]).get(x.sum().item()) ?? x; }', "'get' of a Map"],
  [
    'a value as a size',
    'KN1203',
    'forward(x: Tensor<[3]>) { return x.reshape(x.sum().item(), 1); }',
    "'an argument of this call' needs the value of a tensor",
  ],
  [
    'a value in JSON',
    'KN1203',
    'forward(x: Tensor<[3]>) { return x.add(JSON.stringify({ s: x.sum().item() }).length); }',
    'JSON.stringify',
  ],
  [
    'a tensor that may have been changed',
    'KN1214',
    'forward(x: Tensor<[3]>) { let y = x.mul(2), z = x.mul(3); if (x.sum().item() > 0) { const made = x.mul(4); y = made; z = made; } z.add_(1); return y; }',
    "'z.add_(1)' changes something",
  ],
  [
    'a view that turns carry',
    'KN1214',
    'forward(x: Tensor<[3]>) { const y = x.mul(2); let z = x.mul(3); while (z.sum().item() > 0) z = y.view(3, 1).view(3); y.add_(1); return z.mul(2); }',
    'what may be the same is used here',
  ],
  [
    'an object that may have been changed',
    'KN1214',
    'forward(x: Tensor<[3]>) { const p = { n: 1 }; let q = { n: 2 }; if (x.sum().item() > 0) q = p; q.n = 5; return x.add(p.n); }',
    'q.n = 5',
  ],
  [
    'a list that may have been changed',
    'KN1214',
    'forward(x: Tensor<[3]>) { const p = [x]; let q = [x.neg()]; if (x.sum().item() > 0) q = p; q.pop(); return p[0]!; }',
    'q.pop()',
  ],
  ['a limit that is none', 'KN1213', '', "the 'loopLimit' of @model is the number 0"],
];

describe('values of tensors on the language page', () => {
  const rows = readRows();

  it('have programs', () => {
    const shown = Object.keys(shownBy);
    expect(rows.filter(({ code }) => code === undefined).map(({ title }) => title)).toEqual(shown);
    expect(rows.filter(({ code }) => code !== undefined).map(({ title }) => title)).toEqual(Object.keys(refused));
    const known = [...Object.keys(programs), 'customGradient'];
    expect(Object.values(shownBy).flatMap((names) => names.filter((name) => !known.includes(name)))).toEqual([]);
  });

  it.each(Object.keys(refused))('%s: refused', (title) => {
    const text = messagesOf(net(refused[title]!.body), { typeCheck: false });
    expect(text).toContain(`error[${rows.find((row) => row.title === title)!.code}]`);
    for (const part of refused[title]!.says) expect(text).toContain(part);
  });

  it.each(others)('%s: %s', (_title, code, body, says) => {
    const source = body === '' ? net('forward(x: Tensor<[3]>) { return x; }').replace('@model()', '@model({ loopLimit: 0 })') : net(body);
    const text = messagesOf(source, { typeCheck: false });
    expect(text).toContain(`error[${code}]`);
    expect(text).toContain(says);
  });
});
