/**
 * Remembers what evaluation changes, so that it can be taken back: both branches of a condition on a tensor start from the
 * same state, and the states that they leave are compared. Everything that interpreted code can change is announced here
 * before it changes.
 */
import type { ts } from 'ts-morph';
import { type Clock, Scope } from './scope.js';
import type { Frame } from './values.js';

/** Stands for the value of what is not there: a property, an entry of a map. */
export const MISSING: unique symbol = Symbol('missing');

/** Where a write was made. */
export interface Site {
  readonly node: ts.Node | undefined;
  readonly frame: Frame | undefined;
}

type Kind = 'slot' | 'property' | 'entry' | 'member';

/** A place that holds a value. */
export class Location {
  constructor(
    readonly object: object,
    readonly key: unknown,
    readonly kind: Kind,
  ) {}

  read(): unknown {
    const { object, key } = this;
    switch (this.kind) {
      case 'slot':
        return (object as Scope).values[key as number];
      case 'entry':
        return (object as Map<unknown, unknown>).has(key) ? (object as Map<unknown, unknown>).get(key) : MISSING;
      case 'member':
        return (object as Set<unknown>).has(key) ? true : MISSING;
      case 'property': {
        const descriptor = Reflect.getOwnPropertyDescriptor(object, key as PropertyKey);
        return descriptor === undefined ? MISSING : descriptor.value;
      }
    }
  }

  /** Writes without announcing it. */
  write(value: unknown): void {
    const { object, key } = this;
    switch (this.kind) {
      case 'slot':
        (object as Scope).values[key as number] = value;
        break;
      case 'entry':
        if (value === MISSING) (object as Map<unknown, unknown>).delete(key);
        else (object as Map<unknown, unknown>).set(key, value);
        break;
      case 'member':
        if (value === MISSING) (object as Set<unknown>).delete(key);
        else (object as Set<unknown>).add(key);
        break;
      case 'property':
        if (value === MISSING) Reflect.deleteProperty(object, key as PropertyKey);
        else if (Object.hasOwn(object, key as PropertyKey)) Reflect.set(object, key as PropertyKey, value);
        else Object.defineProperty(object, key as PropertyKey, { value, writable: true, enumerable: true, configurable: true });
    }
  }
}

/** What a path through the program has changed. */
export interface Change {
  readonly location: Location;
  readonly before: unknown;
  readonly after: unknown;
  readonly site: Site | undefined;
}

interface Snapshot {
  restore(): void;
  /** The places whose values differ now, with the value of before. */
  compare(note: (key: unknown, kind: Kind, before: unknown) => void): void;
}

function capture(object: object): Snapshot {
  if (object instanceof Scope) return captureScope(object);
  if (object instanceof Map || object instanceof Set) return captureCollection(object);
  if (ArrayBuffer.isView(object) && !(object instanceof DataView)) return captureElements(object as Float32Array);
  return captureProperties(object);
}

function captureScope(scope: Scope): Snapshot {
  const values = scope.values.slice();
  return {
    restore() {
      for (let slot = 0; slot < values.length; slot++) scope.values[slot] = values[slot];
    },
    compare(note) {
      for (let slot = 0; slot < values.length; slot++) if (!Object.is(values[slot], scope.values[slot])) note(slot, 'slot', values[slot]);
    },
  };
}

function captureElements(array: Float32Array): Snapshot {
  const elements = array.slice();
  return {
    restore: () => array.set(elements),
    compare(note) {
      for (let i = 0; i < elements.length; i++) if (!Object.is(elements[i], array[i])) note(i, 'property', elements[i]);
    },
  };
}

function captureProperties(object: object): Snapshot {
  const saved = new Map(Reflect.ownKeys(object).map((key) => [key, Reflect.getOwnPropertyDescriptor(object, key)!]));
  return {
    restore() {
      const now = Reflect.ownKeys(object);
      // A key that is put back would come last: then all of them are put back.
      const removed = [...saved.keys()].some((key) => !Object.hasOwn(object, key));
      for (const key of now) if (!saved.has(key) || removed) Reflect.deleteProperty(object, key);
      for (const [key, descriptor] of saved) {
        const found = Reflect.getOwnPropertyDescriptor(object, key);
        if (
          found === undefined ||
          !Object.is(found.value, descriptor.value) ||
          found.get !== descriptor.get ||
          found.set !== descriptor.set
        )
          Reflect.defineProperty(object, key, descriptor);
      }
    },
    compare(note) {
      for (const key of Reflect.ownKeys(object)) {
        const before = saved.get(key);
        if (before === undefined) note(key, 'property', MISSING);
        else if (!Object.is(before.value, Reflect.getOwnPropertyDescriptor(object, key)!.value)) note(key, 'property', before.value);
      }
      for (const [key, { value }] of saved) if (!Object.hasOwn(object, key)) note(key, 'property', value);
    },
  };
}

function captureCollection(collection: Map<unknown, unknown> | Set<unknown>): Snapshot {
  const entries = [...collection.entries()];
  const saved = new Map(entries);
  const kind = collection instanceof Map ? 'entry' : 'member';
  return {
    restore() {
      collection.clear();
      for (const [key, value] of entries) {
        if (collection instanceof Map) collection.set(key, value);
        else collection.add(key);
      }
    },
    compare(note) {
      for (const [key, value] of collection.entries()) {
        if (!saved.has(key)) note(key, kind, MISSING);
        else if (!Object.is(saved.get(key), value)) note(key, kind, saved.get(key));
      }
      for (const [key, value] of entries) if (!collection.has(key)) note(key, kind, kind === 'entry' ? value : true);
    },
  };
}

/** What has changed since it began. */
export class JournalFrame {
  readonly saved = new Map<object, Snapshot>();
  readonly sites = new Map<object, Map<unknown, Site>>();
  /** Undoes what is not a value of the program. */
  readonly undo: (() => void)[] = [];
  /** Lines that the program has printed. */
  readonly lines: string[] = [];
  /** Iterators from before that have moved on, which cannot be taken back. */
  readonly moved = new Map<object, Site>();
  /** The loop, where what is evaluated once here is a turn of it. */
  loop: ts.Node | undefined;

  constructor(
    readonly parent: JournalFrame | undefined,
    readonly start: number,
  ) {}

  changes(): Change[] {
    const found: Change[] = [];
    for (const [object, snapshot] of this.saved) {
      snapshot.compare((key, kind, before) => {
        const location = new Location(object, key, kind);
        const site = this.sites.get(object)?.get(key) ?? this.sites.get(object)?.get(undefined);
        found.push({ location, before, after: location.read(), site });
      });
    }
    return found;
  }

  restore(): void {
    for (const snapshot of this.saved.values()) snapshot.restore();
  }
}

export class Journal {
  readonly clock: Clock = { now: 0 };
  private top: JournalFrame | undefined;
  private births = new WeakMap<object, number>();

  /** Iterators that have moved on along a path that was taken back: where they are now fits no path. */
  private readonly lost = new WeakMap<object, Site>();

  /** How many lines were printed, and how many more of them are left out: those of an evaluation that begins again. */
  printed = 0;
  private repeated = 0;

  constructor(private readonly print: (line: string) => void) {}

  /** Takes back all that is open; what is printed from now on was printed since `printed` was the number of lines. */
  restart(printed: number): void {
    while (this.top !== undefined) this.rollBack(this.top);
    this.repeated = this.printed - printed;
    this.printed = printed;
  }

  /** Whether changes may have to be taken back. */
  get active(): boolean {
    return this.top !== undefined;
  }

  begin(): JournalFrame {
    this.top = new JournalFrame(this.top, ++this.clock.now);
    return this.top;
  }

  /** Takes everything back and ends the frame, along with frames that an error has left open within it. */
  rollBack(frame: JournalFrame): void {
    for (let at = this.top; at !== frame.parent; at = at?.parent) {
      at?.restore();
      for (const action of at?.undo.reverse() ?? []) action();
      this.lose(at);
    }
    this.top = frame.parent;
  }

  /** Takes the changes of values back and ends the frame, which counts as evaluated: what it printed is printed. */
  conclude(frame: JournalFrame): void {
    frame.restore();
    this.top = frame.parent;
    this.lose(frame);
    frame.parent?.undo.push(...frame.undo);
    for (const line of frame.lines) this.write(line);
  }

  /** Ends the frame; what has changed stays, and is the enclosing frame's to take back. */
  keep(frame: JournalFrame): void {
    const { parent } = frame;
    this.top = parent;
    if (parent !== undefined) {
      for (const [object, snapshot] of frame.saved) {
        if (!parent.saved.has(object) && !this.isFresh(object, parent)) parent.saved.set(object, snapshot);
        const sites = frame.sites.get(object);
        if (sites !== undefined) for (const [key, site] of sites) noteSite(parent, object, key, site);
      }
      parent.undo.push(...frame.undo);
      for (const [iterator, site] of frame.moved) if (!this.isFresh(iterator, parent)) parent.moved.set(iterator, site);
    }
    for (const line of frame.lines) this.write(line);
  }

  /** Announces that a value within `object` will change: the one at `key`, or any. */
  touch(object: object, key?: unknown, site?: Site): void {
    const frame = this.top;
    if (frame === undefined || this.isFresh(object, frame)) return;
    if (!frame.saved.has(object)) frame.saved.set(object, capture(object));
    if (site !== undefined) noteSite(frame, object, key, site);
  }

  /**
   * Announces that an iterator will move on, which nothing can take back. Gives the loop that forbids it: the iterator was made
   * before it, and this is one of its turns.
   */
  moves(iterator: object, site: Site): ts.Node | undefined {
    for (let at = this.top; at !== undefined && !this.isFresh(iterator, at); at = at.parent) if (at.loop !== undefined) return at.loop;
    if (this.top !== undefined && !this.isFresh(iterator, this.top)) this.top.moved.set(iterator, site);
    return undefined;
  }

  /** Where an iterator has moved on along a path that was taken back. */
  lostAt(iterator: object): Site | undefined {
    return this.lost.get(iterator);
  }

  private lose(frame: JournalFrame | undefined): void {
    for (const [iterator, site] of frame?.moved ?? []) this.lost.set(iterator, site);
  }

  /** Notes that an object has just been made: nobody can have seen it before. */
  made(object: object): void {
    if (this.top !== undefined) this.births.set(object, this.clock.now);
  }

  /** Whether an object was made after the frame began. */
  isFresh(object: object, frame: JournalFrame): boolean {
    const born = object instanceof Scope ? object.born : this.births.get(object);
    return born !== undefined && born >= frame.start;
  }

  /** What is to be done should the present path be taken back. */
  onRollBack(action: () => void): void {
    this.top?.undo.push(action);
  }

  /** Prints, unless the path is taken back. */
  write(line: string): void {
    if (this.top !== undefined) {
      this.top.lines.push(line);
      return;
    }
    this.printed++;
    if (this.repeated > 0) this.repeated--;
    else this.print(line);
  }
}

function noteSite(frame: JournalFrame, object: object, key: unknown, site: Site): void {
  const sites = frame.sites.get(object) ?? new Map<unknown, Site>();
  frame.sites.set(object, sites.set(key, site));
}
