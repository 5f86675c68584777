import { refusal } from '../../../domain/errors.ts';
import { task } from '../domain/kind.ts';
import type { JobReads } from '../../../ports/store/store.ts';
import { unlimited, type QuotaPermit } from '../../../application/quotas/job-quota.ts';
import type { Clock } from '../../../ports/world.ts';

/** Types of task in one installation, at most: counts and lists look at each of them. */
export const maxTypes = 1_000;

/** How long what other servers have stored may go unseen, and that a type has gone. */
const freshMs = 1_000;
const maxOwners = 10_000;

/** Keeps anybody from inventing types without end: of all tasks that are stored, and of those of one owner. */
export class TypeLimits {
  readonly #jobs: Pick<JobReads, 'counts' | 'typesOf'>;
  readonly #clock: Clock;
  readonly #perOwner: number | null;
  readonly #all: NameSet;
  readonly #byOwner = new Map<string, NameSet>();

  /** `perOwner`: types of one owner at most; null: no limit. */
  constructor(jobs: Pick<JobReads, 'counts' | 'typesOf'>, clock: Clock, perOwner: number | null) {
    this.#jobs = jobs;
    this.#clock = clock;
    this.#perOwner = perOwner;
    this.#all = new NameSet(clock, maxTypes, async () => {
      const counts = await jobs.counts();
      return counts.filter(({ kind }) => kind === task.name).map(({ type }) => type);
    });
  }

  /** Whether a task may have its type: at once, if there are tasks of it already. */
  admit(ownerId: string, type: string): QuotaPermit | Promise<QuotaPermit> {
    const owned = this.#ofOwner(ownerId);
    const isKnown = this.#all.has(type) && (owned === null || owned.has(type));
    return isKnown ? unlimited : this.#admitNew(ownerId, type, owned);
  }

  async #admitNew(ownerId: string, type: string, owned: NameSet | null): Promise<QuotaPermit> {
    const inAll = await this.#all.take(type);
    if (inAll === null) {
      const message = `The limit of ${maxTypes} task types is reached: use an existing type instead of ${type}.`;
      const fields = { type: `must be one of the ${maxTypes} existing types` };
      return { ...unlimited, refusal: refusal('invalid_request', message, { fields }) };
    }
    const own = await owned?.take(type);
    if (own === null) {
      inAll(false);
      const limit = this.#perOwner;
      const message = `You have reached the limit of ${limit} task types (TYPES_PER_OWNER), and ${type} is not one ` +
        'of them: use one of those, or delete the tasks of one.';
      const details = { kind: task.name, what: 'types', limit, used: limit };
      return { ...unlimited, refusal: refusal('quota_exceeded', message, details) };
    }
    const none = { unfinished: null, kept: null, bytes: null };
    return {
      refusal: null,
      cap: this.#perOwner === null ? null : { ownerId, kind: task.name, ...none, types: this.#perOwner },
      outdated: () => owned?.outdated(),
      settle: (made) => {
        inAll(made);
        own?.(made);
      },
    };
  }

  #ofOwner(ownerId: string): NameSet | null {
    const limit = this.#perOwner;
    if (limit === null) return null;
    const known = this.#byOwner.get(ownerId);
    // The order matters only when one of them is to go.
    if (known !== undefined && this.#byOwner.size < maxOwners / 2) return known;
    const set = known ?? new NameSet(this.#clock, limit, () => this.#jobs.typesOf(ownerId, task.name, limit));
    this.#byOwner.delete(ownerId);
    if (this.#byOwner.size >= maxOwners) this.#byOwner.delete(this.#byOwner.keys().next().value!);
    this.#byOwner.set(ownerId, set);
    return set;
  }
}

/** The names that are stored, as last read, and those that may be stored any moment. */
class NameSet {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #read: () => Promise<readonly string[]>;
  readonly #underWay = new Map<string, number>();
  #stored: ReadonlySet<string> = new Set();
  /** Stored since the last look began. */
  readonly #made = new Set<string>();
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | null = null;

  constructor(clock: Clock, limit: number, read: () => Promise<readonly string[]>) {
    this.#clock = clock;
    this.#limit = limit;
    this.#read = read;
  }

  has(name: string): boolean {
    return this.#stored.has(name) || this.#made.has(name);
  }

  outdated(): void {
    this.#lookedAt = Number.NEGATIVE_INFINITY;
  }

  /** Null when there is no room; else to be called once it is known whether something was stored under the name. */
  async take(name: string): Promise<((made: boolean) => void) | null> {
    if (!this.has(name) && Math.abs(this.#clock.now() - this.#lookedAt) >= freshMs) await this.#look();
    if (this.has(name)) return () => {};
    const others = new Set([...this.#stored, ...this.#made, ...this.#underWay.keys()]);
    others.delete(name);
    if (others.size >= this.#limit) return null;
    this.#underWay.set(name, (this.#underWay.get(name) ?? 0) + 1);
    return (made) => {
      const left = (this.#underWay.get(name) ?? 1) - 1;
      if (left === 0) this.#underWay.delete(name);
      else this.#underWay.set(name, left);
      if (made) this.#made.add(name);
    };
  }

  /** One at a time. */
  #look(): Promise<void> {
    this.#looking ??= this.#lookNow().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #lookNow(): Promise<void> {
    const before = [...this.#made];
    const at = this.#clock.now();
    this.#stored = new Set(await this.#read());
    // What was stored before the look is among what it found, unless it has gone again.
    for (const name of before) this.#made.delete(name);
    this.#lookedAt = at;
  }
}
