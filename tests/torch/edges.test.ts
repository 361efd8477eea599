/** PyTorch's figures at the edges: empty, infinite, tied and boolean inputs, and options that are rarely given. Eagerly, and as built for js and wasm. */
import { readFileSync } from 'node:fs';
import { Tensor } from 'kilnn';
import 'kilnn/eager';
import { describe } from 'vitest';
import type { TorchCase } from './cases.js';
import { type Edge, eagerEdges, edges } from './edge-snippets.js';
import { executeJs, executeWasm } from './execute-compiled.js';
import { testCases } from './listed.js';
import { type Computation, check, executeEagerly } from './run-case.js';

const recorded = JSON.parse(readFileSync(new URL('../../golden/numbers/edges.json', import.meta.url), 'utf8')) as TorchCase[];

function inOrder(result: unknown): Tensor[] {
  if (result instanceof Tensor) return [result];
  return typeof result === 'object' && result !== null ? Object.values(result).flatMap(inOrder) : [];
}

function computationOf(torchCase: TorchCase, compute: Edge): Computation {
  return {
    inputs: { ...torchCase.inputs, ...torchCase.params },
    differentiate: Object.keys(torchCase.grads ?? {}),
    cotangents: torchCase.cotangents ?? {},
    compute: (inputs) => Object.fromEntries(inOrder(compute(inputs)).map((tensor, at) => [`o${at}`, tensor])),
  };
}

const casesIn = (snippets: Readonly<Record<string, Edge>>) => recorded.filter(({ name }) => name in snippets);

testCases('edges', recorded, (torchCase) => {
  const compute = edges[torchCase.name] ?? eagerEdges[torchCase.name]!;
  return check(torchCase, computationOf(torchCase, compute), executeEagerly);
});

for (const [execution, execute] of Object.entries({ js: executeJs, wasm: executeWasm })) {
  describe(execution, () => {
    testCases(
      'edges',
      casesIn(edges),
      (torchCase) => check(torchCase, computationOf(torchCase, edges[torchCase.name]!), execute),
      execution as 'js' | 'wasm',
    );
  });
}
