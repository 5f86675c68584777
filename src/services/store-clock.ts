import { WakeUp } from '../application/wake-up.ts';
import { certainAt, type CertainTime } from '../domain/time/certain.ts';
import { correctionOf, slewedMs, type Doubt } from '../domain/time/correction.ts';
import type { TimeStep } from '../domain/time/deadline.ts';
import { offsetOf, type ClockOffset, type ClockReading } from '../domain/time/reading.ts';
import type { KeptTime } from '../ports/store/kept-time.ts';
import type { Clock, Logger } from '../ports/world.ts';
import { createLoop, type Service } from './service.ts';

const everyMs = 5_000;
const doubtingEveryMs = 1_000;
const [readingsAtStart, readings] = [8, 3];
const keptEveryMs = 60_000;
/** After a longer rest somebody is told that what is over goes little by little: the clock may be ahead. */
const restToldMs = 86_400_000;
/** How much faster or slower it runs to make up for a small difference. */
const slewRate = 0.05;
/**
 * After a step, for so long: workers renew their leases by the new time, and other servers follow the same clock,
 * before any is taken from them.
 */
const settlingMs = 30_000;
/** How far this machine's clock may be from the store's before somebody is told. */
export const skewToleratedMs = 500;

export interface StoreClockOptions {
  /** The clock that everybody shares who uses the store; null: it is the machine's own. */
  readonly shared: (() => Promise<number>) | null;
  /** This machine's wall clock. Milliseconds since 1970. */
  readonly wall: () => number;
  /** Never goes back. Milliseconds from anywhere. */
  readonly monotonic: () => number;
  /** Where it is kept up to when time has gone for certain, across restarts. */
  readonly kept: KeptTime;
  readonly logger: Logger;
}

/**
 * The time by which everything is stored, and compared with what is stored: the store's own clock where it has one
 * (a database's, for all its servers), else the machine's. It runs by a monotonic source, and follows that clock by the
 * rules of `correctionOf`.
 */
export class StoreClock implements Clock {
  readonly #options: StoreClockOptions;
  /** The offset is on its way from one to the other since then, at the slew rate. */
  #from: number;
  #to: number;
  #since: number;
  #doubt: Doubt | null = null;
  #settledAt = Number.NEGATIVE_INFINITY;
  #skewMs = 0;
  #toldSkewMs = 0;
  #certain: CertainTime;
  #keptAt = Number.NEGATIVE_INFINITY;
  readonly #onStep = new Set<(step: TimeStep) => void>();

  private constructor(options: StoreClockOptions, { offsetMs }: ClockOffset, keptTime: number | null) {
    this.#options = options;
    this.#from = this.#to = offsetMs;
    this.#since = options.monotonic();
    const now = this.now();
    // Nothing is over yet in a store that is new.
    this.#certain = { at: Math.min(keptTime ?? now, now), since: this.#since };
  }

  /** Measured; rejects when the store's clock cannot be read. */
  static async start(options: StoreClockOptions): Promise<StoreClock> {
    const keptTime = await options.kept.get();
    const measured = await measureClock(options, readingsAtStart);
    const clock = new StoreClock(options, measured, keptTime);
    clock.#noteSkew(measured);
    clock.#noteRest();
    return clock;
  }

  now(): number {
    return Math.floor(this.#options.monotonic() + this.#offset());
  }

  elapsed(): number {
    return this.#options.monotonic();
  }

  certain(): number {
    this.#certain = certainAt(this.#certain, this.now(), this.#options.monotonic());
    return Math.floor(this.#certain.at);
  }

  /** A server by itself is sure of its own time while it doubts the machine's: nobody else has another one. */
  settled(): boolean {
    const isAlone = this.#options.shared === null;
    return (isAlone || this.#doubt === null) && this.#options.monotonic() >= this.#settledAt;
  }

  /** How far this machine's wall clock is ahead of the store's, by the last measurement. Milliseconds. */
  skewMs(): number {
    return this.#skewMs;
  }

  /** Called after each step. */
  onStep(listener: (step: TimeStep) => void): void {
    this.#onStep.add(listener);
  }

  /** Looks what the clock beneath says now, and follows it. */
  async watch(): Promise<void> {
    const { monotonic, logger, shared } = this.#options;
    this.certain();
    const measured = await measureClock(this.#options, readings);
    const at = monotonic();
    const offset = this.#offset();
    const correction = correctionOf(offset, measured, this.#doubt, at);
    const byMs = Math.round(measured.offsetMs - offset);
    const whose = shared === null ? 'this machine' : 'the database';
    const doubted = this.#doubt;
    this.#doubt = correction.type === 'doubt' ? correction.doubt : null;
    if (correction.type === 'doubt' && correction.doubt !== doubted) {
      logger.warn('a clock has jumped: it is followed if it stays there', { clock: whose, byMs });
    }
    if (correction.type === 'keep' || correction.type === 'slew') {
      if (doubted !== null) logger.info('the clock is back where it was', { clock: whose });
      const to = correction.type === 'keep' ? offset : measured.offsetMs;
      [this.#from, this.#to, this.#since] = [offset, to, at];
    } else if (correction.type === 'step') {
      const from = this.now();
      [this.#from, this.#to, this.#since] = [measured.offsetMs, measured.offsetMs, at];
      if (Math.abs(byMs) > slewedMs) {
        // Back, no lease looks over that is not: those by the time before are healed.
        if (byMs > 0) this.#settledAt = at + settlingMs;
        logger.warn('the time was set, as the clock beneath it was', { clock: whose, byMs });
        for (const listener of this.#onStep) listener({ from, byMs });
      }
    }
    this.#noteSkew(measured);
    await this.#keep();
  }

  service(): Service {
    return createLoop({
      name: 'store-clock',
      logger: this.#options.logger,
      wakeUp: new WakeUp(),
      round: async () => {
        await this.watch();
        return this.#doubt === null ? everyMs : doubtingEveryMs;
      },
    });
  }

  async #keep(): Promise<void> {
    const at = this.#options.monotonic();
    if (at - this.#keptAt < keptEveryMs) return;
    this.#keptAt = at;
    await this.#options.kept.put(this.certain(), this.now());
  }

  #noteRest(): void {
    const [now, since] = [this.now(), this.certain()];
    if (now - since <= restToldMs) return;
    const fields = { now: new Date(now).toISOString(), lastUsed: new Date(since).toISOString() };
    this.#options.logger.warn(
      'the time is far from when this store was last used: what is over goes little by little; set the clock if wrong',
      fields,
    );
  }

  #offset(): number {
    const way = this.#to - this.#from;
    const gone = (this.#options.monotonic() - this.#since) * slewRate;
    return this.#from + Math.sign(way) * Math.min(Math.abs(way), gone);
  }

  #noteSkew({ offsetMs, errorMs }: ClockOffset): void {
    const { shared, wall, monotonic, logger } = this.#options;
    if (shared === null) return;
    this.#skewMs = Math.round(wall() - monotonic() - offsetMs);
    const size = Math.max(0, Math.abs(this.#skewMs) - errorMs);
    const isTold = this.#toldSkewMs !== 0;
    const isNews = isTold ? Math.abs(this.#skewMs - this.#toldSkewMs) > skewToleratedMs : size > skewToleratedMs;
    if (!isNews) return;
    const aheadMs = this.#skewMs;
    if (size > skewToleratedMs) {
      this.#toldSkewMs = aheadMs;
      logger.warn("this machine's clock differs from the database's, whose time is used: set both by NTP", { aheadMs });
    } else {
      this.#toldSkewMs = 0;
      logger.info("this machine's clock is the same as the database's again", { aheadMs });
    }
  }
}

/** Where the clock is, by the best of so many looks. */
export async function measureClock(
  { shared, wall, monotonic }: Pick<StoreClockOptions, 'shared' | 'wall' | 'monotonic'>,
  count: number,
): Promise<ClockOffset> {
  const found: ClockReading[] = [];
  for (let n = 0; n < (shared === null ? 1 : count); n++) {
    const askedAt = monotonic();
    const shown = shared === null ? wall() : await shared();
    found.push({ askedAt, answeredAt: monotonic(), shown });
  }
  const measured = offsetOf(found);
  if (measured === null) throw new Error('the clock could not be read');
  return measured;
}
