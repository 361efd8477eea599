import { ts } from 'ts-morph';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import type { Message } from '../diagnostics/messages.js';
import * as messages from '../diagnostics/messages.js';
import type { Dim, SymbolicDim } from '../ir/dim.js';
import { isSymbolic } from '../ir/dim.js';
import type { Span } from '../ir/graph.js';
import { OpError } from '../ops/op.js';
import { shorten } from './access.js';
import type { Builtins } from './builtins/index.js';
import type { Decorations } from './decorators.js';
import type { Compilers } from './env.js';
import type { Growth } from './growth.js';
import { Journal, type Site } from './journal.js';
import { Conflict, hasPlainData } from './merge.js';
import type { Regions } from './regions.js';
import type { Scalars } from './scalars.js';
import { refusalOf } from './symbolic.js';
import type { Loops } from './symbolic-loops.js';
import { Abort, type Callable, type Frame, NeedsAlternatives, Thrown } from './values.js';

export interface MachineOptions {
  /** Whether a file is part of the library: spans and messages name the user's files first. */
  readonly isLibrary: (file: string) => boolean;
  readonly stepLimit: number;
  /** Receives what the model prints with `console`. */
  readonly print: (line: string) => void;
}

/** Numbers and conditions that depend on the values of tensors. */
export interface Control {
  readonly scalars: Scalars;
  readonly regions: Regions;
  readonly loops: Loops;
  readonly growth: Growth;
}

/** The state of an evaluation: the calls in progress, the steps taken, the function values known. */
export class Machine {
  frame: Frame | undefined;
  private steps = 0;
  private depth = 0;
  private readonly interpreted = new WeakMap<object, ts.Node>();
  private readonly dims = new Map<string, SymbolicDim>();
  readonly journal: Journal;
  /** Objects whose structure depends on the value of a tensor. */
  private spoiled: WeakMap<object, Conflict> | undefined;
  /** Objects that each are one of several others, which one depends on tensors. */
  private readonly standIns = {
    sources: new WeakMap<object, readonly object[]>(),
    uses: new WeakMap<object, readonly object[]>(),
    chosenAt: new WeakMap<object, ts.Node>(),
  };
  /** Hears of every assignment to a property, while a method of a model is evaluated. */
  onAssignment: ((object: object, key: PropertyKey, node: ts.Node) => void) | undefined;
  /** What decorators say, by declaration. */
  readonly decorations: Decorations = new Map();

  constructor(
    readonly compilers: Compilers,
    readonly builtins: Builtins,
    readonly options: MachineOptions,
  ) {
    this.journal = new Journal(options.print);
  }

  /** What knows of the values of tensors: there once the session is. */
  control!: Control;

  /** Whatever uses the object from now on ends the evaluation. */
  spoil(object: object, conflict: Conflict): void {
    this.spoiled ??= new WeakMap();
    const { spoiled } = this;
    const before = spoiled.get(object);
    spoiled.set(object, conflict);
    this.journal.onRollBack(() => {
      if (before === undefined) spoiled.delete(object);
      else spoiled.set(object, before);
    });
  }

  /** What whoever uses the object is told, if it may not be used. */
  conflictOf(object: object): Conflict | undefined {
    return this.spoiled?.get(object);
  }

  /** Notes that an object stands for one of several, or for a part of one; where that depends on a tensor, `node` is the place. */
  standsFor(object: object, sources: readonly object[], node?: ts.Node): void {
    const { sources: of, uses, chosenAt } = this.standIns;
    of.set(object, [...(of.get(object) ?? []), ...sources]);
    if (node !== undefined) chosenAt.set(object, node);
    for (const source of sources) uses.set(source, [...(uses.get(source) ?? []), object]);
  }

  /** Whether an object may be the same as others. */
  standsForOthers(object: object): boolean {
    const { sources, uses } = this.standIns;
    return sources.has(object) || uses.has(object);
  }

  /** An object is about to change: those that it may be the same as cannot be told any more. */
  changing(object: object, node: ts.Node): void {
    if (!this.standsForOthers(object)) return;
    const { sources, uses, chosenAt } = this.standIns;
    const { frame } = this;
    // Whatever the object may be, and whatever else may be that.
    const same = new Set([object]);
    for (const one of same) for (const source of sources.get(one) ?? []) same.add(source);
    for (const one of same) for (const user of uses.get(one) ?? []) same.add(user);
    same.delete(object);
    for (const other of same)
      this.spoil(other, new Conflict(() => this.refuseUse(node, frame, chosenAt.get(object) ?? chosenAt.get(other))));
  }

  /** Something is used that may have been changed at `node`, which depends on what was chosen at another place. */
  private refuseUse(node: ts.Node, frame: Frame | undefined, chosen: ts.Node | undefined): never {
    const changed = this.diagnostic(messages.changedElsewhere(''), node, frame);
    const use = this.place();
    const notes = [
      ...(chosen === undefined ? [] : [{ message: 'which one it is depends on tensors here', span: spanOf(chosen) }]),
      ...(use === undefined ? [] : [{ message: 'what may be the same is used here', span: use }]),
    ];
    const { tracked } = this.control.regions.tensors.alternatives;
    const text = changed.span === undefined ? node.getText() : textAt(node, frame, changed.span);
    throw new (tracked ? Abort : NeedsAlternatives)({
      ...changed,
      ...messages.changedElsewhere(shorten(text)),
      notes,
    });
  }

  /** Ends the evaluation where a value is used that depends on the value of a tensor in a way that cannot be compiled. */
  checkUse(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    if (value instanceof Conflict) value.refuse();
    this.spoiled?.get(value)?.refuse();
  }

  /** Announces that an iterator of JavaScript's own moves on. Ends the evaluation where how far it is depends on tensors. */
  moveOn(iterator: object, node: ts.Node): void {
    const lost = this.journal.lostAt(iterator);
    const loop = lost === undefined ? this.journal.moves(iterator, this.site(node)) : undefined;
    if (lost === undefined && loop === undefined) return;
    const message = messages.iteratorMoved(shorten(iteratorText(node)));
    const note = (at: ts.Node | undefined, text: string) => {
      const span = at && this.diagnostic(message, at, lost?.frame).span;
      return span === undefined ? [] : [{ message: text, span }];
    };
    const notes = [
      ...note(lost?.node, 'it has moved on here already, where that depends on a tensor'),
      ...note(loop, 'this loop depends on tensors, and the iterator was made before it'),
    ];
    throw new Abort(this.diagnostic(message, node, this.frame, notes));
  }

  /** The present place, for what is written there. */
  site(node: ts.Node | undefined): Site {
    return { node, frame: this.frame };
  }

  /** Starts the count of steps anew, outside of all calls. */
  restart(): void {
    this.frame = undefined;
    this.steps = 0;
    this.depth = 0;
  }

  /** Counts a turn of a loop or a call. */
  step(node: ts.Node): void {
    if (++this.steps > this.options.stepLimit) throw this.abort(messages.tooManySteps(this.options.stepLimit), node);
  }

  /** Remembers the declaration of an interpreted function or class. */
  register(value: object, node: ts.Node): void {
    this.interpreted.set(value, node);
  }

  declarationOf(value: unknown): ts.Node | undefined {
    return typeof value === 'function' ? this.interpreted.get(value) : undefined;
  }

  /** Whether an object is an instance of the user's classes, and no more than the values of its fields. */
  isPlainInstance(value: object): boolean {
    if (typeof value === 'function' || !hasPlainData(value)) return false;
    let at: unknown = Object.getPrototypeOf(value);
    if (at === Object.prototype || at === null) return false;
    for (; at !== Object.prototype && at !== null; at = Object.getPrototypeOf(at)) {
      const declaration = this.declarationOf((at as { constructor?: unknown }).constructor);
      if (declaration === undefined || !ts.isClassLike(declaration) || this.options.isLibrary(declaration.getSourceFile().fileName))
        return false;
      if (declaration.members.some(({ name }) => name !== undefined && ts.isPrivateIdentifier(name))) return false;
    }
    return true;
  }

  /** Whether interpreted code may hold this function: it is interpreted itself or an allowed built-in. */
  mayHold(value: object): boolean {
    return this.interpreted.has(value) || this.builtins.allowed.has(value);
  }

  /** Equal sizes are the same object, so that `===`, `includes` and map keys compare them as sizes. */
  intern(dim: Dim): Dim {
    if (!isSymbolic(dim)) return dim;
    const known = this.dims.get(dim.key);
    if (known !== undefined) return known;
    this.dims.set(dim.key, dim);
    return dim;
  }

  /** Told of every method call that has returned. */
  onReturn: ((self: unknown, callee: Callable, result: unknown) => void) | undefined;

  /** Calls a function value on behalf of `site`. */
  call(callee: Callable, self: unknown, args: readonly unknown[], site: ts.Node): unknown {
    const result = this.enter(site, () => Reflect.apply(callee, self, args));
    this.onReturn?.(self, callee, result);
    return result;
  }

  /** Runs `action` as a call made at `site`; JavaScript's own errors become thrown values. */
  enter<T>(site: ts.Node, action: () => T): T {
    const saved = this.frame;
    this.step(site);
    if (++this.depth > DEPTH_LIMIT) throw this.abort(messages.tooDeep(this.control.regions.nested()), site);
    this.frame = { site, parent: saved };
    try {
      const value = action();
      return isSymbolic(value) ? (this.intern(value) as T) : value;
    } catch (error) {
      throw this.convert(error, undefined);
    } finally {
      this.frame = saved;
      this.depth--;
    }
  }

  /** Does a JavaScript operation whose error is the user's. */
  guard<T>(node: ts.Node, action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw this.convert(error, node);
    }
  }

  /** An exception of JavaScript as a thrown value at the present place. */
  convert(error: unknown, node: ts.Node | undefined): Thrown | Abort {
    if (error instanceof Thrown || error instanceof Abort) return error;
    if (error instanceof RangeError && /call stack/i.test(error.message))
      return this.abort(messages.tooDeep(this.control.regions.nested()), node);
    const refusal = refusalOf(error);
    if (refusal !== undefined) return this.abort(refusal.content, node);
    if (error instanceof OpError)
      return new Thrown(new Error(error.message), node, this.frame, messages.wrongOperation(error.message, error.hint));
    return new Thrown(error, node, this.frame);
  }

  /** A JavaScript error of our own making. */
  thrown(value: unknown, node: ts.Node, message?: Message): Thrown {
    return new Thrown(value, node, this.frame, message);
  }

  abort(message: Message, node: ts.Node | undefined): Abort {
    return new Abort(this.diagnostic(message, node, this.frame));
  }

  /** Places a message: at the innermost line of the user's own files, with the way to the failing line as notes. */
  diagnostic(message: Message, node: ts.Node | undefined, frame: Frame | undefined, extra: Diagnostic['notes'] = []): Diagnostic {
    const sites = sitesOf(node, frame);
    const own = sites.findIndex((site) => !this.options.isLibrary(site.getSourceFile().fileName));
    if (own < 0) {
      const notes = sites.slice(1).map((site) => ({ message: 'called here', span: spanOf(site) }));
      return { ...message, ...(sites[0] && { span: spanOf(sites[0]) }), notes: [...extra, ...notes] };
    }
    const library = libraryNotes(sites.slice(0, own).reverse());
    const primary = sites[own]!;
    const users = sites.slice(own).filter((site) => !this.options.isLibrary(site.getSourceFile().fileName));
    const outer = users.filter((site, index) => index > 0 && !isNameOfEnclosing(site, users[index - 1]!));
    const callers = outer.slice(0, NOTED_CALLERS).map((site) => ({ message: 'called from here', span: spanOf(site) }));
    return { ...message, span: spanOf(primary), notes: [...extra, ...library, ...callers] };
  }

  /** Where the present operation is: the innermost line of the user's files, and through which of their calls. */
  place(node?: ts.Node): Span | undefined {
    const sites = sitesOf(node, this.frame);
    const own = sites.filter((site) => !this.options.isLibrary(site.getSourceFile().fileName));
    let span: Span | undefined;
    for (const site of (own.length > 0 ? own : sites.slice(0, 1)).reverse()) span = { ...spanOf(site), ...(span && { via: span }) };
    return span;
  }
}

/** Calls within calls; JavaScript's own stack holds about twice as many of ours. */
const DEPTH_LIMIT = 1000;
const NOTED_CALLERS = 4;

/** The way through the library: its first and last line, and how much lies between. */
function libraryNotes(sites: readonly ts.Node[]): Diagnostic['notes'] {
  const note = (site: ts.Node) => ({ message: `in ${enclosingName(site)} of the library`, span: spanOf(site) });
  if (sites.length <= 3) return sites.map(note);
  return [note(sites[0]!), { message: `through ${sites.length - 2} more calls` }, note(sites.at(-1)!)];
}

/** Whether a site stands for the evaluation of the very method that `inner` is in, which goes without saying. */
function isNameOfEnclosing(site: ts.Node, inner: ts.Node): boolean {
  if (!ts.isIdentifier(site)) return false;
  for (let at = inner; at !== undefined; at = at.parent) if (at === site.parent) return true;
  return false;
}

/** The text of the site that a span is of. */
function textAt(node: ts.Node, frame: Frame | undefined, { start, end, file }: Span): string {
  const own = sitesOf(node, frame).find(
    (site) => site.getSourceFile().fileName === file && site.getStart() === start && site.getEnd() === end,
  );
  return (own ?? node).getText();
}

function sitesOf(node: ts.Node | undefined, frame: Frame | undefined): ts.Node[] {
  const sites = node === undefined ? [] : [node];
  for (let at = frame; at !== undefined; at = at.parent) sites.push(at.site);
  return sites;
}

export function spanOf(node: ts.Node): Span {
  return { file: node.getSourceFile().fileName, start: node.getStart(), end: node.getEnd() };
}

/** `Linear.forward`, `relu`: the function that a node stands in. */
function enclosingName(node: ts.Node): string {
  for (let at: ts.Node | undefined = node.parent; at !== undefined; at = at.parent) {
    if (ts.isConstructorDeclaration(at)) return `new ${at.parent.name?.text ?? 'class'}`;
    if (ts.isMethodDeclaration(at) || ts.isAccessor(at)) {
      const owner = ts.isClassLike(at.parent) ? at.parent.name?.text : undefined;
      return owner === undefined ? at.name.getText() : `${owner}.${at.name.getText()}`;
    }
    if (ts.isFunctionDeclaration(at) && at.name !== undefined) return at.name.text;
    if (ts.isClassLike(at) && at.name !== undefined) return at.name.text;
  }
  return 'a module';
}

/** What the program calls an iterator, where it is asked for the next item or gone through. */
function iteratorText(node: ts.Node): string {
  return ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)
    ? node.expression.expression.getText()
    : node.getText();
}
