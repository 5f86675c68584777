import { expect, it } from 'vitest';
import { maxChunkBytes, type LogAppended, type LogChunk, type LogKeep } from '../../ports/store/log-chunks.ts';
import type { Store } from '../../ports/store/store.ts';
import type { WorkLease } from '../../ports/store/work-store.ts';
import { anyJob, stored, t0, withdraw, type Context } from './context.ts';

const keep: LogKeep = { lines: 1_000, bytes: maxChunkBytes };
const rule = { from: 'pending', to: 'processing', event: 'ErrandStarted' } as const;
const work = { blocked: false, priority: 0, pauseMs: null, dueAt: t0, concurrencyKey: null, timeoutMs: null } as const;

/** Stores do not look into chunks: so their bytes are any. */
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
/** As a store gives it back, whatever sort of bytes that has. */
const textOf = ({ body, ...rest }: LogChunk) => ({ ...rest, text: new TextDecoder().decode(body) });

/** Makes a job that a worker has, as an errand would be. */
export async function working(store: Store, type = 'import'): Promise<WorkLease> {
  const job = anyJob({ type });
  await stored(store, {
    jobs: [{ job, before: null, expectedVersion: 0, newItems: [] }],
    work: [{ type: 'put', jobId: job.id, jobType: type, kind: job.kind, candidate: null, work, now: t0 }],
  });
  return leased(store, type);
}

export async function leased(store: Store, type = 'import'): Promise<WorkLease> {
  await store.work.admit(t0);
  const options = { kind: 'errand', claims: [rule], types: [type], limit: 1, workerId: 'w', now: t0, leaseMs: 1_000 };
  const [claimed] = await store.work.claim(options);
  return { jobId: claimed?.job.id ?? '', token: claimed?.job.lease?.token ?? 0 };
}

/** Takes the job back from its worker, for the next one. */
async function released(store: Store, { jobId }: WorkLease): Promise<void> {
  const held = await store.jobs.get(jobId);
  if (held === null) throw new Error('the job is gone');
  const back = { ...held, state: 'pending', phase: 'waiting', lease: null, version: held.version + 1 } as const;
  await stored(store, {
    jobs: [{ job: back, before: held, expectedVersion: held.version, newItems: [] }],
    work: [{ type: 'put', jobId, jobType: held.type, kind: held.kind, candidate: null, work, now: t0 }],
  });
}

export const append = (
  store: Store, lease: WorkLease, firstLine: number | null, lineCount: number, text = 'x', kept = keep,
): Promise<LogAppended> => store.logs.append(lease, { firstLine, lineCount, body: bytes(text) }, kept);

export async function chunks(store: Store, { jobId }: WorkLease, fromLine = 1, maxBytes = 1_000_000) {
  return (await store.logs.read(jobId, { fromLine, maxBytes }))?.chunks.map(textOf) ?? null;
}

export function logTests(context: Context): void {
  it('give chunks back in order, byte by byte', async () => {
    const { store } = context;
    const lease = await working(store);
    const every = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256);
    expect(await append(store, lease, 1, 2, 'one\ntwo')).toEqual({ outcome: 'stored', lines: 2 });
    const chunk = { firstLine: 3, lineCount: 1, body: every };
    expect(await store.logs.append(lease, chunk, keep)).toEqual({ outcome: 'stored', lines: 3 });
    const log = await store.logs.read(lease.jobId, { fromLine: 1, maxBytes: 1_000_000 });
    expect(log).toMatchObject({ lastLine: 3, file: null });
    expect(log?.chunks.map(textOf)[0]).toEqual({ firstLine: 1, lineCount: 2, text: 'one\ntwo' });
    expect(Buffer.from(log?.chunks[1]?.body ?? []).equals(every)).toBe(true);
    expect(await store.logs.read('unheard-of', { fromLine: 1, maxBytes: 1 })).toBeNull();
  });

  it('are read from the chunk with a line on, up to so many bytes', async () => {
    const { store } = context;
    const lease = await working(store);
    for (const first of [1, 4, 7, 10]) await append(store, lease, first, 3, `from ${first}`);
    const firsts = async (fromLine: number, maxBytes?: number) =>
      (await chunks(store, lease, fromLine, maxBytes))?.map(({ firstLine }) => firstLine);
    expect(await firsts(1)).toEqual([1, 4, 7, 10]);
    expect(await firsts(6)).toEqual([4, 7, 10]);
    expect(await firsts(7)).toEqual([7, 10]);
    expect(await firsts(4, 1)).toEqual([4]);
    expect(await firsts(4, 7)).toEqual([4, 7]);
    expect(await firsts(13)).toEqual([]);
  });

  it('store what is said again once', async () => {
    const { store } = context;
    const lease = await working(store);
    await append(store, lease, 1, 3, 'first');
    expect(await append(store, lease, 1, 3, 'first')).toEqual({ outcome: 'known', lines: 3 });
    expect(await append(store, lease, 2, 1, 'some of it')).toEqual({ outcome: 'known', lines: 3 });
    expect(await append(store, lease, 3, 2, 'some new')).toEqual({ outcome: 'overlap', lines: 3 });
    expect(await append(store, lease, 4, 1, 'cut')).toEqual({ outcome: 'stored', lines: 4 });
    expect(await append(store, lease, null, 2, 'not counted')).toEqual({ outcome: 'stored', lines: 6 });
    expect(await append(store, lease, 5, 2, 'not counted')).toEqual({ outcome: 'known', lines: 6 });
    expect((await chunks(store, lease))?.map(({ text }) => text)).toEqual(['first', 'cut', 'not counted']);
  });

  it('leave out the numbers of lines that were dropped before', async () => {
    const { store } = context;
    const lease = await working(store);
    await append(store, lease, 1, 2);
    expect(await append(store, lease, 6, 2)).toEqual({ outcome: 'stored', lines: 7 });
    expect(await append(store, lease, 3, 3)).toEqual({ outcome: 'known', lines: 7 });
    expect((await chunks(store, lease))?.map(({ firstLine }) => firstLine)).toEqual([1, 6]);
  });

  it('refuse a lease that is not the live one, unless it says what is there', async () => {
    const { store } = context;
    const lease = await working(store);
    await append(store, lease, 1, 2);
    const { jobId, token } = lease;
    for (const stale of [{ jobId, token: token - 1 }, { jobId, token: token + 1 }, { jobId: 'unheard-of', token }]) {
      expect(await append(store, stale, 1, 2)).toEqual({ outcome: 'lost' });
    }
    await withdraw(store, jobId);
    expect(await append(store, lease, 1, 2)).toEqual({ outcome: 'known', lines: 2 });
    expect(await append(store, lease, 3, 1)).toEqual({ outcome: 'lost' });
    expect(await append(store, lease, 2, 2)).toEqual({ outcome: 'lost' });
    expect(await append(store, lease, null, 1)).toEqual({ outcome: 'lost' });
    expect(await chunks(store, lease)).toHaveLength(1);
  });

  it('go on counting under the next lease', async () => {
    const { store } = context;
    const first = await working(store);
    await append(store, first, 1, 2);
    await append(store, first, 5, 1);
    await released(store, first);
    expect(await append(store, first, 6, 1)).toEqual({ outcome: 'lost' });
    const second = await leased(store);
    expect(second.jobId).toBe(first.jobId);
    expect(await append(store, first, 6, 1)).toEqual({ outcome: 'lost' });
    expect(await append(store, second, 1, 2)).toEqual({ outcome: 'stored', lines: 2 });
    expect(await append(store, first, 1, 2)).toEqual({ outcome: 'lost' });
    expect(await append(store, second, null, 1)).toEqual({ outcome: 'stored', lines: 3 });
    expect(await chunks(store, second)).toMatchObject([
      { firstLine: 1, lineCount: 2 }, { firstLine: 5, lineCount: 1 }, { firstLine: 6, lineCount: 2 },
      { firstLine: 8, lineCount: 1 },
    ]);
  });

  it('stay with their job', async () => {
    const { store } = context;
    const [one, other] = [await working(store), await working(store)];
    await append(store, one, 1, 2, 'one');
    await append(store, other, 1, 4, 'other');
    expect(await chunks(store, one)).toMatchObject([{ firstLine: 1, lineCount: 2, text: 'one' }]);
    expect(await chunks(store, other)).toMatchObject([{ firstLine: 1, lineCount: 4, text: 'other' }]);
    const open = anyJob();
    await stored(store, { jobs: [{ job: open, before: null, expectedVersion: 0, newItems: [] }] });
    const progress = await store.logs.progress([one.jobId, other.jobId, open.id, 'unheard-of']);
    expect(progress.toSorted((a, b) => a.lastLine - b.lastLine)).toEqual([
      { jobId: open.id, lastLine: 0, hasEnded: false }, { jobId: one.jobId, lastLine: 2, hasEnded: false },
      { jobId: other.jobId, lastLine: 4, hasEnded: false },
    ]);
  });

  it('drop whole chunks beyond the lines that are kept', async () => {
    const { store } = context;
    const lease = await working(store);
    const few = { ...keep, lines: 3 };
    const firsts = async () => (await chunks(store, lease))?.map(({ firstLine }) => firstLine);
    await append(store, lease, 1, 2, 'x', few);
    await append(store, lease, 3, 2, 'x', few);
    expect(await firsts()).toEqual([1, 3]);
    await append(store, lease, 5, 1, 'x', few);
    expect(await firsts()).toEqual([3, 5]);
    await append(store, lease, 6, 10, 'x', few);
    expect(await firsts()).toEqual([6]);
    expect(await append(store, lease, 2, 1, 'x', few)).toEqual({ outcome: 'known', lines: 15 });
  });

  it('drop whole chunks beyond the bytes that are kept', async () => {
    const { store } = context;
    const lease = await working(store);
    const third = 'x'.repeat(maxChunkBytes / 3);
    for (let line = 1; line <= 5; line++) await append(store, lease, line, 1, third);
    expect((await chunks(store, lease))?.map(({ firstLine }) => firstLine)).toEqual([3, 4, 5]);
    await append(store, lease, 6, 1, 'x'.repeat(maxChunkBytes));
    expect((await chunks(store, lease))?.map(({ firstLine }) => firstLine)).toEqual([6]);
  });

  it('take no chunk without lines or bytes, or with too many', async () => {
    const { store } = context;
    const lease = await working(store);
    await expect(async () => append(store, lease, 1, 0)).rejects.toThrow('no chunk has 0 lines');
    await expect(async () => append(store, lease, 0, 1)).rejects.toThrow('no chunk');
    await expect(async () => append(store, lease, 1, 1, '')).rejects.toThrow('0 bytes');
    await expect(async () => append(store, lease, 1, 1, 'x'.repeat(maxChunkBytes + 1))).rejects.toThrow('no chunk');
    const kept = { lines: 0, bytes: maxChunkBytes };
    await expect(async () => append(store, lease, 1, 1, 'x', kept)).rejects.toThrow('kept');
    expect(await chunks(store, lease)).toBeNull();
  });

  it('keep each chunk whole and once, however many are appended at once', async () => {
    const { store } = context;
    const other = (await context.under.another?.()) ?? store;
    const lease = await working(store);
    const said = Array.from({ length: 20 }, (_, i) => append(i % 2 === 0 ? store : other, lease, null, 3, `${i}`));
    const told = await Promise.all([...said, append(store, lease, 200, 1, 'last')]);
    expect(told.every(({ outcome }) => outcome === 'stored')).toBe(true);
    const all = (await chunks(store, lease)) ?? [];
    expect(new Set(all.map(({ text }) => text)).size).toBe(21);
    const ends = all.map(({ firstLine, lineCount }) => firstLine + lineCount);
    expect(all.every(({ firstLine }, i) => firstLine >= (ends[i - 1] ?? 1))).toBe(true);
    const same = await Promise.all([1, 2, 3, 4].map((i) => append(i % 2 === 0 ? store : other, lease, 500, 2, 'same')));
    expect(same.map(({ outcome }) => outcome).toSorted()).toEqual(['known', 'known', 'known', 'stored']);
  });

  it('are there after the store was opened again', async ({ skip }) => {
    const { store, under } = context;
    if (under.reopen === undefined) return skip('this store keeps nothing once it is closed');
    const lease = await working(store);
    await append(store, lease, 1, 2, 'kept');
    const again = await under.reopen();
    expect(await chunks(again, lease)).toEqual([{ firstLine: 1, lineCount: 2, text: 'kept' }]);
    expect(await append(again, lease, 1, 2, 'kept')).toEqual({ outcome: 'known', lines: 2 });
    expect(await append(again, lease, 3, 1)).toEqual({ outcome: 'stored', lines: 3 });
  });
}
