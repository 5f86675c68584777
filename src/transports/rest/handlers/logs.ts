import { freeBytes } from '../../../application/free-bytes.ts';
import type { FollowedLog, LogView } from '../../../application/logs/follow-log.ts';
import type { Logs } from '../../../application/logs/logs.ts';
import type { LogPage } from '../../../application/logs/log-page.ts';
import type { followJobLogs, jobLogs, logRoutes } from '../../../contract/logs.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { eventText, positionText } from '../event-stream.ts';
import { Permits, streamPermits } from '../../access/permits.ts';
import type { HandlersFor, RestRequest } from '../serve.ts';
import { answering } from './results.ts';
import { iso } from '../../../contract/times.ts';

type NumberedLine = LogPage['lines'][number];
type Line = RouteAnswer<typeof jobLogs>['lines'][number];
type Sent = RouteAnswer<typeof followJobLogs>;

const utf8 = new TextEncoder();

export function logHandlers(logs: Logs): HandlersFor<typeof logRoutes> {
  const streams = new Permits(streamPermits);
  return {
    jobLogs: ({ context, params, query: { tail, stream, ...page } }) =>
      answering(
        logs.page(context, params.id, { ...page, ...(tail && { tail }), ...(stream && { stream }) }),
        ({ lines, ...rest }) => ({ lines: lines.map(lineView), ...rest }),
      ),
    followJobLogs: (request) => follow(logs, streams, request),
    jobLogFile: ({ context, params }) =>
      answering(logs.all(context, params.id), (groups) => ({ name: `${params.id}.ndjson`, parts: ndjson(groups) })),
    jobLogObject: ({ context, params }) =>
      answering(logs.file(context, params.id), (found) => ({ ...found, expiresAt: iso(found.expiresAt) })),
  };
}

async function follow(
  logs: Logs,
  streams: Permits,
  { context, params, query: { after, tail, stream }, header }: RestRequest<typeof followJobLogs>,
): ReturnType<HandlersFor<typeof logRoutes>['followJobLogs']> {
  const stopping = new AbortController();
  const isBack = (header('last-event-id') ?? '') !== '';
  const followed = await logs.follow(context, params.id, {
    after, isBack, signal: stopping.signal, ...(tail && !isBack && { tail }), ...(stream && { stream }),
  }, asEvents);
  if (!followed.ok) return followed;
  if (followed.value === null) return { ok: true, value: null };
  const permit = streams.take(context.caller.userId);
  if (!permit.ok) return permit;
  const stop = (): void => {
    stopping.abort();
    permit.value();
  };
  return { ok: true, value: { events: followed.value, stop } };
}

const asEvents: LogView<Uint8Array> = {
  name: 'events',
  of: (group) => utf8.encode(group.map(textOf).join('')),
  bytes: ({ byteLength }) => byteLength,
  free: freeBytes,
};

function textOf(followed: FollowedLog): string {
  switch (followed.type) {
    case 'line':
      return sentText(followed.line.number, { type: 'line', ...lineView(followed.line) });
    case 'dropped':
      return sentText(followed.to, followed);
    case 'position':
      return positionText(String(followed.number));
    case 'end':
      return sentText(followed.lastLine, followed);
  }
}

function sentText(id: number, data: Sent): string {
  return eventText({ id, type: data.type, data });
}

async function* ndjson(groups: AsyncIterable<readonly NumberedLine[]>): AsyncGenerator<Uint8Array> {
  for await (const lines of groups) {
    yield utf8.encode(lines.map((line) => `${JSON.stringify(lineView(line))}\n`).join(''));
  }
}

function lineView({ number, at, stream, level, attempt, text }: NumberedLine): Line {
  return { number, at: timeOf(at), stream, ...(level !== undefined && { level }), attempt, text };
}

/** The last one: many lines have the same. */
let [lastAt, lastTime] = [NaN, ''];

function timeOf(at: number): string {
  if (at !== lastAt) [lastAt, lastTime] = [at, iso(at)];
  return lastTime;
}
