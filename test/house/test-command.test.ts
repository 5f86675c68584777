import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { closingLine } from '../../scripts/test-run/tally.ts';
import { folderWith } from './fixture.ts';
import { start } from './program.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A repository with this one's test command and other tests. */
function repository(tests: Record<string, string>): string {
  const config = "export default { test: { pool: 'forks', include: ['test/**/*.test.ts'] } };";
  const root = folderWith({ 'package.json': '{ "type": "module" }', 'vitest.config.ts': config, ...tests });
  cpSync(join(ROOT, 'scripts'), join(root, 'scripts'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  return root;
}

async function runTests(root: string, ...filters: string[]): Promise<{ status: number | null; lines: string[] }> {
  const { status, stdout } = await start(['scripts/test.ts', ...filters], root).ended;
  return { status, lines: stdout.trimEnd().split('\n') };
}

const BASE = "import { beforeAll, describe, expect, test } from 'vitest';\n";

describe('npm test', () => {
  test('counts every sort of failure, lists what was skipped and why, and closes with the counts', async () => {
    const root = repository({
      'test/mixed.test.ts': [
        BASE,
        "test('good', () => expect(1).toBe(1));",
        "test('bad', () => expect(1).toBe(2));",
        "test('away', (ctx) => ctx.skip('no engine answers'));",
        "describe('suite', () => {",
        "  beforeAll(() => { throw new Error('hook'); });",
        "  test('never ran', () => {});",
        '});',
        "test('loose', () => void Promise.reject(new Error('loose')));",
      ].join('\n'),
      'test/broken.test.ts': "import './gone.ts';",
    });
    const { status, lines } = await runTests(root, 'test/');
    expect(status).toBe(1);
    // Failed: bad, the hook, the loose rejection, the file that does not load.
    expect(lines.at(-1)).toBe('2 passed, 4 failed, 2 skipped');
    expect(lines).toContain('  no engine answers (1)');
    expect(lines).toContain('    test/mixed.test.ts > away');
    expect(lines).toContain('  what it needs failed, see above (1)');
  });

  test('succeeds when every test does, and runs only those that its arguments choose', async () => {
    const root = repository({
      'test/good.test.ts': `${BASE}test('good', () => expect(1).toBe(1)); test('other', () => expect(1).toBe(2));`,
      'test/bad.test.ts': `${BASE}test('bad', () => expect(1).toBe(2));`,
    });
    const { status, lines } = await runTests(root, 'test/good', '-t', 'good');
    expect(lines.at(-1)).toBe('1 passed, 0 failed');
    expect(status).toBe(0);
  });

  test('names the tests that passed only when they were run again, which a project may allow', async () => {
    const root = repository({
      'test/flaky.test.ts': [
        BASE,
        'let tries = 0;',
        "test('moody', { retry: 1 }, () => expect(++tries).toBe(2));",
        "test('steady', { retry: 1 }, () => expect(1).toBe(1));",
      ].join('\n'),
    });
    const { status, lines } = await runTests(root, 'test/flaky');
    expect(lines.slice(-4)).toEqual([
      'Passed at a second try:', '  test/flaky.test.ts > moody', '', '2 passed, 0 failed',
    ]);
    expect(status).toBe(0);
  });

  test('fails when nothing ran', async () => {
    const { status, lines } = await runTests(repository({}), 'test/none');
    expect(lines.at(-1)).toBe('0 passed, 1 failed');
    expect(status).toBe(1);
  });
});

test('the closing line names what was skipped only when something was', () => {
  const skipped = [{ file: 'a', test: 'b', reason: 'c' }];
  expect(closingLine({ passed: 3, failed: 0, skipped: [] })).toBe('3 passed, 0 failed');
  expect(closingLine({ passed: 3, failed: 1, skipped })).toBe('3 passed, 1 failed, 1 skipped');
});
