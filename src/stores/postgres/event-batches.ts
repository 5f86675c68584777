import type { Commit } from '../../ports/store/commit.ts';
import { batchesInRow, correlatedJobs, packEvents, type CorrelatedJob } from '../../ports/store/event-batch.ts';
import { arraysOf, insertAll, statement, text, type Call, type Column } from './statement.ts';

/*
 * The events of a commit are written first, in one row, whose number its jobs then take down. A job keeps the numbers
 * of its newest batches in its own row, so that a commit appends to short lists only; those before go to a row beside
 * it.
 */

/** The number of the row that this transaction has written its events into, as the list of a job's batches. */
export const newBatch = "ARRAY[currval('event_batch_numbers')]";

/** The list of a job's batches with that number; of one that is full, `moveFullLists` has been called before. */
export const withNewBatch = (list: string): string =>
  `CASE WHEN cardinality(${list}) < ${batchesInRow} THEN ${list} || ${newBatch} ELSE ${newBatch} END`;

const append = statement(
  'events_append',
  `INSERT INTO event_batches (tx, count, keys, lines)
    SELECT pg_current_xact_id()::text::bigint + shift, $1::integer, $2, $3 FROM event_clock WHERE id = 1`,
);
const moveFull = statement(
  'event_batches_move',
  `INSERT INTO earlier_event_batches (job_id, upto, batches)
    SELECT id, version, event_batches FROM jobs
    WHERE id = ANY($1::text[]) AND cardinality(event_batches) >= ${batchesInRow}`,
);

const correlationColumns: readonly Column<CorrelatedJob>[] = [
  text('correlation_id', ({ correlationId }) => correlationId),
  text('job_id', ({ jobId }) => jobId),
];
const correlate = statement(
  'event_correlations_add', insertAll('event_correlations', correlationColumns, 'ON CONFLICT DO NOTHING'),
);

/** The lines of a batch as a table `l` (key, line, place). */
export const linesOf = (batch: string): string =>
  `unnest(string_to_array(${batch}.keys, E'\\n'), string_to_array(${batch}.lines, E'\\n'))
          WITH ORDINALITY AS l (key, line, place)`;
/** What a key of `l` says, unless it is empty. */
export const ofKey = {
  sequence: "split_part(l.key, ' ', 1)::integer",
  jobId: "substr(l.key, strpos(l.key, ' ') + 1)",
} as const;

/** To be put before what writes the jobs. */
export function appendEvents({ events, jobs }: Commit): Call[] {
  if (events.length + jobs.length === 0) return [];
  const { count, keys, lines } = packEvents(events, jobs);
  const calls: Call[] = [{ statement: append, values: [count, keys, lines] }];
  // No list is longer than its job has events.
  const long = jobs.flatMap(({ job, expectedVersion }) => (expectedVersion >= batchesInRow ? [job.id] : []));
  if (long.length > 0) calls.push({ statement: moveFull, values: [long.toSorted()] });
  const correlated = correlatedJobs(events);
  if (correlated.length > 0) calls.push({ statement: correlate, values: arraysOf(correlationColumns, correlated) });
  return calls;
}

/**
 * Parts of a WITH: takes the events of the jobs in `gone` (with `id` and `event_batches`) out of their batches, and
 * deletes the batches of which nothing is left.
 */
export function forgetEvents(gone: string): string {
  return `forgotten AS MATERIALIZED (
      SELECT unnest(event_batches) AS number FROM ${gone}
      UNION SELECT unnest(batches) FROM earlier_event_batches WHERE job_id = ANY(ARRAY(SELECT id FROM ${gone}))
    ), batches AS MATERIALIZED (
      SELECT number, keys, lines FROM event_batches WHERE number = ANY(ARRAY(SELECT number FROM forgotten))
      ORDER BY number FOR UPDATE
    ), blanked AS MATERIALIZED (
      SELECT number, count(*) FILTER (WHERE NOT is_blank) AS count,
        string_agg(CASE WHEN is_blank THEN '' ELSE key END, E'\\n' ORDER BY place) AS keys,
        string_agg(CASE WHEN is_blank THEN '' ELSE line END, E'\\n' ORDER BY place) AS lines
      FROM (
        SELECT b.number, l.key, l.line, l.place, l.key = '' OR g.id IS NOT NULL AS is_blank
        FROM batches b, ${linesOf('b')} LEFT JOIN ${gone} g ON g.id = ${ofKey.jobId}
      ) lines GROUP BY number
    ), rewritten AS (
      UPDATE event_batches b SET count = n.count, keys = n.keys, lines = n.lines FROM blanked n
      WHERE b.number = ANY(ARRAY(SELECT number FROM blanked WHERE count > 0)) AND b.number = n.number
    ), emptied AS (
      DELETE FROM event_batches WHERE number = ANY(ARRAY(SELECT number FROM blanked WHERE count = 0))
    ), correlations AS (
      DELETE FROM event_correlations WHERE job_id = ANY(ARRAY(SELECT id FROM ${gone}))
    ), earlier AS (
      DELETE FROM earlier_event_batches WHERE job_id = ANY(ARRAY(SELECT id FROM ${gone}))
    )`;
}
