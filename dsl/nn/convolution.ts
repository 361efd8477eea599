/** Convolutions. https://pytorch.org/docs/stable/generated/torch.nn.Conv2d.html */
import { valueError } from '../errors.js';
import {
  type ConvOptions as Call,
  type ConvTransposeOptions,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  type PerDim,
  paddingPairs,
  perDim,
} from '../functional/convolution.js';
import { type PaddingMode, pad } from '../functional/pad.js';
import { kaimingUniform_, uniform_ } from '../init.js';
import { empty } from '../ops/creation.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';
import { tupleText } from './python-text.js';

export interface ConvOptions {
  readonly stride?: PerDim;
  readonly padding?: PerDim | 'same' | 'valid';
  readonly dilation?: PerDim;
  readonly groups?: number;
  readonly bias?: boolean;
  readonly paddingMode?: 'zeros' | 'reflect' | 'replicate' | 'circular';
}

/** The options with the kernel's size among them. */
export type ConvOptionsWithKernel = ConvOptions & WithKernel;

interface WithKernel {
  readonly kernelSize: PerDim;
}

type KernelOrOptions = PerDim | ConvOptionsWithKernel;

function isOptions<Options extends WithKernel>(value: PerDim | Options): value is Options {
  return typeof value === 'object' && 'kernelSize' in value;
}

/** Weight `[out, in/groups, ...kernel]` and bias `[out]` start as U(-b, b) with b = 1/sqrt(in/groups * kernel elements). */
abstract class Conv extends Module {
  weight: Parameter;
  bias: Parameter | null;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[] | 'same' | 'valid';
  readonly dilation: readonly number[];
  readonly groups: number;
  readonly paddingMode: 'zeros' | 'reflect' | 'replicate' | 'circular';

  constructor(
    spatial: number,
    readonly inChannels: number,
    readonly outChannels: number,
    kernelOrOptions: KernelOrOptions,
    more: ConvOptions,
  ) {
    super();
    const options: ConvOptions = isOptions(kernelOrOptions) ? kernelOrOptions : more;
    const kernel: PerDim = isOptions(kernelOrOptions) ? kernelOrOptions.kernelSize : kernelOrOptions;
    this.kernelSize = perDim('kernelSize', kernel, spatial);
    this.stride = perDim('stride', options.stride ?? 1, spatial);
    this.dilation = perDim('dilation', options.dilation ?? 1, spatial);
    const padding = options.padding ?? 0;
    this.padding = padding === 'same' || padding === 'valid' ? padding : perDim('padding', padding, spatial);
    this.groups = options.groups ?? 1;
    this.paddingMode = options.paddingMode ?? 'zeros';
    if (inChannels % this.groups !== 0) throw valueError(`${inChannels} input channels do not divide into ${this.groups} groups`);
    if (outChannels % this.groups !== 0) throw valueError(`${outChannels} output channels do not divide into ${this.groups} groups`);
    if (padding === 'same' && this.stride.some((step) => step !== 1)) throw valueError("padding 'same' needs a stride of 1");
    this.weight = new Parameter(empty([outChannels, inChannels / this.groups, ...this.kernelSize]));
    this.bias = options.bias === false ? null : new Parameter(empty([outChannels]));
    this.resetParameters();
  }

  resetParameters(): void {
    kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    if (this.bias !== null) {
      const fanIn = this.kernelSize.reduce((product, size) => product * size, this.inChannels / this.groups);
      if (fanIn !== 0) uniform_(this.bias, -1 / Math.sqrt(fanIn), 1 / Math.sqrt(fanIn));
    }
  }

  /** The input with what surrounds it, and the options of the convolution that then needs no padding. */
  protected prepared(x: Tensor): { input: Tensor; options: Call } {
    const { bias, stride, dilation, groups } = this;
    if (this.paddingMode === 'zeros') return { input: x, options: { bias, stride, padding: this.padding, dilation, groups } };
    const pairs = paddingPairs(this.padding, { kernel: this.kernelSize, dilation, stride });
    const fromLast = [...pairs].reverse().flat();
    const mode: PaddingMode = this.paddingMode;
    return { input: pad(x, fromLast, { mode }), options: { bias, stride, dilation, groups } };
  }

  override extraRepr(): string {
    const parts = [
      `${this.inChannels}`,
      `${this.outChannels}`,
      `kernel_size=${tupleText(this.kernelSize)}`,
      `stride=${tupleText(this.stride)}`,
    ];
    if (typeof this.padding === 'string') parts.push(`padding=${this.padding}`);
    else if (this.padding.some((amount) => amount !== 0)) parts.push(`padding=${tupleText(this.padding)}`);
    if (this.dilation.some((step) => step !== 1)) parts.push(`dilation=${tupleText(this.dilation)}`);
    if (this.groups !== 1) parts.push(`groups=${this.groups}`);
    if (this.bias === null) parts.push('bias=False');
    if (this.paddingMode !== 'zeros') parts.push(`padding_mode=${this.paddingMode}`);
    return parts.join(', ');
  }
}

/** `[N, C, L] -> [N, O, L']`. The kernel's size is the third argument, or `kernelSize` among the options. */
export class Conv1d extends Conv {
  constructor(inChannels: number, outChannels: number, kernelSize: KernelOrOptions, options: ConvOptions = {}) {
    super(1, inChannels, outChannels, kernelSize, options);
  }
  forward(x: Tensor): Tensor {
    const { input, options } = this.prepared(x);
    return conv1d(input, this.weight, options);
  }
}

/** `[N, C, H, W] -> [N, O, H', W']`. The kernel's size is the third argument, or `kernelSize` among the options. */
export class Conv2d extends Conv {
  constructor(inChannels: number, outChannels: number, kernelSize: KernelOrOptions, options: ConvOptions = {}) {
    super(2, inChannels, outChannels, kernelSize, options);
  }
  forward(x: Tensor): Tensor {
    const { input, options } = this.prepared(x);
    return conv2d(input, this.weight, options);
  }
}

/** `[N, C, D, H, W] -> [N, O, D', H', W']`. The kernel's size is the third argument, or `kernelSize` among the options. */
export class Conv3d extends Conv {
  constructor(inChannels: number, outChannels: number, kernelSize: KernelOrOptions, options: ConvOptions = {}) {
    super(3, inChannels, outChannels, kernelSize, options);
  }
  forward(x: Tensor): Tensor {
    const { input, options } = this.prepared(x);
    return conv3d(input, this.weight, options);
  }
}

export interface ConvTransposeLayerOptions {
  readonly stride?: PerDim;
  readonly padding?: PerDim;
  readonly outputPadding?: PerDim;
  readonly groups?: number;
  readonly bias?: boolean;
  readonly dilation?: PerDim;
}

/** The options with the kernel's size among them. */
export type ConvTransposeOptionsWithKernel = ConvTransposeLayerOptions & WithKernel;

type KernelOrTransposeOptions = PerDim | ConvTransposeOptionsWithKernel;

/** Weight `[in, out/groups, ...kernel]`. The kernel's size is the third argument, or `kernelSize` among the options. */
abstract class ConvTranspose extends Module {
  weight: Parameter;
  bias: Parameter | null;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly outputPadding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;

  constructor(
    spatial: number,
    readonly inChannels: number,
    readonly outChannels: number,
    kernelOrOptions: KernelOrTransposeOptions,
    more: ConvTransposeLayerOptions,
  ) {
    super();
    const options: ConvTransposeLayerOptions = isOptions(kernelOrOptions) ? kernelOrOptions : more;
    const kernel: PerDim = isOptions(kernelOrOptions) ? kernelOrOptions.kernelSize : kernelOrOptions;
    this.kernelSize = perDim('kernelSize', kernel, spatial);
    this.stride = perDim('stride', options.stride ?? 1, spatial);
    this.padding = perDim('padding', options.padding ?? 0, spatial);
    this.outputPadding = perDim('outputPadding', options.outputPadding ?? 0, spatial);
    this.dilation = perDim('dilation', options.dilation ?? 1, spatial);
    this.groups = options.groups ?? 1;
    if (inChannels % this.groups !== 0) throw valueError(`${inChannels} input channels do not divide into ${this.groups} groups`);
    if (outChannels % this.groups !== 0) throw valueError(`${outChannels} output channels do not divide into ${this.groups} groups`);
    this.weight = new Parameter(empty([inChannels, outChannels / this.groups, ...this.kernelSize]));
    this.bias = options.bias === false ? null : new Parameter(empty([outChannels]));
    this.resetParameters();
  }

  resetParameters(): void {
    kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    if (this.bias !== null) {
      // PyTorch takes the fan in of the weight's shape, whose second dim is that of the outputs.
      const fanIn = this.kernelSize.reduce((product, size) => product * size, this.outChannels / this.groups);
      if (fanIn !== 0) uniform_(this.bias, -1 / Math.sqrt(fanIn), 1 / Math.sqrt(fanIn));
    }
  }

  protected call(): ConvTransposeOptions {
    const { bias, stride, padding, outputPadding, dilation, groups } = this;
    return { bias, stride, padding, outputPadding, dilation, groups };
  }

  override extraRepr(): string {
    const parts = [
      `${this.inChannels}`,
      `${this.outChannels}`,
      `kernel_size=${tupleText(this.kernelSize)}`,
      `stride=${tupleText(this.stride)}`,
    ];
    if (this.padding.some((amount) => amount !== 0)) parts.push(`padding=${tupleText(this.padding)}`);
    if (this.dilation.some((step) => step !== 1)) parts.push(`dilation=${tupleText(this.dilation)}`);
    if (this.outputPadding.some((amount) => amount !== 0)) parts.push(`output_padding=${tupleText(this.outputPadding)}`);
    if (this.groups !== 1) parts.push(`groups=${this.groups}`);
    if (this.bias === null) parts.push('bias=False');
    return parts.join(', ');
  }
}

export class ConvTranspose1d extends ConvTranspose {
  constructor(inChannels: number, outChannels: number, kernelSize: KernelOrTransposeOptions, options: ConvTransposeLayerOptions = {}) {
    super(1, inChannels, outChannels, kernelSize, options);
  }
  forward(x: Tensor): Tensor {
    return convTranspose1d(x, this.weight, this.call());
  }
}

export class ConvTranspose2d extends ConvTranspose {
  constructor(inChannels: number, outChannels: number, kernelSize: KernelOrTransposeOptions, options: ConvTransposeLayerOptions = {}) {
    super(2, inChannels, outChannels, kernelSize, options);
  }
  forward(x: Tensor): Tensor {
    return convTranspose2d(x, this.weight, this.call());
  }
}
