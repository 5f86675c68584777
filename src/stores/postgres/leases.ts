import type { LapsedLease, LeaseState, WorkLease } from '../../ports/store/work-store.ts';
import type { Database } from './database.ts';
import { arraysOf, bigint, statement, text, unnest, type Column } from './statement.ts';

/*
 * A job's row says who has it and until when, and stands in no index by that, so that claims and renewals move nothing
 * in any. Which jobs workers may have is known by `work_claims`: a row for all that were given out together, written
 * once and looked at again from `look_at` on. Then those jobs that have ended, or were given out anew, are taken out
 * of it, and the row goes when none is left. So a second's worth or two of jobs in it have ended, and what ends writes
 * nothing to it.
 *
 * No lease runs out before its row's `lapse_at`: renewals move it later, which the next look notes, and one that
 * shortens a lease has the rows of all be looked through from then on.
 */

/** After so many milliseconds, or twice as long as its jobs have been given out, up to the last. */
const [firstLookMs, lastLookMs] = [1_000, 10_000];
/** Rows that are looked at in one transaction, and how often in a row. */
const [looksAtOnce, mostLooks] = [500, 20];

/** Notes what is given out; `leases` has columns for the id, the token and `leased_until`. */
export function newClaim(leases: string, id: string, token: string, now: string): string {
  return `INSERT INTO work_claims (taken_at, look_at, lapse_at, job_ids, tokens)
      SELECT ${now}, ${now} + ${firstLookMs}, min(leased_until), array_agg(${id}), array_agg(${token})
      FROM ${leases} HAVING count(*) > 0`;
}

/** The ids of all jobs that workers have, and of some that they had. */
export const givenOut = 'SELECT DISTINCT unnest(job_ids) AS id FROM work_claims WHERE lapse_at >= 0';

const due = (at: string): string => `due AS MATERIALIZED (
      SELECT number, job_ids, tokens FROM work_claims WHERE ${at} <= $1::bigint ORDER BY ${at} LIMIT ${looksAtOnce}`;
const selectLapsed = statement(
  'work_lapsed',
  `WITH ${due('lapse_at')}), given AS MATERIALIZED (
      SELECT DISTINCT l.id, l.token FROM due, unnest(job_ids, tokens) AS l (id, token)
    )
    SELECT j.id AS "jobId", j.kind, g.token, j.timeout_at IS NOT NULL AND j.timeout_at <= $1::bigint AS "timedOut"
    FROM given g, LATERAL (
      SELECT id, kind, timeout_at, leased_until FROM jobs_open
      WHERE id = g.id AND work_token = g.token AND leased_until <= $1::bigint OFFSET 0
    ) j ORDER BY j.leased_until LIMIT $2`,
);
const anyDue = statement('work_claims_due', 'SELECT 1 FROM work_claims WHERE look_at <= $1::bigint LIMIT 1');
const lookAgain = statement(
  'work_claims_look',
  `WITH ${due('look_at')} FOR UPDATE SKIP LOCKED), kept AS MATERIALIZED (
      SELECT d.number, array_agg(l.id) AS ids, array_agg(l.token) AS tokens, min(j.leased_until) AS until
      FROM due d, unnest(d.job_ids, d.tokens) AS l (id, token), LATERAL (
        SELECT leased_until FROM jobs_open WHERE id = l.id AND work_token = l.token OFFSET 0
      ) j GROUP BY d.number
    ), changed AS (
      UPDATE work_claims w SET job_ids = k.ids, tokens = k.tokens, lapse_at = k.until,
        look_at = $1::bigint + least(greatest($1::bigint - taken_at, ${firstLookMs}), ${lastLookMs})
      FROM kept k WHERE w.number = ANY(ARRAY(SELECT number FROM kept)) AND w.number = k.number
    ), gone AS (
      DELETE FROM work_claims WHERE number = ANY(ARRAY(SELECT number FROM due EXCEPT SELECT number FROM kept))
    )
    SELECT 1 FROM due`,
);

/** Tokens are named by workers: one that was never given out is no live one, however large it is. */
const leaseColumns: readonly Column<WorkLease>[] = [
  text('id', ({ jobId }) => jobId),
  bigint('token', ({ token }) => token),
];
const prolong = statement(
  'work_extend',
  `WITH held AS MATERIALIZED (
      SELECT c.id, c.token, j.leased_until AS before FROM ${unnest(leaseColumns)}, LATERAL (
        SELECT leased_until FROM jobs_open WHERE id = c.id AND work_token = c.token OFFSET 0
      ) j
    ), renewed AS (
      UPDATE jobs_open w SET leased_until = least($3::bigint + $4::bigint, w.timeout_at), lease_ms = $4::bigint
      FROM held h WHERE w.id = ANY(ARRAY(SELECT id FROM held)) AND w.id = h.id AND w.work_token = h.token
        AND (w.timeout_at IS NULL OR w.timeout_at > $3::bigint)
      RETURNING w.id, w.work_token, w.leased_until, w.cancel_requested, h.before
    ), shortened AS MATERIALIZED (
      SELECT min(leased_until) AS until FROM renewed WHERE leased_until < before
    ), sooner AS (
      UPDATE work_claims SET lapse_at = (SELECT until FROM shortened) WHERE lapse_at > (SELECT until FROM shortened)
    )
    SELECT id AS "jobId", work_token AS token, leased_until AS "leasedUntil",
      COALESCE(cancel_requested, FALSE) AS "cancelRequested" FROM renewed`,
);
/** One that ends with its attempt's time was renewed later than this says. */
const selectRenewed = statement(
  'work_renewed',
  `SELECT id AS "jobId", leased_until - lease_ms AS at FROM jobs_open
    WHERE id = ANY($1::text[]) AND work_token IS NOT NULL`,
);

/** See `WorkStore.lapsed`. */
export async function lapsed(database: Database, now: number, limit: number): Promise<readonly LapsedLease[]> {
  // Asked often and mostly in vain: that is to cost no transaction that writes.
  const [found = [], due = []] = await database.snapshot([
    { statement: selectLapsed, values: [now, limit] }, { statement: anyDue, values: [now] },
  ]);
  for (let isDue = due.length > 0, looks = 0; isDue && looks < mostLooks; looks++) {
    const [looked] = await database.write([{ statement: lookAgain, values: [now] }]);
    isDue = looked?.count === looksAtOnce;
  }
  return found as readonly LapsedLease[];
}

/** See `WorkStore.renew`. */
export async function renew(
  database: Database,
  leases: readonly WorkLease[],
  { now, leaseMs }: { readonly now: number; readonly leaseMs: number },
): Promise<readonly LeaseState[]> {
  // In the order in which everyone takes these rows.
  const inOrder = leases.toSorted((a, b) => (a.jobId < b.jobId ? -1 : 1));
  const values = [...arraysOf(leaseColumns, inOrder), now, leaseMs];
  const [answer] = await database.write<LeaseState>([{ statement: prolong, values }]);
  const live = new Map((answer?.rows ?? []).map((state) => [`${state.token} ${state.jobId}`, state]));
  return leases.map(({ jobId, token }) => {
    return live.get(`${token} ${jobId}`) ?? { jobId, token, leasedUntil: null, cancelRequested: false };
  });
}

/** See `WorkStore.renewedAt`. */
export async function renewedAt(database: Database, jobIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await database.read<{ jobId: string; at: number }>(selectRenewed, [jobIds]);
  return new Map(rows.map(({ jobId, at }) => [jobId, at]));
}
