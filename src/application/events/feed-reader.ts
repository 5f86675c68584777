import { comparePositions, type EventFeed, type FedEvent, type FeedPage } from '../../ports/store/event-feed.ts';
import { inTurn } from '../in-turn.ts';
import { Turns } from '../turns.ts';
import type { WakeUp } from '../wake-up.ts';
import { Follower, type FollowedEvents, type Interest } from './follower.ts';

/*
 * One reader serves all followers of the feed on this server. It reads new events once, after a wake-up or when a poll
 * is due, and passes them to each follower: a follower that keeps up costs no query.
 *
 * A follower that resumes reads the store from its position, page by page as it consumes them, until it gets to the
 * events that the reader still has in memory. It then joins the others in the same turn of the event loop, so that no
 * event can fall in between. Only a few such pages are read at once, first come, first served.
 *
 * Events that a follower has not consumed are buffered, up to a limit. Beyond it, the follower is told that it is
 * behind, and its stream ends; it can resume from its position. A slow follower holds up nobody else.
 */

const livePage: FeedPage = { limit: 1_000, maxBytes: 2 * 1_048_576 };
const pastPage: FeedPage = { limit: 500, maxBytes: 524_288 };
const pastPagesAtOnce = 2;
/** How often it looks without being told, and how long it leaves things alone after a look. */
const [pollMs, restMs] = [200, 20];
const idleMs = 60_000;
/** Of what was new lately: who comes back soon finds it here. */
const remembered = { events: 2_000, bytes: 4 * 1_048_576 };
/** How often a follower without matching events is sent its position, so that it does not resume far back. */
const sayPositionMs = 10_000;

export class FeedReader {
  readonly #feed: EventFeed;
  readonly #wakeUp: WakeUp;
  readonly #pastPages = new Turns(pastPagesAtOnce);
  readonly #followers = new Set<Follower>();
  /** Those who follow, or are about to. */
  #interested = 0;
  /** The position up to which it has read; null while there are no followers. */
  #head: string | null = null;
  #beginning: Promise<void> | null = null;
  /** What came after `#recentFrom`, up to the head. */
  #recent: FedEvent[] = [];
  #recentBytes = 0;
  #recentFrom = '0';
  #isClosed = false;

  /** `wakeUp` is notified when something is new. */
  constructor(feed: EventFeed, wakeUp: WakeUp) {
    this.#feed = feed;
    this.#wakeUp = wakeUp;
  }

  /** Reads new events. Returns after how many milliseconds to call it again, unless it is woken sooner. */
  async round(): Promise<number> {
    if (this.#interested === 0) {
      this.#head = null;
      this.#recent = [];
      this.#recentBytes = 0;
      return idleMs;
    }
    const page = await this.#feed.read(await this.#begun(), livePage);
    const position = page.at(-1)?.position;
    if (position === undefined) return pollMs;
    this.#remember(page, position);
    const byOwner = Map.groupBy(page, ({ ownerId }) => ownerId);
    for (const follower of this.#followers) {
      const { ownerId } = follower;
      const events = ownerId === null ? page : (byOwner.get(ownerId) ?? []);
      if (!follower.hear(events, position)) this.#followers.delete(follower);
    }
    const bytes = page.reduce((sum, fed) => sum + fed.bytes, 0);
    const isFull = page.length === livePage.limit || bytes >= livePage.maxBytes;
    await new Promise<void>((resolve) => (isFull ? inTurn(resolve) : setTimeout(resolve, restMs)));
    return isFull ? 0 : pollMs;
  }

  /**
   * The events after a position (null: new events only), in groups, until the signal aborts or the server shuts down.
   * Ends by itself after a group that is behind.
   */
  async *follow(after: string | null, interest: Interest, signal: AbortSignal): AsyncGenerator<FollowedEvents> {
    this.#interested += 1;
    if (this.#interested === 1) this.#wakeUp.notify();
    let follower: Follower | null = null;
    const end = (): void => follower?.end();
    signal.addEventListener('abort', end);
    try {
      for (let position = after ?? (await this.#begun()); follower === null; ) {
        if (signal.aborted || this.#isClosed) return;
        const head = await this.#begun();
        follower = this.#join(position, interest);
        if (follower !== null) break;
        const from = position === '0' ? null : position;
        const page = await this.#pastPages.take(() => this.#feed.read(from, pastPage));
        // Nothing is left of what came before the reader began.
        position = page.at(-1)?.position ?? head;
        yield { events: page.filter(interest.matches), position, isBehind: false };
      }
      yield* this.#live(follower, signal);
    } finally {
      signal.removeEventListener('abort', end);
      if (follower !== null) this.#followers.delete(follower);
      this.#interested -= 1;
    }
  }

  /** Ends every stream, now and later. */
  close(): void {
    this.#isClosed = true;
    for (const follower of this.#followers) follower.end();
  }

  async *#live(follower: Follower, signal: AbortSignal): AsyncGenerator<FollowedEvents> {
    for (let said = ''; !signal.aborted; ) {
      const taken = follower.take();
      if (taken.events.length > 0 || taken.isBehind || taken.position !== said) yield taken;
      said = taken.position;
      if (taken.isBehind || follower.isOver || this.#isClosed) return;
      await follower.wait(sayPositionMs);
    }
  }

  /** Where the reader is. */
  async #begun(): Promise<string> {
    while (this.#head === null) {
      this.#beginning ??= this.#feed.end().then((end) => {
        this.#head = end;
        this.#recentFrom = end;
      }).finally(() => (this.#beginning = null));
      await this.#beginning;
    }
    return this.#head;
  }

  /** Null when something may have come after the position that is not remembered. */
  #join(position: string, interest: Interest): Follower | null {
    if (this.#head === null || comparePositions(position, this.#recentFrom) < 0) return null;
    const follower = new Follower(interest, position);
    follower.hear(this.#recent, this.#head);
    this.#followers.add(follower);
    return follower;
  }

  #remember(page: readonly FedEvent[], position: string): void {
    this.#head = position;
    for (const fed of page) this.#recent.push(fed);
    this.#recentBytes += page.reduce((sum, { bytes }) => sum + bytes, 0);
    let gone = 0;
    for (const { bytes } of this.#recent) {
      const isMuch = this.#recent.length - gone > remembered.events || this.#recentBytes > remembered.bytes;
      if (!isMuch) break;
      this.#recentBytes -= bytes;
      gone += 1;
    }
    if (gone === 0) return;
    this.#recentFrom = this.#recent[gone - 1]?.position ?? position;
    this.#recent.splice(0, gone);
  }
}
