import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, TestSuite, Vitest } from 'vitest/node';
import { TALLY_FILE } from './tally.ts';
import type { Skipped, Tally } from './tally.ts';

const NO_REASON = 'no reason was given';
const SUITE_FAILED = 'what it needs failed, see above';

/** Counts for the closing line what Vitest's own reporter, next to it, tells in full. */
export default class TallyReporter implements Reporter {
  #hasNamePattern = false;

  onInit(vitest: Vitest): void {
    this.#hasNamePattern = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    // An error outside a test (an unhandled rejection, a failing hook, a file that does not load) is a failure too.
    const tally: Tally = { passed: 0, failed: errors.length, skipped: [], flaky: [] };
    for (const module of modules) {
      tally.failed += brokenSuites(module);
      for (const test of module.children.allTests()) count(tally, module, test);
    }
    // Tests that `-t` did not choose are reported like those that nobody gave a reason for.
    if (this.#hasNamePattern) tally.skipped = tally.skipped.filter(({ reason }) => reason !== NO_REASON);
    const file = process.env[TALLY_FILE];
    if (file !== undefined) writeFileSync(file, JSON.stringify(tally));
  }
}

function count(tally: Tally, module: TestModule, test: TestCase): void {
  const result = test.result();
  if (result.state === 'passed') tally.passed += 1;
  else if (result.state === 'failed') tally.failed += 1;
  else tally.skipped.push(skipOf(module, test));
  if (test.diagnostic()?.flaky === true) tally.flaky.push({ file: module.relativeModuleId, test: test.fullName });
}

function skipOf(module: TestModule, test: TestCase): Skipped {
  const result = test.result();
  const note = result.state === 'skipped' ? result.note : undefined;
  const reason = note ?? (isBroken(module, test) ? SUITE_FAILED : NO_REASON);
  return { file: module.relativeModuleId, test: test.fullName, reason };
}

function isBroken(module: TestModule, test: TestCase): boolean {
  for (let at: TestModule | TestSuite = test.parent; ; at = at.parent) {
    if (at.errors().length > 0) return true;
    if (at.type === 'module') return module.errors().length > 0;
  }
}

function brokenSuites(module: TestModule): number {
  const suites = [...module.children.allSuites()].filter((suite) => suite.errors().length > 0).length;
  return suites + (module.errors().length > 0 ? 1 : 0);
}
