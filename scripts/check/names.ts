import { isBundled } from './tree.ts';
import type { Check, Finding } from './tree.ts';

/** Names that say nothing about what is inside, so that anything ends up there. */
const EMPTY_NAMES = new Set(['util', 'utils', 'common', 'helper', 'helpers', 'manager', 'managers', 'misc']);

export const names: Check = {
  name: 'every file and folder is named for what it holds',
  find(tree) {
    const findings: Finding[] = [];
    for (const file of tree.files) {
      const words = file.split('/').flatMap((part) => part.toLowerCase().split(/[-_.]/));
      const word = words.find((each) => EMPTY_NAMES.has(each));
      if (word !== undefined) findings.push({ file, message: `"${word}" says nothing: name it for the thing inside` });
    }
    return findings;
  },
};

/** The build turns .ts into .js and copies nothing: whatever else stands in src, or is named there, is lost in dist. */
export const builtFiles: Check = {
  name: 'src works as well when it is built to dist',
  find(tree) {
    const findings: Finding[] = [];
    for (const file of tree.files) {
      if (!file.startsWith('src/') || file.endsWith('.ts') || isBundled(file)) continue;
      findings.push({ file, message: 'is not copied by the build: put it into assets/ or migrations/' });
    }
    for (const [file, { paths }] of tree.modules) {
      if (!file.startsWith('src/')) continue;
      for (const { path, line } of paths.filter((each) => /\.m?ts$/.test(each.path))) {
        const message = `names ${path}, which is .js when built: take the ending from import.meta.url`;
        findings.push({ file, line, message });
      }
    }
    return findings;
  },
};
