import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateProgram, type Outcome } from './evaluate.js';
import { runInNode } from './javascript.js';

/**
 * Random host programs: expressions over a few variables of every kind, in statements that branch, loop, destructure, throw and
 * call. Loops are bounded by construction. What evaluation makes of a program has to be what JavaScript makes of it.
 */
const names = ['a', 'b', 'c', 'd'] as const;
const literal = fc.oneof(
  fc.integer({ min: -20, max: 20 }).map(String),
  fc.constantFrom(
    '0',
    '-0',
    '1.5',
    'NaN',
    'Infinity',
    "''",
    "'x'",
    "'10'",
    "'abc'",
    'true',
    'false',
    'null',
    'undefined',
    '[]',
    '[1, 2, 3]',
    '{ x: 1, y: [2] }',
    '3n',
  ),
);
const binary = [
  '+',
  '-',
  '*',
  '/',
  '%',
  '<',
  '<=',
  '>',
  '>=',
  '===',
  '!==',
  '==',
  '!=',
  '&&',
  '||',
  '&',
  '|',
  '^',
  '<<',
  '>>',
  '>>>',
  ',',
] as const;

const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const e = tie('expression');
  return {
    expression: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'expression' },
      literal,
      fc.constantFrom(...names),
      fc.tuple(e, fc.constantFrom(...binary), e).map(([l, op, r]) => `(${l} ${op} ${r})`),
      fc.tuple(fc.constantFrom('!', '-', '+', '~', 'typeof ', 'void '), e).map(([op, x]) => `(${op}(${x}))`),
      fc.tuple(e, e, e).map(([c, t, f]) => `(${c} ? ${t} : ${f})`),
      fc.tuple(e, e).map(([x, y]) => `(${x} ?? ${y})`),
      fc.tuple(e, fc.constantFrom('x', 'y', 'length', '0', 'at')).map(([x, key]) => `(${x})?.[${JSON.stringify(key)}]`),
      fc
        .tuple(fc.constantFrom(...names), fc.constantFrom('=', '+=', '-=', '*=', '??=', '||=', '&&='), e)
        .map(([n, op, x]) => `(${n} ${op} ${x})`),
      fc.constantFrom(...names).map((n) => `${n}++`),
      fc.array(e, { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
      fc.tuple(e, e).map(([x, y]) => `({ x: ${x}, ['y' + 1]: ${y}, ...${x} })`),
      e.map((x) => `((p = ${x}, ...q) => [p, q.length])(${x}, 1)`),
      e.map((x) => `[...(Array.isArray(${x}) ? [1] : 'ab')].map((v, i) => [v, i])`),
      e.map((x) => `String(${x})`),
      e.map((x) => `\`<\${${x}}>\``),
    ),
  };
});

const { statement } = fc.letrec<{ statement: string }>((tie) => {
  const block = fc.array(tie('statement'), { maxLength: 3 }).map((statements) => `{ ${statements.join(' ')} }`);
  const e = expression;
  return {
    statement: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'statement' },
      fc.tuple(fc.constantFrom(...names), e).map(([n, x]) => `${n} = ${x};`),
      e.map((x) => `log.push(${x});`),
      fc.tuple(e, block, block).map(([c, t, f]) => `if (${c}) ${t} else ${f}`),
      fc.tuple(fc.integer({ min: 0, max: 3 }), block).map(([n, b]) => `for (let i = 0; i < ${n}; i++) ${b}`),
      fc.tuple(e, block).map(([x, b]) => `for (const v of Array.isArray(${x}) ? [1, 2] : 'pq') { log.push(v); ${b} }`),
      fc.tuple(e, block).map(([x, b]) => `for (const k in Object(${x})) { log.push(k); ${b} if (log.length > 50) break; }`),
      fc
        .tuple(block, block, fc.boolean())
        .map(
          ([b, c, last]) =>
            `try ${b} catch (error) { log.push(error instanceof Error ? error.name : error); ${c} }${last ? " finally { log.push('f'); }" : ''}`,
        ),
      e.map((x) => `throw ${x};`),
      fc.tuple(e, block, block).map(([x, b, c]) => `switch (${x}) { case 1: ${b} case 'x': ${c} break; default: log.push('default'); }`),
      fc.tuple(e, e).map(([x, y]) => `{ const { x: p = ${x}, ...rest } = Object(${y}); log.push(p, Object.keys(rest).length); }`),
      fc.tuple(e, block).map(([x, b]) => `{ class K { f = ${x}; m() { ${b} return this.f; } static s = 1; } log.push(new K().m()); }`),
      e.map((x) => `{ function* g() { const r = yield ${x}; yield r; } log.push(...g()); }`),
    ),
  };
});

const program = fc.array(statement, { minLength: 1, maxLength: 6 }).map(
  (statements) => `// @ts-nocheck
const log: any[] = []; let a: any = 1, b: any = 'b', c: any = [1, { x: 2 }], d: any;
try { ${statements.join('\n')} } catch (error) { log.push('uncaught', error instanceof Error ? error.name : error); }
export const result = [log, a, b, c, d];`,
);

function text(outcome: Outcome): string {
  return 'result' in outcome ? outcome.result : `${outcome.diagnostic.code} ${outcome.diagnostic.message}`;
}

const RUNS = 20;
const BATCH = 25;

describe('random programs', () => {
  it('are evaluated as JavaScript runs them', () => {
    // Programs go to Node in batches: starting it takes longer than running them.
    fc.assert(
      fc.property(fc.array(program, { minLength: 1, maxLength: BATCH }), (list) => {
        const judged = runInNode(Object.fromEntries(list.map((source, index) => [String(index), { 'main.ts': source }])));
        for (const [index, source] of list.entries()) expect(text(evaluateProgram(source)), source).toBe(judged[String(index)]);
      }),
      { numRuns: RUNS },
    );
  });
});
