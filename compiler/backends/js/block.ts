import type { Axis } from '../../kernel/expr.js';
import type { Needs } from '../../kernel/expressions.js';
import type { Text } from './text.js';

/** A loop variable's text, and what unrolling adds to it. An absorbed axis runs inside another's variable and adds nothing itself. */
export interface AxisBinding {
  readonly text: Text;
  readonly offset: number;
  readonly absorbed?: boolean;
}

/**
 * A stretch of statements. `loop`: the body of a loop; `branch`: runs only where a condition holds, so reads must not leave it;
 * `plain`: no braces of its own (the function itself, or one copy of an unrolled body).
 */
export class Block {
  readonly lines: string[] = [];
  /** Texts of expressions that are named, or plain, in this block. */
  readonly named = new Map<string, Text>();
  readonly axes = new Map<Axis, AxisBinding>();
  readonly introduced = new Set<Axis | string>();
  /** Identifiers declared here. */
  readonly declared: string[] = [];
  readonly depth: number;

  constructor(
    readonly kind: 'loop' | 'branch' | 'plain',
    readonly parent?: Block,
  ) {
    this.depth = parent === undefined ? 0 : parent.depth + 1;
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
