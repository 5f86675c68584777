import { expect, it } from 'vitest';
import type { Job } from '../../domain/job/job.ts';
import { UsageExceeded } from '../../ports/store/commit.ts';
import type { Store } from '../../ports/store/store.ts';
import type { UsageCap } from '../../ports/store/usage-cap.ts';
import { nothing } from './bookkeeper.ts';
import { anyJob, handles, insert, someone, t0, type Context } from './context.ts';
import { claimed, submitted, ErrandBook, written } from './errands.ts';

const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

function bytesOfEnded({ input, fields }: Job): number {
  return (input === null ? 0 : bytesOf(input)) + bytesOf(fields);
}

const uncapped = { kind: 'errand', unfinished: null, kept: null, bytes: null, types: null };

/** Whether the jobs were stored: all of them, or none. */
async function fits(store: Store, cap: UsageCap, ...jobs: readonly Job[]): Promise<boolean> {
  const changes = jobs.map((job) => ({ job, before: null, expectedVersion: 0, newItems: [] }));
  try {
    expect(await store.commit({ ...nothing, jobs: changes, caps: [cap] })).toEqual({ ok: true });
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(UsageExceeded);
    return false;
  }
}

export function usageTests(context: Context): void {
  it('counts jobs and their bytes by owner and kind, from their insert to their removal', async () => {
    const { store } = context;
    const ownerId = someone();
    const input = { data: 'é€😀"' };
    const open = anyJob({ ownerId, input });
    const over = { ownerId, state: 'completed', phase: 'succeeded', endedAt: t0 } as const;
    // As they are kept in one part, and in two.
    const large = { ...input, more: 'ü'.repeat(9_000) };
    const ended = [
      anyJob({ ...over, input: large, fields: { result: 'ü'.repeat(9_000) } }),
      anyJob({ ...over, fields: { result: 2 } }),
    ];
    await insert(store, open, ...ended, anyJob({ ownerId, kind: 'order' }), anyJob({ ownerId: someone() }));
    const bytes = bytesOf(input) + ended.reduce((sum, job) => sum + bytesOfEnded(job), 0);
    expect(await store.usage.of(ownerId, 'errand')).toEqual({ unfinished: 1, kept: 3, bytes });
    expect(await store.usage.of(ownerId, 'order')).toMatchObject({ unfinished: 1, kept: 1 });
    expect(await store.usage.of(someone(), 'errand')).toEqual({ unfinished: 0, kept: 0, bytes: 0 });
    const all = [open, ...ended];
    const sizes = await store.jobs.sizes([...all.map(({ id }) => id), 'not-there']);
    expect([...sizes.values()].reduce((sum, size) => sum + size)).toBe(bytes + bytesOf(open.fields));
    expect([...sizes.keys()].toSorted()).toEqual(all.map(({ id }) => id).toSorted());
    await store.retention.removeJobs([ended[0]!.id]);
    const left = bytes - bytesOfEnded(ended[0]!);
    expect(await store.usage.of(ownerId, 'errand')).toEqual({ unfinished: 1, kept: 2, bytes: left });
    await store.retention.purgeJobs('errand', t0 + 3_600_000, 100);
    expect(await store.usage.of(ownerId, 'errand')).toEqual({ unfinished: 1, kept: 1, bytes: bytesOf(input) });
  });

  it('counts a result with the end of its job', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const [id = '', other = ''] = await submitted(store, book, 2);
    const { ownerId } = book.jobs.get(id)!;
    const before = await store.usage.of(ownerId, 'errand');
    expect(before).toMatchObject({ unfinished: 2, kept: 2 });
    await claimed(store, book);
    expect(await store.usage.of(ownerId, 'errand')).toEqual(before);
    book.complete(id);
    await written(store, book);
    const bytes = before.bytes + bytesOf(book.jobs.get(id)!.fields);
    expect(await store.usage.of(ownerId, 'errand')).toEqual({ unfinished: 1, kept: 2, bytes });
    book.complete(other);
    await written(store, book);
    await store.retention.removeJobs([id, other]);
    expect(await store.usage.of(ownerId, 'errand')).toEqual({ unfinished: 0, kept: 0, bytes: 0 });
  });

  it('keeps to the caps of a commit, or stores nothing of it', async () => {
    const { store } = context;
    const ownerId = someone();
    const made = (changes: Partial<Job> = {}): Job => anyJob({ ownerId, ...changes });
    const over = { state: 'completed', phase: 'succeeded', endedAt: t0 } as const;
    await insert(store, made(), made({ ...over, type: 'copy' }), made({ kind: 'order' }), anyJob());
    const cap = { ...uncapped, ownerId };
    const { bytes } = await store.usage.of(ownerId, 'errand');
    expect(await fits(store, { ...cap, unfinished: 2 }, made(), made())).toBe(false);
    expect(await fits(store, { ...cap, kept: 2 }, made())).toBe(false);
    expect(await fits(store, { ...cap, bytes: bytes + 9 }, made({ input: '12345678' }))).toBe(false);
    expect(await fits(store, { ...cap, types: 2 }, made({ type: 'send' }))).toBe(false);
    expect(await store.usage.of(ownerId, 'errand')).toEqual({ unfinished: 1, kept: 2, bytes });
    expect(await fits(store, { ownerId, kind: 'errand', unfinished: 2, kept: 3, bytes: bytes + 10, types: 2 },
      made({ input: '12345678', type: 'copy' }))).toBe(true);
    expect(await fits(store, { ...cap, types: 3 }, made({ type: 'send' }))).toBe(true);
  });

  it.each([
    { cap: { unfinished: 10 }, fitting: 10 },
    // Four of each type are tried.
    { cap: { types: 2 }, fitting: 8 },
  ])('keeps to caps though several servers store at the same moment: $cap', async ({ cap, fitting }) => {
    const stores = await handles(context);
    const ownerId = someone();
    const stored = await Promise.all(
      Array.from({ length: 24 }, (_, n) =>
        fits(stores[n % stores.length]!, { ...uncapped, ownerId, ...cap }, anyJob({ ownerId, type: `type-${n % 6}` }))),
    );
    expect(stored.filter(Boolean)).toHaveLength(fitting);
    expect((await stores[0]!.usage.of(ownerId, 'errand')).unfinished).toBe(fitting);
    if (cap.types !== undefined) {
      expect(await stores[0]!.jobs.typesOf(ownerId, 'errand', 10)).toHaveLength(cap.types);
    }
  });
}
