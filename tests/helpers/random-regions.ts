/**
 * Random graphs with `if` and `loop`, nested in one another: the steps of random-graph.ts, some of which hold further steps. Loops
 * count, so that they take a few turns at most; how many is known, given as an input, or decided by data.
 */
import fc from 'fast-check';
import { type Dim, isSymbolic } from '../../compiler/ir/dim.js';
import type { Value } from '../../compiler/ir/graph.js';
import { printGraph } from '../../compiler/ir/print.js';
import { sameType } from '../../compiler/ir/types.js';
import { Draw, drawNumbers } from './draw.js';
import { type Recipe, writtenRow } from './graph-recipes.js';
import {
  addOutputs,
  allowedRecipes,
  type RandomGraph,
  type RandomGraphOptions,
  runRecipe,
  type Scene,
  startScene,
  withText,
} from './random-graph.js';

export interface RandomRegionsOptions extends RandomGraphOptions {
  /** How deep regions are nested at most. Default 2. */
  readonly depth?: number;
  /** Conditions on floats: where they lie close to a threshold a finite difference may see a step. Default true. */
  readonly floatConditions?: boolean;
  /** Loops that keep a tape. Default true. */
  readonly tapes?: boolean;
}

/** A step of a graph; `if` and `loop` have steps inside. */
interface Step {
  readonly kind: 'plain' | 'if' | 'loop';
  readonly numbers: readonly number[];
  readonly first: readonly Step[];
  readonly second: readonly Step[];
}

function stepOf(depth: number): fc.Arbitrary<Step> {
  const plain = drawNumbers(14).map((numbers): Step => ({ kind: 'plain', numbers, first: [], second: [] }));
  if (depth === 0) return plain;
  const inner = fc.array(stepOf(depth - 1), { maxLength: 3, size: 'max' });
  const control = fc.record({
    kind: fc.constantFrom('if' as const, 'loop' as const),
    numbers: drawNumbers(24),
    first: inner,
    second: inner,
  });
  return fc.oneof({ weight: 3, arbitrary: plain }, { weight: 2, arbitrary: control });
}

/** Random graphs with control flow, and inputs. Named sizes, differentiable graphs and so on as for `randomGraph`. */
export function randomRegions(options: RandomRegionsOptions = {}): fc.Arbitrary<RandomGraph> {
  return fc
    .record({
      namedSize: fc.constantFrom(2, 3, 1, 5, 4),
      seed: fc.nat({ max: 0xffff }),
      first: drawNumbers(24),
      steps: fc.array(stepOf(options.depth ?? 2), { maxLength: options.maxSteps ?? 5, size: 'max' }),
    })
    .map(({ namedSize, seed, first, steps }) => {
      const scene = startScene(options, namedSize, seed, first);
      new RegionBuilder(scene, options).steps(steps);
      addOutputs(scene);
      const graph = scene.builder.finish();
      return withText({ graph, inputs: scene.inputs, text: printGraph(graph) });
    });
}

class RegionBuilder {
  private readonly recipes: readonly Recipe[];

  constructor(
    private readonly scene: Scene,
    private readonly options: RandomRegionsOptions,
  ) {
    this.recipes = allowedRecipes(options);
  }

  steps(steps: readonly Step[]): void {
    for (const step of steps) {
      const draw = new Draw(step.numbers);
      if (step.kind === 'if') this.branch(step, draw);
      else if (step.kind === 'loop') this.loop(step, draw);
      else runRecipe(this.scene, draw.pick(this.recipes), draw);
    }
  }

  private branch(step: Step, draw: Draw): void {
    const condition = this.condition(draw);
    const templates = this.pickValues(draw, 3);
    const side = (steps: readonly Step[]) => () =>
      this.inside([], () => {
        this.steps(steps);
        return templates.map((template) => this.valueLike(draw, template));
      });
    this.add(this.scene.builder.branch(condition, side(step.first), side(step.second)));
  }

  private loop(step: Step, draw: Draw): void {
    const { builder } = this.scene;
    const down = draw.oneIn(3);
    const { value: bound, known } = this.bound(draw);
    const initial = [down ? bound : this.integer(0), ...this.pickValues(draw, 3)];
    const test = draw.oneIn(3) ? (this.options.floatConditions ?? true) : false;
    const condition = (carries: readonly Value[]) =>
      this.inside(carries, () => {
        const counts = builder.emit(down ? 'gt' : 'lt', [carries[0]!, down ? this.integer(0) : bound]);
        return test ? builder.emit('and', [counts, this.floatCondition(draw)]) : counts;
      });
    const counted = known === undefined || test ? {} : { turns: known };
    const body = (carries: readonly Value[]) =>
      this.inside(carries, () => {
        this.row(draw, carries[0]!);
        this.writes(draw, carries);
        this.steps(step.first);
        this.writes(draw, carries);
        const next = carries.slice(1).map((carry) => this.bounded(this.valueLike(draw, carry)));
        return [builder.emit(down ? 'sub' : 'add', [carries[0]!, this.integer(1)]), ...next];
      });
    if ((this.options.tapes ?? true) && draw.oneIn(4)) {
      const { carries, turns, stacks } = builder.tapedLoop(
        initial,
        condition,
        (values) => {
          const results = this.inside(values, () => {
            const next = body(values);
            this.steps(step.second);
            return [...next, ...this.pickValues(draw, 2)];
          });
          return { next: results.slice(0, initial.length), taped: results.slice(initial.length) };
        },
        known === undefined || test ? {} : { ...counted, reversed: draw.oneIn(3) },
      );
      this.add([...carries, turns]);
      this.add(stacks.filter(({ type }) => type.dtype === 'f32').map((stack) => builder.emit('reduceSum', [stack], { dims: [0] })));
    } else this.add(builder.loop(initial, condition, body, { ...counted, ...(!isSymbolic(known) && draw.oneIn(2) && { limit: 5 }) }));
  }

  /** Values that are made in `build` are not seen outside of it. */
  private inside<T>(parameters: readonly Value[], build: () => T): T {
    const { values } = this.scene;
    const before = [...values];
    values.push(...parameters);
    try {
      return build();
    } finally {
      values.splice(0, values.length, ...before);
    }
  }

  private add(values: readonly Value[]): void {
    this.scene.values.push(...values);
  }

  /** One to `most` values, the same one twice perhaps. */
  private pickValues(draw: Draw, most: number): Value[] {
    const { values } = this.scene;
    const floats = values.filter(({ type }) => type.dtype === 'f32');
    const list = [draw.pick(floats.length > 0 ? floats : values)];
    for (let count = draw.between(1, most); list.length < count; ) list.push(draw.pick(values));
    return list;
  }

  /** A value of that type: the latest as a rule. */
  private valueLike(draw: Draw, template: Value): Value {
    const candidates = this.scene.values.filter(({ type }) => sameType(type, template.type));
    if (candidates.length === 0) return template;
    return draw.oneIn(3) ? draw.pick(candidates) : candidates[candidates.length - 1]!;
  }

  /** In graphs for finite differences, what a loop carries stays small. */
  private bounded(value: Value): Value {
    return this.options.differentiable && value.type.dtype === 'f32' ? this.scene.emit('sin', [value]) : value;
  }

  /** Reads a row of some tensor by the loop's counter. Rows out of range, which are others read again, have no gradient. */
  private row(draw: Draw, counter: Value): void {
    const least = this.options.differentiable ? 4 : 1;
    const candidates = this.scene.values.filter(
      ({ type }) => type.shape.length > 0 && type.dtype === 'f32' && this.scene.concrete(type.shape)[0]! >= least,
    );
    if (candidates.length > 0 && draw.oneIn(3)) this.add([this.scene.emit('index', [draw.pick(candidates), counter])]);
  }

  /** Writes rows of what the loop carries, or of its latest form, at the counter or at another place. */
  private writes(draw: Draw, carries: readonly Value[]): void {
    for (let count = draw.pick([0, 0, 1, 2]); count > 0; count--) {
      const carry = draw.pick(carries);
      if (carry.type.dtype !== 'f32' || carry.type.shape.length === 0) continue;
      const position = draw.oneIn(3) ? this.integer(draw.below(4) - 1) : carries[0]!;
      const latest = this.scene.values.filter(({ type }) => sameType(type, carry.type)).at(-1)!;
      this.add([writtenRow(this.scene, draw, draw.oneIn(2) ? carry : latest, { dim: draw.below(carry.type.shape.length), position })]);
    }
  }

  private integer(value: number): Value {
    return this.scene.emit('constant', [], { value, dtype: 'i32', shape: [] });
  }

  /** An integer from 0 to 3, or a size: known, given, or computed from what is there. */
  private bound(draw: Draw): { readonly value: Value; readonly known?: Dim } {
    if (draw.oneIn(3)) {
      const known = draw.pick([2, 1, 3, 0]);
      return { value: this.integer(known), known };
    }
    const sizes = this.scene.values.flatMap(({ type }) => type.shape).filter(isSymbolic);
    if (sizes.length > 0 && draw.oneIn(2)) {
      const known = draw.pick(sizes);
      return { value: this.scene.emit('dimension', [], { size: known }), known };
    }
    return { value: this.unknown(draw) };
  }

  private unknown(draw: Draw): Value {
    const integers = this.scene.of('i32').filter(({ type }) => type.shape.length === 0);
    if (integers.length > 0 && draw.oneIn(3)) return this.scene.emit('minimum', [draw.pick(integers), this.integer(3)]);
    return this.scene.input('i32', [], 'argument', [0, 3]);
  }

  private condition(draw: Draw): Value {
    const bools = this.scene.of('bool').filter(({ type }) => type.shape.length === 0);
    const integers = this.scene.of('i32').filter(({ type }) => type.shape.length === 0);
    const kind = draw.pick(['input', 'float', 'integer', 'bool', 'constant'] as const);
    if (kind === 'float' && (this.options.floatConditions ?? true)) return this.floatCondition(draw);
    if (kind === 'integer' && integers.length > 0) return this.scene.emit('eq', [draw.pick(integers), this.integer(draw.below(3))]);
    if (kind === 'bool' && bools.length > 0) return draw.pick(bools);
    if (kind === 'constant') return this.scene.emit('constant', [], { value: draw.below(2), dtype: 'bool', shape: [] });
    const given = this.scene.input('bool', []);
    this.add([given]);
    return given;
  }

  private floatCondition(draw: Draw): Value {
    const floats = this.scene.of('f32');
    if (floats.length === 0) return this.scene.input('bool', []);
    const x = draw.pick(floats);
    const sum = this.scene.emit('reduceSum', [x], { dims: x.type.shape.map((_, axis) => axis) });
    const threshold = this.scene.emit('constant', [], { value: draw.pick([0.3141, -1.7, 2.2]), dtype: 'f32', shape: [] });
    return this.scene.emit('gt', [sum, threshold]);
  }
}
