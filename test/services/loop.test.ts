import { describe, expect, it } from 'vitest';
import { WakeUp } from '../../src/application/wake-up.ts';
import { createLoop } from '../../src/services/service.ts';
import { createMemoryLogger } from '../application/platform.ts';
import { createTime } from './services.ts';

describe('the loop of a service', () => {
  it('goes on at once while there is more to do, and then waits as long as its round said', async () => {
    const { clock, wakeUp, pass } = createTime();
    const began = clock.now();
    const pauses = [0, 0, 700, 300, 10_000];
    const rounds: number[] = [];
    const loop = createLoop({
      name: 'test',
      logger: createMemoryLogger(),
      wakeUp,
      round: async () => {
        rounds.push(clock.now() - began);
        return pauses[rounds.length - 1] ?? 0;
      },
    });
    loop.start();
    for (let passed = 0; passed < 11; passed++) await pass(100);
    expect(rounds).toEqual([0, 0, 0, 700, 1_000]);
    await loop.stop();
  });

  it('runs again at once when it was woken during a round', async () => {
    const { wakeUp } = createTime();
    let rounds = 0;
    const loop = createLoop({
      name: 'test',
      logger: createMemoryLogger(),
      wakeUp,
      round: async () => {
        rounds += 1;
        if (rounds < 4) wakeUp.notify();
        return 60_000;
      },
    });
    loop.start();
    await wakeUp.asleep();
    expect(rounds).toBe(4);
    await loop.stop();
  });

  it('logs a failed round and goes on after a pause', async () => {
    const { wakeUp, pass } = createTime();
    const logger = createMemoryLogger();
    let rounds = 0;
    const loop = createLoop({
      name: 'test',
      logger,
      wakeUp,
      round: async () => {
        rounds += 1;
        if (rounds === 1) throw new Error('store is away');
        return 60_000;
      },
    });
    loop.start();
    await pass(999);
    expect(rounds).toBe(1);
    expect(logger.lines).toMatchObject([
      { level: 'error', fields: { service: 'test', error: 'Error: store is away' } },
    ]);
    await pass(1);
    expect(rounds).toBe(2);
    await loop.stop();
  });

  it('runs as one loop however often it is started', async () => {
    const { wakeUp } = createTime();
    let rounds = 0;
    const loop = createLoop({
      name: 'test', logger: createMemoryLogger(), wakeUp, round: async () => ((rounds += 1), 60_000),
    });
    loop.start();
    loop.start();
    await wakeUp.asleep();
    expect(rounds).toBe(1);
    await loop.stop();
  });

  it('stops while it waits, and tells the round under way', async () => {
    const { wakeUp } = createTime();
    const loop = createLoop({ name: 'test', logger: createMemoryLogger(), wakeUp, round: async () => 60_000 });
    loop.start();
    await wakeUp.asleep();
    await loop.stop();
    const aborted = createLoop({
      name: 'test',
      logger: createMemoryLogger(),
      wakeUp,
      round: (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(0))),
    });
    aborted.start();
    await aborted.stop();
  });

  it('ends when its wake-up is closed, though nothing else stops it', async () => {
    const wakeUp = new WakeUp();
    let rounds = 0;
    const round = async () => {
      rounds += 1;
      wakeUp.close();
      return 60_000;
    };
    const loop = createLoop({ name: 'test', logger: createMemoryLogger(), wakeUp, round });
    loop.start();
    await new Promise(setImmediate);
    await loop.stop();
    expect(rounds).toBe(1);
  });

  it('stops at once when it was never started', async () => {
    const { wakeUp } = createTime();
    const loop = createLoop({ name: 'test', logger: createMemoryLogger(), wakeUp, round: async () => 0 });
    await expect(loop.stop()).resolves.toBeUndefined();
  });
});

describe('a wake-up', () => {
  it('wakes everybody who waits', async () => {
    const wakeUp = new WakeUp();
    const all = Array.from({ length: 3 }, () => wakeUp.wait(60_000, wakeUp.count));
    wakeUp.notify();
    await Promise.all(all);
  });

  it('ends a wait at once for those who have not seen the last one', async () => {
    const wakeUp = new WakeUp();
    const seen = wakeUp.count;
    wakeUp.notify();
    await wakeUp.wait(60_000, seen);
  });

  it('ends by itself when nobody notifies', async () => {
    const wakeUp = new WakeUp();
    await wakeUp.wait(1, wakeUp.count);
  });

  it('ends when its waiter is told to stop, before or while it waits', async () => {
    const wakeUp = new WakeUp();
    const stopping = new AbortController();
    const waiting = wakeUp.wait(60_000, wakeUp.count, stopping.signal);
    stopping.abort();
    await waiting;
    await wakeUp.wait(60_000, wakeUp.count, stopping.signal);
  });
});
