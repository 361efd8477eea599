/** Where names live: `StaticScope` while a function is compiled, `Scope` while it runs. */

/** Stands in the slot of a `let`, `const`, `class` or `this` that has no value yet. */
export const UNINITIALISED: unique symbol = Symbol('uninitialised');

export type BindingKind = 'var' | 'let' | 'const' | 'function' | 'class' | 'parameter' | 'import';

export interface Binding {
  readonly slot: number;
  readonly kind: BindingKind;
  /** Imports read the exporting module's binding afresh each time. */
  readonly read?: () => unknown;
}

/** Counts the journals that have begun, so that what is made tells whether it is older than one; see journal.ts. */
export interface Clock {
  now: number;
}

export class Scope {
  constructor(
    readonly values: unknown[],
    readonly parent: Scope | undefined,
    readonly shape: StaticScope,
    /** The time of the clock when it was made. */
    readonly born: number,
  ) {}

  /** A scope of its own with the same values: what each turn of a `for` has. */
  copy(): Scope {
    return new Scope(this.values.slice(), this.parent, this.shape, this.shape.clock.now);
  }
}

export class StaticScope {
  private readonly bindings = new Map<string, Binding>();
  private readonly initial: unknown[] = [];
  readonly clock: Clock;

  constructor(
    readonly parent: StaticScope | undefined,
    clock: Clock = parent?.clock ?? { now: 0 },
  ) {
    this.clock = clock;
  }

  get isEmpty(): boolean {
    return this.bindings.size === 0;
  }

  /** Declares a name; a second `var` or function of the same name shares the slot. */
  declare(name: string, kind: BindingKind, read?: () => unknown): Binding {
    const before = this.bindings.get(name);
    if (before !== undefined) return before;
    const hoisted = kind === 'var' || kind === 'function' || kind === 'parameter';
    const binding: Binding = { slot: this.initial.length, kind, ...(read && { read }) };
    this.initial.push(hoisted ? undefined : UNINITIALISED);
    this.bindings.set(name, binding);
    return binding;
  }

  /** The binding of this very scope. */
  own(name: string): Binding | undefined {
    return this.bindings.get(name);
  }

  resolve(name: string): { readonly depth: number; readonly binding: Binding } | undefined {
    let depth = 0;
    for (let scope: StaticScope | undefined = this; scope !== undefined; scope = scope.parent, depth++) {
      const binding = scope.bindings.get(name);
      if (binding !== undefined) return { depth, binding };
    }
    return undefined;
  }

  /** The name that a slot is for. */
  nameOf(slot: number): string {
    for (const [name, binding] of this.bindings) if (binding.slot === slot) return name;
    return 'a variable';
  }

  /** Every visible name, innermost first: for suggestions. */
  visibleNames(): string[] {
    const names = [...this.bindings.keys()];
    return this.parent === undefined ? names : [...names, ...this.parent.visibleNames()];
  }

  create(parent: Scope | undefined): Scope {
    return new Scope(this.initial.slice(), parent, this, this.clock.now);
  }
}

export function ancestor(scope: Scope, depth: number): Scope {
  let at = scope;
  for (let step = 0; step < depth; step++) at = at.parent!;
  return at;
}
