import type { LoadRequest } from '../../ports/store/commit.ts';
import type { CommitStore } from '../../ports/store/store.ts';
import { parseRecordName, type RecordName } from '../../ports/store/tables.ts';
import type { AggregateCache, Entry } from './aggregate-cache.ts';
import type { Batch } from './batch.ts';
import { ref, sortOf, type Ref } from './refs.ts';

/** Splits refs into the parts of a load request. */
function toRequest(refs: Iterable<Ref>): LoadRequest {
  const request = {
    jobs: [] as string[],
    accounts: [] as string[],
    reservations: [] as string[],
    records: [] as RecordName[],
    idempotency: [] as { scope: string; key: string }[],
  };
  for (const name of refs) {
    const sort = sortOf(name);
    const id = name.slice(sort.length + 1);
    switch (sort) {
      case 'job':
        request.jobs.push(id);
        break;
      case 'account':
        request.accounts.push(id);
        break;
      case 'reservation':
        request.reservations.push(id);
        break;
      case 'record':
        request.records.push(parseRecordName(id));
        break;
      case 'idempotency': {
        const space = id.indexOf(' ');
        request.idempotency.push({ scope: id.slice(0, space), key: id.slice(space + 1) });
        break;
      }
      default:
        throw new TypeError(`not a ref: ${name}`);
    }
  }
  return request;
}

/** What one batch knows of the store: remembered from earlier batches, or loaded for this one. */
export class Snapshot {
  readonly #entries = new Map<Ref, Entry>();
  /** Which load of this batch brought it, from 1. */
  readonly #loadedBy = new Map<Ref, number>();
  #loads = 0;
  readonly #cache: AggregateCache;
  readonly #store: CommitStore;

  constructor(cache: AggregateCache, store: CommitStore) {
    this.#cache = cache;
    this.#store = store;
  }

  /** Undefined when neither remembered nor loaded; null when the store has none. */
  get(name: Ref): Entry | undefined {
    const entry = this.#entries.get(name);
    if (entry !== undefined) return entry;
    const remembered = this.#cache.get(name);
    // Kept here too, so that the whole batch sees one value even if the cache forgets it.
    if (remembered !== undefined) this.#entries.set(name, remembered);
    return remembered;
  }

  /** Which of this batch's loads it came with, from 1; 0 when it was remembered from before. */
  loadOf(name: Ref): number {
    return this.#loadedBy.get(name) ?? 0;
  }

  /** Adds those to `missing` that are neither remembered nor loaded. */
  addUnknown(refs: readonly Ref[], missing: Set<Ref>): void {
    for (const name of refs) if (this.get(name) === undefined) missing.add(name);
  }

  async load(refs: ReadonlySet<Ref>): Promise<void> {
    if (refs.size === 0) return;
    const loaded = await this.#store.load(toRequest(refs));
    this.#forgetGuarded(refs);
    this.#loads += 1;
    for (const name of refs) {
      this.#entries.set(name, null);
      this.#loadedBy.set(name, this.#loads);
    }
    for (const job of loaded.jobs) this.#entries.set(ref.job(job.id), job);
    for (const account of loaded.accounts) this.#entries.set(ref.account(account.id), account);
    for (const one of loaded.reservations) this.#entries.set(ref.reservation(one.jobId), one);
    for (const { table, key, row } of loaded.records) this.#entries.set(ref.record(table, key), row);
    for (const record of loaded.idempotency) this.#entries.set(ref.idempotency(record.scope, record.key), record);
  }

  /**
   * A reservation has no version of its own: its job's version guards it, since the two change together. So it must not
   * be older than the job, and is dropped when the job is read again.
   */
  #forgetGuarded(refs: ReadonlySet<Ref>): void {
    for (const name of refs) {
      if (!name.startsWith('job:')) continue;
      const reservation = ref.reservation(name.slice('job:'.length));
      this.#entries.delete(reservation);
      this.#loadedBy.delete(reservation);
      this.#cache.delete(reservation);
    }
  }

  /**
   * After the commit: what it changed, and what was loaded for it, is what the store holds. What is done is not kept:
   * nobody is likely to ask for it soon.
   */
  remember(batch: Pick<Batch, 'entries' | 'isDone'>): void {
    for (const name of this.#loadedBy.keys()) this.#cache.set(name, this.#entries.get(name) ?? null);
    batch.entries.forEach((entry, name) => {
      if (batch.isDone(name, entry)) this.#cache.delete(name);
      else this.#cache.set(name, entry);
    });
  }
}
