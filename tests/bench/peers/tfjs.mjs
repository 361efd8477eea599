// TensorFlow.js, on any of its backends, in Node and in pages.

/** Of each model its parameters and what it computes of them; for training an optimizer. */
const modelsOf = (tf) => {
  /** A PyTorch weight [out, in] as TensorFlow's [in, out], made once. */
  const linear = ({ shape, data }) => tf.tidy(() => tf.transpose(tf.tensor(data, shape)));
  /** A convolution's [out, in, height, width] as [height, width, in, out]. */
  const filters = ({ shape, data }) => tf.tidy(() => tf.transpose(tf.tensor(data, shape), [2, 3, 1, 0]));
  const vector = ({ shape, data }) => tf.tensor(data, shape);

  return {
    mlp(weights) {
      const parameters = [
        linear(weights['hidden.weight']),
        vector(weights['hidden.bias']),
        linear(weights['output.weight']),
        vector(weights['output.bias']),
      ];
      const forward = ([w1, b1, w2, b2], pixels) => {
        const hidden = tf.fused.matMul({ a: tf.reshape(pixels, [-1, 784]), b: w1, bias: b1, activation: 'relu' });
        return tf.fused.matMul({ a: hidden, b: w2, bias: b2 });
      };
      return { parameters, forward, optimizer: () => tf.train.momentum(0.1, 0.9) };
    },

    lenet(weights) {
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
      const forward = ([k1, c1, k2, c2, w1, b1, w2, b2, w3, b3], pixels) => {
        let x = tf.sigmoid(tf.add(tf.conv2d(tf.reshape(pixels, [-1, 28, 28, 1]), k1, 1, 'same'), c1));
        x = tf.avgPool(x, 2, 2, 'valid');
        x = tf.sigmoid(tf.add(tf.conv2d(x, k2, 1, 'valid'), c2));
        x = tf.reshape(tf.avgPool(x, 2, 2, 'valid'), [-1, 400]);
        x = tf.sigmoid(tf.add(tf.matMul(x, w1), b1));
        x = tf.sigmoid(tf.add(tf.matMul(x, w2), b2));
        return tf.add(tf.matMul(x, w3), b3);
      };
      return { parameters, forward, optimizer: () => tf.train.sgd(0.9) };
    },

    resnet(weights) {
      // Batch norm at inference is a scale and a shift, folded into the filters before it as a user would.
      const folded = (conv, norm) =>
        tf.tidy(() => {
          const scale = tf.div(vector(weights[`${norm}.weight`]), tf.sqrt(tf.add(vector(weights[`${norm}.running_var`]), 1e-5)));
          const shift = tf.sub(vector(weights[`${norm}.bias`]), tf.mul(vector(weights[`${norm}.running_mean`]), scale));
          return { filter: tf.mul(filters(weights[`${conv}.weight`]), scale), bias: shift };
        });
      const block = (path) => ({
        first: folded(`${path}.conv1`, `${path}.bn1`),
        second: folded(`${path}.conv2`, `${path}.bn2`),
        around: weights[`${path}.shortcut.0.weight`] && folded(`${path}.shortcut.0`, `${path}.shortcut.1`),
      });
      const stem = folded('stem.0', 'stem.1');
      const blocks = [0, 1, 2].map((i) => block(`stages.${i}`));
      const head = { weight: linear(weights['head.2.weight']), bias: vector(weights['head.2.bias']) };
      const conv = (x, { filter, bias }, strides, activation) => tf.fused.conv2d({ x, filter, bias, strides, pad: 'same', activation });
      // 'same' of TensorFlow pads at the end where the stride is 2; PyTorch's padding of 1 is given as such.
      const halved = (x, { filter, bias }) =>
        tf.fused.conv2d({
          x: tf.pad(x, [
            [0, 0],
            [1, 1],
            [1, 1],
            [0, 0],
          ]),
          filter,
          bias,
          strides: 2,
          pad: 'valid',
          activation: 'relu',
        });
      const forward = (_, pixels) => {
        let x = conv(tf.reshape(pixels, [-1, 28, 28, 1]), stem, 1, 'relu');
        for (const { first, second, around } of blocks) {
          const y = around ? halved(x, first) : conv(x, first, 1, 'relu');
          const shortcut = around ? conv(x, around, 2) : x;
          x = tf.relu(tf.add(conv(y, second, 1), shortcut));
        }
        return tf.add(tf.matMul(tf.mean(x, [1, 2]), head.weight), head.bias);
      };
      return { parameters: [], forward };
    },

    encoder(weights) {
      const [inWeight, inBias] = [linear(weights['layer.self_attn.in_proj_weight']), vector(weights['layer.self_attn.in_proj_bias'])];
      const layer = (name) => [linear(weights[`layer.${name}.weight`]), vector(weights[`layer.${name}.bias`])];
      const norm = (name) => [vector(weights[`layer.${name}.weight`]), vector(weights[`layer.${name}.bias`])];
      const [out, first, second] = ['self_attn.out_proj', 'linear1', 'linear2'].map(layer);
      const [norm1, norm2] = ['norm1', 'norm2'].map(norm);
      const affine = (x, [weight, bias], activation) => tf.fused.matMul({ a: x, b: weight, bias, activation });
      const normed = (x, [scale, shift]) => {
        const { mean, variance } = tf.moments(x, -1, true);
        return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), scale), shift);
      };
      const forward = (_, input) => {
        const batch = input.shape[0];
        const x = tf.reshape(input, [-1, 64]);
        const heads = (part) => tf.transpose(tf.reshape(part, [batch, 32, 4, 16]), [0, 2, 1, 3]);
        const [q, k, v] = tf.split(affine(x, [inWeight, inBias]), 3, 1).map(heads);
        const scores = tf.softmax(tf.mul(tf.matMul(q, k, false, true), 0.25));
        const mixed = tf.reshape(tf.transpose(tf.matMul(scores, v), [0, 2, 1, 3]), [-1, 64]);
        const y = normed(tf.add(x, affine(mixed, out)), norm1);
        return normed(tf.add(y, affine(affine(y, first, 'relu'), second)), norm2);
      };
      return { parameters: [], forward };
    },

    matmul: () => ({ parameters: [], forward: (_, a, b) => tf.matMul(a, b) }),
    elementwise: () => ({ parameters: [], forward: (_, v) => tf.sigmoid(tf.mul(tf.tanh(tf.add(tf.mul(v, 0.5), 1)), v)) }),
    softmax: () => ({ parameters: [], forward: (_, x) => tf.softmax(x) }),
  };
};

/** A side of TensorFlow.js, given as `tf`, on that backend. `gradients` loads what training needs besides, if that is not all there. */
export function tfjs(tf, backend, gradients = async () => {}) {
  return async () => {
    await tf.setBackend(backend);
    await tf.ready();
    if (tf.getBackend() !== backend) throw new Error(`the backend ${backend} does not start`);
    const models = modelsOf(tf);
    return {
      async prepare(work, { weights }) {
        if (!offers(backend, work)) return undefined;
        if (work.kind === 'training') await gradients();
        return prepare(tf, work, models[work.model](weights));
      },
    };
  };
}

/** The backend wasm has no gradient of a convolution. */
const offers = (backend, { model, kind }) => !(backend === 'wasm' && model === 'lenet' && kind === 'training');

function prepare(tf, { kind }, { parameters, forward, optimizer }) {
  const given = ({ shape, data }) => tf.tensor(data, shape);
  if (kind === 'inference') {
    return {
      run(inputs) {
        // Not read within `tidy`, which would look for tensors among all the elements that it returns.
        const result = tf.tidy(() => forward(parameters, ...inputs.map(given)));
        const data = result.dataSync();
        result.dispose();
        return data;
      },
    };
  }
  const variables = parameters.map((parameter) => tf.variable(parameter));
  let sgd;
  return {
    run([images, labels]) {
      const loss = tf.tidy(() => {
        const y = tf.oneHot(tf.tensor(labels.data, labels.shape, 'int32'), 10);
        const x = given(images);
        return sgd.minimize(() => tf.losses.softmaxCrossEntropy(y, forward(variables, x)), true, variables);
      });
      const data = loss.dataSync();
      loss.dispose();
      return data;
    },
    restart() {
      sgd?.dispose();
      sgd = optimizer();
      variables.forEach((variable, i) => {
        const first = tf.clone(parameters[i]);
        variable.assign(first);
        first.dispose();
      });
    },
  };
}
