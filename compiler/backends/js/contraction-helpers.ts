/**
 * Sizes of the scratch panels of contractions, in float64 elements. They are constants of the module, of fixed size: the engine
 * folds their address and length into the code, which saves the checks that typed arrays passed as arguments cost in every load.
 */
export const leftSize = 1 << 14;
export const rightSize = 1 << 15;
export const sumsSize = 1 << 13;

/** What kernels call the panels; the module's names end in `Panel`. */
export type Panel = 'left' | 'right' | 'sums' | 'columns';

/** Columns that a reduction over outer axes sums at once, and elements of a row that are kept between its loops. */
export const columnsSize = 1024;

/** A tile of `multiply`: panels and `sums` must have room for whole tiles. */
export const tileRows = 4;
export const tileColumns = 2;

const range = (n: number): number[] => [...Array(n).keys()];

/**
 * The panels as locals ahead of all loops: V8 then knows them as constants in every loop. Where it meets the module's name for one in an inner
 * loop first, it checks map and length and loads the address at each access.
 */
const panelsAhead = `const left = leftPanel;
  const sums = sumsPanel;`;

/** 4 x 2 sums live in registers while k runs; more would spill, as measured in V8. */
function tileSource(): string {
  const rows = range(tileRows);
  const columns = range(tileColumns);
  const cells = rows.flatMap((m) => columns.map((n) => ({ m, n, name: `s${m}${n}` })));
  return `function tile(p, q, o, depth, stride, width) {
  ${panelsAhead}
  const right = rightPanel;
${rows
  .slice(1)
  .map((m) => `  const p${m} = p${m === 1 ? '' : m - 1} + stride;`)
  .join('\n')}
${columns
  .slice(1)
  .map((n) => `  const q${n} = q${n === 1 ? '' : n - 1} + stride;`)
  .join('\n')}
  let ${cells.map(({ name }) => `${name} = 0`).join(', ')};
  for (let k = 0; k < depth; k++) {
${rows.map((m) => `    const a${m} = left[(p${m || ''} + k) | 0];`).join('\n')}
${columns.map((n) => `    const b${n} = right[(q${n || ''} + k) | 0];`).join('\n')}
${cells.map(({ m, n, name }) => `    ${name} += a${m} * b${n};`).join('\n')}
  }
${rows
  .map((m) => `${m === 0 ? '' : '  o += width;\n'}${columns.map((n) => `  sums[${n === 0 ? 'o' : `o + ${n}`}] += s${m}${n};`).join('\n')}`)
  .join('\n')}
}`;
}

/**
 * Bit masks on addresses and counts tell the engine that they are non-negative and that sums of two do not overflow: it then leaves out
 * those checks. Float32 arrays end before element 2^30.
 */
const addressMask = 2 ** 30 - 1;

const addresses = (columns: readonly number[]): string =>
  columns.map((n) => `    const w${n} = (at${n === 0 ? '' : ` + ${n === 1 ? '' : `${n} * `}columnStride`}) & ${addressMask};`).join('\n');

const addSums = (columns: readonly number[]): string => columns.map((n) => `    sums[${n === 0 ? 'o' : `o + ${n}`}] += s${n};`).join('\n');

/** Columns that are contiguous along the depth: four of them, four steps of k at once, is what measures best. */
function dotsSource(): string {
  const columns = range(4);
  const steps = range(4);
  const step = (u: number): string => (u === 0 ? '' : ` + ${u}`);
  return `function dots(weights, at, columnStride, columns, depth, p, o) {
  ${panelsAhead}
  depth &= ${leftSize - 1};
  p &= ${leftSize - 1};
  const whole = depth & ~${steps.length - 1};
  let n = 0;
  for (; n + ${columns.length} <= columns; n += ${columns.length}, at += ${columns.length} * columnStride, o += ${columns.length}) {
${addresses(columns)}
    let ${columns.map((n) => `s${n} = 0`).join(', ')};
    for (let k = 0; k < whole; k += ${steps.length}) {
${steps.map((u) => `      const x${u} = left[p + k${step(u)}];`).join('\n')}
${columns.flatMap((n) => steps.map((u) => `      s${n} += x${u} * weights[w${n} + k${step(u)}];`)).join('\n')}
    }
    for (let k = whole; k < depth; k++) {
      const x = left[p + k];
${columns.map((n) => `      s${n} += x * weights[w${n} + k];`).join('\n')}
    }
${addSums(columns)}
  }
  for (; n < columns; n++, at += columnStride, o++) {
    let s = 0;
    for (let k = 0; k < depth; k++) s += left[p + k] * weights[at + k];
    sums[o] += s;
  }
}`;
}

/** Any strides: eight columns at once, which are neighbours in memory when the matrix is stored row by row. */
function stridedDotsSource(): string {
  const columns = range(8);
  return `function stridedDots(weights, at, columnStride, depthStride, columns, depth, p, o) {
  ${panelsAhead}
  let n = 0;
  for (; n + ${columns.length} <= columns; n += ${columns.length}, at += ${columns.length} * columnStride, o += ${columns.length}) {
${addresses(columns)}
    let ${columns.map((n) => `s${n} = 0`).join(', ')};
    for (let k = 0, i = 0; k < depth; k++, i = (i + depthStride) & ${addressMask}) {
      const x = left[(p + k) | 0];
${columns.map((n) => `      s${n} += x * weights[w${n} + i];`).join('\n')}
    }
${addSums(columns)}
  }
  for (; n < columns; n++, at += columnStride, o++) {
    let s = 0;
    for (let k = 0, i = at; k < depth; k++, i += depthStride) s += left[p + k] * weights[i];
    sums[o] += s;
  }
}`;
}

/** Helpers of contractions: scratch memory, the product of two staged panels, and rows times a matrix in place. */
export const contractionHelpers: Readonly<Record<string, { readonly needs?: readonly string[]; readonly source: string }>> = {
  leftPanel: { source: `const leftPanel = new Float64Array(${leftSize});` },
  rightPanel: { source: `const rightPanel = new Float64Array(${rightSize});` },
  columnsPanel: { source: `const columnsPanel = new Float64Array(${columnsSize});` },
  sumsPanel: { source: `const sumsPanel = new Float64Array(${sumsSize});` },
  // sums[m, n] += sum over k of left[m, k] * right[n, k] for whole tiles; `stride` separates rows of the panels, `width` those of sums.
  tile: { needs: ['leftPanel', 'rightPanel', 'sumsPanel'], source: tileSource() },
  multiply: {
    needs: ['tile'],
    source: `function multiply(rows, columns, depth, stride, width) {
  for (let m = 0; m < rows; m += ${tileRows}) {
    for (let n = 0; n < columns; n += ${tileColumns}) tile(m * stride, n * stride, m * width + n, depth, stride, width);
  }
}`,
  },
  // sums[o + n] += sum over k of left[p + k] * weights[at + n columnStride + k], the matrix read where it lies.
  dots: { needs: ['leftPanel', 'sumsPanel'], source: dotsSource() },
  // The same with weights[at + n columnStride + k depthStride].
  stridedDots: { needs: ['leftPanel', 'sumsPanel'], source: stridedDotsSource() },
};
