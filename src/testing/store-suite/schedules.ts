import { expect, it } from 'vitest';
import { disableSchedules } from '../../application/schedules/changes.ts';
import { createSchedules, type Schedules } from '../../application/schedules/schedules.ts';
import type { RequestContext } from '../../application/request.ts';
import { WritePath } from '../../application/write-path/write-path.ts';
import type { Cron } from '../../ports/cron.ts';
import { counters } from '../../ports/store/counters.ts';
import { scheduleTable, type StoredSchedule } from '../../ports/store/schedule-store.ts';
import type { Store } from '../../ports/store/store.ts';
import type { RecordChange } from '../../ports/store/tables.ts';
import { handles, newId, someone, stored, t0, type Context } from './context.ts';

function schedule(changes: Partial<StoredSchedule> = {}): StoredSchedule {
  return {
    id: newId(t0), ownerId: 'user-1', name: 'nightly', cron: '0 3 * * *', timeZone: 'Europe/Berlin', kind: 'errand',
    jobType: 'import_voters', template: { data: { file: 'voters.csv', deep: [1, null, "it's"] }, priority: 5 },
    missed: 'once', enabled: true, nextAt: t0 + 1_000, lastAt: null, lastJobId: null, version: 1, createdAt: t0,
    updatedAt: t0, ...changes,
  };
}

const idsOf = (schedules: readonly StoredSchedule[]): string[] => schedules.map(({ id }) => id);
const all = { exceptKinds: [], limit: 10 };

function change(row: StoredSchedule, expectedVersion: number): RecordChange {
  return { table: scheduleTable, key: [row.id], expectedVersion, row };
}

const get = (store: Store, { id }: StoredSchedule): Promise<StoredSchedule | null> =>
  store.records.get(scheduleTable, [id]);

/** Ticks every second, whatever is asked for. */
const everySecond: Cron = {
  problems: () => null,
  next: (_cron, _timeZone, after) => after + 1_000 - (after % 1_000),
  newest: () => [],
};

/** The use cases of schedules at one server. */
function servedBy(store: Store): { readonly schedules: Schedules; readonly writePath: WritePath } {
  const clock = { now: () => t0 };
  const writePath = new WritePath({ store, clock });
  const schedules = createSchedules({
    store, writePath, submitters: new Map([['errand', () => Promise.reject(new Error('nothing ticks'))]]),
    cron: everySecond, clock, ids: { uuid: () => newId(t0) } as never, webhookUrlProblem: () => null,
    onChanged: () => {},
  });
  return { schedules, writePath };
}

function operator(userId: string): RequestContext {
  return { caller: { userId, roles: ['operator'] }, correlationId: 'c', traceparent: null };
}

const input = {
  name: 'nightly', cron: '0 3 * * *', timeZone: 'UTC', kind: 'errand', job: { type: 'import' }, missed: 'once',
  enabled: true,
} as const;

export function scheduleTests(context: Context): void {
  const insert = (...schedules: readonly StoredSchedule[]): Promise<void> =>
    stored(context.store, { records: schedules.map((one) => change(one, 0)) });

  it('are got as they were', async () => {
    const rows = [
      schedule({ lastAt: t0 - 5, lastJobId: newId(t0), updatedAt: t0 + 1 }),
      schedule({ template: null, missed: 'skip', enabled: false, nextAt: null, kind: 'order', jobType: '' }),
      schedule({ template: 'words', missed: 'all', version: 7 }),
    ];
    await insert(...rows);
    for (const one of rows) expect(await get(context.store, one)).toEqual(one);
    expect(await get(context.store, schedule())).toBeNull();
  });

  it('are as many as an owner may have, however many servers make them at once', async () => {
    const stores = await handles(context);
    const servers = stores.map(servedBy);
    const ownerId = someone();
    const counter = { kind: 'schedules', scope: ownerId, key: '', value: 995, version: t0 };
    const key = ['schedules', ownerId, ''];
    await stored(context.store, { records: [{ table: counters, key, expectedVersion: 0, row: counter }] });
    const make = (nth: number) => servers[nth % servers.length]!.schedules.create(operator(ownerId), input);
    const made = await Promise.all(Array.from({ length: 12 }, (_, nth) => make(nth)));
    expect(made.filter((one) => one.ok)).toHaveLength(5);
    for (const one of made) if (!one.ok) expect(one.refusal.code).toBe('conflict');
    const { schedules } = context.store;
    const there = await schedules.list({ ownerId, after: null, limit: 100 });
    expect(there).toHaveLength(5);
    expect(await context.store.records.get(counters, key)).toMatchObject({ value: 1_000 });
    // Deleted twice at once, one place is free again.
    const gone = there[0]!.id;
    const deleted = await Promise.all(servers.map((one) => one.schedules.delete(operator(ownerId), gone)));
    expect(deleted.filter((one) => one.ok)).toHaveLength(1);
    const again = await Promise.all([0, 1, 2, 3].map(make));
    expect(again.filter((one) => one.ok)).toHaveLength(1);
  });

  it('are made once under an Idempotency-Key, also by several servers at once', async () => {
    const servers = (await handles(context)).map(servedBy);
    const ownerId = someone();
    const made = await Promise.all(
      Array.from({ length: 6 }, (_, nth) =>
        servers[nth % servers.length]!.schedules.create(operator(ownerId), input, 'nightly')),
    );
    const ids = made.map((one) => (one.ok ? one.value.schedule.id : one.refusal.code));
    expect([new Set(ids).size, made.every((one) => one.ok)]).toEqual([1, true]);
    expect(await context.store.records.get(counters, ['schedules', ownerId, ''])).toMatchObject({ value: 1 });
  });

  it('are all disabled of one owner', async () => {
    const { store } = context;
    const { writePath } = servedBy(store);
    const ownerId = someone();
    const mine = Array.from({ length: 130 }, (_, nth) => schedule({ ownerId, name: `n${nth}` }));
    const [theirs, off] = [schedule({ ownerId: someone() }), schedule({ ownerId, enabled: false, nextAt: null })];
    await insert(...mine, off, theirs);
    const disable = () => disableSchedules({ store, writePath }, operator('admin'), ownerId);
    expect([await disable(), await disable()]).toEqual([{ ok: true, value: 130 }, { ok: true, value: 0 }]);
    const changed = { enabled: false, nextAt: null, version: 2, updatedAt: t0 };
    for (const one of [mine[0]!, mine[129]!]) expect(await get(store, one)).toEqual({ ...one, ...changed });
    expect([await get(store, off), await get(store, theirs)]).toEqual([off, theirs]);
  });

  it('are listed by name, then id, of one owner or of all, page by page', async () => {
    const { schedules } = context.store;
    const [c, a1, b, a2, other] = [
      schedule({ name: 'c' }), schedule({ name: 'a' }), schedule({ name: 'b' }), schedule({ name: 'a' }),
      schedule({ name: 'a', ownerId: 'user-2' }),
    ];
    await insert(c, other, a2, b, a1);
    const ids = async (ownerId: string | null, after: string | null, limit: number): Promise<string[]> =>
      idsOf(await schedules.list({ ownerId, after, limit }));
    const mine = idsOf([a1, a2, b, c]);
    expect(await ids('user-1', null, 10)).toEqual(mine);
    expect(await ids('user-1', null, 1)).toEqual(mine.slice(0, 1));
    expect(await ids('user-1', a1.id, 2)).toEqual(mine.slice(1, 3));
    expect(await ids('user-1', b.id, 10)).toEqual(mine.slice(3));
    expect(await ids('user-1', c.id, 10)).toEqual([]);
    expect(await ids(null, null, 10)).toEqual(idsOf([a1, a2, other, b, c]));
    expect(await ids(null, a2.id, 2)).toEqual(idsOf([other, b]));
    expect(await ids('user-2', a1.id, 10)).toEqual([other.id]);
    expect(await ids('nobody', null, 10)).toEqual([]);
    await stored(context.store, { records: [{ ...change(b, 1), row: null }] });
    expect(await ids('user-1', b.id, 10)).toEqual([]);
    await expect(ids(null, null, 0)).rejects.toThrow('1 to 1000');
    await expect(ids(null, null, 1_001)).rejects.toThrow('1 to 1000');
  });

  it('are due at their time, the longest due first, unless they are disabled or have no more', async () => {
    const { schedules } = context.store;
    const [late, early, same, disabled, over] = [
      schedule({ nextAt: t0 + 20 }), schedule({ nextAt: t0 + 10 }), schedule({ nextAt: t0 + 20 }),
      schedule({ nextAt: t0 + 5, enabled: false }), schedule({ nextAt: null }),
    ];
    await insert(same, late, over, disabled, early);
    expect(await schedules.due(t0 + 9, all)).toEqual([]);
    expect(await schedules.due(t0 + 10, all)).toEqual([early]);
    expect(await schedules.due(t0 + 20, all)).toEqual([early, late, same]);
    expect(await schedules.due(t0 + 99, { ...all, limit: 2 })).toEqual([early, late]);
  });

  it('say when the next one is due', async () => {
    const { schedules } = context.store;
    expect(await schedules.nextDueAt([])).toBeNull();
    const first = schedule({ nextAt: t0 + 10 });
    await insert(
      schedule({ nextAt: t0 + 20 }), first, schedule({ nextAt: t0 + 5, enabled: false }), schedule({ nextAt: null }),
    );
    expect(await schedules.nextDueAt([])).toBe(t0 + 10);
    await stored(context.store, { records: [change({ ...first, nextAt: t0 + 30, version: 2 }, 1)] });
    expect(await schedules.nextDueAt([])).toBe(t0 + 20);
  });

  it('are due, and say so, without those of kinds that are left out', async () => {
    const { schedules } = context.store;
    const [parcel, letter, errand] = [
      schedule({ kind: 'parcel', nextAt: t0 + 10 }), schedule({ kind: 'letter', nextAt: t0 + 20 }),
      schedule({ nextAt: t0 + 30 }),
    ];
    await insert(errand, parcel, letter);
    const due = async (...exceptKinds: string[]) => idsOf(await schedules.due(t0 + 99, { exceptKinds, limit: 10 }));
    expect(await due('parcel')).toEqual(idsOf([letter, errand]));
    expect(await due('letter', 'parcel', 'nothing')).toEqual(idsOf([errand]));
    expect(await schedules.nextDueAt(['parcel'])).toBe(t0 + 20);
    expect(await schedules.nextDueAt(['letter', 'parcel'])).toBe(t0 + 30);
    expect(await schedules.nextDueAt(['letter', 'parcel', 'errand'])).toBeNull();
  });

  it('are there after the store was opened again', async ({ skip }) => {
    const { under } = context;
    if (under.reopen === undefined) return skip('this store keeps nothing once it is closed');
    const mine = schedule();
    await insert(mine);
    expect(await get(await under.reopen(), mine)).toEqual(mine);
  });
}
