import { expect, it } from 'vitest';
import type { NewQueueMessage, Pulled, PullOptions, QueueMessage } from '../../ports/store/message-queue.ts';
import type { Store } from '../../ports/store/store.ts';
import { newId, t0, type Context } from './context.ts';

const queue = 'gpu-jobs';
const leaseMs = 60_000;

function message(availableAt = t0): NewQueueMessage {
  const id = newId(t0);
  return { messageId: `m-${id}`, jobId: id, availableAt };
}

function pull(store: Store, now = t0, changes: Partial<PullOptions> = {}): Promise<Pulled> {
  return store.queue.pull(queue, { now, limit: 100, leaseMs, maxDeliveries: 5, ...changes });
}

const ids = (messages: readonly { readonly messageId: string }[]): string[] =>
  messages.map(({ messageId }) => messageId);

async function pullOne(store: Store, now = t0): Promise<QueueMessage> {
  const { messages } = await pull(store, now);
  expect(messages).toHaveLength(1);
  return messages[0] as QueueMessage;
}

export function queueTests(context: Context): void {
  it('deliver the message that has been due longest first, as many as asked for', async () => {
    const { store } = context;
    const [third, first, second] = [message(t0), message(t0 - 20), message(t0 - 10)] as const;
    const tomorrow = message(t0 + 86_400_000);
    await store.queue.put(queue, [third, first, tomorrow, second]);
    const { messages, exhausted } = await pull(store, t0, { limit: 2 });
    const delivered = { token: expect.any(Number), delivery: 1, lost: 0, since: t0 };
    expect(messages).toEqual([first, second].map(({ messageId, jobId }) => ({ messageId, jobId, ...delivered })));
    expect(exhausted).toEqual([]);
    expect(ids((await pull(store)).messages)).toEqual(ids([third]));
    expect(ids((await pull(store)).messages)).toEqual([]);
  });

  it('store a message once, however often it is put', async () => {
    const { store } = context;
    const one = message();
    await store.queue.put(queue, [one, one]);
    await store.queue.put(queue, [{ ...one, availableAt: t0 - 5 }]);
    expect(ids((await pull(store)).messages)).toEqual(ids([one]));
    await store.queue.put(queue, [one]);
    expect((await pull(store)).messages).toEqual([]);
    expect(await store.queue.depth(queue, t0)).toEqual({ ready: 0, held: 1 });
  });

  it('deliver a message again when its lease has expired, with the next token', async () => {
    const { store } = context;
    await store.queue.put(queue, [message()]);
    const first = await pullOne(store);
    expect((await pull(store, t0 + leaseMs - 1)).messages).toEqual([]);
    const second = await pullOne(store, t0 + leaseMs);
    expect(second).toEqual({ ...first, delivery: 2, token: second.token, lost: 1, since: t0 });
    expect(second.token).toBeGreaterThan(first.token);
  });

  it('refuse a lease that a later delivery has replaced', async () => {
    const { store } = context;
    await store.queue.put(queue, [message()]);
    const lost = await pullOne(store);
    const live = await pullOne(store, t0 + leaseMs);
    expect(await store.queue.acknowledge(queue, [lost])).toEqual([false]);
    expect(await store.queue.extend(queue, lost, { now: t0, leaseMs: 10 * leaseMs })).toBe(false);
    expect(await store.queue.release(queue, lost, { now: t0, delayMs: 0 })).toBe(false);
    expect(await store.queue.acknowledge(queue, [live])).toEqual([true]);
  });

  it('accept an expired lease until the message is delivered again', async () => {
    const { store } = context;
    await store.queue.put(queue, [message()]);
    const slow = await pullOne(store);
    expect(await store.queue.depth(queue, t0 + 2 * leaseMs)).toEqual({ ready: 1, held: 0 });
    expect(await store.queue.acknowledge(queue, [slow])).toEqual([true]);
    expect((await pull(store, t0 + 2 * leaseMs)).messages).toEqual([]);
  });

  it('deliver a released message to the next worker, from the given time on', async () => {
    const { store } = context;
    await store.queue.put(queue, [message()]);
    const first = await pullOne(store);
    expect(await store.queue.release(queue, first, { now: t0, delayMs: 500 })).toBe(true);
    expect(await store.queue.release(queue, first, { now: t0, delayMs: 0 })).toBe(false);
    expect(await store.queue.acknowledge(queue, [first])).toEqual([false]);
    expect((await pull(store, t0 + 499)).messages).toEqual([]);
    const second = await pullOne(store, t0 + 500);
    expect(second.delivery).toBe(2);
    expect(second.token).toBeGreaterThan(first.token);
  });

  it('renew a lease', async () => {
    const { store } = context;
    await store.queue.put(queue, [message()]);
    const held = await pullOne(store);
    expect(await store.queue.extend(queue, held, { now: t0, leaseMs: 10 * leaseMs })).toBe(true);
    expect((await pull(store, t0 + 10 * leaseMs - 1)).messages).toEqual([]);
    expect(await store.queue.acknowledge(queue, [held])).toEqual([true]);
  });

  it('count lost deliveries, and not released ones, until the count is reset', async () => {
    const { store } = context;
    await store.queue.put(queue, [message()]);
    const released = await pullOne(store);
    await store.queue.release(queue, released, { now: t0, delayMs: 1 });
    expect(await pullOne(store, t0 + 1)).toMatchObject({ lost: 0, since: t0 + 1 });
    const again = await pullOne(store, t0 + 1 + leaseMs);
    expect(again).toMatchObject({ lost: 1, since: t0 + 1 });
    await store.queue.release(queue, again, { now: t0, delayMs: 2 + leaseMs });
    const third = await pullOne(store, t0 + 2 + leaseMs);
    expect(third).toMatchObject({ lost: 1, since: t0 + 1 });
    expect(await store.queue.forgive(queue, again, t0)).toBe(false);
    expect(await store.queue.forgive(queue, third, t0 + 3 + leaseMs)).toBe(true);
    const last = await pullOne(store, t0 + 2 + 2 * leaseMs);
    expect(last).toMatchObject({ lost: 1, since: t0 + 3 + leaseMs });
  });

  it('are separate from each other', async () => {
    const { store } = context;
    const one = message();
    await store.queue.put(queue, [one]);
    await store.queue.put('other', [one]);
    const held = await pullOne(store);
    expect(await store.queue.acknowledge('other', [held])).toEqual([false]);
    expect(await store.queue.acknowledge(queue, [held])).toEqual([true]);
    expect(await store.queue.depth('other', t0)).toEqual({ ready: 1, held: 0 });
    expect(await store.queue.depth('unheard-of', t0)).toEqual({ ready: 0, held: 0 });
  });

  it('count ready and leased messages', async () => {
    const { store } = context;
    await store.queue.put(queue, [message(), message(), message(), message(t0 + 1_000)]);
    const { messages } = await pull(store, t0, { limit: 1 });
    expect(await store.queue.depth(queue, t0)).toEqual({ ready: 2, held: 2 });
    expect(await store.queue.depth(queue, t0 + 1_000)).toEqual({ ready: 3, held: 1 });
    await store.queue.acknowledge(queue, messages);
    expect(await store.queue.depth(queue, t0)).toEqual({ ready: 2, held: 1 });
  });

  it('deliver a message to one of several workers that pull at once', async () => {
    const { store } = context;
    const other = (await context.under.another?.()) ?? store;
    const messages = Array.from({ length: 40 }, () => message());
    await store.queue.put(queue, messages);
    const pulls = await Promise.all(
      Array.from({ length: 8 }, (_, i) => pull(i % 2 === 0 ? store : other, t0, { limit: 7 })),
    );
    const rest = await pull(store);
    const delivered = ids([...pulls, rest].flatMap((pulled) => pulled.messages));
    expect(delivered.toSorted()).toEqual(ids(messages).toSorted());
  });
}

export function queueEndTests(context: Context): void {
  it('is final: an acknowledged message does not come back, even when it is put again', async () => {
    const { store } = context;
    const [one, two] = [message(), message()] as const;
    await store.queue.put(queue, [one, two]);
    const { messages } = await pull(store);
    expect(await store.queue.acknowledge(queue, messages)).toEqual([true, true]);
    await store.queue.put(queue, [one, two]);
    expect(await pull(store, t0 + 10 * leaseMs)).toEqual({ messages: [], exhausted: [] });
    expect(await store.queue.depth(queue, t0)).toEqual({ ready: 0, held: 0 });
  });

  it('may be repeated with its own lease, and with no other', async () => {
    const { store } = context;
    await store.queue.put(queue, [message()]);
    const held = await pullOne(store);
    await store.queue.acknowledge(queue, [held]);
    const stranger = { ...held, token: held.token + 1 };
    expect(await store.queue.acknowledge(queue, [held, stranger])).toEqual([true, false]);
    expect(await store.queue.extend(queue, held, { now: t0, leaseMs: 1 })).toBe(false);
    expect(await store.queue.release(queue, held, { now: t0, delayMs: 0 })).toBe(false);
    expect((await pull(store, t0 + 10 * leaseMs)).messages).toEqual([]);
  });

  it('is not reached with a lease that was never granted', async () => {
    const { store } = context;
    const one = message();
    await store.queue.put(queue, [one]);
    const guesses = [0, 1, 2].map((token) => ({ messageId: one.messageId, token }));
    expect(await store.queue.acknowledge(queue, guesses)).toEqual([false, false, false]);
    expect(await store.queue.acknowledge(queue, [{ messageId: 'unheard-of', token: 1 }])).toEqual([false]);
    expect(ids((await pull(store)).messages)).toEqual([one.messageId]);
  });

  it('comes after the most deliveries in vain, and is reported once', async () => {
    const { store } = context;
    const one = message();
    await store.queue.put(queue, [one]);
    let now = t0;
    for (const delivery of [1, 2, 3]) {
      const { messages } = await pull(store, now, { maxDeliveries: 3 });
      expect(messages.map((delivered) => delivered.delivery)).toEqual([delivery]);
      now += leaseMs;
    }
    const last = await pull(store, now, { maxDeliveries: 3 });
    expect(last).toEqual({ messages: [], exhausted: [{ messageId: one.messageId, jobId: one.jobId }] });
    expect(await pull(store, now, { maxDeliveries: 3 })).toEqual({ messages: [], exhausted: [] });
    await store.queue.put(queue, [one]);
    expect(await store.queue.depth(queue, now)).toEqual({ ready: 0, held: 0 });
  });

  it('of one message does not hold up others', async () => {
    const { store } = context;
    const [bad, worse, good] = [message(t0), message(t0 + 1), message(t0 + 2)] as const;
    await store.queue.put(queue, [bad, worse]);
    await pull(store, t0 + 1);
    await store.queue.put(queue, [good]);
    const { messages, exhausted } = await pull(store, t0 + 1 + leaseMs, { limit: 1, maxDeliveries: 1 });
    const next = await pull(store, t0 + 1 + leaseMs, { limit: 1, maxDeliveries: 1 });
    const third = await pull(store, t0 + 1 + leaseMs, { limit: 1, maxDeliveries: 1 });
    expect(ids([...messages, ...next.messages, ...third.messages])).toEqual([good.messageId]);
    expect(ids([...exhausted, ...next.exhausted, ...third.exhausted]).toSorted()).toEqual(ids([bad, worse]).toSorted());
  });
}
