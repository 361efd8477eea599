import type { BufferSpec, ModelSpec, Program } from '../../runtime/program.js';
import { eachElement, element } from '../helpers/hand-wasm.js';

/**
 * A model with programs and kernels written by hand: it holds the device to its contract without an emitter. `scale` is a parameter of 3
 * elements, 1 2 3 at first.
 */

const f32 = (place: BufferSpec['place'], size: BufferSpec['size'], more: Partial<BufferSpec> = {}): BufferSpec => ({
  place,
  dtype: 'f32',
  size,
  ...more,
});
const rows = ['*', 'batch', 3] as const;
const x = { name: 'x', dtype: 'f32', shape: ['batch', 3] } as const;
const scale = f32('state', 3, { name: 'scale' });
const result = { name: 'result', dtype: 'f32', shape: ['batch', 3], role: 'result' } as const;
const split = [rows, ['*', 10, rows]] as const;

const init: Program = {
  name: 'init',
  dims: [],
  arguments: [],
  buffers: [scale],
  launches: [{ kernel: 'count', buffers: [0], sizes: [], split: [3, 3] }],
  outputs: [{ name: 'scale', dtype: 'f32', shape: [3], role: 'state', buffer: 0 }],
  result: {},
};

/** x * scale + x, in two steps. */
const forward: Program = {
  name: 'forward',
  dims: ['batch'],
  arguments: [x],
  buffers: [scale, f32('argument', rows, { index: 0 }), f32('arena', rows, { live: [0, 1] }), f32('result', rows)],
  launches: [
    { kernel: 'scaled', buffers: [1, 0, 2], sizes: [], split },
    { kernel: 'sum', buffers: [2, 1, 3], sizes: [], split },
  ],
  outputs: [{ ...result, buffer: 3 }],
  result: 'result',
};

/** The rows of x whose mask is true, doubled; the others as they are. Gives the mask back turned round. */
const choose: Program = {
  name: 'choose',
  dims: ['batch'],
  arguments: [x, { name: 'mask', dtype: 'bool', shape: ['batch'] }],
  buffers: [
    f32('argument', rows, { index: 0 }),
    { place: 'argument', dtype: 'bool', size: 'batch', index: 1 },
    f32('result', rows),
    { place: 'result', dtype: 'bool', size: 'batch' },
    { place: 'constant', dtype: 'i32', size: 1, index: 1 },
  ],
  launches: [
    { kernel: 'doubled', buffers: [0, 1, 4, 2], sizes: [], split },
    { kernel: 'not', buffers: [1, 3], sizes: [], split: ['batch', 'batch'] },
  ],
  outputs: [
    { ...result, buffer: 2 },
    { name: 'mask', dtype: 'bool', shape: ['batch'], role: 'result', buffer: 3 },
  ],
  result: { doubled: 'result', mask: 'mask' },
};

/** Halves x until its first element is at most 1, each turn writing that element to a tape: the tape's sum and the number of turns. */
const halve: Program = {
  name: 'halve',
  dims: ['batch'],
  arguments: [x],
  buffers: [
    f32('argument', rows, { index: 0 }),
    { place: 'arena', dtype: 'bool', size: 1, live: [0, 9] },
    { place: 'arena', dtype: 'i32', size: 1, live: [0, 9] },
    f32('tape', 'turns'),
    f32('result', rows),
    f32('result', 1),
    { place: 'result', dtype: 'i32', size: 1 },
    { place: 'arena', dtype: 'bool', size: 1, live: [0, 9] },
  ],
  launches: [
    { kernel: 'copy', buffers: [0, 4], sizes: [], split },
    { kernel: 'isLarge', buffers: [4, 1], sizes: [] },
    {
      while: 1,
      body: [
        { kernel: 'keep', buffers: [4, 2, 3], sizes: [] },
        { kernel: 'half', buffers: [4], sizes: [], split },
        { kernel: 'isLarge', buffers: [4, 1], sizes: [] },
      ],
      limit: 100,
      where: 'halve.ts:3',
      count: 2,
      turns: 'turns',
      tapes: [3],
    },
    { kernel: 'total', buffers: [3, 5], sizes: ['turns'] },
    { kernel: 'isLarge', buffers: [5, 7], sizes: [] },
    // The number of turns is given where the sum is large, else -1.
    { if: 7, body: [{ kernel: 'move', buffers: [2, 6], sizes: [] }], else: [{ kernel: 'minusOne', buffers: [6], sizes: [] }] },
  ],
  outputs: [
    { ...result, buffer: 4 },
    { name: 'sum', dtype: 'f32', shape: [], role: 'result', buffer: 5 },
    { name: 'turns', dtype: 'i32', shape: [], role: 'result', buffer: 6 },
  ],
  result: ['result', 'sum', 'turns'],
};

/** Halves x until its first element is at most 1, and adds x once more where it is below 0.75 then. No tape: threads can share it. */
const shrink: Program = {
  name: 'shrink',
  dims: ['batch'],
  arguments: [x],
  buffers: [
    f32('argument', rows, { index: 0 }),
    { place: 'arena', dtype: 'bool', size: 1, live: [0, 9] },
    { place: 'result', dtype: 'i32', size: 1 },
    f32('result', rows),
  ],
  launches: [
    { kernel: 'copy', buffers: [0, 3], sizes: [], split },
    { kernel: 'isLarge', buffers: [3, 1], sizes: [] },
    {
      while: 1,
      body: [
        { kernel: 'half', buffers: [3], sizes: [], split },
        { kernel: 'isLarge', buffers: [3, 1], sizes: [] },
      ],
      limit: 100,
      where: 'shrink.ts:3',
      count: 2,
    },
    { kernel: 'isSmall', buffers: [3, 1], sizes: [] },
    { if: 1, body: [{ kernel: 'sum', buffers: [3, 0, 3], sizes: [], split }], else: [] },
  ],
  outputs: [
    { ...result, buffer: 3 },
    { name: 'turns', dtype: 'i32', shape: [], role: 'result', buffer: 2 },
  ],
  result: ['result', 'turns'],
};

/** One step of training: scale -= lr * the first row of x, and the old scale is kept in `before`. */
const train: Program = {
  name: 'train.objective',
  dims: ['batch'],
  arguments: [x],
  buffers: [
    scale,
    f32('argument', rows, { index: 0 }),
    f32('hyper', 1, { name: 'lr' }),
    f32('arena', 3, { live: [0, 1] }),
    f32('result', 1),
    f32('state', 3, { name: 'before' }),
  ],
  launches: [
    { kernel: 'step', buffers: [0, 1, 2, 3], sizes: [], split: [3, 3] },
    { kernel: 'total', buffers: [3, 4], sizes: [3] },
  ],
  outputs: [
    { name: 'loss', dtype: 'f32', shape: [], role: 'result', buffer: 4 },
    { name: 'scale', dtype: 'f32', shape: [3], role: 'state', buffer: 3 },
    { name: 'before', dtype: 'f32', shape: [3], role: 'state', buffer: 0 },
  ],
  result: 'loss',
};

/** The random state as it is: three times (seed, step). */
const draw: Program = {
  name: 'draw',
  dims: [],
  arguments: [],
  buffers: [
    { place: 'rng', dtype: 'i32', size: 2 },
    { place: 'result', dtype: 'i32', size: 2 },
  ],
  launches: [{ kernel: 'copy', buffers: [0, 1], sizes: [], split: [2, 2] }],
  outputs: [{ name: 'result', dtype: 'i32', shape: [2], role: 'result', buffer: 1 }],
  result: 'result',
};

export const handPrograms: readonly Program[] = [init, forward, choose, halve, shrink, train, draw];

const column = '(i32.rem_u (local.get $i) (i32.const 3))';
const load = (tensor: string, index?: string) => `(f32.load ${element(tensor, index)})`;

export const handKernels: Readonly<Record<string, string>> = {
  count: eachElement('(param $out i32)', `(f32.store ${element('out')} (f32.convert_i32_s (i32.add (local.get $i) (i32.const 1))))`),
  scaled: eachElement(
    '(param $x i32) (param $scale i32) (param $out i32)',
    `(f32.store ${element('out')} (f32.mul ${load('x')} ${load('scale', column)}))`,
  ),
  sum: eachElement('(param $a i32) (param $b i32) (param $out i32)', `(f32.store ${element('out')} (f32.add ${load('a')} ${load('b')}))`),
  doubled: eachElement(
    '(param $x i32) (param $mask i32) (param $factor i32) (param $out i32)',
    `(f32.store ${element('out')} (f32.mul ${load('x')} (f32.convert_i32_s
      (if (result i32) (i32.load ${element('mask', '(i32.div_u (local.get $i) (i32.const 3))')})
        (then (i32.load (local.get $factor))) (else (i32.const 1))))))`,
  ),
  not: eachElement(
    '(param $mask i32) (param $out i32)',
    `(i32.store ${element('out')} (i32.xor (i32.load ${element('mask')}) (i32.const 1)))`,
  ),
  copy: eachElement('(param $x i32) (param $out i32)', `(i32.store ${element('out')} (i32.load ${element('x')}))`),
  half: eachElement('(param $x i32)', `(f32.store ${element('x')} (f32.mul ${load('x')} (f32.const 0.5)))`),
  isLarge: '(func $kernel (param $x i32) (param $out i32) (i32.store (local.get $out) (f32.gt (f32.load (local.get $x)) (f32.const 1))))',
  isSmall:
    '(func $kernel (param $x i32) (param $out i32) (i32.store (local.get $out) (f32.lt (f32.load (local.get $x)) (f32.const 0.75))))',
  keep: `(func $kernel (param $x i32) (param $turn i32) (param $tape i32)
  (f32.store ${element('tape', '(i32.load (local.get $turn))')} (f32.load (local.get $x))))`,
  total: `(func $kernel (param $x i32) (param $out i32) (param $size i32) (local $i i32) (local $sum f32)
  (block $end (loop $again
    (br_if $end (i32.ge_s (local.get $i) (local.get $size)))
    (local.set $sum (f32.add (local.get $sum) ${load('x')}))
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br $again)))
  (f32.store (local.get $out) (local.get $sum)))`,
  move: '(func $kernel (param $x i32) (param $out i32) (i32.store (local.get $out) (i32.load (local.get $x))))',
  minusOne: '(func $kernel (param $out i32) (i32.store (local.get $out) (i32.const -1)))',
  step: eachElement(
    '(param $scale i32) (param $x i32) (param $lr i32) (param $out i32)',
    `(f32.store ${element('out')} (f32.sub ${load('scale')} (f32.mul (f32.load (local.get $lr)) ${load('x')})))`,
  ),
};

export const handSpec: ModelSpec = {
  name: 'Hand',
  version: 1,
  state: [
    { name: 'scale', kind: 'parameter', dtype: 'f32', shape: [3], requiresGrad: true },
    { name: 'tied', kind: 'parameter', dtype: 'f32', shape: [3], requiresGrad: true, alias: 'scale' },
    { name: 'before', kind: 'optimizer', dtype: 'f32', shape: [3], initial: 7 },
  ],
  hyper: { lr: 0.5 },
  constants: [
    // Of another target.
    { dtype: 'f32', shape: [1], data: 'AACAPw==' },
    { dtype: 'i32', shape: [1], data: 'AgAAAA==' },
  ],
  entries: ['forward', 'choose', 'halve', 'shrink', 'draw'],
  losses: ['objective'],
};
