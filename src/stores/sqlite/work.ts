import { InvariantViolation } from '../../domain/errors.ts';
import { clockToleranceMs, startOf } from '../../domain/job/start.ts';
import type { WorkLimits } from '../../domain/job/work.ts';
import type { Claim } from '../../domain/lifecycle.ts';
import type {
  Admission, ClaimedJob, ClaimOptions, LapsedLease, LeaseState, WorkLease, WorkStage, WorkStore,
} from '../../ports/store/work-store.ts';
import { readWorkKey, workKey } from '../../ports/store/work-key.ts';
import { admit, goesFirst, idleAdmission, longestWindow } from './admission.ts';
import { candidates } from './candidates.ts';
import { insertEvent } from './commit.ts';
import type { SqliteDriver } from './driver.ts';
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
      const keys = options.types.map((type) => workKey(options.kind, type));
      const types = driver.all<{ type: string }>(selectReadyTypes, [JSON.stringify(keys), options.kind]);
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
  (SELECT 1 FROM work WHERE stage = 'ready' AND type = value AND kind = ?)`;
const selectReady = `SELECT job_id, priority, type, due_at, concurrency_key, slot, timeout_ms FROM work
  WHERE stage = 'ready' AND type = ? AND kind = ? ORDER BY priority DESC, job_id LIMIT +? OFFSET ?`;
/** By position in the list: the loop is over that. */
const selectJobs = `SELECT ${jobColumns} FROM json_each(?) CROSS JOIN job_rows ON job_rows.id = value`;
/** Of the columns in indexes only the state: see `commit.ts`. */
const updateJobs = `UPDATE job_rows SET state = ?, phase = 'active', version = version + 1, attempt = attempt + 1,
  lease_token = version + 1, lease_worker = ?, updated_at = ?, started_at = coalesce(started_at, ?)
  WHERE id IN (SELECT value FROM json_each(?))`;
const updateWork = `UPDATE work SET stage = 'leased',
  token = (SELECT version FROM job_rows WHERE job_rows.id = work.job_id),
  lease_ms = ?, leased_until = min(?, coalesce(? + timeout_ms, ?)), timeout_at = ? + timeout_ms
  WHERE job_id IN (SELECT value FROM json_each(?))`;

interface ReadyRow {
  job_id: string;
  priority: number;
  type: string;
  due_at: number;
  concurrency_key: string;
  slot: number;
  timeout_ms: number | null;
}

/** That is claimed now: its attempt begins as `startOf` has it. */
interface BegunRow extends ReadyRow {
  readonly start: number;
}

function claim(driver: SqliteDriver, options: ClaimOptions, types: readonly string[]): ClaimedJob[] {
  const { workerId, leaseMs } = options;
  const ready = lightEnough(driver, readyRows(driver, options, types));
  const rows = driver.all<JobRow>(selectJobs, [JSON.stringify(ready.map(({ job_id }) => job_id))]);
  const begun = ready.map((work, index): Begun => {
    const row = rows[index];
    const rule = options.claims.find(({ from }) => from === row?.state);
    if (row?.id !== work.job_id || rule === undefined) {
      throw new InvariantViolation(`job ${work.job_id} waits for a worker, and is ${row?.state ?? 'missing'}`);
    }
    return { work, row, rule };
  });
  for (const rule of options.claims) {
    const ruled = begun.filter((one) => one.rule === rule);
    for (const [start, some] of Map.groupBy(ruled, ({ work }) => work.start)) {
      const ids = JSON.stringify(some.map(({ row }) => row.id));
      driver.run(updateJobs, [rule.to, workerId, start, start, ids]);
      driver.run(updateWork, [leaseMs, start + leaseMs, start, start + leaseMs, start, ids]);
    }
    count(driver, options.kind, rule, ruled);
  }
  const claimed = begun.map((one) => lease(driver, options, one));
  noteStarts(driver, ready, options.now);
  return claimed;
}

/** By which of the claims. */
interface Begun {
  readonly work: BegunRow;
  readonly row: JobRow;
  readonly rule: Claim;
}

function count(driver: SqliteDriver, kind: string, { from, to }: Claim, begun: readonly Begun[]): void {
  const work = new WorkCounter();
  const jobs = new JobCounter();
  for (const [key, { length }] of Map.groupBy(begun, (one) => one.work.type)) {
    work.move(key, 'ready', 'leased', length);
    const { type } = readWorkKey(key);
    jobs.left({ kind, type, state: from }, length);
    jobs.entered({ kind, type, state: to, phase: 'active', ended: 0 }, length);
  }
  work.write(driver);
  jobs.write(driver);
}

function readyRows(driver: SqliteDriver, { kind, limit, now }: ClaimOptions, types: readonly string[]): BegunRow[] {
  const share = Math.ceil(limit / types.length);
  const sources = types.flatMap((type): Source<ReadyRow>[] => {
    const first = driver.all<ReadyRow>(selectReady, [type, kind, share, 0]);
    const more = (_: ReadyRow, seen: number, count: number): ReadyRow[] =>
      seen < share ? [] : driver.all<ReadyRow>(selectReady, [type, kind, count, seen]);
    return first.length === 0 ? [] : [{ first, more }];
  });
  return merge(sources, goesFirst, limit).map((row) => ({ ...row, start: startOf(now, row.due_at, row.slot === 1) }));
}

const selectSizes = `SELECT ${jobBytes} AS size FROM json_each(?) CROSS JOIN job_rows ON job_rows.id = value`;

/** The first ones, as many as one claim may hand out by their size. */
function lightEnough(driver: SqliteDriver, ready: readonly BegunRow[]): readonly BegunRow[] {
  const sizes = driver.all<{ size: number }>(selectSizes, [JSON.stringify(ready.map(({ job_id }) => job_id))]);
  let bytes = 0;
  const tooMany = sizes.findIndex(({ size }) => (bytes += size) > claimBytes);
  return tooMany === -1 ? ready : ready.slice(0, Math.max(1, tooMany));
}

/** The job as it is once it is the worker's; what the job's own row says is written for all together. */
function lease(driver: SqliteDriver, { workerId, leaseMs }: ClaimOptions, { work, row, rule }: Begun): ClaimedJob {
  const { to: state, event: type } = rule;
  const { start } = work;
  const { id, kind } = row;
  const timeoutAt = work.timeout_ms === null ? null : start + work.timeout_ms;
  const leasedUntil = Math.min(start + leaseMs, timeoutAt ?? Number.POSITIVE_INFINITY);
  const version = row.version + 1;
  const attempt = row.attempt + 1;
  const body = JSON.stringify({ type, state, attempt, workerId });
  driver.run(insertEvent, [start, type, kind, id, version, id, workerId, body]);
  const job = {
    ...toJob(row, itemsOf(driver, row)),
    state, phase: 'active' as const, version, attempt, lease: { token: version, workerId }, updatedAt: start,
    startedAt: row.started_at ?? start,
  };
  return { job, leasedUntil, timeoutAt };
}

const insertStart = 'INSERT INTO work_starts (type, concurrency_key, at) VALUES (?, ?, ?)';
const purgeStarts = `DELETE FROM work_starts WHERE rowid IN
  (SELECT rowid FROM work_starts WHERE type = ? AND at <= ? ORDER BY at LIMIT +?)`;

/** For the rates of their types. Twice as many that no rate looks back to any more go. */
function noteStarts(driver: SqliteDriver, started: readonly BegunRow[], now: number): void {
  const slots = Map.groupBy(started.filter(({ slot }) => slot === 1), ({ type }) => type);
  for (const [type, rows] of slots) {
    const limits: WorkLimits = limitsOf(driver, type);
    if (limits.rate === null && limits.ratePerKey === null) continue;
    for (const row of rows) driver.run(insertStart, [type, row.concurrency_key, row.start]);
    driver.run(purgeStarts, [type, now - longestWindow(limits) - clockToleranceMs, 2 * rows.length]);
  }
}

const prolong = `UPDATE work SET lease_ms = ?, leased_until = min(?, coalesce(timeout_at, ?))
  WHERE job_id = ? AND stage = 'leased' AND token = ? AND coalesce(timeout_at > ?, 1)
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
const selectRenewed = `SELECT job_id, leased_until - lease_ms AS at FROM work
  WHERE stage = 'leased' AND job_id IN (SELECT value FROM json_each(?))`;

const selectLapsed = `SELECT job_id, kind, token, timeout_at FROM work
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
