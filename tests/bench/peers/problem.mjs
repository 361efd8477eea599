// The numbers of a work as bytes that processes and pages read alike: the length of a header, the header as JSON, the elements.

/** Written by ../prepare.ts. */
export function encodeProblem({ weights, turns }) {
  const arrays = [];
  let offset = 0;
  const described = ({ shape, data }) => {
    const dtype = data instanceof Int32Array ? 'i32' : 'f32';
    const entry = { shape, dtype, offset, length: data.length };
    arrays.push({ data, offset });
    offset += data.byteLength;
    return entry;
  };
  const header = {
    weights: Object.entries(weights).map(([name, values]) => [name, described(values)]),
    turns: turns.map((inputs) => inputs.map(described)),
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = elementsStart(text.length);
  const bytes = new Uint8Array(start + offset);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  for (const { data, offset } of arrays) bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start + offset);
  return bytes;
}

export function decodeProblem(bytes) {
  // A copy of their own: a file's bytes may lie anywhere in a larger buffer.
  const { buffer } = new Uint8Array(bytes);
  const headerLength = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, headerLength)));
  const start = elementsStart(headerLength);
  const values = ({ shape, dtype, offset, length }) => ({
    shape,
    data: new (dtype === 'i32' ? Int32Array : Float32Array)(buffer, start + offset, length),
  });
  return {
    weights: Object.fromEntries(header.weights.map(([name, entry]) => [name, values(entry)])),
    turns: header.turns.map((inputs) => inputs.map(values)),
  };
}

/** Elements lie on multiples of four bytes. */
const elementsStart = (headerLength) => 4 + Math.ceil(headerLength / 4) * 4;
