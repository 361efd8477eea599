/** Dropout. https://pytorch.org/docs/stable/nn.html#dropout-layers */
import {
  alphaDropout,
  checkProbability,
  dropout,
  dropout1d,
  dropout2d,
  dropout3d,
  featureAlphaDropout,
} from '../functional/regularization.js';
import type { Tensor } from '../tensor.js';
import type { InplaceOption } from './activation.js';
import { Module } from './module.js';
import { boolText, floatText } from './python-text.js';

/** `inplace` is printed, and changes nothing else. */
abstract class AnyDropout extends Module {
  readonly inplace: boolean;

  constructor(
    readonly p = 0.5,
    options: InplaceOption = {},
  ) {
    super();
    checkProbability(p);
    this.inplace = options.inplace === true;
  }
  override extraRepr(): string {
    return `p=${floatText(this.p)}, inplace=${boolText(this.inplace)}`;
  }
}

/** In training, elements are zero with probability p and the others 1 / (1 - p) times as large. */
export class Dropout extends AnyDropout {
  forward(x: Tensor): Tensor {
    return dropout(x, this.p, { training: this.training });
  }
}

/** As Dropout, for whole channels of an input `[N, C, L]` or `[C, L]`. */
export class Dropout1d extends AnyDropout {
  forward(x: Tensor): Tensor {
    return dropout1d(x, this.p, { training: this.training });
  }
}

/** As Dropout, for whole channels of an input `[N, C, H, W]`. */
export class Dropout2d extends AnyDropout {
  forward(x: Tensor): Tensor {
    return dropout2d(x, this.p, { training: this.training });
  }
}

/** As Dropout, for whole channels of an input `[N, C, D, H, W]` or `[C, D, H, W]`. */
export class Dropout3d extends AnyDropout {
  forward(x: Tensor): Tensor {
    return dropout3d(x, this.p, { training: this.training });
  }
}

/** Dropout that keeps mean and variance in nets of SELU. */
export class AlphaDropout extends AnyDropout {
  forward(x: Tensor): Tensor {
    return alphaDropout(x, this.p, { training: this.training });
  }
}

/** As AlphaDropout, for whole channels. */
export class FeatureAlphaDropout extends AnyDropout {
  forward(x: Tensor): Tensor {
    return featureAlphaDropout(x, this.p, { training: this.training });
  }
}
