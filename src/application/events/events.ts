import { ok, refuse, type Result } from '../../domain/errors.ts';
import { comparePositions, type EventFeed } from '../../ports/store/event-feed.ts';
import type { Dependencies } from '../dependencies.ts';
import { scopes } from '../jobs/scopes.ts';
import type { RequestContext } from '../request.ts';
import { storedId } from '../users/stored-id.ts';
import type { FeedReader } from './feed-reader.ts';
import type { FollowedEvents } from './follower.ts';
import { matcherOf, type Topics } from './topics.ts';

export interface Events {
  /** What happens to the caller's own jobs; to everybody's, or `ownerId`'s, for an admin. */
  follow(context: RequestContext, options: FollowOptions): Promise<Result<AsyncIterable<FollowedEvents>>>;
}

export interface FollowOptions extends Topics {
  readonly ownerId?: string;
  /** A position that was given before, or `0`: from the beginning. Left out: what is new from now on. */
  readonly after?: string;
  readonly signal: AbortSignal;
}

type Deps = Pick<Dependencies, 'kinds' | 'users'>;

export function createEvents(deps: Deps, feed: EventFeed, reader: FeedReader): Events {
  const { kinds, users } = deps;
  return {
    async follow({ caller }, { ownerId, after, signal, ...topics }) {
      const seen = scopes(kinds, caller, ownerId === undefined ? undefined : await storedId(users, ownerId));
      if (!seen.ok) return seen;
      const unknown = topics.kinds?.find((name) => seen.value.every(({ kind }) => kind !== name));
      if (unknown !== undefined) {
        const fields = { kind: `must be of ${seen.value.map(({ kind }) => kind).join(', ')}` };
        return refuse('invalid_request', `There is no kind ${JSON.stringify(unknown)}.`, { fields });
      }
      const problem = after === undefined || after === '0' ? null : await problemOf(feed, after);
      if (problem !== null) {
        return refuse('invalid_request', problem, { fields: { after: 'must be a position from this server' } });
      }
      const owners = new Set(seen.value.map((scope) => scope.ownerId));
      const interest = {
        ownerId: owners.size === 1 ? ([...owners][0] ?? null) : null,
        matches: matcherOf(seen.value, topics),
      };
      return ok(reader.follow(after ?? null, interest, signal));
    },
  };
}

/** Why a reader cannot continue from there, or null. */
async function problemOf(feed: EventFeed, after: string): Promise<string | null> {
  if (!feed.isPosition(after)) return `${JSON.stringify(after)} is the id of no event here: leave it out, or send 0.`;
  if (comparePositions(after, await feed.end()) <= 0) return null;
  return `Nothing here is as new as ${JSON.stringify(after)}, maybe since an older state was restored: begin anew.`;
}
