import pc from 'picocolors';

/** Where the commands write to. */
export interface Terminal {
  /** Standard output and standard error. */
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  readonly colors: boolean;
}

export type Colors = ReturnType<typeof pc.createColors>;

export function colorsOf(terminal: Terminal): Colors {
  return pc.createColors(terminal.colors);
}

/** `1,234 B`, `12.3 KB`: multiples of 1000, as in file managers and npm. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 999_950) return `${(bytes / 1000).toFixed(1)} KB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

export function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

/** `; mlp.wasm 12.3 KB`: files beside a module. */
export function filesText(files: readonly { readonly path: string; readonly bytes: Uint8Array }[]): string {
  return files.map(({ path, bytes }) => `; ${path} ${bytesText(bytes.length)}`).join('');
}
