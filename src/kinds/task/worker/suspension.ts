import { dependencyLimits } from '../../../domain/job/dependencies.ts';
import { SuspendedError } from './errors.ts';
import type { Held } from './held.ts';

/**
 * Interrupts an attempt whose handler waits for other tasks, or for a time.
 *
 * Not at once: what is under way is done first, a step or the start of other children, since it would have to be done
 * again. Then everybody who waits is told by a `SuspendedError`, and the attempt ends with that, whatever its handler
 * makes of it. It goes on when all that was waited for has come.
 */
export class Suspension {
  readonly #held: Held;
  readonly #ids = new Set<string>();
  #until = 0;
  #isWaiting = false;
  /** How many things are under way. */
  #busy = 0;

  constructor(held: Held) {
    this.#held = held;
  }

  /** The attempt is not interrupted before the work is done. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#busy -= 1;
      this.#look();
    }
  }

  /** Waits for a child to end. Rejects when the attempt is interrupted, or has to stop. */
  untilEndOf(id: string): Promise<never> {
    // Those beyond what may be waited for at once have their turn when these have ended.
    if (this.#ids.size < dependencyLimits.dependencies) this.#ids.add(id);
    return this.#wait();
  }

  /** Waits for a time, milliseconds since 1970. Rejects as the other does. */
  untilTime(at: number): Promise<never> {
    this.#until = Math.max(this.#until, at);
    return this.#wait();
  }

  #wait(): Promise<never> {
    const { signal } = this.#held;
    this.#isWaiting = true;
    const stopped = new Promise<never>((_, reject) => {
      if (signal.aborted) reject(signal.reason as Error);
      else signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    this.#look();
    return stopped;
  }

  #look(): void {
    if (!this.#isWaiting || this.#busy > 0) return;
    // What the handler begins in this turn of the event loop goes first.
    setImmediate(() => {
      if (this.#busy === 0) this.#held.abort(new SuspendedError([...this.#ids], this.#until));
    });
  }
}
