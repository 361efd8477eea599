/**
 * Threefry-2x32 with 20 rounds: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 * All words are unsigned 32-bit. Writes the two output words into `out`.
 */
export function threefry2x32(key0: number, key1: number, counter0: number, counter1: number, out: Uint32Array): void {
  const key2 = key0 ^ key1 ^ 0x1bd11bda;
  let x0 = (counter0 + key0) | 0;
  let x1 = (counter1 + key1) | 0;
  for (let group = 0; group < 5; group++) {
    const rotations = group % 2 === 0 ? evenRotations : oddRotations;
    for (let round = 0; round < 4; round++) {
      const r = rotations[round]!;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << r) | (x1 >>> (32 - r))) ^ x0;
    }
    // Key injection number group + 1 rotates through the three key words.
    const step = group + 1;
    x0 = (x0 + keyWord(step % 3, key0, key1, key2)) | 0;
    x1 = (x1 + keyWord((step + 1) % 3, key0, key1, key2) + step) | 0;
  }
  out[0] = x0;
  out[1] = x1;
}

const evenRotations = [13, 15, 26, 6];
const oddRotations = [17, 29, 16, 24];

function keyWord(index: number, key0: number, key1: number, key2: number): number {
  return index === 0 ? key0 : index === 1 ? key1 : key2;
}
