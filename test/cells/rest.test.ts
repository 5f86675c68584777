import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Rest } from '../../src/main/cloudflare/cell/rest.ts';
import { ObjectAlarm } from '../../src/main/cloudflare/object-alarm.ts';
import { Timers } from '../../src/main/cloudflare/cell/timers.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What an object's storage knows of its alarm. */
class FakeStorage {
  at: number | null = null;
  readonly sets: number[] = [];

  async getAlarm(): Promise<number | null> {
    return this.at;
  }

  async setAlarm(at: number): Promise<void> {
    this.at = at;
    this.sets.push(at);
  }
}

function cell(nextDue: () => number | null = () => null) {
  const [timers, storage] = [new Timers(), new FakeStorage()];
  const alarm = new ObjectAlarm(storage);
  const rest = new Rest({ timers, alarm, nextDue });
  const ring = (): Promise<void> => {
    storage.at = null;
    alarm.rang();
    return rest.rang();
  };
  return { timers, storage, rest, ring };
}

describe('a cell', () => {
  it('rests two seconds after the last call, and is woken an hour later at the latest', async () => {
    const { rest, storage } = cell();
    rest.enter();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(storage.at).toBeNull();
    rest.leave();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(storage.at! - Date.now()).toBeGreaterThan(3_590_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is woken when something is next due', async () => {
    const due = Date.now() + 100_000;
    const { rest, storage, ring } = cell(() => due);
    rest.wrote();
    await vi.advanceTimersByTimeAsync(5_000);
    // It was set once, to guard what was written, and that one rings first.
    expect(storage.sets).toHaveLength(1);
    void ring();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(storage.at).toBeLessThanOrEqual(due);
  });

  it('sets its alarm once in half a minute, however much is written', async () => {
    const { rest, storage } = cell();
    for (let n = 0; n < 29; n++) {
      rest.wrote();
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(storage.sets).toHaveLength(1);
  });

  it('does not spin over what is due and cannot be done', async () => {
    const { storage, ring } = cell(() => 1);
    void ring();
    await vi.advanceTimersByTimeAsync(5_000);
    const before = storage.sets.length;
    void ring();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(storage.sets.length - before).toBeLessThanOrEqual(2);
    expect(storage.at! - Date.now()).toBeGreaterThan(20_000);
  });

  it('whose alarm rings while calls go on answers the alarm after ten seconds', async () => {
    const { rest } = cell();
    rest.enter();
    let over = false;
    void rest.rang().then(() => (over = true));
    await vi.advanceTimersByTimeAsync(9_000);
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(1_500);
    expect(over).toBe(true);
  });
});

describe('loops', () => {
  it('wait by one timer, each for its own time, and are woken by a word', async () => {
    const timers = new Timers();
    const [slow, fast] = [timers.wakeUp(), timers.wakeUp()];
    const ended: string[] = [];
    void slow.wait(5_000, slow.count).then(() => ended.push('slow'));
    void fast.wait(1_000, fast.count).then(() => ended.push('fast'));
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(ended).toEqual(['fast']);
    slow.notify();
    await vi.advanceTimersByTimeAsync(0);
    expect(ended).toEqual(['fast', 'slow']);
  });

  it('wait without a timer while the cell rests, and look at everything when it is roused', async () => {
    const timers = new Timers();
    const loop = timers.wakeUp();
    timers.rest();
    let ended = false;
    void loop.wait(1_000, loop.count).then(() => (ended = true));
    await vi.advanceTimersByTimeAsync(60_000);
    expect([ended, vi.getTimerCount()]).toEqual([false, 0]);
    timers.rouse();
    await vi.advanceTimersByTimeAsync(0);
    expect(ended).toBe(true);
  });

  it('do not wait when they were told since they looked, nor once they are aborted', async () => {
    const timers = new Timers();
    const loop = timers.wakeUp();
    const seen = loop.count;
    loop.notify();
    await loop.wait(60_000, seen);
    const ending = new AbortController();
    const waiting = loop.wait(60_000, loop.count, ending.signal);
    ending.abort();
    await waiting;
    await loop.wait(60_000, loop.count, ending.signal);
    expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
  });
});
