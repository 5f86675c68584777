import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WakeUp } from '../../src/application/wake-up.ts';
import { createWebhooks } from '../../src/application/webhooks/webhooks.ts';
import { createWebhookTransport } from '../../src/main/node/webhook-transport.ts';
import type { Store } from '../../src/ports/store/store.ts';
import type { DeliveryShares, StoredDelivery, WebhookStore } from '../../src/ports/store/webhook-store.ts';
import type { Service } from '../../src/services/service.ts';
import { createWebhookSender } from '../../src/services/webhook-sender.ts';
import { createFakeClock } from '../../src/testing/fake-clock.ts';
import { createFakeIds } from '../../src/testing/fake-ids.ts';
import { SimulatedWakeUp } from '../../src/testing/simulator/simulated-time.ts';
import { accepted, as, createMemoryLogger } from '../application/platform.ts';
import { createSqliteFile } from '../application/sqlite-file.ts';
import { startReceiver, type Receiver } from './webhook-receiver.ts';

let file: ReturnType<typeof createSqliteFile>;
// The reference library holds timestamps against the machine's own clock.
let clock: ReturnType<typeof createFakeClock>;
let store: Store;
let ids: ReturnType<typeof createFakeIds>;
const running: Service[] = [];
const receivers: Receiver[] = [];
beforeEach(() => {
  file = createSqliteFile();
  clock = createFakeClock(Date.now());
  store = file.open();
  ids = createFakeIds(clock);
});
afterEach(async () => {
  await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
  await Promise.all(running.splice(0).map((service) => service.stop()));
  await file.remove();
});

async function receiver(...given: Parameters<typeof startReceiver>): Promise<Receiver> {
  const started = await startReceiver(...given);
  receivers.push(started);
  return started;
}

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

async function put(...urls: string[]): Promise<StoredDelivery[]> {
  const deliveries = urls.map((url, index): StoredDelivery => ({
    id: ids.uuid(), jobId: ids.uuid(), ownerId: 'ada', url, eventType: 'job.completed', traceparent,
    body: JSON.stringify({ type: 'job.completed', data: { index, street: 'Řeznická 🧨' } }),
    state: 'pending', attempt: 0, dueAt: clock.now(), createdAt: clock.now(), endedAt: null,
  }));
  await store.webhooks.put(deliveries);
  return deliveries;
}

/** A sender over a store of its own on the same file. */
function startSender(
  options: { readonly webhooks?: Partial<WebhookStore>; readonly all?: { count: number; records: WakeUp } } = {},
) {
  const own = file.open().webhooks;
  const { all = { count: 0, records: new WakeUp() } } = options;
  const wakeUp = new SimulatedWakeUp(clock);
  const logger = createMemoryLogger();
  const webhooks: WebhookStore = {
    ...own,
    record: async (...args) => {
      const kept = await own.record(...args);
      all.count += 1;
      all.records.notify();
      return kept;
    },
    ...options.webhooks,
  };
  const sender = createWebhookSender({
    webhooks, transport: createWebhookTransport({ allowPrivate: true }), userAgent: 'Waybill/test', clock, logger,
    random: () => 0, wakeUp,
  });
  running.push(sender);
  sender.start();
  return {
    logger,
    sender,
    recorded: async (count: number): Promise<void> => {
      const { records } = all;
      for (let seen = records.count; all.count < count; seen = records.count) await records.wait(10_000, seen);
    },
    pass: async (ms: number): Promise<void> => {
      await wakeUp.asleep();
      clock.advance(ms);
      wakeUp.notify();
    },
  };
}

const shares: DeliveryShares = { perOwner: 10, perHost: 10, perOwnerAndHost: 10, perOwnerSilent: 10 };
/** As another sender. */
const claim = async (leaseMs: number) =>
  (await store.webhooks.claim({ now: clock.now(), leaseMs, limit: 10, after: '', shares, silent: [] })).deliveries;

const stateOf = async (id: string) => (await store.webhooks.get(id))?.state;

const webhooksHere = () => createWebhooks({
  webhooks: store.webhooks, attempts: store.attempts, clock, ids, urlProblem: () => null, onDue: () => {},
});

describe('the webhook sender', () => {
  it('sends what is stored, byte for byte, with a signature that the reference library accepts', async () => {
    const { url, received } = await receiver();
    const [delivery] = await put(url);
    const { recorded } = startSender();
    await recorded(1);
    const [request] = received;
    expect(request?.body.equals(Buffer.from(delivery!.body))).toBe(true);
    expect(request?.headers).toMatchObject({
      traceparent,
      'webhook-id': delivery!.id, 'webhook-timestamp': String(Math.floor(clock.now() / 1_000)),
      'content-type': 'application/json', 'user-agent': 'Waybill/test',
    });
    const [secret] = await store.webhooks.secrets('ada', clock.now());
    expect(new Webhook(secret!.secret).verify(request!.body, request!.headers)).toEqual(JSON.parse(delivery!.body));
    expect(await store.webhooks.get(delivery!.id)).toMatchObject({ state: 'delivered', attempt: 1, dueAt: null });
    expect(await store.webhooks.attempts(delivery!.id)).toMatchObject([{ status: 204, error: null }]);
  });

  it('signs with the old secret too for a day after a rotation', async () => {
    const { url, received } = await receiver();
    const webhooks = webhooksHere();
    const [first] = await accepted(webhooks.secrets(as('ada')));
    const [second, ...before] = await accepted(webhooks.rotateSecret(as('ada')));
    expect(before).toMatchObject([{ secret: first!.secret, expiresAt: clock.now() + 86_400_000 }]);
    await put(url);
    const { recorded, pass } = startSender();
    await recorded(1);
    for (const { secret } of [first!, second!]) new Webhook(secret).verify(received[0]!.body, received[0]!.headers);
    clock.advance(86_400_000);
    await put(url);
    await pass(0);
    await recorded(2);
    expect(received[1]!.headers['webhook-signature']!.split(' ')).toHaveLength(1);
  });

  it('tries eight times after growing pauses, and then no more', async () => {
    const { url, received } = await receiver((response) => response.writeHead(500).end());
    const [delivery] = await put(url);
    const { recorded, pass } = startSender();
    const [seconds, minutes, hours] = [1_000, 60_000, 3_600_000];
    const pauses = [5 * seconds, 5 * minutes, 30 * minutes, 2 * hours, 5 * hours, 10 * hours, 10 * hours];
    for (const [index, pause] of pauses.entries()) {
      await recorded(index + 1);
      expect(await store.webhooks.get(delivery!.id)).toMatchObject({ state: 'pending', dueAt: clock.now() + pause });
      await pass(pause - 1);
      expect(await claim(1)).toEqual([]);
      await pass(1);
    }
    await recorded(8);
    expect(await store.webhooks.get(delivery!.id)).toMatchObject({ state: 'failed', attempt: 8, endedAt: clock.now() });
    expect(received).toHaveLength(8);
    expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([delivery!.id]));
    expect(new Set(received.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(8);
    expect(await store.webhooks.attempts(delivery!.id)).toHaveLength(8);
  });

  it('retries when a busy receiver says so', async () => {
    const { url, received } = await receiver((response, number) =>
      number === 1 ? response.writeHead(429, { 'retry-after': '90' }).end() : response.writeHead(200).end(),
    );
    const [delivery] = await put(url);
    const { recorded, pass } = startSender();
    await recorded(1);
    expect((await store.webhooks.get(delivery!.id))?.dueAt).toBe(clock.now() + 90_000);
    await pass(90_000);
    await recorded(2);
    expect([received.length, await stateOf(delivery!.id)]).toEqual([2, 'delivered']);
  });

  it('sends nothing more to an endpoint that answered 410, until it is enabled', async () => {
    const { url, received } = await receiver((response, number) => response.writeHead(number === 1 ? 410 : 200).end());
    const [first] = await put(url);
    const { recorded, pass } = startSender();
    await recorded(1);
    expect(await stateOf(first!.id)).toBe('disabled');
    const [second] = await put(url);
    await pass(0);
    await recorded(2);
    expect([received.length, await stateOf(second!.id)]).toEqual([1, 'disabled']);
    const webhooks = webhooksHere();
    expect(await accepted(webhooks.disabled(as('ada')))).toMatchObject([{ url }]);
    expect(await webhooks.replay(as('ada'), second!.id)).toMatchObject({ refusal: { code: 'conflict' } });
    await accepted(webhooks.enable(as('ada'), url));
    await accepted(webhooks.replay(as('ada'), second!.id));
    await pass(0);
    await recorded(3);
    expect([received.length, await stateOf(second!.id)]).toEqual([2, 'delivered']);
    expect(await store.webhooks.attempts(second!.id)).toMatchObject([
      { status: null, error: 'Not sent: the endpoint is disabled.' }, { status: 200 },
    ]);
  });

  it('sends each attempt once, with any number of servers', async () => {
    const { url, received } = await receiver();
    const deliveries = await put(...Array.from({ length: 60 }, () => url));
    const all = { count: 0, records: new WakeUp() };
    const senders = [startSender({ all }), startSender({ all }), startSender({ all })];
    await senders[0]!.recorded(60);
    expect(received).toHaveLength(60);
    expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(
      new Set(deliveries.map(({ id }) => id)),
    );
    expect(await store.webhooks.list({ ownerId: 'ada', state: 'delivered', limit: 100 })).toHaveLength(60);
  });

  it.each([[5, 8], [1, 5]])('to %i hosts of one owner sends at most %i at once', async (count, atOnce) => {
    const held: (() => void)[] = [];
    const arrivals = new WakeUp();
    const hold = (response: { end(): void }): void => {
      held.push(() => response.end());
      arrivals.notify();
    };
    const hosts = await Promise.all(Array.from({ length: count }, () => receiver(hold)));
    await put(...Array.from({ length: 35 }, (_, index) => hosts[index % count]!.url));
    const { recorded } = startSender();
    let most = 0;
    for (let done = 0; done < 35; done += 1) {
      const wanted = Math.min(atOnce, 35 - done);
      for (let seen = arrivals.count; held.length < wanted; seen = arrivals.count) await arrivals.wait(10_000, seen);
      most = Math.max(most, hosts.reduce((sum, { open }) => sum + open.now, 0));
      held.shift()!();
      await recorded(done + 1);
    }
    expect([most, Math.max(...hosts.map(({ open }) => open.most)) <= 5]).toEqual([atOnce, true]);
  });

  it('sends again what a dead server had claimed, once its lease has expired', async () => {
    const { url, received } = await receiver();
    const [delivery] = await put(url);
    await claim(180_000);
    const { recorded, pass } = startSender();
    await pass(179_999);
    await pass(1);
    await recorded(1);
    expect([received.length, await stateOf(delivery!.id)]).toEqual([1, 'delivered']);
    expect((await store.webhooks.get(delivery!.id))?.attempt).toBe(2);
  });

  it('waits for deliveries under way when it is told to stop', async () => {
    let answer = (): void => {};
    const host = await receiver((response) => (answer = () => response.end()));
    const [delivery] = await put(host.url);
    const { sender } = startSender();
    await host.came(1);
    const stopped = sender.stop();
    answer();
    await stopped;
    expect(await stateOf(delivery!.id)).toBe('delivered');
  });

  it('logs an outcome that it could not record', async () => {
    const { url } = await receiver();
    await put(url);
    const tried = new WakeUp();
    const { logger, sender } = startSender({
      webhooks: {
        record: () => {
          tried.notify();
          return Promise.reject(new Error('store is away'));
        },
      },
    });
    await tried.wait(10_000, 0);
    await sender.stop();
    expect(logger.lines).toMatchObject([{ level: 'error', fields: { error: 'Error: store is away' } }]);
  });
});
