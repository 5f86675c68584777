import type { Labels, RecordedEvent } from '../../domain/job/job.ts';

/**
 * The events of all jobs, one after the other, for readers that want every one of them: streams, webhooks, other
 * systems. A reader that goes on from the last position it was given misses none, however late its commit
 * ends, and has none twice. The events of one job come in their order. An event may be given a moment after its
 * commit was acknowledged, while an older transaction is still under way. Events are deleted with their job.
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
  /** The page ends with the event that brings it to so many bytes (from 1) of JSON. */
  readonly maxBytes: number;
}

export interface FedEvent {
  /** Only for `read` of the same store: what is in it differs from store to store. */
  readonly position: string;
  readonly event: RecordedEvent;
  /** Of the event's body as JSON. */
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
