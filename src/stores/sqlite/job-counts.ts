import type { JobChange } from '../../ports/store/commit.ts';
import type { Phase } from '../../domain/lifecycle.ts';
import type { SqliteDriver } from './driver.ts';

/** One sort of jobs that lists and counts tell apart. */
export interface JobGroup {
  readonly kind: string;
  readonly state: string;
  readonly phase: Phase;
  /** 1: jobs in this state have ended. */
  readonly ended: 0 | 1;
  readonly count: number;
}

const addToCount = `INSERT INTO job_counts (kind, state, phase, ended, count) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (kind, state) DO UPDATE SET count = count + excluded.count`;
const takeFromCount = 'UPDATE job_counts SET count = count - ? WHERE kind = ? AND state = ?';

/** Keeps the counts with the jobs: a handful of updates for a whole commit, since its changes are summed first. */
export function countJobs(driver: SqliteDriver, changes: readonly JobChange[]): void {
  const entered = new Map<string, { job: JobChange['job']; count: number }>();
  const left = new Map<string, { kind: string; state: string; count: number }>();
  for (const { job, before } of changes) {
    const { kind, state } = job;
    if (before?.state === state) continue;
    const group = `${kind} ${state}`;
    entered.set(group, { job, count: (entered.get(group)?.count ?? 0) + 1 });
    if (before === null) continue;
    const groupBefore = `${kind} ${before.state}`;
    left.set(groupBefore, { kind, state: before.state, count: (left.get(groupBefore)?.count ?? 0) + 1 });
  }
  for (const { job: { kind, state, phase, endedAt }, count } of entered.values()) {
    driver.run(addToCount, [kind, state, phase, endedAt === null ? 0 : 1, count]);
  }
  for (const { kind, state, count } of left.values()) driver.run(takeFromCount, [count, kind, state]);
}

/** Every sort of job that was ever there. */
export function jobGroups(driver: SqliteDriver): JobGroup[] {
  return driver.all<JobGroup>('SELECT kind, state, phase, ended, count FROM job_counts');
}
