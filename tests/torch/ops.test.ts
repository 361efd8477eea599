import 'kilnn/eager';
import { arange, type Tensor } from 'kilnn';
import { opComputation } from './computations.js';
import { testCategory } from './listed.js';
import { valueProblems } from './net-cases.js';
import { check, executeEagerly } from './run-case.js';

/** How views of one tensor lie in memory, and whether they share it: what is written to their first element is seen there. */
function layouts(): Record<string, unknown> {
  const views: Record<string, (x: Tensor) => Tensor> = {
    x: (x) => x,
    transpose: (x) => x.transpose(0, 2),
    slice: (x) => x.index(null, { start: 1 }, { step: 2 }),
    expand: (x) => x.index({ end: 1 }).expand(5, -1, -1),
    reshape_t: (x) => x.transpose(0, 1).reshape(6, 4),
    view: (x) => x.view(4, 6),
    int: (x) => x.index(1),
    none: (x) => x.unsqueeze(1),
    diagonal: (x) => x.index(0).diagonal(),
    unfold: (x) => x.unfold(2, 2, { step: 1 }),
  };
  return Object.fromEntries(
    Object.entries(views).map(([name, make]) => {
      const x = arange(0, 24, { dtype: 'f32' }).view(2, 3, 4);
      const view = make(x);
      x.view(24).select(0, view.storageOffset()).fill_(-1);
      const shares = view.reshape(-1).select(0, 0).item() === -1;
      return [name, [view.shape, view.stride(), view.storageOffset(), view.isContiguous(), shares]];
    }),
  );
}

testCategory('ops', (torchCase) => {
  if (torchCase.name === 'ops-shape-strides') return valueProblems(torchCase, { info: layouts() });
  return check(torchCase, opComputation(torchCase), executeEagerly);
});
