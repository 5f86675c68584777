import type { Clock } from '../ports/world.ts';

/** What many ask for and few change, such as settings: read again when it was read longer ago than `freshMs`. */
export class KeptFresh<T> {
  readonly #read: () => Promise<T>;
  readonly #clock: Clock;
  readonly #freshMs: number;
  #latest: T;
  #readAt = -Infinity;
  #reading: Promise<void> | null = null;

  /** `first`: what holds until it was read. */
  constructor(first: T, read: () => Promise<T>, options: { readonly clock: Clock; readonly freshMs: number }) {
    this.#latest = first;
    this.#read = read;
    this.#clock = options.clock;
    this.#freshMs = options.freshMs;
  }

  /** As last read. */
  get latest(): T {
    return this.#latest;
  }

  /** Reads it again, unless that was done a moment ago. */
  refresh(): Promise<void> | undefined {
    const now = this.#clock.now();
    if (now - this.#readAt < this.#freshMs && now >= this.#readAt) return undefined;
    this.#reading ??= this.#readAgain(now).finally(() => (this.#reading = null));
    return this.#reading;
  }

  /** Has it read at the next question. */
  forget(): void {
    this.#readAt = -Infinity;
  }

  async #readAgain(now: number): Promise<void> {
    this.#latest = await this.#read();
    this.#readAt = now;
  }
}
