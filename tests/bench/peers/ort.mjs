// What onnxruntime-node and onnxruntime-web have in common: one interface. Neither trains.

export function sessions(ort, read, options) {
  return async ({ id, kind }) => {
    if (kind === 'training') return undefined;
    const session = await ort.InferenceSession.create(await read(`${id}.onnx`), { graphOptimizationLevel: 'all', ...options });
    const [output] = session.outputNames;
    return {
      async run(inputs) {
        const feeds = {};
        inputs.forEach(({ shape, data }, i) => {
          feeds[session.inputNames[i]] = new ort.Tensor('float32', data, shape);
        });
        return (await session.run(feeds))[output].data;
      },
    };
  };
}
