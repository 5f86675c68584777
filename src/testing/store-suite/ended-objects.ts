import { expect, it } from 'vitest';
import type { EndedObjects } from '../../domain/job/ended-objects.ts';
import { newId, someone, stored, t0, type Context } from './context.ts';

const hour = 3_600_000;

function ended(endedAt: number, changes: Partial<EndedObjects> = {}): EndedObjects {
  return {
    jobId: newId(t0), kind: 'sample', part: 'results', ownerId: someone(), policy: 'results', endedAt, ...changes,
  };
}

export function endedObjectTests(context: Context): void {
  it('are due for purge after their policy’s time, the longest due first', async () => {
    const { store: { endedObjects: list } } = context;
    const [first, second, third] = [t0 - 9 * hour, t0 - 8 * hour, t0 - 7 * hour].map((at) => ended(at));
    const others = [ended(t0), ended(t0 - 9 * hour, { policy: 'inputs', part: 'inputs' })];
    await stored(context.store, { objects: [second!, third!, first!, ...others] });
    expect(await list.nextDueAt()).toBeNull();
    expect(await list.due({ now: t0, leaseMs: 1, limit: 10 })).toEqual([]);
    const options = { now: t0, dueAt: t0 + 5, limit: 2 };
    expect(await list.begin('results', t0 - 7 * hour, options)).toBe(2);
    expect(await list.begin('results', t0 - 7 * hour, options)).toBe(0);
    expect(await list.begin('results', t0, options)).toBe(1);
    expect(await list.nextDueAt()).toBe(t0 + 5);
    expect(await list.due({ now: t0 + 4, leaseMs: 100, limit: 10 })).toEqual([]);
    const due = await list.due({ now: t0 + 5, leaseMs: 100, limit: 10 });
    expect(new Set(due)).toEqual(new Set([first, second, third]));
    expect(await list.purged(first!.jobId)).toEqual([{ part: 'results', purgedAt: t0 }]);
    expect(await list.purged(others[0]!.jobId)).toEqual([]);
  });

  it('are leased for purge: offered again later, put off, or done for good', async () => {
    const { store: { endedObjects: list } } = context;
    const both = [ended(t0 - 2), ended(t0 - 1)];
    await stored(context.store, { objects: both });
    await list.begin('results', t0, { now: t0, dueAt: t0, limit: 10 });
    expect(await list.due({ now: t0, leaseMs: 100, limit: 10 })).toHaveLength(2);
    expect(await list.due({ now: t0 + 99, leaseMs: 100, limit: 10 })).toEqual([]);
    await list.putOff(both[0]!, null);
    await list.putOff(both[1]!, t0 + 50);
    expect(await list.due({ now: t0 + 50, leaseMs: 100, limit: 10 })).toEqual([both[1]]);
    await list.putOff(both[1]!, null);
    expect(await list.nextDueAt()).toBeNull();
  });

  it('are recorded once, however often the end is committed', async () => {
    const { store } = context;
    const one = ended(t0 - hour);
    await stored(store, { objects: [one] });
    await store.endedObjects.begin('results', t0, { now: t0, dueAt: t0, limit: 10 });
    await stored(store, { objects: [one] });
    expect(await store.endedObjects.begin('results', t0 + hour, { now: t0, dueAt: t0, limit: 10 })).toBe(0);
  });

  it('of a job that was retried are kept from its last end on', async () => {
    const { store } = context;
    const one = ended(t0 - hour);
    await stored(store, { objects: [one] });
    await store.endedObjects.begin('results', t0, { now: t0, dueAt: t0, limit: 10 });
    await stored(store, { objects: [{ ...one, endedAt: t0 }] });
    expect(await store.endedObjects.nextDueAt()).toBeNull();
    expect(await store.endedObjects.purged(one.jobId)).toEqual([]);
    const options = { now: t0, dueAt: t0, limit: 10 };
    expect(await store.endedObjects.begin('results', t0, options)).toBe(0);
    expect(await store.endedObjects.begin('results', t0 + 1, options)).toBe(1);
  });
}
