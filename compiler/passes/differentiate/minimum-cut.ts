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

  toSink(vertex: T): void {
    this.connect(this.numberOf(vertex) + 1, sink, Number.POSITIVE_INFINITY);
  }

  /** The cut that is nearest to the sink among those of least weight. */
  solve(): T[] {
    for (;;) {
      const levels = this.levels();
      if (levels[sink] === undefined) break;
      const next = this.edges.map(() => 0);
      for (let flow = this.push(source, Number.POSITIVE_INFINITY, levels, next); flow > 0; ) {
        if (flow === Number.POSITIVE_INFINITY) throw new Error('there is a way that cannot be cut');
        flow = this.push(source, Number.POSITIVE_INFINITY, levels, next);
      }
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

  private push(at: number, most: number, levels: readonly (number | undefined)[], next: number[]): number {
    if (at === sink) return most;
    const edges = this.edges[at]!;
    for (; next[at]! < edges.length; next[at]!++) {
      const edge = edges[next[at]!]!;
      if (edge.capacity <= 0 || levels[edge.to] !== levels[at]! + 1) continue;
      const flow = this.push(edge.to, Math.min(most, edge.capacity), levels, next);
      if (flow <= 0) continue;
      edge.capacity -= flow;
      this.edges[edge.to]![edge.back]!.capacity += flow;
      return flow;
    }
    return 0;
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
