import { expect, it } from 'vitest';
import { movementDirections, type LedgerEntry } from '../../domain/account/account.ts';
import { dayMs } from '../../domain/account/days.ts';
import { balancesOf } from '../../domain/account/ledger.ts';
import { bookkeeper, newId, someone, stored, t0, type Context } from './context.ts';

export function accountTests(context: Context): void {
  it('have the balances of their ledger', async () => {
    const { store } = context;
    const book = bookkeeper();
    const owner = book.account(someone(), 'pro', 20);
    const [done, canceled, held] = [book.submit(owner, 3), book.submit(owner, 4), book.submit(owner, 2)];
    await stored(store, book.take());
    book.finish(done);
    book.cancel(canceled);
    await stored(store, book.take());
    const account = await store.accounts.get(owner);
    const ledger = await store.accounts.ledger(owner, { after: 0, limit: 1_000 });
    // A pro account starts with nothing: the 10 are the free plan's, with which it was opened.
    expect(account).toMatchObject({ granted: 30, available: 25, reserved: 2, spent: 3, activeJobs: 1 });
    const { available, reserved, spent } = account as NonNullable<typeof account>;
    expect(balancesOf(ledger)).toEqual({ granted: -30, available, reserved, spent });
    expect(await store.accounts.reservation(held)).toEqual(book.reservations.get(held));
    expect(await store.accounts.reservation(done)).toMatchObject({ state: 'committed', held: 0, spent: 3 });
    expect(await store.accounts.reservation(canceled)).toMatchObject({ state: 'rolled-back', held: 0, spent: 0 });
  });

  it('list their ledger oldest first, from a given entry on', async () => {
    const { store } = context;
    const book = bookkeeper();
    const owner = book.account(someone(), 'pro', 20);
    for (let i = 0; i < 5; i++) book.finish(book.submit(owner, 1));
    const { ledger } = book.take();
    await stored(store, { ledger });
    expect(await store.accounts.ledger(owner, { after: 0, limit: 1_000 })).toEqual(ledger);
    expect(await store.accounts.ledger(owner, { after: 3, limit: 4 })).toEqual(ledger.slice(3, 7));
    expect(await store.accounts.ledger(owner, { after: ledger.length, limit: 4 })).toEqual([]);
    expect(await store.accounts.ledger(someone(), { after: 0, limit: 4 })).toEqual([]);
  });

  it('list their ledger newest first, back from a given entry', async () => {
    const { store } = context;
    const book = bookkeeper();
    const owner = book.account(someone(), 'pro', 20);
    for (let i = 0; i < 5; i++) book.finish(book.submit(owner, 1));
    const { ledger } = book.take();
    await stored(store, { ledger });
    const newest = ledger.toReversed();
    const read = (after: number, limit: number) => store.accounts.ledger(owner, { after, limit, newestFirst: true });
    expect(await read(0, 1_000)).toEqual(newest);
    expect(await read(0, 4)).toEqual(newest.slice(0, 4));
    expect(await read(newest[3]!.sequence, 4)).toEqual(newest.slice(4, 8));
    expect(await read(1, 4)).toEqual([]);
  });

  it('have the sums of each day, whichever commits its entries came with', async () => {
    const { store } = context;
    const book = bookkeeper();
    const owner = book.account(someone(), 'pro', 20);
    const { ledger: [first] } = book.take();
    const on = (day: number, type: LedgerEntry['type'], amount: number, sequence: number): LedgerEntry => ({
      ...first!, sequence, type, amount, ...movementDirections[type], at: t0 + day * dayMs,
    });
    await stored(store, { ledger: [on(0, 'grant', 20, 1), on(0, 'reserve', 5, 2), on(0, 'return', 1, 3)] });
    await stored(store, { ledger: [on(0, 'commit', 3, 4), on(0, 'rollback', 1, 5), on(2, 'grant', 7, 6)] });
    const day = t0 / dayMs;
    const [zero, second] = [
      { accountId: owner, day, granted: 20, held: 5, spent: 3, returned: 2 },
      { accountId: owner, day: day + 2, granted: 7, held: 0, spent: 0, returned: 0 },
    ];
    expect(await store.accounts.days(owner, { from: day - 30, to: day + 2 })).toEqual([zero, second]);
    expect(await store.accounts.days(owner, { from: day + 1, to: day + 2 })).toEqual([second]);
    expect(await store.accounts.days(owner, { from: day, to: day + 1 })).toEqual([zero]);
    expect(await store.accounts.days(someone(), { from: day, to: day })).toEqual([]);
    await expect(store.accounts.days(owner, { from: day, to: day + 366 })).rejects.toThrow();
  });

  it('are listed by id, all or those whose ids begin alike', async () => {
    const { store } = context;
    const book = bookkeeper();
    const prefix = `${someone()}-`;
    const [ada, adele, bob] = ['ada', 'adele', 'bob'].map((name) => book.account(prefix + name, 'free', 0));
    book.account(someone(), 'free', 0);
    await stored(store, book.take());
    const ids = async (options: { readonly after?: string; readonly prefix?: string; readonly limit?: number }) =>
      (await store.accounts.list({ after: null, prefix, limit: 10, ...options })).map(({ id }) => id);
    expect(await ids({})).toEqual([ada, adele, bob]);
    expect(await ids({ prefix: `${prefix}ad` })).toEqual([ada, adele]);
    expect(await ids({ after: ada!, limit: 1 })).toEqual([adele]);
    expect(await ids({ after: bob! })).toEqual([]);
    expect((await ids({ prefix: '' })).length).toBe(4);
    expect((await store.accounts.list({ after: null, prefix: `${prefix}bob`, limit: 1 }))[0])
      .toEqual(await store.accounts.get(bob!));
  });

  it('have no reservation for a job that has none', async () => {
    expect(await context.store.accounts.reservation(newId(t0))).toBeNull();
  });
}
