import type { Job } from '../../domain/job/job.ts';
import type { Phase } from '../../domain/lifecycle.ts';
import type { JobChange } from '../../ports/store/commit.ts';
import { arraysOf, bigint, boolean, integer, statement, text, unnest, type Call, type Column } from './statement.ts';

type Counted = Pick<Job, 'state' | 'phase' | 'endedAt'>;

interface Difference {
  readonly kind: string;
  readonly type: string;
  readonly state: string;
  readonly phase: Phase;
  readonly ended: boolean;
  readonly share: number;
  count: number;
}

const columns: readonly Column<Difference>[] = [
  text('kind', ({ kind }) => kind),
  text('type', ({ type }) => type),
  text('state', ({ state }) => state),
  text('phase', ({ phase }) => phase),
  boolean('ended', ({ ended }) => ended),
  integer('share', ({ share }) => share),
  bigint('count', ({ count }) => count),
];

/**
 * As data-modifying parts of a WITH: adds up what `differences` names, by kind, type, state, phase, ended, share and
 * count, one row of each group. Groups that were never counted become known to lists.
 */
export function addToCounts(differences: string): string {
  return `known AS (
      INSERT INTO job_groups (kind, type, state, phase, ended)
      SELECT c.kind, c.type, c.state, c.phase, c.ended FROM ${differences} c WHERE NOT EXISTS (
        SELECT 1 FROM job_groups g WHERE g.kind = c.kind AND g.type = c.type AND g.state = c.state OFFSET 0
      ) ON CONFLICT DO NOTHING
    ), counted AS (
      INSERT INTO job_counts (kind, type, state, share, count)
      SELECT c.kind, c.type, c.state, c.share, c.count FROM ${differences} c
      ON CONFLICT (kind, type, state, share) DO UPDATE SET count = job_counts.count + excluded.count
    )`;
}

const add = statement(
  'job_counts_add',
  `WITH differences AS MATERIALIZED (SELECT * FROM ${unnest(columns)}), ${addToCounts('differences')} SELECT 1`,
);

/** What has been added to a group since the beginning stands in so many rows: as many may add to it at once. */
const shares = 64;

/**
 * Shares for what one store writes at the same time: two transactions that add to one row wait for each other, the
 * disk included. Those of different servers take the same one seldom.
 */
export class CountShares {
  readonly #first = Math.floor(Math.random() * shares);
  readonly #used = new Set<number>();

  async use<T>(work: (share: number) => Promise<T>): Promise<T> {
    let place = 0;
    while (this.#used.has(place)) place += 1;
    this.#used.add(place);
    try {
      return await work((this.#first + place) % shares);
    } finally {
      this.#used.delete(place);
    }
  }
}

/** Keeps the counts with the jobs: one statement for a commit, over what its changes sum up to. */
export function countJobs(changes: readonly JobChange[], share: number): Call[] {
  const sums = new Map<string, Difference>();
  const count = ({ kind, type }: Job, { state, phase, endedAt }: Counted, difference: number): void => {
    const name = `${kind}\0${type}\0${state}`;
    const sum = sums.get(name);
    if (sum !== undefined) sum.count += difference;
    else sums.set(name, { kind, type, state, phase, ended: endedAt !== null, share, count: difference });
  };
  for (const { job, before } of changes) {
    if (before?.state === job.state) continue;
    count(job, job, 1);
    if (before !== null) count(job, before, -1);
  }
  const moved = [...sums].filter(([, { count: sum }]) => sum !== 0).sort(([a], [b]) => (a < b ? -1 : 1));
  if (moved.length === 0) return [];
  return [{ statement: add, values: arraysOf(columns, moved.map(([, difference]) => difference)) }];
}
