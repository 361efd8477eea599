import { describe, expect, it } from 'vitest';
import { programs } from './control-flow-programs.js';
import { type Argument, expectClose, runEagerly, runGraph, runSource } from './eager.js';
import { evaluateSource } from './evaluate.js';

const names = Object.keys(programs);
const source = [
  `import { cat, F, model, nn, noGrad, rand, stack, type Tensor, zeros } from 'kilnn';`,
  ...names.map((name, index) => `// ${name}\n@model() export class Net${index} extends nn.Module { ${programs[name]!.body} }`),
].join('\n');

const evaluation = evaluateSource(source);
const classes = runSource(source);

describe('control flow on tensors', () => {
  it.each(names)('%s', (name) => {
    const index = names.indexOf(name);
    const place = source.indexOf(`// ${name}\n`);
    const next = source.indexOf('\n// ', place);
    const problems = evaluation.diagnostics.filter(({ span }) => span && span.start >= place && (next < 0 || span.start < next));
    expect(problems).toEqual([]);
    const model = evaluation.models.find((candidate) => candidate.name === `Net${index}`)!;
    for (const values of programs[name]!.inputs) {
      const args: Argument[] = [{ shape: programs[name]!.shape?.(values.length) ?? [values.length], values }];
      expectClose(runGraph(model, 'forward', args), runEagerly(classes[`Net${index}`]!, 'forward', args));
    }
  });
});
