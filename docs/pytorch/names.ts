/**
 * The public names of PyTorch 1.13 that concern neural nets, by the pages of its documentation
 * (https://pytorch.org/docs/1.13/). The page `docs/pytorch.md` says of each what it is called in Kilnn.
 */

export interface Section {
  readonly title: string;
  /** What stands before the names in PyTorch: `torch.nn`. */
  readonly torch: string;
  /** Where a name of the section is looked for in Kilnn, in this order: `nn`, `F`, `Tensor`, '' for the package itself. */
  readonly kilnn: readonly string[];
  readonly names: readonly string[];
}

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

export const sections: readonly Section[] = [
  {
    title: 'Layers and containers',
    torch: 'torch.nn',
    kilnn: ['nn'],
    names: words(`
      Module Sequential ModuleList ModuleDict ParameterList ParameterDict Parameter
      Linear Bilinear Identity LazyLinear
      Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d LazyConv2d Unfold Fold
      MaxPool1d MaxPool2d MaxPool3d MaxUnpool1d MaxUnpool2d MaxUnpool3d AvgPool1d AvgPool2d AvgPool3d FractionalMaxPool2d LPPool1d LPPool2d
      AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d
      ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d ZeroPad2d
      ConstantPad1d ConstantPad2d ConstantPad3d
      ELU Hardshrink Hardsigmoid Hardtanh Hardswish LeakyReLU LogSigmoid PReLU ReLU ReLU6 RReLU SELU CELU GELU Sigmoid SiLU Mish Softplus
      Softshrink Softsign Tanh Tanhshrink Threshold GLU Softmin Softmax Softmax2d LogSoftmax AdaptiveLogSoftmaxWithLoss
      BatchNorm1d BatchNorm2d BatchNorm3d LazyBatchNorm2d SyncBatchNorm GroupNorm InstanceNorm1d InstanceNorm2d InstanceNorm3d LayerNorm LocalResponseNorm
      RNN LSTM GRU RNNCell LSTMCell GRUCell
      MultiheadAttention Transformer TransformerEncoder TransformerDecoder TransformerEncoderLayer TransformerDecoderLayer
      Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout
      Embedding EmbeddingBag CosineSimilarity PairwiseDistance
      Flatten Unflatten PixelShuffle PixelUnshuffle ChannelShuffle Upsample UpsamplingNearest2d UpsamplingBilinear2d
      DataParallel
    `),
  },
  {
    title: 'Loss layers',
    torch: 'torch.nn',
    kilnn: ['nn'],
    names: words(`
      L1Loss MSELoss CrossEntropyLoss CTCLoss NLLLoss PoissonNLLLoss GaussianNLLLoss KLDivLoss BCELoss BCEWithLogitsLoss MarginRankingLoss
      HingeEmbeddingLoss MultiLabelMarginLoss HuberLoss SmoothL1Loss SoftMarginLoss MultiLabelSoftMarginLoss CosineEmbeddingLoss
      MultiMarginLoss TripletMarginLoss TripletMarginWithDistanceLoss
    `),
  },
  {
    title: 'Methods of modules',
    torch: 'torch.nn.Module',
    kilnn: ['nn.Module'],
    names: words(`
      add_module apply buffers children cpu cuda double eval extra_repr float forward get_buffer get_parameter get_submodule half
      load_state_dict modules named_buffers named_children named_modules named_parameters parameters register_backward_hook register_buffer
      register_forward_hook register_forward_pre_hook register_module register_parameter requires_grad_ share_memory state_dict to train type zero_grad
    `),
  },
  {
    title: 'Functions',
    torch: 'torch.nn.functional',
    kilnn: ['F', ''],
    names: words(`
      linear bilinear conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d unfold fold
      avg_pool1d avg_pool2d avg_pool3d max_pool1d max_pool2d max_pool3d max_unpool1d max_unpool2d max_unpool3d lp_pool1d lp_pool2d
      adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d fractional_max_pool2d
      threshold relu hardtanh hardswish relu6 elu selu celu leaky_relu prelu rrelu glu gelu logsigmoid hardshrink tanhshrink softsign softplus
      softmin softmax softshrink gumbel_softmax log_softmax tanh sigmoid hardsigmoid silu mish
      batch_norm group_norm instance_norm layer_norm local_response_norm normalize
      dropout dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout
      embedding embedding_bag one_hot pairwise_distance cosine_similarity pdist
      binary_cross_entropy binary_cross_entropy_with_logits poisson_nll_loss cosine_embedding_loss cross_entropy ctc_loss gaussian_nll_loss
      hinge_embedding_loss kl_div l1_loss mse_loss margin_ranking_loss multilabel_margin_loss multilabel_soft_margin_loss multi_margin_loss
      nll_loss huber_loss smooth_l1_loss soft_margin_loss triplet_margin_loss triplet_margin_with_distance_loss
      pixel_shuffle pixel_unshuffle channel_shuffle pad interpolate upsample upsample_nearest upsample_bilinear grid_sample affine_grid
      multi_head_attention_forward
    `),
  },
  {
    title: 'Initial values',
    torch: 'torch.nn.init',
    kilnn: ['nn.init'],
    names: words(`
      calculate_gain uniform_ normal_ constant_ ones_ zeros_ eye_ dirac_ xavier_uniform_ xavier_normal_ kaiming_uniform_ kaiming_normal_
      trunc_normal_ orthogonal_ sparse_
    `),
  },
  {
    title: 'Optimizers',
    torch: 'torch.optim',
    kilnn: ['optim'],
    names: words('Optimizer Adadelta Adagrad Adam AdamW SparseAdam Adamax ASGD LBFGS NAdam RAdam RMSprop Rprop SGD'),
  },
  {
    title: 'Learning-rate schedules',
    torch: 'torch.optim.lr_scheduler',
    kilnn: ['optim.lrScheduler'],
    names: words(`
      LambdaLR MultiplicativeLR StepLR MultiStepLR ConstantLR LinearLR ExponentialLR PolynomialLR CosineAnnealingLR ChainedScheduler SequentialLR
      ReduceLROnPlateau CyclicLR OneCycleLR CosineAnnealingWarmRestarts
    `),
  },
  {
    title: 'Helpers',
    torch: 'torch.nn.utils',
    kilnn: ['nn.utils'],
    names: words(`
      clip_grad_norm_ clip_grad_value_ parameters_to_vector vector_to_parameters weight_norm spectral_norm prune rnn.pack_padded_sequence rnn.pad_sequence
    `),
  },
  {
    title: 'Making tensors',
    torch: 'torch',
    kilnn: ['', 'eager'],
    names: words(`
      tensor as_tensor from_numpy zeros zeros_like ones ones_like arange linspace logspace eye empty empty_like full full_like rand rand_like randint
      randint_like randn randn_like randperm normal bernoulli multinomial manual_seed
    `),
  },
  {
    title: 'Tensors: shape and elements',
    torch: 'torch',
    kilnn: ['', 'Tensor'],
    names: words(`
      cat concat stack hstack vstack dstack column_stack atleast_1d atleast_2d atleast_3d broadcast_tensors cartesian_prod chunk split tensor_split unbind reshape view flatten unflatten ravel squeeze unsqueeze transpose t permute movedim moveaxis swapaxes swapdims
      expand expand_as broadcast_to tile repeat repeat_interleave flip fliplr flipud roll rot90 diagonal diag diagflat diag_embed tril triu meshgrid
      unfold index_select select narrow gather scatter scatter_add scatter_reduce index_add index_copy index_fill take take_along_dim
      where masked_fill masked_scatter masked_select nonzero argwhere unique unique_consecutive index_put sort argsort topk kthvalue msort searchsorted bucketize
      clone detach contiguous numel size dim item tolist numpy to type_as float double int long bool half new_zeros new_ones new_empty new_full T ndim shape dtype cpu cuda
    `),
  },
  {
    title: 'Tensors: elementwise',
    torch: 'torch',
    kilnn: ['', 'Tensor'],
    names: words(`
      add sub mul div true_divide floor_divide remainder fmod pow maximum minimum fmax fmin neg abs sign exp exp2 expm1 log log2 log10 log1p sqrt rsqrt square
      reciprocal sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh sigmoid logit relu erf erfc erfinv lgamma digamma floor ceil round trunc
      frac sgn sinc clamp clamp_min clamp_max clip lerp addcmul addcdiv hypot logaddexp logaddexp2 xlogy nan_to_num isnan isinf isposinf isneginf isfinite isclose allclose eq ne lt le gt ge equal logical_and logical_or
      logical_xor logical_not bitwise_and bitwise_or bitwise_xor signbit copysign heaviside deg2rad rad2deg
    `),
  },
  {
    title: 'Tensors: reductions and products',
    torch: 'torch',
    kilnn: ['', 'Tensor'],
    names: words(`
      sum nansum mean nanmean prod std var std_mean var_mean median mode quantile max min amax amin aminmax argmax argmin all any count_nonzero norm logsumexp
      softmax log_softmax cumsum cumprod cummax cummin logcumsumexp diff bincount histc
      matmul mm bmm mv dot inner outer addmm addmv addbmm baddbmm einsum tensordot kron cross trace cdist dist addr linalg.multi_dot cosine_similarity
      inverse det cholesky svd
    `),
  },
  {
    title: 'Tensors: in place',
    torch: 'torch.Tensor',
    kilnn: ['Tensor'],
    names: words(`
      add_ sub_ mul_ div_ pow_ neg_ abs_ exp_ log_ sqrt_ clamp_ zero_ fill_ copy_ relu_ sigmoid_ tanh_ floor_ ceil_ round_ masked_fill_ scatter_ scatter_add_
      index_add_ index_copy_ index_fill_ normal_ uniform_ bernoulli_ random_ transpose_ squeeze_ unsqueeze_ requires_grad_ detach_
    `),
  },
  {
    title: 'Gradients',
    torch: 'torch',
    kilnn: ['', 'Tensor', 'eager'],
    names: words(`
      no_grad enable_grad set_grad_enabled inference_mode autograd.grad autograd.backward autograd.Function autograd.functional.jacobian
      autograd.functional.hessian autograd.gradcheck Tensor.backward Tensor.grad Tensor.requires_grad Tensor.is_leaf Tensor.retain_grad Tensor.register_hook
    `),
  },
  {
    title: 'Data',
    torch: 'torch.utils.data',
    kilnn: ['runtime'],
    names: words(`
      DataLoader Dataset IterableDataset TensorDataset ConcatDataset Subset random_split default_collate RandomSampler SequentialSampler BatchSampler
      WeightedRandomSampler DistributedSampler
    `),
  },
  {
    title: 'Files and compilation',
    torch: 'torch',
    kilnn: ['runtime', ''],
    names: words('save load jit.script jit.trace jit.save jit.freeze onnx.export compile set_num_threads'),
  },
];
