/** What is not simply the same name in camelCase: other names, other behaviour, and what is not there and why. */

export interface Note {
  /** What to write instead, by the names of `resolve.ts`; absent when there is nothing like it. */
  readonly kilnn?: string;
  /** What is different, or why it is absent. */
  readonly note?: string;
}

/** Why names are absent. */
const absent: Readonly<Record<string, readonly string[]>> = {
  'sizes are known when the model is built, so there is nothing to be lazy about': [
    'torch.nn.LazyLinear',
    'torch.nn.LazyConv2d',
    'torch.nn.LazyBatchNorm2d',
  ],
  'a module runs on one device in one process': [
    'torch.nn.SyncBatchNorm',
    'torch.nn.DataParallel',
    'torch.nn.Module.share_memory',
    'torch.utils.data.DistributedSampler',
  ],
  'not written yet': [
    'torch.nn.ConvTranspose3d',
    'torch.nn.FractionalMaxPool2d',
    'torch.nn.AdaptiveLogSoftmaxWithLoss',
    'torch.nn.functional.conv_transpose3d',
    'torch.nn.functional.fractional_max_pool2d',
    'torch.nn.functional.pdist',
    'torch.nn.functional.grid_sample',
    'torch.nn.functional.affine_grid',
    'torch.nn.utils.weight_norm',
    'torch.nn.utils.spectral_norm',
    'torch.nn.utils.prune',
    'torch.optim.LBFGS',
    'torch.multinomial',
    'torch.lgamma',
    'torch.digamma',
  ],
  'a sum over alignments of a length that differs from sample to sample; not written yet': [
    'torch.nn.CTCLoss',
    'torch.nn.functional.ctc_loss',
  ],
  'there are no packed sequences: pad, and mask what is padding': [
    'torch.nn.utils.rnn.pack_padded_sequence',
    'torch.nn.utils.rnn.pad_sequence',
  ],
  'there are no sparse tensors': ['torch.optim.SparseAdam'],
  'decompositions of matrices are left out': ['torch.inverse', 'torch.det', 'torch.cholesky', 'torch.svd'],
  'the element type of a layer is f32': ['torch.nn.Module.float', 'torch.nn.Module.double', 'torch.nn.Module.half', 'torch.nn.Module.type'],
  'write the steps into `forward`: what is compiled has no hooks': [
    'torch.nn.Module.register_forward_hook',
    'torch.nn.Module.register_forward_pre_hook',
    'torch.nn.Module.register_backward_hook',
    'torch.Tensor.register_hook',
    'torch.Tensor.retain_grad',
  ],
  'integers have no bitwise operations; bool has the logical ones': ['torch.bitwise_and', 'torch.bitwise_or', 'torch.bitwise_xor'],
  'deprecated in PyTorch in favour of interpolate': [
    'torch.nn.functional.upsample',
    'torch.nn.functional.upsample_nearest',
    'torch.nn.functional.upsample_bilinear',
  ],
  'eager tensors are in ordinary memory; built models choose their device in `create`': ['torch.cpu', 'torch.cuda'],
  'a tensor keeps its shape; the method without the underscore gives another one': [
    'torch.Tensor.transpose_',
    'torch.Tensor.squeeze_',
    'torch.Tensor.unsqueeze_',
  ],
  '`sampler` of the DataLoader takes any list of positions, `batchSize` and `shuffle` do the rest': [
    'torch.utils.data.RandomSampler',
    'torch.utils.data.SequentialSampler',
    'torch.utils.data.BatchSampler',
    'torch.utils.data.WeightedRandomSampler',
  ],
  'a model is exported by being built; other formats are not written': ['torch.onnx.export'],
  'a js program runs in one thread': ['torch.set_num_threads'],
};

/** Names that are there under another name or with another meaning. */
const different: Readonly<Record<string, Note>> = {
  'torch.nn.Module.forward': { kilnn: 'nn.Linear.forward', note: 'every module has one of its own; it is also how a module is called' },
  'torch.nn.Module.cpu': { kilnn: 'runtime.Model', note: "of a built model: `await net.to('js')`" },
  'torch.nn.Module.cuda': { kilnn: 'runtime.Model', note: "of a built model: `await net.to('webgpu')`" },
  'torch.nn.Module.to': { kilnn: 'runtime.Model', note: 'of a built model: `await net.to(device)`' },
  'torch.nn.functional.multi_head_attention_forward': { kilnn: 'nn.MultiheadAttention' },
  'torch.nn.utils.clip_grad_norm_': {
    kilnn: 'nn.utils.clipGradNorm_',
    note: 'in a compiled step: `gradients: (g) => nn.utils.clipGradNorm(g, 1)`',
  },
  'torch.nn.utils.parameters_to_vector': { kilnn: 'cat', note: '`cat(net.parameters().map((p) => p.flatten()))`' },
  'torch.nn.utils.vector_to_parameters': { kilnn: 'split', note: 'and `copy_` under `noGrad`' },
  'torch.as_tensor': { kilnn: 'tensor' },
  'torch.from_numpy': { kilnn: 'eager.tensor', note: 'takes typed arrays' },
  'torch.numpy': { kilnn: 'eager.toTypedArray' },
  'torch.masked_select': { kilnn: 'maskedSelect', note: 'eager only: the size of the result depends on values' },
  'torch.nonzero': { kilnn: 'nonzero', note: 'eager only: the size of the result depends on values' },
  'torch.unique': { kilnn: 'unique', note: 'eager only: the size of the result depends on values' },
  'torch.msort': { kilnn: 'sort', note: '`sort(x, 0)`' },
  'torch.true_divide': { kilnn: 'div' },
  'torch.fmax': { kilnn: 'maximum', note: 'which gives NaN where either is NaN' },
  'torch.fmin': { kilnn: 'minimum', note: 'which gives NaN where either is NaN' },
  'torch.clip': { kilnn: 'clamp' },
  'torch.equal': { kilnn: 'eq', note: '`x.eq(y).all()`' },
  'torch.cosine_similarity': { kilnn: 'F.cosineSimilarity' },
  'torch.var': { kilnn: 'variance', note: '`x.var()` as a method; `var` is a word of the language' },
  'torch.Tensor.random_': { kilnn: 'randint', note: '`x.copy_(randint(...))`' },
  'torch.Tensor.detach_': { kilnn: 'Tensor.detach' },
  'torch.no_grad': { kilnn: 'noGrad', note: '`noGrad(() => ...)`' },
  'torch.enable_grad': { kilnn: 'noGrad', note: 'gradients are followed wherever `noGrad` is not' },
  'torch.set_grad_enabled': { kilnn: 'noGrad' },
  'torch.inference_mode': { kilnn: 'noGrad', note: 'a built `forward` is inference' },
  'torch.autograd.grad': {
    kilnn: 'eager.grad',
    note: 'compiled: `net.gradients.<loss>(...)`; `@loss({ inputs: ["x"] })` for gradients of arguments',
  },
  'torch.autograd.backward': { kilnn: 'Tensor.backward', note: 'eager; compiled losses have `gradients` and `train`' },
  'torch.autograd.Function': { kilnn: 'customGradient', note: '`customGradient(forward, backward)`' },
  'torch.autograd.functional.jacobian': { kilnn: 'eager.grad', note: 'row by row, with cotangents' },
  'torch.autograd.functional.hessian': { kilnn: 'eager.grad', note: 'twice, with `createGraph`' },
  'torch.autograd.gradcheck': { kilnn: 'eager.grad', note: 'compare with differences in f64' },
  'torch.Tensor.is_leaf': { kilnn: 'Tensor.requiresGrad', note: 'parameters are leaves' },
  'torch.utils.data.Dataset': { kilnn: 'runtime.TensorDataset', note: 'an interface: `length` and `get(i)`; arrays serve as well' },
  'torch.utils.data.IterableDataset': { kilnn: 'runtime.DataLoader', note: 'takes anything that can be iterated' },
  'torch.utils.data.ConcatDataset': { kilnn: 'runtime.DataLoader', note: 'takes arrays: `[...a, ...b]`' },
  'torch.utils.data.default_collate': { kilnn: 'runtime.collate' },
  'torch.long': { kilnn: 'Tensor.long', note: 'gives i32: there is no i64' },
  'torch.half': { kilnn: 'Tensor.float', note: 'f16 is for files alone: `saveSafetensors(..., { dtype: "f16" })`' },
  'torch.linalg.multi_dot': { kilnn: 'multiDot' },
  'torch.save': { kilnn: 'runtime.saveTensors', note: 'and `saveSafetensors`: safetensors files' },
  'torch.load': { kilnn: 'runtime.loadTensors', note: 'safetensors; `loadTorch` of `kilnn/runtime/torch` reads `.pt` files' },
  'torch.jit.script': { kilnn: 'model', note: '`@model` and `kilnn build`' },
  'torch.jit.trace': { kilnn: 'model', note: '`@model` and `kilnn build`, which reads the source instead of running it' },
  'torch.jit.save': { kilnn: 'runtime.defineModel', note: 'a build writes a module' },
  'torch.jit.freeze': { kilnn: 'runtime.defineModel', note: '`kilnn freeze`' },
  'torch.compile': { kilnn: 'model', note: '`@model` and `kilnn build`' },
};

/** By full name: `torch.nn.LazyLinear`. */
export const notes: Readonly<Record<string, Note>> = {
  ...Object.fromEntries(Object.entries(absent).flatMap(([note, names]) => names.map((name) => [name, { note }]))),
  ...different,
};
