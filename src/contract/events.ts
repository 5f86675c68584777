import * as z from 'zod';
import { jobId, line, time, userId } from './fields.ts';
import { jobEvent } from './job-event.ts';
import type { JobExample } from './jobs.ts';
import { labels } from './labels.ts';
import { defineRoute, table } from './route.ts';

/** Of one query: how many names, and how long each is. */
const most = { names: 100, length: 200 };

/** With commas between. */
function names(what: string) {
  return z
    .string()
    .max(most.names * (most.length + 1))
    .transform((text) => [...new Set(text.split(','))])
    .pipe(z.array(line(most.length)).max(most.names))
    .describe(what);
}

const feedEvent = jobEvent
  .extend({
    jobId,
    kind: z.string().describe("The job's."),
    jobType: z.string().exactOptional().describe('Where jobs of the kind have types.'),
    ownerId: userId.exactOptional().describe('For administrators only.'),
    specversion: z.literal('1.0').describe('Of CloudEvents, as the four that follow.'),
    id: z.string().describe('Of this event: the id of its job, and its number there.'),
    source: z.string(),
    subject: jobId,
    time,
  })
  .meta({ id: 'FeedEvent' });

const eventsDropped = z
  .object({
    type: z.literal('EventsDropped'),
    after: z.string().describe('The id after which events were dropped.'),
  })
  .meta({ id: 'EventsDropped', description: 'The last of a stream that was read too slowly: come back with its id.' });

/** The routes over what happens to all jobs; the example is of one of the kinds. */
export function eventRoutes(example: JobExample) {
  return table(followEvents(example));
}

export type EventRoutes = ReturnType<typeof eventRoutes>;

function followEvents(example: JobExample) {
  const { view: job, event } = example;
  return defineRoute({
    name: 'followEvents',
    method: 'GET',
    path: '/api/events',
    auth: 'user',
    tag: 'Jobs',
    summary: 'Watch all jobs',
    description:
      'Server-Sent Events: what happens to any of your jobs, whatever its kind, in the order in which it was ' +
      "stored; to everybody's jobs, for an administrator. One stream is enough for a page that shows many jobs. It " +
      'starts with new events; after a disconnect, `EventSource` resumes after the last event that it got, by the ' +
      'header Last-Event-ID, and misses nothing. Each has its type as `event` and this as `data`; its `id` says ' +
      'where to go on, at this server or another one of the same database. An `id` may come without an event, when ' +
      'there was none for you in a while. A stream that is read too slowly ends with `EventsDropped`: come back, ' +
      'and nothing is lost. Deleted jobs have no events. At most 100 streams per user. Not on ' +
      'Cloudflare, where each job has a store of its own.',
    query: z.object({
      after: z
        .string()
        .regex(/^\d{1,15}(\.\d{1,15}){0,2}$/, { error: 'must be the id of an event, or 0' })
        .exactOptional()
        .describe('The `id` of the last event that you know; `0`: from the first that is kept. Else what is new.'),
      kind: names('Of jobs of these kinds, separated by commas.').exactOptional(),
      type: names('Of these types, or of jobs of these types, separated by commas.').exactOptional(),
      job: names('Of the jobs with these ids, separated by commas.').exactOptional(),
      label: labels.exactOptional(),
      owner: userId.exactOptional().describe("Of this user's jobs. Administrators only."),
    }),
    stream: true,
    answer: z.union([feedEvent, eventsDropped]),
    errors: ['rate_limit'],
    example: { query: { kind: job.kind, type: event.type }, answer: feedExample(example) },
  });
}

function feedExample({ view: { id, kind, type }, event }: JobExample): z.input<typeof feedEvent> {
  const cloudEvent = { specversion: '1.0', id: `${id}/${event.sequence}`, source: '/api/jobs', subject: id } as const;
  return { ...event, jobId: id, kind, ...(type !== null && { jobType: type }), ...cloudEvent, time: event.at };
}
