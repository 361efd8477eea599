import { type Dim, productOf } from '../../ir/dim.js';
import type { Axis, ScalarExpr } from '../../kernel/expr.js';
import { linearForm } from '../../kernel/index-math.js';
import type { ContractPart, Store } from '../../kernel/kernel.js';
import { Body } from './body.js';
import { FlatAxes } from './flatten-axes.js';
import { ceilDiv, type Launch, nextPowerOfTwo } from './launch.js';
import type { ModuleWriter } from './module.js';
import { primary, valueType } from './text.js';
import { loadsOf } from './walk.js';

/**
 * Tiles of a contraction. A workgroup computes `tileM` x `tileN` results from tiles of both operands in shared memory, `tileK`
 * deep; an invocation keeps 4 x 4 of them in registers. With `slices` > 1, that many invocations share a 4 x 4 block, each
 * with its part of every tile's depth: so small results still occupy a workgroup.
 */
export interface Tiling {
  readonly tileM: number;
  readonly tileN: number;
  readonly tileK: number;
  readonly slices: number;
}

/** Stands for an axis whose size is known at run time only when tiles are chosen. */
const assumedSize = 256;

function tileSides(part: ContractPart): [m: number, n: number] {
  const known = (axes: readonly Axis[]) => {
    const size = productOf(axes.map((axis) => axis.size));
    return typeof size === 'number' ? size : undefined;
  };
  const [m, n] = [known(part.m), known(part.n)];
  const side = (size: number | undefined, cap: number) => Math.min(cap, Math.max(4, nextPowerOfTwo(size ?? cap)));
  const tiles = (cap: number) =>
    (known(part.batch) ?? 16) * Math.ceil((m ?? assumedSize) / side(m, cap)) * Math.ceil((n ?? assumedSize) / side(n, cap));
  // Larger tiles read memory less often, smaller ones keep more of the device busy.
  const cap = tiles(64) >= 48 ? 64 : 32;
  return [side(m, cap), side(n, cap)];
}

/** The number of invocations that suits a contraction by itself. */
export function preferredWidth(part: ContractPart): number {
  const [m, n] = tileSides(part);
  const blocks = (m / 4) * (n / 4);
  const depth = productOf(part.k.map((axis) => axis.size));
  const slices = typeof depth === 'number' ? nextPowerOfTwo(depth / 16) : 16;
  return Math.max(64, Math.min(256, blocks * slices));
}

export function chooseTiling(part: ContractPart, width: number): Tiling {
  const [tileM, tileN] = tileSides(part);
  const slices = width / ((tileM / 4) * (tileN / 4));
  const depth = productOf(part.k.map((axis) => axis.size));
  // Deep enough that every invocation has something to load, and at most 8 KB for both tiles.
  let tileK = Math.max(16, slices);
  while (tileK * Math.max(tileM, tileN) < 4 * width && (tileM + tileN) * tileK * 2 <= 2048) tileK *= 2;
  if (typeof depth === 'number') tileK = Math.min(tileK, Math.max(4, slices, nextPowerOfTwo(depth)));
  return { tileM, tileN, tileK, slices };
}

export function launchContract(module: ModuleWriter, part: ContractPart, width: number): Launch {
  return new TiledContract(module, part, width, chooseTiling(part, width));
}

interface Operand {
  /** Function that computes an element. */
  readonly function: string;
  readonly memory: string;
  /** vec4s from one k to the next: one more than needed where invocations write columns, so that they write to distinct banks. */
  readonly stride: number;
  /** The tile's side along m or n. */
  readonly side: number;
  /** Whether neighbouring invocations load neighbours along k. */
  readonly alongK: boolean;
}

class TiledContract implements Launch {
  readonly groups: Dim;
  private readonly batch: Axis;
  private readonly m: Axis;
  private readonly n: Axis;
  private readonly k: Axis;
  private readonly a: ScalarExpr;
  private readonly b: ScalarExpr;
  private readonly stores: readonly Store[];
  private readonly tilesM: Dim;
  private readonly tilesN: Dim;
  private readonly type: string;

  constructor(
    private readonly module: ModuleWriter,
    part: ContractPart,
    private readonly width: number,
    private readonly tiling: Tiling,
  ) {
    const flat = new FlatAxes();
    this.batch = flat.merge(part.batch, 'batch');
    this.m = flat.merge(part.m, 'm');
    this.n = flat.merge(part.n, 'n');
    this.k = flat.merge(part.k, 'k');
    this.a = flat.scalar(part.a);
    this.b = flat.scalar(part.b);
    this.stores = part.stores.map((store) => ({ ...store, index: flat.index(store.index), value: flat.scalar(store.value) }));
    this.tilesM = ceilDiv(this.m.size, tiling.tileM);
    this.tilesN = ceilDiv(this.n.size, tiling.tileN);
    this.groups = productOf([this.batch.size, this.tilesM, this.tilesN]);
    this.type = valueType(part.a.dtype);
  }

  enter(): void {
    // All expressions are in functions of their own.
  }

  print(body: Body): void {
    const { module, type } = this;
    const { tileM, tileN, tileK, slices } = this.tiling;
    const batched = this.batch.size !== 1;
    const a = this.operand('a', this.a, this.m, this.k, tileM);
    const b = this.operand('b', this.b, this.k, this.n, tileN);
    const store = this.storeFunction();
    const batch = batched ? 'batch, ' : '';
    const blocksN = tileN / 4;
    const blocks = (tileM / 4) * blocksN;

    body.comment(`${tileM} x ${tileN} results a workgroup, 4 x 4 an invocation${slices > 1 ? `, ${slices} invocations a block` : ''}.`);
    const tilesN = module.size(this.tilesN).text;
    const tilesM = module.size(this.tilesM).text;
    // Tiles along n are neighbours, then those along m.
    // No tiles count as one here: nothing runs then, and shaders may not divide by 0.
    const [oneM, oneN] = [tilesM === '1' || tilesM === '0', tilesN === '1' || tilesN === '0'];
    if (batched)
      body.line(
        `let batch = ${oneM && oneN ? 'group' : oneM || oneN ? `group / ${oneM ? tilesN : tilesM}` : `group / (${tilesM} * ${tilesN})`};`,
      );
    const tileOfM = oneM ? '0' : `${oneN ? 'group' : `group / ${tilesN}`}${batched ? ` % ${tilesM}` : ''}`;
    const tileOfN = oneN ? '0' : oneM && !batched ? 'group' : `group % ${tilesN}`;
    body.line(`let m0 = ${tileOfM} * ${tileM};`);
    body.line(`let n0 = ${tileOfN} * ${tileN};`);
    if (slices > 1) {
      body.line(`let block = lane % ${blocks};`);
      body.line(`let slice = lane / ${blocks};`);
    }
    const block = slices > 1 ? 'block' : 'lane';
    body.line(`let row = ${block} / ${blocksN};`);
    body.line(`let column = ${block} % ${blocksN};`);
    for (let i = 0; i < 4; i++) body.line(`var acc${i} = vec4<${type}>();`);

    const depth = module.size(this.k.size).text;
    body.block('guard', `for (var k0 = 0; k0 < ${depth}; k0 += ${tileK})`, () => {
      this.printLoad(body, a, (k, m) => `${a.function}(${batch}m0 + ${m}, k0 + ${k})`);
      this.printLoad(body, b, (k, n) => `${b.function}(${batch}k0 + ${k}, n0 + ${n})`);
      body.line('workgroupBarrier();');
      const from = slices > 1 ? 'slice' : '0';
      const step = slices > 1 ? `k += ${slices}` : 'k++';
      body.block('guard', `for (var k = ${from}; k < ${tileK}; ${step})`, () => {
        body.line(`let a = ${a.memory}[${times('k', a.stride)} + row];`);
        body.line(`let b = ${b.memory}[${times('k', b.stride)} + column];`);
        for (const [i, component] of ['x', 'y', 'z', 'w'].entries()) body.line(`acc${i} += a.${component} * b;`);
      });
      body.line('workgroupBarrier();');
    });

    body.line('let rows = array(acc0, acc1, acc2, acc3);');
    body.block('guard', 'for (var i = 0; i < 4; i++)', () => {
      const writeRow = (values: string) =>
        body.block('guard', 'for (var j = 0; j < 4; j++)', () =>
          body.line(`${store}(${batch}m0 + row * 4 + i, n0 + column * 4 + j, ${values}[j]);`),
        );
      if (slices === 1) {
        writeRow('rows[i]');
        return;
      }
      const sum = this.sumSlices(body, blocks, 'rows[i]');
      body.block('guard', 'if (slice == 0)', () => writeRow(sum));
      body.line('workgroupBarrier();');
    });
  }

  /** Fills an operand's tile: an invocation computes vectors of four neighbours along m (or n). */
  private printLoad(body: Body, operand: Operand, element: (k: string, side: string) => string): void {
    const { tileK } = this.tiling;
    const quads = operand.side / 4;
    const slots = tileK * quads;
    const from = slots > this.width ? 'slot' : 'lane';
    const k = operand.alongK ? remainder(from, tileK) : quotient(from, quads);
    const quad = operand.alongK ? quotient(from, tileK) : remainder(from, quads);
    const fill = () => {
      body.line(`let k = ${k};`);
      body.line(`let side = ${quad} * 4;`);
      const parts = [0, 1, 2, 3].map((i) => element('k', i ? `side + ${i}` : 'side'));
      body.line(`${operand.memory}[${times('k', operand.stride)} + side / 4] = vec4(`);
      for (const [i, part] of parts.entries()) body.line(`  ${part}${i < 3 ? ',' : ''}`);
      body.line(');');
    };
    if (slots > this.width) body.block('guard', `for (var slot = lane; slot < ${slots}; slot += ${this.width})`, fill);
    else body.block('guard', slots === this.width ? '' : `if (lane < ${slots})`, fill);
  }

  /** `load_a(batch, m, k)`: an element of an operand, zero outside. */
  private operand(letter: 'a' | 'b', expr: ScalarExpr, first: Axis, second: Axis, side: number): Operand {
    const { module, type } = this;
    const name = module.names.unique(`load_${letter}`);
    const { body, parameters, named } = this.elementFunction(first, second);
    body.enter(expr);
    const outside = this.outside(named);
    if (outside) body.line(`if (${outside}) { return ${type === 'f32' ? '0.0' : '0'}; }`);
    body.line(`return ${body.value(expr).text};`);
    module.addFunction(`fn ${name}(${parameters}) -> ${type} {\n${body.lines().join('\n')}\n}`);
    const outer = letter === 'a' ? first : second;
    const alongK = contiguousRun(expr, this.k) >= contiguousRun(expr, outer);
    const quads = side / 4;
    const stride = alongK && quads > 1 ? quads + 1 : quads;
    const memory = module.workgroupMemory(`tile_${letter}`, `vec4<${type}>`, this.tiling.tileK * stride);
    return { function: name, memory, stride, side, alongK };
  }

  /** A function of the batch (if there is any) and two axes. */
  private elementFunction(first: Axis, second: Axis): { body: Body; parameters: string; named: ReadonlyMap<Axis, string> } {
    const body = new Body(this.module, new Set(this.stores.map((store) => store.tensor)));
    const axes = [...(this.batch.size === 1 ? [] : [this.batch]), first, second];
    const named = new Map(axes.map((axis) => [axis, body.names.unique(axis.name)]));
    for (const [axis, name] of named) body.define(axis, primary(name));
    return { body, parameters: [...named.values()].map((name) => `${name}: i32`).join(', '), named };
  }

  /** The condition under which an element lies past the end, which tiles may reach over. */
  private outside(named: ReadonlyMap<Axis, string>): string | undefined {
    const { tileM, tileN, tileK } = this.tiling;
    const tiles = new Map([
      [this.m, tileM],
      [this.n, tileN],
      [this.k, tileK],
    ]);
    const conditions: string[] = [];
    for (const [axis, name] of named) {
      const tile = tiles.get(axis);
      if (tile === undefined || (typeof axis.size === 'number' && axis.size % tile === 0)) continue;
      conditions.push(`${name} >= ${this.module.size(axis.size).text}`);
    }
    return conditions.length > 0 ? conditions.join(' || ') : undefined;
  }

  /** `store(batch, m, n, acc)`: writes a result, with what follows the contraction. */
  private storeFunction(): string {
    const { module, type } = this;
    const name = module.names.unique('store');
    const { body, parameters, named } = this.elementFunction(this.m, this.n);
    const acc = body.names.unique('acc');
    body.define('acc', primary(acc));
    for (const store of this.stores) body.enterStore(store);
    const outside = this.outside(named);
    if (outside) body.line(`if (${outside}) { return; }`);
    for (const store of this.stores) body.store(store);
    module.addFunction(`fn ${name}(${parameters}, ${acc}: ${type}) {\n${body.lines().join('\n')}\n}`);
    return name;
  }

  /** Adds what the slices of a block found, in a tree: the sum is in the place of the block's first slice. */
  private sumSlices(body: Body, blocks: number, value: string): string {
    const memory = this.module.workgroupMemory('partial_acc', `vec4<${this.type}>`, this.width);
    body.line(`${memory}[lane] = ${value};`);
    body.line('workgroupBarrier();');
    body.block('guard', `for (var half = ${this.width / 2}; half >= ${blocks}; half /= 2)`, () => {
      body.line(`if (lane < half) { ${memory}[lane] += ${memory}[lane + half]; }`);
      body.line('workgroupBarrier();');
    });
    return `${memory}[block]`;
  }
}

/** For how many steps along the axis the reads of an expression go through memory one by one, at the most. */
function contiguousRun(expr: ScalarExpr, axis: Axis): number {
  const longest = typeof axis.size === 'number' ? axis.size : Number.POSITIVE_INFINITY;
  const runs = loadsOf(expr).flatMap((load) =>
    linearForm(load.index).terms.map(({ atom, coefficient }) => {
      if (coefficient !== 1) return 0;
      if (atom.kind === 'axis') return atom.axis === axis ? longest : 0;
      if (atom.kind !== 'mod' || !(atom.left.kind === 'axis' && atom.left.axis === axis)) return 0;
      return atom.right.kind === 'number' ? atom.right.value : longest;
    }),
  );
  return Math.max(0, ...runs);
}

function times(name: string, factor: number): string {
  return factor === 1 ? name : `${name} * ${factor}`;
}

function quotient(name: string, by: number): string {
  return by === 1 ? name : `${name} / ${by}`;
}

function remainder(name: string, by: number): string {
  return by === 1 ? '0' : `${name} % ${by}`;
}
