/**
 * Random programs in which several names stand for tensors that they may share, which ones depends on tensors, and which are changed in
 * place: the same values and gradients eagerly and built. ALTERNATIVES_RUNS says how many programs (default 16), ALTERNATIVES_SEED which.
 */
import fc from 'fast-check';
import { grad } from 'kilnn/eager';
import { expect, test } from 'vitest';
import { formatDiagnostics } from '../../compiler/diagnostics/format.js';
import { interpret } from '../../compiler/interpreter/index.js';
import { verifyGraph } from '../../compiler/ir/verify.js';
import { vjpGraph } from '../../compiler/passes/differentiate/index.js';
import { optimize } from '../../compiler/passes/index.js';
import { eagerArgument, expectClose, runEagerly, runGraph, runSource, vector } from '../frontend/eager.js';
import { evaluateSource } from '../frontend/evaluate.js';
import { Draw, drawNumbers } from '../helpers/draw.js';

const runs = Number(process.env.ALTERNATIVES_RUNS ?? 16);
const seed = Number(process.env.ALTERNATIVES_SEED ?? 1);

const places = ['p', 'q', 'o.t', 'list[0]', 'list[1]'];
const odd = ['0.137', '-1.0731', '2.4177', '0.5291', '-3.3119'];

/** Everything is linear in x but for the conditions: no gradient needs what a write has changed. */
class Writer {
  private names = 0;
  private depth = 0;

  constructor(private readonly draw: Draw) {}

  program(): string {
    return Array.from({ length: this.draw.between(2, 7) }, () => this.statement()).join('\n    ');
  }

  private name(word: string): string {
    return `${word}${this.names++}`;
  }

  private tensor(depth = 0): string {
    const { draw } = this;
    const inner = () => this.tensor(depth + 1);
    switch (draw.below(depth > 2 ? 2 : 9)) {
      case 2:
      case 3:
        return `(${this.condition()} ? ${inner()} : ${inner()})`;
      case 4:
        return `${inner()}.mul(${draw.pick(['0.5', '-0.7'])})`;
      case 5:
        return `${inner()}.add(${inner()}).mul(0.5)`;
      case 6:
        return `same(${inner()})`;
      case 7:
        return `${inner()}.reshape(3, 1).reshape(3)`;
      default:
        return `${draw.pick([...places, 'a', 'b'])}${draw.below(4) === 0 ? '!' : ''}`.replace('!', '');
    }
  }

  private condition(): string {
    const { draw } = this;
    const value = draw.pick(['s', 'k', `${draw.pick([...places, 'a', 'b'])}.sum().item()`]);
    return `${value} ${draw.pick(['>', '<'])} ${draw.pick(odd)}`;
  }

  private write(): string {
    const { draw } = this;
    const target = draw.pick([...places, 'a', 'b', `(${this.condition()} ? ${draw.pick(places)} : ${draw.pick(places)})`]);
    switch (draw.below(6)) {
      case 0:
        return `${target}.mul_(${draw.pick(['0.5', '-0.7'])});`;
      case 1:
        return `${target}.copy_(${this.tensor(2)});`;
      case 2:
        return `${target}.select(0, ${draw.below(3)}).mul_(0.25);`;
      case 3:
        return `${target}.slice(0, { start: 1 }).add_(${draw.pick(odd)});`;
      case 4:
        return `${target}.fill_(${draw.pick(odd)});`;
      default:
        return `${target}.sub_(${this.tensor(1)}).mul_(0.5);`;
    }
  }

  private block(): string {
    return `{ ${Array.from({ length: this.draw.between(1, 2) }, () => this.statement()).join(' ')} }`;
  }

  private statement(): string {
    if (this.depth > 2) return this.write();
    this.depth++;
    const text = this.any();
    this.depth--;
    return text;
  }

  private any(): string {
    const { draw } = this;
    switch (draw.below(13)) {
      case 0:
      case 1:
      case 2:
        return this.write();
      case 3:
      case 4:
      case 5:
        return `${draw.pick(places)} = ${this.tensor()};`;
      case 6:
        return `if (${this.condition()}) ${this.block()}`;
      case 7:
        return `if (${this.condition()}) ${this.block()} else ${this.block()}`;
      case 8: {
        const i = this.name('i');
        return `for (let ${i} = 0; ${i} < Math.abs(k) % 4; ${i}++) ${this.block()}`;
      }
      case 9: {
        const i = this.name('i');
        return `for (let ${i} = 0; ${i} < 3; ${i}++) { if (${this.condition()}) ${draw.pick(['break', 'continue'])}; ${this.statement()} }`;
      }
      case 10: {
        const t = this.name('t');
        return `{ const ${t} = ${this.tensor()}; ${this.write()} ${t}.add_(${draw.pick(odd)}); ${draw.pick(places)} = ${t}; }`;
      }
      case 11:
        return `o = ${this.condition()} ? { t: ${this.tensor(1)} } : { t: ${this.tensor(1)} };`;
      default:
        return `[${draw.pick(places)}, ${draw.pick(places)}] = [${this.tensor(1)}, ${this.tensor(1)}];`;
    }
  }
}

function classText(genes: readonly number[], index: number): string {
  return `@model() export class Net${index} extends nn.Module {
  run(x: Tensor<[3]>): Tensor[] {
    const a = x.mul(2), b = x.add(1), s = x.sum().item(), k = Math.floor(x.max().item());
    const same = (t: Tensor): Tensor => { if (t.sum().item() > k) t.add_(0.5); else if (s > 1.1) return b; return t; };
    let p: Tensor = a, q: Tensor = b, o: { t: Tensor } = { t: x.neg() };
    const list: [Tensor, Tensor] = [a, x.mul(-3)];
    ${new Writer(new Draw(genes)).program()}
    return [a, b, p, q, o.t, ...list];
  }
  @entry() total(x: Tensor<[3]>) { return this.run(x).map((v, i) => v.mul(v).sum().mul(i + 1)).reduce((v, w) => v.add(w)); }
}`;
}

const inputs = [
  [1, 2, 3],
  [-1, -2, -3],
  [0.1, 0.2, -0.1],
  [4, -3, 1.5],
];

test('random programs with shared tensors do the same eagerly and built', () => {
  const drawn = fc.sample(drawNumbers(120), { numRuns: runs, seed });
  const texts = drawn.map(classText);
  const source = `// @ts-nocheck\nimport { entry, model, nn, type Tensor } from 'kilnn';\n${texts.join('\n')}`;
  const { models, diagnostics } = evaluateSource(source, { typeCheck: false });
  const classes = runSource(source);
  const failures: string[] = [];
  // Refused is what shares a tensor that a branch or a turn has made, and views that turns carry.
  const refused = diagnostics.filter(({ code }) => code === 'KN1214');
  const wrong = diagnostics.filter(({ code }) => code !== 'KN1214');
  if (wrong.length > 0) failures.push(formatDiagnostics(wrong, { source: () => source }));
  expect(refused.length).toBeLessThanOrEqual(Math.ceil(runs / 6));
  for (const [index, text] of texts.entries()) {
    const model = models.find(({ name }) => name === `Net${index}`);
    if (model === undefined) continue;
    try {
      const { graph } = vjpGraph(verifyGraph(model.entries[0]!.graph), { outputs: ['result'], withRespectTo: ['x'] });
      const graphs = [graph, verifyGraph(optimize(graph))];
      for (const values of inputs) {
        expectClose(runGraph(model, 'total', [vector(...values)]), runEagerly(classes[`Net${index}`]!, 'total', [vector(...values)]));
        const x = eagerArgument(vector(...values)).requiresGrad_();
        const [gradient] = grad(new classes[`Net${index}`]!().total!(x) as typeof x, [x]);
        const want = gradient === undefined ? [0, 0, 0] : [...(gradient.data() as Float32Array)];
        const given = new Map([
          ['x', { dtype: 'f32' as const, shape: [3], data: Float32Array.from(values) }],
          ['cotangent.result', { dtype: 'f32' as const, shape: [], data: Float32Array.of(1) }],
        ]);
        for (const each of graphs) {
          const name = each.outputs.find(({ role }) => role === 'gradient')!.name;
          expectClose([[...interpret(each, given, { precision: 'f32' }).get(name)!.data]], [want]);
        }
      }
    } catch (error) {
      failures.push(`${error instanceof Error ? error.message : String(error)}\n${text}`);
    }
  }
  expect(failures.join('\n\n')).toBe('');
}, 3_600_000);
