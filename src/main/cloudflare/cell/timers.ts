import { WakeUp } from '../../../application/wake-up.ts';

interface Wait {
  /** Milliseconds, by the clock of `performance`: it goes on whatever the time of day is set to. */
  readonly until: number;
  readonly end: () => void;
}

/**
 * What the loops of a Durable Object wait on, under one timer. A timer keeps the object in memory, which is paid for:
 * while the object rests there is none, and its loops wait until something wakes them.
 */
export class Timers {
  readonly #waits = new Set<Wait>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #rings = Infinity;
  #resting = false;

  readonly wakeUp = (): WakeUp => new TimedWakeUp(this);

  add(wait: Wait): void {
    this.#waits.add(wait);
    if (wait.until < this.#rings) this.#set(wait.until);
  }

  remove(wait: Wait): void {
    this.#waits.delete(wait);
  }

  /** No timer from now on. */
  rest(): void {
    this.#resting = true;
    clearTimeout(this.#timer);
    this.#rings = Infinity;
  }

  /** Ends a rest, and every wait: whatever may be due is looked at. */
  rouse(): void {
    this.#resting = false;
    for (const { end } of [...this.#waits]) end();
  }

  #set(at: number): void {
    if (this.#resting) return;
    clearTimeout(this.#timer);
    this.#rings = at;
    this.#timer = setTimeout(() => this.#ring(), Math.max(0, at - performance.now()));
  }

  #ring(): void {
    this.#rings = Infinity;
    const now = performance.now();
    for (const { until, end } of [...this.#waits]) if (until <= now) end();
    const next = Math.min(...[...this.#waits].map(({ until }) => until));
    if (next < this.#rings) this.#set(next);
  }
}

class TimedWakeUp extends WakeUp {
  readonly #timers: Timers;
  readonly #waits = new Set<Wait>();

  constructor(timers: Timers) {
    super();
    this.#timers = timers;
  }

  override notify(): void {
    super.notify();
    for (const { end } of [...this.#waits]) end();
  }

  override wait(ms: number, seen: number, signal?: AbortSignal): Promise<void> {
    if (this.closed || signal?.aborted || seen !== this.count) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        this.#waits.delete(wait);
        this.#timers.remove(wait);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const wait = { until: performance.now() + ms, end };
      signal?.addEventListener('abort', end);
      this.#waits.add(wait);
      this.#timers.add(wait);
    });
  }
}
