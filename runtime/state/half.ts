/** The 16-bit float formats. Every value of both is a float32. */

/** IEEE 754 half precision: 1 bit of sign, 5 of exponent, 10 of fraction. */
export function halfToFloats(buffer: ArrayBuffer): Float32Array {
  return Float32Array.from(new Uint16Array(buffer), (bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 0x3ff;
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24);
  });
}

/** bfloat16 is the upper half of a float32. */
export function bfloat16ToFloats(buffer: ArrayBuffer): Float32Array {
  return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer);
}

/** The nearest half-precision numbers, ties to even; what is too large becomes an infinity, as in PyTorch's `half()`. */
export function floatsToHalf(floats: Float32Array): Uint16Array {
  const words = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  return Uint16Array.from(floats, (float, i) => {
    const sign = (words[i]! >>> 16) & 0x8000;
    const size = Math.abs(float);
    if (Number.isNaN(size)) return sign | 0x7e00;
    if (size >= 65520) return sign | 0x7c00;
    // Below 2^-14 the steps stay at 2^-24. A fraction that rounds up to 1024 carries into the exponent.
    const exponent = Math.max(((words[i]! >>> 23) & 255) - 127, -14);
    return sign | (((exponent + 14) << 10) + roundToEven(size / 2 ** (exponent - 10)));
  });
}

/** The nearest bfloat16 numbers, ties to even. */
export function floatsToBfloat16(floats: Float32Array): Uint16Array {
  const words = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  return Uint16Array.from(words, (word, i) =>
    Number.isNaN(floats[i]!) ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16,
  );
}

function roundToEven(value: number): number {
  const whole = Math.floor(value);
  const rest = value - whole;
  return rest > 0.5 || (rest === 0.5 && whole % 2) ? whole + 1 : whole;
}
