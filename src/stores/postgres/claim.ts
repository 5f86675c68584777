import { clockToleranceMs } from '../../domain/job/start.ts';
import type { ClaimedJob, ClaimOptions } from '../../ports/store/work-store.ts';
import { workKey } from '../../ports/store/work-key.ts';
import { claimBytes } from '../../ports/store/limits.ts';
import { ClaimFronts, type Front } from './claim-fronts.ts';
import type { Database } from './database.ts';
import { sqlStates, TransactionRefused } from './failures.ts';
import { addToCounts, type CountShares } from './job-counts.ts';
import { newClaim } from './leases.ts';
import { itemsOf } from './load.ts';
import { jobBytes, jobColumns, storedJobColumns, toJob, type JobRow } from './rows.ts';
import { statement, type SqlValue } from './statement.ts';

/*
 * What is ready stands in an index in the order in which it is claimed, apart by type, and by whether a row has a slot:
 * of a limited type nothing is handed out that has none (the row was put before the limit, and `admit` takes it back
 * into the line). So the first rows are merged from a few groups. Which group has how many of them is looked up
 * without a lock, and then as many are locked in each, past those that other claims have locked: so two who claim at
 * once share what there is, and neither holds what it does not take.
 *
 * A row that was claimed stays where it is in that index, so that its claim moves nothing in any, and PostgreSQL keeps
 * the row's new version on its page. Where nothing is left but such rows in front is remembered: see `claim-fronts.ts`.
 *
 * An attempt begins as `startOf` has it: that is what is stored, what its rate counts, and what its lease goes by.
 */
const groups = `groups AS MATERIALIZED (
      SELECT c.type, c.rank, c.id, s.slot FROM unnest($1::text[], $2::integer[], $3::text[]) AS c (type, rank, id)
      LEFT JOIN work_types t ON t.limited AND t.name = ANY($1::text[]) AND t.name = c.type,
      (VALUES (TRUE), (FALSE)) AS s (slot)
      WHERE s.slot OR t.name IS NULL
    )`;
const ready = `FROM jobs_open WHERE work_key = g.type AND slot = g.slot AND stage = 'ready' AND work_token IS NULL
        AND (-priority, id) > (g.rank, g.id) ORDER BY -priority, id`;

/** When an attempt begins. */
const start = 'CASE WHEN j.slot AND j.due_at <= $15::bigint THEN greatest($8::bigint, j.due_at) ELSE $8::bigint END';

const anyReady = statement(
  'work_any_ready',
  `WITH ${groups} SELECT 1 FROM groups g, LATERAL (SELECT 1 ${ready} LIMIT 1) w LIMIT 1`,
);

const claimReady = statement(
  'work_claim',
  `WITH ${groups}, nonempty AS MATERIALIZED (
      SELECT g.* FROM groups g, LATERAL (SELECT 1 ${ready} LIMIT 1) w
    ), quotas AS MATERIALIZED (
      SELECT type, slot, rank, id, count(*) AS quota FROM (
        SELECT g.type, g.slot, g.rank, g.id FROM nonempty g, LATERAL (SELECT priority, id ${ready} LIMIT $4::bigint) w
        ORDER BY w.priority DESC, w.id LIMIT $4::bigint
      ) first WHERE NOT $14::boolean AND (SELECT count(*) FROM nonempty) > 1 GROUP BY type, slot, rank, id
      UNION ALL SELECT type, slot, rank, id, $4::bigint FROM nonempty
      WHERE $14::boolean OR (SELECT count(*) FROM nonempty) = 1
    ), locked AS MATERIALIZED (
      SELECT w.* FROM quotas g, LATERAL (
        SELECT ctid AS at, id, priority, ${jobBytes} AS size ${ready} LIMIT g.quota FOR UPDATE SKIP LOCKED
      ) w
    ), sized AS (
      -- The first ones, as many as one claim may hand out by their size.
      SELECT at, sum(size) OVER first AS bytes, row_number() OVER first AS nth
      FROM (SELECT * FROM locked ORDER BY priority DESC, id LIMIT $4::bigint) f
      WINDOW first AS (ORDER BY priority DESC, id ROWS UNBOUNDED PRECEDING)
    ), batch AS MATERIALIZED (
      SELECT nextval('event_batch_numbers') AS number
    ), started AS (
      UPDATE jobs_open j SET state = r.to_state, phase = 'active', version = j.version + 1, attempt = j.attempt + 1,
        lease_token = j.version + 1, lease_worker = $7, updated_at = ${start},
        started_at = COALESCE(j.started_at, ${start}), event_batches = j.event_batches || (SELECT number FROM batch),
        work_token = j.version + 1, lease_ms = $9::bigint, timeout_at = ${start} + j.timeout_ms,
        leased_until = ${start} + least($9::bigint, j.timeout_ms), cancel_requested = NULL
      FROM unnest($5::text[], $6::text[], $10::text[]) AS r (from_state, to_state, head)
      -- Each at the place where it was locked; one that was changed just before that is not there, and waits on.
      WHERE j.ctid = ANY(ARRAY(SELECT at FROM sized WHERE bytes <= ${claimBytes} OR nth = 1))
        AND j.state || '' = r.from_state
      RETURNING ${storedJobColumns('j')}, j.work_key, j.slot, j.concurrency_key, j.priority, j.work_token,
        j.leased_until, j.timeout_at, j.updated_at AS start, r.from_state, r.head
    ), told AS (
      INSERT INTO event_batches (tx, number, count, keys, lines)
      -- Both numbers are drawn once all of them are locked, and so are past those of whatever changed them before.
      SELECT event_tx(), (SELECT number FROM batch), count, keys, lines FROM (
        SELECT count(*) AS count, string_agg(version || ' ' || id, E'\\n') AS keys,
          string_agg('{"at":' || start || head || attempt || $11, E'\\n') AS lines
        FROM started
      ) begun WHERE count > 0
    ), taken AS (${newClaim('started', 'id', 'work_token', '$8::bigint')}), begun AS (
      INSERT INTO work_starts (type, concurrency_key, at)
      SELECT s.work_key, s.concurrency_key, s.start FROM started s
      JOIN work_types t ON t.name = ANY($1::text[]) AND t.name = s.work_key
      WHERE s.slot AND (t.rate_count IS NOT NULL OR (t.key_rate_count IS NOT NULL AND s.concurrency_key <> ''))
    ), differences AS MATERIALIZED (
      SELECT $12 AS kind, n.type, s.state COLLATE "C" AS state, s.phase, FALSE AS ended, $13::integer AS share,
        sum(s.sign * n.count) AS count
      FROM (
        SELECT type, from_state, state, count(*) AS count FROM started GROUP BY type, from_state, state
      ) n, LATERAL (
        VALUES (n.from_state, 'waiting', -1), (n.state, 'active', 1)
      ) AS s (state, phase, sign)
      GROUP BY n.type, s.state COLLATE "C", s.phase ORDER BY n.type, state
    ), ${addToCounts('differences')}
    SELECT ${jobColumns}, priority, timeout_at AS "timeoutAt", leased_until AS "leasedUntil" FROM started`,
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
  readonly #fronts: ClaimFronts;
  /** Workers ask often, and those of an idle server in vain: then they look before they claim. */
  #isBusy = false;

  constructor(database: Database, shares: CountShares, fronts: ClaimFronts) {
    this.#database = database;
    this.#shares = shares;
    this.#fronts = fronts;
  }

  async claim(options: ClaimOptions): Promise<readonly ClaimedJob[]> {
    const keys = options.types.map((type) => workKey(options.kind, type));
    const { fronts, took } = this.#fronts.look(keys);
    let rows: readonly Row[] = [];
    try {
      rows = (await this.#first(options, keys, fronts))
        .toSorted((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1));
    } finally {
      took(rows.map(({ type, priority, id }) => ({ key: workKey(options.kind, type), rank: -priority, id })));
    }
    this.#isBusy = rows.length > 0;
    const items = await itemsOf(this.#database, rows);
    return rows.map((row) => {
      const { leasedUntil, timeoutAt } = row;
      return { job: toJob(row, items.get(row.id) ?? []), leasedUntil, timeoutAt };
    });
  }

  async #first(options: ClaimOptions, keys: readonly string[], fronts: readonly Front[]): Promise<readonly Row[]> {
    const isAnyReady = async (): Promise<boolean> =>
      (await this.#database.read(anyReady, frontValues(keys, fronts))).length > 0;
    if (!this.#isBusy && options.likely !== true && !(await isAnyReady())) return [];
    const rows = await this.#take(options, keys, fronts, false);
    // Those that come first may all be locked by other claims, while there are others.
    return rows.length === 0 && (await isAnyReady()) ? this.#take(options, keys, fronts, true) : rows;
  }

  /** `thorough`: locks as many of each group as are wanted of all, and so finds any that is free. */
  async #take(
    { kind, claims, limit, workerId, now, leaseMs }: ClaimOptions,
    keys: readonly string[],
    fronts: readonly Front[],
    thorough: boolean,
  ): Promise<readonly Row[]> {
    const actor = JSON.stringify(workerId);
    // The event's line, around the numbers that each job has for itself: see `ports/store/event-batch.ts`.
    const heads = claims.map(({ to, event }) =>
      `,"actor":${actor},"body":{"type":${JSON.stringify(event)},"state":${JSON.stringify(to)},"attempt":`,
    );
    const tail = `,"workerId":${actor}}}`;
    for (let attempt = 1; ; attempt++) {
      try {
        const [answer] = await this.#shares.use((share) => {
          const values: SqlValue[] = [
            ...frontValues(keys, fronts), limit, claims.map(({ from }) => from), claims.map(({ to }) => to), workerId,
            now, leaseMs, heads, tail, kind, share, thorough, now + clockToleranceMs,
          ];
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

function frontValues(keys: readonly string[], fronts: readonly Front[]): SqlValue[] {
  return [keys, fronts.map(({ rank }) => rank), fronts.map(({ id }) => id)];
}

const maxAttempts = 5;
/** A job that has just been moved, or somebody who waits for what this has: tried again. */
const inTheWay: ReadonlySet<string> = new Set([sqlStates.serializationFailure, sqlStates.deadlock]);
