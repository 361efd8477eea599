/**
 * Random methods with nested control flow on tensors, as source text. All tensors hold whole numbers of at most two digits, so
 * that f32, i32 and JavaScript's own numbers agree exactly and every condition is decided alike.
 */
import fc from 'fast-check';

const tensors = ['a', 'b', 'o.t', 'list[0]', 'list[1]'] as const;
const numbers = ['n', 'k', 'o.v'] as const;

interface Expressions {
  tensor: string;
  number: string;
  condition: string;
}

const { tensor, number, condition } = fc.letrec<Expressions>((tie) => {
  const [t, n, c] = [tie('tensor'), tie('number'), tie('condition')];
  return {
    tensor: fc.oneof(
      { maxDepth: 2, depthIdentifier: 'expression' },
      fc.constantFrom(...tensors),
      fc.tuple(t, t).map(([x, y]) => `keep(${x}.add(${y}))`),
      fc.tuple(t, n).map(([x, y]) => `keep(${x}.add(${y}))`),
      t.map((x) => `keep(${x}.mul(2))`),
      t.map((x) => `${x}.neg()`),
      t.map((x) => `${x}.mul(0.5).floor()`),
      fc.tuple(c, t, t).map(([test, x, y]) => `(${test} ? ${x} : ${y})`),
      fc.tuple(t, n).map(([x, at]) => `keep(${x}.add(${x}.select(0, Math.abs(${at}) % 3)))`),
    ),
    number: fc.oneof(
      { maxDepth: 2, depthIdentifier: 'expression' },
      fc.integer({ min: -3, max: 5 }).map(String),
      fc.constantFrom(...numbers),
      t.map((x) => `${x}.sum().item()`),
      t.map((x) => `${x}.max().item()`),
      fc.tuple(n, fc.constantFrom('+', '-', '*'), n).map(([x, op, y]) => `bound(${x} ${op} (${y}))`),
      n.map((x) => `(${x} % 4)`),
      n.map((x) => `Math.floor(${x} / 2)`),
      fc.tuple(n, n).map(([x, y]) => `Math.max(${x}, ${y})`),
      fc.tuple(c, n, n).map(([test, x, y]) => `(${test} ? ${x} : ${y})`),
      n.map((x) => `bump(${x})`),
    ),
    condition: fc.oneof(
      { maxDepth: 2, depthIdentifier: 'expression' },
      fc.constant('flag'),
      fc.tuple(n, fc.constantFrom('<', '<=', '>', '>=', '===', '!=='), n).map(([x, op, y]) => `${x} ${op} ${y}`),
      fc.tuple(c, c).map(([x, y]) => `(${x} && ${y})`),
      fc.tuple(c, c).map(([x, y]) => `(${x} || ${y})`),
      c.map((x) => `!(${x})`),
      n.map((x) => `Boolean(${x})`),
    ),
  };
});

const { statement } = fc.letrec<{ statement: string }>((tie) => {
  const block = fc.array(tie('statement'), { maxLength: 3 }).map((list) => `{ ${list.join(' ')} }`);
  const name = fc.integer({ min: 0, max: 1e9 }).map((id) => `v${id}`);
  return {
    statement: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'statement' },
      fc.tuple(fc.constantFrom(...tensors), tensor).map(([x, value]) => `${x} = ${value};`),
      fc.tuple(fc.constantFrom(...numbers), number).map(([x, value]) => `${x} = bound(${value});`),
      fc.tuple(fc.constantFrom('+=', '-='), number).map(([op, value]) => `n ${op} bound(${value}) % 7; n = bound(n);`),
      condition.map((value) => `flag = ${value};`),
      fc.tuple(tensor, number).map(([x, value]) => `a = ${x}.clone(); a.add_(${value}); a = keep(a);`),
      fc.tuple(condition, block, block).map(([test, x, y]) => `if (${test}) ${x} else ${y}`),
      fc.tuple(condition, block).map(([test, x]) => `if (${test}) ${x}`),
      fc.tuple(name, number, block).map(([i, limit, x]) => `for (let ${i} = 0; ${i} < Math.abs(${limit}) % 4; ${i}++) ${x}`),
      fc.tuple(name, condition, block).map(([i, test, x]) => `let ${i} = 3; while (${test} && ${i}-- > 0) ${x}`),
      fc.tuple(name, condition, block).map(([i, test, x]) => `let ${i} = 0; do { ${i}++; ${x} } while (${test} && ${i} < 3);`),
      fc.tuple(name, block).map(([i, x]) => `for (const ${i} of [1, 2]) { n = bound(n + ${i}); ${x} }`),
      fc
        .tuple(condition, fc.constantFrom('break', 'continue'))
        .map(([test, jump]) => `for (;;) { if (${test}) ${jump === 'break' ? 'break' : '{ k = 1; break; }'}; k = 2; break; }`),
      fc
        .tuple(name, condition, condition, block, block)
        .map(
          ([i, first, second, x, y]) => `for (let ${i} = 0; ${i} < 4; ${i}++) { if (${first}) break; ${x} if (${second}) continue; ${y} }`,
        ),
      fc.tuple(name, condition, block, block).map(([i, test, x, y]) => `${i}: { ${x} if (${test}) break ${i}; ${y} }`),
      fc.tuple(number, block, block, block).map(([x, p, q, r]) => `switch (${x} % 3) { case 0: ${p} case 1: ${q} break; default: ${r} }`),
      condition.map((test) => `if (${test}) return all();`),
      fc.tuple(condition, block).map(([test, x]) => `try { if (${test}) ${x} } finally { k = bound(k + 1); }`),
      fc
        .tuple(condition, tensor, tensor)
        .map(([test, x, y]) => `o = ${test} ? { t: ${x}, v: o.v } : { v: 1, ...{ t: ${y} } } && { t: ${y}, v: 1 };`),
    ),
  };
});

/** A class `Net` whose `forward` takes `x: Tensor<[3]>` and gives a list of tensors. */
export const randomMethod = fc.array(statement, { minLength: 1, maxLength: 5 }).map(
  (statements) => `forward(x: Tensor<[3]>) {
  let a = x, b = x.neg(), n = 1, k = 2, flag = false, o = { t: x, v: 0 };
  const list = [x, x.add(1)];
  const keep = (t: Tensor) => t.clamp(-60, 60);
  const bound = (v: number) => Math.max(-90, Math.min(90, v));
  const all = () => [a, b, o.t, list[0]!, list[1]!, x.mul(0).add(n), x.mul(0).add(k), x.mul(0).add(o.v), x.mul(0).add(flag ? 1 : 0)];
  const bump = (v: number) => { n = bound(n + 1); if (v > 2) return n; b = keep(b.add(v)); return -v; };
  ${statements.join('\n  ')}
  return all();
}`,
);
