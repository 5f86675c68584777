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
import { jobBytes, jobColumns, shortColumns, toJob, type JobRow } from './rows.ts';
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
  (SELECT 1 FROM job_rows WHERE stage = 'ready' AND kind = +? AND type = value)`;
/** With the JSON of most jobs: what is longer (bytes) is read when it is known to be handed out. */
const readAtOnce = 2_048;
const isShort = `input_large IS NULL AND fields_large IS NULL
  AND coalesce(octet_length(input), 0) + octet_length(fields) <= ${readAtOnce}`;
const selectReady = `SELECT rowid AS row, priority, due_at, concurrency_key, slot, timeout_ms, ${jobBytes} AS size,
    ${shortColumns}, iif(${isShort}, input, NULL) AS input,
    iif(${isShort}, fields, NULL) AS fields, NULL AS input_large, NULL AS fields_large
  FROM job_rows WHERE stage = 'ready' AND kind = +? AND type = +? ORDER BY priority DESC, id LIMIT +? OFFSET +?`;
const selectWhole = `SELECT ${jobColumns} FROM job_rows WHERE rowid = ?`;
/** Lists find them where they were: see `listed_state`. */
const update = `UPDATE job_rows SET state = ?, phase = 'active', version = version + 1, attempt = attempt + 1,
    lease_token = version + 1, lease_worker = ?, updated_at = ?, started_at = coalesce(started_at, ?),
    stage = 'leased', lease_ms = ?, leased_at = ?, leased_until = min(?, coalesce(? + timeout_ms, ?)),
    timeout_at = ? + timeout_ms, ${noteBatch.behind}
  WHERE rowid IN (SELECT value FROM json_each(?))`;

interface ReadyRow extends Omit<JobRow, 'fields'> {
  row: number;
  priority: number;
  due_at: number;
  concurrency_key: string;
  slot: number;
  timeout_ms: number | null;
  size: number;
  /** Null: longer than what is read at once. */
  fields: string | null;
}

/** A job that is claimed now, by which of the claims. */
interface Begun {
  readonly work: ReadyRow;
  readonly rule: Claim;
  /** When its attempt begins: see `startOf`. */
  readonly start: number;
}

function claim(driver: SqliteDriver, options: ClaimOptions, types: readonly string[]): ClaimedJob[] {
  const { workerId, leaseMs, kind } = options;
  const begun = lightEnough(readyRows(driver, options, types)).map((work): Begun => {
    const rule = options.claims.find(({ from }) => from === work.state);
    if (rule === undefined) throw new InvariantViolation(`job ${work.id} waits for a worker, and is ${work.state}`);
    return { work, rule, start: startOf(options.now, work.due_at, work.slot === 1) };
  });
  const batch = writeEvents(driver, begun.map((one) => eventOf(options, one)), []);
  for (const rule of options.claims) {
    const ruled = begun.filter((one) => one.rule === rule);
    for (const [start, some] of Map.groupBy(ruled, (one) => one.start)) {
      const [until, rows] = [start + leaseMs, some.map(({ work }) => work.row)];
      for (const { work } of some) makeRoom(driver, work);
      driver.run(update, [
        rule.to, workerId, start, start, leaseMs, start, until, start, until, start, batch, JSON.stringify(rows),
      ]);
    }
    count(driver, kind, rule, ruled);
  }
  noteStarts(driver, kind, begun, options.now);
  return begun.map((one) => lease(driver, options, one));
}

function eventOf({ workerId, kind }: ClaimOptions, { work, rule, start }: Begun): RecordedEvent {
  const { id: jobId, version } = work;
  const { to: state, event: type } = rule;
  const body = { type, state, attempt: work.attempt + 1, workerId };
  return {
    jobId, kind, sequence: version + 1, occurredAt: start, actor: workerId, correlationId: jobId, body,
  };
}

/** For one more number. */
function makeRoom(driver: SqliteDriver, { id, row, version }: ReadyRow): void {
  if (!isFull(version, version + 1)) return;
  moveBatches(driver, id, version);
  driver.run('UPDATE job_rows SET event_batches = NULL WHERE rowid = ?', [row]);
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

function readyRows(driver: SqliteDriver, { kind, limit }: ClaimOptions, types: readonly string[]): ReadyRow[] {
  const share = Math.ceil(limit / types.length);
  const sources = types.flatMap((type): Source<ReadyRow>[] => {
    const first = driver.all<ReadyRow>(selectReady, [kind, type, share, 0]);
    const more = (_: ReadyRow, seen: number, count: number): ReadyRow[] =>
      seen < share ? [] : driver.all<ReadyRow>(selectReady, [kind, type, count, seen]);
    return first.length === 0 ? [] : [{ first, more }];
  });
  return merge(sources, goesFirst, limit);
}

/** The first ones, as many as one claim may hand out by their size. */
function lightEnough(ready: readonly ReadyRow[]): readonly ReadyRow[] {
  let bytes = 0;
  const tooMany = ready.findIndex(({ size }) => (bytes += size) > claimBytes);
  return tooMany === -1 ? ready : ready.slice(0, Math.max(1, tooMany));
}

/** The job as it is once it is the worker's; what the job's own row says is written for all together. */
function lease(driver: SqliteDriver, { workerId, leaseMs }: ClaimOptions, { work, rule, start }: Begun): ClaimedJob {
  const { timeout_ms, fields } = work;
  const timeoutAt = timeout_ms === null ? null : start + timeout_ms;
  const leasedUntil = Math.min(start + leaseMs, timeoutAt ?? Number.POSITIVE_INFINITY);
  if (fields === null) {
    const [whole] = driver.all<JobRow>(selectWhole, [work.row]);
    return { job: toJob(whole!, itemsOf(driver, whole!)), leasedUntil, timeoutAt };
  }
  const version = work.version + 1;
  const row: JobRow = {
    ...work, fields, state: rule.to, phase: 'active', version, attempt: work.attempt + 1, lease_token: version,
    lease_worker: workerId, updated_at: start, started_at: work.started_at ?? start,
  };
  return { job: toJob(row, itemsOf(driver, row)), leasedUntil, timeoutAt };
}

const insertStart = 'INSERT INTO work_starts (type, concurrency_key, at) VALUES (?, ?, ?)';
const purgeStarts = `DELETE FROM work_starts WHERE rowid IN
  (SELECT rowid FROM work_starts WHERE type = ? AND at <= ? ORDER BY at LIMIT +?)`;

/** For the rates of their types. Twice as many that no rate looks back to any more go. */
function noteStarts(driver: SqliteDriver, kind: string, begun: readonly Begun[], now: number): void {
  const slots = Map.groupBy(begun.filter(({ work }) => work.slot === 1), ({ work }) => workKey(kind, work.type));
  for (const [type, started] of slots) {
    const limits: WorkLimits = limitsOf(driver, type);
    if (limits.rate === null && limits.ratePerKey === null) continue;
    for (const { work, start } of started) driver.run(insertStart, [type, work.concurrency_key, start]);
    driver.run(purgeStarts, [type, now - longestWindow(limits) - clockToleranceMs, 2 * started.length]);
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
