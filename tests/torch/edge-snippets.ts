/** Cases at the edges of what operations take, in Kilnn's words: their results in order are the outputs o0, o1, ... */
import * as k from 'kilnn';
import { F, nn, type Tensor } from 'kilnn';
import { replaceParameter } from './computations.js';

type Inputs = Readonly<Record<string, Tensor>>;
export type Edge = (inputs: Inputs) => unknown;

/** A layer whose recorded parameters are inputs, too. */
function layer<Net extends nn.Module>(make: () => Net, forward: (net: Net, inputs: Inputs) => unknown): Edge {
  return (inputs) => {
    const net = make();
    for (const [name, parameter] of net.namedParameters()) replaceParameter(parameter, inputs[name]!);
    return forward(net, inputs);
  };
}

export const edges: Readonly<Record<string, Edge>> = {
  'edges-erfinv': (inputs) => k.erfinv(inputs.x!),
  'edges-edge-erfinv-ends': (inputs) => k.erfinv(inputs.x!),
  'edges-edge-logit-outside': (inputs) => k.logit(inputs.x!),
  'edges-edge-sinc-tiny': (inputs) => k.sinc(inputs.x!),
  'edges-sign-bool': (inputs) => k.sign(inputs.x!),
  'edges-square-bool': (inputs) => k.square(inputs.x!),
  'edges-pow-bool': (inputs) => k.pow(inputs.a!, 2),
  'edges-edge-softshrink-nan': (inputs) => F.softshrink(inputs.x!),
  'edges-edge-threshold-nan': (inputs) => F.threshold(inputs.x!, 0, { value: -1 }),
  'edges-edge-hypot': (inputs) => k.hypot(inputs.a!, inputs.b!),
  'edges-xlogy-number': (inputs) => k.xlogy(inputs.a!, 2.5),
  'edges-clamp-ties': (inputs) => k.clamp(inputs.x!, inputs.lo!, inputs.hi!),
  'edges-softmax-empty': (inputs) => F.softmax(inputs.x!, 0),
  'edges-log-softmax-empty': (inputs) => F.logSoftmax(inputs.x!, 1),
  'edges-max-bool': (inputs) => k.max(inputs.x!, 1),
  'edges-aminmax-bool': (inputs) => k.aminmax(inputs.x!, { dim: 1 }),
  'edges-edge-median-empty': (inputs) => k.median(inputs.x!),
  'edges-norm-0-5': (inputs) => inputs.x!.norm(0.5, { dim: 1 }),
  'edges-norm-minus-1': (inputs) => inputs.x!.norm(-1, { dim: 1 }),
  'edges-norm-minus-2': (inputs) => inputs.x!.norm(-2, { dim: 1 }),
  'edges-cdist-same': (inputs) => k.cdist(inputs.a!, inputs.a!, { p: 0.5 }),
  'edges-bucketize-nan': (inputs) => k.bucketize(inputs.x!, inputs.b!, { right: true }),
  'edges-searchsorted-rows': (inputs) => k.searchsorted(inputs.b!, inputs.x!, {}),
  'edges-searchsorted-right': (inputs) => k.searchsorted(inputs.b!, inputs.x!, { right: true }),
  'edges-index-ellipsis': (inputs) => inputs.x!.index('...', { start: 1, end: 3 }),
  'edges-index-ellipsis-tensor': (inputs) => inputs.x!.index('...', inputs.i!),
  'edges-pad-reflect-negative': (inputs) => F.pad(inputs.x!, [-1, 1, 1, 0], { mode: 'reflect' }),
  'edges-pad-replicate-negative': (inputs) => F.pad(inputs.x!, [-1, 1, 1, 0], { mode: 'replicate' }),
  'edges-pad-circular-negative': (inputs) => F.pad(inputs.x!, [-1, 1, 1, 0], { mode: 'circular' }),
  'edges-adaptive-max-indices': layer(
    () => new nn.AdaptiveMaxPool2d(2, { returnIndices: true }),
    (net, inputs) => net.forward(inputs.x!),
  ),
  'edges-adaptive-max-indices-3d': layer(
    () => new nn.AdaptiveMaxPool3d(2, { returnIndices: true }),
    (net, inputs) => net.forward(inputs.x!),
  ),
  'edges-adaptive-avg-nothing': layer(
    () => new nn.AdaptiveAvgPool2d(0),
    (net, inputs) => net.forward(inputs.x!),
  ),
  'edges-max-pool-ceil-dilated': layer(
    () => new nn.MaxPool3d(3, { stride: 2, ceilMode: true, dilation: 2 }),
    (net, inputs) => net.forward(inputs.x!),
  ),
  'edges-interpolate-recompute': (inputs) => F.interpolate(inputs.x!, { scaleFactor: 2.5, recomputeScaleFactor: true, mode: 'bilinear' }),
  'edges-kldiv-scalar': (inputs) => new nn.KLDivLoss({ reduction: 'batchmean' }).forward(inputs.x!, inputs.t!),
  'edges-multi-margin-tie': (inputs) => new nn.MultiMarginLoss({ reduction: 'mean' }).forward(inputs.x!, inputs.t!),
  'edges-mha-bias-kv': layer(
    () => new nn.MultiheadAttention(6, 2, { addBiasKv: true }),
    (net, inputs) => net.forward(inputs.q!, inputs.keys!, inputs.v!, { attnMask: inputs.m! }),
  ),
  'edges-mha-zero-attn': layer(
    () => new nn.MultiheadAttention(6, 2, { addZeroAttn: true }),
    (net, inputs) => net.forward(inputs.q!, inputs.keys!, inputs.v!, { keyPaddingMask: inputs.m! }),
  ),
};

/** Those whose results have a size that depends on values. */
export const eagerEdges: Readonly<Record<string, Edge>> = {
  'edges-repeat-interleave-counts': (inputs) => k.repeatInterleave(inputs.x!, inputs.r!, 0),
  'edges-one-hot-classes': (inputs) => F.oneHot(inputs.x!),
};
