import { isAdmin } from '../../../application/caller.ts';
import type { Events } from '../../../application/events/events.ts';
import type { EventRoutes } from '../../../contract/events.ts';
import { jobEventView } from '../../../contract/job-event.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { eventText, positionText } from '../event-stream.ts';
import { Permits, streamPermits } from '../../access/permits.ts';
import type { HandlersFor, RestRequest } from '../serve.ts';

type Followed = Extract<Awaited<ReturnType<Events['follow']>>, { ok: true }>['value'];
type Groups = Followed extends AsyncIterable<infer Group> ? Group : never;
type Fed = Groups['events'][number];
type Sent = RouteAnswer<EventRoutes['followEvents']>;
type FeedEvent = Extract<Sent, { readonly specversion: string }>;

export function eventHandlers(events: Events): HandlersFor<EventRoutes> {
  const streams = new Permits(streamPermits);
  return { followEvents: (request) => follow(events, streams, request) };
}

async function follow(
  events: Events,
  streams: Permits,
  { context, query: { after, owner, kind, type, job, label } }: RestRequest<EventRoutes['followEvents']>,
): ReturnType<HandlersFor<EventRoutes>['followEvents']> {
  const permit = streams.take(context.caller.userId);
  if (!permit.ok) return permit;
  const stopping = new AbortController();
  const followed = await events.follow(context, {
    signal: stopping.signal,
    ...(after !== undefined && { after }),
    ...(owner !== undefined && { ownerId: owner }),
    ...(kind !== undefined && { kinds: kind }),
    ...(type !== undefined && { types: type }),
    ...(job !== undefined && { jobIds: job }),
    ...(label !== undefined && { labels: label }),
  }).catch((thrown: unknown) => {
    permit.value();
    throw thrown;
  });
  if (!followed.ok) {
    permit.value();
    return followed;
  }
  const stop = (): void => {
    stopping.abort();
    permit.value();
  };
  const texts = isAdmin(context.caller) ? textsWithOwner : textsWithout;
  return { ok: true, value: { events: sent(followed.value, texts), stop } };
}

/** What one event is sent as is written once for all who follow it. */
type Texts = WeakMap<Fed, string>;
const textsWithOwner: Texts = new WeakMap();
const textsWithout: Texts = new WeakMap();

async function* sent(groups: Followed, texts: Texts): AsyncGenerator<readonly string[]> {
  for await (const { events, position, isBehind } of groups) {
    const lines = events.map((fed) => textOf(fed, texts));
    if (events.at(-1)?.position !== position) lines.push(positionText(position));
    if (isBehind) {
      const data: Sent = { type: 'EventsDropped', after: position };
      lines.push(eventText({ id: position, type: data.type, data }));
    }
    yield lines;
  }
}

function textOf(fed: Fed, texts: Texts): string {
  const written = texts.get(fed);
  if (written !== undefined) return written;
  const data = viewOf(fed, texts === textsWithOwner);
  const text = eventText({ id: fed.position, type: data.type, data });
  texts.set(fed, text);
  return text;
}

function viewOf({ event, ownerId, jobType }: Fed, withOwner: boolean): FeedEvent {
  const { jobId, kind } = event;
  const view = jobEventView(event);
  return {
    ...view,
    jobId,
    kind,
    ...(jobType !== '' && { jobType }),
    ...(withOwner && { ownerId }),
    specversion: '1.0',
    id: `${jobId}/${event.sequence}`,
    source: '/api/jobs',
    subject: jobId,
    time: view.at,
  };
}
