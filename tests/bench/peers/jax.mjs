// jax-js in WebAssembly, everything under `jit`. Its arrays are used up by what they are given to, unless `ref` keeps them.

/** @param {{ threads: number }} options */
export async function open({ threads }) {
  // It takes the number of its workers from the navigator, and without workers runs on the calling thread.
  if (globalThis.navigator === undefined) Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(globalThis.navigator, 'hardwareConcurrency', { value: threads, configurable: true });
  if (threads === 1) delete globalThis.Worker;
  else if (globalThis.Worker === undefined) globalThis.Worker = (await import('./web-worker.mjs')).WebWorker;
  const jax = await import('@jax-js/jax');
  await jax.init('wasm');
  jax.defaultDevice('wasm');
  return { prepare: (work, problem) => prepare(jax, work, problem) };
}

async function prepare({ jit, lax, nn, numpy: np, tree, valueAndGrad }, { model, kind }, { weights }) {
  const array = ({ shape, data }) => np.array(data, { shape: [...shape] });
  const linear = (x, w, b) => np.matmul(x, np.transpose(w)).add(b);
  const pooled = (x, channels, size) => np.mean(x.reshape([-1, channels, size / 2, 2, size / 2, 2]), [3, 5]);
  const convolved = (x, w, b, channels, padding) =>
    lax.convGeneralDilated(x, w, [1, 1], [padding, padding]).add(b.reshape([1, channels, 1, 1]));

  const forwards = {
    mlp: ([w1, b1, w2, b2], x) => linear(nn.relu(linear(x.reshape([-1, 784]), w1, b1)), w2, b2),
    lenet: ([k1, c1, k2, c2, w1, b1, w2, b2, w3, b3], images) => {
      let x = pooled(nn.sigmoid(convolved(images, k1, c1, 6, [2, 2])), 6, 28);
      x = pooled(nn.sigmoid(convolved(x, k2, c2, 16, [0, 0])), 16, 10).reshape([-1, 400]);
      x = nn.sigmoid(linear(x, w1, b1));
      return linear(nn.sigmoid(linear(x, w2, b2)), w3, b3);
    },
    matmul: (_, a, b) => np.matmul(a, b),
    elementwise: (_, v) => nn.sigmoid(np.tanh(v.ref.mul(0.5).add(1)).mul(v)),
    softmax: (_, x) => nn.softmax(x, -1),
  };
  const forward = forwards[model];
  if (forward === undefined) return undefined;
  const start = () => Object.values(weights).map(array);
  if (kind === 'inference') {
    const parameters = start();
    const compiled = jit(forward);
    return { run: async (inputs) => (await compiled(tree.ref(parameters), ...inputs.map(array))).data() };
  }
  const { lr, momentum } = model === 'mlp' ? { lr: 0.1, momentum: 0.9 } : { lr: 0.9, momentum: 0 };
  const loss = (p, x, y) => {
    const [batch] = x.shape;
    return np.sum(nn.logSoftmax(forward(p, x), -1).mul(nn.oneHot(y, 10))).mul(-1 / batch);
  };
  const step = jit((p, velocity, x, y) => {
    const [value, gradients] = valueAndGrad(loss)(tree.ref(p), x, y);
    const moved = momentum === 0 ? gradients : gradients.map((gradient, i) => velocity[i].mul(momentum).add(gradient));
    const next = p.map((parameter, i) => parameter.sub(moved[i].ref.mul(lr)));
    return [value, next, moved];
  });
  let [parameters, velocity] = [[], []];
  return {
    async run([images, labels]) {
      const [value, next, moved] = await step(parameters, velocity, array(images), array(labels));
      parameters = next;
      if (momentum === 0) tree.dispose(moved);
      else velocity = moved;
      return value.data();
    },
    restart() {
      tree.dispose([parameters, velocity]);
      parameters = start();
      velocity = momentum === 0 ? [] : parameters.map((parameter) => np.zeros(parameter.shape));
    },
  };
}
