import { describe, expect, it, test } from 'vitest';
import { formatDiagnostic, formatDiagnostics, lineAndColumn } from '../../compiler/diagnostics/format.js';
import { nearest } from '../../compiler/diagnostics/suggest.js';
import { evaluateSource, messagesOf } from './evaluate.js';

const HEAD = "import { entry, F, loss, model, nn, noGrad, ones, optim, rand, tensor, zeros, type Tensor } from 'kilnn';\n";

function net(body: string, options = ''): string {
  return `${HEAD}@model(${options})\nexport class Net extends nn.Module {\n${body}\n}\n`;
}

/** The messages without the notes' frames: what is said, and where. */
function short(files: Parameters<typeof messagesOf>[0]): string[] {
  const { diagnostics, source } = evaluateSource(files, { stepLimit: 20_000 });
  return diagnostics.map(({ code, message, span }) => {
    const text = span && source(span.file);
    return `${code} ${span === undefined || text === undefined ? '' : `\`${text.slice(span.start, span.end).split('\n')[0]}\` `}${message}`;
  });
}

describe("Python's way to write", () => {
  it.each([
    ['fc = new nn.Linear(4, 4);', 'this.fc(x)', 'TS2349', 'modules are called by their method: this.fc.forward(...)'],
    ['list = new nn.Sequential(new nn.ReLU());', 'this.list(x)', 'TS2349', 'modules are called by their method: this.list.forward(...)'],
    ['', 'x * 2', 'TS2362', 'operators are methods of tensors: a * b is a.mul(b)'],
    ['', '2 / x', 'TS2363', 'operators are methods of tensors: a / b is a.div(b)'],
    ['', 'x + x', 'TS2365', 'operators are methods of tensors: a + b is a.add(b)'],
    [
      '',
      'x.sum() >= 0 ? x : x.neg()',
      'TS2365',
      'operators are methods of tensors: a >= b is a.ge(b), and a.item() is the number of a tensor of one element',
    ],
    ['n = 5;', 'this.n(x)', 'TS2349', undefined],
    ['', '({}) * 2', 'TS2362', undefined],
  ])('%s return %s', (field, expression, code, hint) => {
    const { diagnostics } = evaluateSource(net(`  ${field}\n  forward(x: Tensor<['batch', 4]>) { return ${expression}; }`));
    expect(diagnostics.find((found) => found.code === code)).toEqual(
      hint === undefined ? expect.not.objectContaining({ hint: expect.anything() }) : expect.objectContaining({ hint }),
    );
  });
});

test('signs before tensors, which TypeScript allows, are found, before numbers not', () => {
  const code = (expression: string) => short(net(`  forward(x: Tensor<['batch', 4]>) { return x.mul(${expression}); }`));
  const hole = 'operators do not compute with tensors';
  expect(code('-x')).toEqual([`KN1217 \`-x\` '-x' is not a tensor: ${hole}`]);
  expect(code('+x.sum(0)')).toEqual([`KN1217 \`+x.sum(0)\` '+x.sum(0)' is not a tensor: ${hole}`]);
  expect(code('-x.sum().item()')).toEqual([]);
  expect(code('-x.shape.length')).toEqual([]);
});

test('operators that compute with tensors are complained of once, by TypeScript', () => {
  const codes = (body: string) => short(net(`  forward(x: Tensor<['batch', 4]>) { ${body} }`)).map((text) => text.slice(0, 6));
  expect(codes('return x * 2 + x;')).toEqual(['TS2362', 'TS2365']);
  expect(codes('const y = x * 2; return y + 1;')).toEqual(['TS2362']);
  expect(codes('return x + 1;')).toEqual(['TS2365']);
  expect(codes('return -x;')).toEqual(['KN1217']);
});

test('clipping by hand where gradients have names', () => {
  const text = messagesOf(
    `${HEAD}@model({ optimizer: new optim.SGD({ lr: 0.1 }), gradients: (g) => { nn.utils.clipGradNorm_(g, 1); return g; } })
      export class Net extends nn.Module { w = new nn.Parameter(ones([3])); @loss f(x: Tensor<[3]>) { return x.mul(this.w).sum(); } }`,
  );
  expect(text).toContain('hint: gradients by name are clipped by clipGradNorm, which gives the clipped ones');
});

describe('code frames', () => {
  it('show the line of the user, and the way through the library as notes', () => {
    const text = messagesOf(
      net("  head = new nn.Linear(8, 3);\n  forward(x: Tensor<['batch', 9]>) {\n    return this.head.forward(x);\n  }"),
    );
    const [user, ...library] = text.split('  note: ');
    expect(user).toMatchInlineSnapshot(`
      "error[KN3001]: linear: the input's last dim has size 9 (shape [batch, 9]), but the layer takes 8 features (weight [3, 8])
        --> net.ts:6:12
          |
        6 |     return this.head.forward(x);
          |            ^^^^^^^^^^^^^^^^^^^^
      "
    `);
    expect(library.map((note) => note.split('\n')[0])).toMatchInlineSnapshot(`
      [
        "in Linear.forward of the library",
        "in linear of the library",
      ]
    `);
    expect(text).toMatch(/hint: .*\n\n1 error\n$/);
  });

  it('show the calls of the user that led there', () => {
    const text = messagesOf(
      `${HEAD}class Block extends nn.Module {\n  forward(x: Tensor) {\n    return x.reshape([3, 3]);\n  }\n}\n@model()\nexport class Net extends nn.Module {\n  block = new Block();\n  forward(x: Tensor<[2]>) {\n    return this.block.forward(x);\n  }\n}\n`,
    );
    expect(text.replace(/ {2}note: in [\s\S]*?(?= {2}note: called| {2}hint|\n\n)/g, '')).toMatchInlineSnapshot(`
      "error[KN3001]: a tensor of shape [2] cannot be viewed as [3, 3]: the number of elements differs
        --> net.ts:4:12
          |
        4 |     return x.reshape([3, 3]);
          |            ^^^^^^^^^^^^^^^^^
        note: called from here
        --> net.ts:11:12
           |
        11 |     return this.block.forward(x);
           |            ---------------------

      1 error
      "
    `);
  });

  it('keep tabs, mark wide spans to the end of the line, and paint on demand', () => {
    const file = '/f.ts';
    const text = '\tconst a = f(\n\t\t1,\n\t);\n';
    const diagnostic = {
      code: 'KN1001',
      severity: 'warning',
      message: 'no',
      span: { file, start: 11, end: text.length },
      notes: [{ message: 'see' }],
      hint: 'do',
    } as const;
    expect(formatDiagnostic(diagnostic, { source: () => text })).toMatchInlineSnapshot(`
      "warning[KN1001]: no
        --> /f.ts:1:12
          |
        1 | 	const a = f(
          | 	          ^^
        note: see
        hint: do"
    `);
    expect(formatDiagnostic(diagnostic, { source: () => undefined })).toContain('--> /f.ts\n');
    expect(formatDiagnostic(diagnostic, { source: () => text, color: true })).toContain('\u001b[');
  });

  it('are ordered by place and counted', () => {
    const at = (start: number, severity: 'error' | 'warning') => ({
      code: 'KN1001',
      severity,
      message: `at ${start}`,
      span: { file: '/f.ts', start, end: start + 1 },
      notes: [],
    });
    const text = formatDiagnostics([at(5, 'error'), at(2, 'warning'), { ...at(0, 'error'), span: undefined as never }], {
      source: () => 'abcdefgh',
    });
    expect([...text.matchAll(/at (\d)/g)].map((match) => match[1])).toEqual(['2', '5', '0']);
    expect(text).toMatch(/2 errors, 1 warning\n$/);
    expect(formatDiagnostics([], { source: () => '' })).toBe('');
  });

  it('count lines of every line ending', () => {
    expect(lineAndColumn('a\r\nb\nc', 4)).toEqual({ line: 2, column: 2 });
    expect(lineAndColumn('', 0)).toEqual({ line: 1, column: 1 });
  });
});

describe('suggestions', () => {
  it.each([
    ['Linaer', ['Linear', 'LayerNorm'], 'Linear'],
    ['relu', ['ReLU'], 'ReLU'],
    ['x', ['yyy', 'zzzz'], undefined],
    ['forwrad', ['forward', 'format'], 'forward'],
  ])('%s of %j: %s', (name, candidates, expected) => expect(nearest(name, candidates)).toBe(expected));
});

describe('wrong models', () => {
  it('are reported all at once, TypeScript’s errors with the rest, and good models still come', () => {
    const { models, diagnostics } = evaluateSource(`${HEAD}
      @model() export class A extends nn.Module { fc = new nn.Linaer(1, 1); forward(x: Tensor<[1]>) { return x; } }
      @model() export class B extends nn.Module { forward(x: Tensor<[1]>) { return x.reshape([7]); } @entry two(x: Tensor<[2]>) { return x.reshape([9]); } }
      @model() export class C extends nn.Module { forward(x: Tensor) { return x; } @entry n(n: number) { return n; } }
      @model() export class Good extends nn.Module { forward(x: Tensor<[1]>) { return x; } }`);
    expect(diagnostics.map(({ code }) => code)).toEqual(['TS2551', 'KN3001', 'KN3001', 'KN2004', 'KN2005']);
    expect(models.map(({ name }) => name)).toEqual(['Good']);
  });

  it.each([
    [
      'used but not registered',
      'layers = [new nn.Linear(2, 2)]; forward(x: Tensor<[2]>) { return this.layers[0]!.forward(x); }',
      [
        "KN2013 `layers = [new nn.Linear(2, 2)];` 'layers' is a plain array that holds modules or parameters: they are not registered",
        "KN2001 `this.layers[0]!.forward(x)` the parameter 'layers[0].weight' is used but not registered",
      ],
    ],
    [
      'registered nowhere, used nowhere',
      "byName = { a: new nn.Linear(2, 2) }; more = new Map([['k', new nn.Parameter(ones([1]))]]); forward(x: Tensor<[2]>) { return x; }",
      [
        "KN2013 `byName = { a: new nn.Linear(2, 2) };` 'byName' is a plain object that holds modules or parameters: they are not registered",
        "KN2013 `more = new Map([['k', new nn.Parameter(ones([1]))]]);` 'more' is a Map that holds modules or parameters: they are not registered",
      ],
    ],
    [
      'made in a method',
      'forward(x: Tensor<[2]>) { return new nn.Linear(2, 2).forward(x); }',
      ['KN2001 `new nn.Linear(2, 2).forward(x)` this parameter is used but not registered'],
    ],
    [
      'a name with a dot',
      "constructor() { super(); (this as any)['a.b'] = new nn.Linear(1, 1); } forward(x: Tensor<[1]>) { return x; }",
      ["KN2002 `Net` the name 'a.b' contains a dot"],
    ],
    [
      'a cycle',
      'inner = new nn.Module(); constructor() { super(); (this.inner as any).back = this; } forward(x: Tensor<[1]>) { return x; }',
      ["KN2003 `Net` the module 'inner.back' contains itself"],
    ],
    [
      'a result of another shape',
      "forward(x: Tensor<['n', 2]>): Tensor<['n', 3]> { return x; }",
      ["KN2006 `Tensor<['n', 3]>` the declared result is f32[n, 3], but the method computes f32[n, 2]"],
    ],
    [
      'a result of another dtype',
      "forward(x: Tensor<[2]>): Tensor<[2], 'i32'> { return x as any; }",
      ["KN2006 `Tensor<[2], 'i32'>` the declared result is i32[2], but the method computes f32[2]"],
    ],
    [
      'a part of another shape',
      'forward(x: Tensor<[2]>): { a: Tensor<[2]>; b: [Tensor<[3]>] } { return { a: x, b: [x] }; }',
      ["KN2006 `{ a: Tensor<[2]>; b: [Tensor<[3]>] }` the declared result 'b.0' is f32[3], but the method computes f32[2]"],
    ],
    [
      'a loss with dims',
      '@loss objective(x: Tensor<[2]>) { return x; }',
      ['KN2007 `objective` a loss must be a float tensor without dims, this one is f32[2]'],
    ],
    [
      'a loss of integers',
      "@loss objective(x: Tensor<[], 'i32'>) { return x as any; }",
      ['KN2007 `objective` a loss must be a float tensor without dims, this one is i32[]'],
    ],
    [
      'a result that is no tensor',
      'forward(x: Tensor<[2]>) { return [x, 5]; }',
      ["KN2008 `forward` 'forward' returns the number 5 at '1'"],
    ],
    ['no result', 'forward(x: Tensor<[2]>) { x.neg(); }', ["KN2008 `forward` 'forward' returns undefined"]],
    ['no entry', 'helper() { return 1; }', ["KN2010 `Net` 'Net' has neither a forward nor a method marked @entry or @loss"]],
    [
      'a constructor that needs arguments',
      'constructor(readonly width: number) { super(); } forward(x: Tensor<[1]>) { return x; }',
      ["KN2011 `Net` the build makes 'Net' without arguments, but 'width' has no default"],
    ],
    [
      'an optional tensor',
      'forward(x: Tensor<[1]>, y?: Tensor<[1]>) { return y ?? x; }',
      ["KN2017 `y?: Tensor<[1]>` the parameter 'y' of 'forward' may be missing"],
    ],
    [
      'an argument named as state',
      'w = new nn.Parameter(ones([1])); forward(w: Tensor<[1]>) { return w.add(this.w); }',
      ["KN2023 `forward` the parameter 'w' of 'forward' has the name of a part of the model's state"],
    ],
    ['a wrong size', 'forward(x: Tensor<[-1]>) { return x; }', ["KN2022 `Tensor<[-1]>` '-1' is not a size"]],
    [
      'a private entry',
      '@entry private f(x: Tensor<[1]>) { return x; } forward(x: Tensor<[1]>) { return this.f(x); }',
      ["KN2025 `f` 'f' is not public"],
    ],
    [
      'a parameter changed',
      'w = new nn.Parameter(ones([1])); forward(x: Tensor<[1]>) { nn.init.zeros_(this.w); return x; }',
      ["KN2020 `forward` 'forward' changes the parameter 'w'"],
    ],
    [
      'a parameter changed, found in its place',
      'w = new nn.Parameter(ones([1])); forward(x: Tensor<[1]>) { noGrad(() => this.w.mul_(0.5)); return x.mul(this.w); }',
      ["KN2020 `this.w.mul_(0.5)` 'forward' changes the parameter 'w'"],
    ],
    [
      'a frozen parameter asked for its gradient in a loss',
      'w = new nn.Parameter(ones([1]), { requiresGrad: false }); @loss objective(x: Tensor<[1]>) { this.w.requiresGrad_(true); return x.mul(this.w).sum(); }',
      ["KN2036 `objective` 'objective' asks for the gradient of 'w', which the constructor has frozen"],
    ],
    [
      'a buffer changed outside of training',
      "constructor() { super(); this.registerBuffer('b', zeros([1])); } forward(x: Tensor<[1]>) { (this as any).b.copy_(x); return x; }",
      ["KN2014 `forward` 'forward' changes the buffer 'b' outside of training: built modules update buffers in training steps only"],
    ],
    [
      'a draw of the constructor',
      'noise = rand([2]); forward(x: Tensor<[2]>) { return x.add(this.noise); }',
      ['KN1302 `x.add(this.noise)` this tensor was computed in the constructor, where an entry cannot reach it'],
    ],
    [
      'gradients by hand',
      'forward(x: Tensor<[2]>) { x.sum().backward(); return x; }',
      ["KN1004 `x.sum().backward()` 'backward()' is not available while a model is built"],
    ],
    [
      'text of a value',
      'forward(x: Tensor<[2]>) { console.log(`sum: ${x.sum().item()}`); return x; }',
      ["KN1203 `x.sum().item()` 'x.sum().item()' needs the value of a tensor, which is known at run time only"],
    ],
    [
      'tensors as conditions',
      'layer: nn.Linear | null = null; forward(x: Tensor<[2]>, mask?: undefined) { if (this.layer && !(x.gt(0))) return x.neg(); return x ? x : this.layer?.bias ?? x; }',
      [
        "KN1212 `x.gt(0)` 'x.gt(0)' is a tensor, and a tensor is always true as a condition",
        "KN1212 `x` 'x' is a tensor, and a tensor is always true as a condition",
      ],
    ],
    [
      'a plain tensor in the place of a parameter',
      'w: nn.Parameter = ones([1]); b: Tensor = ones([1]); constructor() { super(); this.w = new nn.Parameter(ones([1])); this.b = zeros([1]); } forward(x: Tensor<[1]>) { return x; }',
      ["KN2034 `ones([1])` a tensor takes the place of the parameter 'w', which would not be registered any more"],
    ],
    [
      'a reserved name',
      '@entry dispose(x: Tensor<[1]>) { return x; } forward(x: Tensor<[1]>) { return x; }',
      ["KN2021 `dispose` a built model has a 'dispose' of its own: an entry cannot have that name"],
    ],
    [
      'an error of the user',
      "forward(x: Tensor<[2]>) { if (x.ndim !== 2) throw new Error('matrices only'); return x; }",
      ["KN1103 `throw new Error('matrices only');` Error: matrices only"],
    ],
    [
      'undefined',
      'layer?: nn.Linear; forward(x: Tensor<[2]>) { return this.layer!.forward(x); }',
      ["KN1101 `this.layer!.forward` cannot read 'forward' of undefined"],
    ],
    [
      'endless loops',
      'forward(x: Tensor<[2]>) { for (;;) {} return x; }',
      ['TS7027', 'KN1005 `for (;;) {}` the evaluation takes more than 20,000 steps'],
    ],
  ])('%s', (_title, body, expected) => {
    const found = short(net(body));
    expect(found).toEqual(expected.filter((line) => !line.startsWith('TS')));
  });

  it.each([
    ['not a module', `${HEAD}@model() export class Net { forward(x: Tensor<[1]>) { return x; } }`, ['TS1238', 'KN2009']],
    [
      'not exported',
      `${HEAD}@model() class Net extends nn.Module { forward(x: Tensor<[1]>) { return x; } }\nexport const x = Net;`,
      undefined,
    ],
    ['exported nowhere', `${HEAD}@model() class Net extends nn.Module { forward(x: Tensor<[1]>) { return x; } }`, 'KN2016'],
    ['without a model', `${HEAD}export class Net extends nn.Module {}`, 'KN2018'],
    ['an unknown import', `import { Linearr } from 'kilnn'; export const x = Linearr;`, 'TS2305'],
    ['a wrong optimizer', net('forward(x: Tensor<[1]>) { return x; }', '{ optimizer: 5 as any }'), 'KN2015'],
    ['wrong options of an optimizer', net('forward(x: Tensor<[1]>) { return x; }', '{ optimizer: new optim.SGD({ lr: -1 }) }'), 'KN3004'],
    [
      'a top level that fails',
      `${HEAD}const t = zeros([2]).reshape([5]);\n${net('forward(x: Tensor<[1]>) { return x; }').slice(HEAD.length)}`,
      'KN3001',
    ],
  ])('%s', (_title, source, code) => {
    const { diagnostics } = evaluateSource(source);
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual(code === undefined ? [] : [code].flat());
  });

  it('are found in files that do not exist', () => {
    const { diagnostics } = evaluateSource({ 'net.ts': `${HEAD}import { x } from './missing.js'; export const y = x;` });
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toContain('TS2307');
  });
});
