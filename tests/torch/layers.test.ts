import 'kilnn/eager';
import { F, nn, zeros } from 'kilnn';
import type { TorchCase } from './cases.js';
import { buildLayer, layerComputation } from './computations.js';
import { testCategory } from './listed.js';
import { check, executeEagerly } from './run-case.js';

interface Sizes {
  readonly in: readonly [number, number];
  readonly kernel: number;
  readonly padding: number;
  readonly stride: number;
  readonly dilation: number;
  readonly conv: readonly number[];
  readonly pool_padding: number;
  readonly pool: readonly number[];
  readonly pool_ceil: readonly number[];
}

/** Heights and widths that convolution and pooling give. */
function sizeProblems(torchCase: TorchCase): string[] {
  return (torchCase.values as { sizes: readonly Sizes[] }).sizes.flatMap((sizes) => {
    const { kernel, padding, stride, dilation, pool_padding: poolPadding } = sizes;
    const x = zeros([1, 1, ...sizes.in]);
    const pool = (ceilMode: boolean) => F.maxPool2d(x, kernel, { stride, padding: poolPadding, dilation, ceilMode });
    const found = [new nn.Conv2d(1, 1, kernel, { padding, stride, dilation }).forward(x), pool(false), pool(true)];
    const got = found.map((y) => y.shape.slice(2).join('x')).join(', ');
    const want = [sizes.conv, sizes.pool, sizes.pool_ceil].map((shape) => shape.join('x')).join(', ');
    return got === want ? [] : [`${JSON.stringify(sizes)}: ${got}, not ${want}`];
  });
}

testCategory('layers', async (torchCase) => {
  if (torchCase.name === 'layers-conv2d-output-size') return sizeProblems(torchCase);
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
