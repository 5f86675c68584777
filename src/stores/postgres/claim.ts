import { clockToleranceMs } from '../../domain/job/start.ts';
import type { ClaimedJob, ClaimOptions } from '../../ports/store/work-store.ts';
import { workKey } from '../../ports/store/work-key.ts';
import { claimBytes } from '../../ports/store/limits.ts';
import type { Database } from './database.ts';
import { sqlStates, TransactionRefused } from './failures.ts';
import { addToCounts, type CountShares } from './job-counts.ts';
import { itemsOf } from './load.ts';
import { jobBytes, jobColumns, toJob, type JobRow } from './rows.ts';
import { statement, type SqlValue } from './statement.ts';

/*
 * What is ready stands in an index in the order in which it is claimed, apart by type, and by whether a row has a slot:
 * of a limited type nothing is handed out that has none (the row was put before the limit, and `admit` takes it back
 * into the line). So the first rows are merged from a few groups. Which group has how many of them is looked up
 * without a lock, and then as many are locked in each, past those that other claims have locked: so two who claim at
 * once share what there is, and neither holds what it does not take.
 *
 * An attempt begins as `startOf` has it: that is what is stored, what its rate counts, and what its lease goes by.
 *
 * Rows are locked before their jobs, and jobs in the order of their ids, as in commits (see `commit-work.ts`).
 */
const groups = `groups AS MATERIALIZED (
      SELECT c.type, s.slot FROM unnest($1::text[]) AS c (type)
      LEFT JOIN work_types t ON t.limited AND t.name = ANY($1::text[]) AND t.name = c.type,
      (VALUES (TRUE), (FALSE)) AS s (slot)
      WHERE s.slot OR t.name IS NULL
    )`;
const ready = `FROM work WHERE type = g.type AND slot = g.slot AND kind = $2 AND stage = 'ready'
        ORDER BY priority DESC, job_id`;

const anyReady = statement(
  'work_any_ready',
  `WITH ${groups} SELECT 1 FROM groups g, LATERAL (SELECT 1 ${ready} LIMIT 1) w LIMIT 1`,
);

const claimReady = statement(
  'work_claim',
  `WITH ${groups}, quotas AS MATERIALIZED (
      SELECT type, slot, count(*) AS quota FROM (
        SELECT g.type, g.slot FROM groups g, LATERAL (SELECT priority, job_id ${ready} LIMIT $3::bigint) w
        ORDER BY w.priority DESC, w.job_id LIMIT $3::bigint
      ) first WHERE NOT $13::boolean GROUP BY type, slot
      UNION ALL SELECT type, slot, $3::bigint FROM groups WHERE $13::boolean
    ), locked AS MATERIALIZED (
      SELECT w.* FROM quotas g, LATERAL (
        SELECT job_id, type, slot, concurrency_key, priority, timeout_ms, due_at ${ready} LIMIT g.quota
        FOR UPDATE SKIP LOCKED
      ) w
    ), sized AS (
      -- The first ones, as many as one claim may hand out by their size.
      SELECT f.*, sum(s.size) OVER (ORDER BY f.priority DESC, f.job_id) AS bytes,
        row_number() OVER (ORDER BY f.priority DESC, f.job_id) AS nth
      FROM (SELECT * FROM locked ORDER BY priority DESC, job_id LIMIT $3::bigint) f, LATERAL (
        SELECT ${jobBytes} AS size FROM jobs_open WHERE id = f.job_id OFFSET 0
      ) s
    ), picked AS MATERIALIZED (
      SELECT *, CASE WHEN slot AND due_at <= $14::bigint THEN greatest($7::bigint, due_at) ELSE $7::bigint END AS start
      FROM sized WHERE bytes <= ${claimBytes} OR nth = 1 ORDER BY job_id
    ), started AS (
      UPDATE jobs_open j SET state = r.to_state, phase = 'active', version = j.version + 1, attempt = j.attempt + 1,
        lease_token = j.version + 1, lease_worker = $6, updated_at = p.start,
        started_at = COALESCE(j.started_at, p.start)
      FROM picked p, unnest($4::text[], $5::text[], $9::text[], $10::text[]) AS r (from_state, to_state, event, head)
      WHERE j.id = ANY(ARRAY(SELECT job_id FROM picked)) AND j.id = p.job_id AND j.state || '' = r.from_state
      RETURNING j.*, p.type AS work_key, p.priority, p.timeout_ms, p.slot,
        p.concurrency_key, p.start, r.from_state, r.event, r.head
    ), leased AS (
      UPDATE work w SET stage = 'leased', token = s.version, lease_ms = $8::bigint, timeout_at = s.start + w.timeout_ms,
        leased_until = s.start + least($8::bigint, w.timeout_ms)
      FROM started s WHERE w.job_id = ANY(ARRAY(SELECT job_id FROM picked)) AND w.job_id = s.id
    ), clock AS MATERIALIZED (
      -- Once all of them have begun, so that it is past whatever a row's change had to wait for.
      SELECT event_tx() AS tx FROM (SELECT count(*) FROM started) begun
    ), told AS (
      INSERT INTO domain_events (tx, occurred_at, event_type, aggregate_kind, aggregate_id, sequence, correlation_id,
        actor, payload)
      SELECT (SELECT tx FROM clock), start, event, $2, id, version, id, $6, head || attempt || $11 FROM started
    ), begun AS (
      INSERT INTO work_starts (type, concurrency_key, at)
      SELECT s.work_key, s.concurrency_key, s.start FROM started s
      JOIN work_types t ON t.name = ANY($1::text[]) AND t.name = s.work_key
      WHERE s.slot AND (t.rate_count IS NOT NULL OR (t.key_rate_count IS NOT NULL AND s.concurrency_key <> ''))
    ), differences AS MATERIALIZED (
      SELECT $2 AS kind, n.type, s.state COLLATE "C" AS state, s.phase, FALSE AS ended, $12::integer AS share,
        sum(s.sign * n.count) AS count
      FROM (
        SELECT type, from_state, state, count(*) AS count FROM started GROUP BY type, from_state, state
      ) n, LATERAL (
        VALUES (n.from_state, 'waiting', -1), (n.state, 'active', 1)
      ) AS s (state, phase, sign)
      GROUP BY n.type, s.state COLLATE "C", s.phase ORDER BY n.type, state
    ), ${addToCounts('differences')}
    SELECT ${jobColumns}, priority, start + timeout_ms AS "timeoutAt",
      start + least($8::bigint, timeout_ms) AS "leasedUntil"
    FROM started`,
);

interface Row extends JobRow {
  readonly priority: number;
  readonly timeoutAt: number | null;
  readonly leasedUntil: number;
}

/** Claims of one store. */
export class Claims {
  readonly #database: Database;
  readonly #shares: CountShares;
  /** Workers ask often, and those of an idle server in vain: then they look before they claim. */
  #isBusy = false;

  constructor(database: Database, shares: CountShares) {
    this.#database = database;
    this.#shares = shares;
  }

  async claim(options: ClaimOptions): Promise<readonly ClaimedJob[]> {
    const { kind } = options;
    const types = options.types.map((type) => workKey(kind, type));
    const isAnyReady = async (): Promise<boolean> =>
      (await this.#database.read(anyReady, [types, kind])).length > 0;
    if (!this.#isBusy && options.likely !== true && !(await isAnyReady())) return [];
    let rows = await this.#take(options, false);
    // Those that come first may all be locked by other claims, while there are others.
    if (rows.length === 0 && (await isAnyReady())) rows = await this.#take(options, true);
    this.#isBusy = rows.length > 0;
    const items = await itemsOf(this.#database, rows);
    return rows
      .toSorted((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1))
      .map((row) => {
        const { leasedUntil, timeoutAt } = row;
        return { job: toJob(row, items.get(row.id) ?? []), leasedUntil, timeoutAt };
      });
  }

  /** `thorough`: locks as many of each group as are wanted of all, and so finds any that is free. */
  async #take(options: ClaimOptions, thorough: boolean): Promise<readonly Row[]> {
    const { kind, claims, types, limit, workerId, now, leaseMs } = options;
    const froms = claims.map(({ from }) => from);
    const tos = claims.map(({ to }) => to);
    const events = claims.map(({ event }) => event);
    // The event's body, around the number that each job has for itself.
    const heads = claims.map(
      ({ to, event }) => `{"type":${JSON.stringify(event)},"state":${JSON.stringify(to)},"attempt":`,
    );
    const tail = `,"workerId":${JSON.stringify(workerId)}}`;
    for (let attempt = 1; ; attempt++) {
      try {
        const [answer] = await this.#shares.use((share) => {
          const rest: SqlValue[] = [
            workerId, now, leaseMs, events, heads, tail, share, thorough, now + clockToleranceMs,
          ];
          const values = [types.map((type) => workKey(kind, type)), kind, limit, froms, tos, ...rest];
          return this.#database.write<Row>([{ statement: claimReady, values }]);
        });
        return answer?.rows ?? [];
      } catch (error) {
        const isInTheWay = error instanceof TransactionRefused && inTheWay.has(error.code);
        if (!isInTheWay || attempt === maxAttempts) throw error;
      }
    }
  }
}

const maxAttempts = 5;
/** A job that has just been moved, or somebody who waits for what this has: tried again. */
const inTheWay: ReadonlySet<string> = new Set([sqlStates.serializationFailure, sqlStates.deadlock]);
