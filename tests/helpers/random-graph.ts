/**
 * Random well-typed graphs over the op table, with inputs to run them on. A graph is built from a list of steps, each a few
 * numbers that choose an op, its operands and its attributes, so that a failing case shrinks to few steps with plain choices.
 */
import fc from 'fast-check';
import { GraphBuilder } from '../../compiler/ir/build.js';
import { type Dim, evaluateDim, namedDim } from '../../compiler/ir/dim.js';
import type { Graph, InputRole, Value } from '../../compiler/ir/graph.js';
import { printGraph } from '../../compiler/ir/print.js';
import type { DType } from '../../compiler/ir/types.js';
import { OpError, type TensorData } from '../../compiler/ops/op.js';
import { Draw, drawNumbers } from './draw.js';
import { type Recipe, recipes } from './graph-recipes.js';
import { tensor, uniforms } from './tensors.js';

export interface RandomGraphOptions {
  /** At most this many steps (a step may emit a few nodes). Default 8. */
  readonly maxSteps?: number;
  /** Some axes have the named size `n`. Default false. */
  readonly symbolic?: boolean;
  /** Only ops that are smooth where the inputs lie, and a scalar output `loss` first: for gradients. Default false. */
  readonly differentiable?: boolean;
  /** NaN, infinities, negative zeros and subnormal numbers among the inputs. Default false. */
  readonly oddValues?: boolean;
  /** Only recipes of these names (see graph-recipes.ts); for backends that do not know all ops yet. */
  readonly recipes?: readonly string[];
  /** Sizes that axes may have. Default 1, 2, 3, 5, 4, 7 and now and then 0. */
  readonly sizes?: readonly number[];
}

export interface RandomGraph {
  readonly graph: Graph;
  readonly inputs: ReadonlyMap<string, TensorData>;
  /** The graph as text: what a failing property shows. */
  readonly text: string;
}

/** What recipes build with. */
export class Scene {
  readonly builder = new GraphBuilder('random');
  readonly values: Value[] = [];
  readonly inputs = new Map<string, TensorData>();
  readonly sizes: ReadonlyMap<string, number>;
  private readonly uniform: () => number;

  constructor(
    readonly options: RandomGraphOptions,
    namedSize: number,
    seed: number,
  ) {
    this.sizes = new Map([['n', namedSize]]);
    this.uniform = uniforms(seed);
  }

  emit = (op: string, inputs: readonly Value[], attributes = {}): Value => this.builder.emit(op, inputs, attributes);

  /** A new graph input. Floats lie in (-2, 2) and are multiples of 1/64; integers are 0, 1 or 2 unless a range is given. */
  input(dtype: DType, shape: readonly Dim[], role: InputRole = 'argument', range: readonly [number, number] = [0, 2]): Value {
    const sizes = shape.map((dim) => evaluateDim(dim, this.sizes));
    const count = sizes.reduce((product, n) => product * n, 1);
    const name = `${role === 'rng' ? 'rng' : role === 'parameter' ? 'w' : 'x'}${this.inputs.size}`;
    const data = Array.from({ length: count }, () => this.element(dtype, range));
    this.inputs.set(name, tensor(dtype, sizes, data));
    return this.builder.input(name, role, { dtype, shape });
  }

  private element(dtype: DType, [low, high]: readonly [number, number]): number {
    const u = this.uniform();
    if (dtype === 'bool') return u < 0.5 ? 0 : 1;
    if (dtype === 'i32') return low + Math.floor(u * (high - low + 1));
    if (this.options.oddValues && this.uniform() < 0.25) return oddFloats[Math.floor(u * oddFloats.length)]!;
    return Math.round((u * 4 - 2) * 64 + (u < 0.5 ? -1 : 1)) / 64;
  }

  /** The sizes of a shape in this scene. */
  concrete(shape: readonly Dim[]): number[] {
    return shape.map((dim) => evaluateDim(dim, this.sizes));
  }

  of(...dtypes: readonly DType[]): Value[] {
    return this.values.filter((value) => dtypes.includes(value.type.dtype));
  }
}

/** Nothing huge: sums of huge terms that cancel depend on their order. */
const oddFloats = [0, -0, Infinity, -Infinity, NaN, 1e-40, -1e-40, 1, -1, 4096, -1000, 0.5];
const mostElements = 2000;

function dimOf(draw: Draw, options: RandomGraphOptions): Dim {
  if (options.symbolic && draw.oneIn(3)) return namedDim('n');
  if (options.sizes) return draw.pick(options.sizes);
  return draw.oneIn(24) ? 0 : draw.pick([2, 3, 1, 5, 4, 7]);
}

/** Takes one step. A choice that its op refuses is no step. */
export function runRecipe(scene: Scene, recipe: Recipe, draw: Draw): void {
  try {
    const value = recipe.build(scene, draw);
    if (value && scene.concrete(value.type.shape).reduce((product, n) => product * n, 1) <= mostElements) scene.values.push(value);
  } catch (error) {
    if (!(error instanceof OpError)) throw error;
  }
}

/** A scene with one to three inputs. */
export function startScene(options: RandomGraphOptions, namedSize: number, seed: number, first: readonly number[]): Scene {
  const scene = new Scene(options, namedSize, seed);
  const head = new Draw(first);
  const inputCount = head.between(1, 3);
  for (let i = 0; i < inputCount; i++) {
    const rank = head.pick([2, 3, 1, 4, 0]);
    const dtype = head.oneIn(6) && !options.differentiable ? head.pick(['i32', 'bool'] as const) : 'f32';
    const shape = Array.from({ length: rank }, () => dimOf(head, options));
    // The first input binds the named size.
    if (i === 0 && options.symbolic) shape[0] = namedDim('n');
    scene.values.push(scene.input(dtype, shape));
  }
  return scene;
}

export function allowedRecipes(options: RandomGraphOptions): Recipe[] {
  return recipes.filter(
    (recipe) => (!options.differentiable || recipe.smooth) && (!options.recipes || options.recipes.includes(recipe.name)),
  );
}

function buildGraph(
  options: RandomGraphOptions,
  namedSize: number,
  seed: number,
  first: readonly number[],
  steps: readonly number[][],
): RandomGraph {
  const scene = startScene(options, namedSize, seed, first);
  const allowed = allowedRecipes(options);
  for (const numbers of steps) {
    const draw = new Draw(numbers);
    runRecipe(scene, draw.pick(allowed), draw);
  }
  addOutputs(scene);
  const graph = scene.builder.finish();
  return { graph, inputs: scene.inputs, text: printGraph(graph) };
}

/** The values that nothing uses become outputs; with `differentiable`, first the sum of their sums. */
export function addOutputs(scene: Scene): void {
  const { builder, options } = scene;
  const used = new Set(builder.finish().body.nodes.flatMap((node) => node.inputs));
  const leaves = scene.values.filter((value, i) => !used.has(value) || i === scene.values.length - 1);
  if (options.differentiable) {
    let loss: Value | undefined;
    for (const leaf of leaves.filter((value) => value.type.dtype === 'f32')) {
      const sum = builder.emit('reduceSum', [leaf], { dims: leaf.type.shape.map((_, axis) => axis) });
      loss = loss ? builder.emit('add', [loss, sum]) : sum;
    }
    builder.output('loss', 'result', loss ?? builder.emit('constant', [], { value: 0, dtype: 'f32', shape: [] }));
  }
  leaves.forEach((leaf, i) => {
    builder.output(`out${i}`, 'result', leaf);
  });
}

/** Random graphs with inputs. */
export function randomGraph(options: RandomGraphOptions = {}): fc.Arbitrary<RandomGraph> {
  return fc
    .record({
      namedSize: fc.constantFrom(2, 3, 1, 5, 4),
      seed: fc.nat({ max: 0xffff }),
      first: drawNumbers(24),
      steps: fc.array(drawNumbers(14), { maxLength: options.maxSteps ?? 8, size: 'max' }),
    })
    .map(({ namedSize, seed, first, steps }) => buildGraph(options, namedSize, seed, first, steps))
    .map(withText);
}

/** Makes fast-check show the graph's text and inputs when a property fails. */
export function withText(random: RandomGraph): RandomGraph {
  const shown = () => {
    const inputs = [...random.inputs].map(
      ([name, { shape, data }]) => `${name} [${shape.join(', ')}] = ${[...data].slice(0, 12).join(', ')}`,
    );
    return `\n${random.text}${inputs.join('\n')}\n`;
  };
  return Object.defineProperty({ ...random }, fc.toStringMethod, { value: shown, enumerable: false });
}
