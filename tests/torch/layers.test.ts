import 'kilnn/eager';
import { buildLayer, layerComputation } from './computations.js';
import { testCategory } from './listed.js';
import { check, executeEagerly } from './run-case.js';

testCategory('layers', async (torchCase) => {
  const problems = await check(torchCase, layerComputation(torchCase), executeEagerly);
  if (torchCase.print !== undefined) {
    const net = buildLayer(torchCase);
    if (String(net) !== torchCase.print) problems.push(`prints ${net}, not ${torchCase.print}`);
    const state = Object.entries(net.stateDict()).map(([name, tensor]) => `${name} [${tensor.shape}]`);
    const wanted = (torchCase.state_dict ?? []).map(([name, shape]) => `${name} [${shape}]`);
    if (state.join() !== wanted.join()) problems.push(`the state is ${state.join()}, not ${wanted.join()}`);
  }
  return problems;
});
