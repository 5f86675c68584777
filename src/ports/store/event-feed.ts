import type { RecordedEvent } from '../../domain/job/job.ts';

/**
 * The events of all jobs, one after the other, for readers that want every one of them: streams, webhooks, other
 * systems. A reader that goes on from the last position it was given misses none, however late its commit
 * ends, and has none twice. The events of one job come in their order. An event may be given a moment after its
 * commit was acknowledged, while an older transaction is still under way.
 */
export interface EventFeed {
  /** The next events after a position, or from the beginning (null); limit 1 to 1,000. */
  read(after: string | null, limit: number): Promise<readonly FedEvent[]>;
  /** Where a reader begins who only wants what is still to come; null while there is nothing. */
  end(): Promise<string | null>;
}

export interface FedEvent {
  /** Only for `read` of the same store: what is in it differs from store to store. */
  readonly position: string;
  readonly event: RecordedEvent;
}
