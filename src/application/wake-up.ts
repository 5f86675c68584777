/**
 * Wakes waiters in this process. Only a hint: the work itself is read from the store, and every wait has a timeout, so
 * a lost wake-up costs only time.
 */
export class WakeUp {
  readonly #waiters = new Set<() => void>();
  #count = 0;
  #closed = false;

  /** Read it before looking for work, and hand it to `wait`: a notification in between is then not missed. */
  get count(): number {
    return this.#count;
  }

  /** Whether waiting should stop, because the process is shutting down. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Ends every wait, now and later. */
  close(): void {
    this.#closed = true;
    this.notify();
  }

  notify(): void {
    this.#count += 1;
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }

  /** Resolves at the next `notify` (at once, if there was one since `seen`), after `ms`, or when the signal aborts. */
  wait(ms: number, seen: number, signal?: AbortSignal): Promise<void> {
    if (this.#closed || signal?.aborted || seen !== this.#count) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        this.#waiters.delete(end);
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener('abort', end);
      this.#waiters.add(end);
    });
  }
}
