/** Cases that PyTorch recorded as code, in Kilnn's words: each gives the outputs under the snippet's names. */
import * as k from 'kilnn';
import { F, type Tensor } from 'kilnn';
import { tensor } from 'kilnn/eager';

type Inputs = Readonly<Record<string, Tensor>>;
export type Snippet = (inputs: Inputs) => Record<string, Tensor>;

const i32 = (values: Parameters<typeof tensor>[0]) => tensor(values, { dtype: 'i32' });

/** A snippet of one line on `x` that assigns `y`. */
const of = (compute: (x: Tensor) => Tensor): Snippet => {
  return ({ x }) => ({ y: compute(x!) });
};

export const snippets: Readonly<Record<string, Snippet>> = {
  'ops-binary-scalars': ({ x: input }) => {
    const x = input!;
    return {
      y0: x.add(1.5),
      y1: k.sub(2, x),
      y2: x.mul(-3),
      y3: x.div(4),
      y4: k.div(1, x),
      y5: x.pow(2),
      y6: k.pow(2, x),
      y7: x.pow(-2),
      y8: x.neg(),
      y9: x.sub(1),
      y10: x.add(1).pow(0.5),
      y11: x.mul(x).div(x.add(2)),
    };
  },
  'ops-compare-nan': ({ a }) => {
    const column = a!.unsqueeze(1);
    const row = a!.unsqueeze(0);
    return { eq: column.eq(row), ne: column.ne(row), lt: column.lt(row), le: column.le(row), gt: column.gt(row), ge: column.ge(row) };
  },
  'ops-edge-div': ({ a }) => ({ y: a!.unsqueeze(1).div(a!.unsqueeze(0)) }),
  'ops-edge-pow-table': ({ a, e }) => ({ y: a!.unsqueeze(1).pow(e!.unsqueeze(0)) }),
  'ops-edge-relu-chain': ({ x: input }) => {
    const x = input!;
    return {
      y0: x.relu(),
      y1: F.leakyRelu(x, 0.1),
      y2: x.abs(),
      y3: x.clamp(0, 1),
      y4: k.maximum(x, k.zerosLike(x)),
      y5: F.relu6(x.mul(6)),
      y6: F.elu(x),
      y7: F.hardtanh(x),
      y8: x.clamp(0),
    };
  },
  'ops-kink-abs': of((x) => x.abs()),
  'ops-kink-clamp': of((x) => x.clamp(0, 1)),
  'ops-kink-clamp_min': of((x) => x.clamp(0)),
  'ops-kink-hardtanh': of((x) => F.hardtanh(x)),
  'ops-kink-maximum-zero': of((x) => k.maximum(x, k.zerosLike(x))),
  'ops-kink-norm': of((x) => x.norm()),
  'ops-kink-relu': of((x) => x.relu()),
  'ops-kink-sign': of((x) => x.sign()),
  'ops-kink-sqrt': of((x) => x.sqrt()),
  'ops-kink-where-gt': of((x) => k.where(x.gt(0), x, k.zerosLike(x))),
  'ops-logical': ({ a, b }) => ({
    't.and': a!.logicalAnd(b!),
    't.or': a!.logicalOr(b!),
    't.xor': a!.logicalXor(b!),
    't.not': a!.logicalNot(),
    't.logical_and': k.logicalAnd(a!, b!),
    't.any': a!.any(),
    't.all': b!.all(),
    't.any0': a!.any(0),
    't.all1': b!.all(1, { keepdim: true }),
  }),
  'ops-matmul-nonfinite': ({ a, b }) => ({ y: a!.matmul(b!) }),
  'ops-matmul-transposed': ({ a, b }) => ({ y: a!.t().matmul(b!.transpose(0, 1)), z: a!.matmul(a!.T).sum(0) }),
  'ops-reduce-abs-sum': of((x) => x.abs().sum()),
  'ops-reduce-empty': () => {
    const e = k.zeros([0]);
    const m = k.zeros([0, 3]);
    return {
      't.sum': e.sum(),
      't.mean': e.mean(),
      't.prod': e.prod(),
      't.sum0': m.sum(0),
      't.sum1': m.sum(1),
      't.mean0': m.mean(0),
      't.any': e.bool().any(),
      't.all': e.bool().all(),
      't.norm': e.norm(),
      't.cumsum': m.cumsum(0),
      't.mm': k.zeros([2, 0]).matmul(k.zeros([0, 3])),
    };
  },
  'ops-reduce-nan': ({ x: input }) => {
    const x = input!;
    return {
      't.sum': x.sum(-1),
      't.mean': x.mean(-1),
      't.max': x.amax(-1),
      't.min': x.amin(-1),
      't.argmax': x.argmax(-1),
      't.argmin': x.argmin(-1),
      't.prod': x.prod(-1),
      't.norm': x.norm(2, { dim: -1 }),
      't.lse': k.logsumexp(x, -1),
      't.cumsum': x.cumsum(-1),
      't.nansum': k.where(x.isnan(), 0, x).sum(-1),
    };
  },
  'ops-reduce-norm-default': of((x) => x.norm()),
  'ops-reduce-var_mean': ({ x }) => ({ v: x!.var(1, { unbiased: false }), m: x!.mean(1) }),
  'ops-shape-as-strided-unfold': of((x) => x.unfold(2, 2)),
  'ops-shape-broadcast_to': of((x) => x.index(0, 0).expand(3, 4)),
  'ops-shape-cat-0': of((x) => k.cat([x, x.mul(2), x.slice(0, { end: 1 })])),
  'ops-shape-cat-empty': of((x) => k.cat([k.zeros([0]), x.flatten()])),
  'ops-shape-cat-last': of((x) => k.cat([x, x.slice(-1, { end: 2 })], -1)),
  'ops-shape-cdist': of((x) => k.cdist(x, x.slice(1, { end: 2 }).add(1))),
  'ops-shape-chunk': ({ x }) => {
    const parts = x!.chunk(3, 2);
    return { y0: parts[0]!, y1: parts[1]! };
  },
  'ops-shape-cosine_similarity': of((x) => F.cosineSimilarity(x, x.roll(1, 1), { dim: -1 })),
  'ops-shape-contiguous-clone': of((x) => x.transpose(0, 1).contiguous().clone().mul(2)),
  'ops-shape-diag_embed': of((x) => k.diagEmbed(x.select(0, 0))),
  'ops-shape-diagonal': of((x) => x.diagonal(0, { dim1: 1, dim2: 2 })),
  'ops-shape-expand-new': of((x) => x.select(0, 0).expand(3, -1, -1)),
  'ops-shape-expand': of((x) => x.slice(1, { end: 1 }).expand(2, 5, 4)),
  'ops-shape-expand_as': of((x) => x.slice(1, { end: 1 }).expandAs(x)),
  'ops-shape-flatten-0-1': of((x) => x.flatten(0, 1)),
  'ops-shape-flatten-1': of((x) => x.flatten(1)),
  'ops-shape-flatten': of((x) => x.flatten()),
  'ops-shape-flip': of((x) => x.flip(0, 2)),
  'ops-shape-gather': of((x) =>
    k.gather(
      x,
      2,
      i32([
        [
          [0, 0],
          [3, 1],
          [2, 2],
        ],
        [
          [1, 2],
          [0, 3],
          [3, 3],
        ],
      ]),
    ),
  ),
  'ops-shape-hstack-vstack': ({ x }) => ({ y: k.cat([x!.select(0, 0), x!.select(0, 1)], 1), z: k.cat([x!.select(0, 0), x!.select(0, 1)]) }),
  'ops-shape-index-list': of((x) => x.index(i32([1, 0, 1]))),
  'ops-shape-index-mask': of((x) => x.index(x.gt(0))),
  'ops-shape-index-mask-rows': of((x) => x.index(null, tensor([true, false, true]))),
  'ops-shape-masked_select': of((x) => k.maskedSelect(x, x.lt(0.5))),
  'ops-shape-unique': of((x) => k.unique(x.round().detach())),
  'ops-shape-index-tensor': of((x) => x.index(null, i32([2, 0, 2]))),
  'ops-shape-index-two': of((x) => x.index(i32([0, 1, 1]), i32([2, 0, 0]))),
  'ops-shape-index_select': of((x) => k.indexSelect(x, 1, i32([0, 2, 1]))),
  'ops-shape-meshgrid': of((x) => k.meshgrid([x.index(0, 0), x.index(0, 1)], { indexing: 'ij' })[0]!.mul(2)),
  'ops-shape-kthvalue-median': ({ x }) => {
    const { values, indices } = x!.kthvalue(2, { dim: -1 });
    return { y: values, indices };
  },
  'ops-shape-scatter': ({ base, x }) => {
    const i = i32([0, 2, 0, 1]);
    return {
      y0: k.zeros([3, 4]).scatterAdd(0, i.unsqueeze(0).expand(2, -1), x!),
      y1: base!.scatter(0, i.unsqueeze(0), x!.slice(0, { end: 1 })),
      y2: base!.indexAdd(1, i32([3, 0]), x!.slice(1, { end: 1 }).T.expand(3, 2)),
      y3: base!.indexPut([i32([0, 0, 2])], x!.select(0, 1), { accumulate: true }),
      y4: base!.indexFill(0, i32([1]), 5),
      y5: base!.maskedScatter(base!.gt(0), x!.flatten().repeat(2)),
    };
  },
  'ops-shape-sort': ({ x }) => {
    const { values, indices } = x!.sort(-1, { descending: true });
    return { y: values, indices };
  },
  'ops-shape-take_along_dim': of((x) => k.takeAlongDim(x, x.argsort(-1), -1)),
  'ops-shape-topk': ({ x }) => {
    const { values, indices } = x!.topk(2, { dim: -1 });
    return { y: values, indices };
  },
  'ops-ties-sort': ({ x }) => {
    const { values, indices } = x!.sort(1, { stable: true });
    return { y: values, indices };
  },
  'ops-shape-movedim': of((x) => x.movedim(0, -1)),
  'ops-shape-narrow': of((x) => x.narrow(2, 1, 2)),
  'ops-shape-normalize': of((x) => F.normalize(x, { dim: -1 })),
  'ops-shape-pad-2d': of((x) => F.pad(x, [1, 0, 2, 1], { value: 0.5 })),
  'ops-shape-pad-circular': of((x) => F.pad(x, [1, 2], { mode: 'circular' })),
  'ops-shape-pad-negative': of((x) => F.pad(x, [-1, 2])),
  'ops-shape-pad-reflect': of((x) => F.pad(x, [2, 1], { mode: 'reflect' })),
  'ops-shape-pad-replicate': of((x) => F.pad(x, [2, 1], { mode: 'replicate' })),
  'ops-shape-pad': of((x) => F.pad(x, [1, 2])),
  'ops-shape-permute': of((x) => x.permute(2, 0, 1)),
  'ops-shape-repeat': of((x) => x.select(0, 0).repeat(2, 3)),
  'ops-shape-repeat_interleave': of((x) => x.repeatInterleave(2, 1)),
  'ops-shape-reshape-infer': of((x) => x.reshape(-1, 8)),
  'ops-shape-reshape': of((x) => x.reshape(4, 6)),
  'ops-shape-roll-flat': of((x) => x.roll(5)),
  'ops-shape-roll': of((x) => x.roll(1, 2)),
  'ops-shape-rot90': of((x) => x.transpose(1, 2).flip(1)),
  'ops-shape-select': of((x) => x.select(1, 2)),
  'ops-shape-slice-empty': of((x) => x.slice(1, { start: 2, end: 1 })),
  'ops-shape-slice-int': of((x) => x.index(1, 2, 3)),
  'ops-shape-slice-neg': of((x) => x.index(-1, null, { start: -3, end: -1 })),
  'ops-shape-slice-none': of((x) => x.select(-1, 0).unsqueeze(1)),
  'ops-shape-slice': of((x) => x.index(null, { start: 1 }, { step: 2 })),
  'ops-shape-split-sizes': ({ x }) => {
    const parts = x!.split([1, 3], 2);
    return { y0: parts[0]!, y1: parts[1]! };
  },
  'ops-shape-split': ({ x }) => {
    const parts = k.split(x!, 2, 2);
    return { y0: parts[0]!, y1: parts[1]! };
  },
  'ops-shape-squeeze-all': of((x) => x.index({ end: 1 }, null, { end: 1 }).squeeze()),
  'ops-shape-squeeze': of((x) => x.slice(1, { end: 1 }).squeeze(1)),
  'ops-shape-stack-0': of((x) => k.stack([x, x.add(1)])),
  'ops-shape-stack-last': of((x) => k.stack([x, x.mul(x)], -1)),
  'ops-shape-swapaxes': of((x) => x.transpose(0, 1)),
  'ops-shape-t': of((x) => x.select(0, 0).t()),
  'ops-shape-tile': of((x) => k.tile(x.select(0, 0), [2])),
  'ops-shape-trace': of((x) => x.select(0, 0).diagonal().sum()),
  'ops-shape-transpose': of((x) => x.transpose(0, 2)),
  'ops-shape-tril-diag': of((x) => k.tril(x, 1)),
  'ops-shape-tril': of((x) => x.tril()),
  'ops-shape-triu-diag': of((x) => k.triu(x, -1)),
  'ops-shape-triu': of((x) => x.triu()),
  'ops-shape-unbind': ({ x }) => {
    const parts = x!.unbind(1);
    return { y0: parts[0]!, y1: parts[1]!, y2: parts[2]! };
  },
  'ops-shape-unflatten': of((x) => x.unflatten(2, [2, 2])),
  'ops-shape-unsqueeze': of((x) => x.unsqueeze(1)),
  'ops-shape-view': of((x) => x.view(6, 4)),
  'ops-ties-abs': of((x) => x.abs()),
  'ops-ties-amax-dim': of((x) => x.amax(1)),
  'ops-ties-amin-all': of((x) => x.amin()),
  'ops-ties-clamp': of((x) => x.clamp(2, 3)),
  'ops-ties-max-all': of((x) => x.max()),
  'ops-ties-max-dim': ({ x }) => {
    const { values, indices } = x!.max(1);
    return { y: values, indices };
  },
  'ops-ties-max_pool': of((x) => F.maxPool2d(x.reshape(1, 1, 3, 3), [1, 3])),
  'ops-ties-maximum': of((x) => k.maximum(x, x.flip(1))),
  'ops-ties-min-all': of((x) => x.min()),
  'ops-ties-norm-inf': of((x) => x.norm(Number.POSITIVE_INFINITY)),
  'ops-ties-norm-zero': ({ x }) => ({ y2: x!.norm(), y1: x!.norm(1), yi: x!.norm(Number.POSITIVE_INFINITY), yd: x!.norm(2, { dim: 0 }) }),
  'ops-ties-relu-like-max': of((x) => k.clamp(x, 0)),
  'ops-where-sqrt': of((x) => k.where(x.gt(0), x.sqrt(), k.zerosLike(x))),
};
