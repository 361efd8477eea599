/** How Python writes values: the printed text of modules is PyTorch's. */

/** `True` or `False`. */
export function boolText(value: boolean): string {
  return value ? 'True' : 'False';
}

/** A float: `1.0`, `0.5`, `1e-05`. */
export function floatText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e16) return `${value}.0`;
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4 && magnitude < 1e16) return `${value}`;
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  const digits = exponent.slice(1);
  return `${mantissa}e${exponent.slice(0, 1)}${digits.length < 2 ? `0${digits}` : digits}`;
}

/** A number of which nobody said whether it is a float: `2`, `0.5`. */
export function numberText(value: number): string {
  return Number.isInteger(value) ? `${value}` : floatText(value);
}

/** A tuple: `(3, 3)`, `(3,)`. */
export function tupleText(values: readonly (number | null)[]): string {
  const items = values.map((value) => (value === null ? 'None' : numberText(value)));
  return `(${items.join(', ')}${items.length === 1 ? ',' : ''})`;
}

/** A number, or a tuple. */
export function sizeText(value: number | null | readonly (number | null)[]): string {
  if (value === null) return 'None';
  return typeof value === 'number' ? numberText(value) : tupleText(value);
}
