import { ts } from 'ts-morph';
import * as messages from '../diagnostics/messages.js';
import { nearest } from '../diagnostics/suggest.js';
import { hoistStatements, hoistVariables, isTypeOnly } from './declarations.js';
import { Env } from './env.js';
import { hasModifier } from './expressions.js';
import type { Machine } from './machine.js';
import type { SourceProject } from './project.js';
import { type Scope, StaticScope, UNINITIALISED } from './scope.js';
import { Abort, Thrown } from './values.js';

/** One source file in evaluation. */
export interface ModuleRecord {
  readonly source: ts.SourceFile;
  readonly scope: StaticScope;
  frame: Scope | undefined;
  /** Reads of exported names. */
  readonly exports: Map<string, () => unknown>;
  /** Modules whose exports are also this one's. */
  readonly stars: ts.ExportDeclaration[];
  state: 'linked' | 'evaluating' | 'evaluated' | 'failed';
  failure?: unknown;
  namespace?: object;
}

/** Loads modules in JavaScript's order: every module once, imports before importers, cycles allowed. */
export class ModuleLoader {
  private readonly records = new Map<ts.SourceFile, ModuleRecord>();

  constructor(
    private readonly machine: Machine,
    private readonly project: Pick<SourceProject, 'resolve'>,
    /** Functions that take the place of a module's own. */
    private readonly intrinsics: (source: ts.SourceFile) => ReadonlyMap<string, unknown> | undefined,
  ) {}

  /** The module, with its top level evaluated. */
  load(source: ts.SourceFile): ModuleRecord {
    const record = this.link(source);
    this.evaluate(record);
    return record;
  }

  /** The value that a module exports under a name. */
  exported(source: ts.SourceFile, name: string): unknown {
    return this.find(this.load(source), name, new Set())?.();
  }

  private link(source: ts.SourceFile): ModuleRecord {
    const known = this.records.get(source);
    if (known !== undefined) return known;
    const record: ModuleRecord = {
      source,
      scope: new StaticScope(undefined, this.machine.journal.clock),
      frame: undefined,
      exports: new Map(),
      stars: [],
      state: 'linked',
    };
    this.records.set(source, record);
    for (const statement of source.statements) {
      if (ts.isImportDeclaration(statement)) this.declareImports(statement, record);
    }
    hoistVariables(source, record.scope);
    const env = new Env(this.machine, record, record.scope);
    const hoist = hoistStatements(source.statements, env);
    for (const statement of source.statements) this.declareExports(statement, record);
    record.frame = record.scope.create(undefined);
    // Functions of all modules exist before any module runs: cyclic imports may call them.
    for (const imported of this.importsOf(record)) this.link(imported);
    hoist(record.frame);
    for (const [name, value] of this.intrinsics(source) ?? []) record.frame.values[record.scope.own(name)!.slot] = value;
    return record;
  }

  private evaluate(record: ModuleRecord): void {
    if (record.state === 'failed') throw record.failure;
    if (record.state !== 'linked') return;
    record.state = 'evaluating';
    try {
      for (const imported of this.importsOf(record)) this.evaluate(this.link(imported));
      const env = new Env(this.machine, record, record.scope);
      for (const statement of record.source.statements) env.statement(statement)(record.frame!);
      record.state = 'evaluated';
    } catch (error) {
      if (!(error instanceof Thrown) && !(error instanceof Abort)) throw error;
      record.state = 'failed';
      record.failure = error;
      throw error;
    }
  }

  /** The source modules that a module runs after, in the order of its text. */
  private importsOf({ source }: ModuleRecord): ts.SourceFile[] {
    const found: ts.SourceFile[] = [];
    for (const statement of source.statements) {
      if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) continue;
      if (statement.moduleSpecifier === undefined || !importsValues(statement)) continue;
      const target = this.project.resolve((statement.moduleSpecifier as ts.StringLiteral).text, source);
      if (target !== undefined) found.push(target);
      else if (ts.isImportDeclaration(statement) && statement.importClause === undefined) throw this.noSource(statement);
    }
    return found;
  }

  private noSource(statement: ts.ImportDeclaration | ts.ExportDeclaration): Abort {
    return this.machine.abort(messages.notSource((statement.moduleSpecifier as ts.StringLiteral).text), statement);
  }

  private declareImports(statement: ts.ImportDeclaration, record: ModuleRecord): void {
    const clause = statement.importClause;
    if (clause === undefined || clause.isTypeOnly) return;
    const bind = (local: ts.Identifier, name: string) =>
      record.scope.declare(local.text, 'import', this.importReader(statement, record, name, local));
    if (clause.name !== undefined) bind(clause.name, 'default');
    const bindings = clause.namedBindings;
    if (bindings === undefined) return;
    if (ts.isNamespaceImport(bindings)) {
      record.scope.declare(bindings.name.text, 'import', () => this.namespaceOf(this.target(statement, record)));
    } else {
      for (const element of bindings.elements) if (!element.isTypeOnly) bind(element.name, (element.propertyName ?? element.name).text);
    }
  }

  private target(statement: ts.ImportDeclaration | ts.ExportDeclaration, record: ModuleRecord): ModuleRecord {
    const source = this.project.resolve((statement.moduleSpecifier as ts.StringLiteral).text, record.source);
    if (source === undefined) throw this.noSource(statement);
    return this.link(source);
  }

  private importReader(
    statement: ts.ImportDeclaration | ts.ExportDeclaration,
    record: ModuleRecord,
    name: string,
    node: ts.Node,
  ): () => unknown {
    let read: (() => unknown) | undefined;
    return () => {
      if (read === undefined) {
        const target = this.target(statement, record);
        read = this.find(target, name, new Set());
        if (read === undefined) {
          const specifier = (statement.moduleSpecifier as ts.StringLiteral).text;
          throw this.machine.abort(messages.noSuchExport(name, specifier, nearest(name, this.names(target, new Set()))), node);
        }
      }
      return read();
    };
  }

  private find(record: ModuleRecord, name: string, visited: Set<ModuleRecord>): (() => unknown) | undefined {
    if (visited.has(record)) return undefined;
    visited.add(record);
    const own = record.exports.get(name);
    if (own !== undefined) return own;
    if (name === 'default') return undefined;
    for (const star of record.stars) {
      const read = this.find(this.target(star, record), name, visited);
      if (read !== undefined) return read;
    }
    return undefined;
  }

  private names(record: ModuleRecord, visited: Set<ModuleRecord>): string[] {
    if (visited.has(record)) return [];
    visited.add(record);
    return [
      ...record.exports.keys(),
      ...record.stars.flatMap((star) => this.names(this.target(star, record), visited).filter((name) => name !== 'default')),
    ];
  }

  /** The object of `import * as`: reads its properties from the module each time. */
  private namespaceOf(record: ModuleRecord): object {
    if (record.namespace !== undefined) return record.namespace;
    const namespace = Object.create(null) as object;
    record.namespace = namespace;
    for (const name of [...new Set(this.names(record, new Set()))].sort()) {
      const read = this.find(record, name, new Set())!;
      const get = () => {
        const value = read();
        if (value === UNINITIALISED) throw new ReferenceError(`Cannot access '${name}' before initialization`);
        return value;
      };
      Object.defineProperty(namespace, name, { get, enumerable: true });
    }
    return Object.preventExtensions(namespace);
  }

  private declareExports(statement: ts.Statement, record: ModuleRecord): void {
    if (ts.isExportDeclaration(statement)) this.declareExportList(statement, record);
    else if (ts.isExportAssignment(statement)) record.exports.set('default', () => localValue(record, '*default*'));
    else if (hasModifier(statement, ts.SyntaxKind.ExportKeyword) && !isTypeOnly(statement)) {
      for (const name of declaredNames(statement)) {
        const exported = hasModifier(statement, ts.SyntaxKind.DefaultKeyword) ? 'default' : name;
        record.exports.set(exported, () => localValue(record, name));
      }
    }
  }

  private declareExportList(statement: ts.ExportDeclaration, record: ModuleRecord): void {
    if (statement.isTypeOnly) return;
    const clause = statement.exportClause;
    if (clause === undefined) record.stars.push(statement);
    else if (ts.isNamespaceExport(clause)) record.exports.set(clause.name.text, () => this.namespaceOf(this.target(statement, record)));
    else {
      for (const element of clause.elements) {
        if (element.isTypeOnly) continue;
        const local = (element.propertyName ?? element.name).text;
        const read =
          statement.moduleSpecifier === undefined ? () => localValue(record, local) : this.importReader(statement, record, local, element);
        record.exports.set(element.name.text, read);
      }
    }
  }
}

function localValue(record: ModuleRecord, name: string): unknown {
  const binding = record.scope.own(name);
  if (binding === undefined) return undefined;
  return binding.read === undefined ? record.frame!.values[binding.slot] : binding.read();
}

function declaredNames(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    const names: string[] = [];
    const collect = (name: ts.BindingName): void => {
      if (ts.isIdentifier(name)) names.push(name.text);
      else for (const element of name.elements) if (!ts.isOmittedExpression(element)) collect(element.name);
    };
    for (const declaration of statement.declarationList.declarations) collect(declaration.name);
    return names;
  }
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) return [statement.name?.text ?? '*default*'];
  return ts.isEnumDeclaration(statement) ? [statement.name.text] : [];
}

/** Whether an import or re-export brings anything that exists at run time. */
function importsValues(statement: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(statement)) {
    const clause = statement.exportClause;
    return (
      !statement.isTypeOnly &&
      (clause === undefined || ts.isNamespaceExport(clause) || clause.elements.some((element) => !element.isTypeOnly))
    );
  }
  const clause = statement.importClause;
  if (clause === undefined) return true;
  if (clause.isTypeOnly) return false;
  const bindings = clause.namedBindings;
  return (
    clause.name !== undefined ||
    (bindings !== undefined && (ts.isNamespaceImport(bindings) || bindings.elements.some((element) => !element.isTypeOnly)))
  );
}
