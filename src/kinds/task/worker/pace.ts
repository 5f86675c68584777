/** How long the tasks that are taken beforehand are to last. Less, and the worker waits; more, and others do. */
const aheadMs = 200;
/** Weight of the newest task in the average. */
const newest = 0.2;
const most = 300;

/**
 * How many tasks a worker takes beyond those that it can begin: none while it does not know how long they take, and
 * none of those that take long, so that they do not wait here while another worker has nothing to do.
 */
export class Pace {
  readonly #concurrency: number;
  readonly #fixed: number | null;
  #averageMs = Infinity;

  constructor(concurrency: number, fixed: number | null) {
    this.#concurrency = concurrency;
    this.#fixed = fixed;
  }

  get prefetch(): number {
    if (this.#fixed !== null) return this.#fixed;
    return Math.min(most, Math.floor((this.#concurrency * aheadMs) / Math.max(this.#averageMs, 0.01)));
  }

  took(ms: number): void {
    this.#averageMs = this.#averageMs === Infinity ? ms : this.#averageMs + (ms - this.#averageMs) * newest;
  }

  /**
   * Some have been waiting for so long: they were not as quick as was thought. Whether they are to be given back, which
   * helps where they are not taken again at once.
   */
  stuckFor(ms: number): boolean {
    this.#averageMs = Math.max(this.#averageMs, ms);
    return this.#fixed === null;
  }
}
