import { readFileSync, realpathSync, statSync } from 'node:fs';
import { Project, ts } from 'ts-morph';

/** Declares what evaluation offers beyond the language's own library. */
export const AMBIENT_FILE = '/kilnn/ambient.d.ts';
const AMBIENT = `
interface Console { log(...data: unknown[]): void; info(...data: unknown[]): void; debug(...data: unknown[]): void; warn(...data: unknown[]): void; error(...data: unknown[]): void; }
declare var console: Console;
declare function structuredClone<T>(value: T): T;
`;

/** ts-morph carries TypeScript's library files in itself, in this folder of its in-memory file system. */
const LIBRARY_FOLDER = '/node_modules/typescript/lib';

/** Files that are the same for every build are parsed, and bound, once in a process. */
const parsed = new Map<string, { readonly text: string; readonly file: ts.SourceFile }>();
let libraryFiles: ReturnType<Project['getModuleResolutionHost']> | undefined;

function libraryText(path: string): string | undefined {
  libraryFiles ??= new Project({ useInMemoryFileSystem: true }).getModuleResolutionHost();
  return libraryFiles.fileExists(path) ? libraryFiles.readFile(path) : undefined;
}

/** Files come from `sources`, then from TypeScript's own library, then from the disk. */
export function compilerHost(
  options: ts.CompilerOptions,
  sources: ReadonlyMap<string, string>,
  isShared: (file: string) => boolean,
): ts.CompilerHost {
  const texts = new Map<string, string | undefined>([...sources, [AMBIENT_FILE, AMBIENT]]);
  const readFile = (path: string): string | undefined => {
    if (!texts.has(path)) texts.set(path, path.startsWith(LIBRARY_FOLDER) ? libraryText(path) : textOnDisk(path));
    return texts.get(path);
  };
  const fileExists = (path: string) =>
    texts.get(path) !== undefined || (path.startsWith(LIBRARY_FOLDER) ? libraryText(path) !== undefined : isFile(path));
  return {
    fileExists,
    readFile,
    getSourceFile(path, languageVersion) {
      const text = readFile(path);
      if (text === undefined) return undefined;
      const shared = path.startsWith(LIBRARY_FOLDER) || path === AMBIENT_FILE || isShared(path);
      const known = shared ? parsed.get(path) : undefined;
      if (known?.text === text) return known.file;
      const file = ts.createSourceFile(path, text, languageVersion, true);
      if (shared) parsed.set(path, { text, file });
      return file;
    },
    getDefaultLibFileName: () => `${LIBRARY_FOLDER}/${ts.getDefaultLibFileName(options)}`,
    getDefaultLibLocation: () => LIBRARY_FOLDER,
    getCurrentDirectory: () => process.cwd(),
    getCanonicalFileName: (path) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    writeFile: () => {},
    directoryExists: (path) => isDirectory(path) || [...sources.keys()].some((file) => file.startsWith(`${path}/`)),
    realpath: (path) => (sources.has(path) ? path : realPath(path)),
  };
}

function textOnDisk(path: string): string | undefined {
  return isFile(path) ? readFileSync(path, 'utf8').replace(/^\uFEFF/, '') : undefined;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
