import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Check, Finding } from './tree.ts';

const ENTRY = 'src/main/console/index.html';
/** Code and style, gzipped. Bytes: what Home waits for, and all pages together. */
const MOST = { entry: 45_000, all: 130_000 };

export const consoleSize: Check = {
  name: `the console takes at most ${MOST.entry / 1_000} kB to begin with, and ${MOST.all / 1_000} kB in all`,
  find(tree) {
    if (!tree.files.has(ENTRY)) return [];
    const folder = mkdtempSync(join(tmpdir(), 'waybill-console-'));
    try {
      const { status, stderr } = spawnSync(process.execPath, [join(tree.root, 'scripts/build-console.ts'), folder]);
      if (status !== 0) return [{ file: ENTRY, message: `cannot be built: ${stderr}` }];
      return tooLarge(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function tooLarge(folder: string): Finding[] {
  const index = readFileSync(join(folder, 'index.html'), 'utf8');
  let [entry, all] = [0, 0];
  for (const name of readdirSync(join(folder, 'ui'))) {
    if (!/\.(js|css)$/.test(name)) continue;
    const { length } = gzipSync(readFileSync(join(folder, 'ui', name)), { level: 9 });
    all += length;
    if (index.includes(name)) entry += length;
  }
  const findings: Finding[] = [];
  const say = (what: string, is: number, most: number): void => {
    if (is > most) findings.push({ file: ENTRY, message: `${what} takes ${is} bytes gzipped, ${most} is the most` });
  };
  say('what is loaded first', entry, MOST.entry);
  say('the whole console', all, MOST.all);
  return findings;
}
