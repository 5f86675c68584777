import { createEvents, type Events } from '../application/events/events.ts';
import { FeedReader } from '../application/events/feed-reader.ts';
import type { Dependencies } from '../application/dependencies.ts';
import { createLoop, type Service } from './service.ts';

/** Who follows the events of all jobs, and what reads those for them. */
export interface EventFollowing {
  readonly events: Events;
  readonly services: readonly Service[];
  /** Ends every stream, so that connections can close. */
  quiesce(): void;
}

/** Null where no one database has the events of all jobs. */
export function createEventFollowing(
  { store: { feed }, kinds, users, signals, logger }:
    Pick<Dependencies, 'store' | 'kinds' | 'users' | 'signals' | 'logger'>,
): EventFollowing | null {
  if (feed === undefined) return null;
  const reader = new FeedReader(feed, signals.events);
  const round = (): Promise<number> => reader.round();
  return {
    events: createEvents({ kinds, ...(users && { users }) }, feed, reader),
    services: [createLoop({ name: 'event-feed', logger, wakeUp: signals.events, round })],
    quiesce: () => reader.close(),
  };
}
