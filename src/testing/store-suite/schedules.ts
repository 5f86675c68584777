import { expect, it } from 'vitest';
import type { StoredSchedule } from '../../ports/store/schedule-store.ts';
import { newId, t0, type Context } from './context.ts';

function schedule(changes: Partial<StoredSchedule> = {}): StoredSchedule {
  return {
    id: newId(t0), ownerId: 'user-1', name: 'nightly', cron: '0 3 * * *', timeZone: 'Europe/Berlin',
    jobType: 'import_voters', template: { data: { file: 'voters.csv', deep: [1, null, "it's"] }, priority: 5 },
    missed: 'once', enabled: true, nextAt: t0 + 1_000, lastAt: null, lastJobId: null, version: 1, createdAt: t0,
    updatedAt: t0, ...changes,
  };
}

const idsOf = (schedules: readonly StoredSchedule[]): string[] => schedules.map(({ id }) => id);

export function scheduleTests(context: Context): void {
  const insert = async (...schedules: readonly StoredSchedule[]): Promise<void> => {
    for (const one of schedules) expect(await context.store.schedules.insert(one)).toBe(true);
  };

  it('are got as they were', async () => {
    const { schedules } = context.store;
    const all = [
      schedule({ lastAt: t0 - 5, lastJobId: newId(t0), updatedAt: t0 + 1 }),
      schedule({ template: null, missed: 'skip', enabled: false, nextAt: null }),
      schedule({ template: 'words', missed: 'all', version: 7 }),
    ];
    await insert(...all);
    for (const one of all) expect(await schedules.get(one.id)).toEqual(one);
    expect(await schedules.get(newId(t0))).toBeNull();
  });

  it('are switched off all at once, those of one owner', async () => {
    const { schedules } = context.store;
    const [mine, theirs] = [schedule(), schedule({ ownerId: 'user-2' })];
    const off = schedule({ enabled: false, nextAt: null });
    await insert(mine, off, theirs);
    expect(await schedules.switchOff('user-1', t0 + 9)).toBe(1);
    expect(await schedules.switchOff('user-1', t0 + 10)).toBe(0);
    const changed = { enabled: false, nextAt: null, version: 2, updatedAt: t0 + 9 };
    expect(await schedules.get(mine.id)).toEqual({ ...mine, ...changed });
    expect([await schedules.get(off.id), await schedules.get(theirs.id)]).toEqual([off, theirs]);
    expect(await schedules.replace({ ...mine, name: 'late' }, 1)).toBe(false);
  });

  it('are not inserted when their id is taken', async () => {
    const { schedules } = context.store;
    const mine = schedule();
    await insert(mine);
    expect(await schedules.insert(schedule({ id: mine.id, name: 'another' }))).toBe(false);
    expect(await schedules.get(mine.id)).toEqual(mine);
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
    await schedules.delete(b.id);
    expect(await ids('user-1', b.id, 10)).toEqual([]);
    await expect(ids(null, null, 0)).rejects.toThrow('1 to 1000');
    await expect(ids(null, null, 1_001)).rejects.toThrow('1 to 1000');
  });

  it('are replaced while they are at the version that is said, and then have the next one', async () => {
    const { schedules } = context.store;
    const [first, other] = [schedule(), schedule()];
    await insert(first, other);
    const second = {
      ...first, ownerId: 'user-3', name: 'hourly', cron: '0 * * * *', timeZone: 'UTC', jobType: 'export', template: [2],
      missed: 'all', enabled: false, nextAt: null, lastAt: t0 + 4, lastJobId: newId(t0), version: 2, updatedAt: t0 + 9,
    } as const;
    expect(await schedules.replace(second, 2)).toBe(false);
    expect(await schedules.get(first.id)).toEqual(first);
    expect(await schedules.replace(second, 1)).toBe(true);
    expect(await schedules.get(first.id)).toEqual(second);
    expect(await schedules.replace({ ...second, name: 'late' }, 1)).toBe(false);
    expect(await schedules.replace({ ...second, name: 'third' }, 2)).toBe(true);
    expect(await schedules.get(first.id)).toEqual({ ...second, name: 'third', version: 3 });
    expect(await schedules.get(other.id)).toEqual(other);
    expect(await schedules.replace(schedule(), 1)).toBe(false);
  });

  it('are replaced by one of several servers that want to at once', async () => {
    const { store } = context;
    const another = (await context.under.another?.()) ?? store;
    const mine = schedule();
    await insert(mine);
    const ticks = Array.from({ length: 10 }, (_, i) => ({ ...mine, lastJobId: newId(t0), lastAt: t0 + i, version: 2 }));
    const told = await Promise.all(ticks.map((tick, i) => (i % 2 === 0 ? store : another).schedules.replace(tick, 1)));
    const winners = ticks.filter((_, i) => told[i]);
    expect(winners).toHaveLength(1);
    expect(await store.schedules.get(mine.id)).toEqual(winners[0]);
  });

  it('are deleted once', async () => {
    const { schedules } = context.store;
    const [mine, other] = [schedule(), schedule()];
    await insert(mine, other);
    expect(await schedules.delete(mine.id)).toBe(true);
    expect(await schedules.delete(mine.id)).toBe(false);
    expect(await schedules.get(mine.id)).toBeNull();
    expect(await schedules.replace({ ...mine, version: 2 }, 1)).toBe(false);
    expect(await schedules.get(other.id)).toEqual(other);
  });

  it('are due at their time, the longest due first, unless they are disabled or have no more', async () => {
    const { schedules } = context.store;
    const [late, early, same, disabled, over] = [
      schedule({ nextAt: t0 + 20 }), schedule({ nextAt: t0 + 10 }), schedule({ nextAt: t0 + 20 }),
      schedule({ nextAt: t0 + 5, enabled: false }), schedule({ nextAt: null }),
    ];
    await insert(same, late, over, disabled, early);
    expect(await schedules.due(t0 + 9, 10)).toEqual([]);
    expect(await schedules.due(t0 + 10, 10)).toEqual([early]);
    expect(await schedules.due(t0 + 20, 10)).toEqual([early, late, same]);
    expect(await schedules.due(t0 + 99, 2)).toEqual([early, late]);
  });

  it('say when the next one is due', async () => {
    const { schedules } = context.store;
    expect(await schedules.nextDueAt()).toBeNull();
    const first = schedule({ nextAt: t0 + 10 });
    await insert(
      schedule({ nextAt: t0 + 20 }), first, schedule({ nextAt: t0 + 5, enabled: false }), schedule({ nextAt: null }),
    );
    expect(await schedules.nextDueAt()).toBe(t0 + 10);
    await schedules.replace({ ...first, nextAt: t0 + 30, version: 2 }, 1);
    expect(await schedules.nextDueAt()).toBe(t0 + 20);
  });

  it('are there after the store was opened again', async ({ skip }) => {
    const { under } = context;
    if (under.reopen === undefined) return skip('this store keeps nothing once it is closed');
    const mine = schedule();
    await insert(mine);
    expect(await (await under.reopen()).schedules.get(mine.id)).toEqual(mine);
  });
}
