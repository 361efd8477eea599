/** The cases of autograd as functions of tensors: run as they are, and built. */
import { arange, noGrad, stack, type Tensor } from 'kilnn';

export type Inputs = Readonly<Record<string, Tensor>>;

/** Cross-correlation element by element. */
function corr2d(x: Tensor, k: Tensor): Tensor {
  const [h, w] = k.shape as [number, number];
  const rows: Tensor[] = [];
  for (let i = 0; i <= x.shape[0]! - h; i++) {
    const row: Tensor[] = [];
    for (let j = 0; j <= x.shape[1]! - w; j++) {
      row.push(
        x
          .index({ start: i, end: i + h }, { start: j, end: j + w })
          .float()
          .mul(k.float())
          .sum(),
      );
    }
    rows.push(stack(row));
  }
  return stack(rows);
}

/** Outputs as a function of the inputs, which the harness differentiates. */
export const functions: Readonly<Record<string, (inputs: Inputs) => Record<string, Tensor>>> = {
  'autograd-corr2d-ints': ({ X, K }) => ({ y: corr2d(X!, K!) }),
  'autograd-corr2d': ({ X, K }) => ({ y: corr2d(X!, K!) }),
  'autograd-dropout-mask': ({ X, r }) => {
    const mask = r!.lt(0.6).float();
    return { mask, y: mask.mul(X!).div(0.6) };
  },
  'autograd-inplace-chain': ({ x, w }) => {
    const h = x!.matmul(w!);
    h.div_(2).mul_(10).add_(1).sub_(x!.sum());
    return { y: h.relu() };
  },
  'autograd-inplace-view': ({ x, z }) => {
    const h = x!.mul(2);
    h.index(0).copy_(z!);
    h.index(null, 1).mul_(3);
    h.index({ start: 1 }, { end: 2 }).add_(x!.index({ end: -1 }, { end: 2 }));
    return { y: h.pow(2) };
  },
  'autograd-l2-penalty': ({ w }) => ({ y: w!.pow(2).sum().div(2) }),
  'tensor-view-shares': () => {
    const b = arange(0, 15, { dtype: 'f32' }).view(5, 3);
    const a = b.view(15);
    a.index(0).fill_(100);
    b.index(1).add_(1);
    const s = b.index(null, 2);
    s.mul_(-1);
    const t = b.t();
    t.index(0, 4).fill_(7);
    const c = b.clone();
    c.zero_();
    return { a, b, s, t, c };
  },
  'tensor-broadcast-expand': ({ x: given, y }) => {
    const x = given!.clone();
    const z = x.add(y!);
    x.add_(1);
    return { z, x, q: x.pow(2) };
  },
};

/** What a case calls backward of, its other outputs, and the names that it gives to gradients. */
export interface Derivation {
  compute(inputs: Inputs): { readonly loss: Tensor; readonly outputs: Readonly<Record<string, Tensor>> };
  readonly gradients: Readonly<Record<string, string>>;
}

const plot = (compute: (x: Tensor) => Tensor): Derivation => ({
  // A tensor made on the way is differentiated as zeros that are added to it.
  compute({ shift }) {
    const x = arange(-8, 8, { step: 0.1 });
    const y = compute(x.add(shift!));
    return { loss: y.sum(), outputs: { x, y } };
  },
  gradients: { grad: 'shift' },
});

/** Cases that call backward once. */
export const derivations: Readonly<Record<string, Derivation>> = {
  'autograd-detach': {
    compute({ x0 }) {
      const y = x0!.mul(x0!);
      const z = y.detach().mul(x0!).add(y).sum();
      return { loss: z, outputs: { z } };
    },
    gradients: { grad: 'x0' },
  },
  'autograd-grad-function': {
    compute: ({ a0, b0 }) => ({ loss: a0!.mul(b0!).sin().sum(), outputs: {} }),
    gradients: { ga: 'a0', gb: 'b0' },
  },
  'autograd-no-grad-part': {
    compute({ x0 }) {
      const y = x0!.pow(2).add(noGrad(() => x0!.pow(3)));
      return { loss: y, outputs: { y_3: y } };
    },
    gradients: { grad: 'x0' },
  },
  'autograd-second-order': {
    compute: ({ x0 }) => ({ loss: x0!.pow(3).mul(x0!.exp()).sum(), outputs: {} }),
    gradients: { g1: 'x0' },
  },
  'autograd-vector-jacobian': {
    compute({ x0, v }) {
      const y = x0!.pow(3);
      return { loss: y.mul(v!).sum(), outputs: { y } };
    },
    gradients: { grad: 'x0' },
  },
  'autograd-plot-relu': plot((x) => x.relu()),
  'autograd-plot-sigmoid': plot((x) => x.sigmoid()),
  'autograd-plot-tanh': plot((x) => x.tanh()),
};
