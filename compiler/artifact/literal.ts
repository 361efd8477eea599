const width = 140;

/** Data that a module writes as JavaScript literals. */
export type Literal = string | number | boolean | undefined | readonly Literal[] | { readonly [key: string]: Literal };

/** JavaScript source of a value, on one line where it fits after `indent` spaces, else one entry a line. Undefined fields are left out. */
export function literalText(value: Literal, indent = 0): string {
  const flat = oneLine(value);
  if (indent + flat.length <= width || typeof value !== 'object') return flat;
  const pad = ' '.repeat(indent + 2);
  const close = ' '.repeat(indent);
  if (Array.isArray(value)) return `[\n${value.map((item: Literal) => `${pad}${literalText(item, indent + 2)},\n`).join('')}${close}]`;
  return `{\n${fields(value)
    .map(([key, item]) => `${pad}${keyText(key)}: ${literalText(item, indent + 2)},\n`)
    .join('')}${close}}`;
}

function oneLine(value: Literal): string {
  if (typeof value === 'string') return stringText(value);
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map((item: Literal) => oneLine(item)).join(', ')}]`;
  const entries = fields(value);
  return entries.length === 0 ? '{}' : `{ ${entries.map(([key, item]) => `${keyText(key)}: ${oneLine(item)}`).join(', ')} }`;
}

function fields(value: object): [string, Literal][] {
  return Object.entries(value).filter(([, item]) => item !== undefined);
}

/** A property name as a literal writes it. `__proto__` would set the prototype unless it is computed. */
export function keyText(key: string): string {
  if (key === '__proto__') return "['__proto__']";
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : stringText(key);
}

/** A string in single quotes, on one line, safe in a script element. */
export function stringText(text: string): string {
  const quoted = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${quoted.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029').replaceAll('</', '<\\/')}'`;
}

/** Several lines of text as a template string. */
export function templateText(text: string): string {
  return `\`${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')}\``;
}
