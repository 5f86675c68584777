import type { JobChange } from '../../ports/store/commit.ts';
import type { Phase } from '../../domain/lifecycle.ts';
import type { SqliteDriver } from './driver.ts';

/** One sort of jobs that lists and counts tell apart. */
export interface JobGroup {
  readonly kind: string;
  readonly state: string;
  readonly phase: Phase;
  readonly count: number;
}

const addToCount = `INSERT INTO job_counts (kind, state, phase, count) VALUES (?, ?, ?, ?)
  ON CONFLICT (kind, state) DO UPDATE SET count = count + excluded.count`;
const takeFromCount = 'UPDATE job_counts SET count = count - ? WHERE kind = ? AND state = ?';

/** Keeps the counts with the jobs: a handful of updates for a whole commit, since its changes are summed first. */
export function countJobs(driver: SqliteDriver, changes: readonly JobChange[]): void {
  const added = new Map<string, { kind: string; state: string; phase: Phase; count: number }>();
  const taken = new Map<string, { kind: string; state: string; count: number }>();
  for (const { job: { kind, state, phase }, before } of changes) {
    if (before?.state === state) continue;
    const name = `${kind} ${state}`;
    const sum = added.get(name);
    if (sum === undefined) added.set(name, { kind, state, phase, count: 1 });
    else sum.count += 1;
    if (before === null) continue;
    const left = `${kind} ${before.state}`;
    const rest = taken.get(left);
    if (rest === undefined) taken.set(left, { kind, state: before.state, count: 1 });
    else rest.count += 1;
  }
  for (const { kind, state, phase, count } of added.values()) driver.run(addToCount, [kind, state, phase, count]);
  for (const { kind, state, count } of taken.values()) driver.run(takeFromCount, [count, kind, state]);
}

/** Every sort of job that was ever there. */
export function jobGroups(driver: SqliteDriver): JobGroup[] {
  return driver.all<JobGroup>('SELECT kind, state, phase, count FROM job_counts');
}
