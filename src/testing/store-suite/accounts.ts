import { expect, it } from 'vitest';
import type { Rule } from '../../domain/account/account.ts';
import { balancesOf } from '../../domain/account/ledger.ts';
import { bookkeeper, newId, nothing, someone, stored, t0, type Context } from './context.ts';

export function accountTests(context: Context): void {
  it('are what their ledger says', async () => {
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

  it('give their ledger oldest first, on from where the reader was', async () => {
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

function ruleOf(accountId: string, createdAt: number, name: string): Rule {
  const concepts = { background: { action: 'recolor', value: '#fff' } };
  const [id, presetId] = [newId(createdAt), name === 'second' ? null : 'interior'];
  return { id, accountId, name, presetId, concepts, protect: ['person'], createdAt, updatedAt: createdAt };
}

export function ruleTests(context: Context): void {
  it('are listed oldest first, for their account alone', async () => {
    const { store } = context;
    const [owner, other] = [someone(), someone()];
    const rules = [ruleOf(owner, t0, 'first'), ruleOf(owner, t0 + 1, 'second'), ruleOf(owner, t0 + 2, 'third')];
    const foreign = ruleOf(other, t0, 'theirs');
    const [first, second, third] = rules;
    for (const rule of [third, foreign, first, second]) {
      if (rule !== undefined) await stored(store, { rules: [{ type: 'put', rule }] });
    }
    expect(await store.accounts.rules(owner)).toEqual(rules);
    expect(await store.accounts.rules(other)).toEqual([foreign]);
    expect(await store.accounts.rules(someone())).toEqual([]);
  });

  it('are changed and deleted', async () => {
    const { store } = context;
    const owner = someone();
    const rule = ruleOf(owner, t0, 'before');
    await stored(store, { rules: [{ type: 'put', rule }] });
    const changed = { ...rule, name: 'after', presetId: 'seller', concepts: {}, protect: [], updatedAt: t0 + 5 };
    await stored(store, { rules: [{ type: 'put', rule: changed }] });
    expect(await store.accounts.rule(rule.id)).toEqual(changed);
    const { rules } = await store.load({ jobs: [], accounts: [], reservations: [], rules: [rule.id], idempotency: [] });
    expect(rules).toEqual([changed]);
    await stored(store, { rules: [{ type: 'delete', ruleId: rule.id }] });
    expect(await store.accounts.rule(rule.id)).toBeNull();
    expect(await store.accounts.rules(owner)).toEqual([]);
  });

  it('stay as they are when their account has moved on', async () => {
    const { store } = context;
    const book = bookkeeper();
    const owner = book.account(someone(), 'pro', 1);
    const { accounts, ...rest } = book.take();
    await stored(store, { ...rest, accounts });
    const rule = ruleOf(owner, t0, 'mine');
    const late = await store.commit({ ...nothing, accounts, rules: [{ type: 'put', rule }] });
    expect(late).toEqual({ ok: false, conflicts: [`account:${owner}`] });
    expect(await store.accounts.rule(rule.id)).toBeNull();
  });
}
