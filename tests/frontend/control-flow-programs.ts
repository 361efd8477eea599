/**
 * A method for each construct that may depend on the values of tensors: the members of a class whose `forward` takes
 * `x: Tensor<[3]>` (or what it says itself), with inputs that lead every way through it.
 */
export interface ControlFlow {
  readonly body: string;
  readonly inputs: readonly (readonly number[])[];
  /** The shape of x for a number of elements, where it is no vector. */
  readonly shape?: (size: number) => readonly number[];
}

const positive = [1, 2, 3];
const negative = [-1, -2, -3];
const small = [0.1, 0.2, -0.1];
const large = [40, -3, 25];
const usual = [positive, negative, small, large, [0, 0, 0]];

const forward = (statements: string): ControlFlow => ({ body: `forward(x: Tensor<[3]>) { ${statements} }`, inputs: usual });

export const programs: Readonly<Record<string, ControlFlow>> = {
  // Branches
  if: forward('if (x.sum().item() > 1) x = x.mul(2); return x;'),
  'if and else': forward('let y; if (x.sum().item() > 1) y = x.mul(2); else y = x.sub(1); return y.add(x);'),
  'else if': forward(
    'const s = x.sum().item(); let k = 0; if (s > 10) k = 1; else if (s > 1) k = 2; else if (s < -1) k = 3; return x.mul(k);',
  ),
  'early return': forward(
    'if (x.sum().item() > 1) return x.mul(2); const y = x.add(1); if (y.sum().item() < 0) return y; return y.mul(y);',
  ),
  'return in else': forward('if (x.sum().item() > 1) { x = x.mul(3); } else { return x; } return x.add(1);'),
  'nested returns': forward(
    `const s = x.sum().item(); if (s > 0) { if (s > 10) return x; x = x.add(1); if (s > 4) { return x.mul(2); } } x = x.sub(5); return x;`,
  ),
  'return from a block': forward('{ if (x.sum().item() > 1) return x; } return x.neg();'),
  'nested branches': forward(
    'const s = x.sum().item(); if (s > 0) { if (s > 4) x = x.mul(2); else x = x.mul(3); } else if (s < -3) x = x.add(1); return x;',
  ),
  'conditional operator': forward(
    'const s = x.sum().item(); const y = s > 4 ? x.mul(2) : s > 0 ? x : x.neg(); return y.mul(s > 0 ? 2 : -0.5);',
  ),
  'logical operators': forward(`const s = x.sum().item(), m = x.max().item();
    let k = 0; if (s > 0 && m > 2) k += 1; if (s < 0 || m > 30) k += 2; if (!(s > 0)) k += 4; if (!(s > 1 && !(m < 3))) k += 8; return x.add(k);`),
  'logical operators with effects': forward(`let k = 0; const s = x.sum().item(); const up = () => { k += 1; return true; };
    if (s > 0 && up()) k += 10; if (s > 4 || up()) k += 100; s > 0 && (x = x.mul(2)); s > 4 || (x = x.add(k)); return x.add(k);`),
  'logical values': forward(
    'const s = x.sum().item(); const v = s && 2 * s; const w = s || 5; const n = s ?? 7; return x.mul(v as number).add(w).add(n);',
  ),
  'logical assignment': forward(
    'let a: number | boolean = x.sum().item(); let b = a; let c: number | null = x.max().item(); (a as number) ||= 3; (b as number) &&= 4; c ??= 5; return x.mul(a as number).add(b as number).add(c);',
  ),
  switch: forward(
    `const k = Math.trunc(x.sum().item()); switch (k) { case 6: x = x.add(1); case 0: x = x.add(10); break; case -6: return x; default: x = x.mul(2); } return x;`,
  ),
  'switch with returns': forward(
    'switch (x.sum().item() > 0) { case true: return x; case false: return x.neg(); default: return x.add(1); }',
  ),
  'equal branches': forward('const s = x.sum().item(); const y = s > 0 ? x : x; if (s > 0) { const unused = x.add(1); } return y;'),

  // One of two
  'one of two functions': forward(
    'const s = x.sum().item(); let f = F.relu; if (s > 0) f = F.tanh; const o = { g: F.sigmoid }; if (s > 4) o.g = F.softplus; const h = f; f = (t) => h(t).mul(2); return f(x).add((s < 3 ? F.softplus : f)(x.mul(0.1))).add(o.g(x.mul(0.1)));',
  ),
  'one of two objects': {
    body: `a = new nn.Linear(3, 3); b = new nn.Sequential(new nn.Linear(3, 4), new nn.ReLU(), new nn.Linear(4, 3));
      forward(x: Tensor<[3]>) { let layer: nn.Linear | nn.Sequential = this.a; if (x.sum().item() > 0) layer = this.b; x = layer.forward(x); return layer.forward(x); }`,
    inputs: usual,
  },
  'one of many': {
    body: `experts = new nn.ModuleList([new nn.Linear(3, 3), new nn.Linear(3, 3), new nn.Linear(3, 3)]);
      forward(x: Tensor<[3]>) { const k = x.argmax().item(); const expert = k === 0 ? this.experts.at(0) : k === 1 ? this.experts.at(1) : this.experts.at(2);
        for (let i = 0; i < 3 && x.sum().item() < 9; i++) x = x.add(expert.forward(x)); return x.mul(expert.weight.select(0, 0)); }`,
    inputs: [...usual, [3, 1, 2], [1, 3, 2]],
  },
  'an object that a branch makes':
    forward(`class Line { constructor(public slope: Tensor, public shift: number) {} at(t: Tensor) { this.shift++; return t.mul(this.slope).add(this.shift); } }
    let line = new Line(x, 1); if (x.sum().item() > 0) line = new Line(x.neg(), 2); const y = line.at(x); const old = new Line(y, 3), one = x.max().item() > 2 ? old : new Line(x, 0); return one.at(y).add(line.at(x)).mul(one.slope);`),

  // Loops
  while: forward('while (x.norm().item() > 1) x = x.div(2); if (x.norm().item() < 0.8) x = x.mul(10); return x;'),
  'while that counts': forward('let n = 0; while (x.abs().max().item() > 0.5) { x = x.mul(0.5); n++; } return x.add(n);'),
  'do while': forward('let n = 0; do { x = x.add(1); n += 2; } while (x.sum().item() < 8); return x.mul(n);'),
  'do while with continue': forward(
    'let n = 0; do { n++; if (n % 2 === 0) continue; x = x.add(n); } while (x.sum().item() < 30 && n < 9); return x;',
  ),
  'for with a bound': forward('for (let i = 0; i < Math.abs(x.max().item()); i++) x = x.sub(i * 0.1); return x;'),
  'for with a bound and a step': forward('let n = 0; for (let i = 10; i > x.max().item(); i -= 3) n += i; return x.add(n);'),
  'for with two counters': forward(
    'let t = 0; for (let i = 0, j = 10; i < j && t < x.sum().item() + 20; i++, j -= 2) t += i * j; return x.add(t);',
  ),
  break: forward('for (let i = 0; i < 20; i++) { x = x.mul(1.5); if (x.abs().sum().item() > 20) break; } return x;'),
  'break out of an endless loop': forward(
    'let n = 0; while (true) { if (n > 3 || x.sum().item() > 20) break; x = x.add(1); n++; } return x.mul(n);',
  ),
  continue: forward('for (let i = 0; i < 12; i++) { if (x.sum().item() > i) continue; x = x.add(i); } return x;'),
  'break and continue': forward(
    'for (let i = 0; i < 20; i++) { if (x.sum().item() > 10) break; if (i % 3 === 0) continue; x = x.add(0.5 * i); } return x;',
  ),
  'return from a loop': forward('for (let i = 0; i < 20; i++) { x = x.add(1); if (x.sum().item() > 20) return x.mul(i); } return x;'),
  'return from an endless loop': forward('for (;;) { x = x.add(1); if (x.sum().item() > 10) return x; }'),
  'return from nested loops': forward(
    `for (let i = 0; i < 5; i++) { for (let j = 0; j < 5; j++) { x = x.add(0.25); if (x.sum().item() > 10) return x.mul(i * 10 + j); } x = x.add(0.5); } return x;`,
  ),
  labels: forward(
    `let n = 0; outer: for (let i = 0; i < 6; i++) { for (let j = 0; j < 6; j++) { n += 1; if (x.sum().item() > n) continue outer; if (n > 14) break outer; x = x.add(0.1); } n += 100; } return x.add(n);`,
  ),
  'a labelled block': forward(
    'done: { if (x.sum().item() > 4) break done; x = x.mul(2); if (x.sum().item() < -4) break done; x = x.add(1); } return x;',
  ),
  'loops in loops': forward(
    'let n = 0; while (x.norm().item() > 1) { x = x.div(1.5); let k = 0; while (k < x.norm().item()) { k++; n += k; } } return x.add(n);',
  ),
  'branches in loops': forward(
    'let n = 0; while (n < 6) { n++; if (x.sum().item() > 3) { x = x.sub(1); if (n > 4) n++; } else x = x.add(n); } return x;',
  ),
  'a condition known before the first turn only': forward(
    'let done = false; while (!done) { x = x.add(1); done = x.sum().item() > 9; } return x;',
  ),
  'a condition with effects': forward(
    'let n = 0; while (n++ < 5 && (x = x.mul(0.5)).norm().item() > 0.2) x = x.add(0.01); return x.mul(n);',
  ),
  'a loop that makes no turn': forward('let y = x; while (x.norm().item() < -1) y = y.add(1); return y;'),
  'a body that always ends': forward(
    'while (x.sum().item() > 0) { x = x.mul(2); break; } while (x.max().item() > 3) { return x.neg(); } return x;',
  ),
  'for of with a break': forward('for (const k of [1, 2, 3, 4]) { if (x.sum().item() > 6) break; x = x.add(k); } return x;'),
  'for in with a return': forward(
    'for (const k in { a: 1, b: 2 }) { if (x.sum().item() > 5) return x.neg(); x = x.add(k === "a" ? 1 : 2); } return x;',
  ),
  'host loops unroll': forward(
    'for (const f of [(t: Tensor) => t.mul(2), (t: Tensor) => t.add(1)]) x = f(x); for (let i = 0; i < 3; i++) x = x.add(i); return x;',
  ),
  'an unrolled loop with an early exit': {
    body: `layers = [1, 2, 3].map((k) => (t: Tensor) => t.add(k)); forward(x: Tensor<[3]>) { for (let i = 0; i < 3; i++) { x = this.layers[i]!(x); if (x.sum().item() > 8) return x; } return x.mul(2); }`,
    inputs: usual,
  },

  // What is carried
  'numbers that change': forward(
    'let i = 0, f = 0.5, b = true; while (i < x.max().item()) { i += 1; f = f * 2; b = !b; } return x.mul(f).add(i).add(b ? 1 : 0);',
  ),
  'whole numbers that become fractions': forward(
    'let k = 8; while (x.sum().item() < 10 && k > 0.3) { k = k / 2; x = x.add(k); } return x.add(k);',
  ),
  'fields of objects': {
    body: `state = { n: 0, t: undefined as Tensor | undefined }; forward(x: Tensor<[3]>) { const o = { k: 1, t: x }; if (x.sum().item() > 1) { o.k = 2; o.t = o.t.mul(3); } while (o.k < 5) { o.k += 1; o.t = o.t.add(o.k); } return o.t.add(o.k); }`,
    inputs: usual,
  },
  'elements of arrays': forward(
    'const a = [x, x.mul(2)]; const n = [1, 2]; if (x.sum().item() > 1) { a[0] = a[1]!; n[1] = 7; } while (n[0]! < 4) { n[0]! += 1; a[1] = a[1]!.add(a[0]!); } return a[1]!.add(n[0]! + n[1]!);',
  ),
  'private and static members': {
    body: `#n = 0; static m = 1; bump(k: number) { this.#n += k; } get n() { return this.#n; } forward(x: Tensor<[3]>) { if (x.sum().item() > 1) this.bump(2); else this.bump(5); for (let i = 0; i < x.max().item(); i++) this.bump(1); return x.add(this.n); }`,
    inputs: usual,
  },
  'Maps and Sets': forward(
    'const m = new Map<string, Tensor>([["a", x]]); const k = new Map([["n", 1]]); if (x.sum().item() > 1) { m.set("a", x.mul(2)); k.set("n", 4); } while (k.get("n")! < 6) k.set("n", k.get("n")! + 1); return m.get("a")!.add(k.get("n")!);',
  ),
  'tuples that are replaced': forward(
    'let s = [x, x.mul(0)] as const; let n = 0; while (s[0].norm().item() > 0.5 && n < 9) { s = [s[0].mul(0.7), s[1].add(s[0])] as const; n++; } const [a, b] = s; return a.add(b);',
  ),
  'objects that are returned': forward(
    'const f = (t: Tensor) => { if (t.sum().item() > 1) return { a: t, n: 1 }; return { a: t.neg(), n: 2 }; }; const { a, n } = f(x); return a.mul(n);',
  ),
  'in-place methods': forward(
    'const y = x.mul(1); if (x.sum().item() > 1) y.add_(1); else y.mul_(2); let n = 0; while (n < 3) { y.add_(n); n++; if (y.sum().item() > 20) break; } return y;',
  ),
  'aliases of a tensor changed in place': forward('const y = x.mul(1); const z = y; if (x.sum().item() > 1) y.add_(5); return z.mul(2);'),
  'an object that one branch replaces and the other changes': forward(
    'let o = { t: x, v: 1 }; if (x.sum().item() > 1) o = { t: x.mul(2), v: 2 }; else { o.t = o.t.neg(); o.v += 4; } return o.t.add(o.v);',
  ),
  'a tensor that one branch replaces and the other changes in place': forward(
    'let y = x.mul(1); if (x.sum().item() > 1) y = x.mul(2); else y.add_(3); return y;',
  ),
  'an object that a turn changes and replaces': forward(
    'let o = { t: x, v: 1 }; while (o.v < 4 && x.sum().item() < 9) { o.t = o.t.add(1); if (o.t.sum().item() > 3) o = { t: o.t.mul(2), v: o.v + 1 }; else o.v += 2; x = x.add(o.t); } return o.t.add(o.v).add(x);',
  ),
  'one of two tensors, changed in place': forward(
    'let y = x.mul(2); if (x.sum().item() > 1) y = x.mul(3); y.add_(1); while (y.sum().item() < 9) { y.add_(2); y = y.mul(1); } y.mul_(2); return y;',
  ),
  closures: forward(
    'let total = x; let n = 0; const step = (k: number) => { total = total.add(k); n += 1; return total.sum().item() < 30; }; while (step(2)) { if (n > 6) break; } return total.mul(n);',
  ),
  'called methods': {
    body: `halve(t: Tensor, limit: number): Tensor { while (t.norm().item() > limit) { t = t.div(2); if (t.sum().item() < -2) return t.neg(); } return t; }
      forward(x: Tensor<[3]>) { let y = this.halve(x, 1); if (y.sum().item() > 0) y = this.halve(y, 0.25); return y; }`,
    inputs: usual,
  },
  recursion: {
    body: `halve(t: Tensor, n: number): Tensor { return n === 0 || t.norm().item() < 1 ? t : this.halve(t.div(2), n - 1); } forward(x: Tensor<[3]>) { return this.halve(x, 3); }`,
    inputs: usual,
  },
  'temporary variables of different types': forward(
    'let t; if (x.sum().item() > 1) { t = x.sum(); x = x.mul(t); } else { t = x.reshape(3, 1); x = x.add(t.sum()); } let u; while (x.norm().item() > 1) { u = x.div(2); x = u; } return x;',
  ),
  'variables that only one way needs': forward(
    'let parts; if (x.sum().item() > 1) return x; else parts = { a: x.mul(2), f: (t: Tensor) => t.add(1) }; return parts.f(parts.a);',
  ),
  'what is caught': forward(
    'let n = 1; if (x.sum().item() > 1) { try { throw new Error("no"); } catch { n = 2; } finally { n += 1; } } return x.mul(n);',
  ),
  'finally after a branch': forward(
    'let n = 0; const f = () => { try { if (x.sum().item() > 1) return x.mul(2); n += 1; } finally { n += 10; } return x; }; const y = f(); return y.add(n);',
  ),
  'random numbers': forward(
    'let y = rand([3]); if (x.sum().item() > 1) y = y.add(rand([3])).add(rand([3])); let n = 0; while (n < Math.min(3, Math.abs(x.max().item()))) { y = y.add(rand([3])); n++; } return y.add(rand([3]));',
  ),
  'random numbers of one branch of a loop': forward(
    'let n = 0; while (n < 4) { n++; if (n % 2 === 0 || x.sum().item() > 3) x = x.add(rand([3])); else x = x.mul(rand([])); } return x;',
  ),
  noGrad: forward(
    'let n = 0; while (n < 3 && x.norm().item() < 50) { n++; x = noGrad(() => { if (x.sum().item() > 1) return x.mul(2); return x.sub(1); }); } return x.detach();',
  ),

  'iterators of a turn': forward(
    `function* two() { yield 1; yield 2; }
    let n = 0; while (n < 3 && x.norm().item() < 50) { n++; const it = [3, 5].values(); it.next(); x = x.add(it.next().value!); for (const v of two()) x = x.mul(v); }
    const after = two(); after.next(); if (x.sum().item() > 20) { const all = two(); x = x.sub(all.next().value as number); } return x.add(after.next().value as number);`,
  ),
  'an iterator that one branch goes on with': forward(
    'const it = [1, 2, 3].values(); x = x.add(it.next().value!); if (x.sum().item() > 5) { for (const v of it) x = x.mul(v); } return x;',
  ),

  'a change of one of two tensors': forward(
    'const b = x.add(1); const a = x.mul(2); const one = x.sum().item() > 0 ? a : b; const y = one.mul(3); a.add_(1); return [a, b, y];',
  ),

  // Sizes of named dims
  'a loop over a named dim': {
    body: "forward(x: Tensor<['n', 2]>) { let h = zeros([2]); for (let i = 0; i < x.shape[0]; i++) { h = h.mul(0.5).add(x.select(0, i)); if (h.sum().item() > 8) h = h.neg(); } return h; }",
    inputs: [[], [1, 2], [1, 2, 3, 4, 5, 6], [9, 9, 1, 0, 3, 4, 2, 2]],
    shape: (size) => [size / 2, 2],
  },
  'a loop over another named dim, backwards': {
    body: "forward(x: Tensor<[2, 'n']>) { let h = zeros([2]); for (let i = x.shape[1] - 1; i >= 0; i--) h = h.add(x.select(1, i).mul(i + 1)).add(x.select(-1, -1)); return h; }",
    inputs: [[], [1, 2], [1, 2, 3, 4, 5, 6]],
    shape: (size) => [2, size / 2],
  },
  'a size in a condition': {
    body: "forward(x: Tensor<['n']>) { const n = x.shape[0]; if (n > 2) x = x.mul(2); const k = n % 2 === 0 ? 1 : n > 4 ? 2 : 3; while (x.sum().item() < n) x = x.add(1); return x.add(k * n); }",
    inputs: [[1], [1, 2], [1, 2, 3], [1, 2, 3, 4, 5, 6, 7]],
  },
  'a list with an item for every row': {
    body: "forward(x: Tensor<['n', 2]>) { let h = zeros([2]); const list: Tensor[] = []; for (let i = 0; i < x.shape[0]; i++) { h = h.mul(0.5).add(x.select(0, i)); list.push(h); } return stack(list).mul(list.length).add(cat(list).sum()); }",
    inputs: [
      [1, 2],
      [1, 2, 3, 4, 5, 6],
      [9, 9, 1, 0, 3, 4, 2, 2],
    ],
    shape: (size) => [size / 2, 2],
  },
  'a list with two items a turn': {
    body: "forward(x: Tensor<['n', 2]>) { const list: Tensor[] = [zeros([2])]; for (let i = 0; i < x.shape[0]; i++) { const row = x.select(0, i); list.push(row.mul(2)); list.push(row.neg()); } list.push(zeros([2]).add(7)); return stack(list, 1).sum(0); }",
    inputs: [
      [1, 2],
      [1, 2, 3, 4, 5, 6],
      [9, 9, 1, 0, 3, 4, 2, 2],
    ],
    shape: (size) => [size / 2, 2],
  },
  'ends of a list': {
    body: "forward(x: Tensor<['n', 2]>) { const list: Tensor[] = []; for (let i = x.shape[0] - 1; i >= 0; i--) list.push(x.select(0, i).mul(i)); return list[0]!.mul(10).add(list[list.length - 1]!).add(list.at(-1)!).add(list.at(0)!); }",
    inputs: [
      [1, 2],
      [1, 2, 3, 4, 5, 6],
      [9, 9, 1, 0, 3, 4, 2, 2],
    ],
    shape: (size) => [size / 2, 2],
  },
  'lists of loops within loops': {
    body: "forward(x: Tensor<['n', 2]>) { const all: Tensor[] = []; for (let i = 0; i < x.shape[0]; i++) { const own: Tensor[] = []; for (let j = 0; j < x.shape[0]; j++) { own.push(x.select(0, j).add(i)); all.push(x.select(0, i).mul(x.select(0, j))); } all.push(stack(own).sum(0)); } return stack(all); }",
    inputs: [
      [1, 2],
      [1, 2, 3, 4, 5, 6],
      [9, 9, 1, 0, 3, 4, 2, 2],
    ],
    shape: (size) => [size / 2, 2],
  },
  'a list by a counter': {
    body: "forward(x: Tensor<['n', 2]>) { const list: Tensor[] = []; for (let i = 0; i < x.shape[0]; i++) list.push(x.select(0, i).square()); let s = zeros([2]); for (let i = 0; i < list.length; i++) s = s.mul(2).add(list[i]!); return s; }",
    inputs: [
      [1, 2],
      [1, 2, 3, 4, 5, 6],
      [9, 9, 1, 0, 3, 4, 2, 2],
    ],
    shape: (size) => [size / 2, 2],
  },
  'rows written by a counter': {
    body: "forward(x: Tensor<['n', 2]>) { const out = x.mul(0); for (let i = 0; i < x.shape[0]; i++) { out.select(0, i).copy_(x.select(0, i).mul(i + 1)); out.select(0, -1).add_(1); } return out; }",
    inputs: [
      [1, 2],
      [1, 2, 3, 4, 5, 6],
      [9, 9, 1, 0, 3, 4, 2, 2],
    ],
    shape: (size) => [size / 2, 2],
  },
  'rows written from the rows before': {
    body: "forward(x: Tensor<['n', 2]>) { const out = x.clone(); for (let i = 1; i < x.shape[0]; i++) out.index(i).copy_(out.select(0, i - 1).mul(0.5).add(x.select(0, i))); return out; }",
    inputs: [
      [1, 2],
      [1, 2, 3, 4, 5, 6],
      [9, 9, 1, 0, 3, 4, 2, 2],
    ],
    shape: (size) => [size / 2, 2],
  },
  'columns and two rows a turn': {
    body: "forward(x: Tensor<['n', 2]>) { const out = x.mul(3); let k = 0; for (let i = 0; i < x.shape[0]; i++) { out.select(0, i).mul_(2); out.select(1, k).add_(x.select(0, i).sum()); out.narrow(0, i, 1).sub_(1); k = 1 - k; } return out; }",
    inputs: [
      [1, 2],
      [1, 2, 3, 4, 5, 6],
      [9, 9, 1, 0, 3, 4, 2, 2],
    ],
    shape: (size) => [size / 2, 2],
  },
  'index with a counter': {
    body: "forward(x: Tensor<['n', 3]>) { let s = zeros([]); for (let i = 0; i < x.shape[0]; i += 2) s = s.add(x.index(i, 1)).mul(x.select(0, i).max()); return s; }",
    inputs: [
      [1, 2, 3],
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
    ],
    shape: (size) => [size / 3, 3],
  },

  // Numbers
  'arithmetic of numbers': forward(
    'const s = x.sum().item(), m = x.max().item(); return x.add(s + m).sub(s - 2 * m).mul(1 + s / 10).add(m ** 2).add(-s).add(+m).add(s % 3).add((m + 0.5) % 2);',
  ),
  'compound assignment': forward(
    'let s = x.sum().item(); s += 1; s -= 3; s *= 2; s /= 4; s **= 2; s %= 7; s++; --s; const o = { s }; o.s += 2; return x.add(o.s++).add(o.s);',
  ),
  'comparison of numbers': forward(
    'const s = x.sum().item(); const c = [s < 6, s <= 6, s > 6, s >= 6, s === 6, s !== 6, s == 6, s != 6, 0 < s, (s > 0) === true, (s > 0) !== (s > 5)]; return x.add(c.reduce((n, b, i) => n + (b ? 2 ** i : 0), 0));',
  ),
  'functions of Math':
    forward(`const s = x.sum().item() / 10, p = Math.abs(s) + 0.25, q = Math.min(0.9, Math.max(-0.9, s)); const list = [Math.sqrt(p), Math.exp(q), Math.expm1(q), Math.log(p), Math.log1p(p), Math.log2(p), Math.log10(p), Math.cbrt(s),
      Math.sin(s), Math.cos(s), Math.tan(q), Math.asin(q), Math.acos(q), Math.atan(s), Math.sinh(q), Math.cosh(q), Math.tanh(s), Math.asinh(s), Math.acosh(1 + p), Math.atanh(q), Math.atan2(s, p), Math.hypot(s, p, 1), Math.pow(p, 1.5), Math.sign(s), Math.fround(s), Math.max(s, 1, p), Math.min(s, 1, p)];
      return stack(list.map((v) => x.mul(0).add(v)));`),
  rounding: {
    body: 'forward(x: Tensor<[3]>) { const s = x.sum().item(); return x.add(Math.floor(s)).add(Math.ceil(s) * 10).add(Math.trunc(s) * 100).add(Math.round(s) * 1000); }',
    inputs: [
      [0.5, 0, 0],
      [-0.5, 0, 0],
      [1.5, 0, 0],
      [-1.5, 0, 0],
      [2.25, 0, 0],
      [-2.75, 0, 0],
      [3, 0, 0],
    ],
  },
  'whole numbers': forward(
    'const n = Math.floor(x.max().item()); let k = 7; let m = 0; while (k > n && m < 5) { k = Math.floor(k / 2); m++; } return x.add(Math.floor(k / 3) + Math.ceil(k / 3) * 10 + Math.trunc(-k / 2)).add(m % 4).add((m * 3) & 3).add(m >> 1).add(m << 2).add(k | 0);',
  ),
  'Number and Boolean': forward(
    'const s = x.sum().item(); return x.add(Number(s > 0)).add(Boolean(s) ? 2 : 4).add(Number(s)).add(parseFloat(s as never)).add(+(s < 3)).add(isNaN(s) ? 1 : 0).add(Number.isFinite(s) ? 10 : 20).add(Number.isInteger(s) ? 100 : 200);',
  ),
  'values that are not numbers': {
    body: 'forward(x: Tensor<[3]>) { const s = x.sum().item(); return zeros([3]).add(s ? 1 : 2).add(s > 0 ? 10 : 20).add(Number.isNaN(s) ? 100 : 200).add(s === s ? 1000 : 2000).add(Number.isFinite(s) ? 1e4 : 2e4); }',
    inputs: [[Number.NaN, 0, 0], [Number.POSITIVE_INFINITY, 0, 0], [Number.NEGATIVE_INFINITY, 1, 1], [0, 0, 0], positive],
  },
  typeof: forward(
    'const s = x.sum().item(); return x.add(typeof s === "number" ? 1 : 2).add(typeof (s > 0) === "boolean" ? 10 : 20).add(s === undefined ? 100 : 0).add((s as unknown) === "a" ? 1000 : 0);',
  ),
  'values of integers and booleans': forward(
    'const i = x.argmax().item(), b = x.gt(0).any().item(); let y = x; if (b) y = y.add(1); while (b && y.sum().item() < 4 + i) y = y.add(1); return y.mul(i + 1).add(b);',
  ),
  'some, every and includes': forward(
    'const list = [x.sum().item(), x.max().item(), 3]; return x.add(list.some((v) => v > 5) ? 1 : 2).add(list.every((v) => v > 0) ? 10 : 20).add(list.includes(6) ? 100 : 200);',
  ),
  'numbers as arguments': forward(
    'const s = x.sum().item(); return x.clamp(-Math.abs(s), Math.abs(s) / 2).add(s).pow(2).div(s * s + 1).addcmul(x, x, { tensor2: x, value: s } as never);',
  ),
};
