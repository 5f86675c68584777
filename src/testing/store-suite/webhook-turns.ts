import { expect, it } from 'vitest';
import type {
  ClaimDeliveries, ClaimedDelivery, DeliveryShares, StoredDelivery,
} from '../../ports/store/webhook-store.ts';
import { newId, t0, type Context } from './context.ts';

export const deliveryLeaseMs = 30_000;

export function newDelivery(changes: Partial<StoredDelivery> = {}): StoredDelivery {
  const id = newId(changes.createdAt ?? t0);
  return {
    id, jobId: newId(t0), ownerId: 'user-1', url: 'https://example.org/hook?a=1', eventType: 'job.completed',
    traceparent: null,
    body: `{"id":"${id}","text":"it's \u00e9\u{1f980}\\u0000"}`, state: 'pending', attempt: 0, dueAt: t0, createdAt: t0,
    endedAt: null, ...changes,
  };
}

export function turnTests(context: Context): void {
  const shares: DeliveryShares = { perOwner: 4, perHost: 5, perOwnerAndHost: 3, perOwnerSilent: 1 };
  const claimed = async (options: Partial<ClaimDeliveries> = {}) => {
    const { webhooks } = context.store;
    const { deliveries, ...turns } = await webhooks.claim({
      now: t0, leaseMs: deliveryLeaseMs, limit: 100, after: '', shares, silent: [], ...options,
    });
    return { ...turns, deliveries, who: deliveries.map(({ ownerId, url }) => `${ownerId}@${new URL(url).hostname}`) };
  };
  const put = (...all: readonly [ownerId: string, host: string, count: number, changes?: Partial<StoredDelivery>][]) =>
    context.store.webhooks.put(
      all.flatMap(([ownerId, host, count, changes]) =>
        Array.from({ length: count }, () => newDelivery({ ownerId, url: `https://${host}/hook`, ...changes })),
      ),
    );

  it('are claimed one of each in turn, continuing after the owner who was last', async () => {
    await put(['ada', 'a.org', 9], ['bob', 'b.org', 1], ['eve', 'e.org', 2], ['zoe', 'z.org', 1, { dueAt: t0 + 1 }]);
    const first = await claimed({ limit: 2 });
    expect([first.who, first.after, first.isWhole]).toEqual([['ada@a.org', 'bob@b.org'], 'bob', true]);
    const second = await claimed({ limit: 2, after: 'bob' });
    expect([second.who, second.after]).toEqual([['eve@e.org', 'eve@e.org'], 'eve']);
    const third = await claimed({ after: 'eve' });
    expect([third.who, third.isWhole]).toEqual([['ada@a.org', 'ada@a.org'], true]);
    expect((await claimed()).who).toEqual([]);
    expect((await claimed({ now: t0 + 1, after: 'zoe' })).who).toEqual(['zoe@z.org']);
  });

  it('are claimed as far as their owner’s and their host’s shares have room, at all servers together', async () => {
    await put(['ada', 'dead.org', 30], ['ada', 'a.org', 4, { dueAt: t0 + 1 }]);
    await put(['bob', 'dead.org', 4], ['eve', 'dead.org', 1]);
    const first = await claimed({ now: t0 + 1 });
    expect(first.who.toSorted()).toEqual([
      'ada@a.org', 'ada@dead.org', 'ada@dead.org', 'bob@dead.org', 'bob@dead.org', 'eve@dead.org',
    ]);
    expect((await claimed({ now: t0 + 1 })).who).toEqual(['ada@a.org']);
    expect(await claimed({ now: t0 + 1 })).toMatchObject({ who: [], isWhole: true });
    const bobs = first.deliveries.find(({ ownerId }) => ownerId === 'bob') as ClaimedDelivery;
    await context.store.webhooks.record({ ...bobs, state: 'delivered', dueAt: null, endedAt: t0 }, {
      at: t0, status: 204, error: null, body: '', durationMs: 12,
    });
    expect((await claimed({ now: t0 + 1 })).who).toEqual(['bob@dead.org']);
    // The leases have run out: so have their places.
    expect((await claimed({ now: t0 + 1 + deliveryLeaseMs })).who).toHaveLength(6);
  });

  it('to silent receivers share a small part of their owner’s permits, and hold up no others', async () => {
    const silent = ['d1.org', 'd2.org', 'd3.org'].map((host) => ({ ownerId: 'ada', host }));
    await put(
      ['ada', 'd1.org', 300], ['ada', 'd2.org', 300], ['ada', 'd3.org', 300],
      ['ada', 'a.org', 2, { dueAt: t0 + 1 }], ['bob', 'd1.org', 2, { dueAt: t0 + 1 }],
    );
    const options = { now: t0 + 1, silent };
    const all = [...(await claimed(options)).who, ...(await claimed(options)).who, ...(await claimed(options)).who];
    const alive = all.filter((each) => !each.startsWith('ada@d'));
    expect([alive.toSorted(), all.length]).toEqual([['ada@a.org', 'ada@a.org', 'bob@d1.org', 'bob@d1.org'], 5]);
  });

  it('are all claimed in time, however many owners have some that must wait', async () => {
    const owners = Array.from({ length: 150 }, (_, index) => `owner-${String(index).padStart(3, '0')}`);
    const busy = owners.map((ownerId) => [ownerId, 'dead.org', 1] as [string, string, number]);
    await put(...busy, ['zoe', 'z.org', 1]);
    let after = '';
    const who: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      const claim = await claimed({ after });
      after = claim.after;
      who.push(...claim.who);
      if (claim.isWhole) break;
    }
    expect([who.length, who.at(-1)]).toEqual([shares.perHost + 1, 'zoe@z.org']);
  });

  it('are claimed by several senders at once within the same shares', async () => {
    const { store } = context;
    const other = (await context.under.another?.()) ?? store;
    await put(['ada', 'a.org', 40], ['ada', 'b.org', 40], ['bob', 'a.org', 40], ['eve', 'a.org', 40]);
    const claims = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        (i % 2 === 0 ? store : other).webhooks.claim({
          now: t0, leaseMs: deliveryLeaseMs, limit: 7, after: '', shares, silent: [],
        }),
      ),
    );
    const rest = await claimed();
    const ids = [...claims, rest].flatMap(({ deliveries }) => deliveries);
    const counts = (of: (each: ClaimedDelivery) => string) =>
      Math.max(...[...Map.groupBy(ids, of).values()].map(({ length }) => length));
    expect(new Set(ids.map(({ id }) => id)).size).toBe(ids.length);
    expect([counts(({ ownerId }) => ownerId), counts(({ url }) => url)]).toEqual([4, 5]);
  });
}
