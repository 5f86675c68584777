import { expect, it } from 'vitest';
import type { LogLine, NewLogLine } from '../../ports/store/log-store.ts';
import type { Store } from '../../ports/store/store.ts';
import type { WorkLease } from '../../ports/store/work-store.ts';
import { anyJob, stored, t0, type Context } from './context.ts';

const keep = 1_000;
const rule = { from: 'pending', to: 'processing', event: 'ErrandStarted' } as const;
const work = { blocked: false, priority: 0, pauseMs: null, dueAt: t0, concurrencyKey: null, timeoutMs: null } as const;

const line = (message: string, changes: Partial<NewLogLine> = {}): NewLogLine => ({
  at: t0, level: 'info', message, attempt: 1, ...changes,
});
const lines = (from: number, to: number): NewLogLine[] =>
  Array.from({ length: to - from + 1 }, (_, i) => line(`line ${from + i}`));
const numbered = (from: number, to: number): LogLine[] =>
  lines(from, to).map((one, i) => ({ ...one, number: from + i }));

/** Makes a job that a worker has, as an errand would be. */
async function working(store: Store, type = 'import'): Promise<WorkLease> {
  const job = anyJob({ type });
  await stored(store, {
    jobs: [{ job, before: null, expectedVersion: 0, newItems: [] }],
    work: [{ type: 'put', jobId: job.id, jobType: type, kind: job.kind, ownerId: null, work, now: t0 }],
  });
  return leased(store, type);
}

async function leased(store: Store, type = 'import'): Promise<WorkLease> {
  await store.work.admit(t0);
  const options = { kind: 'errand', claims: [rule], types: [type], limit: 1, workerId: 'w', now: t0, leaseMs: 1_000 };
  const [claimed] = await store.work.claim(options);
  return { jobId: claimed?.job.id ?? '', token: claimed?.job.lease?.token ?? 0 };
}

const read = (store: Store, { jobId }: WorkLease, after = 0, limit = 1_000): Promise<readonly LogLine[]> =>
  store.logs.read(jobId, { after, limit });

export function logTests(context: Context): void {
  it('are read in the order in which they were appended, as they were', async () => {
    const { store } = context;
    const lease = await working(store);
    const said = [
      line('first', { level: 'debug', at: t0 + 5 }), line('', { level: 'warn', attempt: 3 }),
      line('"quoted"\n\u00e9\u{1f980} \u0000 and half a pair: \ud83e', { level: 'error', at: t0 - 1 }),
    ];
    expect(await store.logs.append(lease, said.slice(0, 2), keep)).toBe(true);
    expect(await store.logs.append(lease, said.slice(2), keep)).toBe(true);
    expect(await read(store, lease)).toEqual(said.map((one, i) => ({ ...one, number: i + 1 })));
  });

  it('are read after a number, page by page', async () => {
    const { store } = context;
    const lease = await working(store);
    await store.logs.append(lease, lines(1, 7), keep);
    expect(await read(store, lease, 0, 3)).toEqual(numbered(1, 3));
    expect(await read(store, lease, 3, 3)).toEqual(numbered(4, 6));
    expect(await read(store, lease, 6, 3)).toEqual(numbered(7, 7));
    expect(await read(store, lease, 7, 3)).toEqual([]);
    expect(await store.logs.read('unheard-of', { after: 0, limit: 3 })).toEqual([]);
    await expect(read(store, lease, 0, 0)).rejects.toThrow('1 to 1000');
    await expect(read(store, lease, 0, 1_001)).rejects.toThrow('1 to 1000');
  });

  it('stay with their job', async () => {
    const { store } = context;
    const [one, other] = [await working(store), await working(store)];
    await store.logs.append(one, lines(1, 2), keep);
    await store.logs.append(other, lines(1, 4), 3);
    expect(await read(store, one)).toEqual(numbered(1, 2));
    expect(await read(store, other)).toEqual(numbered(2, 4));
  });

  it('are refused of a lease that is not the live one', async () => {
    const { store } = context;
    const lease = await working(store);
    await store.logs.append(lease, lines(1, 2), keep);
    const { jobId, token } = lease;
    for (const stale of [{ jobId, token: token - 1 }, { jobId, token: token + 1 }, { jobId: 'unheard-of', token }]) {
      expect(await store.logs.append(stale, lines(3, 3), 1)).toBe(false);
    }
    expect(await read(store, lease)).toEqual(numbered(1, 2));
  });

  it('are refused once the work was taken back, and go on under the next lease', async () => {
    const { store } = context;
    const first = await working(store);
    await store.logs.append(first, lines(1, 2), keep);
    const held = await store.jobs.get(first.jobId);
    if (held === null) throw new Error('the job is gone');
    const back = { ...held, state: 'pending', phase: 'waiting', lease: null, version: held.version + 1 } as const;
    await stored(store, {
      jobs: [{ job: back, before: held, expectedVersion: held.version, newItems: [] }],
      work: [{ type: 'put', jobId: first.jobId, jobType: 'import', kind: held.kind, ownerId: null, work, now: t0 }],
    });
    expect(await store.logs.append(first, lines(3, 3), keep)).toBe(false);
    const second = await leased(store);
    expect(second.jobId).toBe(first.jobId);
    expect(await store.logs.append(first, lines(3, 3), keep)).toBe(false);
    expect(await store.logs.append(second, lines(3, 4), keep)).toBe(true);
    expect(await read(store, first)).toEqual(numbered(1, 4));
    await stored(store, { work: [{ type: 'remove', jobId: first.jobId }] });
    expect(await store.logs.append(second, lines(5, 5), keep)).toBe(false);
    expect(await read(store, first)).toEqual(numbered(1, 4));
  });

  it('go when they are beyond the newest that are kept, and their numbers are not used again', async () => {
    const { store } = context;
    const lease = await working(store);
    await store.logs.append(lease, lines(1, 3), 3);
    expect(await read(store, lease)).toEqual(numbered(1, 3));
    await store.logs.append(lease, lines(4, 5), 3);
    expect(await read(store, lease)).toEqual(numbered(3, 5));
    await store.logs.append(lease, lines(6, 15), 3);
    expect(await read(store, lease)).toEqual(numbered(13, 15));
    await store.logs.append(lease, lines(16, 16), 1);
    expect(await read(store, lease)).toEqual(numbered(16, 16));
    await store.logs.append(lease, lines(17, 17), 2);
    expect(await read(store, lease)).toEqual(numbered(16, 17));
    await expect(store.logs.append(lease, lines(18, 18), 0)).rejects.toThrow('1 line or more');
  });

  it('may be none, which says whether the lease is the live one', async () => {
    const { store } = context;
    const lease = await working(store);
    expect(await store.logs.append(lease, [], keep)).toBe(true);
    expect(await store.logs.append({ ...lease, token: lease.token + 1 }, [], keep)).toBe(false);
    expect(await read(store, lease)).toEqual([]);
  });

  it('have each a number of their own, however many are appended at once', async () => {
    const { store } = context;
    const other = (await context.under.another?.()) ?? store;
    const lease = await working(store);
    const groups = Array.from({ length: 20 }, (_, group) => [0, 1, 2].map((i) => line(`${group}.${i}`)));
    const told = await Promise.all(
      groups.map((group, i) => (i % 2 === 0 ? store : other).logs.append(lease, group, keep)),
    );
    expect(told).toEqual(groups.map(() => true));
    const all = await read(store, lease);
    expect(all.map(({ number }) => number)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    // What was appended together stands together.
    const firsts = all.filter((_, i) => i % 3 === 0).map(({ message }) => message.split('.')[0] as string);
    expect(all.map(({ message }) => message)).toEqual(firsts.flatMap((group) => [0, 1, 2].map((i) => `${group}.${i}`)));
    expect(new Set(firsts).size).toBe(20);
  });

  it('are there after the store was opened again', async ({ skip }) => {
    const { store, under } = context;
    if (under.reopen === undefined) return skip('this store keeps nothing once it is closed');
    const lease = await working(store);
    await store.logs.append(lease, lines(1, 2), keep);
    const again = await under.reopen();
    expect(await read(again, lease)).toEqual(numbered(1, 2));
    expect(await again.logs.append(lease, lines(3, 3), keep)).toBe(true);
  });
}
