import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { rememberingPrograms } from '../imaging/remembered.ts';
import { startTestServer } from '../server/server.ts';
import { needsPython, run, sdkFolder } from './python.ts';

const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');
const guide = readFileSync(join(root, 'docs/guides/python.md'), 'utf8');

/** The blocks in their order: of Python, with the name of the file that the text before it has, if any. */
const blocks = [...guide.matchAll(/```(sh|python)\n(.*?)```/gs)].map(({ 1: language = '', 2: text = '', index }) => {
  const [last = ''] = guide.slice(0, index).trimEnd().split('\n\n').slice(-1);
  const file = language === 'python' ? (/^`(\w+\.py)`/.exec(last)?.[1] ?? null) : null;
  return { language, text, file };
});

/**
 * In place of `pip install`, which downloads setuptools: `package.test.ts` has that. To bring pip into an environment
 * takes as long as all else that the guide does.
 */
const withoutPip = 'python3() { command python3 "$@" --without-pip; }\n';
const pip =
  `pip() { echo ${sdkFolder}src > "$(python -c 'import site; print(site.getsitepackages()[0])')/waybill.pth"; }\n`;

test('the guide to Python is followed as it is printed', { timeout: 150_000 }, async (context) => {
  needsPython(context);
  const hasVenv = spawnSync('python3', ['-c', 'import venv']).status === 0;
  context.skip(!hasVenv, 'python3 has no venv on this machine');
  const folder = mkdtempSync(join(tmpdir(), 'waybill-guide-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  vi.stubEnv('NODE_OPTIONS', rememberingPrograms);
  onTestFinished(() => void vi.unstubAllEnvs());
  const server = await startTestServer({ WAYBILL_WORKERS: 'images' });
  const script = blocks.map(({ language, text, file }, index) => {
    if (language === 'sh') return text.replaceAll('http://127.0.0.1:8787', server.url);
    const name = file ?? `block_${index}.py`;
    writeFileSync(join(folder, name), text);
    return file === null ? `python ${name}\n` : '';
  });
  const { status, stdout, stderr } = await run('bash', ['-c', `set -e\n${withoutPip}${pip}${script.join('\n')}`], {
    cwd: folder, timeoutMs: 140_000, env: { WAYBILL: root },
  });
  expect(status, stdout + stderr).toBe(0);
  expect(stdout).toContain("https://files.example/all/bowl.jpg\n['upload'] in attempt 2\n");
  expect(stdout).toContain("Published(url='https://files.example/kept') (4, 5)\n");
  expect(stdout).toContain("['https://files.example/a'] 2");
  expect(stdout).toMatch(/done \{'done': 1, 'failed': 0, 'total': 1, 'percent': 100\}\n\d{4,} bytes\n/);
  expect(stdout).toMatch(/bowl\.png/);
});
