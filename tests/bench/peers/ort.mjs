// What onnxruntime-node and onnxruntime-web have in common: one interface. Neither trains.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export function sessions(ort, folder, options) {
  return async ({ id, kind }, { inputs }) => {
    if (kind === 'training') return undefined;
    const session = await ort.InferenceSession.create(readFileSync(join(folder, `${id}.onnx`)), {
      graphOptimizationLevel: 'all',
      ...options,
    });
    const [output] = session.outputNames;
    return async () => {
      const feeds = {};
      inputs.forEach(({ shape, data }, i) => {
        feeds[session.inputNames[i]] = new ort.Tensor('float32', data, shape);
      });
      return (await session.run(feeds))[output].data;
    };
  };
}
