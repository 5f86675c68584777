import type { Check, Finding } from './tree.ts';

// Put together from parts, so that this file does not find itself.
const MARKS = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|')})\\b`);
const FOLDERS = ['/wo' + 'rk/(main|shared|\\.)', '/ro' + 'ot/', '/tmp/ba' + 'sh', '/Us' + 'ers/\\w', '/ho' + 'me/\\w'];
const MACHINE_PATHS = new RegExp(`(?<![\\w./-])(${FOLDERS.join('|')})`);

const CODE = /\.(ts|tsx|mts|mjs|js|sql|sh|proto)$/;

export const marks: Check = {
  name: 'nothing is marked as still to be done',
  find(tree) {
    const advice = 'do it, or write down in an issue what is left';
    return lines(tree.texts, (file) => CODE.test(file), MARKS, (mark) => `is marked ${mark}: ${advice}`);
  },
};

export const machinePaths: Check = {
  name: 'no file names a path of one machine',
  find(tree) {
    return lines(tree.texts, () => true, MACHINE_PATHS, (path) => `names ${path}..., a path of one machine`);
  },
};

function lines(
  texts: ReadonlyMap<string, string>,
  concerns: (file: string) => boolean,
  pattern: RegExp,
  message: (found: string) => string,
): Finding[] {
  const findings: Finding[] = [];
  for (const [file, text] of texts) {
    if (!concerns(file)) continue;
    for (const [index, line] of text.split('\n').entries()) {
      const found = pattern.exec(line);
      if (found !== null) findings.push({ file, line: index + 1, message: message(found[1] ?? found[0]) });
    }
  }
  return findings;
}
