import { parseAst } from 'vitest/node';

/** A node of the ESTree syntax tree, loosely typed: the checks look at a few fields of many kinds of node. */
export interface Syntax {
  readonly type: string;
  /** Offsets into the text, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** @throws {Error} when the text is not TypeScript (or JavaScript, which is read by the same grammar) */
export function parse(text: string, file: string): Syntax {
  return parseAst(text, { lang: file.endsWith('x') ? 'tsx' : 'ts' }, file) as unknown as Syntax;
}

export function isSyntax(value: unknown): value is Syntax {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

/** The nodes directly below, in the order of the text. */
function children(node: Syntax): Syntax[] {
  const found: Syntax[] = [];
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) found.push(...value.filter(isSyntax));
    else if (isSyntax(value)) found.push(value);
  }
  return found;
}

/** Visits the node and all below it; `enter` may return false to leave a subtree out. */
export function walk(node: Syntax, enter: (node: Syntax, parents: readonly Syntax[]) => boolean | void): void {
  const parents: Syntax[] = [];
  const visit = (each: Syntax): void => {
    if (enter(each, parents) === false) return;
    parents.push(each);
    for (const child of children(each)) visit(child);
    parents.pop();
  };
  visit(node);
}

/** The name of an identifier, or the value of a string. */
export function nameOf(node: unknown): string | undefined {
  if (!isSyntax(node)) return undefined;
  if (typeof node['name'] === 'string') return node['name'];
  return typeof node['value'] === 'string' ? node['value'] : undefined;
}

/** The names along a callee, outermost object first: `test.each(cases)` gives test, each. */
export function calleeNames(node: unknown): string[] {
  if (!isSyntax(node)) return [];
  if (node.type === 'Identifier') return [nameOf(node) ?? ''];
  if (node.type === 'MemberExpression') return [...calleeNames(node['object']), nameOf(node['property']) ?? ''];
  if (node.type === 'CallExpression') return calleeNames(node['callee']);
  if (node.type === 'TaggedTemplateExpression') return calleeNames(node['tag']);
  return [];
}

/** Gives the line, from 1, of an offset into the text. */
export function lineCounter(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
