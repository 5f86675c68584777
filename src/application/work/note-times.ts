const mostRemembered = 10_000;

/** When what was last noted, so that what is heard often is noted seldom. */
export class NoteTimes {
  readonly #everyMs: number;
  readonly #notedAt = new Map<string, number>();

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  isDue(key: string, now: number): boolean {
    return Math.abs(now - (this.#notedAt.get(key) ?? -Infinity)) >= this.#everyMs;
  }

  noted(key: string, now: number): void {
    if (this.#notedAt.size >= mostRemembered && !this.#notedAt.has(key)) this.#notedAt.clear();
    this.#notedAt.set(key, now);
  }

  /** It is due at once. */
  forget(key: string): void {
    this.#notedAt.delete(key);
  }
}
