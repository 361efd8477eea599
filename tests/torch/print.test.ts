import { arange, eye, nn, noGrad, ones, type Tensor, zeros } from 'kilnn';
import { tensor, text } from 'kilnn/eager';
import { expect, test } from 'vitest';
import { NotThere } from './calls.js';
import { casesOf } from './cases.js';
import { buildLayer } from './computations.js';
import { testCategory } from './listed.js';
import { nets } from './nets.js';
import { parsePythonCall } from './python-call.js';

/** The rest of what a net's snippet records, besides its text. */
interface Recorded {
  readonly state_dict: readonly [string, number[], string][];
  readonly named_parameters: readonly [string, number[]][];
  readonly named_buffers: readonly [string, number[]][];
  readonly named_modules: readonly [string, string][];
  readonly count: number;
}

function describe(net: nn.Module): Omit<Recorded, 'state_dict'> & { state_dict: [string, number[]][] } {
  const shapes = (entries: readonly (readonly [string, Tensor])[]): [string, number[]][] =>
    entries.map(([name, x]) => [name, [...x.shape]]);
  return {
    state_dict: shapes(Object.entries(net.stateDict())),
    named_parameters: shapes(net.namedParameters()),
    named_buffers: shapes(net.namedBuffers()),
    named_modules: net.namedModules().map(([name, module]) => [name, module.constructor.name]),
    count: net.parameters().reduce((sum, parameter) => sum + parameter.numel(), 0),
  };
}

const reprs: Readonly<Record<string, () => unknown>> = {
  'torch.arange(4)': () => arange(4),
  'torch.ones(3)': () => ones([3]),
  'torch.zeros(4)': () => zeros([4]),
  '[torch.ones(3), torch.zeros(4)]': () => [ones([3]), zeros([4])],
  "{'x': torch.ones(3), 'y': torch.zeros(4)}": () => ({ x: ones([3]), y: zeros([4]) }),
  'torch.tensor([-2., -1., 0., 1., 2.])': () => tensor([-2, -1, 0, 1, 2]),
  'torch.tensor([[0.4776, -0.0531, 0.5554], [0.0822, -0.4127, -0.5208]])': () =>
    tensor([
      [0.4776, -0.0531, 0.5554],
      [0.0822, -0.4127, -0.5208],
    ]),
  'torch.tensor(9.)': () => tensor(9),
  'torch.tensor([[True], [True]])': () => tensor([[true], [true]]),
  'torch.tensor(2.5)': () => tensor(2.5),
  'torch.tensor([])': () => tensor([]),
  'torch.zeros(0, 3)': () => zeros([0, 3]),
  'torch.tensor([1e-8, 1.])': () => tensor([1e-8, 1]),
  'torch.tensor([1e5, 1.5])': () => tensor([1e5, 1.5]),
  'torch.tensor([123456789., 0.25])': () => tensor([123456789, 0.25]),
  "torch.tensor([float('nan'), float('inf'), -1.])": () => tensor([Number.NaN, Number.POSITIVE_INFINITY, -1]),
  'torch.tensor([0., -0.])': () => tensor([0, -0]),
  'torch.arange(2000)': () => arange(2000),
  'torch.eye(3, dtype=torch.float64)': () => eye(3, 3, { dtype: 'f64' }),
  'torch.zeros(2, 2, 2)': () => zeros([2, 2, 2]),
  'nn.Parameter(torch.tensor([-0.3001]))': () => new nn.Parameter(tensor([-0.3001])),
  'torch.ones(2, requires_grad=True) * 2': () => ones([2]).requiresGrad_().mul(2),
  'torch.ones(2, requires_grad=True).sum()': () => ones([2]).requiresGrad_().sum(),
  'torch.ones(1, 2, requires_grad=True) @ torch.ones(2, 1)': () =>
    ones([1, 2])
      .requiresGrad_()
      .matmul(ones([2, 1])),
  'torch.tensor([0.1, 0.25, 100.125])': () => tensor([0.1, 0.25, 100.125]),
  'torch.tensor([-1.0750e-02, -4.7617e-05])': () => tensor([-1.075e-2, -4.7617e-5]),
  'torch.tensor([1, -20, 300])': () => tensor([1, -20, 300], { dtype: 'i32' }),
  'torch.ones(12, 30)': () => ones([12, 30]),
};

const texts = (name: string) =>
  Object.entries((casesOf('print').find((each) => each.name === name)!.values as { reprs: Record<string, string> }).reprs);

for (const [expression, want] of texts('print-tensors')) {
  const make = reprs[expression];
  if (make !== undefined) test(`prints ${expression}`, () => expect(text(make())).toBe(want));
}

function layerText(expression: string): string {
  const { name, args, kwargs } = parsePythonCall(expression);
  return String(buildLayer({ name, what: '', code: '', inputs: {}, spec: { module: name.replace('nn.', ''), args, kwargs } }));
}

for (const [expression, want] of texts('print-layers')) {
  test(`prints ${expression}`, () => expect(layerText(expression)).toBe(want));
}

testCategory('print', (torchCase) => {
  if (torchCase.name === 'print-layers')
    return texts('print-layers').flatMap(([expression, want]) => (layerText(expression) === want ? [] : [expression]));
  if (torchCase.name === 'print-tensors') {
    return texts('print-tensors').flatMap(([expression, want]) =>
      reprs[expression] !== undefined && text(reprs[expression]()) === want ? [] : [expression],
    );
  }
  if (torchCase.name === 'print-my-init') return printMyInit() === torchCase.stdout ? [] : ['the text differs'];
  const make = nets[torchCase.name];
  if (make === undefined) throw new NotThere('the snippet is not written in Kilnn');
  const { net, before = '' } = make();
  const problems: string[] = [];
  const printed = `${before}${net}\n`;
  if (printed !== torchCase.stdout) problems.push(`prints ${printed}`);
  const recorded = torchCase.values as unknown as Recorded;
  const wanted = { ...recorded, state_dict: recorded.state_dict.map(([name, shape]) => [name, shape]) };
  const own: Record<string, unknown> = { ...describe(net) };
  for (const [name, value] of Object.entries(wanted)) {
    if (JSON.stringify(own[name]) !== JSON.stringify(value)) problems.push(`${name} is ${JSON.stringify(own[name])}`);
  }
  return problems;
});

function printMyInit(): string {
  let lines = '';
  const net = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 1));
  net.apply((module) => {
    if (!(module instanceof nn.Linear)) return;
    const [name, parameter] = module.namedParameters()[0]!;
    lines += `Init ${name} torch.Size([${parameter.shape.join(', ')}])\n`;
    nn.init.uniform_(module.weight, -10, 10);
    noGrad(() => module.weight.mul_(module.weight.abs().ge(5)));
  });
  return lines;
}
