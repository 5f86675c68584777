/** The environment variable that tells the reporter into which file its tally goes. */
export const TALLY_FILE = 'WAYBILL_TEST_TALLY';

/** What a run of tests came to. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: Skipped[];
  /** Those that failed at first and passed when they were run again. They count as passed. */
  flaky: TestName[];
}

export interface TestName {
  readonly file: string;
  readonly test: string;
}

export interface Skipped extends TestName {
  readonly reason: string;
}

export function add(to: Tally, from: Partial<Tally>): void {
  to.passed += from.passed ?? 0;
  to.failed += from.failed ?? 0;
  to.skipped.push(...(from.skipped ?? []));
  to.flaky.push(...(from.flaky ?? []));
}

/** The line that closes a run; other programs read it. */
export function closingLine({ passed, failed, skipped }: Omit<Tally, 'flaky'>): string {
  return `${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`;
}

/** What was skipped and why, each reason once with the tests that gave it. */
export function skipList(skipped: readonly Skipped[]): string {
  const byReason = new Map<string, Skipped[]>();
  for (const each of skipped) byReason.set(each.reason, [...(byReason.get(each.reason) ?? []), each]);
  const lines: string[] = [];
  for (const [reason, tests] of byReason) {
    lines.push(`  ${reason} (${tests.length})`, ...tests.map((test) => `    ${fullName(test)}`));
  }
  return lines.join('\n');
}

/** A test that passes only when it is run again has a fault, or what it tests does. */
export function flakyList(flaky: readonly TestName[]): string {
  return flaky.map((test) => `  ${fullName(test)}`).join('\n');
}

function fullName({ file, test }: TestName): string {
  return `${file} > ${test}`;
}
