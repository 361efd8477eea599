/** What the cases of parameters do to nets, and ask of them, run as it is and built. */
import { arange, nn, where } from 'kilnn';

export const small = () => new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 1));

/** Changes of the parameters before the forward pass. */
export const changes: Readonly<Record<string, (net: nn.Sequential) => void>> = {
  'params-data-edit'(net) {
    const { weight } = net.at(0) as nn.Linear;
    weight.add_(1);
    weight.copy_(where(arange(32).reshape(8, 4).eq(0), 42, weight));
    for (const [name, parameter] of net.namedParameters()) if (name.includes('bias')) parameter.add_(1);
  },
  'params-init-42'(net) {
    net.at(2).apply((module) => {
      if (module instanceof nn.Linear) nn.init.constant_(module.weight, 42);
    });
  },
  'params-init-constant'(net) {
    net.apply((module) => {
      if (!(module instanceof nn.Linear)) return;
      nn.init.constant_(module.weight, 1);
      nn.init.zeros_(module.bias!);
    });
  },
  'params-my-init-mask'(net) {
    net.apply((module) => {
      if (module instanceof nn.Linear) module.weight.mul_(module.weight.abs().ge(5));
    });
  },
};

/** In which order modules are visited, and under which names. */
export function applyOrder(): Readonly<Record<string, unknown>> {
  const inner = new nn.Sequential(new nn.Linear(2, 2), new nn.ReLU());
  const linear = new nn.Linear(2, 2);
  const dictionary = new nn.ModuleDict({ b: new nn.Tanh(), a: new nn.Sigmoid() });
  const net = new nn.Sequential(inner, linear, dictionary as unknown as nn.Layer, linear);
  const visited: nn.Module[] = [];
  net.apply((module) => {
    visited.push(module);
  });
  return {
    visited: visited.map((module) => module.constructor.name),
    named: net.namedModules().map(([name, module]) => [name, module.constructor.name]),
    children: net.namedChildren().map(([name]) => name),
    direct: net.ownParameters().map(([name]) => name),
  };
}
