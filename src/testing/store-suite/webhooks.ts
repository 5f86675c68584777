import { describe, expect, it } from 'vitest';
import type { Store } from '../../ports/store/store.ts';
import type {
  ClaimedDelivery, DeliveryAttempt, DeliveryShares, StoredDelivery, StoredWebhookSecret,
} from '../../ports/store/webhook-store.ts';
import { newId, t0, type Context } from './context.ts';
import { deliveryLeaseMs as leaseMs, newDelivery as delivery, turnTests } from './webhook-turns.ts';

const made = (changes: Partial<DeliveryAttempt> = {}): DeliveryAttempt => ({
  at: t0, status: 204, error: null, body: 'ok', durationMs: 12, ...changes,
});
const plenty: DeliveryShares = { perOwner: 1_000, perHost: 1_000, perOwnerAndHost: 1_000, perOwnerSilent: 1_000 };
const claim = async (store: Store, now = t0, limit = 100): Promise<readonly ClaimedDelivery[]> =>
  (await store.webhooks.claim({ now, leaseMs, limit, after: '', shares: plenty, silent: [] })).deliveries;
const idsOf = (deliveries: readonly Pick<StoredDelivery, 'id'>[]): string[] => deliveries.map(({ id }) => id);

/** Claims the one delivery that is due. */
async function claimOne(store: Store, now = t0): Promise<ClaimedDelivery> {
  const claimed = await claim(store, now);
  expect(claimed).toHaveLength(1);
  return claimed[0] as ClaimedDelivery;
}

const over = (claimed: ClaimedDelivery, state: StoredDelivery['state'] = 'delivered', at = t0): ClaimedDelivery => ({
  ...claimed, state, dueAt: null, endedAt: at,
});

function withoutToken({ token: _, ...rest }: ClaimedDelivery): StoredDelivery {
  return rest;
}

export function webhookTests(context: Context): void {
  describe('waiting for their time', () => claimTests(context));
  describe('of several owners', () => turnTests(context));
  describe('that were tried', () => recordTests(context));
  describe('in lists', () => listTests(context));
  describe('to an endpoint', () => endpointTests(context));
  describe('are signed with secrets that', () => secretTests(context));

  it('are there after the store was opened again', async ({ skip }) => {
    const { store, under } = context;
    if (under.reopen === undefined) return skip('this store keeps nothing once it is closed');
    const [one, other] = [delivery(), delivery({ dueAt: t0 + 1 })];
    await store.webhooks.put([one, other]);
    const claimed = await claimOne(store);
    const again = await under.reopen();
    expect(await again.webhooks.get(other.id)).toEqual(other);
    expect(await again.webhooks.record(over(claimed), made())).toBe(true);
    expect(await again.webhooks.attempts(one.id)).toEqual([made()]);
  });
}

function claimTests(context: Context): void {
  it('are read as they were put, and unchanged when they are put again', async () => {
    const { webhooks } = context.store;
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const all = [delivery({ traceparent }), delivery({ state: 'disabled', attempt: 4, dueAt: null, endedAt: t0 + 1 })];
    await webhooks.put(all);
    await webhooks.put([...all.map((each) => ({ ...each, body: 'other', url: 'https://other.org' })), delivery()]);
    await webhooks.put([]);
    for (const each of all) expect(await webhooks.get(each.id)).toEqual(each);
    expect(await webhooks.get(newId(t0))).toBeNull();
    expect(await webhooks.list({ ownerId: null, limit: 10 })).toHaveLength(3);
  });

  it('are put by several at once', async () => {
    const { store } = context;
    const other = (await context.under.another?.()) ?? store;
    const all = Array.from({ length: 20 }, () => delivery());
    await Promise.all([all, all.toReversed(), all, all.toReversed()].map((same, i) =>
      (i % 2 === 0 ? store : other).webhooks.put(same),
    ));
    expect(idsOf(await store.webhooks.list({ ownerId: null, limit: 100 }))).toEqual(idsOf(all).toReversed());
  });

  it('are claimed when they are due, the longest due first, as many as asked for', async () => {
    const { store } = context;
    const [late, early, later, ended] = [
      delivery({ dueAt: t0 + 2 }), delivery({ dueAt: t0 + 1 }), delivery({ dueAt: t0 + 4 }),
      delivery({ state: 'failed', dueAt: null, endedAt: t0 }),
    ];
    await store.webhooks.put([late, early, later, ended]);
    expect(await claim(store, t0)).toEqual([]);
    const [first, ...rest] = await claim(store, t0 + 3, 1);
    expect(rest).toEqual([]);
    expect(withoutToken(first as ClaimedDelivery)).toEqual({ ...early, attempt: 1, dueAt: t0 + 3 + leaseMs });
    expect(idsOf(await claim(store, t0 + 4))).toEqual(idsOf([late, later]));
    expect(await claim(store, t0 + 4)).toEqual([]);
    expect(await store.webhooks.get(late.id)).toEqual({ ...late, attempt: 1, dueAt: t0 + 4 + leaseMs });
  });

  it('are claimed again when the lease has expired', async () => {
    const { store } = context;
    await store.webhooks.put([delivery()]);
    const first = await claimOne(store);
    expect(await claim(store, t0 + leaseMs - 1)).toEqual([]);
    const second = await claimOne(store, t0 + leaseMs);
    expect(second).toEqual({ ...first, attempt: 2, dueAt: t0 + 2 * leaseMs, token: second.token });
    expect(second.token).not.toBe(first.token);
  });

  it('are claimed by one of several senders that ask at once', async () => {
    const { store } = context;
    const other = (await context.under.another?.()) ?? store;
    const all = Array.from({ length: 40 }, () => delivery());
    await store.webhooks.put(all);
    const claims = await Promise.all(Array.from({ length: 8 }, (_, i) => claim(i % 2 === 0 ? store : other, t0, 7)));
    const claimed = [...claims.flat(), ...(await claim(store))];
    expect(idsOf(claimed).toSorted()).toEqual(idsOf(all));
    expect(claimed.every(({ attempt }) => attempt === 1)).toBe(true);
  });

  it('say when the next one is due or its lease ends', async () => {
    const { store } = context;
    expect(await store.webhooks.nextDueAt(t0)).toBeNull();
    await store.webhooks.put([delivery({ state: 'disabled', dueAt: null, endedAt: t0 })]);
    expect(await store.webhooks.nextDueAt(t0)).toBeNull();
    await store.webhooks.put([delivery({ dueAt: t0 + leaseMs + 5 }), delivery()]);
    expect(await store.webhooks.nextDueAt(t0 - 1)).toBe(t0);
    const claimed = await claimOne(store);
    expect(await store.webhooks.nextDueAt(t0)).toBe(t0 + leaseMs);
    await store.webhooks.record(over(claimed), made());
    expect(await store.webhooks.nextDueAt(t0)).toBe(t0 + leaseMs + 5);
  });
}

function recordTests(context: Context): void {
  it('have the recorded outcome and the attempt', async () => {
    const { store } = context;
    const mine = delivery();
    await store.webhooks.put([mine]);
    const first = await claimOne(store);
    const failed = made({
      status: 503, error: 'the other side is "down"\u0000', body: '<h1>\u0000"', durationMs: 15_000,
    });
    expect(await store.webhooks.record({ ...first, dueAt: t0 + 60_000 }, failed)).toBe(true);
    expect(await store.webhooks.get(mine.id)).toEqual({ ...mine, attempt: 1, dueAt: t0 + 60_000 });
    expect(await claim(store, t0 + 59_999)).toEqual([]);
    const second = await claimOne(store, t0 + 60_000);
    expect(second).toMatchObject({ attempt: 2, dueAt: t0 + 60_000 + leaseMs });
    const unanswered = made({ at: t0 + 60_000, status: null, error: 'no answer', body: null });
    expect(await store.webhooks.record(over(second, 'failed', t0 + 60_001), unanswered)).toBe(true);
    const after = { ...mine, state: 'failed', attempt: 2, dueAt: null, endedAt: t0 + 60_001 };
    expect(await store.webhooks.get(mine.id)).toEqual(after);
    expect(await store.webhooks.attempts(mine.id)).toEqual([failed, unanswered]);
    expect(await claim(store, t0 + 86_400_000)).toEqual([]);
    expect(await store.webhooks.attempts(newId(t0))).toEqual([]);
  });

  it('are recorded after the lease has expired, unless it was granted again', async () => {
    const { store } = context;
    const [late, lost] = [delivery(), delivery()];
    await store.webhooks.put([late]);
    const first = await claimOne(store);
    await store.webhooks.put([lost]);
    const stale = await claimOne(store);
    expect(await store.webhooks.record(over(first), made({ at: t0 + leaseMs }))).toBe(true);
    const fresh = await claimOne(store, t0 + leaseMs);
    expect(await store.webhooks.record(over(stale), made())).toBe(false);
    expect(await store.webhooks.get(lost.id)).toEqual(withoutToken(fresh));
    expect(await store.webhooks.attempts(lost.id)).toEqual([]);
    expect(await store.webhooks.record(over(fresh), made())).toBe(true);
  });

  it('are recorded once per claim', async () => {
    const { store } = context;
    const mine = delivery();
    await store.webhooks.put([mine]);
    const claimed = await claimOne(store);
    const again = { ...claimed, dueAt: t0 + 5 };
    const told = await Promise.all([1, 2, 3].map(() => store.webhooks.record(again, made())));
    expect(told.filter(Boolean)).toHaveLength(1);
    expect(await store.webhooks.record(over(claimed), made())).toBe(false);
    expect(await store.webhooks.get(mine.id)).toMatchObject({ state: 'pending', dueAt: t0 + 5 });
    expect(await store.webhooks.attempts(mine.id)).toHaveLength(1);
  });

  it('are tried from the start again when they are replayed after their end', async () => {
    const { store } = context;
    const mine = delivery();
    await store.webhooks.put([mine]);
    expect(await store.webhooks.replay(mine.id, t0 + 1)).toBe(false);
    await store.webhooks.record(over(await claimOne(store), 'failed'), made({ status: 500, error: 'no' }));
    expect(await store.webhooks.replay(mine.id, t0 + 7)).toBe(true);
    expect(await store.webhooks.get(mine.id)).toEqual({ ...mine, dueAt: t0 + 7 });
    expect(await store.webhooks.replay(mine.id, t0 + 8)).toBe(false);
    expect(await store.webhooks.replay(newId(t0), t0 + 8)).toBe(false);
    expect(await store.webhooks.nextDueAt(t0)).toBe(t0 + 7);
    await store.webhooks.record(over(await claimOne(store, t0 + 7)), made());
    expect(await store.webhooks.get(mine.id)).toMatchObject({ state: 'delivered', attempt: 1 });
    expect((await store.webhooks.attempts(mine.id)).map(({ status }) => status)).toEqual([500, 204]);
  });

  it('are not changed by a claim from before a replay, though its attempt has the same number', async () => {
    const { store } = context;
    await store.webhooks.put([delivery()]);
    const old = await claimOne(store);
    const { id } = await claimOne(store, t0 + leaseMs);
    const second = await store.webhooks.get(id);
    expect(second).toMatchObject({ attempt: 2 });
    await store.webhooks.record(over(await claimOne(store, t0 + 2 * leaseMs), 'failed'), made({ status: 500 }));
    await store.webhooks.replay(id, t0 + 3 * leaseMs);
    const fresh = await claimOne(store, t0 + 3 * leaseMs);
    expect(fresh.attempt).toBe(old.attempt);
    expect(await store.webhooks.record(over(old), made())).toBe(false);
    expect(await store.webhooks.get(id)).toEqual(withoutToken(fresh));
  });

  it('keep the newest 100 attempts', async () => {
    const { store } = context;
    const { id } = delivery();
    await store.webhooks.put([delivery({ id })]);
    for (let n = 0; n < 103; n++) {
      await store.webhooks.record({ ...(await claimOne(store, t0 + n)), dueAt: t0 + n + 1 }, made({ at: t0 + n }));
    }
    const times = (await store.webhooks.attempts(id)).map(({ at }) => at - t0);
    expect(times).toEqual(Array.from({ length: 100 }, (_, n) => n + 3));
  });
}

function listTests(context: Context): void {
  it('are newest first, by owner, job or state, page by page', async () => {
    const { webhooks } = context.store;
    const owners = ['user-1', 'user-2'];
    const jobs = { 'user-1': newId(t0), 'user-2': newId(t0) } as Record<string, string>;
    const states = ['pending', 'delivered', 'failed', 'disabled'] as const;
    const all = Array.from({ length: 32 }, (_, i) => {
      const ownerId = owners[(i >> 2) % 2] as string;
      const jobId = i % 3 === 0 ? (jobs[ownerId] as string) : newId(t0);
      return delivery({ ownerId, jobId, state: states[i % 4] as StoredDelivery['state'] });
    });
    await webhooks.put(all);
    const newestFirst = all.toReversed().map(({ body: _, traceparent: __, ...listed }) => listed);
    for (const ownerId of [null, ...owners, 'nobody']) {
      for (const jobId of [undefined, jobs['user-1'], newId(t0)]) {
        for (const state of [undefined, ...states]) {
          const ofJob = jobId === undefined ? {} : { jobId };
          const filter = { ownerId, ...ofJob, ...(state === undefined ? {} : { state }) };
          const wanted = newestFirst.filter(
            (each) => (ownerId ?? each.ownerId) === each.ownerId && (jobId ?? each.jobId) === each.jobId &&
              (state ?? each.state) === each.state,
          );
          expect(await webhooks.list({ ...filter, limit: 100 })).toEqual(wanted);
          const first = await webhooks.list({ ...filter, limit: 2 });
          expect(first).toEqual(wanted.slice(0, 2));
          const last = first.at(-1);
          if (last === undefined) continue;
          expect(await webhooks.list({ ...filter, before: last.id, limit: 2 })).toEqual(wanted.slice(2, 4));
        }
      }
    }
    await expect(webhooks.list({ ownerId: null, limit: 0 })).rejects.toThrow('1 to 1000');
    await expect(webhooks.list({ ownerId: null, limit: 1_001 })).rejects.toThrow('1 to 1000');
  });
}

function endpointTests(context: Context): void {
  it('that is disabled are marked so, for its owner alone, until it is enabled', async () => {
    const { webhooks } = context.store;
    const [a, b] = ['https://a.org/hook', 'https://b.org/hook'];
    await webhooks.setDisabled('user-1', b, t0 + 2);
    await webhooks.setDisabled('user-1', a, t0 + 1);
    await webhooks.setDisabled('user-2', a, t0 + 3);
    await webhooks.setDisabled('user-1', a, t0 + 4);
    expect(await webhooks.disabledAt('user-1', a)).toBe(t0 + 4);
    expect(await webhooks.disabledAt('user-2', b)).toBeNull();
    expect(await webhooks.disabled('user-1')).toEqual([
      { url: a, disabledAt: t0 + 4 }, { url: b, disabledAt: t0 + 2 },
    ]);
    await webhooks.setDisabled('user-1', a, null);
    await webhooks.setDisabled('user-1', 'https://never.org', null);
    expect(await webhooks.disabledAt('user-1', a)).toBeNull();
    expect(await webhooks.disabled('user-1')).toEqual([{ url: b, disabledAt: t0 + 2 }]);
    expect(await webhooks.disabledAt('user-2', a)).toBe(t0 + 3);
    expect(await webhooks.disabled('nobody')).toEqual([]);
  });
}

function secretTests(context: Context): void {
  const secret = (name: string, changes: Partial<StoredWebhookSecret> = {}): StoredWebhookSecret => ({
    ownerId: 'user-1', secret: `whsec_${name}`, createdAt: t0, expiresAt: null, ...changes,
  });
  const add = (store: Store, one: StoredWebhookSecret, now: number, othersUntil: number, onlyFirst = false) =>
    store.webhooks.addSecret(one, { now, othersUntil, onlyFirst });

  it('are the newest first, and each owner has their own', async () => {
    const { store } = context;
    expect(await store.webhooks.secrets('user-1', t0)).toEqual([]);
    const theirs = secret('theirs', { ownerId: 'user-2', createdAt: t0 + 9 });
    await add(store, theirs, t0, t0 + 100);
    // As made within a millisecond, or by a server whose clock is behind.
    for (const [i, name] of ['z', 'y', 'x'].entries()) {
      await add(store, secret(name, { createdAt: t0 - i }), t0, t0 + 100);
    }
    const [x, y, z] = [
      secret('x', { createdAt: t0 - 2 }), secret('y', { createdAt: t0 - 1, expiresAt: t0 + 100 }),
      secret('z', { expiresAt: t0 + 100 }),
    ];
    expect(await store.webhooks.secrets('user-1', t0)).toEqual([x, y, z]);
    expect(await store.webhooks.secrets('user-2', t0)).toEqual([theirs]);
  });

  it('expire at their time, or earlier when another one is added', async () => {
    const { store } = context;
    await add(store, secret('short', { expiresAt: t0 + 10 }), t0, t0);
    await add(store, secret('first'), t0, t0 + 50);
    await add(store, secret('second'), t0 + 5, t0 + 20);
    const names = async (now: number): Promise<string[]> => {
      const lasting = await store.webhooks.secrets('user-1', now);
      return lasting.map((one) => `${one.secret.slice('whsec_'.length)} ${(one.expiresAt ?? t0) - t0}`);
    };
    expect(await names(t0 + 9)).toEqual(['second 0', 'first 20', 'short 10']);
    expect(await names(t0 + 10)).toEqual(['second 0', 'first 20']);
    await add(store, secret('third'), t0 + 15, t0 + 30);
    expect(await names(t0 + 19)).toEqual(['third 0', 'second 30', 'first 20']);
    await add(store, secret('fourth'), t0 + 40, t0 + 40);
    expect(await names(t0 + 40)).toEqual(['fourth 0']);
  });

  it('are created once when only the first is wanted, until none is live', async () => {
    const { store } = context;
    const other = (await context.under.another?.()) ?? store;
    const many = Array.from({ length: 10 }, (_, i) => secret(`s${i}`, { expiresAt: t0 + 10 }));
    await Promise.all(many.map((one, i) => add(i % 2 === 0 ? store : other, one, t0, t0, true)));
    const [first, ...rest] = await store.webhooks.secrets('user-1', t0);
    expect(many).toContainEqual(first);
    expect(rest).toEqual([]);
    await add(store, secret('late'), t0 + 9, t0 + 9, true);
    expect(await store.webhooks.secrets('user-1', t0 + 9)).toEqual([first]);
    await add(store, secret('next'), t0 + 10, t0 + 99, true);
    expect(await store.webhooks.secrets('user-1', t0 + 10)).toEqual([secret('next')]);
  });

  it('leave one that does not expire, however many are added at once', async () => {
    const { store } = context;
    const other = (await context.under.another?.()) ?? store;
    const many = Array.from({ length: 10 }, (_, i) => secret(`s${i}`));
    await Promise.all(many.map((one, i) => add(i % 2 === 0 ? store : other, one, t0, t0 + 50)));
    const lasting = await store.webhooks.secrets('user-1', t0);
    expect(lasting).toHaveLength(10);
    expect(lasting.map(({ expiresAt }) => expiresAt)).toEqual([null, ...Array.from({ length: 9 }, () => t0 + 50)]);
    expect(await store.webhooks.secrets('user-1', t0 + 50)).toEqual(lasting.slice(0, 1));
  });
}
