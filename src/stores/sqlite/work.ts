import { InvariantViolation } from '../../domain/errors.ts';
import type { RecordedEvent } from '../../domain/job/job.ts';
import { clockToleranceMs, startOf } from '../../domain/job/start.ts';
import type { WorkLimits } from '../../domain/job/work.ts';
import type { Claim } from '../../domain/lifecycle.ts';
import type {
  Admission, ClaimedJob, ClaimOptions, LapsedLease, LeaseState, WorkLease, WorkStage, WorkStore,
} from '../../ports/store/work-store.ts';
import { readWorkKey, workKey } from '../../ports/store/work-key.ts';
import { admit, goesFirst, idleAdmission, longestWindow } from './admission.ts';
import { candidates } from './candidates.ts';
import type { SqliteDriver } from './driver.ts';
import { isFull, moveBatches, noteBatch, writeEvents } from './event-batches.ts';
import { healWork } from './heal-work.ts';
import { JobCounter } from './job-counts.ts';
import { assertLimit, claimBytes } from '../../ports/store/limits.ts';
import { itemsOf } from './load.ts';
import { merge, type Source } from './merge.ts';
import { jobBytes, jobColumns, toJob, type JobRow } from './rows.ts';
import { WorkCounter } from './work-counts.ts';
import { putType } from './work-settings.ts';
import { allTypes, limitsOf } from './work-types.ts';

export function createWorkStore(driver: SqliteDriver): WorkStore {
  const written = async <T>(work: () => T): Promise<T> => {
    const result = driver.transaction(work);
    await driver.durable();
    return result;
  };
  return {
    async claim(options) {
      assertLimit(options.limit, 1_000);
      assertLimit(options.types.length, 100);
      // Workers ask often and mostly in vain: that must not cost a write.
      const types = driver.all<{ type: string }>(selectReadyTypes, [JSON.stringify(options.types), options.kind]);
      if (types.length === 0) return [];
      return written(() => claim(driver, options, types.map(({ type }) => type)));
    },
    candidates: async (options) => candidates(driver, options),
    async renew(leases, options) {
      return leases.length === 0 ? [] : written(() => leases.map((lease) => renew(driver, lease, options)));
    },
    async renewedAt(jobIds) {
      if (jobIds.length === 0) return new Map();
      assertLimit(jobIds.length, 1_000);
      const rows = driver.all<{ job_id: string; at: number }>(selectRenewed, [JSON.stringify(jobIds)]);
      return new Map(rows.map(({ job_id: jobId, at }) => [jobId, at]));
    },
    async lapsed(now, limit) {
      assertLimit(limit, 1_000);
      return driver.all<LapsedRow>(selectLapsed, [now, limit]).map((row) => toLapsed(row, now));
    },
    async admit(now): Promise<Admission> {
      return driver.snapshot(() => idleAdmission(driver, now)) ?? written(() => admit(driver, now));
    },
    async counts() {
      const select = 'SELECT type, stage, count FROM work_counts WHERE count > 0';
      return driver
        .all<{ type: string; stage: WorkStage; count: number }>(select)
        .map(({ type, stage, count }) => ({ ...readWorkKey(type), stage, count }));
    },
    async types() {
      return allTypes(driver);
    },
    putType: (type) => written(() => putType(driver, type)),
    heal: (now) => written(() => healWork(driver, now)),
  };
}

const selectReadyTypes = `SELECT value AS type FROM json_each(?) WHERE EXISTS
  (SELECT 1 FROM job_rows WHERE stage = 'ready' AND kind = ? AND type = value)`;
const selectReady = `SELECT id AS job_id, priority, type, due_at, concurrency_key, slot, timeout_ms, state, version,
    attempt, ${jobBytes} AS size
  FROM job_rows WHERE stage = 'ready' AND kind = ? AND type = ? ORDER BY priority DESC, id LIMIT +? OFFSET ?`;
/** Lists find them where they were: see `listed_state`. */
const update = `UPDATE job_rows SET state = ?, phase = 'active', version = version + 1, attempt = attempt + 1,
    lease_token = version + 1, lease_worker = ?, updated_at = ?, started_at = coalesce(started_at, ?),
    stage = 'leased', lease_ms = ?, leased_at = ?, leased_until = min(?, coalesce(? + timeout_ms, ?)),
    timeout_at = ? + timeout_ms, ${noteBatch.behind}
  WHERE id IN (SELECT value FROM json_each(?)) RETURNING ${jobColumns}`;

interface ReadyRow {
  job_id: string;
  priority: number;
  type: string;
  due_at: number;
  concurrency_key: string;
  slot: number;
  timeout_ms: number | null;
  state: string;
  version: number;
  attempt: number;
  size: number;
}

/** That is claimed now: its attempt begins as `startOf` has it. */
interface BegunRow extends ReadyRow {
  readonly start: number;
}

function claim(driver: SqliteDriver, options: ClaimOptions, types: readonly string[]): ClaimedJob[] {
  const { workerId, leaseMs, kind } = options;
  const begun = lightEnough(readyRows(driver, options, types)).map((work): Begun => {
    const rule = options.claims.find(({ from }) => from === work.state);
    if (rule === undefined) throw new InvariantViolation(`job ${work.job_id} waits for a worker, and is ${work.state}`);
    return { work, rule };
  });
  const batch = writeEvents(driver, begun.map((one) => eventOf(options, one)), []);
  const rows = new Map<string, JobRow>();
  for (const rule of options.claims) {
    const ruled = begun.filter((one) => one.rule === rule);
    for (const [start, some] of Map.groupBy(ruled, ({ work }) => work.start)) {
      const [until, ids] = [start + leaseMs, some.map(({ work }) => work.job_id)];
      for (const { work } of some) makeRoom(driver, work);
      const claimed = driver.all<JobRow>(update, [
        rule.to, workerId, start, start, leaseMs, start, until, start, until, start, batch, JSON.stringify(ids),
      ]);
      for (const row of claimed) rows.set(row.id, row);
    }
    count(driver, kind, rule, ruled);
  }
  noteStarts(driver, kind, begun.map(({ work }) => work), options.now);
  return begun.map(({ work }) => lease(driver, options, work, rows.get(work.job_id)));
}

/** By which of the claims. */
interface Begun {
  readonly work: BegunRow;
  readonly rule: Claim;
}

function eventOf({ workerId, kind }: ClaimOptions, { work, rule: { to: state, event: type } }: Begun): RecordedEvent {
  const { job_id: jobId, version, start } = work;
  const body = { type, state, attempt: work.attempt + 1, workerId };
  return {
    jobId, kind, sequence: version + 1, occurredAt: start, actor: workerId, correlationId: jobId, body,
  };
}

/** For one more number. */
function makeRoom(driver: SqliteDriver, { job_id: jobId, version }: BegunRow): void {
  if (!isFull(version, version + 1)) return;
  moveBatches(driver, jobId, version);
  driver.run('UPDATE job_rows SET event_batches = NULL WHERE id = ?', [jobId]);
}

function count(driver: SqliteDriver, kind: string, { from, to }: Claim, begun: readonly Begun[]): void {
  const work = new WorkCounter();
  const jobs = new JobCounter();
  for (const [type, { length }] of Map.groupBy(begun, (one) => one.work.type)) {
    work.move(workKey(kind, type), 'ready', 'leased', length);
    jobs.left({ kind, type, state: from }, length);
    jobs.entered({ kind, type, state: to, phase: 'active', ended: 0 }, length);
  }
  work.write(driver);
  jobs.write(driver);
}

function readyRows(driver: SqliteDriver, { kind, limit, now }: ClaimOptions, types: readonly string[]): BegunRow[] {
  const share = Math.ceil(limit / types.length);
  const sources = types.flatMap((type): Source<ReadyRow>[] => {
    const first = driver.all<ReadyRow>(selectReady, [kind, type, share, 0]);
    const more = (_: ReadyRow, seen: number, count: number): ReadyRow[] =>
      seen < share ? [] : driver.all<ReadyRow>(selectReady, [kind, type, count, seen]);
    return first.length === 0 ? [] : [{ first, more }];
  });
  return merge(sources, goesFirst, limit).map((row) => ({ ...row, start: startOf(now, row.due_at, row.slot === 1) }));
}

/** The first ones, as many as one claim may hand out by their size. */
function lightEnough(ready: readonly BegunRow[]): readonly BegunRow[] {
  let bytes = 0;
  const tooMany = ready.findIndex(({ size }) => (bytes += size) > claimBytes);
  return tooMany === -1 ? ready : ready.slice(0, Math.max(1, tooMany));
}

function lease(
  driver: SqliteDriver,
  { leaseMs }: ClaimOptions,
  { job_id, start, timeout_ms }: BegunRow,
  row: JobRow | undefined,
): ClaimedJob {
  if (row === undefined) throw new InvariantViolation(`job ${job_id} was ready, and could not be claimed`);
  const timeoutAt = timeout_ms === null ? null : start + timeout_ms;
  const leasedUntil = Math.min(start + leaseMs, timeoutAt ?? Number.POSITIVE_INFINITY);
  return { job: toJob(row, itemsOf(driver, row)), leasedUntil, timeoutAt };
}

const insertStart = 'INSERT INTO work_starts (type, concurrency_key, at) VALUES (?, ?, ?)';
const purgeStarts = `DELETE FROM work_starts WHERE rowid IN
  (SELECT rowid FROM work_starts WHERE type = ? AND at <= ? ORDER BY at LIMIT +?)`;

/** For the rates of their types. Twice as many that no rate looks back to any more go. */
function noteStarts(driver: SqliteDriver, kind: string, started: readonly BegunRow[], now: number): void {
  const slots = Map.groupBy(started.filter(({ slot }) => slot === 1), ({ type }) => workKey(kind, type));
  for (const [type, rows] of slots) {
    const limits: WorkLimits = limitsOf(driver, type);
    if (limits.rate === null && limits.ratePerKey === null) continue;
    for (const row of rows) driver.run(insertStart, [type, row.concurrency_key, row.start]);
    driver.run(purgeStarts, [type, now - longestWindow(limits) - clockToleranceMs, 2 * rows.length]);
  }
}

const prolong = `UPDATE job_rows SET lease_ms = ?, leased_until = min(?, coalesce(timeout_at, ?))
  WHERE id = ? AND stage = 'leased' AND lease_token = ? AND coalesce(timeout_at > ?, 1)
  RETURNING leased_until, cancel_requested`;

function renew(
  driver: SqliteDriver,
  { jobId, token }: WorkLease,
  { now, leaseMs }: { readonly now: number; readonly leaseMs: number },
): LeaseState {
  const until = now + leaseMs;
  const [row] = driver.all<{ leased_until: number; cancel_requested: number }>(prolong, [
    leaseMs, until, until, jobId, token, now,
  ]);
  return { jobId, token, leasedUntil: row?.leased_until ?? null, cancelRequested: row?.cancel_requested === 1 };
}

/** One that ends with its attempt's time was renewed later than this says. */
const selectRenewed = `SELECT id AS job_id, leased_until - lease_ms AS at FROM job_rows
  WHERE stage = 'leased' AND id IN (SELECT value FROM json_each(?))`;

const selectLapsed = `SELECT id AS job_id, kind, lease_token AS token, timeout_at FROM job_rows
  WHERE stage = 'leased' AND leased_until <= ? ORDER BY leased_until LIMIT +?`;

interface LapsedRow {
  job_id: string;
  kind: string;
  token: number;
  timeout_at: number | null;
}

function toLapsed({ job_id: jobId, kind, token, timeout_at }: LapsedRow, now: number): LapsedLease {
  return { jobId, kind, token, timedOut: timeout_at !== null && timeout_at <= now };
}
