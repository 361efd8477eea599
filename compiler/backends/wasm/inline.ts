/**
 * Two changes to the functions of a module that the engines do not make, or not all of them: in innermost loops, calls of small vector functions give
 * way to the functions' bodies, and vector constants are made once, before the loop. A call would put all vectors of the loop into memory,
 * and a constant takes three instructions wherever it stands. Together they are worth a factor of two for `exp` in a loop.
 */

export type Tree = string | number | readonly Tree[];
type List = readonly Tree[];

/** Bodies of more instructions are called. */
const greatest = 145;
/** In a loop of more calls, none is inlined. */
const mostCalls = 12;

const isList = (tree: Tree | undefined): tree is List => Array.isArray(tree);
const head = (tree: Tree | undefined): Tree | undefined => (isList(tree) ? tree[0] : undefined);
const declarations = new Set<Tree>(['param', 'result', 'local', 'export', 'type']);

/** What is copied for a call. */
interface Body {
  readonly parameters: readonly string[];
  readonly locals: readonly string[];
  readonly statements: List;
}

/** The module with its loops inlined and their constants taken out. Small functions of vectors that nothing calls are gone. */
export function optimizeLoops(module: Tree): Tree {
  if (!isList(module)) return module;
  const bodies = new Map<string, Body>();
  for (const item of module) {
    const name = nameOf(item);
    const body = name === undefined ? undefined : inlinable(item as List);
    if (body !== undefined) bodies.set(name!, body);
  }
  const done = module.map((item) => (head(item) === 'func' && contains(item, 'loop') ? new Inliner(bodies).run(item as List) : item));
  return done.filter((item) => {
    const name = nameOf(item);
    return name === undefined || !bodies.has(name) || done.some((other) => other !== item && mentions(other, name));
  });
}

/** The name of a function. */
function nameOf(item: Tree): string | undefined {
  return isList(item) && item[0] === 'func' && /^\$/.test(String(item[1])) ? String(item[1]) : undefined;
}

/** The body of a function of vectors that is short and runs from its first statement to its last. */
function inlinable(item: List): Body | undefined {
  const parts = item.slice(2).filter((part) => !(typeof part === 'string' && /^(;;|\(;)/.test(part)));
  const statements = parts.filter((part) => !declarations.has(head(part)!));
  const of = (kind: string): List[] => parts.filter((part): part is List => head(part) === kind);
  if (of('export').length > 0 || JSON.stringify(of('result')) !== '[["result","v128"]]') return undefined;
  const variables = [...of('param'), ...of('local')];
  if (!variables.every((variable) => variable.length === 3 && variable[2] === 'v128')) return undefined;
  if (['loop', 'block', 'return', 'br', 'br_if', 'br_table'].some((name) => statements.some((part) => contains(part, name))))
    return undefined;
  if (statements.reduce<number>((sum, part) => sum + size(part), 0) > greatest) return undefined;
  const names = (kind: string): string[] => of(kind).map((variable) => String(variable[1]));
  return { parameters: names('param'), locals: names('local'), statements };
}

/** A constant of vectors that takes work to make: other than zeros, which one instruction makes out of nothing. */
function isConstant([name, target, ...lanes]: List): boolean {
  if (name === 'v128.const') return lanes.some((lane) => String(lane) !== '0');
  return /^[fi]\d+x\d+\.splat$/.test(String(name)) && isList(target) && /^[fi]\d+\.const$/.test(String(target[0])) && target[1] !== '0';
}

function contains(tree: Tree, name: string): boolean {
  return isList(tree) && (tree[0] === name || tree.some((part) => contains(part, name)));
}

/** Number of instructions. */
function size(tree: Tree): number {
  return isList(tree) ? tree.reduce<number>((sum, part) => sum + size(part), 1) : 0;
}

/**
 * Where in a loop: around another loop, or in one that has none, where calls are worth their copies; in a body that was copied there, or under a
 * condition of such a body, whose calls stay.
 */
type Place = 'outer' | 'inner' | 'body' | 'rare';

/** Works on one function. */
class Inliner {
  private readonly variables: Tree[] = [];
  /** Constants of the loop at hand by their text: the variable that holds each. */
  private constants: Map<string, string> | undefined;
  private sites = 0;
  private held = 0;

  constructor(private readonly bodies: ReadonlyMap<string, Body>) {}

  run(item: List): Tree {
    const last = item.findLastIndex((part) => declarations.has(head(part)!));
    const start = last + 1 || 2;
    const statements = this.statements(item.slice(start));
    return [...item.slice(0, start), ...this.variables, ...statements];
  }

  /** Parts of a list, each outermost loop after the constants that it uses. */
  private statements(parts: List): Tree[] {
    return parts.flatMap((part) => {
      if (!isList(part)) return [part];
      if (part[0] !== 'loop') return [this.statements(part)];
      this.constants = new Map();
      const loop = this.inLoop(part, 'outer');
      const constants = [...this.constants].map(([text, name]): Tree => ['local.set', name, JSON.parse(text) as Tree]);
      this.constants = undefined;
      return [...constants, loop];
    });
  }

  private inLoop(tree: Tree, place: Place): Tree {
    if (!isList(tree)) return tree;
    const [name, target] = tree;
    if (isConstant(tree)) return ['local.get', this.constant(tree)];
    const inside = name === 'loop' ? this.placeOf(tree) : place;
    const parts = (list: List): Tree[] =>
      list.map((part) => this.inLoop(part, inside === 'body' && /^(then|else)$/.test(String(head(part))) ? 'rare' : inside));
    const body = name === 'call' && (place === 'inner' || place === 'body') ? this.bodies.get(String(target)) : undefined;
    return body === undefined ? parts(tree) : this.inlined(String(target), body, parts(tree.slice(2)));
  }

  /** Loops with very many calls count as outer ones, too: their text would not fit the caches. */
  private placeOf(loop: List): Place {
    const calls = (tree: Tree): number =>
      isList(tree)
        ? tree.reduce<number>((sum, part) => sum + calls(part), tree[0] === 'call' && this.bodies.has(String(tree[1])) ? 1 : 0)
        : 0;
    return loop.some((part) => contains(part, 'loop')) || calls(loop) > mostCalls ? 'outer' : 'inner';
  }

  private constant(tree: List): string {
    const text = JSON.stringify(tree);
    const known = this.constants!.get(text);
    if (known !== undefined) return known;
    const name = `$constant.${this.held++}`;
    this.variables.push(['local', name, 'v128']);
    this.constants!.set(text, name);
    return name;
  }

  /** A call as a block: the arguments into variables of its own, then the body. Variables that are not set first of all begin as zero. */
  private inlined(target: string, { parameters, locals, statements }: Body, args: List): Tree {
    const site = this.sites++;
    const named = (name: Tree): string => `${target}.${site}.${String(name).slice(1)}`;
    const rename = (tree: Tree): Tree => {
      if (!isList(tree)) return tree;
      const [name, variable, ...rest] = tree;
      if (/^local\.(get|set|tee)$/.test(String(name))) return [name!, named(variable!), ...rest.map(rename)];
      return tree.map(rename);
    };
    for (const name of [...parameters, ...locals]) this.variables.push(['local', named(name), 'v128']);
    const set = (name: Tree, value: Tree): Tree => ['local.set', named(name), value];
    const unset = locals.filter((name) => !setFirst(statements, name));
    return [
      'block',
      ['result', 'v128'],
      ...parameters.map((name, i) => set(name, args[i]!)),
      ...unset.map((name) => set(name, this.inLoop(['v128.const', 'i64x2', '0', '0'], 'body'))),
      ...statements.map((part) => this.inLoop(rename(part), 'body')),
    ];
  }
}

/** Whether the first statement that has the variable in it sets it, whatever happens. */
function setFirst(statements: List, name: string): boolean {
  const first = statements.find((part) => mentions(part, name));
  return isList(first) && first[0] === 'local.set' && first[1] === name && !mentions(first[2]!, name);
}

function mentions(tree: Tree, name: string): boolean {
  return tree === name || (isList(tree) && tree.some((part) => mentions(part, name)));
}
