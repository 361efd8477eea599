// jax-js in WebAssembly, everything under `jit`. It takes the number of threads from the navigator, which Node 20 does not have.
// Its arrays are used up by what they are given to, unless `ref` keeps them.
import { readFileSync } from 'node:fs';

/** @param {{ threads: number }} options */
export async function open({ threads }) {
  Object.defineProperty(globalThis, 'navigator', { value: { hardwareConcurrency: threads, userAgent: 'Node' }, configurable: true });
  const jax = await import('@jax-js/jax');
  await jax.init('wasm');
  jax.defaultDevice('wasm');
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.resolve('@jax-js/jax')), 'utf8'));
  return { version, prepare: (work, problem) => prepare(jax, work, problem) };
}

async function prepare({ jit, lax, nn, numpy: np, tree, valueAndGrad }, { model, kind }, { weights, inputs }) {
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
  let parameters = Object.values(weights).map(array);
  if (kind === 'inference') {
    const compiled = jit(forward);
    return async () => (await compiled(tree.ref(parameters), ...inputs.map(array))).data();
  }
  const [images, labels] = inputs;
  const batch = labels.shape[0];
  const { lr, momentum } = model === 'mlp' ? { lr: 0.1, momentum: 0.9 } : { lr: 0.9, momentum: 0 };
  const loss = (p, x, y) => np.sum(nn.logSoftmax(forward(p, x), -1).mul(nn.oneHot(y, 10))).mul(-1 / batch);
  const step = jit((p, velocity, x, y) => {
    const [value, gradients] = valueAndGrad(loss)(tree.ref(p), x, y);
    const moved = momentum === 0 ? gradients : gradients.map((gradient, i) => velocity[i].mul(momentum).add(gradient));
    const next = p.map((parameter, i) => parameter.sub(moved[i].ref.mul(lr)));
    return [value, next, moved];
  });
  let velocity = momentum === 0 ? [] : parameters.map((parameter) => np.zeros(parameter.shape));
  return async () => {
    const [value, next, moved] = await step(parameters, velocity, array(images), array(labels));
    parameters = next;
    if (momentum === 0) tree.dispose(moved);
    else velocity = moved;
    return value.data();
  };
}
