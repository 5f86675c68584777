import { calleeNames, walk } from './syntax.ts';
import type { Syntax } from './syntax.ts';
import { isGenerated } from './tree.ts';
import type { Check, Finding } from './tree.ts';

const MOST_LINES = 400;
const MOST_COLUMNS = 120;
const MOST_FUNCTION_LINES = 70;

const SIZED = /\.(ts|tsx|mts|mjs|js|sql)$/;
const CODE = /\.(ts|tsx|mts|mjs|js)$/;

/** What the functions that they are given hold is a list of tests, so that each of those counts for itself. */
const TEST_CALLS = new Set([
  'describe',
  'suite',
  'test',
  'it',
  'bench',
  'beforeAll',
  'beforeEach',
  'afterAll',
  'afterEach',
]);

export const fileLength: Check = {
  name: `no file is longer than ${MOST_LINES} lines`,
  find(tree) {
    const findings: Finding[] = [];
    for (const [file, text] of tree.texts) {
      if (!SIZED.test(file) || isGenerated(file)) continue;
      const lines = text.replace(/\n$/, '').split('\n').length;
      const message = `has ${lines} lines, ${MOST_LINES} is the most: split it by what its parts are about`;
      if (lines > MOST_LINES) findings.push({ file, message });
    }
    return findings;
  },
};

export const lineWidth: Check = {
  name: `no line of code is wider than ${MOST_COLUMNS} columns`,
  find(tree) {
    const findings: Finding[] = [];
    for (const [file, text] of tree.texts) {
      if (!CODE.test(file) || isGenerated(file)) continue;
      for (const [index, line] of text.split('\n').entries()) {
        const message = `has ${line.length} columns, ${MOST_COLUMNS} is the most: break the line`;
        if (line.length > MOST_COLUMNS) findings.push({ file, line: index + 1, message });
      }
    }
    return findings;
  },
};

export const functionLength: Check = {
  name: `no function is longer than ${MOST_FUNCTION_LINES} lines`,
  find(tree) {
    const findings: Finding[] = [];
    for (const [file, { syntax, line }] of tree.modules) {
      for (const [node, lines] of functionLines(syntax, line)) {
        const message = `begins a function of ${lines} lines, ${MOST_FUNCTION_LINES} is the most: give its parts names`;
        if (lines > MOST_FUNCTION_LINES) findings.push({ file, line: line(node.start), message });
      }
    }
    return findings;
  },
};

/** The lines of each function from its first to its last, less those of the test functions inside it. */
function functionLines(syntax: Syntax, line: (offset: number) => number): Map<Syntax, number> {
  const found = new Map<Syntax, number>();
  const tests = new Set<Syntax>();
  walk(syntax, (node, parents) => {
    if (!/^(Function(Declaration|Expression)|ArrowFunctionExpression)$/.test(node.type)) return;
    const lines = line(node.end) - line(node.start) + 1;
    found.set(node, lines);
    if (!isTestFunction(node, parents.at(-1))) return;
    tests.add(node);
    for (const outer of parents.filter((each) => found.has(each)).reverse()) {
      found.set(outer, (found.get(outer) ?? 0) - lines);
      // What is around a test function was relieved of all its lines already.
      if (tests.has(outer)) break;
    }
  });
  return found;
}

function isTestFunction(node: Syntax, parent: Syntax | undefined): boolean {
  if (parent?.type !== 'CallExpression' || !(parent['arguments'] as unknown[]).includes(node)) return false;
  return calleeNames(parent['callee']).some((name) => TEST_CALLS.has(name));
}
