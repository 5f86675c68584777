import { expect, it } from 'vitest';
import type { NewOutboxMessage } from '../../ports/store/commit.ts';
import type { Store } from '../../ports/store/store.ts';
import type { OutboxMessage } from '../../ports/store/outbox.ts';
import { newId, stored, t0, type Context } from './context.ts';

const leaseMs = 30_000;

function message(jobId: string, payload: unknown, createdAt = t0, ownerId = 'user-1'): NewOutboxMessage {
  return { topic: 'queue:gpu-jobs', jobId, ownerId, payload, createdAt };
}

const claim = (store: Store, now = t0, limit = 100): Promise<readonly OutboxMessage[]> =>
  store.outbox.claim({ now, leaseMs, limit });
const payloads = (messages: readonly OutboxMessage[]): unknown[] => messages.map(({ payload }) => payload);

export function outboxTests(context: Context): void {
  it('offers its messages oldest first, unchanged, as many as asked for', async () => {
    const { store } = context;
    const outbox = [1, 2, 3, 4, 5].map((n) => message(newId(t0), { n }, t0 + n));
    await stored(store, { outbox: outbox.slice(0, 3) });
    await stored(store, { outbox: outbox.slice(3) });
    const first = await claim(store, t0 + 10, 2);
    expect(first).toMatchObject(outbox.slice(0, 2).map(({ ownerId: _, ...sent }) => ({ ...sent, attempt: 1 })));
    expect(payloads(await claim(store, t0 + 10))).toEqual([{ n: 3 }, { n: 4 }, { n: 5 }]);
    expect(await claim(store, t0 + 10)).toEqual([]);
    expect(await store.outbox.size()).toBe(5);
  });

  it('holds back a job’s later messages until the earlier ones are done', async () => {
    const { store } = context;
    const [a, b] = [newId(t0), newId(t0)];
    await stored(store, { outbox: [message(a, 'a1'), message(a, 'a2'), message(b, 'b1')] });
    await stored(store, { outbox: [message(a, 'a3')] });
    for (const wanted of [['a1', 'b1'], ['a2'], ['a3'], []]) {
      const claimed = await claim(store);
      expect(payloads(claimed)).toEqual(wanted);
      expect(await claim(store)).toEqual([]);
      await store.outbox.done(claimed.map(({ id }) => id));
    }
    expect(await store.outbox.size()).toBe(0);
  });

  it('serves owners in turn when there is more than one claim takes, each in its own order', async () => {
    const { store } = context;
    const crowd = Array.from({ length: 30 }, (_, n) => message(newId(t0), `crowd ${n}`, t0, 'crowd'));
    const others = ['ada', 'eve', 'zoe'].flatMap((owner, n) =>
      [1, 2].map((each) => message(newId(t0), `${owner} ${each}`, t0 + 10 * n + each, owner)));
    await stored(store, { outbox: [...crowd, ...others] });
    const seen: string[][] = [];
    for (let claimed = await claim(store, t0 + 100, 6); claimed.length > 0; claimed = await claim(store, t0 + 100, 6)) {
      seen.push(payloads(claimed).map(String));
      await store.outbox.done(claimed.map(({ id }) => id));
    }
    // What has been due for long does not come before the first of somebody else's.
    expect(seen[0]?.slice(0, 4).map((text) => text.split(' ')[0]).toSorted()).toEqual(['ada', 'crowd', 'eve', 'zoe']);
    expect(seen.slice(0, 2).flat()).toEqual(expect.arrayContaining(others.map(({ payload }) => payload)));
    for (const owner of ['crowd', 'ada', 'eve', 'zoe']) {
      const own = (texts: readonly string[]): string[] => texts.filter((text) => text.startsWith(owner));
      expect(own(seen.flat())).toEqual(own([...crowd, ...others].map(({ payload }) => String(payload))));
    }
  });

  it('serves every owner, even if more owners than one claim takes always have messages', async () => {
    const { store } = context;
    const owners = Array.from({ length: 100 }, (_, n) => `owner-${String(n).padStart(3, '0')}`);
    const outbox = [1, 2, 3, 4].flatMap((round) =>
      owners.map((owner) => message(newId(t0), owner, t0 + round, owner)));
    await stored(store, { outbox: [...outbox, message(newId(t0), 'zoe', t0 + 90, 'zoe')] });
    const seen: unknown[] = [];
    for (let n = 0; n < 13; n++) seen.push(...payloads(await claim(store, t0 + 100, 8)));
    expect(new Set(seen)).toEqual(new Set([...owners, 'zoe']));
  });

  it('keeps the order of each job while owners take turns', async () => {
    const { store } = context;
    const jobs = Array.from({ length: 6 }, (_, n) => ({ id: newId(t0), owner: `user-${n % 2}` }));
    await stored(store, {
      outbox: [0, 1, 2].flatMap((n) => jobs.map(({ id, owner }) => message(id, `${id} ${n}`, t0, owner))),
    });
    const said = new Map<string, string[]>();
    for (let claimed = await claim(store, t0, 4); claimed.length > 0; claimed = await claim(store, t0, 4)) {
      for (const { jobId, payload } of claimed) said.set(jobId, [...(said.get(jobId) ?? []), String(payload)]);
      await store.outbox.done(claimed.map(({ id }) => id));
    }
    for (const { id } of jobs) expect(said.get(id)).toEqual([0, 1, 2].map((n) => `${id} ${n}`));
  });

  it('offers a message again when the lease of its claim has expired', async () => {
    const { store } = context;
    await stored(store, { outbox: [message(newId(t0), 'once more')] });
    const [first] = await claim(store);
    expect(await claim(store, t0 + leaseMs - 1)).toEqual([]);
    const [second] = await claim(store, t0 + leaseMs);
    expect(second).toEqual({ ...first, attempt: 2 });
  });

  it('keeps the later messages of a job back while an earlier one is tried again', async () => {
    const { store } = context;
    const [a, b] = [newId(t0), newId(t0)];
    await stored(store, { outbox: [message(a, 'a1'), message(a, 'a2')] });
    const [failed] = await claim(store);
    await store.outbox.retry(failed?.id ?? 0, t0 + 5_000, 'the other side is down');
    await stored(store, { outbox: [message(b, 'b1')] });
    expect(payloads(await claim(store, t0 + 4_999))).toEqual(['b1']);
    const [again] = await claim(store, t0 + 5_000);
    expect(again).toMatchObject({ payload: 'a1', attempt: 2 });
    await store.outbox.done([again?.id ?? 0]);
    expect(payloads(await claim(store, t0 + 5_000))).toEqual(['a2']);
  });

  it('ignores messages marked as done that are done already or unknown', async () => {
    const { store } = context;
    const job = newId(t0);
    await stored(store, { outbox: [message(job, 1), message(job, 2)] });
    const [first] = await claim(store);
    const id = first?.id ?? 0;
    await store.outbox.done([id]);
    await store.outbox.done([id, 999_999_999]);
    await store.outbox.done([]);
    await store.outbox.retry(id, t0 + 1, 'late');
    expect(payloads(await claim(store))).toEqual([2]);
  });

  it('never gives the id of a message that is done to another one', async () => {
    const { store } = context;
    const seen = new Set<number>();
    for (let i = 0; i < 5; i++) {
      await stored(store, { outbox: [message(newId(t0), i)] });
      const [claimed] = await claim(store);
      const id = claimed?.id ?? 0;
      expect(seen.has(id)).toBe(false);
      seen.add(id);
      await store.outbox.done([id]);
    }
  });

  it('makes a job’s next message due when the one before it is done, and not sooner', async () => {
    const { store } = context;
    const job = newId(t0);
    await stored(store, { outbox: [message(job, 1, t0 + 7), message(job, 2, t0 + 8)] });
    const at = async (now: number): Promise<unknown[]> => payloads(await claim(store, now));
    expect(await at(t0 + 6)).toEqual([]);
    const [first] = await claim(store, t0 + 100);
    expect(await at(t0 + 100 + leaseMs - 1)).toEqual([]);
    await store.outbox.retry(first?.id ?? 0, t0 + 50_000_000, 'no');
    expect(await at(t0 + 49_999_999)).toEqual([]);
    expect(await at(t0 + 50_000_000)).toEqual([1]);
    await store.outbox.done([first?.id ?? 0]);
    expect(await at(t0 + 50_000_000)).toEqual([2]);
  });

  it('offers a message to one of several relays that claim at once', async () => {
    const { store } = context;
    const other = (await context.under.another?.()) ?? store;
    const outbox = Array.from({ length: 40 }, (_, n) => message(newId(t0), n));
    await stored(store, { outbox });
    const claims = await Promise.all(
      Array.from({ length: 8 }, (_, i) => claim(i % 2 === 0 ? store : other, t0, 7)),
    );
    const rest = await claim(store, t0);
    const all = payloads([...claims.flat(), ...rest]).toSorted((a, b) => Number(a) - Number(b));
    expect(all).toEqual(outbox.map(({ payload }) => payload));
  });

  it('keeps the order of one job under several relays', async () => {
    const { store } = context;
    const other = (await context.under.another?.()) ?? store;
    const job = newId(t0);
    for (let n = 0; n < 12; n++) await stored(store, { outbox: [message(job, n)] });
    const said: unknown[] = [];
    const relay = async (from: Store): Promise<void> => {
      while ((await from.outbox.size()) > 0) {
        const claimed = await claim(from);
        for (const { id, payload } of claimed) {
          said.push(payload);
          await from.outbox.done([id]);
        }
        // Lets the others on: a store that answers at once would keep this loop to itself.
        await new Promise((resolve) => setTimeout(resolve));
      }
    };
    await Promise.all([relay(store), relay(other), relay(store)]);
    expect(said).toEqual(Array.from({ length: 12 }, (_, n) => n));
  });
}
