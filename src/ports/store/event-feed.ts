import type { Labels, RecordedEvent } from '../../domain/job/job.ts';

/**
 * The feed: the events of all jobs in one order, for readers that must miss none.
 *
 * Terms. A position names a place in the order, and is opaque except to `comparePositions`. An event is visible once
 * its transaction has committed; it is settled once no older transaction can still commit an event before it.
 *
 * Rule. `read(p)` returns settled events after `p`, in order, without gaps. So a reader that continues from the last
 * position that it was given misses no event and gets none twice, however late a commit ended. Events of one job come
 * by their sequence number. SQLite has one writer: every visible event is settled, and the position is the number of
 * the commit's batch with that of the line in it. In PostgreSQL numbers are taken before the commit, so the position is
 * (transaction, number), and events are settled below the oldest running transaction (`pg_snapshot_xmin`);
 * decisions/0011 has the reasons.
 *
 * Failures.
 *   A reader dies               it continues from the last position that it stored: its effects happen at least once.
 *   A long transaction          anywhere on the PostgreSQL server delays the feed, and loses nothing.
 *   A wake-up is lost           readers poll as well (application/events/feed-reader.ts).
 *   A backup is restored        positions may be ahead of the end; whoever has one is told to begin anew.
 *   Jobs are purged             their events are deleted: a position stays valid, and what is gone is skipped.
 *   The clock is set            no effect: the order never depends on time.
 */
export interface EventFeed {
  /** The next events after a position, or from the beginning (null). */
  read(after: string | null, page: FeedPage): Promise<readonly FedEvent[]>;
  /** Where a reader begins who only wants what is still to come. */
  end(): Promise<string>;
  /** Whether `text` looks like a position of this store. */
  isPosition(text: string): boolean;
}

export interface FeedPage {
  /** 1 to 1,000. */
  readonly limit: number;
  /** The page ends with the event that brings it to this many bytes (from 1) of JSON. */
  readonly maxBytes: number;
}

export interface FedEvent {
  /** Only for `read` of the same store: what is in it differs from store to store. */
  readonly position: string;
  readonly event: RecordedEvent;
  /** Of the event as JSON, as it is stored, with its job's input where it brings that. */
  readonly bytes: number;
  /** Of the job. */
  readonly ownerId: string;
  readonly jobType: string;
  readonly labels: Labels;
}

/**
 * Below 0 when `a` is before `b`, above when it is after. In every store a position is one number or several with dots
 * between, the first of which that differs decides.
 */
export function comparePositions(a: string, b: string): number {
  const [left, right] = [a.split('.'), b.split('.')];
  for (let place = 0; place < Math.max(left.length, right.length); place++) {
    const difference = Number(left[place] ?? 0) - Number(right[place] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
