import { clockToleranceMs } from '../../domain/job/start.ts';
import type { Admission } from '../../ports/store/work-store.ts';
import type { Database } from './database.ts';
import { statement, type Call } from './statement.ts';

/*
 * One at a time, whatever the server, looks how many slots are free and lets on as many rows: under a lock that ends
 * with the transaction, and in statements that begin when it is held, so that each sees what all before it did. Nobody
 * else takes a slot. Commits free slots, and claims turn rows that are ready into rows that are leased, which hold
 * theirs: whatever of that is missed makes the room look too small, never too large.
 *
 * A rate is kept by two numbers: starts within its window, and rows that were let on and may start any moment. Their
 * sum is never let above the rate's count; a claim moves one from the second to the first (in one transaction, so
 * that one of the two is seen), and only the passing of time or a row put anew makes it less.
 *
 * What is counted is the start that is stored with the job (`startOf`): when it was claimed, by the store's clock, and
 * never before it was let on. So any window, half open, holds `count` starts at most, as long as servers' clocks differ
 * by no more than the tolerance. For take more than that, which all lie after x and not after x + window, and of them
 * the one that was let on last, at a time y (as who let it on had it) not after its own start: at y each of the others
 * had begun, later than y - window, or was ready, and was counted. Starts later than y count as well, and none is
 * forgotten while a clock that is behind may look back to it.
 *
 * Rows that a commit has locked are left out, and looked for again soon: so this never waits for one.
 */

/** Rows that one call moves at most: of those that are due, of each type in the line, and of all types. */
const [mostDue, mostOfType, mostOfAll] = [2_000, 1_000, 4_000];
/** When rows had to be left out. Milliseconds. */
const soonMs = 10;
/** How often starts are forgotten that no rate looks back to any more. Milliseconds. */
const forgetEveryMs = 1_000;

/** Of limited types, with rows that are ready and never waited for a slot: they were put when there was no limit. */
const unslotted = `SELECT t.name AS type FROM work_types t, LATERAL (
    SELECT 1 FROM jobs_open
    WHERE work_key = t.name AND slot = FALSE AND stage = 'ready' AND work_token IS NULL LIMIT 1
  ) w WHERE t.limited AND t.name >= ''`;
const nextDue = "(SELECT due_at FROM jobs_open WHERE stage = 'scheduled' AND due_at >= 0 ORDER BY due_at LIMIT 1)";
const anyInLine = "EXISTS (SELECT 1 FROM jobs_open WHERE stage = 'queued' AND work_key >= '')";

const look = statement(
  'work_to_admit',
  `SELECT ${nextDue} AS due, ${anyInLine} AS line, EXISTS (${unslotted}) AS unslotted`,
);
/** Held until the end of the transaction by whoever gives or takes slots. */
export const oneAtATime = statement('work_admit_alone', 'SELECT pg_advisory_xact_lock(7241996350118026)');

// A row that is due takes its stage by the limits of now.
const moveDue = statement(
  'work_admit_due',
  `WITH first AS MATERIALIZED (
      SELECT id, work_key AS type, concurrency_key FROM jobs_open WHERE stage = 'scheduled' AND due_at <= $1::bigint
      ORDER BY due_at LIMIT ${mostDue} FOR UPDATE SKIP LOCKED
    ), due AS MATERIALIZED (
      SELECT f.id, f.concurrency_key <> '' OR t.name IS NOT NULL AS slot FROM first f
      LEFT JOIN work_types t ON t.limited AND t.name >= '' AND t.name = f.type
    ), moved AS (
      UPDATE jobs_open w SET slot = d.slot, stage = CASE WHEN d.slot THEN 'queued' ELSE 'ready' END
      FROM due d WHERE w.id = ANY(ARRAY(SELECT id FROM due)) AND w.id = d.id
      RETURNING w.work_key AS type, w.slot
    )
    SELECT DISTINCT type FROM moved WHERE NOT slot`,
);

const lineUp = statement(
  'work_admit_line_up',
  `WITH found AS MATERIALIZED (
      SELECT w.id FROM (${unslotted}) t, LATERAL (
        SELECT id FROM jobs_open WHERE work_key = t.type AND slot = FALSE AND stage = 'ready' AND work_token IS NULL
        ORDER BY -priority, id LIMIT ${mostOfType} FOR UPDATE SKIP LOCKED
      ) w
    )
    UPDATE jobs_open SET slot = TRUE, stage = 'queued' WHERE id = ANY(ARRAY(SELECT id FROM found))`,
);

const inSlot = "FROM jobs_open w WHERE w.slot AND w.stage IN ('ready', 'assigned')";
/** Whether the line has more than so many rows of a type, or of a key. */
const waitMore = (which: string, order: string, taken: string): string =>
  `EXISTS (SELECT 1 FROM jobs_open w WHERE w.stage = 'queued' AND ${which} ORDER BY ${order} LIMIT 1 OFFSET ${taken})`;
/**
 * When so many starts have left the window that there is room again; those that have not begun leave it a window from
 * now at the earliest. A twentieth of the window's starts are waited for together.
 */
const freeAt = (starts: string, count: string, window: string, short: string, seen: string): string =>
  `COALESCE((
      SELECT s.at ${starts} ORDER BY s.at LIMIT 1
      OFFSET greatest(0, ${short}, least(${seen}, ceil(${count} / 20.0))::bigint - 1)
    ), $1::bigint) + ${window}`;

const startsOfType = 'FROM work_starts s WHERE s.type = r.type AND s.at > $1::bigint - r.rate_window_ms';
const startsOfKey = `FROM work_starts s WHERE s.type = r.type AND s.concurrency_key = r.key AND s.concurrency_key <> ''
        AND s.at > $1::bigint - r.key_rate_window_ms`;

const letOn = statement(
  'work_admit',
  // From one type in the line to the next, and from key to key, however many rows stand between.
  `WITH RECURSIVE types AS (
      (SELECT work_key AS type FROM jobs_open WHERE stage = 'queued' AND work_key >= ''
        ORDER BY work_key LIMIT 1)
      UNION ALL
      SELECT n.type FROM types t, LATERAL (
        SELECT w.work_key AS type FROM jobs_open w WHERE w.stage = 'queued' AND w.work_key > t.type
        ORDER BY w.work_key LIMIT 1
      ) n
    ), limits AS MATERIALIZED (
      SELECT t.type, COALESCE(l.paused, FALSE) AS paused, l.max_running,
        COALESCE(l.max_running_per_key, 1) AS max_running_per_key, l.rate_count, l.rate_window_ms,
        l.key_rate_count, l.key_rate_window_ms
      FROM types t LEFT JOIN LATERAL (SELECT * FROM work_types WHERE name = t.type OFFSET 0) l ON TRUE
    ), counted AS MATERIALIZED (
      SELECT r.*,
        CASE WHEN r.max_running IS NOT NULL THEN (SELECT count(*) ${inSlot} AND w.work_key = r.type) END AS used,
        CASE WHEN r.rate_count IS NOT NULL THEN (SELECT count(*) ${startsOfType}) END AS starts,
        CASE WHEN r.rate_count IS NOT NULL
          THEN (SELECT count(*) ${inSlot} AND w.work_key = r.type AND w.work_token IS NULL) END AS ready
      FROM limits r
    ), rooms AS MATERIALIZED (
      SELECT *, rate_count - starts - ready AS rate_left,
        CASE WHEN paused THEN 0
          ELSE least(max_running - used, rate_count - starts - ready, ${mostOfType}) END AS room
      FROM counted
    ), keys AS (
      SELECT r.type, k.key FROM rooms r, LATERAL (
        SELECT w.concurrency_key AS key FROM jobs_open w WHERE w.stage = 'queued' AND w.work_key = r.type
        ORDER BY w.concurrency_key LIMIT 1
      ) k WHERE r.room > 0
      UNION ALL
      SELECT n.type, n.key FROM keys k, LATERAL (
        SELECT w.work_key AS type, w.concurrency_key AS key FROM jobs_open w
        WHERE w.stage = 'queued' AND w.work_key = k.type AND w.concurrency_key > k.key
        ORDER BY w.concurrency_key LIMIT 1
      ) n
    ), counted_keys AS MATERIALIZED (
      SELECT r.*, CASE WHEN r.key <> ''
          THEN (SELECT count(*) ${inSlot} AND w.work_key = r.type AND w.concurrency_key = r.key) END AS key_used,
        CASE WHEN r.key <> '' AND r.key_rate_count IS NOT NULL
          THEN (SELECT count(*) ${startsOfKey}) END AS key_starts,
        CASE WHEN r.key <> '' AND r.key_rate_count IS NOT NULL THEN (
          SELECT count(*) ${inSlot} AND w.work_key = r.type AND w.concurrency_key = r.key AND w.work_token IS NULL
        ) END AS key_ready
      FROM (
        SELECT k.key, t.type, t.room, t.max_running_per_key, t.key_rate_count, t.key_rate_window_ms
        FROM keys k JOIN rooms t ON t.type = k.type
      ) r
    ), key_rooms AS MATERIALIZED (
      SELECT *, key_rate_count - key_starts - key_ready AS key_rate_left, CASE WHEN key = '' THEN room
          ELSE least(room, max_running_per_key - key_used, key_rate_count - key_starts - key_ready) END AS key_room
      FROM counted_keys
    ), heads AS MATERIALIZED (
      -- Only keys whose first row is among the first ones of its type can have any that is let on.
      SELECT * FROM (
        SELECT k.type, k.key, k.room, k.key_room,
          row_number() OVER (PARTITION BY k.type ORDER BY w.priority DESC, w.id) AS stage
        FROM key_rooms k, LATERAL (
          SELECT priority, id FROM jobs_open WHERE stage = 'queued' AND work_key = k.type AND concurrency_key = k.key
          ORDER BY priority DESC, id LIMIT 1
        ) w WHERE k.key_room > 0
      ) ranked WHERE stage <= room
    ), chosen AS MATERIALIZED (
      SELECT type, key, id, stage FROM (
        SELECT h.type, h.key, w.id, h.room,
          row_number() OVER (PARTITION BY h.type ORDER BY w.priority DESC, w.id) AS stage
        FROM heads h, LATERAL (
          SELECT priority, id FROM jobs_open WHERE stage = 'queued' AND work_key = h.type AND concurrency_key = h.key
          ORDER BY priority DESC, id LIMIT h.key_room
        ) w
      ) ranked WHERE stage <= room ORDER BY stage LIMIT ${mostOfAll}
    ), locked AS MATERIALIZED (
      SELECT id FROM jobs_open WHERE id = ANY(ARRAY(SELECT id FROM chosen)) AND stage || '' = 'queued'
      FOR UPDATE SKIP LOCKED
    ), admitted AS (
      -- Its start counts from now on, whatever the clock of who claims it.
      UPDATE jobs_open SET stage = 'ready', due_at = greatest(due_at, $1::bigint)
      WHERE id = ANY(ARRAY(SELECT id FROM locked)) RETURNING work_key AS type
    ), taken AS MATERIALIZED (
      SELECT type, count(*) AS count FROM chosen GROUP BY type
    ), taken_of_keys AS MATERIALIZED (
      SELECT type, key, count(*) AS count FROM chosen GROUP BY type, key
    ), frees AS (
      SELECT ${freeAt(startsOfType, 'r.rate_count', 'r.rate_window_ms', 'r.count - r.rate_left', 'r.starts')} AS at
      FROM (
        SELECT o.*, COALESCE(t.count, 0) AS count FROM rooms o LEFT JOIN taken t ON t.type = o.type
      ) r
      WHERE NOT r.paused AND r.rate_left <= r.count
        AND ${waitMore('w.work_key = r.type', 'w.concurrency_key, w.priority DESC, w.id', 'r.count')}
      UNION ALL
      SELECT ${freeAt(
        startsOfKey, 'r.key_rate_count', 'r.key_rate_window_ms', 'r.count - r.key_rate_left', 'r.key_starts',
      )}
      FROM (
        SELECT o.*, COALESCE(t.count, 0) AS count FROM key_rooms o
        LEFT JOIN taken_of_keys t ON t.type = o.type AND t.key = o.key
      ) r
      WHERE r.key_rate_left <= r.count
        AND ${waitMore('w.work_key = r.type AND w.concurrency_key = r.key', 'w.priority DESC, w.id', 'r.count')}
    )
    SELECT ARRAY(SELECT DISTINCT type FROM admitted) AS types, (SELECT min(at) FROM frees) AS "freeAt",
      (SELECT count(*) FROM chosen) AS chosen, (SELECT count(*) FROM admitted) AS admitted,
      (SELECT COALESCE(max(count), 0) FROM taken) AS "mostOfOne"`,
);

const purgeStarts = statement(
  'work_starts_forget',
  `DELETE FROM work_starts WHERE ctid = ANY(ARRAY(
    SELECT s.stage FROM work_types t, LATERAL (
      SELECT ctid AS stage FROM work_starts WHERE type = t.name
        AND at <= $1::bigint - greatest(t.rate_window_ms, t.key_rate_window_ms, 0) - ${clockToleranceMs}
      ORDER BY at LIMIT 2000 FOR UPDATE SKIP LOCKED
    ) s WHERE t.name >= '' LIMIT 10000
  ))`,
);
const lookAgain = statement('work_admitted', `SELECT ${nextDue} AS due, ${anyInLine} AS line`);

interface Look {
  readonly due: number | null;
  readonly line: boolean;
  readonly unslotted: boolean;
}

interface LetOn {
  readonly types: readonly string[];
  readonly freeAt: number | null;
  readonly chosen: number;
  readonly admitted: number;
  readonly mostOfOne: number;
}

/** Admissions by one store. */
export class Admissions {
  readonly #database: Database;
  #forgotAt = Number.NEGATIVE_INFINITY;

  constructor(database: Database) {
    this.#database = database;
  }

  async admit(now: number): Promise<Admission> {
    // Asked often and mostly in vain: that must not cost a transaction that locks.
    const [found] = await this.#database.read<Look>(look, []);
    const { due = null, line = false, unslotted: isAnyUnslotted = false } = found ?? {};
    if (!line && !isAnyUnslotted && (due === null || due > now)) return { types: [], waiting: false, nextAt: due };
    const calls: Call[] = [
      { statement: oneAtATime, values: [] },
      { statement: moveDue, values: [now] },
      { statement: lineUp, values: [] },
      { statement: letOn, values: [now] },
      { statement: lookAgain, values: [] },
    ];
    if (Math.abs(now - this.#forgotAt) >= forgetEveryMs) {
      calls.push({ statement: purgeStarts, values: [now] });
      this.#forgotAt = now;
    }
    const [, moved, , passed, left] = await this.#database.write(calls);
    const nowReady = (moved?.rows ?? []) as readonly { readonly type: string }[];
    const on = passed?.rows[0] as LetOn;
    const after = left?.rows[0] as Omit<Look, 'unslotted'>;
    const times = [after.due, on.freeAt];
    if (on.chosen === mostOfAll || on.mostOfOne === mostOfType) times.push(now);
    if (on.admitted < on.chosen) times.push(now + soonMs);
    const known = times.filter((time) => time !== null);
    return {
      types: [...new Set([...nowReady.map(({ type }) => type), ...on.types])],
      waiting: after.line,
      nextAt: known.length === 0 ? null : Math.min(...known),
    };
  }
}
