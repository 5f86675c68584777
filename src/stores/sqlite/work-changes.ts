import { InvariantViolation } from '../../domain/errors.ts';
import type { Work } from '../../domain/job/work.ts';
import type { WorkChange, WorkStage } from '../../ports/store/work-store.ts';
import { workKey } from '../../ports/store/work-key.ts';
import type { SqliteDriver, SqlValue } from './driver.ts';
import { WorkCounter } from './work-counts.ts';
import { TouchedKeys } from './work-fronts.ts';
import { limitedTypes } from './work-types.ts';

/** What a job's row says of its work where that is counted. */
export interface Held {
  readonly stage: WorkStage;
  readonly concurrencyKey: string;
}

/** Columns of a job's row, as an update or an insert has them. */
export interface WorkColumns {
  readonly how: 'put' | 'leased' | 'canceled' | 'removed';
  readonly values: readonly SqlValue[];
}

/** Of every job that is offered; of those that are put and nothing else, the others are null or 0. */
export const offeredColumns = ['stage', 'priority', 'due_at', 'concurrency_key', 'slot', 'timeout_ms'] as const;
export const putColumns = [
  ...offeredColumns, 'cancel_requested', 'assigned', 'pause_ms', 'lease_ms', 'leased_at', 'leased_until', 'timeout_at',
] as const;
const leaseColumns = [
  'stage', 'timeout_ms', 'lease_ms', 'leased_at', 'leased_until', 'timeout_at', 'cancel_requested',
] as const;

export const workAssignments: Readonly<Record<WorkColumns['how'], string>> = {
  put: putColumns.map((name) => `${name} = ?`).join(', '),
  leased: leaseColumns.map((name) => `${name} = ?`).join(', '),
  canceled: 'cancel_requested = iif(stage IS NULL, NULL, 1)',
  removed: putColumns.map((name) => `${name} = NULL`).join(', '),
};

type Row = Partial<Record<(typeof putColumns)[number], SqlValue>>;

const selectHeld = `SELECT kind, type, stage, concurrency_key AS concurrencyKey FROM job_rows
  WHERE id = ? AND stage IS NOT NULL`;

/** The `work` of a commit, in its transaction. */
export class WorkChanges {
  readonly #driver: SqliteDriver;
  readonly #limited: (type: string) => boolean;
  readonly #byJob = new Map<string, WorkChange[]>();
  readonly #counter = new WorkCounter();
  readonly #touched = new TouchedKeys();

  constructor(driver: SqliteDriver, changes: readonly WorkChange[]) {
    this.#driver = driver;
    this.#limited = limitedTypes(driver);
    for (const change of changes) {
      const others = this.#byJob.get(change.jobId);
      if (others === undefined) this.#byJob.set(change.jobId, [change]);
      else others.push(change);
    }
  }

  /** What is to be written of a job, with its row, which is then not written here. */
  take(jobId: string): readonly WorkChange[] | null {
    const changes = this.#byJob.get(jobId);
    if (changes === undefined) return null;
    this.#byJob.delete(jobId);
    return changes;
  }

  columnsOf(changes: readonly WorkChange[]): WorkColumns {
    let how: WorkColumns['how'] = 'canceled';
    let row: Row = {};
    for (const change of changes) {
      if (change.type === 'put') [how, row] = ['put', this.#put(change)];
      else if (change.type === 'remove') [how, row] = ['removed', {}];
      else if (change.type === 'request-cancel') row.cancel_requested = 1;
      else [how, row] = [how === 'put' ? 'put' : 'leased', { ...row, ...leased(change) }];
    }
    const columns = how === 'put' ? putColumns : how === 'leased' ? leaseColumns : [];
    return { how, values: columns.map((name) => row[name] ?? null) };
  }

  /** What the changes of a job mean for the counts and the line. `before`: null where nobody offered it. */
  count(changes: readonly WorkChange[], key: string, before: Held | null): void {
    let held = before;
    for (const change of changes) {
      if (change.type === 'request-cancel') continue;
      if (held !== null) {
        this.#counter.add(key, held.stage, -1);
        this.#touched.add(key, held.concurrencyKey);
      }
      if (change.type === 'remove') held = null;
      else if (change.type === 'put') held = this.#offered(change);
      else if (held === null) throw new InvariantViolation(`job ${change.jobId} is leased, and nobody offers it`);
      else held = { stage: 'leased', concurrencyKey: held.concurrencyKey };
      if (held === null) continue;
      this.#counter.add(key, held.stage, 1);
      if (held.stage === 'queued') this.#touched.add(key, held.concurrencyKey);
    }
  }

  held(jobId: string): Held | null {
    return this.#driver.all<Held>(selectHeld, [jobId])[0] ?? null;
  }

  /** Of jobs that the commit changes in nothing else; then what is counted. */
  write(): void {
    for (const [jobId, changes] of this.#byJob) {
      const [held] = this.#driver.all<Held & { kind: string; type: string }>(selectHeld, [jobId]);
      const key = held === undefined ? '' : workKey(held.kind, held.type);
      const { how, values } = this.columnsOf(changes);
      this.#driver.run(`UPDATE job_rows SET ${workAssignments[how]} WHERE id = ?`, [...values, jobId]);
      this.count(changes, key, held ?? null);
    }
    this.#counter.write(this.#driver);
    this.#touched.refresh(this.#driver, null);
  }

  #put(change: WorkChange & { type: 'put' }): Row {
    const { candidate, work } = change;
    const { stage, concurrencyKey } = this.#offered(change);
    return {
      stage, assigned: candidate === null ? null : 1, priority: work.priority, due_at: work.dueAt,
      pause_ms: work.pauseMs, concurrency_key: concurrencyKey, slot: this.#hasSlot(change) ? 1 : 0,
      timeout_ms: work.timeoutMs, cancel_requested: 0,
    };
  }

  #offered(change: WorkChange & { type: 'put' }): Held {
    const { work, now } = change;
    return { stage: stageOf(work, this.#hasSlot(change), now), concurrencyKey: work.concurrencyKey ?? '' };
  }

  #hasSlot({ kind, jobType, work }: WorkChange & { type: 'put' }): boolean {
    return work.concurrencyKey !== null || this.#limited(workKey(kind, jobType));
  }
}

function leased({ leaseMs, timeoutMs, now }: WorkChange & { type: 'lease' }): Row {
  const timeoutAt = timeoutMs === null ? null : now + timeoutMs;
  return {
    stage: 'leased', timeout_ms: timeoutMs, lease_ms: leaseMs, leased_at: now,
    leased_until: Math.min(now + leaseMs, timeoutAt ?? Infinity), timeout_at: timeoutAt, cancel_requested: 0,
  };
}

function stageOf({ blocked, dueAt }: Work, slot: boolean, now: number): WorkStage {
  if (blocked) return 'blocked';
  if (dueAt > now) return 'scheduled';
  return slot ? 'queued' : 'ready';
}
