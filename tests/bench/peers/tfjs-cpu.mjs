// TensorFlow.js on its plain JavaScript backend: the nearest relative of Kilnn's js device.
import { createRequire } from 'node:module';

// Node resolves only the CommonJS build of the full package, which registers kernels and gradients.
const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs');
const { version } = require('@tensorflow/tfjs/package.json');

/** A PyTorch weight [out, in] as TensorFlow's [in, out], made once. */
function linear({ shape, data }) {
  return tf.tidy(() => tf.transpose(tf.tensor(data, shape)));
}

/** A convolution's [out, in, height, width] as [height, width, in, out]. */
function filters({ shape, data }) {
  return tf.tidy(() => tf.transpose(tf.tensor(data, shape), [2, 3, 1, 0]));
}

const vector = ({ shape, data }) => tf.tensor(data, shape);

function mlp(weights) {
  const parameters = [
    linear(weights['hidden.weight']),
    vector(weights['hidden.bias']),
    linear(weights['output.weight']),
    vector(weights['output.bias']),
  ];
  const forward = (pixels, [w1, b1, w2, b2]) => {
    const hidden = tf.fused.matMul({ a: tf.reshape(pixels, [-1, 784]), b: w1, bias: b1, activation: 'relu' });
    return tf.fused.matMul({ a: hidden, b: w2, bias: b2 });
  };
  return { parameters, forward, optimizer: () => tf.train.momentum(0.1, 0.9) };
}

function lenet(weights) {
  const of = (layer) => [weights[`net.${layer}.weight`], weights[`net.${layer}.bias`]];
  // The first linear layer follows a flattened [16, 5, 5]; TensorFlow's images end in channels: [5, 5, 16].
  const [first, firstBias] = of(7);
  const flattened = tf.tidy(() => tf.reshape(tf.transpose(tf.tensor(first.data, [120, 16, 5, 5]), [2, 3, 1, 0]), [400, 120]));
  const parameters = [
    ...[0, 3].flatMap((layer) => [filters(of(layer)[0]), vector(of(layer)[1])]),
    flattened,
    vector(firstBias),
    ...[9, 11].flatMap((layer) => [linear(of(layer)[0]), vector(of(layer)[1])]),
  ];
  const forward = (pixels, [k1, c1, k2, c2, w1, b1, w2, b2, w3, b3]) => {
    let x = tf.sigmoid(tf.add(tf.conv2d(tf.reshape(pixels, [-1, 28, 28, 1]), k1, 1, 'same'), c1));
    x = tf.avgPool(x, 2, 2, 'valid');
    x = tf.sigmoid(tf.add(tf.conv2d(x, k2, 1, 'valid'), c2));
    x = tf.reshape(tf.avgPool(x, 2, 2, 'valid'), [-1, 400]);
    x = tf.sigmoid(tf.add(tf.matMul(x, w1), b1));
    x = tf.sigmoid(tf.add(tf.matMul(x, w2), b2));
    return tf.add(tf.matMul(x, w3), b3);
  };
  return { parameters, forward, optimizer: () => tf.train.sgd(0.9) };
}

/** @type {import('../workload.js').Peer} */
export const peer = {
  name: '@tensorflow/tfjs (cpu)',
  version,
  async prepare({ model, kind, batch }, { weights, pixels, labels }) {
    await tf.setBackend('cpu');
    await tf.ready();
    const { parameters, forward, optimizer } = model === 'mlp' ? mlp(weights) : lenet(weights);
    if (kind === 'inference') {
      return () => tf.tidy(() => forward(tf.tensor(pixels, [batch, 784]), parameters).dataSync());
    }
    const variables = parameters.map((parameter) => tf.variable(parameter));
    const sgd = optimizer();
    return () => {
      const loss = tf.tidy(() => {
        const x = tf.tensor(pixels, [batch, 784]);
        const y = tf.oneHot(tf.tensor(labels, [batch], 'int32'), 10);
        return sgd.minimize(() => tf.losses.softmaxCrossEntropy(y, forward(x, variables)), true, variables);
      });
      const data = loss.dataSync();
      loss.dispose();
      return data;
    };
  },
};
