import type { Store } from '../../ports/store/store.ts';
import type { Clock, Logger } from '../../ports/world.ts';
import { NoteTimes } from './note-times.ts';

/** The interval between two writes about a worker whose types are known. */
const noteMs = 10_000;
/** The same for a worker of which only the existence is known: by then it has usually sent its types. */
const hearMs = 20_000;
const mostRemembered = 10_000;
/** Of one worker. */
const mostTypes = 100;

interface Dependencies {
  readonly store: Pick<Store, 'workers'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Records in the store which workers are active. Reports on many workers are stored together, one write at a time:
 * while a write is in progress, further reports are collected.
 */
export class WorkerNotes {
  readonly #deps: Dependencies;
  readonly #told = new NoteTimes(noteMs);
  readonly #heard = new NoteTimes(hearMs);
  /** The types that each worker takes, as reported since the last write. */
  readonly #types = new Map<string, Set<string>>();
  /** By worker, what it takes; null: it has stopped. */
  #due = new Map<string, readonly string[] | null>();
  #isWriting = false;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** It was heard of. Without types it may be on its way out: it counts as at work if it did before. */
  note(id: string, types: readonly string[] = []): void {
    const now = this.#deps.clock.now();
    const said = this.#gather(id, types);
    if (!(said.length > 0 ? this.#told : this.#heard).isDue(id, now)) return;
    this.#heard.noted(id, now);
    if (said.length > 0) this.#told.noted(id, now);
    this.#types.delete(id);
    // Nothing new of one that stops at this moment.
    if (said.length === 0 && this.#due.has(id)) return;
    this.#due.set(id, said);
    void this.#write();
  }

  forget(id: string): void {
    this.#purgeTimes(id);
    this.#types.delete(id);
    this.#due.set(id, null);
    void this.#write();
  }

  #gather(id: string, types: readonly string[]): readonly string[] {
    const said = this.#types.get(id) ?? new Set();
    for (const type of types) if (said.size < mostTypes) said.add(type);
    if (said.size > 0) {
      if (this.#types.size >= mostRemembered && !this.#types.has(id)) this.#types.clear();
      this.#types.set(id, said);
    }
    return [...said];
  }

  #purgeTimes(id: string): void {
    this.#told.forget(id);
    this.#heard.forget(id);
  }

  async #write(): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    while (this.#due.size > 0) {
      const due = [...this.#due];
      this.#due = new Map();
      await this.#store(due);
    }
    this.#isWriting = false;
  }

  async #store(due: readonly (readonly [id: string, types: readonly string[] | null])[]): Promise<void> {
    const { store: { workers }, clock, logger } = this.#deps;
    const heard = due.flatMap(([id, types]) => (types === null ? [] : [{ id, types }]));
    const stopped = due.flatMap(([id, types]) => (types === null ? [id] : []));
    try {
      if (heard.length > 0) await workers.note(heard, clock.now());
      if (stopped.length > 0) await workers.forget(stopped);
    } catch (error) {
      for (const [id] of due) this.#purgeTimes(id);
      logger.debug('which workers are at work is not noted', { error: String(error) });
    }
  }
}
