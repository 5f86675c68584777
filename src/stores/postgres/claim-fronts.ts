import { workKey } from '../../ports/store/work-key.ts';
import type { WorkChange } from '../../ports/store/work-store.ts';

/** A place in the order of claims of one type: the priority, negated, and then the job's id. */
export interface Front {
  readonly rank: number;
  readonly id: string;
}

interface Known extends Front {
  /** By `performance.now()`. */
  readonly since: number;
}

const beginning: Front = { rank: -2_147_483_648, id: '' };
/** How long a front is gone by: what came to stand before it unheard of waits for so long. Milliseconds. */
const trustedMs = 1_000;

interface Look {
  readonly fronts: readonly Front[];
  took(claimed: readonly (Front & { readonly key: string })[]): void;
}

/**
 * Up to where everything has been claimed, by type. Rows that workers have stay in the index that claims go by until
 * their jobs have ended, as do the traces of those that have: a claim that began at the index's beginning would walk
 * through all of them.
 *
 * What comes to stand before a front moves it back: a row that a commit of this store put there, at once; one that was
 * let on, or that another server speaks of, to the beginning. Whatever is missed (a claim that was taken back, a row
 * that another transaction had locked, a notification that got lost) is found when the front is forgotten, which is
 * every second. So a wrong front can delay a job by a second, and lose none.
 */
export class ClaimFronts {
  readonly #known = new Map<string, Known>();
  /** What has been offered since they began to look, of looks that are under way. */
  readonly #looking = new Set<Map<string, Front>>();

  /** From where to look for jobs of these types. `took` has to be called, with what was claimed, in order. */
  look(keys: readonly string[]): Look {
    const now = performance.now();
    const fronts = keys.map((key) => {
      const known = this.#known.get(key);
      if (known !== undefined && now - known.since > trustedMs) this.#known.delete(key);
      return this.#known.get(key) ?? beginning;
    });
    const offered = new Map<string, Front>();
    this.#looking.add(offered);
    return {
      fronts,
      took: (claimed) => {
        this.#looking.delete(offered);
        const last = new Map(claimed.map((one) => [one.key, one]));
        for (const [key, { rank, id }] of last) {
          const since = this.#known.get(key)?.since ?? now;
          const bound = offered.get(key) ?? offered.get('');
          if (bound === undefined || isBefore({ rank, id }, bound)) this.#known.set(key, { rank, id, since });
        }
      },
    };
  }

  /** A commit that was stored offers these. */
  offered(changes: readonly WorkChange[]): void {
    for (const change of changes) {
      if (change.type !== 'put' || change.work.blocked) continue;
      const key = workKey(change.kind, change.jobType);
      const place = { rank: -change.work.priority, id: change.jobId };
      const known = this.#known.get(key);
      if (known !== undefined && !isBefore(known, place)) this.#known.delete(key);
      for (const offered of this.#looking) {
        const first = offered.get(key);
        if (first === undefined || isBefore(place, first)) offered.set(key, place);
      }
    }
  }

  /** Jobs of these types have become ready. */
  letOn(keys: readonly string[]): void {
    for (const key of keys) {
      this.#known.delete(key);
      for (const offered of this.#looking) offered.set(key, beginning);
    }
  }

  /** Anything may have come to stand anywhere. */
  forget(): void {
    this.#known.clear();
    for (const offered of this.#looking) offered.set('', beginning);
  }
}

function isBefore(a: Front, b: Front): boolean {
  return a.rank === b.rank ? a.id < b.id : a.rank < b.rank;
}
