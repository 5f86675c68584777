import { StoreNotWritable } from '../../ports/store/unreachable.ts';

/**
 * Makes commits durable without stopping the thread that writes.
 *
 * SQLite's own way (`synchronous = FULL`) waits for the disk inside each COMMIT, and a server in one
 * thread does nothing else meanwhile. Here COMMIT only appends to the write-ahead log
 * (`synchronous = NORMAL`), and whoever is to be told of it awaits `durable()`, which resolves after
 * an fdatasync of the log that began after the COMMIT. That is the same promise: the log is read back
 * up to its first torn frame, so what was appended before a finished sync is there after a loss of
 * power. One sync serves all commits before it, and goes on while the next ones are made. What was
 * written back from the log into the database was synced by SQLite before the log begins anew.
 *
 * When a sync fails, the kernel may have dropped what it could not write, and a second try would
 * succeed without it. So nothing is promised any more: every later call rejects, and the process has
 * to be started again, which reads what is really there.
 */
export class DurabilityKeeper {
  readonly #sync: () => Promise<void>;
  #written = 0;
  #synced = 0;
  #failure: Error | null = null;
  #running = false;
  #waiting: Waiting[] = [];

  /** `sync` makes durable what was written before it was called. It is not called again before it ends. */
  constructor(sync: () => Promise<void>) {
    this.#sync = sync;
  }

  get hasFailed(): boolean {
    return this.#failure !== null;
  }

  /** To be called after each COMMIT. */
  committed(): void {
    this.#written += 1;
  }

  /** Resolves when all that was committed before the call is durable. */
  durable(): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#synced === this.#written) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ until: this.#written, resolve, reject });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      const until = this.#written;
      try {
        await this.#sync();
        this.#synced = until;
      } catch (error) {
        const message = `Commits cannot be made durable any more, restart: ${String(error)}`;
        this.#failure = new StoreNotWritable('disk_error', message, error);
      }
      this.#settle();
    }
    this.#running = false;
  }

  #settle(): void {
    const waiting = this.#waiting;
    const [failure, synced] = [this.#failure, this.#synced];
    this.#waiting = failure === null ? waiting.filter(({ until }) => until > synced) : [];
    for (const { until, resolve, reject } of waiting) {
      if (failure !== null) reject(failure);
      else if (until <= synced) resolve();
    }
  }
}

interface Waiting {
  /** The number of the last commit that is waited for. */
  readonly until: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}
