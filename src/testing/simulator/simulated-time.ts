import { WakeUp } from '../../application/wake-up.ts';
import type { FakeClock } from '../fake-clock.ts';

/** Servers' clocks are never quite the same: each is off by so much at most. */
export const maxSkewMs = 300;

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** A wake-up whose waits end by the simulation's clock instead of the machine's. */
export class SimulatedWakeUp extends WakeUp {
  readonly #clock: FakeClock;
  readonly #sleepers = new Set<Sleeper>();
  #watchers: (() => void)[] = [];

  readonly #sleeping: Set<SimulatedWakeUp>;

  /** @param sleeping is kept up to date with those that somebody waits for */
  constructor(clock: FakeClock, sleeping = new Set<SimulatedWakeUp>()) {
    super();
    this.#clock = clock;
    this.#sleeping = sleeping;
  }

  override notify(): void {
    super.notify();
    for (const sleeper of this.#sleepers) sleeper.wake();
  }

  override wait(ms: number, seen: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted || seen !== this.count) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = {
        until: this.#clock.now() + ms,
        wake: (): void => {
          this.#sleepers.delete(sleeper);
          if (this.#sleepers.size === 0) this.#sleeping.delete(this);
          signal?.removeEventListener('abort', sleeper.wake);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      this.#sleeping.add(this);
      for (const watch of this.#watchers.splice(0)) watch();
      signal?.addEventListener('abort', sleeper.wake);
    });
  }

  /** Resolves as soon as somebody waits. */
  asleep(): Promise<void> {
    if (this.#sleepers.size > 0) return Promise.resolve();
    return new Promise((resolve) => this.#watchers.push(resolve));
  }

  /** To be called when the clock went on. */
  tick(): void {
    for (const sleeper of this.#sleepers) if (sleeper.until <= this.#clock.now()) sleeper.wake();
  }
}
