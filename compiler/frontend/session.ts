import type { ts } from 'ts-morph';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import * as messages from '../diagnostics/messages.js';
import { GraphBuilder } from '../ir/build.js';
import { isSymbolic } from '../ir/dim.js';
import type { DType, TensorType } from '../ir/types.js';
import { Alternatives } from './alternatives.js';
import { consoleOf, createBuiltins } from './builtins/index.js';
import { compileClass } from './classes.js';
import { compileExpression } from './expressions.js';
import { compileClosure } from './functions.js';
import { compileResumable } from './generators.js';
import { Growth } from './growth.js';
import { Machine } from './machine.js';
import { ModuleLoader } from './modules.js';
import type { SourceProject } from './project.js';
import { Regions } from './regions.js';
import { Scalars } from './scalars.js';
import { compileStatement } from './statements.js';
import { Refusal, symbolicComparison, TensorScalar } from './symbolic.js';
import { Loops } from './symbolic-loops.js';
import { type TensorInstance, Tensors, Trace } from './tensors.js';
import { Abort, type Callable, isCallable, isObject, NeedsAlternatives, Thrown } from './values.js';

export interface SessionOptions {
  readonly stepLimit?: number;
  readonly print?: (line: string) => void;
}

/** The classes of the library that the evaluation of models asks for. */
export interface Library {
  readonly Module: Callable;
  readonly Parameter: Callable;
  readonly Buffer: Callable;
  readonly Optimizer: Callable;
}

/** Host loops of ordinary models take thousands of steps; this many take seconds. */
const STEP_LIMIT = 20_000_000;

/** One run of the frontend: the machine, the tensors, the modules of all files. */
export class Session {
  readonly machine: Machine;
  readonly tensors: Tensors;
  readonly loader: ModuleLoader;
  /** What is computed at the top level of modules. */
  private readonly topLevel = new Trace(new GraphBuilder('module'), "at a file's top level");
  private loaded: Library | undefined;
  /** Parameters that lie where no module registers them, for the model in evaluation. */
  unregistered: ReadonlyMap<object, string> = new Map();
  /** What the `forward` of each module of the model in evaluation has returned first, by the module's path. */
  readonly moduleOutputs = new Map<string, TensorType>();

  constructor(
    readonly project: Omit<SourceProject, 'typeErrors' | 'userFiles'>,
    options: SessionOptions,
  ) {
    const print = options.print ?? (() => {});
    const printer = consoleOf(
      (line) => this.machine.journal.write(line),
      (values) => values.map(showValue).join(' '),
    );
    const builtins = createBuiltins(printer, () => this.machine);
    const compilers = {
      expression: compileExpression,
      statement: compileStatement,
      resumable: compileResumable,
      closure: compileClosure,
      classValue: compileClass,
    };
    this.machine = new Machine(compilers, builtins, {
      isLibrary: (file) => project.isLibrary(file),
      stepLimit: options.stepLimit ?? STEP_LIMIT,
      print,
    });
    this.tensors = new Tensors(this.machine, (parameter) => this.unregistered.get(parameter));
    const scalars = new Scalars(this.tensors);
    const { machine } = this;
    this.tensors.alternatives = new Alternatives(
      { tensors: this.tensors, scalars },
      {
        overwrite: (tensor, value) => this.tensors.overwrite(tensor, value),
        checkUse: (tensor) => machine.checkUse(tensor),
        onRollBack: (action) => machine.journal.onRollBack(action),
      },
    );
    const regions = new Regions(this.machine, this.tensors, scalars, (error) => this.explain(error));
    const growth = new Growth(this.machine, this.tensors, scalars);
    this.machine.control = { scalars, regions, loops: new Loops(regions, growth), growth };
    const intrinsics = this.intrinsics();
    for (const value of intrinsics.values()) builtins.allowed.add(value);
    const opFile = this.libraryPath('op.ts');
    this.loader = new ModuleLoader(this.machine, project, (source) => (source.fileName === opFile ? intrinsics : undefined));
  }

  /** Evaluates a file's top level. */
  load(source: ts.SourceFile) {
    return this.tensors.within(this.topLevel, () => this.loader.load(source));
  }

  /** Evaluates something that stands at a file's top level, such as a decorator's options. */
  atTopLevel<T>(action: () => T): T {
    return this.tensors.within(this.topLevel, action);
  }

  get library(): Library {
    if (this.loaded === undefined) {
      const get = (file: string, name: string) => {
        const source = this.project.file(this.libraryPath(file));
        const value = source && this.atTopLevel(() => this.loader.exported(source, name));
        if (!isCallable(value)) throw new Error(`the library has no ${name} in ${file}`);
        return value;
      };
      this.loaded = {
        Module: get('nn/module.ts', 'Module'),
        Parameter: get('nn/parameter.ts', 'Parameter'),
        Buffer: get('nn/parameter.ts', 'Buffer'),
        Optimizer: get('optim/optimizer.ts', 'Optimizer'),
      };
      this.tensors.setClasses(get('tensor.ts', 'Tensor'), this.loaded.Parameter, {
        currentHandle: get('views.ts', 'currentHandle'),
        overwrite: get('views.ts', 'overwrite'),
      });
    }
    return this.loaded;
  }

  /** Calls a method of an evaluated object. */
  invoke(object: object, method: string, args: readonly unknown[], site: ts.Node): unknown {
    const value = (object as Record<string, unknown>)[method];
    if (!isCallable(value)) throw new TypeError(`${method} is not a method`);
    return this.machine.call(value, object, args, site);
  }

  /** Runs `action` and takes down what the `forward` of the modules returns. */
  noteOutputs<T>(paths: ReadonlyMap<object, string>, action: () => T): T {
    this.machine.onReturn = (self, callee, result) => {
      if (callee.name !== 'forward' || !isObject(self) || !isObject(result) || !('handle' in result)) return;
      const path = paths.get(self);
      const type = this.tensors.typeOf(result.handle as object);
      if (path !== undefined && type !== undefined && !this.moduleOutputs.has(path)) this.moduleOutputs.set(path, type);
    };
    try {
      return action();
    } finally {
      this.machine.onReturn = undefined;
    }
  }

  /** Evaluates `action`, and again with what merged tensors may be where it needs that. */
  trackingAlternatives<T>(action: () => T): T {
    const { alternatives } = this.tensors;
    const { journal } = this.machine;
    const printed = journal.printed;
    try {
      return action();
    } catch (error) {
      if (!(error instanceof NeedsAlternatives)) throw error;
    }
    journal.restart(printed);
    alternatives.tracked = true;
    try {
      return action();
    } finally {
      alternatives.tracked = false;
    }
  }

  /** Runs `action`; what it throws becomes diagnostics. Errors of the compiler itself pass through. */
  attempt<T>(diagnostics: Diagnostic[], action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      diagnostics.push(this.explain(error));
      return undefined;
    }
  }

  explain(error: unknown): Diagnostic {
    if (error instanceof Abort) return error.diagnostic;
    if (!(error instanceof Thrown)) throw error;
    const { value, node, frame, message } = error;
    return this.machine.diagnostic(message ?? messageOf(value), node, frame);
  }

  private libraryPath(file: string): string {
    return `${this.project.dsl.replaceAll('\\', '/')}/${file}`;
  }

  private isSurelyWhole(value: unknown): boolean {
    if (value instanceof TensorScalar) return this.machine.control.scalars.typeOf(value) === 'i32';
    return isSymbolic(value) || Number.isInteger(value);
  }

  /** A size or a tensor's value where a number is expected: it becomes a tensor of that shape. */
  private constant(attributes: Readonly<Record<string, unknown>>): TensorInstance {
    const { value, shape, dtype } = attributes as { value: unknown; shape: readonly unknown[]; dtype: DType };
    this.machine.checkUse(value);
    const scalar = this.tensors.tensorOf(this.machine.control.scalars.number(value, dtype));
    if (shape.length === 0) return scalar;
    const ones = this.tensors.apply('reshape', [scalar], { shape: shape.map(() => 1) });
    return this.tensors.apply('broadcast', [ones], { shape });
  }

  /** The functions of the library's op.ts that the compiler takes the place of. */
  private intrinsics(): ReadonlyMap<string, Callable> {
    const op = (name: string, inputs: readonly TensorInstance[], attributes: Readonly<Record<string, unknown>> = {}) => {
      for (const input of inputs) this.machine.checkUse(input);
      const { value } = attributes;
      return name === 'constant' && isObject(value) ? this.constant(attributes) : this.tensors.apply(name, inputs, attributes);
    };
    const read = (handle: object) => {
      const type = this.tensors.typeOf(handle);
      if (type === undefined || type.shape.some((dim) => dim !== 1))
        throw new Refusal(messages.tensorCondition('the elements of a tensor'));
      return [this.machine.control.scalars.read(handle)];
    };
    const backward = () => {
      throw new Refusal(
        messages.notAvailable('backward()', 'mark the method that computes the loss with @loss: gradients are derived at build time'),
      );
    };
    const surelyOutside = () => false;
    const gradientMode = (next?: boolean) => this.tensors.gradientMode(next);
    const text = (tensor: unknown) => showValue(tensor);
    const withRule = (
      result: TensorInstance,
      inputs: readonly TensorInstance[],
      rule: (cotangent: TensorInstance) => readonly TensorInstance[],
    ) => this.machine.control.regions.withRule(result, inputs, rule);
    const { alternatives } = this.tensors;
    const held = (tensor: TensorInstance) => alternatives.held(tensor);
    const writeAlternatives = (tensor: TensorInstance, handle: object) => alternatives.write(tensor, handle);
    const shown = (view: object, root: object) => this.tensors.shown(view, root);
    const noteShown = (view: object, root: object, to: object) => this.tensors.noteShown(view, root, to);
    const written = (before: object, after: object, { followed }: { followed: boolean }) => this.tensors.written(before, after, followed);
    const allow = (value: Callable) => {
      this.machine.builtins.allowed.add(value);
      return value;
    };
    const executor = Object.freeze({
      read: allow(read),
      backward: allow(backward),
      gradientMode: allow(gradientMode),
      withRule: allow(withRule),
      surelyOutside: allow(surelyOutside),
      held: allow(held),
      writeAlternatives: allow(writeAlternatives),
      shown: allow(shown),
      noteShown: allow(noteShown),
      written: allow(written),
      text: allow(text),
    });
    return new Map<string, Callable>([
      ['op', op],
      ['eagerExecutor', () => executor],
      [
        'surelyLess',
        (a: unknown, b: unknown) => !(a instanceof TensorScalar || b instanceof TensorScalar) && symbolicComparison('<', a, b) === true,
      ],
      ['surelyWhole', (value) => this.isSurelyWhole(value)],
      ['stackOf', this.machine.control.growth.reader((list: unknown) => this.machine.control.growth.whole(list))],
      ['countedTurns', (turns: unknown) => countedTurns(this.machine.control.growth, turns)],
      ['isKnown', (value) => !((value as unknown) instanceof TensorScalar)],
    ]);
  }
}

/** Sequences of more steps than this are loops of the graph; shorter ones are written out. */
const mostWrittenOut = 8;

function countedTurns(growth: Growth, turns: unknown): unknown {
  return isSymbolic(turns) || (typeof turns === 'number' && turns > mostWrittenOut) ? growth.counted(turns) : turns;
}

/** A value as `console.log` shows it while a model is built: tensors have a type, and no elements yet. */
function showValue(value: unknown): string {
  if (typeof value === 'string') return value;
  if (isObject(value) && 'handle' in value && 'shape' in value && 'dtype' in value) {
    return `Tensor(${String(value.dtype)}[${(value.shape as unknown[]).map(String).join(', ')}])`;
  }
  if (Array.isArray(value)) return `[${value.map(showValue).join(', ')}]`;
  if (typeof value === 'function') return `[Function: ${value.name}]`;
  if (isObject(value) && Object.getPrototypeOf(value) === Object.prototype) {
    return `{ ${Object.entries(value)
      .map(([key, item]) => `${key}: ${showValue(item)}`)
      .join(', ')} }`;
  }
  return String(value);
}

/** The message of a value that nobody caught. */
function messageOf(value: unknown): messages.Message {
  if (!(value instanceof Error)) return messages.uncaught('thrown', showValue(value));
  const { code, hint } = value as Error & { code?: unknown; hint?: unknown };
  if (typeof code === 'string' && /^KN\d{4}$/.test(code)) {
    return { code, severity: 'error', message: value.message, ...(typeof hint === 'string' && { hint }) };
  }
  return messages.uncaught(value.name, value.message);
}
