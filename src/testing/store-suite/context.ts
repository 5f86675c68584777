import { expect } from 'vitest';
import type { Job } from '../../domain/job/job.ts';
import type { Commit } from '../../ports/store/commit.ts';
import type { JobScope, Store } from '../../ports/store/store.ts';
import type { WorkChange } from '../../ports/store/work-store.ts';
import { Bookkeeper, newId, nothing } from './bookkeeper.ts';

export interface StoreUnderTest {
  /** With nothing in it. */
  readonly store: Store;
  /** Closes the store and opens the same data again. Absent: it keeps nothing once it is closed. */
  reopen?(): Promise<Store>;
  /** One more handle on the same data, as another server would have it; closed by `close`. */
  another?(): Promise<Store>;
  close(): Promise<void>;
}

export interface Context {
  /** The store of this test. */
  readonly store: Store;
  readonly under: StoreUnderTest;
}

/** When everything in these tests happens, unless they let time pass. */
export const t0 = Date.UTC(2026, 10, 22);

export function bookkeeper(): Bookkeeper {
  return new Bookkeeper(t0);
}

/** A user id that no other test has. */
export function someone(): string {
  return newId(t0);
}

/** Stores it, and fails the test if there is a conflict. */
export async function stored(store: Store, commit: Partial<Commit>): Promise<void> {
  expect(await store.commit({ ...nothing, ...commit })).toEqual({ ok: true });
}

/** A job of a kind that no rule knows, for what stores do with jobs of all kinds alike. */
export function anyJob(changes: Partial<Job> = {}): Job {
  const createdAt = changes.createdAt ?? t0;
  return {
    id: newId(createdAt),
    kind: 'errand',
    type: 'import',
    ownerId: 'user-1',
    state: 'pending',
    phase: 'waiting',
    version: 1,
    createdAt,
    updatedAt: createdAt,
    startedAt: null,
    endedAt: null,
    deadlineAt: null,
    traceparent: null,
    attempt: 0,
    costMicroUsd: 0,
    labels: {},
    parentId: null,
    lease: null,
    input: { rows: 3 },
    fields: { done: 0 },
    items: new Map(),
    ...changes,
  };
}

/** Jobs of all kinds that these tests have, or of one of them: an owner's, or everybody's (null). */
export function scopesOf(ownerId: string | null, kind?: string): JobScope[] {
  const kinds = kind === undefined ? ['errand', 'order', 'reminder'] : [kind];
  return kinds.map((name) => ({ kind: name, ownerId }));
}

/** Stores new jobs as they are. */
export async function insert(store: Store, ...jobs: readonly Job[]): Promise<void> {
  await stored(store, {
    jobs: jobs.map((job) => ({ job, before: null, expectedVersion: 0, newItems: [...job.items.values()] })),
  });
}

/** Stores the next version of a job, and returns it. */
export async function update(
  store: Store, before: Job, changes: Partial<Job>, work: readonly WorkChange[] = [],
): Promise<Job> {
  const job = { ...before, ...changes, version: before.version + 1 };
  await stored(store, { jobs: [{ job, before, expectedVersion: before.version, newItems: [] }], work });
  return job;
}

/** The job is offered to workers no more. */
export async function withdraw(store: Store, jobId: string): Promise<void> {
  const job = await store.jobs.get(jobId);
  if (job === null) throw new Error('the job is gone');
  await update(store, job, { lease: null }, [{ type: 'remove', jobId }]);
}

/** Handles on the same data, as several servers would have them. */
export async function handles(context: Context): Promise<Store[]> {
  const other = await context.under.another?.();
  return other === undefined ? [context.store] : [context.store, other];
}

export { newId, nothing };
