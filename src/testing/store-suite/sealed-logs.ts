import { expect, it } from 'vitest';
import type { SealedLog } from '../../ports/store/log-chunks.ts';
import type { Store } from '../../ports/store/store.ts';
import type { WorkLease } from '../../ports/store/work-store.ts';
import { newId, stored, t0, update, type Context } from './context.ts';
import { append, chunks, leased, working } from './logs.ts';

/** With a log of three lines, in two chunks. */
async function ended(store: Store): Promise<WorkLease> {
  const lease = await working(store);
  await append(store, lease, 1, 2, 'one\ntwo');
  await append(store, lease, 3, 1, 'three');
  await end(store, lease);
  return lease;
}

export async function end(store: Store, { jobId }: WorkLease): Promise<void> {
  const held = await store.jobs.get(jobId);
  if (held === null) throw new Error('the job is gone');
  const ended = { state: 'completed', phase: 'succeeded', lease: null, endedAt: t0 } as const;
  await update(store, held, ended, [{ type: 'remove', jobId }]);
}

/** The job runs again. */
export async function again(store: Store, { jobId }: WorkLease): Promise<WorkLease> {
  const before = await store.jobs.get(jobId);
  if (before === null) throw new Error('the job is gone');
  const job = { ...before, state: 'pending', phase: 'waiting', endedAt: null, version: before.version + 1 } as const;
  const work = { blocked: false, priority: 0, pauseMs: null, dueAt: t0, concurrencyKey: null, timeoutMs: null };
  await stored(store, {
    jobs: [{ job, before, expectedVersion: before.version, newItems: [] }],
    work: [{ type: 'put', jobId, jobType: job.type, kind: job.kind, candidate: null, work, now: t0 }],
  });
  return leased(store, job.type);
}

const file = (objectKey: string, lastLine: number): NonNullable<SealedLog['file']> => ({
  objectKey, lastLine, storageUri: `s3://bucket/${objectKey}`, bytes: 30, entryCount: lastLine, createdAt: t0,
  expiresAt: null,
  parts: [{ firstLine: 1, lineCount: 2, offset: 0 }, { firstLine: 3, lineCount: lastLine - 2, offset: 20 }],
});
const sealing = ({ jobId }: WorkLease, changes: Partial<SealedLog> = {}): SealedLog => ({
  id: newId(t0), jobId, lastLine: 3, replaces: null, file: null, chunks: [], ...changes,
});

async function unsealed(store: Store, { jobId }: WorkLease) {
  const after = await store.logs.unsealed({ after: '', limit: 1_000 });
  const named = await store.logs.unsealed({ jobIds: [jobId, 'unheard-of'], limit: 10 });
  expect(after.filter((log) => log.jobId === jobId)).toEqual(named);
  return named[0] ?? null;
}

async function loose(store: Store, now = t0): Promise<readonly string[]> {
  return store.logs.looseObjects({ now, leaseMs: 1_000, limit: 100 });
}

export function sealedLogTests(context: Context): void {
  it('are to be made when their job has ended, page by page', async () => {
    const { store } = context;
    const open = await working(store);
    await append(store, open, 1, 1);
    expect(await unsealed(store, open)).toBeNull();
    const logs = [await ended(store), await ended(store), await ended(store)];
    expect(await unsealed(store, logs[0] as WorkLease)).toEqual({
      jobId: logs[0]?.jobId, kind: 'errand', ownerId: 'user-1', endedAt: t0, lastLine: 3, bytes: 12, chunks: 2,
      hasFile: false,
    });
    const ids = logs.map(({ jobId }) => jobId).toSorted();
    const first = await store.logs.unsealed({ after: '', limit: 2 });
    const rest = await store.logs.unsealed({ after: first.at(-1)?.jobId ?? '', limit: 2 });
    expect([...first, ...rest].map(({ jobId }) => jobId)).toEqual(ids);
  });

  it('are closed as they are, unless something was added meanwhile', async () => {
    const { store } = context;
    const [one, other] = [await ended(store), await ended(store)];
    await store.logs.close([{ jobId: one.jobId, lastLine: 3 }, { jobId: other.jobId, lastLine: 2 }]);
    expect(await unsealed(store, one)).toBeNull();
    expect(await unsealed(store, other)).not.toBeNull();
    expect(await chunks(store, one)).toHaveLength(2);
    await append(store, await again(store, one), 1, 1);
    expect(await unsealed(store, one)).toBeNull();
    await end(store, one);
    expect(await unsealed(store, one)).toMatchObject({ lastLine: 4, chunks: 2 });
  });

  it('put their chunks together', async () => {
    const { store } = context;
    const lease = await ended(store);
    const merged = { firstLine: 1, lineCount: 3, body: new TextEncoder().encode('all three') };
    expect(await store.logs.seal(sealing(lease, { chunks: [merged] }))).toBe(true);
    expect(await unsealed(store, lease)).toBeNull();
    expect(await chunks(store, lease)).toEqual([{ firstLine: 1, lineCount: 3, text: 'all three' }]);
    const lines = await append(store, await again(store, lease), 1, 1, 'more');
    expect(lines).toEqual({ outcome: 'stored', lines: 1 });
    await end(store, lease);
    expect(await unsealed(store, lease)).toMatchObject({ lastLine: 4, bytes: 13, chunks: 2 });
  });

  it('move into an object that was expected', async () => {
    const { store } = context;
    const lease = await ended(store);
    await store.logs.expectObject('a', t0 + 10);
    const sealed = sealing(lease, { file: file('a', 3) });
    expect(await store.logs.seal(sealed)).toBe(true);
    expect(await store.logs.seal({ ...sealed, id: newId(t0) })).toBe(false);
    expect(await loose(store, t0 + 100)).toEqual([]);
    const log = await store.logs.read(lease.jobId, { fromLine: 1, maxBytes: 1 });
    const { objectKey, bytes, lastLine, parts } = file('a', 3);
    expect(log).toEqual({ lastLine: 3, chunks: [], file: { id: sealed.id, objectKey, bytes, lastLine, parts } });
    expect(await unsealed(store, lease)).toBeNull();
  });

  it('do not when the object is deleted already, the log has gone on, or another server was first', async () => {
    const { store } = context;
    const lease = await ended(store);
    await store.logs.expectObject('late', t0);
    expect(await loose(store)).toEqual(['late']);
    const never = sealing(lease, { file: file('never', 3) });
    for (const sealed of [sealing(lease, { file: file('late', 3) }), never]) {
      expect(await store.logs.seal(sealed)).toBe(false);
    }
    await store.logs.expectObject('a', t0 + 10);
    await store.logs.expectObject('b', t0 + 10);
    expect(await store.logs.seal(sealing(lease, { lastLine: 2, file: file('a', 2) }))).toBe(false);
    expect(await store.logs.seal(sealing(lease, { replaces: newId(t0), file: file('a', 3) }))).toBe(false);
    const other = (await context.under.another?.()) ?? store;
    const tries = [store.logs.seal(sealing(lease, { file: file('a', 3) }))];
    tries.push(other.logs.seal(sealing(lease, { file: file('b', 3) })));
    expect((await Promise.all(tries)).toSorted()).toEqual([false, true]);
    expect(await loose(store, t0 + 100)).toHaveLength(1);
  });

  it('are made anew when the job has run again, and leave their old object', async () => {
    const { store } = context;
    const lease = await ended(store);
    await store.logs.expectObject('a', t0 + 10);
    const sealed = sealing(lease, { file: file('a', 3) });
    await store.logs.seal(sealed);
    await append(store, await again(store, lease), 1, 2, 'more');
    await end(store, lease);
    expect(await unsealed(store, lease)).toMatchObject({ lastLine: 5, bytes: 4, chunks: 1, hasFile: true });
    await store.logs.expectObject('b', t0 + 10);
    const next = sealing(lease, { lastLine: 5, replaces: sealed.id, file: file('b', 5) });
    expect(await store.logs.seal(next)).toBe(true);
    expect(await store.logs.read(lease.jobId, { fromLine: 1, maxBytes: 1 })).toMatchObject({
      lastLine: 5, file: { objectKey: 'b' }, chunks: [],
    });
    expect(await loose(store)).toEqual(['a']);
    expect(await loose(store)).toEqual([]);
    expect(await loose(store, t0 + 1_000)).toEqual(['a']);
    await store.logs.forgetObjects(['a', 'b']);
    expect(await loose(store, t0 + 9_000)).toEqual([]);
  });

  it('go with their job, and leave their object to be deleted', async () => {
    const { store } = context;
    const [small, large, old] = [await ended(store), await ended(store), await ended(store)];
    for (const [lease, key] of [[large, 'a'], [old, 'b']] as const) {
      await store.logs.expectObject(key, t0 + 10);
      await store.logs.seal(sealing(lease, { file: file(key, 3) }));
    }
    expect(await store.retention.removeJobs([small.jobId, large.jobId])).toHaveLength(2);
    expect(await loose(store)).toEqual(['a']);
    await store.retention.purgeJobs('errand', t0 + 1, 10);
    expect(await loose(store)).toEqual(['b']);
    for (const { jobId } of [small, large, old]) {
      expect(await store.logs.read(jobId, { fromLine: 1, maxBytes: 1 })).toBeNull();
    }
  });
}
