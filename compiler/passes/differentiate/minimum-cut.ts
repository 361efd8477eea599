interface Edge {
  readonly to: number;
  capacity: number;
  /** The edge in the other direction, among the edges of `to`. */
  readonly back: number;
}

const source = 0;
const sink = 1;

/**
 * The vertices of least weight whose removal leaves no path from the source to the sink (Dinic's algorithm on the graph with every vertex split
 * in two). A vertex without a weight of its own cannot be removed.
 */
export class MinimumCut<T> {
  private readonly edges: Edge[][] = [[], []];
  /** Where a vertex is entered; it is left at the number after that. */
  private readonly numbers = new Map<T, number>();

  /** Gives a vertex its weight. */
  vertex(vertex: T, weight: number): void {
    const number = this.numberOf(vertex);
    const own = this.edges[number]!.find(({ to }) => to === number + 1)!;
    own.capacity = weight;
  }

  edge(from: T, to: T): void {
    this.connect(this.numberOf(from) + 1, this.numberOf(to), Number.POSITIVE_INFINITY);
  }

  fromSource(vertex: T): void {
    this.connect(source, this.numberOf(vertex), Number.POSITIVE_INFINITY);
  }

  /** The cost of having a vertex on the sink's side though it is not removed. */
  cost(vertex: T, cost: number): void {
    this.connect(source, this.numberOf(vertex), cost);
  }

  toSink(vertex: T): void {
    this.connect(this.numberOf(vertex) + 1, sink, Number.POSITIVE_INFINITY);
  }

  /** The cut that is nearest to the sink among those of least weight. */
  solve(): T[] {
    for (;;) {
      const levels = this.levels();
      if (levels[sink] === undefined) break;
      const next = this.edges.map(() => 0);
      while (this.push(levels, next) > 0);
    }
    const reaches = this.reachingSink();
    return [...this.numbers].filter(([, number]) => !reaches.has(number) && reaches.has(number + 1)).map(([vertex]) => vertex);
  }

  private numberOf(vertex: T): number {
    const known = this.numbers.get(vertex);
    if (known !== undefined) return known;
    const number = this.edges.length;
    this.numbers.set(vertex, number);
    this.edges.push([], []);
    this.connect(number, number + 1, Number.POSITIVE_INFINITY);
    return number;
  }

  private connect(from: number, to: number, capacity: number): void {
    const forth = this.edges[from]!;
    const back = this.edges[to]!;
    forth.push({ to, capacity, back: back.length });
    back.push({ to: from, capacity: 0, back: forth.length - 1 });
  }

  /** How many edges lead from the source to a vertex. */
  private levels(): (number | undefined)[] {
    const levels: (number | undefined)[] = [];
    levels[source] = 0;
    const queue = [source];
    for (const at of queue) {
      for (const { to, capacity } of this.edges[at]!) {
        if (capacity <= 0 || levels[to] !== undefined) continue;
        levels[to] = levels[at]! + 1;
        queue.push(to);
      }
    }
    return levels;
  }

  /** Sends as much as one more way takes, along edges that lead a level on; gives how much. */
  private push(levels: readonly (number | undefined)[], next: number[]): number {
    const path: Edge[] = [];
    for (let at = source; at !== sink; ) {
      const edge = this.edges[at]![next[at]!];
      if (edge === undefined) {
        // No way on from here: one step back, and past the edge that led here.
        const last = path.pop();
        if (last === undefined) return 0;
        at = this.edges[last.to]![last.back]!.to;
        next[at]!++;
      } else if (edge.capacity > 0 && levels[edge.to] === levels[at]! + 1) {
        path.push(edge);
        at = edge.to;
      } else next[at]!++;
    }
    const flow = path.reduce((least, { capacity }) => Math.min(least, capacity), Number.POSITIVE_INFINITY);
    if (flow === Number.POSITIVE_INFINITY) throw new Error('there is a way that cannot be cut');
    for (const edge of path) {
      edge.capacity -= flow;
      this.edges[edge.to]![edge.back]!.capacity += flow;
    }
    return flow;
  }

  private reachingSink(): Set<number> {
    const found = new Set([sink]);
    for (const at of found) {
      // An edge into `at` with capacity left is the other direction of an edge out of it.
      for (const { to, back } of this.edges[at]!) if (this.edges[to]![back]!.capacity > 0) found.add(to);
    }
    return found;
  }
}
