import { WakeUp } from '../../application/wake-up.ts';
import { StoreNotWritable, type StoreOutage, type StoreWatch } from '../../ports/store/unreachable.ts';
import type { Store } from '../../ports/store/store.ts';
import type { Logger } from '../../ports/world.ts';
import { createLoop, type Service } from '../../services/service.ts';

/** Tells an outage of the store once when it begins and once when it is over, whoever runs into it meanwhile. */
export class StoreOutages implements StoreWatch {
  readonly #logger: Logger;
  readonly #wakeUp = new WakeUp();
  #current: Outage | null = null;
  /** When the last one ended, by its reason. */
  readonly #endedAt = new Map<string, number>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  failed(outage: StoreOutage): void {
    const now = performance.now();
    const endedAt = this.#endedAt.get(reasonOf(outage)) ?? -Infinity;
    if (this.#current === null) this.#wakeUp.notify();
    this.#current ??= { outage, since: now, last: now, told: false };
    this.#current.last = now;
    // What was begun before the store came back may fail after it.
    if (this.#current.told || now - endedAt < settlingMs) return;
    this.#current.told = true;
    this.#logger.warn(whatHappens(outage), { reason: reasonOf(outage), error: outage.message });
  }

  worked(what: 'read' | 'write'): void {
    if (this.#current === null) return;
    const { outage, since, last, told } = this.#current;
    if (outage instanceof StoreNotWritable && what === 'read') return;
    // On a full disk there is still room for a little, and what a database had begun it may end while it is being
    // killed: it is over when nothing has failed for a while.
    if (performance.now() - last < (reasonOf(outage) === 'disk_full' ? fullDiskQuietMs : quietMs)) return;
    this.#current = null;
    if (!told) return;
    this.#endedAt.set(reasonOf(outage), performance.now());
    const seconds = Math.round((performance.now() - since) / 1000);
    this.#logger.info('the store works again', { reason: reasonOf(outage), seconds });
  }

  /**
   * Throws what writes run into now: a look of its own may find room for the little that it writes, where they do not.
   */
  assertWritable(): void {
    const outage = this.#current?.outage;
    if (outage instanceof StoreNotWritable) throw outage;
  }

  /** During an outage asks the store again and again, so that its end is noticed though nobody else asks. */
  service(store: Pick<Store, 'check'>): Service {
    return createLoop({
      name: 'store-watch',
      logger: this.#logger,
      wakeUp: this.#wakeUp,
      round: async () => {
        if (this.#current !== null) await store.check().catch(() => {});
        return this.#current === null ? idleMs : askMs;
      },
    });
  }
}

interface Outage {
  readonly outage: StoreOutage;
  /** By `performance.now`. */
  readonly since: number;
  last: number;
  told: boolean;
}

const settlingMs = 2_000;
const quietMs = 500;
const fullDiskQuietMs = 5_000;
const askMs = 1_000;
const idleMs = 60_000;

function whatHappens(outage: StoreOutage): string {
  return outage instanceof StoreNotWritable ? 'the store takes no writes' : 'the store cannot be reached';
}

function reasonOf(outage: StoreOutage): string {
  return outage instanceof StoreNotWritable ? outage.reason : 'unreachable';
}
