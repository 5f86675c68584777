import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewOutboxMessage } from '../../src/ports/store/commit.ts';
import type { OutboxMessage } from '../../src/ports/store/outbox.ts';
import type { Store } from '../../src/ports/store/store.ts';
import { createOutboxRelay, type Deliver } from '../../src/services/outbox-relay.ts';
import type { Service } from '../../src/services/service.ts';
import { openSimulatedSqlite } from '../../src/testing/simulator/sqlite.ts';
import { createMemoryLogger } from '../application/platform.ts';
import { createTime, say } from './services.ts';

const simulated = openSimulatedSqlite();
let store: Store;
let time: ReturnType<typeof createTime>;
let delivered: string[];
let running: Service[];
let logger: ReturnType<typeof createMemoryLogger>;

beforeEach(() => {
  simulated.clear();
  store = simulated.open();
  time = createTime();
  delivered = [];
  running = [];
  logger = createMemoryLogger();
});
afterEach(() => Promise.all(running.map((service) => service.stop())));

const message = (jobId: string, text: string, topic = 'mail:out'): NewOutboxMessage => ({
  topic, jobId, ownerId: 'user-1', payload: { text }, createdAt: time.clock.now(),
});
const textOf = ({ payload }: OutboxMessage): string => (payload as { text: string }).text;
const noting: Deliver = async (messages) => void delivered.push(...messages.map(textOf));

function start(mail: Deliver | undefined, outbox: Store['outbox'] = store.outbox, own = time): Service {
  const service = createOutboxRelay({
    outbox,
    deliverers: mail === undefined ? {} : { mail },
    clock: own.clock,
    wakeUp: own.wakeUp,
    logger,
    // Waits are as long as they may be.
    random: () => 0,
  });
  running.push(service);
  service.start();
  return service;
}

describe('an outbox message', () => {
  it('is delivered when the relay starts, and is done then', async () => {
    await say(store, message('a', 'one'), message('b', 'two'));
    start(noting);
    await time.wakeUp.asleep();
    expect(delivered).toEqual(['one', 'two']);
    expect(await store.outbox.size()).toBe(0);
  });

  it('is delivered at once when the relay is woken', async () => {
    start(noting);
    await time.wakeUp.asleep();
    await say(store, message('a', 'one'));
    time.wakeUp.notify();
    await time.wakeUp.asleep();
    expect(delivered).toEqual(['one']);
  });

  it('is delivered without a pause when it was stored while the relay was at work', async () => {
    await say(store, message('a', 'one'));
    start(async (messages) => {
      await noting(messages);
      if (delivered.length > 1) return;
      await say(store, message('b', 'two'));
      time.wakeUp.notify();
    });
    await time.wakeUp.asleep();
    expect(delivered).toEqual(['one', 'two']);
  });

  it('is delivered within a second when nobody wakes the relay', async () => {
    start(noting);
    await time.wakeUp.asleep();
    await say(store, message('a', 'one'));
    await time.pass(1_000);
    expect(delivered).toEqual(['one']);
  });

  it('is delivered in one round with all others that are due', async () => {
    const calls: number[] = [];
    await say(store, ...Array.from({ length: 600 }, (_, at) => message(`job ${at}`, `${at}`)));
    start(async (messages) => void calls.push(messages.length));
    await time.wakeUp.asleep();
    expect(calls).toEqual([256, 256, 88]);
  });

  it('is delivered by the deliverer of its topic', async () => {
    await say(store, message('a', 'mail'), message('b', 'nobody', 'pigeon:out'));
    start(noting);
    await time.wakeUp.asleep();
    expect([delivered, await store.outbox.size()]).toEqual([['mail'], 1]);
    expect(logger.lines).toMatchObject([
      { level: 'error', fields: { topic: 'pigeon:out', error: 'Error: no deliverer is registered for pigeon:out' } },
    ]);
  });
});

describe('an outbox message that fails', () => {
  it('is tried again after growing pauses', async () => {
    const tries: number[] = [];
    const began = time.clock.now();
    await say(store, message('a', 'one'));
    start(async (messages) => {
      tries.push(time.clock.now() - began);
      if (tries.length < 5) throw new Error('nobody at home');
      await noting(messages);
    });
    for (let passed = 0; passed < 20_000; passed += 500) await time.pass(500);
    // The waits are 0.5, 1, 2 and 4 s; the relay looks once a second.
    expect(tries).toEqual([0, 1_000, 2_000, 4_000, 8_000]);
    expect([delivered, await store.outbox.size()]).toEqual([['one'], 0]);
  });

  it('holds up later messages of the same job, and no others', async () => {
    let broken = true;
    await say(store, message('a', 'first'), message('a', 'second'), message('a', 'third'), message('b', 'other'));
    start(async (messages) => {
      if (broken && messages.some((one) => textOf(one) === 'first')) throw new Error('no');
      await noting(messages);
    });
    await time.wakeUp.asleep();
    expect(delivered).not.toContain('second');
    broken = false;
    for (let passed = 0; passed < 5; passed++) await time.pass(1_000);
    expect(delivered.filter((text) => text !== 'other')).toEqual(['first', 'second', 'third']);
    expect(delivered).toContain('other');
  });

  it('of an unknown topic is delivered once a relay knows the topic', async () => {
    await say(store, message('a', 'one'));
    const ignorant = start(undefined);
    await time.wakeUp.asleep();
    await ignorant.stop();
    const wiser = createTime();
    wiser.clock.advance(60_000);
    start(noting, store.outbox, wiser);
    await wiser.wakeUp.asleep();
    expect(delivered).toEqual(['one']);
  });
});

describe('an outbox relay that dies', () => {
  it('after a delivery and before marking it done has it repeated by another relay', async () => {
    await say(store, message('a', 'one'));
    const done = (): Promise<void> => Promise.reject(new Error('cut off'));
    const dying = start(noting, { ...store.outbox, done, retry: async () => {} });
    await time.wakeUp.asleep();
    await dying.stop();
    const later = createTime();
    start(noting, store.outbox, later);
    await later.wakeUp.asleep();
    expect(delivered).toEqual(['one']);
    await later.pass(30_000);
    expect([delivered, await store.outbox.size()]).toEqual([['one', 'one'], 0]);
  });
});

describe('two outbox relays', () => {
  it('deliver every message once between them', async () => {
    const other = createTime();
    start(noting);
    start(noting, store.outbox, other);
    const all = Array.from({ length: 300 }, (_, at) => message(`job ${at % 50}`, `${at}`));
    for (let at = 0; at < all.length; at += 30) {
      await say(store, ...all.slice(at, at + 30));
      time.wakeUp.notify();
      other.wakeUp.notify();
    }
    await Promise.all([time.wakeUp.asleep(), other.wakeUp.asleep()]);
    for (let passed = 0; passed < 10 && (await store.outbox.size()) > 0; passed++) await time.pass(1_000);
    expect(delivered.toSorted((a, b) => Number(a) - Number(b))).toEqual(all.map((_one, at) => `${at}`));
    const ofOneJob = delivered.filter((text) => Number(text) % 50 === 7).map(Number);
    expect(ofOneJob).toEqual(ofOneJob.toSorted((a, b) => a - b));
  });
});

describe('stopping the outbox relay', () => {
  it('waits for the delivery under way', async () => {
    const [began, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await say(store, message('a', 'one'));
    const service = start(async (messages) => {
      began.resolve();
      await released.promise;
      await noting(messages);
    });
    await began.promise;
    const stopped = service.stop();
    released.resolve();
    await stopped;
    expect([delivered, await store.outbox.size()]).toEqual([['one'], 0]);
  });

  it('is said at the second attempt though another message that was tried with it can never be', async () => {
    await say(store, message('a', 'one'), message('b', 'poison'), message('c', 'two'));
    start(async (messages) => {
      if (messages.some((each) => textOf(each) === 'poison')) throw new Error('not this one');
      await noting(messages);
    });
    await time.wakeUp.asleep();
    expect(delivered).toEqual([]);
    await time.pass(1_000);
    expect(delivered).toEqual(['one', 'two']);
  });
});
