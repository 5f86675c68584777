import { expect, it } from 'vitest';
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

  it('have no reservation for a job that has none', async () => {
    expect(await context.store.accounts.reservation(newId(t0))).toBeNull();
  });
}
