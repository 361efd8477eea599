/** Names of modules and parameters, dictionaries under these names, and what is refused: nothing changes then. */
import { nn, ones, type Tensor, zeros } from 'kilnn';
import { tensor } from 'kilnn/eager';
import { describe, expect, test } from 'vitest';

class Inner extends nn.Module {
  body = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU());
  scale = new nn.Parameter(ones([3]));

  constructor() {
    super();
    this.registerBuffer('count', zeros([], { dtype: 'i32' }));
  }
}

class Outer extends nn.Module {
  inner = new Inner();
  again = this.inner.body;
  last = new nn.Linear(3, 1);
}

const numbers = (net: nn.Module) => Object.entries(net.stateDict()).map(([name, value]) => [name, Array.from(value.data())]);

describe('state dictionaries', () => {
  test('everything that is wrong is in one message, and nothing is loaded', () => {
    const net = new Outer();
    const before = numbers(net);
    const state: Record<string, unknown> = { ...net.stateDict() };
    delete state['inner.scale'];
    state['inner.body.0.weight'] = ones([2, 3]);
    state['inner.count'] = ones([]);
    state['last.bias'] = 5;
    state['last.extra'] = ones([1]);
    state['last.weight'] = ones([1, 3]);
    expect(() => net.loadStateDict(state as nn.StateDict)).toThrowErrorMatchingInlineSnapshot(`
      [KilnnError: the state dictionary does not fit Outer; nothing was loaded
        missing: inner.scale (f32[3])
        unexpected: last.extra
        wrong dtype: inner.count is f32[], expected i32[]
        wrong shape: inner.body.0.weight is f32[2, 3], expected f32[3, 2]
        not a tensor: last.bias, expected f32[1]]
    `);
    expect(() => net.loadStateDict(state as nn.StateDict, { strict: false })).toThrowErrorMatchingInlineSnapshot(`
      [KilnnError: the state dictionary does not fit Outer; nothing was loaded
        wrong dtype: inner.count is f32[], expected i32[]
        wrong shape: inner.body.0.weight is f32[2, 3], expected f32[3, 2]
        not a tensor: last.bias, expected f32[1]]
    `);
    expect(numbers(net)).toEqual(before);
  });

  test('names of what every object has are names like others', () => {
    const net = new nn.Linear(1, 1);
    const inherited = Object.create({ weight: ones([1, 1]), bias: ones([1]) }) as nn.StateDict;
    expect(() => net.loadStateDict(inherited)).toThrow(/missing: weight .*\n {2}missing: bias/);
    expect(net.loadStateDict({ ...net.stateDict(), toString: ones([1]) }, { strict: false })).toEqual({
      missingKeys: [],
      unexpectedKeys: ['toString'],
    });
  });

  test('prefixes of other programs are not taken off', () => {
    const net = new nn.Linear(1, 1);
    const prefixed = Object.fromEntries(Object.entries(net.stateDict()).map(([name, value]) => [`module.${name}`, value]));
    const { missingKeys, unexpectedKeys } = net.loadStateDict(prefixed, { strict: false });
    expect(missingKeys).toEqual(['weight', 'bias']);
    expect(unexpectedKeys).toEqual(['module.weight', 'module.bias']);
  });

  test('of the names of a shared tensor the last one counts', () => {
    const net = new Outer();
    const state = { ...net.stateDict(), 'inner.body.0.bias': tensor([1, 1, 1]), 'again.0.bias': tensor([2, 2, 2]) };
    net.loadStateDict(state);
    expect(Array.from(net.getParameter('inner.body.0.bias').data())).toEqual([2, 2, 2]);
    expect(net.getParameter('again.0.bias')).toBe(net.getParameter('inner.body.0.bias'));
  });
});

describe('names', () => {
  test.each([
    ['ModuleDict', 'get'],
    ['ModuleDict', 'constructor'],
    ['ModuleDict', '__proto__'],
    ['ModuleDict', 'childNames'],
    ['Sequential', 'forward'],
    ['Sequential', 'training'],
    ['Sequential', 'length'],
  ] as const)('a %s has no module called %s', (kind, name) => {
    expect(() => new nn[kind](new Map<string, nn.Layer>([[name, new nn.ReLU()]]))).toThrow(`the attribute '${name}' exists already`);
  });

  test('a dot in a name is refused where names are put together', () => {
    const net = new nn.Module();
    (net as unknown as Record<string, nn.Module>)['a.b'] = new nn.Linear(1, 1);
    expect(() => net.stateDict()).toThrow("the name 'a.b' in Module holds a dot");
    expect(() => net.registerParameter('a.b', new nn.Parameter(ones([1])))).toThrow('holds a dot');
    expect(() => net.registerBuffer('', ones([1]))).toThrow('is empty');
  });

  test('a name may be given again to what is of the same kind, and to nothing', () => {
    const net = new nn.Module();
    net.registerParameter('w', null);
    net.registerParameter('w', new nn.Parameter(ones([1])));
    net.registerParameter('w', new nn.Parameter(zeros([2])));
    expect(() => net.registerBuffer('w', ones([1]))).toThrow("the attribute 'w' exists already");
    expect(() => net.addModule('w', new nn.ReLU())).toThrow("the attribute 'w' exists already");
    expect(net.getParameter('w').shape).toEqual([2]);
  });

  test('buffers are found by their paths, and nothing else is taken for one', () => {
    const net = new nn.Sequential(new nn.BatchNorm1d(3));
    expect(net.getBuffer('0.running_mean')).toBe(net.buffers()[0]);
    expect(() => net.getBuffer('0.weight')).toThrow("Sequential has no buffer '0.weight'");
    expect(() => net.getBuffer('1.running_mean')).toThrow("Sequential has no module '1'");
  });

  test('a module below itself is refused wherever its parts are gone through', () => {
    const net = new nn.Sequential(new nn.ReLU());
    (net as unknown as Record<string, nn.Module>).back = net;
    const message = "the module 'back' contains itself";
    expect(() => net.stateDict()).toThrow(message);
    expect(() => net.toString()).toThrow(message);
    expect(() => net.apply(() => {})).toThrow(message);
    expect(net.modules()).toHaveLength(2);
  });

  test('a shared module has its names, and its parameters count once', () => {
    const net = new Outer();
    expect(Object.keys(net.stateDict())).toContain('again.0.weight');
    expect(net.namedParameters().map(([name]) => name)).not.toContain('again.0.weight');
  });

  test('layers in plain arrays are not registered, as in PyTorch', () => {
    class Net extends nn.Module {
      layers = [new nn.Linear(1, 1)];
      forward(x: Tensor): Tensor {
        return this.layers[0]!.forward(x);
      }
    }
    expect(new Net().parameters()).toEqual([]);
  });

  test('positions in lists of parameters are held against their number', () => {
    const list = new nn.ParameterList([ones([1]), ones([2])]);
    expect(() => list.set(2, ones([1]))).toThrow('index 2 is out of range for 2 parameters');
    list.set(-1, zeros([3]));
    expect(list.at(1).shape).toEqual([3]);
  });
});
