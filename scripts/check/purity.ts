import { calleeNames, nameOf, walk } from './syntax.ts';
import type { Syntax } from './syntax.ts';
import type { Check, Finding } from './tree.ts';

const OUTSIDE = new Set([
  'console',
  'crypto',
  'fetch',
  'globalThis',
  'performance',
  'process',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
]);

export const purity: Check = {
  name: 'the domain is pure: no clock, no randomness, no I/O, nothing asynchronous',
  find(tree) {
    const findings: Finding[] = [];
    for (const [file, { syntax, line }] of tree.modules) {
      if (!file.startsWith('src/domain/')) continue;
      walk(syntax, (node) => {
        const what = impurity(node);
        const message = `uses ${what}: take the time, the id or the result as an argument`;
        if (what !== undefined) findings.push({ file, line: line(node.start), message });
      });
    }
    return findings;
  },
};

function impurity(node: Syntax): string | undefined {
  if (node['async'] === true || node.type === 'AwaitExpression') return 'async';
  if (node.type === 'NewExpression') {
    const isNow = nameOf(node['callee']) === 'Date' && (node['arguments'] as unknown[]).length === 0;
    return isNow ? 'new Date()' : undefined;
  }
  if (node.type === 'MemberExpression') {
    const path = calleeNames(node).join('.');
    if (path === 'Date.now' || path === 'Math.random') return path;
    const object = nameOf(node['object']);
    return object !== undefined && OUTSIDE.has(object) ? path : undefined;
  }
  const called = node.type === 'CallExpression' ? nameOf(node['callee']) : undefined;
  return called !== undefined && OUTSIDE.has(called) ? called : undefined;
}
