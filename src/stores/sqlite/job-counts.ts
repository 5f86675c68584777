import type { JobChange } from '../../ports/store/commit.ts';
import type { Job } from '../../domain/job/job.ts';
import type { Phase } from '../../domain/lifecycle.ts';
import type { SqliteDriver } from './driver.ts';

/** One sort of jobs that lists and counts tell apart. */
export interface JobGroup {
  readonly kind: string;
  readonly type: string;
  readonly state: string;
  readonly phase: Phase;
  /** 1: jobs in this state have ended. */
  readonly ended: 0 | 1;
}

const addToCount = `INSERT INTO job_counts (kind, type, state, phase, ended, count) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (kind, type, state) DO UPDATE SET count = count + excluded.count`;
const takeFromCount = 'UPDATE job_counts SET count = count - ? WHERE kind = ? AND type = ? AND state = ?';

/** Sums what one transaction moves, so that the counts cost it a handful of updates. */
export class JobCounter {
  readonly #entered = new Map<string, { readonly group: JobGroup; count: number }>();
  readonly #left = new Map<string, { readonly group: Pick<JobGroup, 'kind' | 'type' | 'state'>; count: number }>();

  entered(group: JobGroup, count = 1): void {
    add(this.#entered, group, count);
  }

  left(group: Pick<JobGroup, 'kind' | 'type' | 'state'>, count = 1): void {
    add(this.#left, group, count);
  }

  write(driver: SqliteDriver): void {
    for (const { group: { kind, type, state, phase, ended }, count } of this.#entered.values()) {
      driver.run(addToCount, [kind, type, state, phase, ended, count]);
    }
    for (const { group: { kind, type, state }, count } of this.#left.values()) {
      driver.run(takeFromCount, [count, kind, type, state]);
    }
  }
}

function add<G extends Pick<JobGroup, 'kind' | 'type' | 'state'>>(
  to: Map<string, { readonly group: G; count: number }>,
  group: G,
  count: number,
): void {
  const name = `${group.kind} ${group.state} ${group.type}`;
  const known = to.get(name);
  if (known === undefined) to.set(name, { group, count });
  else known.count += count;
}

/** Keeps the counts with the jobs of a commit. */
export function countJobs(driver: SqliteDriver, changes: readonly JobChange[]): void {
  const counter = new JobCounter();
  for (const { job, before } of changes) {
    if (before?.state === job.state) continue;
    counter.entered(groupOf(job));
    if (before !== null) counter.left({ kind: job.kind, type: job.type, state: before.state });
  }
  counter.write(driver);
}

function groupOf({ kind, type, state, phase, endedAt }: Job): JobGroup {
  return { kind, type, state, phase, ended: endedAt === null ? 0 : 1 };
}
