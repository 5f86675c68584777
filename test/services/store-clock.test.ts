import { describe, expect, it } from 'vitest';
import { measureClock, StoreClock } from '../../src/services/store-clock.ts';
import { createSeededRandom } from '../../src/testing/seeded-random.ts';

const wallStart = Date.UTC(2026, 10, 22);

/** A machine with a clock of its own, and a database whose clock is read over a network. */
class World {
  mono = 1_000;
  wallAheadMs = 0;
  sharedAheadMs = 0;
  /** Of one reading, there and back. */
  way: () => readonly [number, number] = () => [0, 0];
  readonly log: string[] = [];
  kept: number | null = null;
  readonly #withDatabase: boolean;

  constructor(withDatabase: boolean) {
    this.#withDatabase = withDatabase;
  }

  get real(): number {
    return wallStart + this.mono;
  }

  readonly options = () => {
    const note = (message: string, fields?: object): void => {
      this.log.push(`${message} ${JSON.stringify(fields)}`);
    };
    return {
      wall: () => Math.floor(this.real + this.wallAheadMs),
      monotonic: () => this.mono,
      shared: this.#withDatabase
        ? async () => {
            const [there, back] = this.way();
            this.mono += there;
            const shown = Math.floor(this.real + this.sharedAheadMs);
            this.mono += back;
            return shown;
          }
        : null,
      kept: { get: async () => this.kept, put: async (at: number) => void (this.kept = at) },
      logger: { debug: note, info: note, warn: note, error: note },
    };
  };

  start = (): Promise<StoreClock> => StoreClock.start(this.options());

  /** Watched every five seconds; never back unless it is said. */
  async pass(clock: StoreClock, ms: number, back = false): Promise<void> {
    for (let gone = 0; gone < ms; gone += 500) {
      const before = clock.now();
      this.mono += 500;
      if (gone % 5_000 === 0) await clock.watch();
      if (!back) expect(clock.now()).toBeGreaterThanOrEqual(before);
    }
  }
}

describe('the clock of a server with a database', () => {
  it('shows the database’s time, however far its own machine is off, and logs that once', async () => {
    const world = new World(true);
    world.wallAheadMs = 15_000;
    const clock = await world.start();
    await world.pass(clock, 60_000);
    expect(Math.abs(clock.now() - world.real)).toBeLessThanOrEqual(1);
    expect(clock.skewMs()).toBeCloseTo(15_000, -1);
    expect(world.log.filter((line) => line.includes('differs'))).toHaveLength(1);
    world.wallAheadMs = 0;
    await world.pass(clock, 10_000);
    expect(world.log.at(-1)).toMatch(/same as the database's again/);
  });

  it('is measured by the fastest of several queries, and never off by more than half of its round trip', async () => {
    const random = createSeededRandom(7);
    const world = new World(true);
    for (let round = 0; round < 200; round++) {
      world.sharedAheadMs = random.integer(-100_000, 100_000);
      let quickest = Number.POSITIVE_INFINITY;
      world.way = () => {
        const way = [random.integer(0, 200), random.integer(0, 200)] as const;
        quickest = Math.min(quickest, way[0] + way[1]);
        return way;
      };
      const { offsetMs, errorMs } = await measureClock(world.options(), 5);
      expect(errorMs).toBe(quickest / 2 + 1);
      expect(Math.abs(offsetMs - (wallStart + world.sharedAheadMs))).toBeLessThanOrEqual(errorMs);
    }
  });

  it('never goes back while a drift is corrected, whatever the network does', async () => {
    const random = createSeededRandom(3);
    const world = new World(true);
    world.way = () => [random.integer(0, 30), random.integer(0, 30)];
    const clock = await world.start();
    for (let drift = 0; drift > -900; drift -= 30) {
      world.sharedAheadMs = drift;
      await world.pass(clock, 5_000);
      expect(Math.abs(clock.now() - world.real - drift)).toBeLessThan(100);
      expect(clock.settled()).toBe(true);
    }
  });

  it('follows the database at once after the process stood still', async () => {
    const world = new World(true);
    const clock = await world.start();
    world.sharedAheadMs = 8_000;
    await clock.watch();
    expect(Math.abs(clock.now() - world.real - 8_000)).toBeLessThanOrEqual(1);
    expect(clock.settled(), 'workers renew their leases first').toBe(false);
    await world.pass(clock, 31_000);
    expect(clock.settled()).toBe(true);
  });
});

describe('the clock of a server with others', () => {
  it('ends nothing from the moment it doubts its time until all servers have followed', async () => {
    const world = new World(true);
    const clock = await world.start();
    world.sharedAheadMs = -3_600_000;
    await world.pass(clock, 20_000);
    expect(Math.abs(clock.now() - world.real)).toBeLessThanOrEqual(1);
    expect(clock.settled()).toBe(false);
    await world.pass(clock, 10_000, true);
    expect(Math.abs(clock.now() - world.real + 3_600_000)).toBeLessThanOrEqual(1);
    expect(clock.settled(), 'back, nothing looks over that is not').toBe(true);
    world.sharedAheadMs = 0;
    await world.pass(clock, 45_000);
    expect(Math.abs(clock.now() - world.real)).toBeLessThanOrEqual(1);
    expect(clock.settled(), 'ahead, leases are renewed first').toBe(false);
    await world.pass(clock, 15_000);
    expect(clock.settled()).toBe(true);
  });
});

describe('the clock of a server by itself', () => {
  it('does not follow a wall clock that is 30 days ahead for some seconds', async () => {
    const world = new World(false);
    const clock = await world.start();
    world.wallAheadMs = 30 * 86_400_000;
    await world.pass(clock, 10_000);
    expect(Math.abs(clock.now() - world.real)).toBeLessThanOrEqual(1);
    expect(clock.settled(), 'nobody has another time').toBe(true);
    world.wallAheadMs = 0;
    await world.pass(clock, 10_000);
    expect(clock.settled()).toBe(true);
    expect(world.log).toEqual([
      'a clock has jumped: it is followed if it stays there {"clock":"this machine","byMs":2592000000}',
      'the clock is back where it was {"clock":"this machine"}',
    ]);
  });

  it.each([[-3_600_000], [30 * 86_400_000]])('follows a wall clock that stays where it was set (%i ms)', async (by) => {
    const world = new World(false);
    const clock = await world.start();
    let steps = 0;
    clock.onStep(() => (steps += 1));
    world.wallAheadMs = by;
    await world.pass(clock, 15_000);
    expect(Math.abs(clock.now() - world.real), 'time goes on meanwhile').toBeLessThanOrEqual(1);
    await world.pass(clock, 15_000, true);
    expect(Math.abs(clock.now() - world.real - by)).toBeLessThanOrEqual(1);
    expect(steps).toBe(1);
    expect(clock.settled(), 'leases are renewed first when they end sooner').toBe(by < 0);
    expect(world.log.at(-1)).toMatch(/^the time was set/);
  });
});

describe('the certain time', () => {
  const day = 86_400_000;

  it.each([[true], [false]])('follows a clock that is ahead at the start slowly (database: %s)', async (db) => {
    const world = new World(db);
    world.kept = world.real - 60_000;
    [world.wallAheadMs, world.sharedAheadMs] = [30 * day, 30 * day];
    const clock = await world.start();
    expect(clock.now()).toBeGreaterThan(world.real + 29 * day);
    expect(world.log.join('\n')).toMatch(/^the time is far from when this store was last used/m);
    expect(clock.certain()).toBe(world.real - 60_000);
    await world.pass(clock, 60_000);
    expect(clock.certain()).toBe(world.real - 120_000 + 24 * 60_000);
    // The clock is put right: it never was certain of more than that.
    [world.wallAheadMs, world.sharedAheadMs] = [0, 0];
    await world.pass(clock, 30_000, true);
    expect(clock.certain()).toBe(clock.now());
    expect(Math.abs(clock.now() - world.real)).toBeLessThanOrEqual(1);
  });

  it('catches up after a standstill: a day in an hour', async () => {
    const world = new World(false);
    world.kept = world.real - day;
    const clock = await world.start();
    await world.pass(clock, 3_600_000);
    expect(clock.now() - clock.certain()).toBeLessThan(4_000_000);
    await world.pass(clock, 300_000);
    expect(clock.certain()).toBe(clock.now());
    expect(world.log).toEqual([]);
  });

  it('lags behind a step of a clock while the server runs, too', async () => {
    const world = new World(false);
    const clock = await world.start();
    expect(clock.certain()).toBe(clock.now());
    world.wallAheadMs = 30 * day;
    await world.pass(clock, 60_000);
    expect(clock.now()).toBeGreaterThan(world.real + 29 * day);
    expect(clock.certain()).toBeLessThan(world.real + day);
  });

  it('is now in a store that nobody has used, and where a clock that was ahead has kept more', async () => {
    const world = new World(false);
    expect((await world.start()).certain()).toBe(world.real);
    world.kept = world.real + day;
    expect((await world.start()).certain()).toBe(world.real);
  });
});
