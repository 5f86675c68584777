import type { Account, Reservation } from '../../domain/account/account.ts';
import type { Job } from '../../domain/job/job.ts';
import type { IdempotencyRecord } from '../../ports/store/commit.ts';
import type { VersionedRow } from '../../ports/store/tables.ts';
import { lengthLeft } from '../text-length.ts';
import type { Ref } from './refs.ts';

/** One aggregate or record; null when the store has none. */
export type Entry = Job | Account | Reservation | VersionedRow | IdempotencyRecord | null;

/** Aggregates with more text in them than this, about, are kept apart: a payload may have as much as thousands. */
const heavyLength = 16_384;
const maxHeavy = 64;

/** A bounded memory of aggregates as last seen; what was not used for long is forgotten. */
export class AggregateCache {
  readonly #light: Recent;
  readonly #heavy = new Recent(maxHeavy);

  /** `limit`: of those that are not heavy. */
  constructor(limit: number) {
    this.#light = new Recent(limit);
  }

  /** Undefined when unknown; null when known to be absent. */
  get(name: Ref): Entry | undefined {
    const entry = this.#light.get(name);
    return entry === undefined ? this.#heavy.get(name) : entry;
  }

  set(name: Ref, entry: Entry): void {
    const [to, other] = isHeavy(entry) ? [this.#heavy, this.#light] : [this.#light, this.#heavy];
    other.delete(name);
    to.set(name, entry);
  }

  delete(name: Ref): void {
    this.#light.delete(name);
    this.#heavy.delete(name);
  }

  clear(): void {
    this.#light.clear();
    this.#heavy.clear();
  }
}

function isHeavy(entry: Entry): boolean {
  if (entry === null || !('items' in entry)) return lengthLeft(entry, heavyLength) < 0;
  // Nothing else of a job is large.
  const { input, fields, items } = entry as Job;
  return lengthLeft(items, lengthLeft(fields, lengthLeft(input, heavyLength))) < 0;
}

/**
 * Two generations: when the young one reaches half the limit, it becomes the old one, and the previous old one, whose
 * entries were not used since, is dropped. Unlike a list in order of use, reading a young entry costs nothing extra.
 */
class Recent {
  #young = new Map<Ref, Entry>();
  #old = new Map<Ref, Entry>();
  readonly #half: number;

  constructor(limit: number) {
    this.#half = Math.max(1, Math.floor(limit / 2));
  }

  get(name: Ref): Entry | undefined {
    const entry = this.#young.get(name);
    if (entry !== undefined || this.#old.size === 0) return entry;
    const old = this.#old.get(name);
    if (old !== undefined) this.set(name, old);
    return old;
  }

  set(name: Ref, entry: Entry): void {
    this.#young.set(name, entry);
    if (this.#young.size < this.#half) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  delete(name: Ref): void {
    if (this.#young.size > 0) this.#young.delete(name);
    if (this.#old.size > 0) this.#old.delete(name);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}
