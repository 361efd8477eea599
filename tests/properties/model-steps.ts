/** What a random model does to the tensor on its way: each step writes fields and lines, and knows the shape that comes out. */
import type { Draw } from '../helpers/draw.js';
import { ClassWriter, type Size, type Step } from './class-writer.js';

const widths = [3, 4, 2, 6, 5];

/** Functions with one derivative everywhere: rounding cannot make a gradient jump. */
const smooth = ['x.tanh()', 'x.sigmoid()', 'F.gelu(x)', 'F.silu(x)', 'F.softplus(x)', 'F.elu(x)', 'F.mish(x)', 'x.sin()', 'x.atan()'];
const kinked = [
  'F.relu(x)',
  'F.leakyRelu(x, 0.1)',
  'x.abs()',
  'F.hardtanh(x)',
  'F.hardswish(x)',
  'x.clamp(-0.5, 0.5)',
  'where(x.gt(0), x, x.mul(0.3))',
];
const layers = ['nn.Tanh()', 'nn.ReLU()', 'nn.GELU()', 'nn.Sigmoid()', 'nn.LeakyReLU(0.2)', 'nn.Identity()', 'nn.Dropout(0)', 'nn.SiLU()'];

function linear(writer: ClassWriter, draw: Draw, to: number): string {
  return writer.field('linear', `new nn.Linear(${writer.width}, ${to}${draw.oneIn(3) ? ', { bias: false }' : ''})`);
}

/** Applies to tensors that have an axis of known size at the end. */
const anyShape = (writer: ClassWriter) => writer.rank >= 2 && typeof writer.width === 'number';
const staticInside = (writer: ClassWriter) => anyShape(writer) && writer.shape.slice(1).every((size) => typeof size === 'number');
const isImage = (writer: ClassWriter) => writer.rank === 4 && staticInside(writer) && writer.width >= 3 && (writer.shape[2] as number) >= 3;
const isSequence = (writer: ClassWriter) => writer.rank === 3 && anyShape(writer);

/** Writes a few lines that leave the shape as it is, for branches and loops. */
function keepShape(writer: ClassWriter, draw: Draw): void {
  const choice = draw.below(4);
  if (choice === 0) writer.set(draw.pick(smooth));
  else if (choice === 1) writer.set(`${linear(writer, draw, writer.width)}.forward(x).tanh()`);
  else if (choice === 2) writer.set(`x.mul(${draw.pick(['0.5', '-1', '1.25'])}).add(${draw.pick(['0.1', '1', '-0.3'])})`);
  else writer.set(`x.sub(x.mean(-1, { keepdim: true }))`);
}

function numbersOf(shape: readonly Size[]): number[] {
  return shape as number[];
}

export const steps: readonly Step[] = [
  {
    name: 'linear',
    fits: anyShape,
    write(writer, draw) {
      const to = draw.pick(widths);
      writer.set(`${linear(writer, draw, to)}.forward(x)`);
      writer.shape = writer.withLast(to);
      if (draw.oneIn(2)) writer.set(draw.pick(kinked));
    },
  },
  { name: 'activation', fits: () => true, write: (writer, draw) => writer.set(draw.pick(smooth)) },
  {
    name: 'residual',
    fits: anyShape,
    write(writer, draw) {
      const kept = writer.name('kept');
      writer.line(`const ${kept} = x;`);
      for (let i = draw.between(1, 2); i > 0; i--) keepShape(writer, draw);
      writer.set(`x.add(${kept})`);
    },
  },
  {
    name: 'sequential',
    fits: anyShape,
    write(writer, draw) {
      const [inner, to] = [draw.pick(widths), draw.pick(widths)];
      const list = `new nn.Linear(${writer.width}, ${inner}), new ${draw.pick(layers)}, new nn.Linear(${inner}, ${to})`;
      const field = writer.field('sequence', `new nn.Sequential(${list}${draw.oneIn(2) ? `, new ${draw.pick(layers)}` : ''})`);
      const part = draw.oneIn(3);
      writer.set(part ? `${field}.slice(0, 2).forward(x)` : `${field}.forward(x)`);
      writer.shape = writer.withLast(part ? inner : to);
    },
  },
  {
    name: 'module list',
    fits: anyShape,
    write(writer, draw) {
      const n = writer.width;
      const count = draw.between(1, 3);
      const list = writer.field('layers', `new nn.ModuleList(Array.from({ length: ${count} }, () => new nn.Linear(${n}, ${n})))`);
      const loops: (() => void)[] = [
        () => writer.nested(`for (const layer of ${list})`, () => writer.set('layer.forward(x).tanh()')),
        () =>
          writer.nested(`for (let i = 0; i < ${list}.length; i++)`, () => {
            writer.line(`const y = ${list}.at(i).forward(x);`);
            writer.set('i % 2 === 0 ? y.tanh() : y.add(x)');
          }),
        () => writer.set(`${list}.map((layer, i) => layer.forward(x).mul(1 / (i + 1))).reduce((a, b) => a.add(b))`),
        () =>
          writer.nested('for (let round = 0; round < 2; round++)', () => {
            writer.nested(`for (const layer of ${list})`, () => writer.set('layer.forward(x).sigmoid()'));
          }),
        () => {
          const at = writer.name('at');
          writer.line(`let ${at} = 0;`);
          writer.nested(`while (${at} < ${list}.length)`, () => writer.set(`${list}.at(${at}++).forward(x).sin()`));
        },
        () => writer.line(`${list}.forEach((layer, i) => { if (i !== 1) x = layer.forward(x).tanh(); });`),
      ];
      draw.pick(loops)();
    },
  },
  {
    name: 'module dict',
    fits: anyShape,
    write(writer, draw) {
      const to = draw.pick(widths);
      const dict = writer.field(
        'heads',
        `new nn.ModuleDict<nn.Linear>({ wide: new nn.Linear(${writer.width}, ${to}), deep: new nn.Linear(${writer.width}, ${to}) })`,
      );
      const uses = [
        `${dict}.get('wide').forward(x).add(${dict}.get('deep').forward(x).tanh())`,
        `${dict}.entries().map(([name, head]) => head.forward(x).mul(name.length)).reduce((a, b) => a.sub(b))`,
        `${dict}.get(${dict}.has('narrow') ? 'narrow' : 'wide').forward(x)`,
      ];
      writer.set(draw.pick(uses));
      writer.shape = writer.withLast(to);
    },
  },
  {
    name: 'branch',
    fits: anyShape,
    write(writer, draw) {
      const option = writer.field(
        'option',
        draw.pick(['true as boolean', 'false as boolean', '3 as number', "'tanh' as string", 'null as number | null']),
      );
      writer.nested(`if (${option})`, () => keepShape(writer, draw));
      if (draw.oneIn(2)) writer.nested('else', () => keepShape(writer, draw));
    },
  },
  {
    name: 'switch',
    fits: anyShape,
    write(writer, draw) {
      const kind = writer.field('kind', `'${draw.pick(['first', 'second', 'third'])}' as string`);
      writer.nested(`switch (${kind})`, () => {
        writer.line("case 'first':");
        keepShape(writer, draw);
        writer.line("case 'second':");
        keepShape(writer, draw);
        writer.line('break;');
        writer.line('default:');
        keepShape(writer, draw);
      });
    },
  },
  {
    name: 'table of functions',
    fits: () => true,
    write(writer, draw) {
      const table = writer.name('functions');
      writer.file.declarations.push(
        `const ${table}: Record<string, (t: Tensor) => Tensor> = { tanh: (t) => t.tanh(), half: (t) => t.mul(0.5), soft: F.softplus };`,
      );
      const names = Array.from({ length: draw.between(1, 3) }, () => `'${draw.pick(['tanh', 'half', 'soft'])}'`);
      writer.nested(`for (const name of [${names.join(', ')}])`, () => writer.set(`${table}[name]!(x)`));
    },
  },
  {
    name: 'helper function',
    fits: anyShape,
    write(writer, draw) {
      const name = writer.name('gate');
      writer.file.declarations.push(
        [
          `function ${name}(x: Tensor, { times = 2, ...rest }: { times?: number; shift?: number } = {}): Tensor {`,
          '  if (times === 0) return x.add(rest.shift ?? 1);',
          `  return x.mul(x.sigmoid()).add(${name}(x, { ...rest, times: times - 1 }));`,
          '}',
        ].join('\n'),
      );
      writer.set(`${name}(x${draw.pick(['', ', { times: 1 }', ', { times: 1, shift: -0.5 }'])})`);
    },
  },
  {
    name: 'block',
    fits: (writer) => writer.depth > 0,
    write(writer, draw) {
      const name = writer.name('Block');
      const inner = new ClassWriter(writer.file, [...writer.shape], writer.depth - 1);
      for (let i = draw.between(1, 2); i > 0; i--) writeStep(inner, draw);
      const base = draw.oneIn(3) ? baseClass(writer) : 'nn.Module';
      writer.file.declarations.push(`${inner.text(`class ${name} extends ${base}`, 'forward(x: Tensor): Tensor')}\n}`);
      const block = writer.field('block', `new ${name}()`);
      writer.set(`${block}.forward(x)`);
      const kept = inner.shape.join() === writer.shape.join();
      writer.shape = inner.shape;
      // The same layers a second time.
      if (kept && draw.oneIn(2)) writer.set(`${block}.forward(x)`);
      if (base !== 'nn.Module') writer.set(`${block}.scaled(x)`);
    },
  },
  {
    name: 'reduction',
    fits: (writer) => writer.rank >= 3 && anyShape(writer),
    write(writer, draw) {
      const axis = draw.between(1, writer.rank - 2);
      writer.set(
        `x.${draw.pick([`mean(${axis})`, `sum(${axis - writer.rank}).mul(0.5)`, `logsumexp(${axis})`, `amax([${axis}])`, `var(${axis}, { unbiased: false })`])}`,
      );
      writer.shape = writer.shape.toSpliced(axis, 1);
    },
  },
  {
    name: 'centre and scale',
    fits: anyShape,
    write(writer, draw) {
      const along = [
        'x.sub(x.mean(-1, { keepdim: true }))',
        'x.div(x.norm(2, { dim: -1, keepdim: true }).add(1))',
        'F.softmax(x, -1)',
        'F.logSoftmax(x, -1)',
        'x.sub(x.mean(0, { keepdim: true }))',
        'x.cumsum(-1)',
        'x.div(x.abs().sum([0, -1], { keepdim: true }).add(1))',
        'x.sub(x.amax(-1, { keepdim: true }).detach())',
      ];
      writer.set(draw.pick(along));
    },
  },
  {
    name: 'normalisation',
    fits: anyShape,
    write(writer, draw) {
      const n = writer.width;
      if (writer.rank === 2 && draw.oneIn(2)) writer.set(`${writer.field('norm', `new nn.BatchNorm1d(${n})`)}.forward(x)`);
      else if (writer.rank === 4 && typeof writer.shape[1] === 'number')
        writer.set(`${writer.field('norm', `new nn.BatchNorm2d(${writer.shape[1]})`)}.forward(x)`);
      else
        writer.set(`${writer.field('norm', `new nn.LayerNorm(${n}${draw.oneIn(2) ? ', { eps: 0.1 }' : ', { eps: 0.01 }'})`)}.forward(x)`);
    },
  },
  {
    name: 'reshape',
    fits: anyShape,
    write(writer, draw) {
      const { shape, width } = writer;
      const choices: (() => void)[] = [
        () => {
          // All rows at once, and back: arithmetic on named sizes.
          const rows = shape.slice(0, -1).map((_, axis) => `x.shape[${axis}]!`);
          const [sizes, to] = [writer.name('sizes'), draw.pick(widths)];
          writer.line(`const ${sizes} = x.shape.slice(0, -1);`);
          writer.set(`x.reshape([${rows.join(' * ')}, ${width}])`);
          writer.set(`${linear(writer, draw, to)}.forward(x).tanh()`);
          writer.set(`x.reshape([...${sizes}, ${to}])`);
          writer.shape = writer.withLast(to);
        },
      ];
      if (staticInside(writer)) {
        const size = numbersOf(shape.slice(1)).reduce((a, b) => a * b, 1);
        choices.push(() => {
          writer.set(draw.pick(['x.flatten(1)', 'x.reshape([x.shape[0]!, -1])', 'new nn.Flatten().forward(x)']));
          writer.shape = [shape[0]!, size];
        });
        choices.push(() => {
          writer.set(`x.transpose(1, ${writer.rank - 1})`);
          const swapped = [...shape];
          [swapped[1], swapped[swapped.length - 1]] = [swapped.at(-1)!, swapped[1]!];
          writer.shape = swapped;
        });
      }
      if (width % 2 === 0 && writer.rank < 4)
        choices.push(() => {
          writer.set(draw.pick([`x.unflatten(-1, [2, ${width / 2}])`, `x.reshape([...x.shape.slice(0, -1), 2, x.shape.at(-1)! / 2])`]));
          writer.shape = [...shape.slice(0, -1), 2, width / 2];
        });
      if (writer.rank < 4)
        choices.push(() => {
          writer.set('x.unsqueeze(1)');
          writer.shape = shape.toSpliced(1, 0, 1);
        });
      draw.pick(choices)();
    },
  },
  {
    name: 'parts',
    fits: anyShape,
    write(writer, draw) {
      const { width } = writer;
      const choices: [string, number][] = [
        ['cat([x, x.tanh()], -1)', 2 * width],
        ['stack([x, x.neg()], -1).sum(-1).add(x)', width],
        ['x.flip(-1)', width],
        ['x.roll(1, -1)', width],
        ['cat([x.slice(-1, { start: 1 }), x.slice(-1, { end: 1 })], -1)', width],
        ['x.repeatInterleave(2, -1)', 2 * width],
        ['F.pad(x, [1, 0])', width + 1],
      ];
      if (width >= 2) choices.push(['x.slice(-1, { start: 1 })', width - 1], [`x.narrow(-1, 0, ${width - 1})`, width - 1]);
      if (width % 2 === 0) choices.push(['F.glu(x, -1)', width / 2], ['x.chunk(2, -1).reduce((a, b) => a.mul(b.sigmoid()))', width / 2]);
      if (width >= 3) choices.push(['x.slice(-1, { step: 2 })', Math.ceil(width / 2)]);
      const [text, to] = draw.pick(choices.filter(([, size]) => size <= 12));
      writer.set(text);
      writer.shape = writer.withLast(to);
    },
  },
  {
    name: 'parameters',
    fits: anyShape,
    write(writer, draw) {
      const n = writer.width;
      const choices: (() => void)[] = [
        () => writer.set(`x.mul(${writer.field('scale', `new nn.Parameter(randn([${n}]))`)})`),
        () => {
          const list = writer.field('weights', `new nn.ParameterList([rand([${n}]), ones([1]), full([${n}], 0.2)])`);
          writer.nested(`for (const weight of ${list})`, () => writer.set('x.mul(weight).add(0.1)'));
        },
        () => {
          const dict = writer.field('named', `new nn.ParameterDict({ gain: rand([${n}, ${n}]), shift: zeros([${n}]) })`);
          writer.set(`x.matmul(${dict}.get('gain').t()).add(${dict}.get('shift'))`);
        },
        () => {
          const name = writer.name('offset');
          writer.constructorLines.push(`this.registerBuffer('${name}', randn([${n}]));`);
          writer.fields.push(`declare ${name}: nn.Buffer;`);
          writer.set(`x.add(this.${name})`);
        },
        () => {
          const [first, second] = [linear(writer, draw, n), linear(writer, draw, n)];
          writer.constructorLines.push(`${second}.weight = ${first}.weight;`);
          writer.set(`${second}.forward(${first}.forward(x).tanh())`);
        },
        () => {
          const layer = linear(writer, draw, n);
          writer.constructorLines.push(`nn.init.${draw.pick(['xavierUniform_', 'kaimingNormal_', 'zeros_'])}(${layer}.weight);`);
          writer.set(`${layer}.forward(x)`);
        },
        // Never used: no gradient reaches it.
        () => writer.field('spare', `new nn.Linear(${n}, 2)`),
      ];
      draw.pick(choices)();
    },
  },
  {
    name: 'convolution',
    fits: isImage,
    write(writer, draw) {
      const [, channels, height, width] = numbersOf(writer.shape);
      const [to, kernel, padding, stride] = [draw.pick([2, 3, 1, 4]), draw.pick([3, 1, 2]), draw.pick([1, 0]), draw.pick([1, 2])];
      const size = (n: number) => Math.floor((n + 2 * padding - kernel) / stride) + 1;
      writer.set(
        `${writer.field('conv', `new nn.Conv2d(${channels}, ${to}, ${kernel}, { padding: ${padding}, stride: ${stride} })`)}.forward(x)`,
      );
      writer.shape = [writer.shape[0]!, to, size(height!), size(width!)];
      if (draw.oneIn(2)) writer.set(draw.pick(kinked));
    },
  },
  {
    name: 'pooling',
    fits: isImage,
    write(writer, draw) {
      const [, channels, height, width] = numbersOf(writer.shape);
      const choice = draw.below(3);
      if (choice === 0) writer.set(`${writer.field('pool', 'new nn.AvgPool2d(2, 1)')}.forward(x)`);
      else if (choice === 1) writer.set(`${writer.field('pool', 'new nn.MaxPool2d(2, { stride: 1 })')}.forward(x)`);
      else writer.set('F.adaptiveAvgPool2d(x, 1)');
      writer.shape = choice === 2 ? [writer.shape[0]!, channels!, 1, 1] : [writer.shape[0]!, channels!, height! - 1, width! - 1];
    },
  },
  {
    name: 'attention',
    fits: isSequence,
    write(writer, draw) {
      const scores = writer.name('scores');
      const query = linear(writer, draw, writer.width);
      writer.line(
        `const ${scores} = ${draw.pick([`einsum('bid,bjd->bij', ${query}.forward(x), x)`, `${query}.forward(x).matmul(x.transpose(1, 2))`])}.div(Math.sqrt(${writer.width}));`,
      );
      writer.set(`matmul(F.softmax(${scores}, -1), x)`);
    },
  },
  {
    name: 'constant',
    fits: () => true,
    write(writer, draw) {
      writer.set(
        draw.pick([
          'x.add(noGrad(() => x.abs().mean()))',
          'x.add(x.detach().mul(0.5))',
          'x.div(x.shape[0]!)',
          'x.mul(x.numel() / x.shape[0]!).mul(0.1)',
        ]),
      );
    },
  },
  {
    name: 'several results',
    fits: anyShape,
    write(writer, draw) {
      const name = writer.name('both');
      writer.members.push(
        [
          `  ${name}(x: Tensor) {`,
          `    const [first, ...rest] = [x.tanh(), x.sigmoid(), x];`,
          '    return { first: first!, rest };',
          '  }',
        ].join('\n'),
      );
      writer.line(`const { first: ${name}, rest: [, rest${name}] } = this.${name}(x);`);
      writer.set(`${name}.add(rest${name}!.mul(${draw.pick(['0.5', '2'])}))`);
    },
  },
];

/** A class between Module and a block, with a method and a getter of its own. */
function baseClass(writer: ClassWriter): string {
  const name = writer.name('Base');
  writer.file.declarations.push(
    [
      `abstract class ${name} extends nn.Module {`,
      '  static readonly factor = 0.75;',
      `  get gain(): number {`,
      `    return this.training ? ${name}.factor : ${name}.factor / 2;`,
      '  }',
      '  scaled(x: Tensor): Tensor {',
      '    return x.mul(this.gain);',
      '  }',
      '}',
    ].join('\n'),
  );
  return name;
}

export function writeStep(writer: ClassWriter, draw: Draw): void {
  draw.pick(steps.filter((step) => step.fits(writer))).write(writer, draw);
}
