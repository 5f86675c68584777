import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { makeFolder } from './program.ts';
import { programFile } from './program-file.ts';

const guide = (name: string): string => readFileSync(new URL(`../../docs/guides/${name}.md`, import.meta.url), 'utf8');

/** The blocks of a guide, one after the other in one shell, in a folder of their own. */
function runBlocks(name: string, env: Readonly<Record<string, string>> = {}) {
  const folder = makeFolder();
  const blocks = [...guide(name).matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
  expect(blocks.length).toBeGreaterThan(0);
  const waybill = `waybill() { '${process.execPath}' '${programFile}' "$@"; }\n`;
  const ran = spawnSync('bash', ['-euo', 'pipefail', '-c', waybill + blocks.join('\n')], {
    cwd: folder.path, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: folder.path, ...env },
  });
  folder.remove();
  return ran;
}

test('the secrets of the guide to production are those that a server needs', () => {
  const { status, stdout, stderr } = runBlocks('production', { PORT: '0' });
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toContain('No check failed, 0 warnings.');
});
