import { isSyntax, walk } from './syntax.ts';
import type { Check, Finding } from './tree.ts';

/**
 * A repetition inside a repetition, `(a*b?)*`, can split one text in exponentially many ways, and tries them all before
 * it says no: 146 empty comments in a file of 1,023 bytes kept a thread for ever. What the server runs has none.
 */
export const backtracking: Check = {
  name: 'no regular expression repeats what repeats',
  find(tree) {
    const findings: Finding[] = [];
    for (const [file, { syntax, line }] of tree.modules) {
      if (!file.startsWith('src/')) continue;
      walk(syntax, (node) => {
        const regex = node['regex'];
        const pattern = isRecord(regex) && isSyntax(node) ? regex['pattern'] : undefined;
        if (typeof pattern !== 'string' || !repeatsRepetition(pattern)) return;
        findings.push({ file, line: line(node.start), message: `/${pattern}/ may backtrack for ever: scan instead` });
      });
    }
    return findings;
  },
};

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Whether a group with an unbounded repetition in it is itself repeated without a bound. */
function repeatsRepetition(pattern: string): boolean {
  // Escapes and classes are one character each, and say nothing of repetitions.
  const plain = pattern.replace(/\\[^]/g, 'x').replace(/\[[^\]]*\]/g, 'x');
  const open: { repeats: boolean }[] = [{ repeats: false }];
  for (let at = 0; at < plain.length; at++) {
    const character = plain[at];
    if (character === '(') open.push({ repeats: false });
    const closed = character === ')' ? open.pop() : undefined;
    const isRepeated = character !== '(' && character !== '|' && /^([*+]|\{\d+,\})/.test(plain.slice(at + 1));
    if (closed?.repeats && isRepeated) return true;
    const around = open.at(-1);
    if (around !== undefined && (isRepeated || closed?.repeats)) around.repeats = true;
  }
  return false;
}
