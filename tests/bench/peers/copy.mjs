// Not a library: what every one must do whose memory is not the caller's. The arguments go into a WebAssembly memory, and as many elements as
// the first has come out of it, into an array that stays.

export async function open() {
  const memory = new WebAssembly.Memory({ initial: 1 });
  return { prepare: ({ flops }, { turns: [inputs] }) => (flops > 0 ? undefined : { run: copyOf(memory, inputs) }) };
}

function copyOf(memory, inputs) {
  const total = inputs.reduce((sum, { data }) => sum + data.length, 0);
  const missing = 4 * total - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65536));
  const heap = new Float32Array(memory.buffer);
  return (given) => {
    let offset = 0;
    for (const { data } of given) {
      heap.set(data, offset);
      offset += data.length;
    }
    return heap.slice(0, given[0].data.length);
  };
}
