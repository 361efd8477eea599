import type { Dim } from '../../ir/dim.js';
import { dimText } from '../../ir/dim.js';
import type { Axis } from '../../kernel/expr.js';
import type { Needs } from '../../kernel/expressions.js';
import type { Text } from './text.js';

/** A running loop: for each multiple of its turn that addresses need there is a local that advances by itself. */
export interface Running {
  readonly block: Block;
  readonly name: string;
  /** Multiples of the turn, by the key of the coefficient. */
  readonly multiples: Map<string, { readonly coefficient: Dim; readonly text: Text }>;
}

/**
 * What an axis is at a place: the loop's turn, or a text that does not change, plus a constant that unrolling adds. An absorbed axis
 * runs inside another's variable and adds nothing itself. `lanes`: four turns at once, of which this is the first.
 */
export interface AxisBinding {
  readonly at: Running | Text;
  readonly offset: number;
  readonly absorbed?: boolean;
  readonly lanes?: boolean;
}

export function isRunning(at: Running | Text): at is Running {
  return 'multiples' in at;
}

export const multipleKey = (coefficient: Dim): string => dimText(coefficient);

/**
 * A stretch of statements. `loop`: the body of a loop; `branch`: runs only where a condition holds, so reads must not leave it;
 * `plain`: nothing of its own around it (the function itself, or one copy of an unrolled body).
 */
export class Block {
  readonly lines: string[] = [];
  /** Texts of expressions that are named, or plain, in this block. */
  readonly named = new Map<string, Text>();
  readonly axes = new Map<Axis, AxisBinding>();
  readonly introduced = new Set<Axis | string>();
  /** Names of locals whose scope is this block. */
  readonly declared: string[] = [];
  /** Names of locals whose block lay in this one and has ended. */
  readonly free = new Set<string>();
  readonly depth: number;

  constructor(
    readonly kind: 'loop' | 'branch' | 'plain',
    readonly parent?: Block,
  ) {
    this.depth = parent === undefined ? 0 : parent.depth + 1;
  }

  /** `inner`, a block inside this one, has ended. */
  release(inner: Block): void {
    for (const name of [...inner.declared, ...inner.free]) this.free.add(name);
  }

  bind(axis: Axis, binding: AxisBinding): void {
    this.axes.set(axis, binding);
    this.introduced.add(axis);
  }

  binding(axis: Axis): AxisBinding {
    for (let block: Block | undefined = this; block !== undefined; block = block.parent) {
      const found = block.axes.get(axis);
      if (found) return found;
    }
    throw new Error(`no loop runs the axis ${axis.name} here`);
  }

  find(key: string): Text | undefined {
    for (let block: Block | undefined = this; block !== undefined; block = block.parent) {
      const found = block.named.get(key);
      if (found) return found;
    }
    return undefined;
  }

  /** The outermost block in which all of `needs` are known; a read does not leave a branch. */
  placeOf(needs: Needs, isRead: boolean): Block {
    let block: Block = this;
    while (block.parent !== undefined) {
      if (block.kind === 'branch' && isRead) break;
      let stays = false;
      for (const need of block.introduced) if (needs.has(need)) stays = true;
      if (stays) break;
      block = block.parent;
    }
    return block;
  }
}
