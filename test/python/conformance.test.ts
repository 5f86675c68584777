import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { programFile } from '../cli/program-file.ts';
import { openTestServer } from '../server/server.ts';
import { needsPython, python, sdkFolder } from './python.ts';

/** One file each, and nothing in common but the server. */
const suites = readdirSync(join(sdkFolder, 'tests')).filter((name) => /^test_\w+\.py$/.test(name));

describe.concurrent('the Python SDK conforms', () => {
  let server: Awaited<ReturnType<typeof openTestServer>>;

  beforeAll(async () => {
    // Each test has a type of its own, and may be tried again.
    server = await openTestServer({ TYPES_PER_OWNER: '1000' });
  });
  afterAll(() => server.remove());

  test.for(suites)('as %s says', { timeout: 300_000 }, async (suite, context) => {
    needsPython(context);
    const { status, stderr } = await python(['-m', 'unittest', '-v', `tests.${suite.replace('.py', '')}`], {
      env: {
        WAYBILL_TEST_SERVER: server.url,
        // For those that kill a server of their own.
        WAYBILL_TEST_PROGRAM: JSON.stringify([process.execPath, programFile]),
      },
    });
    expect(status, stderr).toBe(0);
    const ran = /^Ran (\d+) tests? in/m.exec(stderr)?.[1];
    expect(Number(ran), stderr).toBeGreaterThan(0);
    // Here they have all that they need; without pydantic, say so.
    const skipped = [...stderr.matchAll(/skipped (.*)$/gm)].map(([, reason = '']) => reason);
    expect(skipped.filter((reason) => !reason.includes('pydantic'))).toEqual([]);
  });
});
