/** Tensors and objects that are one of several, which one depends on tensors: changes reach the one that it is, as in JavaScript. */
import { grad } from 'kilnn/eager';
import { describe, expect, it } from 'vitest';
import { interpret } from '../../compiler/interpreter/index.js';
import { verifyGraph } from '../../compiler/ir/verify.js';
import { vjpGraph } from '../../compiler/passes/differentiate/index.js';
import { optimize } from '../../compiler/passes/index.js';
import { eagerArgument, expectClose, runEagerly, runGraph, runSource, vector } from './eager.js';
import { evaluateSource } from './evaluate.js';

/** Statements on x, a = x * 2 and b = x + 1, memory of their own, and s = the sum of x; they give a list of tensors. */
const programs: Readonly<Record<string, string>> = {
  'a write to the one that was chosen': 'const t = s > 0 ? a : b; t.add_(1); return [a, b, t];',
  'a write to one that may have been chosen': 'const t = s > 0 ? a : b; a.add_(1); const u = t.mul(3); b.mul_(2); return [a, b, t, u];',
  'writes to all of them in turn': 'const t = s > 0 ? a : b; t.mul_(2); a.add_(t); t.sub_(b); b.add_(t); return [a, b, t];',
  'a variable that one branch assigns': 'let t = a; if (s > 0) t = b; t.add_(1); return [a, b, t];',
  'a new tensor or an old one': 'let t = a; if (s > 0) t = x.mul(5); t.add_(1); a.mul_(2); t.add_(a); return [a, t];',
  'a choice of choices': `const t = s > 0 ? a : b; const u = x.mul(7); const v = m > 2 ? t : u; v.add_(1); t.mul_(2); u.sub_(v); return [a, b, u, v, t];`,
  'choices within branches': `let t = a; if (s > 0) { t = m > 2 ? b : t; t.add_(1); } else if (m < 0) t = b; t.mul_(3); return [a, b, t];`,
  'two choices among the same': `const t = s > 0 ? a : b, u = m > 2 ? a : b; t.add_(1); u.mul_(2); return [a, b, t, u];`,
  'views of the one that was chosen': `const t = s > 0 ? a : b; t.select(0, 1).fill_(9); const v = t.slice(0, { start: 1 }); a.mul_(2); v.add_(1); return [a, b, t, v];`,
  'a choice of views': `const t = s > 0 ? a.slice(0, { end: 2 }) : b.slice(0, { start: 1 }); t.add_(1); a.mul_(2); b.mul_(3); t.add_(t); return [a, b, t];`,
  'a choice of views of one tensor': `const t = s > 0 ? a.select(0, 0) : a.select(0, 2); t.add_(1); a.mul_(2); return [a, t];`,
  'views made in branches': `let t = a.slice(0, { end: 2 }); if (s > 0) { t = b.slice(0, { end: 2 }); t.mul_(2); } t.add_(1); a.add_(3); return [a, b, t];`,
  'a write in a branch': 'const t = s > 0 ? a : b; if (m > 2) t.add_(1); else a.mul_(2); return [a, b, t];',
  'a write in a loop': 'const t = s > 0 ? a : b; for (let i = 0; i < Math.abs(m); i++) { t.add_(i); a.mul_(0.5); } return [a, b, t];',
  'a choice in each turn':
    'for (let i = 0; i < Math.abs(m) + 1; i++) { const t = a.sum().item() > b.sum().item() ? a : b; t.mul_(-0.5); } return [a, b];',
  'a choice that turns carry':
    'let t = a; for (let i = 0; i < Math.abs(m) + 1; i++) { t.add_(1); if (i > 1) t = b; t.mul_(2); } return [a, b, t];',
  'exchanged in each turn':
    'let t = a, u = b; for (let i = 0; i < Math.abs(m); i++) { [t, u] = [u, t]; t.add_(1); } u.mul_(2); return [a, b, t, u];',
  'a new tensor in each turn':
    'let t = a; while (t.norm().item() > 1) { t.mul_(0.5); t = t.add(0.01); t.mul_(0.9); } t.add_(1); return [a, t];',
  'a list of them': 'const list = [a, b]; if (s > 0) list[0] = b; list[0]!.add_(1); list[1]!.mul_(2); return [a, b, ...list];',
  'an argument of the choice itself':
    'const list = [a, b]; for (let i = 0; i < Math.abs(m); i++) { a.sub_((i > s ? list[1]! : a).sub(a).atan()); list[1]!.mul_(0.9); } return [a, b];',
  'returned from a function':
    'const pick = (u: Tensor) => { if (s > 0) return a; return u; }; const t = pick(b); t.add_(1); pick(a).mul_(2); return [a, b, t];',
  'changed by a function':
    'const change = (u: Tensor) => { u.add_(1); return u; }; const t = change(s > 0 ? a : b); t.mul_(2); return [a, b, t];',
  'one place with what others hold': 'const o = { p: a, q: b }; if (s > 0) o.p = o.q; o.p.add_(1); o.q.mul_(2); return [a, b, o.p, o.q];',
  state: 'const t = s > 0 ? this.memory : a; t.add_(1); return [t, a, this.memory.mul(1)];',
  'handed on by a closure':
    'let t = a; const use = () => { t.add_(1); if (t.sum().item() > m) t = b; }; use(); use(); t.mul_(2); return [a, b, t];',
  'broken off':
    'let t = a; for (let i = 0; i < 4; i++) { if (a.sum().item() > 5) { t = b; break; } t.add_(1); if (m > 2) continue; t.mul_(0.7); } t.add_(10); return [a, b, t];',
  'returned from a loop':
    'const find = () => { for (let i = 0; i < 3; i++) { a.add_(1); if (a.sum().item() > 9) return a; if (m < 0) return x.mul(i); } return b; }; const t = find(); t.mul_(2); a.add_(1); return [a, b, t];',
  'nested loops':
    'const list = [a, b]; for (let i = 0; i < 3; i++) { for (let j = 0; j < Math.abs(m) % 3; j++) { const t = a.sum().item() > j ? list[1]! : list[0]!; t.add_(j); list[0] = i > s ? list[0]! : t; } a.mul_(0.8); } return [a, b, ...list];',
  'views of views in turns':
    'const t = s > 0 ? a : b; const v = t.reshape(3, 1).select(1, 0).slice(0, { end: 2 }); for (let i = 0; i < Math.abs(m); i++) { v.select(0, 1).add_(i); t.mul_(0.9); } return [a, b, t, v];',
  detached: 'const t = (s > 0 ? a : b).detach(); noGrad(() => t.add_(1)); return [a.mul(1), b.mul(2), t];',
};

const names = Object.keys(programs);
const classOf = (statements: string, index: number) => `@model() export class Net${index} extends nn.Module {
  memory = new nn.Buffer(ones([3]));
  run(x: Tensor<[3]>) { const a = x.mul(2), b = x.add(1), s = x.sum().item(), m = Math.floor(x.max().item()); ${statements} }
  @entry({ mode: 'train' }) total(x: Tensor<[3]>) { return this.run(x).map((v, i) => v.mul(v).sum().mul(i + 1)).reduce((v, w) => v.add(w)); }
}`;
const source = `import { entry, model, nn, noGrad, ones, type Tensor } from 'kilnn';\n${names.map((name, index) => classOf(programs[name]!, index)).join('\n')}`;
const inputs = [
  [1, 2, 3],
  [-1, -2, -3],
  [0.1, 0.2, -0.1],
  [4, -3, 1.5],
  [-4, 3, 0.5],
];

describe('tensors that are one of several', () => {
  const evaluation = evaluateSource(source, { typeCheck: false });
  const classes = runSource(source);

  it.each(names)('%s', (name) => {
    const index = names.indexOf(name);
    const [from, to] = [`class Net${index} `, `class Net${index + 1} `].map((text) => source.indexOf(text));
    const problems = evaluation.diagnostics.filter(({ span }) => span && span.start >= from! && (to! < 0 || span.start < to!));
    expect(problems.map(({ message }) => message)).toEqual([]);
    const model = evaluation.models.find((candidate) => candidate.name === `Net${index}`)!;
    for (const values of inputs) {
      expectClose(runGraph(model, 'total', [vector(...values)]), runEagerly(classes[`Net${index}`]!, 'total', [vector(...values)], true));
    }
    const { graph } = vjpGraph(verifyGraph(model.entries.find((entry) => entry.name === 'total')!.graph), {
      outputs: ['result'],
      withRespectTo: ['x'],
    });
    for (const values of inputs) {
      const x = eagerArgument(vector(...values)).requiresGrad_();
      const [gradient] = grad(new classes[`Net${index}`]!().total!(x) as typeof x, [x]);
      const given = new Map([
        ['x', { dtype: 'f32' as const, shape: [3], data: Float32Array.from(values) }],
        ['memory', { dtype: 'f32' as const, shape: [3], data: Float32Array.of(1, 1, 1) }],
        ['cotangent.result', { dtype: 'f32' as const, shape: [], data: Float32Array.of(1) }],
      ]);
      for (const each of [graph, verifyGraph(optimize(graph))]) {
        const outputs = interpret(each, given, { precision: 'f32' });
        const name = each.outputs.find(({ role }) => role === 'gradient')!.name;
        expectClose([[...outputs.get(name)!.data]], [[...(gradient!.data() as Float32Array)]]);
      }
    }
  });
});
