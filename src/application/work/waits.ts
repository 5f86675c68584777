/** Takes that wait, by worker. */
export class Waits {
  readonly #ends = new Map<string, Set<AbortController>>();

  /** Waits until the worker is gone, or says that it stops. */
  async during<T>(
    workerId: string,
    gone: AbortSignal | undefined,
    wait: (ended: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const end = new AbortController();
    const own = this.#ends.get(workerId) ?? new Set();
    this.#ends.set(workerId, own.add(end));
    try {
      return await wait(gone === undefined ? end.signal : AbortSignal.any([gone, end.signal]));
    } finally {
      own.delete(end);
      if (own.size === 0) this.#ends.delete(workerId);
    }
  }

  end(workerId: string): void {
    for (const end of this.#ends.get(workerId) ?? []) end.abort();
  }
}
