import { expect, it } from 'vitest';
import { counterRef, givePlaces, takePlaces } from '../../application/write-path/counting.ts';
import { WritePath, type Operation } from '../../application/write-path/write-path.ts';
import { ok, refuse, type Result } from '../../domain/errors.ts';
import { counters } from '../../ports/store/counters.ts';
import { keyOf, recordRef, type RecordChange } from '../../ports/store/tables.ts';
import type { Store } from '../../ports/store/store.ts';
import { bookkeeper, nothing, someone, stored, t0, type Context } from './context.ts';
import { samples, type Sample } from './sample-table.ts';

const nobody = { jobs: [], accounts: [], reservations: [], records: [], idempotency: [] };

function sample(changes: Partial<Sample> = {}): Sample {
  return {
    ownerId: someone(), name: 'one', note: "it's", size: 3, madeAt: t0, isOpen: true,
    data: { deep: [1, null, 'ü'] }, version: t0, ...changes,
  };
}

function change(row: Sample, expectedVersion: number): RecordChange {
  return { table: samples, key: keyOf(samples, row), expectedVersion, row };
}

const removal = (row: Sample): RecordChange => ({ ...change(row, row.version), row: null });
const nameOf = (row: Sample): string => recordRef(samples, keyOf(samples, row));
const get = (store: Store, row: Sample): Promise<Sample | null> => store.records.get(samples, keyOf(samples, row));

export function recordTests(context: Context): void {
  it('are read as they were stored, one by one, together and by their columns', async () => {
    const { store } = context;
    const ownerId = someone();
    const rows = [
      sample({ ownerId, name: 'a', madeAt: t0 + 2 }),
      sample({ ownerId, name: 'b', note: null, size: null, isOpen: false, data: null, madeAt: t0 + 1 }),
      sample({ ownerId, name: 'it "is" [odd] c', data: 'words' }),
    ];
    await stored(store, { records: [...rows, sample()].map((row) => change(row, 0)) });
    for (const row of rows) expect(await get(store, row)).toEqual(row);
    const names = [...rows, sample()].map((row) => ({ table: samples, key: keyOf(samples, row) }));
    const { records } = await store.load({ ...nobody, records: names });
    expect(new Map(records.map(({ key, row }) => [key[1], row]))).toEqual(new Map(rows.map((row) => [row.name, row])));
    const list = (where: Partial<Sample>, limit: number) =>
      store.records.list(samples, { where, orderBy: ['madeAt', 'name'], limit });
    expect(await list({ ownerId }, 10)).toEqual([rows[2], rows[1], rows[0]]);
    expect(await list({ ownerId }, 1)).toEqual([rows[2]]);
    expect(await list({ ownerId, isOpen: false }, 10)).toEqual([rows[1]]);
    expect(await list({ ownerId: someone() }, 10)).toEqual([]);
    await expect(list({ ownerId }, 0)).rejects.toThrow('1 to 1000');
  });

  it('are listed backwards, and between two values of the first column', async () => {
    const { store } = context;
    const ownerId = someone();
    const rows = ['a', 'b', 'c', 'd'].map((name, at) => sample({ ownerId, name, isOpen: at !== 1 }));
    await stored(store, { records: rows.map((row) => change(row, 0)) });
    const names = async (more: object): Promise<string> =>
      (await store.records.list(samples, { where: { ownerId }, orderBy: ['name'], limit: 10, ...more }))
        .map(({ name }) => name).join('');
    expect(await names({ descending: true })).toBe('dcba');
    expect(await names({ descending: true, limit: 2 })).toBe('dc');
    expect(await names({ range: { from: 'b' } })).toBe('bcd');
    expect(await names({ range: { from: 'b', before: 'd' } })).toBe('bc');
    expect(await names({ descending: true, range: { from: '', before: 'c' } })).toBe('ba');
    expect(await names({ where: { ownerId, isOpen: true }, descending: true, range: { from: 'a', before: 'd' } }))
      .toBe('ca');
  });

  it('are forgotten by the first column of their key, some at a time', async () => {
    const { store } = context;
    // Before all others.
    const rows = ['-a', '-b', '-c', '-d'].map((ownerId) => sample({ ownerId }));
    await stored(store, { records: rows.map((row) => change(row, 0)) });
    const left = async (): Promise<number> =>
      (await Promise.all(rows.map((row) => get(store, row)))).filter((row) => row !== null).length;
    expect(await store.retention.purgeRecords(samples, '-c', 1)).toBe(1);
    expect([await left(), await get(store, rows[0]!)]).toEqual([3, null]);
    expect(await store.retention.purgeRecords(samples, '-c', 10)).toBe(1);
    expect(await store.retention.purgeRecords(samples, '-c', 10)).toBe(0);
    expect([await left(), await get(store, rows[2]!)]).toEqual([2, rows[2]]);
    expect(await store.retention.purgeRecords(samples, '-e', 10)).toBe(2);
  });

  it('are changed and deleted at the expected version only', async () => {
    const { store } = context;
    const first = sample();
    await stored(store, { records: [change(first, 0)] });
    const second = { ...first, note: 'after', size: null, isOpen: false, data: [], version: first.version + 1 };
    await stored(store, { records: [change(second, first.version)] });
    expect(await get(store, first)).toEqual(second);
    const conflict = { ok: false, conflicts: [nameOf(first)] };
    for (const late of [change({ ...first, note: 'late' }, first.version), removal(first), change(first, 0)]) {
      expect(await store.commit({ ...nothing, records: [late] })).toEqual(conflict);
      expect(await get(store, first)).toEqual(second);
    }
    await stored(store, { records: [removal(second)] });
    expect(await get(store, first)).toBeNull();
    const lost = [change({ ...second, version: second.version + 1 }, second.version), removal(second)];
    for (const late of lost) expect(await store.commit({ ...nothing, records: [late] })).toEqual(conflict);
    expect(await get(store, first)).toBeNull();
  });

  it('are stored with the rest of their commit, or not at all', async () => {
    const { store } = context;
    const book = bookkeeper();
    const owner = book.account(someone(), 'pro', 1);
    const whole = book.take();
    const [there, fresh] = [sample(), sample()];
    await stored(store, { records: [change(there, 0)] });
    const stale = change({ ...there, note: 'late', version: t0 + 9 }, there.version + 1);
    const late = await store.commit({ ...nothing, ...whole, records: [change(fresh, 0), stale] });
    expect(late).toEqual({ ok: false, conflicts: [nameOf(there)] });
    expect([await get(store, fresh), await store.accounts.get(owner)]).toEqual([null, null]);
    await stored(store, { ...whole, records: [change(fresh, 0), removal(there)] });
    expect([await get(store, fresh), await get(store, there)]).toEqual([fresh, null]);
    const again = await store.commit({ ...nothing, accounts: whole.accounts, records: [removal(fresh)] });
    expect(again).toEqual({ ok: false, conflicts: [`account:${owner}`] });
    expect(await get(store, fresh)).toEqual(fresh);
  });

  it('are created by one of several servers at once, and changed by each in turn', async () => {
    const { paths, store } = await servers(context);
    const row = sample();
    const key = keyOf(samples, row);
    const made = await Promise.all(paths.map((path) => path.run(creating(row))));
    expect(made.map((one) => (one.ok ? 'made' : one.refusal.code)).sort()).toEqual(['conflict', 'made']);
    const adding = paths.flatMap((path) => Array.from({ length: 20 }, () => path.run(adding1(key))));
    expect((await Promise.all(adding)).every((one) => one.ok)).toBe(true);
    expect(await get(store, row)).toMatchObject({ size: 43 });
  });

  it('are told apart when one was deleted and created again', async () => {
    const { paths: [here, there], store } = await servers(context, (() => {
      let now = t0;
      return () => now++;
    })());
    const row = sample();
    const key = keyOf(samples, row);
    await here.run(creating(row));
    await there.run(operation(key, (draft) => {
      draft.deleteRecord(samples, key);
      return ok(null);
    }));
    await there.run(creating({ ...row, size: 100 }));
    // Decided first on what is remembered.
    await here.run(adding1(key));
    expect(await get(store, row)).toMatchObject({ size: 101 });
  });

  it('can be counters, whose limit no number of servers exceeds', async () => {
    const { paths, store } = await servers(context);
    const counted = { kind: 'sample', scope: someone(), key: '' };
    const refused = (taken: number) => refuse('conflict', `${taken} are taken`);
    const taking = (count: number): Operation<number> => ({
      actor: 'a', correlationId: 'c', reads: [counterRef(counted)],
      decide: (draft) => takePlaces(draft, counted, { count, limit: 5, refused }),
    });
    const asked = paths.flatMap((path) => Array.from({ length: 6 }, () => path.run(taking(1))));
    const taken = await Promise.all(asked);
    expect(taken.flatMap((one) => (one.ok ? [one.value] : [])).sort()).toEqual([1, 2, 3, 4, 5]);
    expect(taken.filter((one) => !one.ok && one.refusal.code === 'conflict')).toHaveLength(7);
    const giving: Operation<number> = { ...taking(1), decide: (draft) => ok(givePlaces(draft, counted, 2)) };
    expect(await paths[0].run(giving)).toEqual(ok(3));
    expect(await paths[1].run(taking(3))).toMatchObject({ ok: false });
    expect(await paths[1].run(taking(2))).toEqual(ok(5));
    expect(await store.records.get(counters, ['sample', counted.scope, ''])).toMatchObject({ value: 5 });
  });
}

/** Two servers on the same data, as far as the store can have several. */
async function servers(
  { store, under }: Context,
  now = () => t0,
): Promise<{ readonly paths: readonly [WritePath, WritePath]; readonly store: Store }> {
  const other = (await under.another?.()) ?? store;
  const path = (one: Store): WritePath => new WritePath({ store: one, clock: { now } });
  return { paths: [path(store), path(other)], store };
}

type Decide<T> = Operation<T>['decide'];

function operation<T>(key: readonly string[], decide: Decide<T>): Operation<T> {
  return { actor: 'a', correlationId: 'c', reads: [recordRef(samples, key)], decide };
}

function creating(row: Sample): Operation<Sample> {
  const key = keyOf(samples, row);
  return operation(key, (draft): Result<Sample> =>
    draft.record(samples, key) === null ? ok(draft.putRecord(samples, row)) : refuse('conflict', 'it is there'));
}

function adding1(key: readonly string[]): Operation<number> {
  return operation(key, (draft): Result<number> => {
    const row = draft.record(samples, key);
    if (row === null) return refuse('not_found', 'it is gone');
    return ok(draft.putRecord(samples, { ...row, size: (row.size ?? 0) + 1 }).size ?? 0);
  });
}
