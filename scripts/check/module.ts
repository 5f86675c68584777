import { isSyntax, lineCounter, nameOf, parse, walk } from './syntax.ts';
import type { Syntax } from './syntax.ts';

/** Stands for every name of a module, in an import or a re-export. */
export const ALL = '*';

export interface Import {
  readonly specifier: string;
  /** The names as the other module exports them; ALL for a namespace or a dynamic import. */
  readonly names: readonly string[];
  /** Set when the names go out again: the name they are exported by, or ALL. */
  readonly reexportedAs?: readonly string[];
  readonly line: number;
}

export interface Export {
  readonly name: string;
  readonly line: number;
  /** Names that the declaration mentions outside function bodies: its signature, its fields' types. */
  readonly mentions: ReadonlySet<string>;
}

/** What the checks need to know of one file of code. */
export interface Module {
  readonly syntax: Syntax;
  readonly imports: readonly Import[];
  readonly exports: readonly Export[];
  /** Strings that look like a path from this file (`./agent.ts`), where they are no import. */
  readonly paths: readonly { readonly path: string; readonly line: number }[];
  readonly line: (offset: number) => number;
  readonly parseError?: string;
}

const NO_SYNTAX: Syntax = { type: 'Program', start: 0, end: 0, body: [] };

export function readModule(file: string, text: string): Module {
  const line = lineCounter(text);
  let syntax = NO_SYNTAX;
  try {
    syntax = parse(text, file);
  } catch (error) {
    const parseError = error instanceof Error ? error.message : String(error);
    return { syntax, imports: [], exports: [], paths: [], line, parseError };
  }
  const imports: Import[] = [];
  const exports: Export[] = [];
  const paths: { path: string; line: number }[] = [];
  const sources = new Set<unknown>();
  walk(syntax, (node) => {
    const found = readImport(node, line(node.start));
    if (found !== undefined) {
      imports.push(found);
      sources.add(node['source']);
    }
    if (node.type === 'ExportNamedDeclaration' || node.type === 'ExportDefaultDeclaration') {
      exports.push(...readExports(node, line));
    }
    const path = pathIn(node);
    if (path !== undefined && !sources.has(node)) paths.push({ path, line: line(node.start) });
  });
  return { syntax, imports, exports, paths, line };
}

function readImport(node: Syntax, line: number): Import | undefined {
  const source = node['source'];
  // `import(file)` with a variable says nothing that a check could follow.
  const specifier = isSyntax(source) && source.type === 'Literal' ? nameOf(source) : undefined;
  if (specifier === undefined) return undefined;
  const parts = Array.isArray(node['specifiers']) ? node['specifiers'].filter(isSyntax) : [];
  switch (node.type) {
    case 'ImportDeclaration':
      return { specifier, line, names: parts.map(importedName) };
    case 'ExportNamedDeclaration': {
      const names = parts.map((part) => nameOf(part['local']) ?? ALL);
      return { specifier, line, names, reexportedAs: parts.map((part) => nameOf(part['exported']) ?? ALL) };
    }
    case 'ExportAllDeclaration':
      return { specifier, line, names: [ALL], reexportedAs: [nameOf(node['exported']) ?? ALL] };
    case 'ImportExpression':
      return { specifier, line, names: [ALL] };
    case 'TSImportType':
      return { specifier, line, names: [firstName(node['qualifier']) ?? ALL] };
    default:
      return undefined;
  }
}

function importedName(part: Syntax): string {
  if (part.type === 'ImportDefaultSpecifier') return 'default';
  return part.type === 'ImportNamespaceSpecifier' ? ALL : (nameOf(part['imported']) ?? ALL);
}

function firstName(qualifier: unknown): string | undefined {
  if (!isSyntax(qualifier)) return undefined;
  return qualifier.type === 'TSQualifiedName' ? firstName(qualifier['left']) : nameOf(qualifier);
}

function readExports(node: Syntax, line: (offset: number) => number): Export[] {
  const of = (name: string, at: Syntax): Export => ({ name, line: line(at.start), mentions: mentionsIn(at) });
  if (node.type === 'ExportDefaultDeclaration') return [of('default', node)];
  const declaration = node['declaration'];
  if (isSyntax(declaration)) return declaredNames(declaration).map(([name, at]) => of(name, at));
  const parts = Array.isArray(node['specifiers']) ? node['specifiers'].filter(isSyntax) : [];
  return parts.map((part) => of(nameOf(part['exported']) ?? ALL, part));
}

function declaredNames(declaration: Syntax): [string, Syntax][] {
  if (declaration.type !== 'VariableDeclaration') return [[nameOf(declaration['id']) ?? ALL, declaration]];
  const declarators = (declaration['declarations'] as unknown[]).filter(isSyntax);
  return declarators.flatMap((each) => bindingNames(each['id']).map((name): [string, Syntax] => [name, each]));
}

function bindingNames(pattern: unknown): string[] {
  if (!isSyntax(pattern)) return [];
  if (pattern.type === 'Identifier') return [nameOf(pattern) ?? ALL];
  const found: string[] = [];
  walk(pattern, (node) => {
    // In `{ key: name = 1 }` only `name` is bound.
    if (node.type === 'Property') found.push(...bindingNames(node['value']));
    else if (node.type === 'AssignmentPattern') found.push(...bindingNames(node['left']));
    else if (node.type === 'Identifier') found.push(nameOf(node) ?? ALL);
    return node.type !== 'Property' && node.type !== 'AssignmentPattern';
  });
  return found;
}

function mentionsIn(declaration: Syntax): Set<string> {
  const found = new Set<string>();
  walk(declaration, (node, parents) => {
    if (node.type === 'BlockStatement' || node.type === 'FunctionBody') return false;
    const name = node.type === 'Identifier' ? nameOf(node) : undefined;
    if (name !== undefined && parents.length > 0) found.add(name);
    return true;
  });
  return found;
}

function pathIn(node: Syntax): string | undefined {
  const text = node.type === 'Literal' ? node['value'] : (node['value'] as { cooked?: unknown } | undefined)?.cooked;
  if (node.type !== 'Literal' && node.type !== 'TemplateElement') return undefined;
  return typeof text === 'string' && /^\.\.?\/[\w./-]+$/.test(text) ? text : undefined;
}
