import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ts } from 'ts-morph';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { AMBIENT_FILE, compilerHost } from './compiler-host.js';

export interface SourceOptions {
  /** The directory of the library's sources; by default those of this very package. */
  readonly dsl?: string;
  /** Texts of files that need not exist on disk, by absolute path. */
  readonly sources?: ReadonlyMap<string, string>;
}

/** The user's files, the library's and whatever they import, parsed and type-checked on demand. */
export interface SourceProject {
  readonly dsl: string;
  readonly checker: ts.TypeChecker;
  isLibrary(file: string): boolean;
  file(path: string): ts.SourceFile | undefined;
  /** The TypeScript source that an import means, or undefined when there is none. */
  resolve(specifier: string, from: ts.SourceFile): ts.SourceFile | undefined;
  /** TypeScript's own complaints about a file. */
  typeErrors(file: ts.SourceFile): Diagnostic[];
  /** All files of the user that were read. */
  userFiles(): readonly ts.SourceFile[];
}

/** `dsl/` stands beside `compiler/` in the sources, and beside `dist/` in the package. */
export function dslDirectory(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const candidate = join(directory, 'dsl');
    if (existsSync(join(candidate, 'index.ts'))) return candidate;
    const parent = dirname(directory);
    if (parent === directory) throw new Error('the sources of kilnn are not beside its compiler: the installation is incomplete');
    directory = parent;
  }
}

/** Loads the files and all that they import. */
export function openProject(files: readonly string[], options: SourceOptions): SourceProject {
  const dsl = resolve(options.dsl ?? dslDirectory());
  const inLibrary = `${dsl.replaceAll('\\', '/')}/`;
  const compilerOptions: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts'],
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    useDefineForClassFields: true,
    paths: { kilnn: [join(dsl, 'index.ts')] },
    ...userOptions(files[0]),
  };
  const sources = options.sources ?? new Map<string, string>();
  const host = compilerHost(compilerOptions, sources, (file) => file.startsWith(inLibrary));
  const library = join(dsl, 'index.ts');
  const roots = [...files, library, AMBIENT_FILE].filter((file) => host.fileExists(file));
  const resolutions = ts.createModuleResolutionCache(dsl, (name) => name, compilerOptions);
  const replaced = [...sources.keys()].some((file) => file.startsWith(inLibrary));
  const resolveModule = (specifier: string, from: string): ts.ResolvedModuleFull | undefined => {
    const find = () => ts.resolveModuleName(specifier, from, compilerOptions, host, resolutions).resolvedModule;
    if (replaced || !specifier.startsWith('.') || !from.startsWith(inLibrary)) return find();
    const key = `${from}\n${specifier}`;
    const known = libraryImports.get(key) ?? find();
    if (known !== undefined) libraryImports.set(key, known);
    return known;
  };
  host.resolveModuleNameLiterals = (literals, from) => literals.map(({ text }) => ({ resolvedModule: resolveModule(text, from) }));
  const program = ts.createProgram({ rootNames: [...new Set(roots)], options: compilerOptions, host });
  const isLibrary = (file: string) => file.startsWith(inLibrary) && !(options.sources?.has(file) && files.includes(file));
  return {
    dsl,
    checker: program.getTypeChecker(),
    isLibrary,
    file: (path) => program.getSourceFile(path),
    resolve(specifier, from) {
      const resolved = resolveModule(specifier, from.fileName);
      const source = resolved && program.getSourceFile(resolved.resolvedFileName);
      return source === undefined || source.isDeclarationFile ? undefined : source;
    },
    typeErrors(file) {
      const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
      return found.map(asDiagnostic);
    },
    userFiles: () => program.getSourceFiles().filter((file) => !file.isDeclarationFile && !isLibrary(file.fileName)),
  };
}

/** What the library's files import of each other, by the importing file and the text: the same for every project of a process. */
const libraryImports = new Map<string, ts.ResolvedModuleFull>();

/** Strictness and path aliases follow the tsconfig.json that the user's editor follows. */
function userOptions(file: string | undefined): ts.CompilerOptions {
  if (file === undefined || !existsSync(file)) return {};
  const path = ts.findConfigFile(dirname(file), existsSync);
  if (path === undefined) return {};
  const { config } = ts.readConfigFile(path, (name) => readFileSync(name, 'utf8'));
  if (config === undefined) return {};
  const parsed = ts.parseJsonConfigFileContent({ ...config, files: [], include: undefined }, ts.sys, dirname(path)).options;
  const kept: ts.CompilerOptions = {};
  for (const name of STRICTNESS) if (parsed[name] !== undefined) kept[name] = parsed[name];
  return kept;
}

const STRICTNESS = [
  'strict',
  'noImplicitAny',
  'strictNullChecks',
  'strictPropertyInitialization',
  'strictFunctionTypes',
  'strictBindCallApply',
  'noImplicitThis',
  'useUnknownInCatchVariables',
  'noUncheckedIndexedAccess',
  'exactOptionalPropertyTypes',
] as const;

function asDiagnostic(found: ts.Diagnostic): Diagnostic {
  const { file, start = 0, length = 0 } = found;
  const notes = (found.relatedInformation ?? []).map((related) => ({
    message: ts.flattenDiagnosticMessageText(related.messageText, '\n'),
    ...(related.file && {
      span: { file: related.file.fileName, start: related.start ?? 0, end: (related.start ?? 0) + (related.length ?? 0) },
    }),
  }));
  return {
    code: `TS${found.code}`,
    severity: found.category === ts.DiagnosticCategory.Error ? 'error' : 'warning',
    message: ts.flattenDiagnosticMessageText(found.messageText, '\n  '),
    ...(file && { span: { file: file.fileName, start, end: start + length } }),
    notes,
  };
}
