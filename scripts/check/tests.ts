import { calleeNames, isSyntax, nameOf, walk } from './syntax.ts';
import type { Syntax } from './syntax.ts';
import type { Check, Finding } from './tree.ts';

const TESTS = new Set(['describe', 'suite', 'test', 'it', 'bench']);
const FOCUSED = new Set(['fit', 'fdescribe']);
const SILENT_SKIPS = new Set(['skip', 'skipIf', 'runIf', 'todo']);
const SILENT_CALLS = new Set(['xit', 'xtest', 'xdescribe']);

export const tests: Check = {
  name: 'every test runs, or is skipped for a reason that is printed',
  find(tree) {
    const findings: Finding[] = [];
    for (const [file, { syntax, line }] of tree.modules) {
      if (!file.startsWith('test/') && !file.includes('/testing/') && !file.endsWith('.test.ts')) continue;
      walk(syntax, (node) => {
        const message = node.type === 'CallExpression' ? wrongWith(node) : undefined;
        if (message !== undefined) findings.push({ file, line: line(node.start), message });
      });
    }
    return findings;
  },
};

function wrongWith(call: Syntax): string | undefined {
  // `test.skip.each(cases)(name, run)` is two calls along one callee: the inner one is looked at.
  if (isSyntax(call['callee']) && call['callee'].type === 'CallExpression') return undefined;
  const names = calleeNames(call['callee']);
  const [first = ''] = names;
  if (FOCUSED.has(first) || (TESTS.has(first) && names.includes('only'))) {
    return `${names.join('.')} leaves every other test out: take it away`;
  }
  const isSilent = SILENT_CALLS.has(first) || (TESTS.has(first) && names.some((name) => SILENT_SKIPS.has(name)));
  if (isSilent) {
    return `${names.join('.')} gives no reason: skip inside the test, \`ctx.skip(condition, 'the reason')\``;
  }
  if (names.at(-1) === 'skip' && !hasReason(call['arguments'] as unknown[])) {
    return `${names.join('.')} gives no reason: add it, \`skip('the reason')\` or \`skip(condition, 'the reason')\``;
  }
  return undefined;
}

/** The reason is the last argument: a text, or a variable whose name says that it is one. */
function hasReason(args: unknown[]): boolean {
  const last = args.at(-1);
  if (!isSyntax(last)) return false;
  if (last.type === 'Literal') return typeof last['value'] === 'string' && last['value'].trim() !== '';
  if (last.type === 'TemplateLiteral') return true;
  const name = last.type === 'MemberExpression' ? nameOf(last['property']) : nameOf(last);
  return args.length > 1 || /reason|why|because|missing/i.test(name ?? '');
}
