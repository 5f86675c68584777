import { objectQuotaProblem } from '../../domain/account/quotas.ts';
import type { Refusal } from '../../domain/errors.ts';
import type { QuotaDependencies } from './dependencies.ts';

/**
 * How long what was found is believed. A server that takes the uploads itself counts them on the way; in a bucket what
 * came since is seen with the next look.
 */
const freshMs = 300_000;
/** The same, once something was uploaded to a bucket. */
const freshAfterUploadMs = 10_000;
const maxOwners = 10_000;

interface Entry {
  readonly at: number;
  /** Found in storage. */
  readonly found: Promise<number>;
  /** Counted since. */
  added: number;
}

/**
 * The bytes that each owner has in object storage. They are measured there, because only the storage knows what was
 * uploaded and deleted.
 */
export class ObjectQuota {
  readonly #deps: Pick<QuotaDependencies, 'objects' | 'ownerPrefixes' | 'clock'>;
  readonly #limitOf: (ownerId: string) => Promise<number | null>;
  readonly #entries = new Map<string, Entry>();
  /** Whether uploads are counted on the way. */
  #isCounting = false;

  constructor(
    deps: Pick<QuotaDependencies, 'objects' | 'ownerPrefixes' | 'clock'>,
    limitOf: (ownerId: string) => Promise<number | null>,
  ) {
    this.#deps = deps;
    this.#limitOf = limitOf;
  }

  async show(ownerId: string): Promise<{ readonly used: number | null; readonly limit: number | null }> {
    const [used, limit] = await Promise.all([this.#used(ownerId).catch(() => null), this.#limitOf(ownerId)]);
    return { used, limit };
  }

  /** Why this many more bytes are not accepted, or null. */
  async problem(ownerId: string, bytes: number): Promise<Refusal | null> {
    const limit = await this.#limitOf(ownerId);
    return limit === null ? null : objectQuotaProblem(limit, { used: await this.#used(ownerId), more: bytes });
  }

  /** Why nothing that was uploaded may be used, or null: it has made more of what is stored than the quota allows. */
  async exceeded(ownerId: string): Promise<Refusal | null> {
    const known = this.#entries.get(ownerId);
    const isOld = known !== undefined && Math.abs(this.#deps.clock.now() - known.at) >= freshAfterUploadMs;
    if (isOld && !this.#isCounting) this.forget(ownerId);
    return this.problem(ownerId, 0);
  }

  /** So many bytes came, or went (negative). */
  count(ownerId: string, bytes: number): void {
    this.#isCounting = true;
    const entry = this.#entries.get(ownerId);
    if (entry !== undefined) entry.added += bytes;
  }

  /** Looks again with the next question: something was deleted. */
  forget(ownerId: string): void {
    this.#entries.delete(ownerId);
  }

  async #used(ownerId: string): Promise<number> {
    const entry = this.#entryOf(ownerId);
    return Math.max(0, (await entry.found) + entry.added);
  }

  #entryOf(ownerId: string): Entry {
    const now = this.#deps.clock.now();
    const known = this.#entries.get(ownerId);
    if (known !== undefined && Math.abs(now - known.at) < freshMs) return known;
    const entry: Entry = { at: now, found: this.#measure(ownerId), added: 0 };
    this.#entries.delete(ownerId);
    if (this.#entries.size >= maxOwners) this.#entries.delete(this.#entries.keys().next().value!);
    this.#entries.set(ownerId, entry);
    entry.found.catch(() => this.#entries.get(ownerId) === entry && this.#entries.delete(ownerId));
    return entry;
  }

  async #measure(ownerId: string): Promise<number> {
    let bytes = 0;
    for (const prefix of this.#deps.ownerPrefixes(ownerId)) {
      for (let cursor: string | null = null; ; ) {
        const page = await this.#deps.objects.list(prefix, cursor === null ? {} : { cursor });
        for (const { size } of page.objects) bytes += size;
        cursor = page.cursor;
        if (cursor === null) break;
      }
    }
    return bytes;
  }
}
