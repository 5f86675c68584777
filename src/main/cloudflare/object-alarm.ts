import type { Store } from '../../ports/store/store.ts';
import type { DurableObjectContext } from './bindings.ts';

/** An object's one alarm, and what is known of it. To set it costs a row, and to ring in vain less: see deploy/. */
export class ObjectAlarm {
  readonly #storage: Pick<DurableObjectContext['storage'], 'getAlarm' | 'setAlarm'>;
  /** Milliseconds since 1970; null when none is set. */
  #at: number | null = null;

  constructor(storage: Pick<DurableObjectContext['storage'], 'getAlarm' | 'setAlarm'>) {
    this.#storage = storage;
  }

  get isSet(): boolean {
    return this.#at !== null;
  }

  async read(): Promise<void> {
    this.#at = await this.#storage.getAlarm();
  }

  /** No later than this. */
  ringAt(at: number): void {
    if (this.#at !== null && this.#at <= at) return;
    this.#at = at;
    // Not awaited: it is stored with the writes of this turn, and a failure resets the object.
    void this.#storage.setAlarm(at);
  }

  /** The runtime has taken it away. */
  rang(): void {
    this.#at = null;
  }
}

/** Without `commitAhead`: an object's answer waits for its storage anyway. */
export function withoutAhead({ commitAhead: _, ...store }: Store): Store {
  return store;
}
