/** A value as text that tells apart whatever a program can tell apart: -0, NaN, holes, classes, key order. */
export function show(value: unknown, seen: readonly unknown[] = []): string {
  if (value === null || value === undefined || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'symbol') return value.toString();
  if (typeof value === 'function') return `[function ${value.name}]`;
  if (seen.includes(value)) return '[cycle]';
  const inner = (item: unknown): string => show(item, [...seen, value]);
  const all = (items: readonly unknown[]) => items.map(inner).join(', ');
  if (value instanceof Error) return `${value.name}(${inner(value.message)})`;
  const type: string = Object.getPrototypeOf(value)?.constructor?.name ?? 'null';
  if (Array.isArray(value)) {
    const items = Array.from({ length: value.length }, (_, i) => (i in value ? inner(value[i]) : '<hole>'));
    return `${type === 'Array' ? '' : type}[${items.join(', ')}]`;
  }
  if (ArrayBuffer.isView(value) && Symbol.iterator in value) return `${type}[${all([...(value as Iterable<unknown> & ArrayBufferView)])}]`;
  if (value instanceof Map) return `${type}{${[...value].map(([k, v]) => `${inner(k)} => ${inner(v)}`).join(', ')}}`;
  if (value instanceof Set) return `${type}{${all([...value])}}`;
  const members = Reflect.ownKeys(value).map((key) => `${String(key)}: ${inner(Reflect.get(value, key))}`);
  return `${type === 'Object' ? '' : type}{${members.join(', ')}}`;
}
