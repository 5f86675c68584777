import { expect, it } from 'vitest';
import { noWorkLimits, type RateLimit, type WorkLimits } from '../../domain/job/work.ts';
import type { Store } from '../../ports/store/store.ts';
import { createSeededRandom, type SeededRandom } from '../seeded-random.ts';
import { handles, nothing, t0, type Context } from './context.ts';
import { asked, claimed, limit, places, submitted, ErrandBook, written } from './errands.ts';

export function rateTests(context: Context): void {
  it('admit no more starts in any window of their length, and say when the next may begin', async () => {
    const { store } = context;
    const book = new ErrandBook();
    await limit(store, { rate: { count: 3, windowMs: 1_000 } });
    await submitted(store, book, 8);
    const at = async (now: number): Promise<number> => {
      book.now = now;
      await store.work.admit(now);
      return (await claimed(store, book)).length;
    };
    expect(await at(t0)).toBe(3);
    for (const id of book.jobs.keys()) if (book.tokenOf(id) > 0) book.complete(id);
    await written(store, book);
    expect(await store.work.admit(t0 + 400)).toEqual({ types: [], waiting: true, nextAt: t0 + 1_000 });
    expect(await at(t0 + 999)).toBe(0);
    expect(await at(t0 + 1_000)).toBe(3);
    expect(await at(t0 + 1_999)).toBe(0);
    expect(await at(t0 + 2_000)).toBe(2);
    expect(await store.work.admit(t0 + 2_000)).toEqual({ types: [], waiting: false, nextAt: null });
  });

  it('count work that was admitted and has not begun', async () => {
    const { store } = context;
    const book = new ErrandBook();
    await limit(store, { rate: { count: 2, windowMs: 1_000 } });
    await submitted(store, book, 6);
    await store.work.admit(t0);
    expect(await places(store)).toEqual({ ready: 2, queued: 4 });
    // Whenever they begin, others may a window later, and not before.
    const { nextAt } = await store.work.admit(t0 + 700);
    expect(nextAt).toBeGreaterThan(t0 + 700);
    expect(nextAt).toBeLessThanOrEqual(t0 + 1_700);
    expect(await claimed(store, book, { now: t0 + 5_000, limit: 1 })).toHaveLength(1);
    expect((await store.work.admit(t0 + 5_999)).types).toEqual([]);
    expect(await store.work.admit(t0 + 6_000)).toMatchObject({ types: ['errand/import'] });
    expect(await places(store)).toEqual({ ready: 2, queued: 3, leased: 1 });
  });

  it('may be set for each key by itself', async () => {
    const { store } = context;
    const book = new ErrandBook();
    await limit(store, { maxRunningPerKey: 10, ratePerKey: { count: 2, windowMs: 1_000 } });
    const a = await submitted(store, book, 4, { concurrencyKey: 'a' });
    const bare = await submitted(store, book, 3);
    const b = await submitted(store, book, 1, { concurrencyKey: 'b' });
    await store.work.admit(t0);
    expect(await claimed(store, book)).toEqual([a[0], a[1], ...bare, ...b]);
    expect(await store.work.admit(t0 + 600)).toEqual({ types: [], waiting: true, nextAt: t0 + 1_000 });
    expect(await store.work.admit(t0 + 1_000)).toMatchObject({ types: ['errand/import'], waiting: false });
    expect(await claimed(store, book, { now: t0 + 1_000 })).toEqual(a.slice(2));
  });

  it('count a second attempt as another start', async () => {
    const { store } = context;
    const book = new ErrandBook();
    await limit(store, { rate: { count: 2, windowMs: 1_000 } });
    const [id = ''] = await submitted(store, book, 1);
    for (const now of [t0, t0 + 10]) {
      book.now = now;
      await store.work.admit(now);
      expect(await claimed(store, book)).toEqual([id]);
      book.fail(id, 0);
      await written(store, book);
    }
    expect(await store.work.admit(t0 + 20)).toEqual({ types: [], waiting: true, nextAt: t0 + 1_000 });
  });
}

const types = ['import', 'export'] as const;
const keys = [null, 'a', 'b', 'c'] as const;

/** Several servers and their workers, who all act at once in rounds; what runs is noted by whoever makes it run. */
class Crowd {
  readonly book = new ErrandBook();
  readonly random: SeededRandom;
  readonly #stores: readonly Store[];
  readonly #limits: Readonly<Record<(typeof types)[number], WorkLimits>>;
  readonly #running = new Map<string, string>();
  readonly #starts = new Map<string, number[]>();
  ended = 0;

  constructor(stores: readonly Store[], random: SeededRandom, limits: Crowd['limits']) {
    this.#stores = stores;
    this.random = random;
    this.#limits = limits;
  }

  get limits(): Readonly<Record<(typeof types)[number], WorkLimits>> {
    return this.#limits;
  }

  async round(submits: number): Promise<void> {
    const { book, random } = this;
    book.now += random.integer(0, 120);
    for (let n = 0; n < submits; n++) this.#submit();
    const works: (() => Promise<unknown>)[] = [
      () => this.#store().commit(book.take()), () => this.#admit(), () => this.#admit(),
    ];
    for (let n = 0; n < 3; n++) works.push(() => this.#claim(n), () => this.#end());
    await Promise.all(works.toSorted(() => random.next() - 0.5).map((work) => work()));
    await this.#check();
  }

  #store(): Store {
    return this.random.pick(this.#stores);
  }

  #submit(): void {
    const { random, book } = this;
    book.submit({
      type: random.pick(types), concurrencyKey: random.pick(keys), priority: random.integer(-2, 2), maxAttempts: 100,
      runAt: random.chance(0.2) ? book.now + random.integer(0, 200) : book.now,
    });
  }

  /** Servers' clocks are never quite the same. */
  #now(): number {
    return this.book.now + this.random.integer(-400, 400);
  }

  async #admit(): Promise<void> {
    await this.#store().work.admit(this.#now());
  }

  async #claim(worker: number): Promise<void> {
    const ask = asked({ types, now: this.#now(), workerId: `worker-${worker}`, limit: this.random.integer(1, 8) });
    const taken = await this.#store().work.claim(ask);
    this.book.heard(taken);
    for (const { job } of taken) {
      expect(this.#running.has(job.id), 'it runs once').toBe(false);
      const key = (job.input as { concurrencyKey: string | null }).concurrencyKey;
      this.#running.set(job.id, `${job.type} ${key ?? ''}`);
      for (const group of key === null ? [job.type] : [job.type, `${job.type} ${key}`]) {
        this.#starts.set(group, [...(this.#starts.get(group) ?? []), job.updatedAt]);
      }
      expect(job.attempt).toBeGreaterThan(0);
    }
    this.#expectWithin();
  }

  /** One job's end or failure, by itself, so that the commits of a round are no conflict. */
  async #end(): Promise<void> {
    const { random } = this;
    const ids = [...this.#running.keys()];
    if (ids.length === 0) return;
    const id = random.pick(ids);
    const own = new ErrandBook();
    own.now = this.book.now;
    own.jobs.set(id, this.book.jobs.get(id) as never);
    // From here on it may be taken to be over: what runs is never more than is thought.
    this.#running.delete(id);
    if (random.chance(0.3)) {
      own.fail(id, random.chance(0.5) ? 0 : random.integer(1, 300));
    } else {
      own.complete(id);
      this.ended += 1;
    }
    this.book.jobs.set(id, own.jobs.get(id) as never);
    expect(await this.#store().commit(own.take())).toEqual({ ok: true });
  }

  #expectWithin(): void {
    for (const type of types) {
      const { maxRunning, maxRunningPerKey } = this.#limits[type];
      const ofType = [...this.#running.values()].filter((group) => group.startsWith(`${type} `));
      expect(ofType.length).toBeLessThanOrEqual(maxRunning ?? Number.POSITIVE_INFINITY);
      for (const key of ['a', 'b', 'c']) {
        expect(ofType.filter((group) => group === `${type} ${key}`).length).toBeLessThanOrEqual(maxRunningPerKey);
      }
    }
  }

  /** Between rounds: who holds leases is who runs, and no rate was ever exceeded. */
  async #check(): Promise<void> {
    for (const type of types) {
      const counted = await places(this.#stores[0] as Store, type);
      const running = [...this.#running.values()].filter((group) => group.startsWith(`${type} `)).length;
      expect(counted.leased ?? 0).toBe(running);
      const { maxRunning, rate, ratePerKey } = this.#limits[type];
      if (maxRunning !== null) expect((counted.ready ?? 0) + running).toBeLessThanOrEqual(maxRunning);
      expectRate(this.#starts.get(type) ?? [], rate);
      for (const key of ['a', 'b', 'c']) expectRate(this.#starts.get(`${type} ${key}`) ?? [], ratePerKey);
    }
  }
}

/** By the times that are stored. */
function expectRate(starts: readonly number[], rate: RateLimit | null): void {
  if (rate === null) return;
  const inOrder = starts.toSorted((a, b) => a - b);
  inOrder.forEach((start, i) => {
    const after = inOrder[i + rate.count];
    if (after !== undefined) expect(after - start).toBeGreaterThanOrEqual(rate.windowMs);
  });
}

export function underLoadTests(context: Context): void {
  it.each([1, 2, 3])('are kept whatever servers and workers do at once (seed %i)', async (seed) => {
    const stores = await handles(context);
    const random = createSeededRandom(seed);
    const crowd = new Crowd(stores, random, {
      import: {
        paused: false, maxRunning: random.integer(2, 5), maxRunningPerKey: random.integer(1, 2), ratePerKey: null,
        rate: random.chance(0.5) ? { count: 6, windowMs: 500 } : null,
      },
      export: { ...noWorkLimits, ratePerKey: { count: 2, windowMs: 400 } },
    });
    for (const type of types) await limit(context.store, crowd.limits[type], type);
    for (let round = 0; round < 25; round++) await crowd.round(random.integer(0, 5));
    const total = crowd.book.jobs.size;
    expect(total).toBeGreaterThan(30);
    for (let round = 0; crowd.ended < total; round++) {
      expect(round, 'what was submitted comes to its end').toBeLessThan(2_000);
      await crowd.round(0);
    }
    expect(await context.store.work.counts()).toEqual([]);
    const counts = await context.store.jobs.counts();
    expect(counts.every(({ state }) => state === 'completed')).toBe(true);
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(total);
    expect(await context.store.commit(nothing)).toEqual({ ok: true });
  });
}
