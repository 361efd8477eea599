/** The cases of optimizers, limits of gradients and schedules as built training steps. */
import type { AnyTensor, CreateOptions } from '../../runtime/index.js';
import type { AnyModel } from '../e2e/built.js';
import { type BuiltModel, figures, type ModelPlan, onDevice, openModel } from './built-models.js';
import { NotThere } from './calls.js';
import { defaultTolerance, differs, type Figures, isClose, type TensorRecord, type TorchCase } from './cases.js';
import { normLimits, type OptimizerCall, optimizerIn, optimizerText, scheduleIn } from './optimizer-calls.js';

export function optimPlan(torchCase: TorchCase): ModelPlan {
  const { name, spec, code } = torchCase;
  if (name.startsWith('optim-sched-')) return schedulePlan(torchCase);
  if (name in normLimits || name === 'optim-clip-value') return clippingPlan(torchCase);
  if (name === 'optim-none-grad') return untouchedPlan(torchCase);
  if (spec?.text !== undefined) return fittedPlan(true, spec.text, (built, device) => tenSteps(torchCase, built, device));
  if (name === 'optim-resume') return fittedPlan(false, optimizerText(code), (built, device) => resumed(torchCase, built, device));
  if (name.startsWith('optim-state-dict-')) {
    return fittedPlan(false, optimizerText(code), (built, device) => stateProblems(torchCase, built, device));
  }
  throw new NotThere('the snippet is not written as a model');
}

function fittedPlan(bent: boolean, text: string, problems: ModelPlan['problems']): ModelPlan {
  return {
    options: `{ optimizer: (net: $) => ${sourceOf(optimizerIn(text))} }`,
    body: `extends FittedModel { constructor() { super(${bent}); } }`,
    problems,
  };
}

function sourceOf({ name, groups, options }: OptimizerCall): string {
  const written = groups.map(({ params, ...own }) => `{ params: [${params.map((each) => `net.${each}`)}], ...${JSON.stringify(own)} }`);
  return `new optim.${name}([${written.join(', ')}], ${JSON.stringify(options)})`;
}

function outputProblems({ outputs, tol }: TorchCase, got: Readonly<Record<string, Figures>>): string[] {
  return Object.entries(outputs ?? {}).flatMap(([name, want]) => {
    const found = got[name];
    return found === undefined ? `there is no ${name}` : (differs(name, found, want, tol ?? defaultTolerance) ?? []);
  });
}

const filled = ({ inputs }: TorchCase, built: BuiltModel, device: CreateOptions) =>
  openModel(built, device, { w: inputs.w0!, b: inputs.b0! });

async function steps({ inputs }: TorchCase, model: AnyModel, count: number): Promise<void> {
  for (let step = 0; step < count; step++) await model.train.objective!(onDevice(inputs.X!), onDevice(inputs.t!));
}

async function tenSteps(torchCase: TorchCase, built: BuiltModel, device: CreateOptions): Promise<string[]> {
  const model = await filled(torchCase, built, device);
  const args = [onDevice(torchCase.inputs.X!), onDevice(torchCase.inputs.t!)];
  const [losses, w, b]: number[][] = [[], [], []];
  for (let step = 0; step < 10; step++) {
    const { loss } = await model.train.objective!(...args);
    losses!.push(Number(await loss.item()));
    w!.push(...(await model.parameter('w').data()));
    b!.push(...(await model.parameter('b').data()));
  }
  const f32 = (shape: number[], data: number[]): Figures => ({ shape, dtype: 'f32', data });
  return outputProblems(torchCase, { losses: f32([10], losses!), w_steps: f32([10, 3], w!), b_steps: f32([10], b!) });
}

/** Three steps, a new model that takes over state and optimizer's state, and three steps with either. */
async function resumed(torchCase: TorchCase, built: BuiltModel, device: CreateOptions): Promise<string[]> {
  const first = await filled(torchCase, built, device);
  await steps(torchCase, first, 3);
  const second = await openModel(built, device, {});
  await second.loadStateDict(await first.stateDict());
  await second.optimizer.loadStateDict(await first.optimizer.stateDict());
  await steps(torchCase, first, 3);
  await steps(torchCase, second, 3);
  return outputProblems(torchCase, { w_end: await figures(first.parameter('w')), w_resumed: await figures(second.parameter('w')) });
}

interface RecordedState {
  readonly state: Readonly<Record<string, Readonly<Record<string, TensorRecord | number | null>>>>;
  readonly param_groups: readonly { readonly lr: number }[];
}

/**
 * After two steps every recorded tensor of state under its parameter's name, nothing else but the scalars, and the parameters. What a
 * step of PyTorch reads from the dictionary's groups beside the learning rate is compiled into the step.
 */
async function stateProblems(torchCase: TorchCase, built: BuiltModel, device: CreateOptions): Promise<string[]> {
  const model = await filled(torchCase, built, device);
  await steps(torchCase, model, 2);
  const { state, param_groups: groups } = torchCase.values!.after as RecordedState;
  const own: Record<string, AnyTensor> = await model.optimizer.stateDict();
  const wanted: Record<string, TensorRecord> = { lr: { shape: [], dtype: 'float32', data: [groups[0]!.lr] } };
  for (const [index, name] of ['w', 'b'].entries()) {
    for (const [key, value] of Object.entries(state[index] ?? {})) {
      if (value === null) continue;
      wanted[`${name}.${key}`] = typeof value === 'number' ? { shape: [], dtype: 'float32', data: [value] } : value;
    }
  }
  const names = Object.keys(own).filter((name) => name !== 'rng');
  const problems = outputProblems(torchCase, { w_end: await figures(model.parameter('w')), b_end: await figures(model.parameter('b')) });
  if (names.toSorted().join() !== Object.keys(wanted).toSorted().join()) problems.push(`the state is ${names}, not ${Object.keys(wanted)}`);
  for (const name of names) {
    if (wanted[name] === undefined) continue;
    const problem = differs(name, await figures(own[name]!), wanted[name], torchCase.tol ?? defaultTolerance);
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}

/** A parameter without a gradient stays as it is, weight decay or not, and so does its state. */
function untouchedPlan(torchCase: TorchCase): ModelPlan {
  return {
    options: '{ optimizer: new optim.SGD({ lr: 0.1, momentum: 0.9, weightDecay: 0.5 }) }',
    body: 'extends nn.Module { a = new nn.Parameter(ones([2])); b = new nn.Parameter(ones([2])); @loss objective() { return this.a.mul(3).sum(); } }',
    async problems(built, device) {
      const model = await openModel(built, device, {});
      for (let step = 0; step < 2; step++) await model.train.objective!();
      const problems = outputProblems(torchCase, {
        a_end: await figures(model.parameter('a')),
        b_end: await figures(model.parameter('b')),
      });
      const state: Record<string, AnyTensor> = await model.optimizer.stateDict();
      const untouched = await state['b.momentum_buffer']!.data();
      if (untouched.some((value) => value !== 0)) problems.push(`the momentum of b is ${untouched}`);
      return problems;
    },
  };
}

/** Clipped gradients are seen in the optimizer's momentum, which after the first step is the gradient itself. */
function clippingPlan(torchCase: TorchCase): ModelPlan {
  const { a0, b0 } = torchCase.inputs;
  const { maxNorm, normType } = normLimits[torchCase.name] ?? {};
  const clip = maxNorm === undefined ? 'clipGradValue(gradients, 0.7)' : `clipGradNorm(gradients, ${maxNorm}, { normType: ${normType} })`;
  const members = [`a = new nn.Parameter(zeros([${a0!.shape}]));`];
  if (b0 === undefined) members.push('@loss objective() { return this.a.pow(2).sum(); }');
  else {
    const b = `zeros([${b0.shape}])`;
    members.push(
      `b = new nn.Parameter(${b}); c = new nn.Parameter(${b});`,
      '@loss objective() { return this.a.pow(2).sum().mul(2).add(this.b.pow(3).sum()); }',
      `@entry norm(ga: Tensor<[${a0!.shape}]>, gb: Tensor<[${b0.shape}]>) { return nn.utils.totalNorm([ga, gb], ${normType}); }`,
    );
  }
  return {
    options: `{ optimizer: new optim.SGD({ lr: 1, momentum: 0.9 }), gradients: (gradients) => nn.utils.${clip} }`,
    body: `extends nn.Module { ${members.join(' ')} }`,
    async problems(built, device) {
      const model = await openModel(built, device, b0 === undefined ? { a: a0! } : { a: a0!, b: b0, c: b0 });
      const { gradients } = await model.gradients.objective!();
      const got: Record<string, Figures> = {};
      if (b0 !== undefined) got.total = await figures(await model.norm!(gradients.a, gradients.b));
      await model.train.objective!();
      for (const [name, value] of Object.entries<AnyTensor>(await model.optimizer.stateDict())) {
        if (/^[ab]\.momentum_buffer$/.test(name)) got[`g${name[0]}`] = await figures(value);
      }
      return [...outputProblems(torchCase, got), ...('c' in gradients ? ['c has a gradient'] : [])];
    },
  };
}

/** With a gradient of 1 a step changes the parameter by the learning rate. */
function schedulePlan(torchCase: TorchCase): ModelPlan {
  const { name, args } = scheduleIn(torchCase.code);
  const source = args.map((arg) => (typeof arg === 'function' ? String(arg) : JSON.stringify(arg)));
  const schedule = `(optimizer) => new optim.lrScheduler.${name}(${['optimizer', ...source].join(', ')})`;
  return {
    options: `{ optimizer: new optim.SGD({ lr: 0.5 }), schedule: ${schedule}, scheduleEvery: 'step' }`,
    body: 'extends nn.Module { p = new nn.Parameter(zeros([])); @loss objective() { return this.p.mul(1); } }',
    async problems(built, device) {
      const model = await openModel(built, device, {});
      const wanted = torchCase.values!.lrs as readonly number[];
      const problems: string[] = [];
      for (const [step, want] of wanted.entries()) {
        await model.setParameter('p', onDevice({ shape: [], dtype: 'float32', data: [0] }));
        await model.train.objective!();
        const rate = -(await model.parameter('p').data())[0]!;
        if (!isClose(rate, want, defaultTolerance)) problems.push(`rate ${step} is ${rate}, not ${want}`);
      }
      return problems;
    },
  };
}
