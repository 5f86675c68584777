import * as z from 'zod';
import { jobId, line, time, userId } from './fields.ts';
import { jobEvent } from './job-event.ts';
import { defineRoute, table } from './route.ts';

const exampleId = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';

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

export const feedEvent = jobEvent
  .extend({
    jobId,
    kind: z.string().describe("The job's: `task`."),
    jobType: z.string().exactOptional().describe('Where jobs of the kind have types.'),
    ownerId: userId.exactOptional().describe('For administrators only.'),
    specversion: z.literal('1.0').describe('Of CloudEvents, as the four that follow.'),
    id: z.string().describe('Of this event: the id of its job, and its number there.'),
    source: z.string(),
    subject: jobId,
    time,
  })
  .meta({ id: 'FeedEvent' });

export const eventsDropped = z
  .object({
    type: z.literal('EventsDropped'),
    after: z.string().describe('The id after which events were dropped.'),
  })
  .meta({ id: 'EventsDropped', description: 'The last of a stream that was read too slowly: come back with its id.' });

export const followEvents = defineRoute({
  name: 'followEvents',
  method: 'GET',
  path: '/api/events',
  auth: 'user',
  tag: 'Jobs',
  summary: 'Watch all jobs',
  description:
    'Server-Sent Events: what happens to any of your jobs, whatever its kind, in the order in which it was ' +
    "stored; to everybody's jobs, for an administrator. One stream is enough for a page that shows many jobs. It " +
    'begins with what is new; after a break, `EventSource` goes on after the last event that it was given, by the ' +
    'header Last-Event-ID, and misses nothing. Each has its type as `event` and this as `data`; its `id` says ' +
    'where to go on, at this server or another one of the same database. An `id` may come without an event, when ' +
    'there was none for you in a while. A stream that is read too slowly ends with `EventsDropped`: come back, ' +
    'and nothing is lost. Jobs that were deleted have no events any more. At most 100 streams a user. Not on ' +
    'Cloudflare, where each job has a store of its own.',
  query: z.object({
    after: z
      .string()
      .regex(/^\d{1,15}(\.\d{1,15})?$/, { error: 'must be the id of an event, or 0' })
      .exactOptional()
      .describe('The `id` of the last event that you know; `0`: from the first that is kept. Else what is new.'),
    kind: names('Of jobs of these kinds, with commas between.').exactOptional(),
    type: names('Of these types: `TaskCompleted`; or of jobs of these types. With commas between.').exactOptional(),
    job: names('Of the jobs with these ids, with commas between.').exactOptional(),
    label: z
      .string()
      .regex(/^[^:\u0000-\u001f\u007f]{1,63}:[^\u0000-\u001f\u007f]{0,255}$/, { error: 'must be name:value' })
      .transform((text) => ({ [text.slice(0, text.indexOf(':'))]: text.slice(text.indexOf(':') + 1) }))
      .exactOptional()
      .describe('Of jobs with this label, as `name:value`.'),
    owner: userId.exactOptional().describe("Of this user's jobs. Administrators only."),
  }),
  stream: true,
  answer: z.union([feedEvent, eventsDropped]),
  errors: ['rate_limit'],
  example: {
    query: { kind: 'task', type: 'TaskCompleted,TaskFailed' },
    answer: {
      sequence: 5,
      type: 'TaskCompleted',
      status: 'completed',
      at: '2026-11-22T09:31:12.480Z',
      actor: 'worker-7',
      correlationId: '01935a3e-7c1c-7a90-8d5b-6f0e4b1c2a77',
      data: { result: { rows: 1_200 } },
      jobId: exampleId,
      kind: 'task',
      jobType: 'import',
      specversion: '1.0',
      id: `${exampleId}/5`,
      source: '/api/jobs',
      subject: exampleId,
      time: '2026-11-22T09:31:12.480Z',
    },
  },
});

export const eventRoutes = table(followEvents);
