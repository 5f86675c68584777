import { comparePositions, type FedEvent } from '../../ports/store/event-feed.ts';

/** Of what one follower has not taken yet. The events themselves are shared by all who wait for them. */
const most = { events: 1_000, bytes: 4 * 1_048_576 };
/** Taken at once, about: to write as much JSON takes some milliseconds. */
const takenBytes = 262_144;

/** Which events a follower wants to get, and is allowed to. */
export interface Interest {
  /** Only of this owner's jobs; null: of several owners'. */
  readonly ownerId: string | null;
  readonly matches: (fed: FedEvent) => boolean;
}

/** What a follower is given at once. */
export interface FollowedEvents {
  readonly events: readonly FedEvent[];
  /** The position to continue from: the follower has got all its events up to here. */
  readonly position: string;
  /** True: it was too slow, and what came next was dropped. Nothing more comes. */
  readonly isBehind: boolean;
}

/** Somebody who hears of what is new, and what waits for them to take it. */
export class Follower implements Interest {
  readonly ownerId: Interest['ownerId'];
  readonly matches: Interest['matches'];
  /** Up to here it has heard of everything. */
  #position: string;
  /** Whether that may be ahead of the next events that it gets. */
  #isAhead = true;
  #waiting: FedEvent[] = [];
  #bytes = 0;
  #isBehind = false;
  #isOver = false;
  #wake: (() => void) | null = null;

  constructor({ ownerId, matches }: Interest, position: string) {
    this.ownerId = ownerId;
    this.matches = matches;
    this.#position = position;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Events in order, with all that it may want to hear of up to `position`. False when it is to hear of no more. */
  hear(events: readonly FedEvent[], position: string): boolean {
    let wanted = events.filter(this.matches);
    if (this.#isAhead) {
      wanted = wanted.filter((fed) => comparePositions(fed.position, this.#position) > 0);
      this.#isAhead = comparePositions(position, this.#position) < 0;
      if (this.#isAhead) return true;
    }
    const bytes = wanted.reduce((sum, fed) => sum + fed.bytes, 0);
    const count = this.#waiting.length;
    // One page is taken in any case: it may be a single event that is larger than what may wait.
    this.#isBehind = count > 0 && (count + wanted.length > most.events || this.#bytes + bytes > most.bytes);
    if (!this.#isBehind) {
      for (const fed of wanted) this.#waiting.push(fed);
      this.#bytes += bytes;
      this.#position = position;
    }
    if (wanted.length > 0) this.#notify();
    return !this.#isBehind;
  }

  /** What has waited longest. */
  take(): FollowedEvents {
    let bytes = 0;
    const first = this.#waiting.findIndex((fed) => (bytes += fed.bytes) > takenBytes);
    const events = first === -1 ? this.#waiting : this.#waiting.splice(0, Math.max(1, first));
    if (first === -1) this.#waiting = [];
    this.#bytes -= events.reduce((sum, fed) => sum + fed.bytes, 0);
    const isAll = this.#waiting.length === 0;
    return {
      events,
      position: isAll ? this.#position : (events.at(-1)?.position ?? this.#position),
      isBehind: isAll && this.#isBehind,
    };
  }

  /** Resolves when there is something to take, or after `ms`. */
  wait(ms: number): Promise<void> {
    if (this.#waiting.length > 0 || this.#isBehind || this.#isOver) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#notify(), ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Ends every wait, now and later. */
  end(): void {
    this.#isOver = true;
    this.#notify();
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}
