import type { Tree } from './inline.js';

/**
 * Gives locals whose values are not needed at the same time one number. Engines do not care, but the same code then has the same bytes in
 * more places: compressed modules are a tenth to a sixth smaller.
 */

type List = readonly Tree[];
type Names = Set<string>;

const isList = (tree: Tree | undefined): tree is List => Array.isArray(tree);
const declarations = new Set<Tree>(['export', 'type', 'param', 'result', 'local']);

/** A function with as few locals as its own need. One whose locals or labels are numbers stays as it is. */
export function shareLocals(item: Tree): Tree {
  if (!isList(item) || item[0] !== 'func') return item;
  const at = item.findIndex((part, i) => i > 0 && isList(part) && !declarations.has(part[0]!));
  const heads = at < 0 ? item : item.slice(0, at);
  const declared = (kind: string): List[] => heads.filter((part): part is List => isList(part) && part[0] === kind);
  const parameters = declared('param');
  const variables = [...parameters, ...declared('local')];
  if (variables.length === parameters.length || !variables.every((part) => part.length === 3)) return item;
  const body = item.slice(at);
  const types = new Map(variables.map(([, name, type]) => [String(name), String(type)]));
  const liveness = new Liveness(new Set(types.keys()));
  const own = parameters.map(([, name]) => String(name));
  if (!liveness.run(body, own)) return item;
  const names = share(types, own, liveness.apart);
  const rename = (tree: Tree): Tree => {
    if (!isList(tree)) return tree;
    const [head, name, ...rest] = tree;
    return isAccess(head!) ? [head!, names.get(String(name))!, ...rest.map(rename)] : tree.map(rename);
  };
  const kept = heads.filter((part) => !isList(part) || part[0] !== 'local');
  const locals = [...new Set(names.values())].filter((name) => !own.includes(name));
  // Those of one type are one entry of the list of locals.
  const place = (name: string): number => ['i32', 'f32', 'f64', 'v128'].indexOf(types.get(name)!);
  locals.sort((a, b) => place(a) - place(b));
  return [...kept, ...locals.map((name): Tree => ['local', name, types.get(name)!]), ...body.map(rename)];
}

const isAccess = (head: Tree): boolean => head === 'local.get' || head === 'local.set' || head === 'local.tee';

/** Follows a function from its end to its beginning and notes which locals hold something needed when another one is set. */
class Liveness {
  /** For each local, those that must lie elsewhere. */
  readonly apart = new Map<string, Names>();
  /** What is needed where a label leads to. */
  private readonly targets = new Map<string, Names>();
  /** What is needed at the beginning of loops, as far as it is known. */
  private readonly loops = new Map<Tree, Names>();
  private isKnown = true;

  constructor(names: Names) {
    for (const name of names) this.apart.set(name, new Set());
  }

  /** Gives false where it cannot be told. */
  run(body: List, parameters: readonly string[]): boolean {
    const needed = this.before(body, new Set());
    // Parameters are set at the beginning, and locals that are read before they are set are zero then.
    for (const name of parameters) this.set(name, needed);
    return this.isKnown;
  }

  private set(name: string, needed: Names): void {
    const apart = this.apart.get(name);
    if (!apart) this.isKnown = false;
    for (const other of needed) {
      if (other === name) continue;
      apart?.add(other);
      this.apart.get(other)?.add(name);
    }
  }

  private target(label: Tree | undefined): Names {
    const target = this.targets.get(String(label));
    if (!target) this.isKnown = false;
    return target ?? new Set();
  }

  /** What is needed before instructions after which `needed` is. */
  private before(parts: List, needed: Names): Names {
    return parts.reduceRight<Names>((after, part) => this.beforeOne(part, after), needed);
  }

  private beforeOne(tree: Tree, needed: Names): Names {
    if (!isList(tree)) return needed;
    const [head, name, ...rest] = tree;
    switch (head) {
      case 'local.get':
        if (!this.apart.has(String(name))) this.isKnown = false;
        return new Set(needed).add(String(name));
      case 'local.set':
      case 'local.tee': {
        this.set(String(name), needed);
        const left = new Set(needed);
        left.delete(String(name));
        return this.before(rest, left);
      }
      case 'block':
        return this.labelled(name!, needed, () => this.before(tree.slice(1), needed));
      case 'loop':
        return this.beforeLoop(tree, needed);
      case 'if': {
        const sides = tree.filter((part): part is List => isList(part) && (part[0] === 'then' || part[0] === 'else'));
        const ways = sides.map((side) => this.before(side, needed));
        if (sides.length < 2) ways.push(needed);
        const condition = tree.filter((part) => !sides.includes(part as List));
        return this.before(condition, new Set(ways.flatMap((way) => [...way])));
      }
      case 'br':
        return this.before(rest, this.target(name));
      case 'br_if':
        return this.before(rest, new Set([...needed, ...this.target(name)]));
      case 'br_table':
        this.isKnown = false;
        return needed;
      case 'return':
      case 'unreachable':
        return this.before(tree, new Set());
      default:
        return this.before(tree, needed);
    }
  }

  /** What the next turn needs is needed at the end of one. */
  private beforeLoop(loop: List, needed: Names): Names {
    const start = this.loops.get(loop) ?? new Set();
    this.loops.set(loop, start);
    for (;;) {
      const known = start.size;
      for (const name of this.labelled(loop[1]!, start, () => this.before(loop.slice(1), needed))) start.add(name);
      if (start.size === known) return start;
    }
  }

  private labelled(label: Tree, target: Names, inside: () => Names): Names {
    const outer = this.targets.get(String(label));
    this.targets.set(String(label), target);
    const before = inside();
    if (outer) this.targets.set(String(label), outer);
    else this.targets.delete(String(label));
    return before;
  }
}

/** Each local, in the order of declaration, takes the first name of its type that no other has which it must lie apart from. */
function share(
  types: ReadonlyMap<string, string>,
  parameters: readonly string[],
  apart: ReadonlyMap<string, ReadonlySet<string>>,
): Map<string, string> {
  const names = new Map(parameters.map((name) => [name, name]));
  const holders = new Map(parameters.map((name) => [name, [name]]));
  for (const name of types.keys()) {
    if (names.has(name)) continue;
    const others = apart.get(name)!;
    const found = [...holders].find(([slot, held]) => types.get(slot) === types.get(name) && !held.some((other) => others.has(other)));
    if (found) found[1].push(name);
    else holders.set(name, [name]);
    names.set(name, found?.[0] ?? name);
  }
  return names;
}
