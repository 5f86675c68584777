/** When something is given up, unless it has ended before. */
export interface Deadline {
  readonly at: number;
  readonly late: () => void;
}

/** Deadlines of thousands of short things a second, nearly none of which is ever reached: they share one timer. */
export class Deadlines {
  readonly #open = new Set<Deadline>();
  #timer: NodeJS.Timeout | null = null;
  /** When the timer looks next. */
  #next = Infinity;

  begin(afterMs: number, late: () => void): Deadline {
    const now = performance.now();
    const deadline = { at: now + afterMs, late };
    this.#open.add(deadline);
    if (deadline.at < this.#next) this.#lookAt(deadline.at, now);
    return deadline;
  }

  end(deadline: Deadline): void {
    this.#open.delete(deadline);
  }

  #look(): void {
    this.#next = Infinity;
    const now = performance.now();
    let next = Infinity;
    for (const deadline of this.#open) {
      if (deadline.at > now) {
        next = Math.min(next, deadline.at);
      } else {
        this.#open.delete(deadline);
        deadline.late();
      }
    }
    if (next < this.#next) this.#lookAt(next, now);
  }

  #lookAt(at: number, now: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#next = at;
    // What is under way keeps its connection, and that the process.
    this.#timer = setTimeout(() => this.#look(), Math.ceil(at - now)).unref();
  }
}
