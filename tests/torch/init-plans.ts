/** The cases of initialisation as models: what a built model begins with, drawn anew for seed after seed. */
import { tensor } from 'kilnn/eager';
import type { CreateOptions } from '../../runtime/index.js';
import { type BuiltModel, figures, type ModelPlan } from './built-models.js';
import { camelCase, NotThere } from './calls.js';
import { defaultTolerance, differs, type Figures, type TorchCase } from './cases.js';
import { layerArguments } from './computations.js';
import { calls, type Default, type DrawnCall, defaultProblems, gramProblems } from './init-calls.js';
import { parsePythonCall } from './python-call.js';

export function initPlan(torchCase: TorchCase): ModelPlan {
  if (torchCase.name === 'init-calculate_gain') return gainPlan(torchCase);
  if (torchCase.name === 'init-default-layers') return layersPlan(torchCase);
  const list = calls[torchCase.name]?.(torchCase);
  if (list === undefined) throw new NotThere('the snippet is not written as a model');
  const fields = list.map(({ shape, from = 'zeros' }, i) => `p${i} = new nn.Parameter(${from}([${shape}]));`);
  const fills = list.map(({ fn, args }, i) => `nn.init.${fn}(${[`this.p${i}`, ...args.map((arg) => JSON.stringify(arg))].join(', ')});`);
  return {
    body: `extends nn.Module { ${fields.join(' ')} constructor() { super(); ${fills.join(' ')} } @entry nothing() { return zeros([1]); } }`,
    problems: (built, device) => drawnProblems(torchCase, list, built, device),
  };
}

/** Seeds until as many numbers are seen as each call wants. */
async function drawnProblems(
  torchCase: TorchCase,
  list: readonly DrawnCall[],
  built: BuiltModel,
  device: CreateOptions,
): Promise<string[]> {
  const seen = list.map((): number[] => []);
  let first: readonly Figures[] = [];
  for (let seed = 1; list.some(({ numbers }, i) => seen[i]!.length < numbers); seed++) {
    const model = await built.Model.create({ ...device, seed });
    const drawn = await Promise.all(list.map((_, i) => figures(model.parameter(`p${i}`))));
    if (seed === 1) first = drawn;
    for (const [i, { data }] of drawn.entries()) {
      if (seen[i]!.length < list[i]!.numbers) for (const value of Array.from(data)) seen[i]!.push(value);
    }
    model.dispose();
  }
  return list.flatMap(({ fn, output, gain, problems }, i) => {
    const one = first[i]!;
    if (output !== undefined) return differs(output, one, torchCase.outputs![output]!, defaultTolerance) ?? [];
    if (gain !== undefined) return gramProblems(fn, tensor(Float32Array.from(one.data), { shape: one.shape }), gain);
    return problems(seen[i]!);
  });
}

/** Gains are numbers that the build computes: a wrong one ends it. */
function gainPlan({ values }: TorchCase): ModelPlan {
  const { entries } = values as { entries: readonly [string, number | null, number][] };
  const wanted = JSON.stringify(entries.map(([name, parameter, gain]) => [camelCase(name), parameter, gain]));
  const check = `for (const [name, parameter, want] of ${wanted} as [Parameters<typeof nn.init.calculateGain>[0], number | null, number][]) {
    const got = nn.init.calculateGain(name, parameter ?? undefined);
    if (!(Math.abs(got - want) <= 1e-12)) throw new Error(name + ' is ' + got);
  }`;
  return { body: `extends NamedModel { constructor() { super(new nn.ReLU()); ${check} } }`, problems: () => [] };
}

/** Layers as they start, two hundred times or until 8192 numbers are seen. */
function layersPlan({ values }: TorchCase): ModelPlan {
  const layers = Object.entries((values as { entries: Record<string, readonly Default[]> }).entries);
  const fields = layers.map(([expression], i) => {
    const { name, args, kwargs } = parsePythonCall(expression);
    return `l${i} = new ${name}(${layerArguments({ module: name.replace('nn.', ''), args, kwargs })
      .map((arg) => JSON.stringify(arg))
      .join(', ')});`;
  });
  const entries = layers.flatMap(([layer, own], i) =>
    own.map((entry) => ({ layer, entry, name: `l${i}.${entry.param}`, seen: [] as number[] })),
  );
  return {
    body: `extends nn.Module { ${fields.join(' ')} @entry nothing() { return zeros([1]); } }`,
    async problems(built, device) {
      for (let seed = 1; seed <= 200; seed++) {
        const model = await built.Model.create({ ...device, seed });
        for (const { layer, entry, name, seen } of entries) {
          if (seen.length >= 8192) continue;
          const { shape, data } = await figures(model.parameter(name));
          if (shape.join() !== entry.shape.join()) return [`${layer}: ${name} has shape [${shape}]`];
          const own = Array.from(data);
          const { zero_row: zeroRow } = entry;
          if (zeroRow !== undefined && own.splice(zeroRow * shape[1]!, shape[1]!).some((each) => each !== 0))
            return [`${layer}: row ${zeroRow}`];
          for (const each of own) seen.push(each);
        }
        model.dispose();
      }
      return entries.flatMap(({ layer, entry, seen }) => defaultProblems(layer, entry, seen));
    },
  };
}
