/**
 * `npm test`: types, the rules of the house, and the tests. With arguments only the tests that they choose
 * (`npm test -- test/stores`). Closes with the line `N passed, N failed`, and `, N skipped` when some were. Tests that
 * passed only when they were run again are listed before it.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChecks } from './check/run.ts';
import { run } from './run-program.ts';
import { add, closingLine, flakyList, skipList } from './test-run/tally.ts';
import type { Tally } from './test-run/tally.ts';
import { runVitest } from './test-run/vitest.ts';

const rootUrl = new URL('..', import.meta.url);
const root = fileURLToPath(rootUrl);
const filters = process.argv.slice(2);
const total: Tally = { passed: 0, failed: 0, skipped: [], flaky: [] };

async function checkTypes(): Promise<Partial<Tally>> {
  // Several checkers check much of it once each: twice the processor time, for no less of anything else's.
  const args = [join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '--checkers', '1'];
  const status = await run(process.execPath, args, root, { GOGC: '400' });
  process.stdout.write(`${status === 0 ? '✓' : '✗'} types (tsc --noEmit)\n`);
  return status === 0 ? { passed: 1 } : { failed: 1 };
}

if (filters.length === 0) {
  // In a process of its own, which goes on while this one looks at the rules.
  const types = checkTypes();
  add(total, runChecks(rootUrl));
  add(total, await types);
}
add(total, await runVitest(root, filters));

if (total.skipped.length > 0) process.stdout.write(`\nSkipped:\n${skipList(total.skipped)}\n`);
if (total.flaky.length > 0) process.stdout.write(`\nPassed at a second try:\n${flakyList(total.flaky)}\n`);
if (total.passed + total.failed === 0) process.stdout.write('\nNothing ran.\n');
process.stdout.write(`\n${closingLine(total)}\n`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
