import { evictAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { expect, vi } from 'vitest';
import { callback, coordinator, must, outboxOf, type EdgeUser } from './edge.ts';

/** A job of three photos, and a clock that moves only when it is told to: until `vi.useRealTimers`. */
export class Life {
  readonly user: EdgeUser;
  jobId = '';

  constructor(user: EdgeUser) {
    this.user = user;
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  }

  /** From create to the last result, so much time after each step. */
  async whole(pauseMs: number): Promise<void> {
    const steps = [
      () => this.create(), () => this.confirm(), () => this.execute(),
      ...[0, 1, 2].map((idx) => async () => must(await callback(this.jobId, idx))),
    ];
    for (const step of steps) {
      await step();
      if (pauseMs > 0) {
        await this.isSaid();
        await this.pass(pauseMs);
      }
    }
  }

  async create(): Promise<void> {
    this.jobId = await this.user.create(3);
  }

  async confirm(): Promise<void> {
    must(await this.user.post(`/api/jobs/${this.jobId}/confirm-upload`, { totalItems: 3 }));
  }

  async execute(): Promise<void> {
    must(await this.user.post(`/api/jobs/${this.jobId}/execute`));
  }

  /** What the last answer did not wait for. */
  async isSaid(): Promise<void> {
    await vi.waitFor(async () => expect(await outboxOf(this.jobId)).toEqual([]), { timeout: 15_000, interval: 20 });
  }

  /** Time passes, in which the objects leave memory and their alarms ring. */
  async pass(ms: number): Promise<void> {
    const end = Date.now() + ms;
    const objects = [this.user.limiter, ...(this.jobId === '' ? [] : [coordinator(this.jobId)])];
    for (;;) {
      await evictAllDurableObjects();
      const alarms = await Promise.all(objects.map(async (stub) => ({ stub, at: (await alarmOf(stub)) ?? Infinity })));
      const next = alarms.reduce((a, b) => (b.at < a.at ? b : a));
      if (next.at > end) break;
      vi.setSystemTime(Math.max(next.at, Date.now()));
      await runDurableObjectAlarm(next.stub);
    }
    vi.setSystemTime(end);
  }
}

export function alarmOf(stub: object): Promise<number | null> {
  return runInDurableObject(stub, (_instance, { storage }) => storage.getAlarm());
}

/** Bytes of an object's database. */
export function sizeOf(stub: object): Promise<number> {
  return runInDurableObject(stub, (_instance, { storage }) => storage.sql.databaseSize);
}
