import type picocolors from 'picocolors';

type Colors = ReturnType<typeof picocolors.createColors>;

/**
 * Grey images of 28 x 28 side by side in lines of text: two pixels a character, the upper one in the foreground colour
 * of a half block, the lower one in the background. Without colours, one character for the two pixels' mean.
 */
export function drawImages(images: readonly Float32Array[], colors: Colors): string[] {
  const lines: string[] = [];
  for (let row = 0; row < 28; row += 2) {
    lines.push(
      images
        .map((image) => Array.from({ length: 28 }, (_, column) => cell(image[row * 28 + column]!, image[(row + 1) * 28 + column]!, colors)))
        .map((cells) => cells.join(''))
        .join('  '),
    );
  }
  return lines;
}

const shades = ' .:-=+*#%@';

function cell(upper: number, lower: number, colors: Colors): string {
  if (!colors.isColorSupported) return shades[Math.round(((upper + lower) / 2) * (shades.length - 1))]!;
  return `\x1b[38;5;${grey(upper)};48;5;${grey(lower)}m▀\x1b[0m`;
}

/** The 24 greys of the 256-colour palette. */
function grey(value: number): number {
  return 232 + Math.round(Math.min(1, Math.max(0, value)) * 23);
}
