/**
 * A program for each row of compiler/frontend/LANGUAGE.md, by the row's title. Where the page says yes the program exports
 * `result`, which has to be what JavaScript makes of it; where it says no, evaluating the program has to give the code.
 * A program of several files has `main.ts` and others.
 */
export type Program = string | Readonly<Record<string, string>>;

export const programs: Readonly<Record<string, Program>> = {
  // Literals and names
  'number literals': `export const result = [0, -0, 1.5, 1e3, 0x1f, 0b101, 0o17, 1_000_000, .5, 5e-324, 1e309];`,
  'bigint literals': `export const result = [10n ** 20n, -7n / 2n, 5n & 3n, typeof 1n, 1n < 2, 2n == 2];`,
  'string literals': `export const result = ['a\\n\\u00e9\\x41', "it's", 'caf\\u{1F600}'.length, 'abc'[1]];`,
  'booleans, null, undefined': `export const result = [true, false, null, undefined, void 0, typeof null];`,
  'regular expressions': `const m = /(?<y>\\d{4})-(\\d+)/u.exec('on 2026-11');
    export const result = [m?.[0], m?.groups?.y, 'a1b22'.replace(/\\d+/g, (d) => '<' + d + '>'), 'a,b;c'.split(/[,;]/), /x/i.test('X')];`,
  'template strings': 'const n = 3; export const result = [`a${n}b${n + 1}`, `${[1, 2]} ${{}} ${null}`, `x\\ny`, String.raw`a\\n${n}`];',
  'tagged templates': `function tag(parts: TemplateStringsArray, ...values: unknown[]) { return [parts.join('|'), parts.raw[0], values.length, values]; }
    const o = { p: '!', t(parts: TemplateStringsArray) { return parts[0] + this.p; } };
    export const result = [tag\`a\\n\${1}b\${2}\`, o.t\`hi\`];`,
  'array literals': `export const result = [[1, 2, 3], [, 1], [1, , 2].length, 1 in [1, , 2], [...'héy', ...new Set([1, 1, 2])], [[]]];`,
  'object literals': `const a = 1, key = 'k' + 2;
    export const result = [{ a, [key]: 3, 'quoted name': 4, 7: 'seven', m() { return this.a; } , a2: a }, { ...{ x: 1, y: 2 }, y: 3 }, { ...'ab', ...null }, Object.keys({ b: 1, 2: 1, a: 1, 1: 1 })];`,
  'getters and setters in objects': `const o = { v: 1, get double() { return this.v * 2; }, set double(x: number) { this.v = x / 2; } }; o.double = 10;
    export const result = [o.v, o.double, Object.keys(o)];`,
  'names and closures': `let count = 0; const next = () => ++count; next(); next();
    const makers = [1, 2].map((n) => () => n * 10); export const result = [count, makers.map((f) => f())];`,
  this: `class A { v = 5; f = () => this.v; g() { return this.v; } static s() { return this.name; } }
    const { f } = new A(); const o = { g: new A().g, v: 7 }; export const result = [f(), o.g(), A.s()];`,

  // Operators
  arithmetic: `export const result = [7 % 3, -7 % 3, 2 ** 10, 7 / 2, -7 / 0, 0 / 0, 1 / -Infinity, 0.1 + 0.2, '3' * ('4' as any), +'12', -'x', 5 - (true as any)];`,
  'string concatenation': `export const result = ['a' + 1, 1 + 2 + 'x', 'x' + 1 + 2, '' + null + undefined + true + [1, 2] + {}];`,
  comparison: `export const result = [1 < 2, 'a' < 'b', 'B' < 'a', NaN >= NaN, null >= (0 as any), '10' < '9', ('10' as any) < 9, undefined < (1 as any)];`,
  equality: `export const result = [1 === 1, NaN === NaN, '1' == (1 as any), null == undefined, null === (undefined as any), [] == ('' as any), {} === ({} as any), -0 === 0];`,
  bitwise: `export const result = [5 & 3, 5 | 3, 5 ^ 3, ~5, 1 << 31, -1 >>> 0, -8 >> 1, 2 ** 33 | 0];`,
  logical: `const log: number[] = []; const t = (n: number, v: unknown) => (log.push(n), v);
    export const result = [t(1, 0) && t(2, 1), t(3, 'a') || t(4, 'b'), t(5, null) ?? t(6, 7), t(8, 0) ?? 9, !'' , log];`,
  'conditional operator': `const f = (n: number) => (n > 0 ? 'pos' : n < 0 ? 'neg' : 'zero'); export const result = [f(1), f(-1), f(0)];`,
  assignment: `let a = 1; let b; a += 2; a *= 3; a -= 1; a /= 2; a **= 2; a %= 7; b = a; a <<= 2; a >>= 1; a |= 8; a &= 12; a ^= 5; a >>>= 1;
    const o: any = { n: 1, s: 'a' }; o.n += 5; o['s'] += 'b'; export const result = [a, b, o, (b = 3, b + 1)];`,
  'logical assignment': `let a: any = 0, b: any = 1, c: any = null; let calls = 0; const f = () => (calls++, 5);
    a ||= f(); b ||= f(); c ??= f(); b &&= f(); const o: any = { get x() { calls += 10; return 1; } }; o.x ??= f(); export const result = [a, b, c, calls];`,
  'increment and decrement': `let i = 1; const o = { n: 5, s: '3' as any }; const a = [1, 2]; export const result = [i++, ++i, i--, --i, o.n++, --o.n, o.s++, o.s, a[0]++, a];`,
  'optional chaining': `const o: any = { a: { b: () => 7, c: null, m() { return this.b; } } }; let hits = 0; const k = () => (hits++, 'b');
    export const result = [o?.a?.b(), o.x?.y.z.w, o.a.c?.[k()], o.a.x?.(), o.x?.[k()].q(), hits, o?.a?.m() === o.a.b, (o?.a).b(), delete o?.a?.c, o.a.x?.y!.z];`,
  'spread in calls': `const f = (...x: number[]) => x.join('-'); export const result = [f(...[1, 2], 3, ...new Set([4])), Math.max(...[3, 9, 2]), new Array(...[1, 2, 3])];`,
  'typeof, instanceof, in': `class A {} class B extends A {} const x: any = new B();
    export const result = [typeof 1, typeof '', typeof {}, typeof (() => 1), typeof A, typeof undefinedName, typeof Symbol(), x instanceof A, [] instanceof Array, x instanceof Map, 'a' in { a: 1 }, 'b' in { a: 1 }, 0 in ['x']];
    declare const undefinedName: unknown;`,
  delete: `const o: any = { a: 1, b: 2 }; delete o.a; delete o['c']; export const result = [o, Object.keys(o), 'a' in o];`,
  'void and comma': `let a = 0; const x = (a++, a++, a); export const result = [x, void a++, a];`,
  'new': `class P { constructor(public x = 1, public y = 2) {} } export const result = [new P(), new P(5), new P(...([7, 8] as const)), new Map([[1, 2]]).get(1), new Array(3).length];`,
  await: `export const result = await 1;`,
  'dynamic import': `const x = import('./other'); export const result = x;`,
  'import.meta': `export const result = import.meta.url;`,

  // Functions
  'function declarations': `export const result = [twice(4), even(10), twice.length, twice.name]; function twice(x: number) { return x * 2; }
    function even(n: number): boolean { return n === 0 ? true : odd(n - 1); } function odd(n: number): boolean { return n === 0 ? false : even(n - 1); }`,
  'function expressions': `const fact = function f(n: number): number { return n < 2 ? 1 : n * f(n - 1); }; const g = function () { return typeof this; } as any;
    export const result = [fact(6), fact.name, g.call(5), g.name];`,
  'arrow functions': `const add = (a: number) => (b: number) => a + b; const o = { v: 1, f() { return [1].map((x) => x + this.v); } }; export const result = [add(1)(2), o.f(), add.name, (() => {}).name, (() => ({ a: 1 }))()];`,
  'default, optional and rest parameters': `function f(a: number, b = a * 2, c?: number, ...d: number[]) { return [a, b, c, d]; }
    export const result = [f(1), f(1, undefined, 3), f(1, 2, 3, 4, 5), f.length, ((...x: number[]) => x.length)(1, 2)];`,
  'destructuring parameters': `const f = ({ a, b: { c = 5 } = {} }: { a: number; b?: { c?: number } }, [x, , y = 9]: number[]) => [a, c, x, y]; export const result = [f({ a: 1 }, [1, 2]), f({ a: 1, b: { c: 2 } }, [3, 4, 5])];`,
  arguments: `function f() { const g = () => arguments.length; return [arguments.length, [...arguments], g()]; } export const result = (f as any)(1, 2, 3);`,
  'call, apply, bind': `function f(this: any, a: number, b: number) { return [this.v, a, b]; } const g = f.bind({ v: 3 }, 4);
    export const result = [f.call({ v: 1 }, 2, 3), f.apply({ v: 2 }, [5, 6]), g(5), g.name, [].slice.call({ length: 2, 0: 'p', 1: 'q' } as any)];`,
  overloads: `function f(x: number): number; function f(x: string): string; function f(x: any): any { return x + x; } export const result = [f(1), f('a')];`,
  'immediately called functions': `export const result = [(() => 1)(), (function () { return 2; })(), new (class { x = 3; })().x];`,
  recursion: `const depth = (n: number): number => (n === 0 ? 0 : 1 + depth(n - 1)); const fib = (n: number): number => (n < 2 ? n : fib(n - 1) + fib(n - 2)); export const result = [depth(400), fib(15)];`,
  'endless recursion': `const f = (): number => f(); export const result = f();`,
  generators: `function* count(n: number) { for (let i = 0; i < n; i++) { const got: unknown = yield i; if (got === 'stop') return 'stopped'; } return 'done'; }
    function* both() { const r = yield* count(2); yield r; yield* [7, 8]; } const it = count(5);
    class Tree { constructor(readonly kids: Tree[], readonly v: number) {} *[Symbol.iterator](): Generator<number> { yield this.v; for (const kid of this.kids) yield* kid; } }
    const log: string[] = []; function* guarded() { try { yield 1; yield 2; } finally { log.push('closed'); } } for (const x of guarded()) { if (x === 1) break; }
    export const result = [[...both()], it.next(), it.next('go' as never), it.next('stop' as never), it.next(), [...new Tree([new Tree([], 2), new Tree([new Tree([], 4)], 3)], 1)], log];`,
  'yield within a larger expression': `function* f() { const x = 1 + (yield 2); return x; } const it = f(); export const result = [it.next()];`,
  'async functions': `async function f() { return 1; } export const result = f();`,

  // Classes
  fields: `const log: string[] = []; const t = (s: string) => (log.push(s), s); class A { a = t('a'); b; ['c' + 1] = t('c'); static s = t('s'); d = this.a + '!'; }
    const x = new A(); export const result = [x, Object.keys(x), log, A.s, 'b' in x];`,
  methods: `class A { v = 2; m(x: number) { return this.v * x; } ['comp' + 'uted']() { return 1; } 'quoted'() { return 2; } 3() { return 3; } }
    const a: any = new A(); export const result = [a.m(4), a.computed(), a.quoted(), a[3](), Object.keys(a), A.prototype.m.name];`,
  'constructors and parameter properties': `class P { z = 0; constructor(public x: number, protected y = 2, readonly w?: string) { this.z = x + y; } sum() { return this.x + this.y; } }
    const p = new P(1); export const result = [p, Object.keys(p), p.sum(), P.length];`,
  'inheritance and super': `class A { n = 'a'; constructor(readonly v: number) {} hi() { return 'A' + this.v; } static make() { return new this(1); } get who() { return 'who' + this.n; } }
    class B extends A { override n = 'b'; extra = this.v * 2; constructor(v: number) { const w = v + 1; super(w); this.extra++; } override hi() { return super.hi() + 'B'; } override get who() { return super.who + '!'; } static override make() { return super.make(); } }
    class C extends B {} const c = new C(4); export const result = [c, c.hi(), c.who, B.make() instanceof B, c instanceof A, C.name, Object.getPrototypeOf(C) === B, c.constructor.name];`,
  accessors: `class A { private _v = 1; get v() { return this._v; } set v(x) { this._v = x * 2; } static get s() { return 's'; } } const a = new A(); a.v = 5; a.v += 1; export const result = [a.v, A.s, Object.keys(a), 'v' in a];`,
  'static members and blocks': `class A { static count = 0; static list: string[]; static { this.list = ['x']; A.count += 1; } static inc() { return ++A.count; } } class B extends A { static override count = 10; } export const result = [A.count, A.inc(), B.count, B.inc(), B.list === A.list];`,
  'private names': `class A { #v = 1; static #n = 0; #m() { return this.#v; } get #g() { return this.#v * 10; } set #g(x) { this.#v = x; } bump() { this.#v += 5; this.#v++; A.#n++; this.#g = this.#g + 1; return [this.#m(), this.#g, A.#n]; } static has(x: any) { return #v in x; } }
    let error = ''; try { (A.prototype.bump as any).call({}); } catch (e) { error = (e as Error).name; } const a = new A(); export const result = [a.bump(), A.has(a), A.has({}), Object.keys(a), error];`,
  'abstract classes and interfaces': `interface Shape { area(): number } abstract class Base implements Shape { abstract area(): number; describe() { return this.constructor.name + this.area(); } } class Sq extends Base { constructor(readonly s: number) { super(); } area() { return this.s ** 2; } } export const result = new Sq(3).describe();`,
  'class expressions': `const A = class { x = 1; }; const B = class Named extends A { static n = Named.name; }; const mixin = (Base: new () => A) => class extends Base { y = 2; }; export const result = [A.name, B.name, B.n, new (mixin(B))(), new (class { z = 3; })()];`,
  'classes that extend built-ins': `class Stack extends Array<number> { peek() { return this[this.length - 1]; } } class E extends Error { constructor(m: string, readonly extra = 1) { super(m); this.name = 'E'; } } class M extends Map<string, number> { inc(k: string) { this.set(k, (this.get(k) ?? 0) + 1); return this; } }
    const s = new Stack(); s.push(1, 2); const m = new M().inc('a').inc('a'); let caught: any; try { throw new E('bad'); } catch (e) { caught = e; }
    export const result = [s.peek(), s.length, s instanceof Array, m.get('a'), m.size, caught.message, caught.extra, caught instanceof E, caught instanceof Error, String(caught)];`,
  'toString, valueOf, Symbol members': `class A { toString() { return 'A!'; } valueOf() { return 42; } get [Symbol.toStringTag]() { return 'Tag'; } } class P { [Symbol.toPrimitive](hint: string) { return hint === 'number' ? 7 : hint; } } class I { static [Symbol.hasInstance](x: unknown) { return x === 1; } }
    const a: any = new A(), p: any = new P(); export const result = [\`\${a}\`, a + 1, a * 2, a > 41, \`\${p}\`, +p, p + '', (1 as any) instanceof I, [a] + ''];`,
  'new.target': `class A { who = new.target?.name; kind: string; constructor() { this.kind = new.target.name; } } class B extends A {} export const result = [new A().kind, new B().kind];`,
  'decorators of kilnn': `import { nn, model, loss } from 'kilnn'; @model() export class M extends nn.Module { @loss objective() { return 1; } } export const result = [M.name, typeof M.prototype.objective];`,
  'other decorators': `function log(target: unknown, context: unknown) {} @log class A {} export const result = A.name;`,
  'accessor fields': `class A { accessor x = 1; } export const result = new A().x;`,

  // Statements
  'let, const, var': `var a = 1; { let a = 2; var b = a; } const f = () => h; var h = 3; let early = ''; try { late; } catch (e) { early = (e as Error).name; } let late = 1; let constant = ''; const k: any = 1; try { (k as any) = 2; } catch (e) { constant = (e as Error).name; } export const result = [a, b, f(), early, constant, late];`,
  destructuring: `const [a, [b = 2, ...c], , d = a] = [1, [undefined, 3, 4], 9] as any; const { x, y: { z = 5, ...rest }, ['k' + 1]: k, ...others } = { x: 1, y: { q: 2, r: 3 }, k1: 7, m: 8, n: 9 } as any;
    let p = 1, q = 2; [p, q] = [q, p]; const o: any = {}; ({ a: o.one, b: o['two'] = 6 } = { a: 5 } as any); [o.three, ...o.rest] = 'xyz'; let s, t; ({ s, t = 4 } = { s: 3 } as any); const [m] = new Map([[1, 2]]); export const result = [a, b, c, d, x, z, rest, k, others, p, q, o, s, t, m];`,
  'if and else': `const f = (n: number) => { if (n > 10) return 'big'; else if (n > 5) { return 'mid'; } return 'small'; }; export const result = [f(11), f(6), f(1)];`,
  for: `const fs: (() => number)[] = []; for (let i = 0, n = 3; i < n; i++) { if (i === 1) continue; fs.push(() => i); } let total = 0; for (var j = 0; ; j += 2) { if (j > 6) break; total += j; } export const result = [fs.map((f) => f()), total, j];`,
  'for of': `const out: unknown[] = []; for (const [k, v] of new Map([['a', 1], ['b', 2]])) out.push(k, v); for (const c of 'h😀') out.push(c); for (let x of [1, 2, 3]) { x *= 2; if (x === 4) continue; out.push(x); } const o: any = {}; for (o.last of [7, 8]); for (const { a = 1 } of [{}, { a: 2 }]) out.push(a); for (const [i, x] of ['p', 'q'].entries()) out.push(i, x); export const result = [out, o];`,
  'for in': `class A { own = 1; } const keys: string[] = []; for (const k in { b: 1, 2: 1, a: 1, 1: 1 }) keys.push(k); for (const i in ['x', 'y']) keys.push(i); for (const k in new A()) keys.push(k); for (const k in null as any) keys.push(k); export const result = keys;`,
  'while and do while': `let n = 0; while (true) { n++; if (n === 3) continue; if (n > 5) break; } let m = 0; do { m++; } while (m < 3); do m += 10; while (false); export const result = [n, m];`,
  'labels, break, continue': `const out: number[] = []; outer: for (let i = 0; i < 4; i++) { inner: for (let j = 0; j < 4; j++) { if (j === 2) continue outer; if (i === 2) break outer; if (j === 1) continue inner; out.push(i * 10 + j); } } block: { if (out.length) break block; out.push(99); } export const result = out;`,
  switch: `const f = (x: unknown) => { const out: string[] = []; switch (x) { case 1: out.push('one'); case 2: { out.push('two'); break; } default: out.push('other'); case 'a': let y = 5; out.push('a' + y); } return out.join(); }; export const result = [f(1), f(2), f(3), f('a'), f('1')];`,
  'throw, try, catch, finally': `const log: unknown[] = []; const f = (n: number) => { try { if (n === 0) return 'try'; if (n === 1) throw new RangeError('one'); if (n === 2) (undefined as any).x; null!; return [].reduce((a) => a) as any; } catch (e) { log.push((e as Error).name, (e as Error).message); if (n === 2) throw 'again'; return 'catch'; } finally { log.push('finally' + n); if (n === 3) return 'override'; } };
    let again: unknown; try { f(2); } catch (e) { again = e; } let bare = 0; try { throw 1; } catch { bare = 1; } export const result = [f(0), f(1), f(3), log.filter((x) => typeof x !== 'string' || !x.startsWith('Cannot')), again, bare];`,
  'uncaught errors': `const f = () => { throw new RangeError('too far'); }; f();`,
  'empty statements, debugger': `;;; debugger; export const result = 1;`,
  'endless loops': `let n = 0; while (true) n++; export const result = n;`,
  using: `using x = { [Symbol.dispose]() {} } as any; export const result = 1;`,
  'for await': `for await (const x of [1]) {} export const result = 1;`,

  // Modules
  'named imports and exports': {
    'main.ts': `import { a, b as c, bump } from './other.js'; const before = a; bump(); export const result = [before, a, c];`,
    'other.ts': `export let a = 1; const b = 2; export { b }; export function bump() { a += 10; }`,
  },
  'default imports and exports': {
    'main.ts': `import F, { x } from './other.js'; import v from './value.js'; export const result = [F(2), typeof F, x, v];`,
    'other.ts': `export default function (n: number) { return n * 2; } export const x = 1;`,
    'value.ts': `export default { a: 1 };`,
  },
  'namespace imports': {
    'main.ts': `import * as m from './other.js'; export const result = [m.a, m.f(), Object.keys(m), 'z' in m, typeof m];`,
    'other.ts': `export const b = 2, a = 1; export function f() { return a + b; } export type T = number;`,
  },
  're-exports': {
    'main.ts': `import { a, renamed, ns, own, def } from './all.js'; export const result = [a, renamed, ns.a, own, def];`,
    'all.ts': `export * from './one.js'; export { b as renamed, default as def } from './one.js'; export * as ns from './one.js'; export const own = 5;`,
    'one.ts': `export const a = 1, b = 2; export default 3; export const own = 4;`,
  },
  'cyclic imports': {
    'main.ts': `import { isEven } from './even.js'; export const result = [isEven(10), isEven(7)];`,
    'even.ts': `import { isOdd } from './odd.js'; export function isEven(n: number): boolean { return n === 0 || isOdd(n - 1); }`,
    'odd.ts': `import { isEven } from './even.js'; export const isOdd = (n: number): boolean => n !== 0 && isEven(n - 1);`,
  },
  'type imports': {
    'main.ts': `import type { T } from './types.js'; import { type U, value } from './types.js'; const t: T = { n: value }; const u: U = 1; export const result = [t, u];`,
    'types.ts': `export interface T { n: number } export type U = 1; export const value = 3;`,
  },
  'order of evaluation': {
    'main.ts': `import { log } from './log.js'; import './a.js'; import './b.js'; log.push('main'); export const result = log;`,
    'log.ts': `export const log: string[] = [];`,
    'a.ts': `import { log } from './log.js'; import './b.js'; log.push('a');`,
    'b.ts': `import { log } from './log.js'; log.push('b');`,
  },
  'imports without source': `import { readFileSync } from 'node:fs'; export const result = readFileSync('x');`,
  'export =': `const x = 1; export = x;`,

  // TypeScript
  'types, interfaces, generics': `type Pair<A, B = A> = readonly [A, B]; interface Box<T> { readonly value: T; map<U>(f: (x: T) => U): Box<U> } const box = <T,>(value: T): Box<T> => ({ value, map: (f) => box(f(value)) }); const p: Pair<number> = [1, 2]; declare const ghost: number; export const result = [box(2).map((x) => x + p[1]).value];`,
  'as, satisfies, !, type assertions': `const a = { x: 1 } as { x: number; y?: number }; const b = [1, 2] as const satisfies readonly number[]; export const result = [a!.x, (a as any).z, b[1], (<number>(a.x as unknown)) + 1, (a.x as number)++, a];`,
  enums: `enum Color { Red, Green = 5, Blue, Half = Green / 2 } enum Text { A = 'a', B = 'b' } const enum K { One = 1, Two = One << 1 } enum Color { More = 9 } export const result = [Color.Blue, Color[5], Color, Text.B, Object.keys(Text), K.Two];`,
  'optional and readonly members': `class A { readonly r = 1; o?: number; definite!: string; declare ghost: number; } export const result = [new A(), Object.keys(new A())];`,
  namespaces: `namespace N { export const x = 1; } export const result = N.x;`,
  'import x = require()': `import x = require('./other'); export const result = x;`,

  // Built-ins
  Array: `const a = [3, 1, 2]; export const result = [a.map((x, i) => x * i), a.filter((x) => x > 1), a.reduce((s, x) => s + x), a.reduceRight((s, x) => s + x, ''), [...a].sort(), [...a].sort((x, y) => y - x), a.slice(-2), a.concat([4], 5 as any), a.indexOf(2), a.includes(NaN), a.find((x) => x < 3), a.findLast((x) => x < 3), a.findIndex((x) => x === 9), a.some((x) => x > 2), a.every(Boolean), [1, [2, [3, [4]]]].flat(Infinity), a.flatMap((x) => [x, x]), a.join('-'), [...a.keys()], [...a.entries()], a.at(-1), Array.from({ length: 3 }, (_, i) => i * i), Array.of(7, 8), Array.isArray(a), new Array(2).fill(0), a.toString(), [1, 2, 3, 4].splice(1, 2), [1, 2, 3].reverse(), [1, 2, 3].copyWithin(0, 1), a.forEach((x) => x), a.toSorted(), a.toReversed(), a.with(0, 9), [1, 2].lastIndexOf(2), Array.from(new Map([[1, 2]]))];`,
  String: `const s = 'Hello, World'; export const result = [s.length, s.toUpperCase(), s.slice(-5, -1), s.split(', '), s.indexOf('o'), s.replace('World', 'x'), s.replaceAll('l', 'L'), s.includes('ell'), s.startsWith('He'), s.padStart(15, '*'), 'ab'.repeat(3), '  x '.trim(), s.charCodeAt(1), s.at(-1), [...s].length, 'a-b'.split('-'), String(12), String.fromCharCode(65), 'b'.localeCompare('a'), s.match(/o/g), [...s.matchAll(/o/g)].length, s.search('W'), s.substring(3, 1), s.codePointAt(0), 'é'.normalize('NFD').length];`,
  Object: `const o = { a: 1, b: { c: 2 } }; const f: any = Object.freeze({ x: 1 }); let frozen = ''; try { f.x = 2; } catch (e) { frozen = (e as Error).name; } export const result = [Object.keys(o), Object.values(o), Object.entries(o), Object.fromEntries([['p', 1]]), Object.assign({}, o, { z: 3 }), frozen, Object.isFrozen(f), Object.hasOwn(o, 'a'), Object.is(-0, 0), Object.getOwnPropertyNames(o), o.hasOwnProperty('b'), Object.getPrototypeOf(Object.create(null)), Object.keys(Object.defineProperty({}, 'h', { value: 1 })), Object.groupBy === undefined];`,
  'Number and Math': `export const result = [Math.floor(-1.5), Math.max(1, 3, 2), Math.min(), Math.hypot(3, 4), Math.sqrt(2), Math.PI, Math.round(2.5), Math.sign(-3), Math.trunc(-1.7), Math.log2(8), Math.exp(1), Math.fround(0.1), Math.imul(3, 4), Math.clz32(1), Math.cbrt(27), Math.atan2(1, 1), Number('0x10'), Number.isInteger(5), Number.MAX_SAFE_INTEGER, Number.EPSILON, parseInt('12px'), parseFloat('1.5e3'), (255).toString(16), (1.005).toFixed(2), (1234.5).toPrecision(3), isNaN(NaN), isFinite(1), Number.parseFloat('2')];`,
  'Map and Set': `const m = new Map<any, any>([['a', 1]]); m.set(NaN, 2).set({}, 3); m.delete('a'); const s = new Set([3, 1, 3]); s.add(2); const w = new WeakMap(); const k = {}; w.set(k, 1); const out: unknown[] = []; m.forEach((v, key) => out.push(typeof key, v)); export const result = [m.size, m.get(NaN), m.has('a'), [...m.values()], [...s], s.has(1), out, w.get(k), [...new Set('hello')].join('')];`,
  JSON: `export const result = [JSON.stringify({ a: [1, null, undefined, 'x'], b: undefined, c: NaN, d: { toJSON() { return 'j'; } } }), JSON.stringify([1], null, 2), JSON.parse('{"x":[1,2,{"y":null}]}'), JSON.stringify('é"'), JSON.parse('[1,2]', (k, v) => (typeof v === 'number' ? v * 2 : v))];`,
  Symbol: `const s = Symbol('d'); const o: any = { [s]: 1, x: 2 }; class R { *[Symbol.iterator]() { yield 1; yield 2; } } const it = { [Symbol.iterator]() { let n = 0; return { next: () => ({ done: ++n > 3, value: n }) }; } }; export const result = [o[s], Object.keys(o), s.description, s.toString(), [...new R()], [...it], Symbol.for('k') === Symbol.for('k')];`,
  errors: `const e = new TypeError('bad', { cause: 1 }); const a = [new Error('x'), new RangeError(), e].map((x) => [x.name, x.message, x instanceof Error]); export const result = [a, String(e), e.cause, Object.keys(e)];`,
  'typed arrays': `const f = new Float32Array([0.1, 2]); f[1] += 1; const v = new DataView(new ArrayBuffer(8)); v.setInt16(0, -2); export const result = [f, f.length, [...f], new Uint8Array(f.buffer)[0], Int32Array.from([1.7, -1.7]), new Uint8ClampedArray([300, -5]), v.getUint16(0), f.map((x) => x * 2), new Float64Array(2).fill(0.5)];`,
  structuredClone: `const a = { x: [1, { y: 2 }], m: new Map([[1, 2]]) }; const b = structuredClone(a); b.x[0] = 9; export const result = [a.x[0], b];`,
  'globalThis functions': `export const result = [encodeURIComponent('a b&c'), decodeURIComponent('%C3%A9'), isNaN('x' as any), NaN, Infinity, undefined];`,
  console: `console.log('seen', 1, [2]); console.warn('x'); export const result = typeof console.log;`,
  'Math.random': `export const result = Math.random();`,
  'Date, performance, crypto': `export const result = Date.now();`,
  'eval and Function': `export const result = [].constructor.constructor('return 1')();`,
  'Promise and timers': `export const result = Promise.resolve(1);`,
  Proxy: `export const result = new Proxy({}, {});`,
  'process, globalThis, DOM': `declare const process: any; export const result = process.env;`,
  'changing built-ins': `(Array as any).extra = 1; export const result = 1;`,
  'prototypes of built-ins': `export const result = Array.prototype;`,
  'unknown names': `declare const mystery: number; export const result = mystery + 1;`,
};
