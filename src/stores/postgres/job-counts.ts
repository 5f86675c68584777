import type { Job } from '../../domain/job/job.ts';
import type { Phase } from '../../domain/lifecycle.ts';
import type { JobChange } from '../../ports/store/commit.ts';
import { arraysOf, bigint, boolean, insertAll, integer, statement, text, type Call, type Column } from './statement.ts';

type Counted = Pick<Job, 'state' | 'phase' | 'endedAt'>;

interface Difference {
  readonly kind: string;
  readonly state: string;
  readonly phase: Phase;
  readonly ended: boolean;
  readonly share: number;
  count: number;
}

const columns: readonly Column<Difference>[] = [
  text('kind', ({ kind }) => kind),
  text('state', ({ state }) => state),
  text('phase', ({ phase }) => phase),
  boolean('ended', ({ ended }) => ended),
  integer('share', ({ share }) => share),
  bigint('count', ({ count }) => count),
];
const add = statement(
  'job_counts_add',
  insertAll(
    'job_counts',
    columns,
    'ON CONFLICT (kind, state, share) DO UPDATE SET count = job_counts.count + excluded.count',
  ),
);

/** Each store adds to one of so many shares: as many servers commit without waiting for one row. */
export const countShares = 64;

/** Keeps the counts with the jobs: one statement for a commit, over what its changes sum up to. */
export function countJobs(changes: readonly JobChange[], share: number): Call[] {
  const sums = new Map<string, Difference>();
  const count = (kind: string, { state, phase, endedAt }: Counted, difference: number): void => {
    const name = `${kind} ${state}`;
    const sum = sums.get(name);
    if (sum !== undefined) sum.count += difference;
    else sums.set(name, { kind, state, phase, ended: endedAt !== null, share, count: difference });
  };
  for (const { job, before } of changes) {
    if (before?.state === job.state) continue;
    count(job.kind, job, 1);
    if (before !== null) count(job.kind, before, -1);
  }
  const moved = [...sums].filter(([, { count: sum }]) => sum !== 0).sort(([a], [b]) => (a < b ? -1 : 1));
  if (moved.length === 0) return [];
  return [{ statement: add, values: arraysOf(columns, moved.map(([, difference]) => difference)) }];
}
