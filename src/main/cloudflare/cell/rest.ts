import type { ObjectAlarm } from '../object-alarm.ts';
import type { Timers } from './timers.ts';

export interface RestOptions {
  readonly timers: Timers;
  readonly alarm: Pick<ObjectAlarm, 'ringAt'>;
  /** When something that is stored is next due; null: nothing is. Milliseconds since 1970. */
  readonly nextDue: () => number | null;
}

/** So long after the last call and the last write the object rests. Milliseconds. */
const restAfterMs = 2_000;
/** While it is awake, the alarm is never farther away: should it be evicted, what is due is late by as much at most. */
const guardMs = 30_000;
/** How long an alarm goes on at most: the runtime ends one after 15 minutes, and calls keep the object awake. */
const mostRungMs = 10_000;
/** What is due and could not be done is looked at again after so long. */
const againMs = 60_000;
/** What is kept for a while only is looked at so often. */
const housekeepingMs = 3_600_000;

/**
 * When the object is awake, and when it rests. Awake, its loops run as those of any server, by a timer. Once nobody
 * calls and nothing is written any more, it rests: the timer is gone, and the alarm rings when something is next due.
 */
export class Rest {
  readonly #options: RestOptions;
  #calls = 0;
  /** By the clock of `performance`: it goes on whatever the time of day is set to. */
  #lastAt = 0;
  #awake = false;
  #rested = Promise.withResolvers<void>();

  constructor(options: RestOptions) {
    this.#options = options;
  }

  /** A call begins; to be ended by `leave`. */
  enter(): void {
    this.#calls += 1;
    this.#rouse();
  }

  leave(): void {
    this.#calls -= 1;
    this.#lastAt = performance.now();
  }

  /** Something was written: to be called in the same turn, so that the alarm is stored with it or not at all. */
  wrote(): void {
    this.#lastAt = performance.now();
    this.#guard();
    this.#rouse();
  }

  /** The alarm has rung. Resolves when the object rests again, or is kept awake by others. */
  async rang(): Promise<void> {
    this.#guard();
    this.#lastAt = performance.now();
    this.#rouse();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const long = new Promise<void>((resolve) => (timer = setTimeout(resolve, mostRungMs)));
    await Promise.race([this.#rested.promise, long]);
    clearTimeout(timer);
  }

  #guard(): void {
    this.#options.alarm.ringAt(Date.now() + guardMs);
  }

  #rouse(): void {
    if (this.#awake) return;
    this.#awake = true;
    this.#rested = Promise.withResolvers();
    this.#options.timers.rouse();
    this.#watch();
  }

  #watch(): void {
    const left = this.#calls > 0 ? restAfterMs : this.#lastAt + restAfterMs - performance.now();
    if (left > 0) {
      setTimeout(() => this.#watch(), left);
      return;
    }
    this.#awake = false;
    const { timers, alarm, nextDue } = this.#options;
    timers.rest();
    const now = Date.now();
    const due = nextDue() ?? Infinity;
    // What is due by now was looked at a moment ago, and cannot be done yet.
    alarm.ringAt(Math.min(due <= now ? now + againMs : due, now + housekeepingMs));
    this.#rested.resolve();
  }
}
