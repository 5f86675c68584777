import { expect, it } from 'vitest';
import { grant, open, unopened } from '../../domain/account/decide.ts';
import { balancesOf } from '../../domain/account/ledger.ts';
import type { Account, LedgerEntry } from '../../domain/account/account.ts';
import type { Store } from '../../ports/store/store.ts';
import { anyJob, handles, newId, nothing, scopesOf, someone, t0, type Context } from './context.ts';

const nobody = { jobs: [], accounts: [], reservations: [], records: [], idempotency: [] };

/** Gives each account one credit in one commit, again and again until it is no conflict. */
async function giveOne(store: Store, ids: readonly string[]): Promise<void> {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    const { accounts } = await store.load({ ...nobody, accounts: ids });
    const known = new Map(accounts.map((account) => [account.id, account]));
    const changes = ids.map((id) => given(known.get(id) ?? unopened(id, t0)));
    const result = await store.commit({
      ...nothing,
      accounts: changes.map(({ account, expectedVersion }) => ({ account, expectedVersion })),
      ledger: changes.flatMap(({ entries }) => entries),
    });
    if (result.ok) return;
  }
  throw new Error('lost a thousand races in a row');
}

function given(before: Account): { account: Account; expectedVersion: number; entries: readonly LedgerEntry[] } {
  const opened = open(before, t0);
  const result = grant(opened.account, 1, null, t0);
  if (!result.ok) throw new Error(result.refusal.message);
  const expectedVersion = before.version;
  const account = { ...result.value.account, version: expectedVersion + 1 };
  return { account, expectedVersion, entries: [...opened.entries, ...result.value.entries] };
}

export function concurrencyTests(context: Context): void {
  it('lose no change of an account that all of them change', async () => {
    const stores = await handles(context);
    const id = someone();
    const writers = 30;
    await Promise.all(Array.from({ length: writers }, (_, i) => giveOne(stores[i % stores.length] as Store, [id])));
    const account = await context.store.accounts.get(id);
    expect(account).toMatchObject({ version: writers, granted: 10 + writers, ledgerSequence: 1 + writers });
    const ledger = await context.store.accounts.ledger(id, { after: 0, limit: 1_000 });
    expect(ledger.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 1 + writers }, (_, i) => i + 1));
    expect(balancesOf(ledger)).toEqual({ granted: -10 - writers, available: 10 + writers, reserved: 0, spent: 0 });
  });

  it('do not deadlock when they change the same accounts in different orders', async () => {
    const stores = await handles(context);
    const [a, b] = [someone(), someone()];
    const orders = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? [a, b] : [b, a]));
    await Promise.all(orders.map((ids, i) => giveOne(stores[i % stores.length] as Store, ids)));
    for (const id of [a, b]) expect(await context.store.accounts.get(id)).toMatchObject({ granted: 30, version: 20 });
  });

  it('use an idempotency key once', async () => {
    const stores = await handles(context);
    const scope = `${someone()}:submit`;
    const results = await Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        const job = anyJob({ ownerId: scope });
        const record = { scope, key: 'k', fingerprint: 'f', resourceId: job.id, createdAt: t0 };
        const jobs = [{ job, before: null, expectedVersion: 0, newItems: [] }];
        return (stores[i % stores.length] as Store).commit({ ...nothing, jobs, idempotency: [record] });
      }),
    );
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await context.store.jobs.list({ scopes: scopesOf(scope), limit: 50 })).toHaveLength(1);
  });

  it('create a job once', async () => {
    const stores = await handles(context);
    const id = newId(t0);
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, i) => {
        const job = anyJob({ id, fields: { writer: i } });
        const jobs = [{ job, before: null, expectedVersion: 0, newItems: [] }];
        return (stores[i % stores.length] as Store).commit({ ...nothing, jobs });
      }),
    );
    const winners = results.flatMap(({ ok }, writer) => (ok ? [writer] : []));
    expect(winners).toHaveLength(1);
    expect(await context.store.jobs.get(id)).toMatchObject({ fields: { writer: winners[0] } });
  });

  it('are visible to another handle as soon as they are acknowledged', async () => {
    const stores = await handles(context);
    const reader = stores.at(-1) as Store;
    for (let i = 0; i < 20; i++) {
      const job = anyJob();
      await context.store.commit({ ...nothing, jobs: [{ job, before: null, expectedVersion: 0, newItems: [] }] });
      expect(await reader.jobs.get(job.id)).toEqual(job);
    }
  });
}
