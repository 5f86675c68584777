import { jobQuotaNames, jobQuotaProblem, type JobQuotaName, type JobQuotas, type KindQuotas } from
  '../../domain/account/quotas.ts';
import type { Refusal } from '../../domain/errors.ts';
import type { UsageCap } from '../../ports/store/usage-cap.ts';
import type { Usage } from '../../ports/store/usage.ts';
import type { QuotaDependencies } from './dependencies.ts';

/** For one job: whether it may be made. */
export interface QuotaPermit {
  readonly refusal: Refusal | null;
  /** For the job's commit: what other servers store meanwhile counts, too. Null: there is room for all of it. */
  readonly cap: UsageCap | null;
  /** To be called once it is known whether the job was made. */
  settle(made: boolean): void;
  /** To be called before that when the cap was exceeded: others have stored something meanwhile. */
  outdated?(): void;
}

/**
 * Counts in memory between two reads of the store, so that concurrent requests cannot exceed the quota. A read is
 * reused for a while only if the quota has room for everything that other servers might store meanwhile; otherwise the
 * commit itself is capped.
 *
 * A job that is let through counts against those that come later. But nobody is refused because of one that may not be
 * stored in the end, or that a read may have counted already: such a request waits until it is known.
 */
const freshMs = 1_000;
const [othersCount, othersBytes] = [20_000, 268_435_456];
const maxOwners = 10_000;

interface Entry {
  readonly ownerId: string;
  lookedAt: number;
  limits: JobQuotas;
  stored: Usage;
  /** Let through and made since the last look, which did not see them. */
  made: Amount;
  /** Made while there was a look, which may have seen them. The next one does. */
  unclear: Amount;
  /** Let through, and not known yet whether they are made. */
  underWay: Amount;
  /** How many looks have begun. */
  looks: number;
  looking: Promise<void> | null;
  /** Those who wait until it is known of one more whether it was made. */
  waiting: (() => void)[];
}

/** `begun`: jobs that have not ended; `kept`: jobs that were not stored before. */
interface Amount {
  readonly begun: number;
  readonly kept: number;
  readonly bytes: number;
}

const nothing: Amount = { begun: 0, kept: 0, bytes: 0 };

/** Of what a kind limits, how much there is. */
export type JobQuotaReport = {
  readonly [Name in JobQuotaName]?: { readonly used: number; readonly limit: number | null };
};

/** Where nothing limits the jobs. */
export const unlimited: QuotaPermit = { refusal: null, cap: null, settle: () => {} };

/** What is kept of the jobs of one kind. */
export class JobQuota {
  readonly #deps: Pick<QuotaDependencies, 'store' | 'clock'>;
  readonly #kind: string;
  readonly #words: KindQuotas['words'];
  readonly #limitsOf: (ownerId: string) => Promise<JobQuotas>;
  readonly #entries = new Map<string, Entry>();

  constructor(
    deps: Pick<QuotaDependencies, 'store' | 'clock'>,
    kind: string,
    words: KindQuotas['words'],
    limitsOf: (ownerId: string) => Promise<JobQuotas>,
  ) {
    this.#deps = deps;
    this.#kind = kind;
    this.#words = words;
    this.#limitsOf = limitsOf;
  }

  async show(ownerId: string): Promise<JobQuotaReport> {
    const [limits, { unfinished, kept: stored, bytes }] = await this.#read(ownerId);
    const used = { unfinished, stored, bytes };
    const shown = jobQuotaNames.flatMap((name) => {
      const limit = limits[name];
      return limit === undefined ? [] : [[name, { used: used[name], limit }]];
    });
    return Object.fromEntries(shown);
  }

  /** A new job with an input of this many bytes. At once, unless something is to be read or waited for. */
  admit(ownerId: string, bytes: number): QuotaPermit | Promise<QuotaPermit> {
    return this.#admit(ownerId, { begun: 1, kept: 1, bytes });
  }

  /** An ended job that is retried. */
  admitAgain(ownerId: string): QuotaPermit | Promise<QuotaPermit> {
    return this.#admit(ownerId, { begun: 1, kept: 0, bytes: 0 });
  }

  #admit(ownerId: string, one: Amount): QuotaPermit | Promise<QuotaPermit> {
    const entry = this.#entryOf(ownerId);
    const others = othersBeside(one);
    if (!this.#hasRoom(entry, others)) return this.#admitByLook(entry, one, others);
    return { refusal: null, cap: null, settle: this.#begin(entry, one) };
  }

  /** Whether there is, as lately read, whatever others store meanwhile. */
  #hasRoom(entry: Entry, others: Amount): boolean {
    const isFresh = Math.abs(this.#deps.clock.now() - entry.lookedAt) < freshMs;
    return isFresh && this.#problemOf(entry, others, atMost(entry)) === null;
  }

  async #admitByLook(entry: Entry, one: Amount, others: Amount): Promise<QuotaPermit> {
    const before = entry.looks;
    for (;;) {
      if (!this.#hasRoom(entry, others)) await this.#look(entry);
      if (this.#problemOf(entry, one, atMost(entry)) === null) break;
      const refusal = this.#problemOf(entry, one, entry.made);
      // By a look that began after the request came: what its owner has ended before is seen.
      if (refusal !== null && entry.looks > before + (entry.looking === null ? 0 : 1)) return { ...unlimited, refusal };
      if (refusal === null && entry.unclear.begun === 0) await new Promise<void>((known) => entry.waiting.push(known));
    }
    const cap = this.#problemOf(entry, others, atMost(entry)) === null ? null : this.#capOf(entry, one);
    return { refusal: null, cap, settle: this.#begin(entry, one) };
  }

  /** Lets it through. What is returned is to be called once it is known whether it was made. */
  #begin(entry: Entry, one: Amount): QuotaPermit['settle'] {
    const looks = entry.looking === null ? entry.looks : -1;
    entry.underWay = sum(entry.underWay, one);
    return (made) => {
      entry.underWay = sum(entry.underWay, one, -1);
      if (made && entry.looks === looks) entry.made = sum(entry.made, one);
      else if (made) entry.unclear = sum(entry.unclear, one);
      for (const known of entry.waiting.splice(0)) known();
    };
  }

  #problemOf({ limits, stored }: Entry, wanted: Amount, { begun, kept, bytes }: Amount): Refusal | null {
    const problem = (name: JobQuotaName, used: number, more: number): Refusal | null =>
      jobQuotaProblem(this.#kind, this.#words, name, limits[name], { used, more });
    const unfinished = problem('unfinished', stored.unfinished + begun, wanted.begun);
    // What is stored already stays, however little room there is.
    if (unfinished !== null || wanted.kept === 0) return unfinished;
    return problem('stored', stored.kept + kept, wanted.kept) ?? problem('bytes', stored.bytes + bytes, wanted.bytes);
  }

  #capOf({ ownerId, limits }: Entry, { kept: isNew }: Amount): UsageCap {
    const { unfinished = null, stored = null, bytes = null } = limits;
    const ofNew = isNew > 0 ? { kept: stored, bytes } : { kept: null, bytes: null };
    return { ownerId, kind: this.#kind, unfinished, ...ofNew, types: null };
  }

  #entryOf(ownerId: string): Entry {
    const known = this.#entries.get(ownerId);
    // The order matters only when one of them is to go.
    if (known !== undefined && this.#entries.size < maxOwners / 2) return known;
    const stored = { unfinished: 0, kept: 0, bytes: 0 };
    const entry: Entry = known ?? {
      ownerId, lookedAt: Number.NEGATIVE_INFINITY, limits: {}, stored, made: nothing, unclear: nothing,
      underWay: nothing, looks: 0, looking: null, waiting: [],
    };
    this.#entries.delete(ownerId);
    if (this.#entries.size >= maxOwners) this.#entries.delete(this.#entries.keys().next().value!);
    this.#entries.set(ownerId, entry);
    return entry;
  }

  /** One at a time for each owner. */
  #look(entry: Entry): Promise<void> {
    entry.looking ??= this.#lookNow(entry).finally(() => {
      entry.looking = null;
    });
    return entry.looking;
  }

  async #lookNow(entry: Entry): Promise<void> {
    const { made, unclear } = entry;
    const at = this.#deps.clock.now();
    entry.looks += 1;
    const [limits, stored] = await this.#read(entry.ownerId);
    // What was made before the look is among what it found.
    Object.assign(entry, {
      limits, stored, lookedAt: at, made: sum(entry.made, made, -1), unclear: sum(entry.unclear, unclear, -1),
    });
  }

  #read(ownerId: string): Promise<readonly [JobQuotas, Usage]> {
    return Promise.all([this.#limitsOf(ownerId), this.#deps.store.usage.of(ownerId, this.#kind)]);
  }
}

/** What others may store between two looks, beside so much: something may have ended, or gone; or come. */
function othersBeside({ kept, bytes }: Amount): Amount {
  return { begun: othersCount, kept: kept * othersCount, bytes: kept * Math.max(othersBytes, bytes) };
}

/** What there may be beyond what the look found. */
function atMost({ made, unclear, underWay }: Entry): Amount {
  return sum(sum(made, unclear), underWay);
}

function sum(a: Amount, b: Amount, times: 1 | -1 = 1): Amount {
  return { begun: a.begun + times * b.begun, kept: a.kept + times * b.kept, bytes: a.bytes + times * b.bytes };
}
