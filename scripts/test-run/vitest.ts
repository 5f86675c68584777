import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../run-program.ts';
import { bundlePrograms } from './programs.ts';
import { TALLY_FILE } from './tally.ts';
import type { Tally } from './tally.ts';

/** Kept from run to run: what Node makes of TypeScript files, which takes longer than anything else that they do. */
const COMPILED = 'node_modules/.cache/waybill-test/compiled';
const REPORTER = 'scripts/test-run/tally-reporter.ts';

/** Runs the tests of every project. `filters` are Vitest's own arguments: files, `-t name`, `--project name`. */
export async function runVitest(root: string, filters: readonly string[]): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-test-'));
  const file = join(folder, 'tally.json');
  const args = ['run', '--reporter=default', `--reporter=./${REPORTER}`, ...filters];
  try {
    const programs = await bundlePrograms(root);
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const status = await run(process.execPath, [vitest, ...args], root, {
      [TALLY_FILE]: file,
      NODE_COMPILE_CACHE: join(root, COMPILED),
      // For test/cli/program-file.ts.
      ...(programs === null ? {} : { WAYBILL_TEST_PROGRAMS: programs }),
    });
    return readTally(file, status);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A run that ends without a count, or with a failure that the count does not show, is itself one. */
function readTally(file: string, status: number): Tally {
  let tally: Tally;
  try {
    tally = JSON.parse(readFileSync(file, 'utf8')) as Tally;
  } catch {
    process.stdout.write(`Vitest ended without a result (exit ${status})\n`);
    return { passed: 0, failed: 1, skipped: [], flaky: [] };
  }
  if (status !== 0 && tally.failed === 0) tally.failed = 1;
  return tally;
}
