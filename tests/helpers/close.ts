/** The largest violation of `|got - want| <= atol + rtol * |want|` as a message, or undefined when all elements agree; NaN agrees with NaN. */
export function mismatch(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  { rtol, atol }: { readonly rtol: number; readonly atol: number },
): string | undefined {
  if (got.length !== want.length) return `${got.length} elements where ${want.length} are expected`;
  let worst = 0;
  let at = -1;
  for (let i = 0; i < got.length; i++) {
    const x = got[i]!;
    const y = want[i]!;
    if (Object.is(x, y) || x === y) continue;
    const excess = Number.isFinite(x) && Number.isFinite(y) ? Math.abs(x - y) / (atol + rtol * Math.abs(y)) : Infinity;
    if (excess > Math.max(1, worst)) {
      worst = excess;
      at = i;
    }
  }
  return at < 0 ? undefined : `element ${at} is ${got[at]}, expected ${want[at]} (${worst.toPrecision(3)} times the tolerance)`;
}
