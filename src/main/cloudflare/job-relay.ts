import type { Dependencies } from '../../application/dependencies.ts';
import { relayOnce, type RelayOptions } from '../../services/outbox-relay.ts';
import type { JobRows } from '../../stores/durable-object/job-rows.ts';

/**
 * Each try is paid for: with a longest wait of a minute, a job that D1 does not take would cost more in a day than in
 * its life.
 */
export const jobBackoff = { firstMs: 1_000, maxMs: 3_600_000 } as const;

/** Says what a job's commits have left in the outbox, one round at a time. */
export class JobRelay {
  readonly #rows: JobRows;
  readonly #options: RelayOptions;
  readonly #logger: Dependencies['logger'];
  #running: Promise<void> = Promise.resolve();

  constructor(rows: JobRows, deps: Dependencies, deliverers: RelayOptions['deliverers']) {
    const { store, clock, logger, random } = deps;
    this.#rows = rows;
    this.#logger = logger;
    this.#options = { outbox: store.outbox, deliverers, clock, logger, random, backoff: jobBackoff };
  }

  /**
   * Says what is due. `told`: resolves once nothing waits that concerns the account, or could not be said now. `all`:
   * once nothing waits, or could not be said. Neither rejects.
   */
  start(): { readonly told: Promise<void>; readonly all: Promise<void> } {
    const { promise: told, resolve } = Promise.withResolvers<void>();
    const all = this.#running
      .then(() => this.#run(resolve))
      .catch((error: unknown) => this.#logger.error('the outbox cannot be read', { error: String(error) }))
      .then(resolve);
    this.#running = all;
    return { told, all };
  }

  async #run(onTold: () => void): Promise<void> {
    do {
      if (!this.#rows.outbox.some(({ topic }) => isForAccount(topic))) onTold();
    } while ((await relayOnce(this.#options)) > 0);
  }
}

/** The next request of the user is to see its effect. */
export function isForAccount(topic: string): boolean {
  return topic === 'shrink-reservation' || topic === 'settle-reservation';
}
